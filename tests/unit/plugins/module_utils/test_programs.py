# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _workspace
from ansible_collections.csirt.linux_triage.plugins.module_utils._files import _programs
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._programs import ELSEWHERE, SYSTEM, Programs, programs, was_listed
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.core_helpers import raw, write
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.listing_helpers import listed

pytestmark = pytest.mark.usefixtures("nothing_left_open")

EXECUTABLE = 0o755


@pytest.fixture
def root(tmpdir):
    return raw(tmpdir.mkdir("root"))


def put(root, path, mode=0o644):
    os.chmod(write(root + path), mode)


@pytest.mark.parametrize("path, mode, kind", [
    (b"/usr/bin/tool", 0o644, SYSTEM), (b"/usr/local/sbin/tool", 0o600, SYSTEM), (b"/srv/app/bin/data.txt", 0o644, ELSEWHERE),
    (b"/bin/sub/deep", 0o644, SYSTEM), (b"/srv/cabin/data.txt", 0o644, None), (b"/usr/lib/x/helper", 0o700, SYSTEM),
    (b"/usr/lib/x/security/pam_x.so", 0o644, SYSTEM), (b"/usr/lib/libx.so.1.2", 0o644, SYSTEM), (b"/usr/share/x.sort", 0o644, None),
    (b"/etc/ld.so.cache", 0o644, None),
    (b"/lib/modules/6/x.ko.xz", 0o644, SYSTEM), (b"/usr/share/doc/read", 0o644, None), (b"/etc/cron.daily/job", EXECUTABLE, SYSTEM),
    (b"/boot/vmlinuz-6", 0o600, SYSTEM), (b"/home/x/run", EXECUTABLE, ELSEWHERE), (b"/home/x/lib.so", 0o644, None),
    (b"/tmp/.x/run", 0o711, ELSEWHERE), (b"/srv/photos/1.jpg", 0o777, None), (b"/srv/photos/2.jpg", 0o4755, ELSEWHERE),
    (b"/srv/photos/3.jpg", 0o2755, ELSEWHERE), (b"/usr/bin/\n\xff", EXECUTABLE, SYSTEM), (b"/bin/tool", EXECUTABLE, SYSTEM),
])
def test_what_is_worth_hashing(tmpdir, root, path, mode, kind):
    put(root, path, mode)
    listed(tmpdir, root, workers=2)
    workspace = raw(tmpdir) + b"/workspace"
    assert was_listed(workspace)
    expected = {SYSTEM: [], ELSEWHERE: []}
    if kind:
        expected[kind].append(path)
    found = dict((one, [name for name in programs(workspace, one) if os.path.isfile(root + name)]) for one in expected)
    assert found == expected


def test_a_workspace_without_a_listing(tmpdir):
    assert not was_listed(raw(tmpdir)) and list(programs(raw(tmpdir), SYSTEM)) == []


def test_made_up_programs_crowd_out_none_of_the_systems(tmpdir, monkeypatch):
    monkeypatch.setattr(_programs, "LIST_BYTES", 1000)
    lists = Programs(raw(tmpdir), 0)
    for number in range(90):
        lists.add(b"/tmp/bin", [b"%05d" % number if bytes is not str else "%05d" % number], [])
    lists.add(b"/usr/bin", [b"ls"], [])
    lists.close()
    assert list(programs(raw(tmpdir), SYSTEM)) == [b"/usr/bin/ls"]
    assert len(list(programs(raw(tmpdir), ELSEWHERE))) == 1000 // len("/tmp/bin/00000 ")


def test_half_a_path_is_none(tmpdir):
    write(raw(tmpdir) + b"/programs_system-000000", b"/usr/bin/ls\0/usr/bin/ca")
    assert list(programs(raw(tmpdir), SYSTEM)) == [b"/usr/bin/ls"]


def test_the_lists_go_away_with_the_workspace(tmpdir):
    path, _free = _workspace.make([raw(tmpdir)], "0123456789abcdef", 0)
    Programs(path, 1).close()
    assert len(os.listdir(path)) == 2
    assert _workspace.remove(path) == [] and not os.path.exists(path)
