# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _process_format

STAT = (
    b"1234 (%s) S 1 1234 1000 34816 1234 4194560 1120 0 0 0 7 3 0 0 20 0 1 0 98765 8192000 512 18446744073709551615 1 1 0 0 0 0"
)


@pytest.mark.parametrize("comm", [b"sleep", b"a) S 2 (b", b") R 0 0 0", b"x\ny", b"((", b"\xff\x1b[0m"])
def test_stat_with_any_command(comm):
    facts = _process_format.parse_stat(STAT % comm)
    assert facts["comm"] == comm
    assert (facts["state"], facts["ppid"], facts["session"], facts["start_ticks"]) == ("S", 1, 1000, 98765)
    assert (facts["user_ticks"], facts["system_ticks"], facts["threads"], facts["rss_pages"]) == (7, 3, 1, 512)


@pytest.mark.parametrize("data", [b"", b"1 (", b")(", b"1 (a) S 1", b"1 (a) S " + b"x " * 40])
def test_stat_that_is_none(data):
    assert _process_format.parse_stat(data) is None


def test_status_keeps_the_first_of_two():
    facts = _process_format.parse_status(b"Name:\ta\\nPid:\\t7\nPid:\t5\nPid:\t6\nGroups:\t4 24 \n")
    assert (facts["Name"], facts["Pid"], facts["Groups"]) == (b"a\\nPid:\\t7", b"5", b"4 24")


def test_maps_gives_executable_mappings():
    data = (
        b"55bf37aff000-55bf37b2e000 r--p 00000000 fe:00 260104                     /usr/bin/bash\n"
        b"55bf37b2e000-55bf37bef000 r-xp 0002f000 fe:00 260104                     /usr/bin/bash\n"
        b"7f0000000000-7f0000001000 rwxp 00000000 00:00 0 \n"
        b"7f0000002000-7f0000003000 r-xp 00000000 00:01 1024                       /memfd:x y (deleted)\n"
        b"7f0000004000-7f0000005000 r-xs 00000000 08:11 7                          /tmp/new\\012line  (deleted)\n"
        b"7ffd00000000-7ffd00001000 r-xp 00000000 00:00 0                          [vdso]\n"
        b"garbage r-xp\n"
    )
    found = list(_process_format.parse_maps(data))
    assert [item.path for item in found] == [
        b"/usr/bin/bash", b"", b"/memfd:x y (deleted)", b"/tmp/new\nline  (deleted)", b"[vdso]",
    ]
    assert [item.device for item in found] == ["254:0", "0:0", "0:1", "8:17", "0:0"]
    assert found[0][:3] == (0x55bf37b2e000, 0x55bf37bef000, "r-xp") and found[1].permissions == "rwxp"


def test_fdinfo():
    facts = _process_format.parse_fdinfo(
        b"pos:\t12\nflags:\t02100002\nmnt_id:\t588\nino:\t11\nprog_type:\t2\nprog_tag:\tdeadbeef00000000\nprog_id:\t9\n"
        b"lock:\t1: FLOCK  ADVISORY  WRITE\n"
    )
    assert facts == {
        "pos": 12, "flags": 0o2100002, "mnt_id": 588, "ino": 11, "prog_type": 2, "prog_tag": "deadbeef00000000",
        "prog_id": 9,
    }
    assert _process_format.parse_fdinfo(b"Pid:\t-1\nNSpid:\t-1\nprog_tag:\t0123456789012345\n") == {
        "Pid": -1, "NSpid": -1, "prog_tag": "0123456789012345",
    }


@pytest.mark.parametrize("data, arguments", [
    (b"", []), (b"a\0b c\0", [b"a", b"b c"]), (b"a\0\0", [b"a", b""]),
    (b"nginx: worker process", [b"nginx: worker process"]),
    (b"\0", [b""]),
])
def test_arguments(data, arguments):
    assert _process_format.arguments_of(data) == arguments


def test_environment_keeps_secrets():
    names, interesting = _process_format.split_environment(
        b"LD_PRELOAD=/tmp/x.so\0DB_PASSWORD=hunter2\0SSHPASS=hunter2\0HTTP_PROXY=http://me:hunter2@proxy:3128/\0no equals\0"
        b"HISTFILE=/dev/null\0A=\0"
    )
    assert names == [b"LD_PRELOAD", b"DB_PASSWORD", b"SSHPASS", b"HTTP_PROXY", b"?", b"HISTFILE", b"A"]
    assert interesting == [b"LD_PRELOAD=/tmp/x.so", b"HTTP_PROXY=http://me:***@proxy:3128/", b"HISTFILE=/dev/null"]


@pytest.mark.parametrize("number, name", [
    (0, None), (34816, "pts/0"), (34817 + 255, "pts/256"), (1025, "tty1"), (1088, "ttyS0"), (-30720 + 65536, "pts/0"),
    (1281, "5:1"),
])
def test_terminals(number, name):
    assert _process_format.tty_name(number) == name


def test_mark_of_deleted_files():
    assert _process_format.without_deleted(b"/tmp/a (deleted)") == (b"/tmp/a", True)
    assert _process_format.without_deleted(b"/tmp/a") == (b"/tmp/a", False)
