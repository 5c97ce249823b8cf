# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables import _table_rows
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_rows import Rows, accepted


def read(made):
    return {name: [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] for name, path in made}


def test_columns_without_a_value_are_left_out(tmp_path):
    rows = Rows(tmp_path)
    rows.row("a", {"x": None, "y": 0, "z": "", "b": False})
    assert read(rows.close()) == {"tables/a.jsonl": [{"y": 0, "z": "", "b": False}]}


def test_held_rows_get_the_facts_of_their_file_in_the_end(tmp_path):
    rows = Rows(tmp_path)
    for path in (b"/a", b"/a", b"/b", b"/a"):
        rows.hold("t", path, {"path": path.decode()})
    rows.release("t", lambda path: {"user": "alice"} if path == b"/a" else {})
    rows.release("never", lambda path: {})
    assert read(rows.close()) == {
        "tables/t.jsonl": [
            {"path": "/a", "user": "alice"},
            {"path": "/a", "user": "alice"},
            {"path": "/b"},
            {"path": "/a", "user": "alice"},
        ]
    }
    assert [path.name for path in tmp_path.iterdir()] == ["t.jsonl"]


def test_a_full_table_says_what_is_missing(tmp_path):
    rows = Rows(tmp_path, limit=1000)
    for number in range(100):
        rows.row("t", {"number": number})
        rows.hold("h", b"/x", {"number": number})
    rows.release("h", lambda path: {"user": "bob"})
    found = read(rows.close())
    missing = {row["table"]: row["count"] for row in found["tables/errors.jsonl"]}
    assert len(found["tables/t.jsonl"]) + missing["t"] == 100
    assert len(found["tables/h.jsonl"]) + missing["h"] == 100


def test_the_many_problems_of_one_member_are_counted(tmp_path):
    rows = Rows(tmp_path)
    for number in range(1000):
        rows.problem("t", b"evil\n", "bad", line=number)
    found = read(rows.close())["tables/errors.jsonl"]
    assert len(found) == 21
    assert found[0] == {"table": "t", "member": "evil\\x0a", "line": 0, "problem": "bad"}
    assert found[20] == {"table": "t", "member": "evil\\x0a", "problem": "more of this member", "count": 980}


def test_the_problems_of_many_members_are_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(_table_rows, "PROBLEMS", 50)
    rows = Rows(tmp_path)
    for number in range(200):
        rows.problem("t", b"%d" % number, "bad")
    found = read(rows.close())["tables/errors.jsonl"]
    assert len(found) == 51
    assert found[50] == {"table": "t", "member": "", "problem": "more of this member", "count": 150}


def test_values_of_the_wrong_type_are_not_accepted():
    columns = {"text": str, "number": int, "flag": bool, "list": list, "missing": str}
    assert accepted({"text": "a\n", "number": 5, "flag": True, "list": ["\x1b"]}, columns) == (
        {"text": "a\\x0a", "number": 5, "flag": True, "list": ["\\x1b"]},
        [],
    )
    assert accepted({"text": 1, "number": True, "flag": 1, "list": [1]}, columns) == (
        {},
        ["text", "number", "flag", "list"],
    )
    assert accepted({"number": 1 << 63, "text": []}, columns) == ({}, ["text", "number"])
