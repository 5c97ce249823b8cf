# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of the members from the archive into the tables, and with the real host side before it."""

from __future__ import annotations

import io
import os
import random
import tracemalloc
from types import SimpleNamespace

import pytest

from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts import _accounts
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection import Collection, Limits
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables import _table_packages, _table_pending, _tables
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._part_reader import REGULAR, Torn, read_part
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_history import Histories
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_streams import json_object
from ansible_collections.csirt.linux_triage.tests.unit.plugins.plugin_utils.table_helpers import Home

KEY = b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHpomOEVm2aBFdDf+fjZ3WgNSNqtBzGIDJWQc0/0Bq7z bob@host\n"


def whose(rows):
    return {(row["path"], row.get("home"), row.get("user")) for row in rows}


def test_homes_say_whose_a_history_is(home):
    for path in (
        b"/data/joe/.bash_history",
        b"/home/gone/.bash_history",
        b"/.bash_history",
        b"/srv/x/.sh_history",
        b"/home/a/b/.zsh_history",
    ):
        home.file(path, b"id\n")
    home.file(b"/data/joe/.ssh/authorized_keys", KEY)
    home.rows(
        b"tables/homes.jsonl",
        {"path": "/home/joe", "real_path": "/data/joe", "users": ["joe", "joe2"], "shared": False},
        {"path": "/", "real_path": "/", "users": ["daemon"], "shared": True},
        {"path": "/srv", "users": ["www"], "shared": True},
        {"path": "/home/a", "users": ["outer"]},
        {"path": "/home/a/b/", "users": ["inner"]},
        {"path": 7},
        {"users": "x"},
    )
    found = home.finish()
    assert whose(found["history"]) == {
        ("/data/joe/.bash_history", "/data/joe", "joe,joe2"),
        ("/home/gone/.bash_history", "/home/gone", None),
        ("/.bash_history", "/", "daemon"),
        ("/srv/x/.sh_history", "/srv/x", None),
        ("/home/a/b/.zsh_history", "/home/a/b", "inner"),
    }
    assert whose(found["ssh_keys"]) == {("/data/joe/.ssh/authorized_keys", "/data/joe", "joe,joe2")}
    assert [row["line"] for row in found["errors"]] == [6, 7]


def test_without_that_table_passwd_says_it(home):
    home.file(b"/opt/app/.bash_history", b"id\n")
    home.file(b"/etc/passwd", b"app:x:999:999::/opt/app:/bin/bash\n")
    assert whose(home.finish()["history"]) == {("/opt/app/.bash_history", "/opt/app", "app")}


def test_a_history_with_any_name_is_read_when_the_manifest_tells(home):
    home.file(b"/srv/hidden", b"#1700000000\nid\n")
    home.file(b"/srv/binary", b"\0\1\2")
    home.file(b"/srv/other", b"nothing\n")
    home.rows(b"tables/history_files.jsonl", {"path": "/home/bob/log"}, {"path": "/srv/binary"}, {"path": 5}, {})
    for row in (
        {"path": "/home/bob/log", "archived": "[root]/srv/hidden"},
        {"path": "/srv/other", "archived": "[root]/srv/other"},
        {"path": "/home/bob/log", "archived": "[root]/srv/hidden"},
        {"path": [], "archived": {}},
        {"path": "/home/bob/log"},
        {"path": "/srv/binary", "archived": "[root]/srv/binary"},
        {"path": "/home/bob/log", "archived": "live/x"},
    ):
        home.tables.noted(row)
    found = home.finish()
    assert [(row["path"], row["line"], row["command"], row["time"]) for row in found["history"]] == [
        ("/srv/hidden", 2, "id", "2023-11-14T22:13:20Z"),
    ]
    assert found["errors"] == [
        {"table": "history", "member": "[root]/srv/binary", "problem": "binary, in a format that is not read"}
    ]


def test_what_may_be_a_history_is_kept_within_bounds(home, monkeypatch):
    monkeypatch.setattr(_table_pending, "FILE_BYTES", 1000)
    home.file(b"/srv/big", b"x" * 2000)
    home.rows(b"tables/history_files.jsonl", {"path": "/srv/big"})
    home.tables.noted({"path": "/srv/big", "archived": "[root]/srv/big"})
    found = home.finish()
    assert found == {
        "errors": [
            {
                "table": "history",
                "member": "[root]/srv/big",
                "problem": "not read: too large for a file whose name is not that of a history",
                "cut": True,
            }
        ]
    }


def test_a_file_counts_once(home):
    for _part in range(2):
        home.file(b"/root/.bash_history", b"id\n")
        home.file(b"/srv/keys", KEY)
    found = home.finish()
    assert len(found["history"]) == len(found["ssh_keys"]) == 1


def test_too_many_files(home, monkeypatch):
    monkeypatch.setattr(_tables, "MAX_MEMBERS", 3)
    for number in range(10):
        home.file(b"/home/%d/.bash_history" % number, b"id\n")
    found = home.finish()
    assert len(found["history"]) == 3
    assert "more than 3 files" in found["errors"][0]["problem"]


def test_other_members_are_nobodys(home):
    for name in (
        b"live/proc/1/status",
        b"tables/processes.jsonl",
        b"run.json",
        b"",
        b"[root]",
        b"\xff",
        b"live/masked/x",
        b"live/masked\xff",
    ):
        home.give(name, b"x\n")
    found = home.finish()
    assert found.get("errors", []) == [
        {
            "table": "any",
            "member": "live/masked\\xff",
            "problem": "the reader failed: UnicodeDecodeError",
            "cut": True,
        }
    ]


def test_nothing_given_nothing_made(home):
    assert home.finish() == {}


def test_a_fault_of_a_reader_costs_its_member_only(home, monkeypatch):
    monkeypatch.setattr(Histories, "read", lambda *_unused: 1 // 0)
    home.file(b"/root/.bash_history", b"id\n")
    home.file(b"/etc/passwd", b"root:x:0:0::/root:/bin/sh\n")
    found = home.finish()
    assert len(found["users"]) == 1
    assert found["errors"][0]["problem"] == "the reader failed: ZeroDivisionError"


@pytest.mark.parametrize("error", [Torn, OSError])
def test_what_the_stream_raises_comes_through(home, error):
    class Broken:
        def read(self, size):
            raise error("gone")

    with pytest.raises(error):
        home.tables.offer(b"[root]/root/.bash_history", SimpleNamespace(size=10, mtime=0), Broken())


MEMBERS = [
    b"[root]/etc/passwd",
    b"[root]/etc/group",
    b"[root]/var/log/wtmp",
    b"[root]/var/log/btmp.1.gz",
    b"[root]/var/log/lastlog",
    b"[root]/var/log/faillog",
    b"[root]/var/log/tallylog",
    b"[root]/run/faillock/x",
    b"[root]/var/lib/wtmpdb/wtmp.db",
    b"[root]/x/.bash_history",
    b"[root]/x/.zsh_history",
    b"[root]/x/fish/.fish_history",
    b"[root]/x/.viminfo",
    b"[root]/x/.lesshst",
    b"[root]/x/.mksh_history",
    b"[root]/x/.ssh/authorized_keys",
    b"[root]/x/.ssh/known_hosts",
    b"[root]/x/any",
    b"tables/files.jsonl.gz",
    b"tables/shadow.jsonl",
    b"tables/homes.jsonl",
    b"tables/history_files.jsonl",
    b"live/commands/getent-passwd.txt",
    b"live/sparse/var/log/lastlog@4096",
]
SEEDS = [
    b"",
    b"\0" * 5000,
    b"\n" * 5000,
    b":" * 5000,
    b"\\" * 5000,
    b'"' * 5000,
    b"{" * 5000,
    b"\x1f\x8b\x08\0" * 100,
    b"SQLite format 3\0" * 50,
    b"\xab\xcd\xff",
    b"_HiStOrY_V2_\n\\",
    b": 1:1;\\",
    b"#1\n#2\n",
    b"- cmd:\n  when: 9\n",
    b'[]\n1\n"x"\n{}\n',
    b"ssh-rsa AAAA\n",
]


def test_any_bytes_in_any_member(home):
    chance = random.Random(7)
    for number in range(20):
        for name in MEMBERS:
            data = bytearray(chance.choice(SEEDS) + chance.randbytes(chance.randrange(3000)))
            for _change in range(5):
                if data:
                    data[chance.randrange(len(data))] = chance.randrange(256)
            home.give(name.replace(b"/x/", b"/%d/" % number), bytes(data))
    for row in home.finish().get("errors", []):
        assert "reader failed" not in row["problem"], row


HISTORY = {"name": "bash history", "paths": [".bash_history"], "history": True, "shells": ["bash"]}
OPTIONS = {
    "home_artifacts": [
        HISTORY,
        {"name": "rc", "paths": [".bashrc"], "settings": True},
        {"name": "ssh", "paths": [".ssh/authorized_keys"]},
    ],
    "artifacts": [
        {"name": "login records", "paths": ["/var/log/wtmp*"]},
        {"name": "ssh server", "paths": ["/etc/ssh/**"]},
    ],
    "withheld": [],
    "private_keys": [],
    "commands": [],
}


def test_with_the_collector_before_it(home, tmp_path):
    files = {
        "etc/passwd": b"root:x:0:0::/root:/bin/bash\nbob:x:1000:1000::/srv/home of bob:/bin/bash\n",
        "etc/shadow": b"root:!$6$salt$hash:19000::::::\nbob:$y$j9T$a$b:19001::::::\n",
        "srv/home of bob/.bashrc": b"HISTFILE=~/notes.txt\n",
        "srv/home of bob/notes.txt": b"#1700000000\nwget evil\n",
        "root/.bash_history": b"id\n",
        "etc/ssh/sshd_config": b"AuthorizedKeysFile /etc/ssh/keys-of/%u\nTrustedUserCAKeys /etc/ssh/ca\n",
        "etc/ssh/keys-of/bob": KEY,
        "etc/ssh/ca": KEY,
        "var/log/wtmp": bytes(384),
        "root/.ssh/authorized_keys": KEY,
    }
    root, workspace = tmp_path / "root", tmp_path / "workspace"
    workspace.mkdir()
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    collection = Collection(
        os.fsencode(workspace), b"20-accounts", "accounts", os.fsencode(root), Limits(reserve_bytes=0)
    )
    _accounts.collect(collection, OPTIONS)
    collection.close()
    for entry, body in read_part(workspace / "20-accounts.tar.gz"):
        if entry.kind == REGULAR and entry.name.startswith(b"manifest/"):
            for line in body.read().splitlines():
                home.tables.noted(json_object(line))
        elif entry.kind == REGULAR:
            home.tables.offer(entry.name, entry, io.BufferedReader(body))
    found = home.finish()
    assert "errors" not in found
    assert {(row["user"], row["method"], row["locked"]) for row in found["users"]} == {
        ("root", "sha512", True),
        ("bob", "yescrypt", False),
    }
    assert {(row["path"], row["user"], row["command"]) for row in found["history"]} == {
        ("/srv/home of bob/notes.txt", "bob", "wget evil"),
        ("/root/.bash_history", "root", "id"),
    }
    assert {(row["path"], row["kind"]) for row in found["ssh_keys"]} == {
        ("/etc/ssh/keys-of/bob", "authorized"),
        ("/etc/ssh/ca", "ca"),
        ("/root/.ssh/authorized_keys", "authorized"),
    }
    assert found["logins"] == [{"file": "/var/log/wtmp", "record": 0, "source": "wtmp", "zeroed": True, "records": 1}]


def test_a_database_of_logins_among_the_logs_is_not_read_as_records(home):
    home.file(b"/var/log/wtmp.db", b"SQLite format 3\0" + bytes(4080))
    assert "logins" not in home.finish()


def test_a_fault_at_the_end_costs_one_table_and_not_the_seal(home, monkeypatch):
    def broken(_self):
        raise LookupError
    monkeypatch.setattr(_table_packages.Packages, "finish", broken)
    home.file(b"/etc/passwd", b"root:x:0:0::/root:/bin/sh\n")
    found = home.finish()
    assert len(found["users"]) == 1
    assert found["errors"] == [{"table": "any", "member": "packages", "problem": "the reader failed: LookupError", "cut": True}]


def test_long_names_are_not_held_in_memory(tmp_path):
    home = Home(tmp_path)
    tracemalloc.start()
    for number in range(2000):
        folder = b"/root/" + b"x" * 4000 + b"/%d/" % number
        home.file(folder + b".bash_history", b"id\n")
        home.file(folder + b"notes", b"id\n")
        home.file(folder + b"history.db", b"")
        home.give(b"live/masked" + folder + b"\xff", b"")
    assert tracemalloc.get_traced_memory()[0] < 12 << 20
    tracemalloc.stop()
    found = home.finish()
    assert len(found["history"]) == 2000


def test_users_of_a_home_are_bounded(home):
    rows = [{"path": "/home/x", "users": [f"{number}-{one}" + "u" * 1000 for one in range(50)]} for number in range(20)]
    home.rows(b"tables/homes.jsonl", *rows)
    home.file(b"/home/x/.bash_history", b"id\n")
    users = home.finish()["history"][0]["user"].split(",")
    assert len(users) == 16 and max(map(len, users)) == 256
