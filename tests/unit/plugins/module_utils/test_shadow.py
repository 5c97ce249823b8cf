# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._shadow import LONGEST_LINE, classify, mask, rows

DES = b"abJnggxhB/yWI"
HASHES = [
    (b"$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", "md5"),
    (b"$2b$12$abcdefghijklmnopqrstuv", "bcrypt"),
    (b"$2y$12$abcdefghijklmnopqrstuv", "bcrypt"),
    (b"$5$rounds=5000$salt$hash", "sha256"),
    (b"$6$salt$hash", "sha512"),
    (b"$y$j9T$salt$hash", "yescrypt"),
    (b"$gy$j9T$salt$hash", "gost-yescrypt"),
    (b"$7$CU..../....salt$hash", "scrypt"),
    (b"$sm3$salt$hash", "sm3"),
    (b"$sha1$40000$salt$hash", "sha1"),
    (b"$md5,rounds=904$salt$$hash", "sunmd5"),
    (b"$3$$8846f7eaee8fb117ad06bdd830b7586c", "nt"),
    (DES, "des"),
    (DES + b",M.z8", "des"),
    (b"_J9..CCCCXBrJUJV154M", "bsdi"),
    (DES + b"12345678901", "bigcrypt"),
]


@pytest.mark.parametrize("field,method", HASHES)
def test_methods_and_locks(field, method):
    assert classify(field) == (method, False, True)
    for lock in (b"!", b"!!", b"*"):
        assert classify(lock + field) == (method, True, True)


@pytest.mark.parametrize(
    "field,expected",
    [
        (b"", ("empty", False, False)),
        (b"*", ("none", False, False)),
        (b"!", ("none", True, False)),
        (b"!!", ("none", True, False)),
        (b"!*", ("none", True, False)),
        (b"*LK*", ("none", True, False)),
        (b"x", ("shadowed", False, False)),
        (b"NP", ("none", False, False)),
        (b"$unheard$of$", ("unknown", False, False)),
        (b"hello", ("unknown", False, False)),
    ],
)
def test_what_is_no_hash(field, expected):
    assert classify(field) == expected


@pytest.mark.parametrize("field", [field for field, _method in HASHES])
def test_no_hash_in_a_row(field):
    for line in (
        b"u:" + field + b":19000:0:99999:7:::",
        b"u:!" + field + b":1",
        field,
        field + b":x",
        b"u:" + field + b"\0:",
    ):
        text = json.dumps(list(rows(b"/etc/shadow", line)))
        assert field.decode("ascii") not in text and "hash" not in text.replace("has_hash", "")


def test_a_row():
    assert list(rows(b"/etc/shadow", b"bob:!$6$s$h:20780:0:99999:7:30:20800:\n\n")) == [
        {
            "file": "/etc/shadow",
            "line": 1,
            "user": "bob",
            "method": "sha512",
            "locked": True,
            "has_hash": True,
            "last_change": "2026-11-23",
            "min": 0,
            "max": 99999,
            "warn": 7,
            "inactive": 30,
            "expire": "2026-12-13",
        }
    ]


def test_a_row_of_groups():
    assert list(rows(b"/etc/gshadow-", b"sudo:*:root:bob,eve$,\n")) == [
        {
            "file": "/etc/gshadow-",
            "line": 1,
            "group": "sudo",
            "method": "none",
            "locked": False,
            "has_hash": False,
            "admins": ["root"],
            "members": ["bob", "eve$"],
        }
    ]


@pytest.mark.parametrize(
    "line,why",
    [
        (b"u:*", "2 fields instead of 9"),
        (b"alone", "1 fields instead of 9"),
        (b"u:*:a:0:0:0:::", "last_change is no number of days"),
        (b"u:*:999999999:0:0:0:::", "last_change is no number of days"),
        (b"u:*:-1:0:0:0:::", "last_change is no number of days"),
        (b"u:*:1:0:0:0::9999999999999999:", "expire is no number of days"),
        (b"\0u:*:1:0:0:0:::", "zero bytes, no sensible name"),
        (b"u:*:1:0:0:0:::" + b"9" * LONGEST_LINE, "line of 65550 bytes"),
        (b":*:1:0:0:0:::", "no sensible name"),
    ],
)
def test_malformed_lines_are_rows(line, why):
    (row,) = rows(b"/etc/shadow", line)
    assert row["malformed"] == why


@pytest.mark.parametrize("field,method", HASHES)
def test_masked_passwd(field, method):
    data = b"root:x:0:0:\xff:/root:/bin/sh\n" + b"u:!" + field + b":1:1::/:/bin/sh\r\n+::::::\nbroken"
    masked = b"root:x:0:0:\xff:/root:/bin/sh\nu:![" + method.encode("ascii") + b"]:1:1::/:/bin/sh\r\n+::::::\nbroken"
    assert mask(data) == (masked, 1)
    assert mask(masked.replace(b"[" + method.encode("ascii") + b"]", b"*"))[1] == 0


def test_hashes_that_strayed_into_another_field():
    assert mask(b"u:x:1:1:$6$salt$0123456789:/:/\nno colon $6$salt$0123456789\n") == (
        b"u:x:1:1:[hash]:/:/\nno colon [hash]\n",
        2,
    )


@pytest.mark.parametrize("data", [b"", b"\n", b"\0" * 100, b"a" * 1000000, b":" * 100000, b"u:*:1:\n" * 3])
def test_without_hashes_nothing_changes(data):
    assert mask(data) == (data, 0)
