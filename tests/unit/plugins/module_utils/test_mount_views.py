# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _mount_views, _procfs
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.live_state_helpers import (
    Workbench,
    own_mounts,
)

MOUNTINFO = (
    b"1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:40 / /mnt/nfs rw - nfs4 server:/x rw\n3 2 8:2 / /mnt/nfs/local rw - xfs /dev/sdb rw\n"
    b"4 1 0:41 / /home rw - autofs systemd-1 rw\n5 4 8:3 / /home rw - ext4 /dev/sdc rw\n6 1 0:42 / /mnt/with\\040space rw - cifs //a rw\n"
)


@pytest.mark.parametrize("path, local", [
    (b"/", True), (b"/etc/passwd", True), (b"/mnt/nfs", False), (b"/mnt/nfs/a/b", False), (b"/mnt/nfs2", True),
    (b"/mnt/nfs/local/a", True), (b"/home/bob", True), (b"/mnt/with space/x", False),
])
def test_local_paths(path, local):
    assert _mount_views.MountView(1, 1, MOUNTINFO, "collected").is_local(path) == local


def test_a_root_on_the_network_is_the_root():
    view = _mount_views.MountView(1, 1, b"1 0 0:9 / / rw - nfs4 s:/ rw\n", "collected")
    assert view.is_local(b"/etc/passwd") and view.has_network


def test_nothing_is_local_where_mounts_are_not_known():
    assert not _mount_views.MountView(1, 1, b"", "denied").is_local(b"/etc/passwd")


def test_mounts_come_home():
    views = _mount_views.MountViews()
    namespace = _procfs.bracketed(os.readlink(b"/proc/self/ns/mnt"))
    assert views.of(os.getpid(), namespace) is views.of(os.getppid(), namespace)
    with Workbench() as bench:
        _mount_views.collect(bench.collection, views)
        brought = bench.finish()
    with open("/proc/self/mountinfo", "rb") as stream:
        assert brought.files[("live/mountinfo/%d" % namespace).encode("ascii")] == stream.read()
    assert brought.rows("mounts", path="/proc", fstype="proc") and len(brought.tables["mounts"]) == len(own_mounts().mounts)
