# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _custody
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._run_report import item_line, run_facts, script_errors
from ansible_collections.csirt.linux_triage.tests.unit.plugins.plugin_utils.control_helpers import run


def _contents(**facts):
    return SimpleNamespace(**{"damaged": [], "states": {"denied": 1, "collected": 5}, "entries": 6, "not_collected": [], "not_shown": 0, **facts})


@pytest.fixture
def folder(tmp_path):
    return run(tmp_path)


def _home(folder, name, complete=True):
    _custody.record(folder, "part", part=name, complete=complete, size=1, sha256="x")
    return {"part": name, "offset": 0, "size": 1, "sha256": "x"}


def test_a_complete_run(folder):
    parts = [_home(folder, "10-a"), _home(folder, "20-b")]
    facts = run_facts(folder, parts, _contents(), ["10-a", "20-b"])
    assert facts["complete"] and facts["host"] == "web01" and facts["case"] == "case"
    assert facts["states"] == {"collected": 5, "denied": 1} and list(facts["states"]) == ["collected", "denied"]
    assert facts["identity"] == {"hostname": "web01"} and facts["host_facts"]["clock"] == {"offset": 0.1}
    assert [event["event"] for event in facts["events"]] == ["workspace", "part", "part"]
    assert "previous" not in facts and "event" not in facts


@pytest.mark.parametrize("homes, parts, damaged, missing, cut", [
    ([], [], [], ["10-a", "20-b"], []),
    ([("10-a", True)], ["10-a"], [], ["20-b"], []),
    ([("10-a", True), ("20-b", False)], ["10-a", "20-b"], [], [], ["20-b"]),
    ([("10-a", True)], ["10-a", "20-b"], [{"part": "20-b", "problem": "torn"}], [], []),
    ([("10-a", True), ("20-b", True)], ["10-a"], [{"part": "20-b", "problem": "nothing of it is whole"}], [], []),
])
def test_every_shortcoming_makes_it_incomplete(folder, homes, parts, damaged, missing, cut):
    for name, complete in homes:
        _home(folder, name, complete)
    facts = run_facts(folder, [{"part": name} for name in parts], _contents(damaged=damaged), ["10-a", "20-b"])
    assert not facts["complete"] and facts["missing"] == missing and facts["cut"] == cut
    text = script_errors(facts, _contents())
    assert text.startswith("web01: INCOMPLETE\n")
    assert all(f"MISSING {name}" in text for name in missing) and all(f"CUT {name}" in text for name in cut)
    assert all(f"DAMAGED {one['part']}: {one['problem']}" in text for one in damaged)


def test_steps_and_items_for_people(folder):
    _custody.record(folder, "problem", step="10-a", msg="the host can't be reached \x1b[31m\n")
    _custody.record(folder, "part_missing", part="10-a", problem="x", left_on_host="/var/tmp/x")
    contents = _contents(not_collected=["denied a /x: Permission denied"], not_shown=7)
    text = script_errors(run_facts(folder, [], contents, []), contents)
    assert "problem : msg=the host can't be reached \\x1b[31m\\x0a, step=10-a\n" in text
    assert "part_missing 10-a: left_on_host=/var/tmp/x, problem=x\n" in text
    assert "denied a /x: Permission denied\n… and 7 more: see manifest/\n" in text
    assert "Items by state: collected 5, denied 1" in text
    assert text.endswith("\n") and "\x1b" not in text


def test_no_chain_at_all(tmp_path):
    facts = run_facts(tmp_path, [], _contents(states={}), ["10-a"])
    assert facts["missing"] == ["10-a"] and facts["ended"] is None
    assert "Items by state: none" in script_errors(facts, _contents())


@pytest.mark.parametrize("row, line", [
    ({"state": "denied", "collector": "a", "path": "/x", "reason": "why"}, "denied a /x: why"),
    ({"state": "timed_out", "collector": "a", "command": "ss -a"}, "timed_out a ss -a: "),
    ({"state": "absent", "artifact": "logs"}, "absent None logs: "),
    ({}, "None None -: "),
    ({"state": 5, "path": ["x"], "reason": {"y": 1}, "collector": None}, "None None -: "),
    ({"state": "\x1b", "path": "/a\nb"}, "\\x1b None /a\\x0ab: "),
])
def test_a_row_as_a_line(row, line):
    assert item_line(row) == line


def test_a_line_is_bounded():
    assert len(item_line({"state": "x" * 100000, "path": "\x1b" * 100000})) < 10000
