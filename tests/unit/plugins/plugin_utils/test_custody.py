# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import json
import multiprocessing
import stat

import pytest
from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _custody
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._custody import (
    FIRST, NAME, broken_links, events, holds, record,
)


@pytest.fixture
def chain(tmp_path):
    for number in range(5):
        record(tmp_path, "part", part=f"{number}0-x", size=number)
    return tmp_path


def _alter(folder, change):
    lines = (folder / NAME).read_bytes().split(b"\n")[:-1]
    (folder / NAME).write_bytes(b"".join(line + b"\n" for line in change(lines)))


def test_each_line_carries_the_hash_of_the_line_before(chain):
    lines = (chain / NAME).read_bytes().splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["previous"] for row in rows] == [FIRST, *(hashlib.sha256(line).hexdigest() for line in lines[:-1])]
    assert [row["size"] for row in rows] == [0, 1, 2, 3, 4] and {row["event"] for row in rows} == {"part"}
    assert all(row["time"].endswith("Z") and "@" in row["by"] for row in rows)
    assert broken_links(chain) == []
    assert stat.S_IMODE((chain / NAME).stat().st_mode) == 0o600


def test_the_new_lines_hash_is_returned(chain):
    digest = record(chain, "sealed")
    assert digest == hashlib.sha256((chain / NAME).read_bytes().splitlines()[-1]).hexdigest()
    assert holds(chain, digest) and not holds(chain, FIRST)


def test_no_chain_yet(tmp_path):
    assert events(tmp_path) == [] and broken_links(tmp_path) == [] and not holds(tmp_path, FIRST)


@pytest.mark.parametrize("change, broken", [
    (lambda lines: lines[1:], [1]),
    (lambda lines: lines[:2] + lines[3:], [3]),
    (lambda lines: [lines[1], lines[0], *lines[2:]], [1, 2, 3]),
    (lambda lines: [lines[0], *lines], [2]),
    (lambda lines: [lines[0].replace(b"00-x", b"01-x"), *lines[1:]], [2]),
    (lambda lines: [*lines[:2], lines[2][:-10], *lines[3:]], [3, 4]),
    (lambda lines: [*lines[:2], b"", *lines[2:]], [3, 4]),
    (lambda lines: [*lines[:2], b"\xff\x00", *lines[3:]], [3, 4]),
    (lambda lines: [*lines[:2], b"[" * 100000, *lines[3:]], [3, 4]),
    (lambda lines: [*lines[:2], b"5", *lines[3:]], [3, 4]),
    (lambda lines: [*lines[:2], lines[2].replace(b'"event"', b'"evil"'), *lines[3:]], [3, 4]),
    (lambda lines: lines[:-1], []),  # that something is missing at the end, the seal's anchor says
])
def test_alterations_are_found(chain, change, broken):
    _alter(chain, change)
    assert broken_links(chain) == broken
    assert all(isinstance(event["event"], str) for event in events(chain))


def test_every_flipped_byte_but_in_the_last_line_breaks_the_chain(chain):
    whole = (chain / NAME).read_bytes()
    last = whole[:-1].rindex(b"\n")
    for position in range(0, last, 7):
        (chain / NAME).write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1:])
        assert broken_links(chain), position


def test_facts_never_stand_for_what_the_chain_says(tmp_path):
    facts = {"event": "sealed", "previous": "x", "time": "y", "by": "z", "folder": "/", "msg": "é\x1b\ud800"}
    record(tmp_path, "problem", **json.loads(json.dumps(facts)))
    [event] = events(tmp_path)
    assert event["event"] == "problem" and event["previous"] == FIRST and event["time"].endswith("Z") and event["by"] != "z"
    assert event["folder"] == "/" and event["msg"] == "é\x1b\ud800"
    assert (tmp_path / NAME).read_bytes().isascii() and b"\x1b" not in (tmp_path / NAME).read_bytes()


def test_a_line_that_was_cut_by_a_power_failure(chain):
    whole = (chain / NAME).read_bytes()
    (chain / NAME).write_bytes(whole[:-20])
    record(chain, "sealed")
    assert [event["event"] for event in events(chain)] == ["part", "part", "part", "part", "unreadable", "sealed"]
    assert broken_links(chain) == [5]


def test_a_link_in_its_place(tmp_path):
    (tmp_path / "other").write_text("precious")
    (tmp_path / NAME).symlink_to("other")
    with pytest.raises(OSError):
        record(tmp_path, "begin")
    assert (tmp_path / "other").read_text() == "precious"


def _write(folder, number):
    for _unused in range(20):
        record(folder, "part", number=number)


def test_several_at_once(tmp_path):
    workers = [multiprocessing.get_context("fork").Process(target=_write, args=(tmp_path, number)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(events(tmp_path)) == 80 and broken_links(tmp_path) == []


def test_an_operator_without_a_name(monkeypatch):
    def nobody():
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.setattr(_custody.getpass, "getuser", nobody)
    assert _custody.operator().split("@")[0].isdigit()
