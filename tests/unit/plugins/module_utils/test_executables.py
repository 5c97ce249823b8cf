# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import hashlib
import mmap
import os
import time

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _executables
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.live_state_helpers import (
    Running,
    Workbench,
    find,
    needs_root,
    sleep_at,
)

MIB = 1 << 20


def _bytes(path):
    with open(path, "rb") as stream:
        return stream.read()


def _recovered(*pids, **sizes):
    with Workbench() as bench:
        processes = bench.processes(*pids)
        known = _executables.recover(
            bench.collection, processes, sizes.get("each", 256 * MIB), sizes.get("total", 1024 * MIB)
        )
        _executables.hash_running(bench.collection, processes, known)
        return bench.finish()


def test_a_deleted_program_comes_home_whole(tmpdir):
    program = sleep_at(str(tmpdir.join("dropper")))
    data = _bytes(program)
    with Running([program, "1e3"]) as one, Running([program, "1e4"]) as two:
        os.unlink(program)
        brought = _recovered(one.pid, two.pid)
    row = brought.row("recovered")
    assert brought.files[row["archived"].encode("ascii")] == data
    assert (row["kind"], row["path"], row["deleted"], row["state"]) == ("exe", program, True, "collected")
    assert row["sha256"] == hashlib.sha256(data).hexdigest() and row["size"] == len(data)
    hashed = brought.row("running_hashes")
    assert (hashed["sha256"], hashed["processes"], hashed["deleted"]) == (row["sha256"], 2, True)
    assert hashed["pids"] == sorted([one.pid, two.pid]) and hashed["size"] == len(data)


def test_what_is_too_large_is_cut_and_said_so(tmpdir):
    program = sleep_at(str(tmpdir.join("dropper")))
    data = _bytes(program)
    with Running([program, "1e3"]) as running:
        os.unlink(program)
        brought = _recovered(running.pid, each=4096)
    row = brought.row("recovered")
    assert brought.files[row["archived"].encode("ascii")] == data[:4096]
    assert (row["state"], row["size"]) == ("truncated", len(data))
    assert brought.row("running_hashes")["sha256"] == hashlib.sha256(data).hexdigest()


def test_a_total_is_kept(tmpdir):
    programs = [sleep_at(str(tmpdir.join(name))) for name in ("one", "two")]
    with Running([programs[0], "1e3"]) as one, Running([programs[1], "1e3"]) as two:
        for program in programs:
            os.unlink(program)
        brought = _recovered(one.pid, two.pid, total=100)
    assert sorted(row["state"] for row in brought.tables["recovered"]) == ["skipped_budget", "truncated"]


def test_deleted_open_files(tmpdir):
    path = str(tmpdir.join("log"))
    with open(path, "wb") as stream:
        stream.write(b"evidence" * 1000)
    with open(path, "rb") as stream, open(path, "rb") as again:
        os.unlink(path)
        brought = _recovered(os.getpid())
        row = brought.row("recovered", path=path)
        assert (row["kind"], row["state"], row["links"]) == ("fd", "collected", 0)
        assert row["handle"] in ["/proc/%d/fd/%d" % (os.getpid(), one.fileno()) for one in (stream, again)]
    assert brought.files[row["archived"].encode("ascii")] == b"evidence" * 1000


@needs_root
def test_deleted_libraries(tmpdir):
    path = str(tmpdir.join("lib.so"))
    data = _bytes(find("true"))
    with open(path, "wb") as stream:
        stream.write(data)
    with open(path, "rb") as stream:
        block = mmap.mmap(stream.fileno(), len(data), mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_EXEC)
    os.unlink(path)
    try:
        brought = _recovered(os.getpid())
        row = brought.rows("recovered", path=path)[0]
    finally:
        block.close()
    assert brought.files[row["archived"].encode("ascii")] == data


def test_what_has_its_name_stays():
    with Running([find("sleep"), "1e3"]) as running:
        brought = _recovered(running.pid)
    assert "recovered" not in brought.tables
    hashed = brought.row("running_hashes")
    assert hashed["sha256"] == hashlib.sha256(_bytes(find("sleep"))).hexdigest()
    assert (hashed["path"], hashed["deleted"]) == (os.path.realpath(find("sleep")), False)


def test_only_regular_files_are_opened(tmpdir):
    fifo = str(tmpdir.join("fifo"))
    os.mkfifo(fifo)
    descriptor = os.open(fifo, os.O_RDWR)
    try:
        start = time.time()
        assert _executables.open_held(b"/proc/self/fd/%d" % descriptor) is None
        assert _executables.open_held(b"/dev/null") is None
        assert time.time() - start < 1
    finally:
        os.close(descriptor)
    with pytest.raises(OSError):
        _executables.open_held(b"/proc/self/fd/9999")
