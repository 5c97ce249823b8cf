# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _shadow
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables import _table_users

PASSWD = b"""root:x:0:0:root:/root:/bin/bash
toor:x:0:0::/root:/bin/sh
bob:x:1000:1000:Bob,,,:/home/bob:/bin/bash
open::1001:1001::/home/open:/bin/sh
old:![des]:1002:1002::/home/old:/bin/sh
"""
SHADOW = b"""root:$6$salt$hash:19000:0:99999:7:::
bob:!$y$j9T$salt$hash:19500:0:99999:7:30:20000:
ghost:$1$salt$qjXMvbEw8oaL.CzflDtaK/:1::::::
open::::::::
"""


def shadow_table(path, data):
    return b"".join(json.dumps(row).encode("ascii") + b"\n" for row in _shadow.rows(path, data))


def by_name(rows, column="user"):
    return {row[column]: row for row in rows if column in row}


def test_users_are_joined_with_shadow_in_any_order(home):
    home.give(b"tables/shadow.jsonl", shadow_table(b"/etc/shadow", SHADOW))
    home.file(b"/etc/passwd", PASSWD)
    users = by_name(home.finish()["users"])
    assert users["root"] == {
        "source": "passwd",
        "file": "/etc/passwd",
        "line": 1,
        "user": "root",
        "password": "shadowed",
        "uid": 0,
        "gid": 0,
        "gecos": "root",
        "home": "/root",
        "shell": "/bin/bash",
        "uid_duplicate": True,
        "method": "sha512",
        "locked": False,
        "has_hash": True,
        "last_change": "2022-01-08",
        "min": 0,
        "max": 99999,
        "warn": 7,
    }
    assert users["toor"]["uid_duplicate"] and "method" not in users["toor"]
    assert (users["bob"]["method"], users["bob"]["locked"], users["bob"]["expire"]) == ("yescrypt", True, "2024-10-04")
    assert users["open"]["password"] == "empty" and users["open"]["empty"]
    assert users["old"]["password"] == "des"
    assert users["ghost"]["only_in_shadow"] and users["ghost"]["source"] == "shadow"
    assert "uid_duplicate" not in users["bob"]


def test_no_hash_gets_into_a_table(home):
    secret = b"$6$salt$verysecret"
    home.file(
        b"/etc/passwd", b"a:" + secret + b":0:0::/:/bin/sh\nb:" + secret + b"\nc:" + secret + b":x:1::/:/bin/sh\n"
    )
    home.file(b"/etc/group", b"g:" + secret + b":0:\n")
    found = home.finish()
    assert "secret" not in json.dumps(found)
    assert [row["password"] for row in found["users"] if "password" in row] == ["other", "other"]


def test_backups_and_getent_have_their_own_source(home):
    home.file(b"/etc/passwd-", PASSWD)
    home.file(b"/var/backups/passwd.bak", PASSWD)
    home.give(b"live/commands/getent-passwd.txt", PASSWD)
    home.give(b"live/commands/getent-group.txt", b"wheel:x:10:bob\n")
    home.give(b"tables/shadow.jsonl", shadow_table(b"/etc/shadow-", b"root:*:19000:0:99999:7:::\n"))
    found = home.finish()
    assert {(row["source"], row["file"]) for row in found["users"]} == {
        ("backup", "/etc/passwd-"),
        ("backup", "/var/backups/passwd.bak"),
        ("getent", "/etc/passwd"),
    }
    assert [row["method"] for row in found["users"] if "method" in row] == ["none"]
    assert found["groups"] == [
        {
            "source": "getent",
            "file": "/etc/passwd".replace("passwd", "group"),
            "line": 1,
            "group": "wheel",
            "password": "shadowed",
            "gid": 10,
            "members": ["bob"],
        },
    ]


def test_the_masked_copy_stands_for_the_file(home):
    masked, count = _shadow.mask(b"root:$6$salt$hashhash:0:0::/root:/bin/sh\n")
    assert count == 1
    home.give(b"live/masked/etc/passwd", masked)
    row = home.finish()["users"][0]
    assert (row["source"], row["file"], row["password"]) == ("passwd", "/etc/passwd", "sha512")


def test_malformed_lines_say_why(home):
    home.file(
        b"/etc/passwd",
        b"\n".join(
            (
                b"",
                b"# hidden",
                b"+@netgroup::::::",
                b"short:x:1",
                b"a:x:1:1:::/bin/sh:more",
                b"b:x:one:1::/:/s",
                b"c:x:4294967296:1::/:/s",
                b":x:1:1::/:/s",
                b" d:x:1:1::/:/s",
                b"e\0:x:1:1::/:/s",
                b"f:x:1:1:caf\xe9\x1b[0m:/:/s",
                b"g:x:1:1::/:/s" + b"y" * (1 << 20),
            )
        ),
    )
    rows = home.finish()["users"]
    assert [row.get("malformed") for row in rows] == [
        "empty line",
        "comment",
        "NIS entry",
        "3 fields instead of 7",
        "8 fields instead of 7",
        "no number: uid",
        "no number: uid",
        "no name",
        "blanks around the name",
        "zero bytes",
        None,
        "line of more than 1048576 bytes",
    ]
    assert rows[10]["gecos"] == "caf\\xe9\\x1b[0m"
    assert rows[3]["raw"] == "short:shadowed:1"


def test_groups(home):
    home.file(b"/etc/group", b"root:x:0:\nsudo:x:27:bob,eve\nother:!:27:\nbroken\n")
    home.give(b"tables/shadow.jsonl", shadow_table(b"/etc/gshadow", b"sudo:$6$a$b:root:bob,mallory\n"))
    groups = by_name(home.finish()["groups"], "group")
    assert groups["sudo"]["members"] == ["bob", "eve"]
    assert groups["sudo"]["gid_duplicate"] and groups["other"]["gid_duplicate"]
    assert (groups["sudo"]["method"], groups["sudo"]["admins"], groups["sudo"]["shadow_members"]) == (
        "sha512",
        ["root"],
        ["bob", "mallory"],
    )


def test_duplicate_names(home):
    home.file(b"/etc/passwd", b"a:x:1:1::/:/s\na:x:2:1::/:/s\n")
    assert [row["name_duplicate"] for row in home.finish()["users"]] == [True, True]


def test_hostile_shadow_rows(home):
    home.file(b"/etc/passwd", PASSWD)
    home.rows(
        b"tables/shadow.jsonl",
        {"file": "/etc/shadow", "user": "bob", "locked": "yes", "method": 7, "min": 1 << 70},
        {"user": "root"},
        {"file": ["x"], "user": "root"},
        {"file": "/etc/shadow", "user": "eve\n\u202e", "members": [1]},
    )
    home.give(b"tables/shadow.jsonl", b"[]\n{\n\xff\n")
    found = home.finish()
    assert "locked" not in by_name(found["users"])["bob"]
    assert "eve\\x0a\\xe2\\x80\\xae" in by_name(found["users"])
    assert [row["line"] for row in found["errors"]] == [1, 3, 4, 1, 2, 3]


def test_a_file_without_end_is_cut(home, monkeypatch):
    monkeypatch.setattr(_table_users, "MAX_LINES", 100)
    home.file(b"/etc/passwd", b"a:x:1:1::/:/s\n" * 1000)
    found = home.finish()
    assert len(found["users"]) == 100
    assert found["errors"][0]["line"] == 101


def test_the_same_file_from_two_parts_counts_once(home):
    home.file(b"/etc/passwd", PASSWD)
    home.file(b"/etc/passwd", PASSWD)
    assert len(home.finish()["users"]) == 5
