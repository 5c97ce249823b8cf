# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts import _homes
from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts._homes import Account, Homes, accounts
from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts._process_hints import Hint
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.accounts_helpers import Tree, collected
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.core_helpers import peak_growth


@pytest.fixture
def tree():
    with Tree() as made:
        yield made


def _homes_of(tree, fill):
    def collect(collection, _options):
        homes = Homes(collection)
        fill(homes)
        homes.write_rows()

    return collected(tree, collect=collect)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"a",
        b"a:b:c:d:e:f:g",
        b"a:x:1:1::/h:/s:more",
        b"a:x:1:1::/h",
        b"a:x::1::/h:/s",
        b"a\0:x:1:1::/h:/s",
        b"+::::::",
        b"a:x:1:1:" + b"g" * 20000 + b":/h:/s",
    ],
)
def test_lines_out_of_format_are_passed_over(line):
    assert list(accounts(line + b"\nbob:x:1:2:g:/h:/s\r\n")) == [Account(b"bob", 1, 2, b"/h", b"/s")]


def test_one_home_of_many_names(tree):
    tree.folder("/home/bob")
    tree.link("/srv/link", b"../home/bob")
    lines = (b"a:x:1:1::/home/bob:/s", b"b:x:2:2::/home/bob/:/s", b"c:x:3:3::/home//./bob:/s", b"d:x:4:4::/srv/link:/s")
    brought = _homes_of(tree, lambda homes: homes.add_accounts(b"\n".join(lines), "passwd"))
    (row,) = brought.tables["homes"]
    assert (row["users"], row["user_uids"], row["real_path"]) == (["a", "b", "c", "d"], [1, 2, 3, 4], "/home/bob")


def test_owners_of_backups_are_not_known(tree):
    tree.folder("/home/bob")
    line = ("bob:x:%d:1::/home/bob:/bin/sh" % os.getuid()).encode("ascii")
    for source, known in (("passwd", True), ("passwd backup", False)):
        brought = _homes_of(tree, lambda homes: homes.add_accounts(line, source))
        assert brought.row("homes", path="/home/bob")["owner_known"] is known


def test_homes_of_processes_are_rows_when_they_exist(tree):
    tree.folder("/opt/app")
    hints = [
        Hint(number, 0, {b"HOME": home}, [], None)
        for number, home in enumerate((b"/opt/app", b"/no", b"rel", b"\xff\0"))
    ]
    brought = _homes_of(tree, lambda homes: homes.add_processes(hints))
    assert [row["path"] for row in brought.tables["homes"]] == ["/opt/app"]


def test_loops_and_dead_ends_are_rows(tree):
    tree.link("/home/loop", b"loop")
    tree.link("/home/dead", b"/no/such")
    tree.file("/home/file")
    data = b"".join(b"u:x:1:1::/home/" + name + b":/s\n" for name in (b"loop", b"dead", b"file"))
    brought = _homes_of(tree, lambda homes: homes.add_accounts(data, "passwd"))
    reasons = dict((row["path"], (row["exists"], row["reason"])) for row in brought.tables["homes"])
    assert reasons["/home/loop"] == (False, "more than 40 links in a row")
    assert reasons["/home/file"] == (False, "not a folder")
    assert reasons["/home/dead"][0] is False


def test_many_accounts_of_one_home_take_neither_time_nor_memory(tree):
    tree.folder("/h")
    data = "".join("user%06d:x:%d:1:somebody:/h:/bin/sh\n" % (number, number) for number in range(100000)).encode("ascii")
    growth = []
    brought = _homes_of(tree, lambda homes: growth.append(peak_growth(lambda: homes.add_accounts(data, "passwd"))))
    assert growth[0] < 4 << 20
    assert len(brought.tables["homes"][0]["users"]) == 200
    assert [row["reason"] for row in brought.manifest if row["state"] == "skipped_budget"] == ["99800 accounts more than 200 have it"]


def test_homes_that_are_not_there_crowd_out_none(tree, monkeypatch):
    monkeypatch.setattr(_homes, "MAX_GONE", 10)
    tree.folder("/home/late")
    data = b"".join(("u:x:1:1::/h/%d:/s\n" % number).encode("ascii") for number in range(100))

    def add(homes):
        homes.add_accounts(data, "passwd")
        homes.add_folders()

    brought = _homes_of(tree, add)
    assert "/home/late" in [row["path"] for row in brought.tables["homes"]]
    assert len(brought.tables["homes"]) < 20


def test_their_number_is_bounded(tree, monkeypatch):
    monkeypatch.setattr(_homes, "MAX_GONE", 10)
    data = b"".join(("u:x:1:1::/h/%d:/s\n" % number).encode("ascii") for number in range(100))
    brought = _homes_of(tree, lambda homes: homes.add_accounts(data, "passwd"))
    assert len(brought.tables["homes"]) == 10
    assert [row["state"] for row in brought.manifest] == ["skipped_budget"]
