# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import random

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._mounts import (
    Mount,
    is_network,
    is_pseudo,
    network_points,
    parse_mountinfo,
)

LINE = b"36 35 98:0 /mnt1 /mnt2 rw,noatime shared:1 - ext4 /dev/root rw,errors=continue\n"


def _mount(number, parent, point, fstype):
    return b" ".join((number, parent, b"0:9 /", point, b"rw -", fstype, b"none rw\n"))


def test_a_line():
    assert parse_mountinfo(LINE) == [
        Mount(36, 35, "98:0", b"/mnt1", b"/mnt2", "rw,noatime", "ext4", b"/dev/root", "rw,errors=continue")
    ]


@pytest.mark.parametrize("optional", [b"", b" shared:1", b" shared:1 master:2 propagate_from:3 unbindable"])
def test_any_number_of_optional_fields(optional):
    [mount] = parse_mountinfo(b"1 0 0:1 / /x rw" + optional + b" - tmpfs none rw")
    assert (mount.point, mount.fstype) == (b"/x", "tmpfs")


@pytest.mark.parametrize("written, point", [
    (b"/a\\040b", b"/a b"), (b"/a\\011b\\012", b"/a\tb\n"), (b"/a\\134040", b"/a\\040"), (b"/\xff\x1b", b"/\xff\x1b"),
    (b"/a\rb", b"/a\rb"), (b"/a\x0b\x0c\x85b", b"/a\x0b\x0c\x85b"), (b"/a#b", b"/a#b"),
])
def test_names_of_mount_points(written, point):
    [mount] = parse_mountinfo(b"1 0 0:1 / " + written + b" rw - nfs4 srv:/\\040x rw\n")
    assert (mount.point, mount.source) == (point, b"srv:/ x")


def test_an_empty_source():
    [mount] = parse_mountinfo(b"1 0 0:1 / /x rw - tmpfs  rw\n")
    assert mount.source == b""


@pytest.mark.parametrize("line", [
    b"", b"\n", b"x y z", b"a b 0:1 / /x rw - ext4 s rw", b"1 0 0:1 / /x rw ext4 s rw", b"1 0 0:\xff / /x rw - ext4 s rw",
    b"1 0 0:1 / /x rw - ext4", b" - - - ",
])
def test_what_is_no_line_is_passed_over(line):
    assert [mount.id for mount in parse_mountinfo(line + b"\n" + LINE)] == [36]


def test_garbage_raises_nothing():
    chance = random.Random(2)
    for _unused in range(500):
        data = bytearray(LINE * 3)
        for _number in range(chance.randrange(1, 20)):
            data[chance.randrange(len(data))] = chance.choice(bytearray(b" -\n\\0\xff9/"))
        parse_mountinfo(bytes(data))


def test_this_machine():
    with open("/proc/self/mountinfo", "rb") as stream:
        mounts = parse_mountinfo(stream.read())
    assert b"/" in [mount.point for mount in mounts]
    assert [mount for mount in mounts if mount.fstype == "proc" and is_pseudo(mount)]


@pytest.mark.parametrize("fstype, network", [
    ("nfs4", True), ("cifs", True), ("autofs", True), ("9p", True), ("fuse.sshfs", True), ("fuse", True),
    ("fuse.glusterfs", True), ("fuseblk", False), ("fuse.lxcfs", False), ("ext4", False), ("overlay", False), ("proc", False),
])
def test_what_may_block(fstype, network):
    assert is_network(parse_mountinfo(LINE)[0]._replace(fstype=fstype)) is network


@pytest.mark.parametrize("mounts, points", [
    ([(b"2", b"1", b"/net", b"nfs")], {b"/net": "nfs"}),
    ([(b"2", b"1", b"/boot", b"autofs"), (b"3", b"2", b"/boot", b"vfat")], {}),
    ([(b"3", b"2", b"/boot", b"vfat"), (b"2", b"1", b"/boot", b"autofs")], {}),
    ([(b"2", b"1", b"/home", b"autofs"), (b"3", b"2", b"/home", b"nfs4")], {b"/home": "nfs4"}),
    ([(b"2", b"1", b"/x", b"ext4"), (b"3", b"2", b"/x", b"cifs")], {b"/x": "cifs"}),
    ([(b"2", b"1", b"/x", b"nfs"), (b"3", b"2", b"/x/sub", b"ext4")], {b"/x": "nfs"}),
])
def test_the_mount_on_top_decides(mounts, points):
    root = _mount(b"1", b"0", b"/", b"ext4")
    assert network_points(parse_mountinfo(root + b"".join(_mount(*fields) for fields in mounts))) == points
