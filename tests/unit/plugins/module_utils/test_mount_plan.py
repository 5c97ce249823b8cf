# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._mount_plan import make_plan
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._mounts import parse_mountinfo

ROOT = b"20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
PROC = b"21 20 0:5 / /proc rw - proc proc rw\n"
HOME = b"22 20 8:2 / /home rw - xfs /dev/sda2 rw\n"
NFS = b"23 20 0:40 / /srv/share rw - nfs4 10.0.0.1:/export rw\n"


def _plan(*lines, **options):
    return make_plan(parse_mountinfo(b"".join(lines)), **options)


def _reasons(plan):
    return dict((path, stop.reason) for path, stop in plan.stops.items())


def test_local_mounts_are_entered_and_others_are_not_touched():
    plan = _plan(ROOT, PROC, HOME, NFS)
    assert plan.starts == [b"/"]
    assert plan.crossings == set([b"/", b"/home"])
    assert _reasons(plan) == {
        b"/proc": "view of the kernel (proc)", b"/srv/share": "network file system nfs4, not touched",
    }
    assert not plan.folders[b"/srv"][b"share"].touch
    assert sorted(plan.notes) == sorted(_reasons(plan).items())


def test_without_mountinfo_one_file_system_is_walked():
    plan = _plan()
    assert (plan.starts, plan.crossings, plan.stops) == ([b"/"], set([b"/"]), {})


def test_a_root_on_the_network_is_walked_all_the_same():
    plan = _plan(b"20 1 0:30 / / rw - nfs4 server:/root rw\n", HOME)
    assert plan.starts == [b"/"] and not plan.stops


def test_bind_mounts_are_walked_once():
    plan = _plan(
        ROOT, HOME,
        b"30 20 8:1 /var/log /srv/log rw - ext4 /dev/sda1 rw\n",
        b"31 20 8:1 / /srv/all rw - ext4 /dev/sda1 rw\n",
        b"32 20 8:2 / /srv/home rw - xfs /dev/sda2 rw\n",
        b"33 22 8:2 /bob /home/bob/again rw - xfs /dev/sda2 rw\n",
    )
    assert _reasons(plan) == {
        b"/srv/log": "same files as /var/log", b"/srv/all": "same files as /", b"/srv/home": "same files as /home",
        b"/home/bob/again": "same files as /home/bob",
    }
    assert plan.crossings == set([b"/", b"/home"])


def test_what_a_mount_hides_is_walked_where_a_second_mount_shows_it():
    plan = _plan(
        ROOT, b"24 20 0:50 / /var/log rw - tmpfs tmpfs rw\n", b"30 20 8:1 /var /srv/var rw - ext4 /dev/sda1 rw\n",
    )
    assert _reasons(plan) == {b"/srv/var": "same files as /var"}
    assert plan.starts == [b"/", b"/srv/var/log"]


def test_a_bind_mount_of_hidden_files_is_walked():
    plan = _plan(
        ROOT, b"24 20 0:50 / /var rw - tmpfs tmpfs rw\n", b"30 20 8:1 /var/log /srv/log rw - ext4 /dev/sda1 rw\n",
    )
    assert not plan.stops
    assert plan.crossings == set([b"/", b"/var", b"/srv/log"])


def test_subvolumes_are_not_walked_a_second_time_from_above():
    plan = _plan(
        b"20 1 0:30 /@ / rw - btrfs /dev/sda1 rw\n", b"21 20 0:30 /@home /home rw - btrfs /dev/sda1 rw\n",
        b"22 20 0:30 / /mnt/top rw - btrfs /dev/sda1 rw\n",
    )
    assert plan.crossings == set([b"/", b"/home", b"/mnt/top"])
    assert _reasons(plan) == {b"/mnt/top/@": "same files as /", b"/mnt/top/@home": "same files as /home"}
    assert plan.subvolumes


def test_names_that_only_begin_alike_are_different():
    plan = _plan(
        b"20 1 0:30 /@ / rw - btrfs /dev/sda1 rw\n", b"21 20 0:30 /@home /home rw - btrfs /dev/sda1 rw\n",
    )
    assert plan.crossings == set([b"/", b"/home"]) and not plan.stops


def test_what_lies_under_another_mount_is_named():
    plan = _plan(
        ROOT, b"24 20 0:50 / /a/b rw - nfs server:/ rw\n", b"25 20 0:51 / /a rw - tmpfs tmpfs rw\n",
        b"26 25 0:52 / /a rw - tmpfs tmpfs rw\n",
    )
    assert plan.notes == [
        (b"/a/b", "nfs mounted here lies under another mount"), (b"/a", "tmpfs mounted here lies under another mount"),
    ]
    assert not plan.stops and plan.crossings == set([b"/", b"/a"])


def test_files_in_a_mount_below_a_view_of_the_kernel_are_walked_from_there():
    plan = _plan(
        ROOT, PROC, b"24 21 0:50 / /proc/acpi rw - tmpfs tmpfs rw\n", b"25 24 0:51 / /proc/acpi/more rw - tmpfs t rw\n",
    )
    assert plan.starts == [b"/", b"/proc/acpi"]
    assert plan.crossings == set([b"/", b"/proc/acpi", b"/proc/acpi/more"])


def test_nothing_below_a_network_mount_is_touched():
    plan = _plan(
        ROOT, NFS, b"24 23 8:3 / /srv/share/disk rw - ext4 /dev/sdb rw\n",
        b"25 24 0:51 / /srv/share/disk/tmp rw - tmpfs tmpfs rw\n",
    )
    assert plan.starts == [b"/"] and plan.crossings == set([b"/"])
    assert not plan.stops[b"/srv/share/disk"].touch and not plan.stops[b"/srv/share/disk/tmp"].touch


def test_excluded_paths_are_named_and_what_is_mounted_in_them_is_left_out_too():
    plan = _plan(
        ROOT, HOME, b"24 20 8:3 / /srv/data/disk rw - ext4 /dev/sdb rw\n",
        excluded=[(b"/srv/data", "excluded"), (b"/home", "excluded")],
    )
    assert plan.starts == [b"/"] and plan.crossings == set([b"/"])
    assert plan.notes == [(b"/srv/data", "excluded"), (b"/home", "excluded")]
    assert plan.folders[b"/srv"][b"data"].touch


@pytest.mark.parametrize("root", [b"/mnt/image", b"/mnt"])
def test_paths_are_seen_from_root(root):
    inside = b"/mnt/image/var"[len(root):]
    plan = _plan(ROOT, HOME, b"24 20 8:3 / /mnt/image/var rw - ext4 /dev/sdb rw\n", root=root)
    assert plan.crossings == set([b"/", inside]) and not plan.stops


def test_a_bind_mount_below_root_of_files_outside_is_walked():
    plan = _plan(
        ROOT, b"24 20 8:1 /etc /image/etc rw - ext4 /dev/sda1 rw\n",
        b"25 20 8:1 /image/opt /image/srv rw - ext4 /dev/sda1 rw\n", root=b"/image",
    )
    assert plan.crossings == set([b"/", b"/etc"])
    assert _reasons(plan) == {b"/srv": "same files as /opt"}


def test_mounts_that_are_their_own_parents_end():
    plan = _plan(
        b"20 20 8:1 / / rw - ext4 /dev/sda1 rw\n", b"21 22 8:2 / /a rw - ext4 /dev/sda1 rw\n",
        b"22 21 8:2 / /a rw - ext4 /dev/sda1 rw\n", b"20 22 8:2 / /a rw - ext4 /dev/sda1 rw\n",
    )
    assert plan.starts == [b"/"] and b"/a" not in plan.crossings
