# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import os
import struct
import subprocess

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _syscalls
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.core_helpers import raw, write

needs_getdents64 = pytest.mark.skipif(not _syscalls.HAS_GETDENTS64, reason="no raw system calls here")
ODD = [b"new\nline", b"\x1b[31mred", b"\xff\xfe", b"-rf", b" ", b"...", b"x" * 255]


@pytest.fixture
def folder(tmpdir):
    for name in ODD:
        write(raw(tmpdir) + b"/" + name)
    os.mkdir(raw(tmpdir) + b"/folder")
    os.symlink("nowhere", str(tmpdir.join("link")))
    descriptor = os.open(str(tmpdir), os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


@needs_getdents64
def test_names_are_what_the_library_says(folder, tmpdir):
    found = dict((name, (inode, kind)) for inode, kind, name in _syscalls.getdents64(folder))
    assert sorted(found) == sorted(os.listdir(raw(tmpdir)) + [b".", b".."])
    assert found[b"folder"] == (os.lstat(str(tmpdir.join("folder"))).st_ino, 4)
    assert found[b"link"][1] == 10
    assert found[b"\xff\xfe"][1] == 8


@needs_getdents64
def test_a_small_buffer_is_filled_again_and_again(tmpdir):
    for number in range(500):
        tmpdir.join("%03d-a-rather-long-name" % number).ensure()
    descriptor = os.open(str(tmpdir), os.O_RDONLY)
    try:
        names = [name for _inode, _kind, name in _syscalls.getdents64(descriptor, 1024)]
    finally:
        os.close(descriptor)
    assert len(names) == len(set(names)) == 502


@needs_getdents64
def test_errors_of_the_kernel_are_raised(tmpdir):
    descriptor = os.open(write(raw(tmpdir) + b"/file"), os.O_RDONLY)
    with pytest.raises(OSError) as caught:
        list(_syscalls.getdents64(descriptor))
    os.close(descriptor)
    assert caught.value.errno == errno.ENOTDIR


@pytest.mark.parametrize("length", [0, 1, 24, 65535])
def test_a_buffer_that_lies_comes_to_an_end(length):
    entry = struct.pack("=QqHB", 7, 0, length, 8) + b"name\0"
    assert _syscalls.entries(entry * 10)[0] == (7, 8, b"name")
    assert _syscalls.entries(entry[:19]) == []


@pytest.mark.skipif(not _syscalls.HAS_STATX, reason="no statx here")
def test_statx_says_what_lstat_says(folder, tmpdir):
    for name in ODD + [b"folder", b"link"]:
        try:
            found = _syscalls.statx(name, folder)
        except OSError as error:
            if error.errno != errno.ENOSYS:
                raise
            pytest.skip("the kernel has no statx")
        known = os.lstat(raw(tmpdir) + b"/" + name)
        assert found.mode == known.st_mode
        assert (found.links, found.uid, found.gid) == (known.st_nlink, known.st_uid, known.st_gid)
        assert (found.inode, found.size, found.blocks) == (known.st_ino, known.st_size, known.st_blocks)
        assert (found.major, found.minor) == (os.major(known.st_dev), os.minor(known.st_dev))
        assert found.mtime == int(known.st_mtime) and found.ctime == int(known.st_ctime)
        if hasattr(known, "st_mtime_ns"):
            assert found.mtime * 10 ** 9 + found.mtime_ns == known.st_mtime_ns


@pytest.mark.skipif(not _syscalls.HAS_STATX, reason="no statx here")
def test_birth_stays_when_the_other_times_are_set_back(tmpdir):
    path = write(raw(tmpdir) + b"/file")
    birth = _syscalls.birth_time(path)
    if birth is None:
        pytest.skip("this file system keeps no birth")
    os.utime(path, (1000000000, 1000000000))
    assert _syscalls.birth_time(path) == birth
    assert os.stat(path).st_mtime < birth[0]


@pytest.mark.skipif(not _syscalls.HAS_STATX, reason="no statx here")
def test_an_open_file_without_its_name(tmpdir):
    path = str(tmpdir.join("file")).encode("utf-8")
    with open(path, "wb") as stream:
        assert _syscalls.birth_time(b"", stream.fileno()) == _syscalls.birth_time(path)
        assert _syscalls.statx(b"", stream.fileno()).inode == os.stat(path).st_ino


def test_what_is_not_there_is_an_error(tmpdir):
    for ask in (_syscalls.statx, _syscalls.birth_time, _syscalls.llistxattr):
        with pytest.raises(OSError) as caught:
            ask(raw(tmpdir) + b"/nothing")
        assert caught.value.errno in (errno.ENOENT, errno.ENOSYS)


def test_without_ctypes_everything_is_reported_missing(monkeypatch, tmpdir):
    monkeypatch.setattr(_syscalls, "LIBC", None)
    monkeypatch.setattr(_syscalls, "ctypes", None)
    path = write(raw(tmpdir) + b"/file", b"data")
    descriptor = os.open(path, os.O_RDONLY)
    assert not _syscalls.available("statx")
    assert _syscalls.birth_time(path) is None
    assert _syscalls.page_cache_residency(descriptor, 4) is None
    assert not _syscalls.io_priority_idle()
    with pytest.raises(OSError) as caught:
        list(_syscalls.getdents64(descriptor))
    assert caught.value.errno == errno.ENOSYS
    os.close(descriptor)


def test_flags_of_chattr(tmpdir):
    path = write(raw(tmpdir) + b"/file")
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if os.geteuid() or subprocess.call(["chattr", "+a", path]):
            pytest.skip("needs root and a file system with attributes")
        flags = _syscalls.inode_flags(descriptor)
        attributes = _syscalls.statx(path).attributes if _syscalls.HAS_STATX else _syscalls.ATTRIBUTE_APPEND
        subprocess.check_call(["chattr", "-a", path])
    finally:
        os.close(descriptor)
    assert flags & _syscalls.FLAG_APPEND and not flags & _syscalls.FLAG_IMMUTABLE
    assert attributes & _syscalls.ATTRIBUTE_APPEND and not attributes & _syscalls.ATTRIBUTE_IMMUTABLE


def test_page_cache_is_seen_and_let_go(tmpdir):
    descriptor = os.open(write(raw(tmpdir) + b"/file", b"x" * 100000), os.O_RDWR)
    try:
        os.fsync(descriptor)
        before = _syscalls.page_cache_residency(descriptor, 100000)
        if before is None:
            pytest.skip("no mincore here")
        assert len(before) == -(-100000 // os.sysconf("SC_PAGE_SIZE"))
        assert all(page & 1 for page in bytearray(before))
        assert _syscalls.fadvise_dontneed(descriptor, 0, 0)
        assert len(_syscalls.page_cache_residency(descriptor, 100000)) == len(before)
        assert _syscalls.page_cache_residency(descriptor, 0) == b""
    finally:
        os.close(descriptor)


def test_idle_io_is_for_this_process_alone():
    child = os.fork()
    if not child:
        os._exit(0 if _syscalls.io_priority_idle() else 3)
    assert os.WEXITSTATUS(os.waitpid(child, 0)[1]) == (0 if _syscalls.available("ioprio_set") else 3)


def test_a_child_dies_with_its_parent():
    reading, writing = os.pipe()
    middle = os.fork()
    if not middle:
        child = os.fork()
        if not child:
            os.write(writing, b"1" if _syscalls.die_with_parent() else b"0")
            while True:
                os.read(os.pipe()[0], 1)
        os.waitpid(child, os.WNOHANG)
        os.read(reading, 1) == b"1" or os.kill(child, 9)
        os._exit(0)
    os.close(writing)
    os.waitpid(middle, 0)
    assert os.read(reading, 1) == b""  # the other end was open in the child as long as it lived
    os.close(reading)
