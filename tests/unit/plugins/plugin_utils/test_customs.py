# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import random
import time

import pytest
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._customs import (
    COLLECTOR,
    MAX_ENTRIES,
    MAX_TEXT,
    WORKSPACE,
    admitted,
    module_output,
)

HONEST = {
    "changed": True, "part": {"name": "20-accounts", "size": 1000, "sha256": "ab" * 32, "entries": 12}, "complete": True,
    "problem": "", "seconds": 1.5, "states": {"collected": 10, "absent": 2}, "summary": {"users": 3, "shell": "bash", "load": 0.5},
}


def test_an_honest_result_passes_as_it_is():
    assert module_output(json.dumps(HONEST), COLLECTOR) == HONEST
    assert module_output("\nBECOME-SUCCESS-abc\n" + json.dumps(HONEST) + "\n\n", COLLECTOR) == HONEST


@pytest.mark.parametrize("key, value", [
    ("ansible_facts", {"ansible_python_interpreter": "/tmp/evil"}), ("warnings", ["\x1b[2J"]), ("deprecations", [{"msg": "x"}]),
    ("_ansible_no_log", True), ("_ansible_verbose_always", True), ("add_host", {"host_name": "x"}), ("add_group", "x"),
    ("exception", "trace\x1b"), ("invocation", {"module_args": {}}), ("rc", 0), ("stdout", "x"), ("stderr", "x"), ("diff", {}),
    ("include", "x"), ("results", [{"msg": "x"}]), ("ansible_loop_var", "x"), ("unreachable", True), ("skipped", True),
    ("skip_reason", "x"), ("path", "/"), ("exclude", 1), ("__class__", "x"), ("", 1), ("\x1b", 1),
])
def test_undeclared_keys_never_pass(key, value):
    assert module_output(json.dumps({**HONEST, key: value}), COLLECTOR) == HONEST


@pytest.mark.parametrize("key, value", [
    ("changed", 1), ("changed", "yes"), ("changed", None), ("failed", []), ("msg", {"a": "b"}), ("msg", ["x"]), ("msg", 5),
    ("seconds", "1"), ("seconds", True), ("seconds", float("nan")), ("seconds", float("inf")), ("seconds", 1e300),
    ("part", "x"), ("part", []), ("part", None), ("states", ["x"]), ("states", "x"), ("summary", 5), ("complete", "true"),
    ("problem", 0), ("problem", None), ("seconds", 10 ** 30), ("seconds", None),
])
def test_wrong_types_are_dropped(key, value):
    honest = {name: one for name, one in HONEST.items() if name != key}
    assert module_output(json.dumps({**honest, key: value}), COLLECTOR) == honest


@pytest.mark.parametrize("part", [
    {"size": "1000"}, {"size": True}, {"size": 10 ** 40}, {"size": 1.0}, {"size": None}, {"size": [1]}, {"size": float("inf")},
    {"sha256": 5}, {"sha256": {"x": "y"}}, {"name": None}, {"entries": -10 ** 30}, {"path": "/etc/passwd"}, {"ansible_facts": {}},
])
def test_what_is_wrong_inside_is_dropped(part):
    assert admitted({"part": part}, COLLECTOR) == {"part": {}}


def test_text_is_made_harmless():
    found = admitted({
        "msg": "\x1b]0;owned\x07\n\u202e\ud800", "problem": "{{ lookup('pipe', 'id') }}",
        "summary": {"\x1b[2J": "\r\n", "plain": "\x9b"}, "states": {"\x1b": 1},
    }, COLLECTOR)
    assert found["msg"] == "\\x1b]0;owned\\x07\\x0a\\u202e\\ud800"
    assert found["problem"] == "{{ lookup('pipe', 'id') }}"  # no template: the core doesn't trust it
    assert found["summary"] == {"\\x1b[2J": "\\x0d\\x0a", "plain": "\\x9b"}
    assert found["states"] == {"\\x1b": 1}


def test_sizes_are_bounded():
    found = admitted({
        "msg": "x" * (200 << 20), "summary": {f"key{number}" * 100: "y" * 100000 for number in range(1000)},
        "states": {str(number): number for number in range(100000)},
    }, COLLECTOR)
    assert len(found["msg"]) == MAX_TEXT + 1
    assert len(found["summary"]) <= MAX_ENTRIES and len(found["states"]) == MAX_ENTRIES
    assert len(json.dumps(found)) < 1 << 20


def test_200_megabytes_of_output_end_in_time():
    begin = time.monotonic()
    huge = json.dumps({**HONEST, "junk": "x" * (200 << 20)})
    assert module_output(huge, COLLECTOR) == HONEST
    assert time.monotonic() - begin < 20


def test_lists_and_workspaces():
    found = admitted({
        "path": "/var/tmp/.linux_triage-x", "left": ["a", 5, "\x1b", None, ["b"], {"c": 1}] + ["x"] * 1000,
        "leftovers": [{"path": "/x", "size": 1, "evil": True}, "x", {"size": "2"}], "identity": {"hostname": "h\n", "evil": {}},
        "free": 5.5, "ansible_facts": {},
    }, WORKSPACE)
    assert found["left"][:2] == ["a", "\\x1b"] and len(found["left"]) <= MAX_ENTRIES
    assert found["leftovers"] == [{"path": "/x", "size": 1}, {}]
    assert found["identity"] == {"hostname": "h\\x0a"}
    assert "free" not in found and "ansible_facts" not in found


@pytest.mark.parametrize("output", [
    "", "no result", "{", "}{", "[1, 2]", "{'a': 1}", "Traceback (most recent call last):\n\x1b[31m", "\x00\xff", "{" * 100000,
    '{"a":' * 100000, "[" * 100000 + "]" * 100000, '{"changed": ' + "9" * 5000 + "}", '{"a": NaN, }', "{}{}",
])
def test_no_result_is_a_failure_in_plain_words(output):
    found = module_output(output, COLLECTOR)
    assert found in ({}, {"changed": True}) or set(found) == {"failed", "msg"} and found["failed"] is True
    assert "\x1b" not in json.dumps(found, ensure_ascii=False)
    assert len(json.dumps(found)) < 5000


@pytest.mark.parametrize("value", [None, [], "x", 5, True, 1.5, [{"changed": True}]])
def test_what_is_no_object(value):
    assert admitted(value, COLLECTOR) == {}


def test_nested_junk_never_passes():
    """Whatever a host sends: declared keys, declared types, no control characters, bounded."""
    chance = random.Random(7)

    def junk(depth: int):
        kind = chance.randrange(8 if depth < 6 else 6)
        if kind < 6:
            return chance.choice([
                None, True, -1, 2 ** 80, float("nan"), float("-inf"), "\x1b[0m" * 3, "x" * 5000, "\ud83d", 0, "", "plain", 1.5,
            ])
        if kind == 6:
            return [junk(depth + 1) for _unused in range(chance.randrange(5))]
        keys = [*COLLECTOR, "ansible_facts", "warnings", "size", "sha256", "\x1b", "name", "collected"]
        return {chance.choice(keys): junk(depth + 1) for _unused in range(chance.randrange(8))}

    for _unused in range(2000):
        sent = json.dumps({key: junk(0) for key in COLLECTOR if chance.random() < 0.8} | {"ansible_facts": junk(0)})
        found = module_output(sent, COLLECTOR)
        assert set(found) <= set(COLLECTOR)
        text = json.dumps(found, ensure_ascii=False, allow_nan=False)
        assert not any(ord(one) < 32 or 0xd800 <= ord(one) < 0xe000 for one in text)
        for key, kind in (("changed", bool), ("failed", bool), ("msg", str), ("problem", str), ("seconds", float), ("part", dict)):
            assert key not in found or isinstance(found[key], kind)
        assert all(isinstance(count, int) for count in found.get("states", {}).values())
        assert all(isinstance(value, (int, float, str)) for value in found.get("summary", {}).values())
        assert not any(isinstance(one, bool) for name in ("states", "summary") for one in found.get(name, {}).values())
        assert set(found.get("part", {})) <= {"name", "size", "sha256", "entries"}
