# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gzip
import json
import random
import shutil
import tracemalloc

import pytest
from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _custody, _verify
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import part_path
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._seal import seal
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._verify import problems, run_folders
from ansible_collections.csirt.linux_triage.tests.unit.plugins.plugin_utils.control_helpers import (
    FILES,
    came_home,
    row,
    run,
    with_parts,
    write_part,
)

EXPECTED = ["10-live_state", "20-accounts", "50-file_listing"]


@pytest.fixture
def sealed(tmp_path):
    folder = with_parts(tmp_path, *EXPECTED)
    seal(folder, "web01", EXPECTED)
    assert problems(folder) == []
    return folder


@pytest.fixture
def record(sealed):
    return [event for event in _custody.events(sealed) if event["event"] == "sealed"][0]


def _flip(path, position, bit=1):
    data = bytearray(path.read_bytes())
    data[position] ^= bit
    path.write_bytes(data)


def _one(found, start):
    """The problems that begin with a word."""
    return [problem for problem in found if problem.startswith(start)]


def test_a_flipped_byte_in_a_part_names_the_part(sealed, record):
    whole = (sealed / "web01.tar.gz").read_bytes()
    chance = random.Random(8)
    for number, part in enumerate(record["parts"]):
        for _unused in range(6):
            _flip(sealed / "web01.tar.gz", part["offset"] + chance.randrange(part["size"]), 1 << chance.randrange(8))
            found = problems(sealed)
            assert _one(found, "web01.tar.gz: sha256 is")
            assert _one(found, f"{EXPECTED[number]}: its bytes in the archive differ")
            assert not any(_one(found, other) for other in EXPECTED if other != EXPECTED[number])
            assert not _one(found, "the end of the archive") and not _one(found, "custody") and not _one(found, "run.json")
            (sealed / "web01.tar.gz").write_bytes(whole)
    assert problems(sealed) == []


def test_an_item_that_was_exchanged_is_named(sealed, record, tmp_path):
    """Somebody who packs it anew, with the same length of everything."""
    archive = sealed / "web01.tar.gz"
    part = record["parts"][1]
    data = archive.read_bytes()
    forged = write_part(tmp_path / "forged", {**FILES, b"/etc/passwd": b"evil:x:0:0:root:/root:/bin/bash\n", b"/own/1": b"1"}, [
        row(name, content) for name, content in {**FILES, b"/own/1": b"1"}.items()
    ]).read_bytes()
    archive.write_bytes(data[:part["offset"]] + forged.ljust(part["size"], b"\0")[:part["size"]] + data[part["offset"] + part["size"]:])
    found = problems(sealed)
    assert _one(found, "20-accounts") and not _one(found, "10-live_state") and not _one(found, "50-file_listing")
    if len(forged) == part["size"]:
        assert "20-accounts: [root]/etc/passwd differs from its manifest row" in found


def test_the_end_of_the_archive(sealed, record):
    whole = (sealed / "web01.tar.gz").read_bytes()
    for position in (record["closing"]["offset"], record["closing"]["offset"] + 200, len(whole) - 1):
        _flip(sealed / "web01.tar.gz", position)
        found = problems(sealed)
        assert _one(found, "web01.tar.gz: sha256") and _one(found, "the end of the archive") and len(found) == 2
        (sealed / "web01.tar.gz").write_bytes(whole)


def test_bytes_behind_the_end(sealed):
    with open(sealed / "web01.tar.gz", "ab") as stream:
        stream.write(b"\0")
    assert len(problems(sealed)) == 1 and _one(problems(sealed), "web01.tar.gz: sha256")


@pytest.mark.parametrize("keep", [0, 1, 1000, -1, -3000])
def test_a_truncated_archive(sealed, keep):
    whole = (sealed / "web01.tar.gz").read_bytes()
    (sealed / "web01.tar.gz").write_bytes(whole[:keep])
    found = problems(sealed)
    assert _one(found, "web01.tar.gz: sha256") and _one(found, "the end of the archive")
    assert bool(_one(found, "10-live_state")) is (0 <= keep <= 1000)


@pytest.mark.parametrize("name", ["web01.tar.gz", "web01.tar.gz.sha256", "custody.jsonl", "custody.sha256", "run.json", "0_SCRIPT-ERRORS.txt"])
def test_a_file_that_is_gone(sealed, name):
    (sealed / name).unlink()
    found = problems(sealed)
    assert found and (name in found[0] or name == "custody.jsonl" and found == ["this run was never sealed"])


@pytest.mark.parametrize("name", ["run.json", "0_SCRIPT-ERRORS.txt"])
def test_what_lies_beside_the_archive(sealed, name):
    _flip(sealed / name, 10)
    assert problems(sealed) == [f"{name}: differs from what was sealed"]


def test_the_hash_beside_the_archive(sealed):
    path = sealed / "web01.tar.gz.sha256"
    whole = path.read_bytes()
    for position in (0, 30, 63):
        _flip(path, position)
        assert problems(sealed) == ["web01.tar.gz.sha256: differs from the custody record"]
        path.write_bytes(whole)
    for content in (b"", b"\n", b"\xff\xfe"):
        path.write_bytes(content)
        assert problems(sealed) == ["web01.tar.gz.sha256: can't be read"]


def test_every_flipped_byte_of_the_chain_is_found(sealed):
    path = sealed / "custody.jsonl"
    whole = path.read_bytes()
    last = whole[:-1].rindex(b"\n") + 1
    for position in range(0, len(whole), 13):
        _flip(path, position)
        found = problems(sealed)
        assert found, position
        assert any("custody.jsonl" in problem or "never sealed" in problem for problem in found), (position, found)
        if position < last - 1:
            assert any(problem.startswith("custody.jsonl: line ") for problem in found), position
        path.write_bytes(whole)
    assert problems(sealed) == []


def test_the_anchor(sealed):
    _flip(sealed / "custody.sha256", 5)
    assert problems(sealed) == ["custody.jsonl: no line has the hash in custody.sha256"]


def test_a_chain_that_was_cut(sealed):
    path = sealed / "custody.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))
    assert problems(sealed) == ["this run was never sealed"]


def test_events_after_the_seal_do_no_harm(sealed):
    _custody.record(sealed, "problem", msg="noted later")
    assert problems(sealed) == []


@pytest.mark.parametrize("change", [
    {"parts": None}, {"parts": 5}, {"parts": "x"}, {"parts": [5]}, {"parts": [{}]}, {"parts": [{"part": "x"}]},
    {"parts": [{"part": "x", "offset": -5, "size": 5, "sha256": "x"}]}, {"parts": [{"part": "x", "offset": 0, "size": -5, "sha256": "x"}]},
    {"parts": [{"part": "x", "offset": 10 ** 40, "size": 5, "sha256": "x"}]}, {"parts": [{"part": "\x1b[2J", "offset": "0", "size": 1}]},
    {"parts": [{"part": "\x1b[2J", "offset": 0, "size": 2 ** 60, "sha256": "x"}]}, {"closing": None}, {"closing": {"offset": 1}}, {"beside": []},
    {"beside": {"../../../../etc/passwd": "x"}}, {"beside": {"\x1b": 5}}, {"archive": "../../../../etc/passwd"}, {"archive": ".."},
    {"archive": None}, {"archive": "\x1b[2J"}, {"sha256": None}, {"sha256": ["\x1b"]},
], ids=lambda change: next(iter(change)))
def test_a_record_that_was_forged(sealed, record, change):
    lines = (sealed / "custody.jsonl").read_bytes().splitlines(keepends=True)
    forged = json.dumps({**record, **change}, sort_keys=True).encode() + b"\n"
    (sealed / "custody.jsonl").write_bytes(b"".join(lines[:-1]) + forged)
    found = problems(sealed)
    assert "custody.jsonl: no line has the hash in custody.sha256" in found
    assert not any("\x1b" in problem for problem in found) and len(found) < 20


def test_damage_that_was_sealed_is_no_alteration(tmp_path):
    folder = with_parts(tmp_path, *EXPECTED)
    path = part_path(folder, "20-accounts")
    path.write_bytes(path.read_bytes()[:-100])
    seal(folder, "web01", EXPECTED)
    assert problems(folder) == []


class TestManifests:
    def _problems(self, tmp_path, files, rows):
        folder = run(tmp_path)
        write_part(part_path(folder, "20-accounts"), files, rows)
        came_home(folder, "20-accounts")
        seal(folder, "web01", ["20-accounts"])
        return problems(folder)

    def test_names_that_pythons_write_in_different_ways(self, tmp_path):
        """Python 2.7 escapes characters that it doesn't know yet."""
        name = "/home/u/😀".encode()
        old = row(name, b"x", archived="[root]/home/u/\\xf0\\x9f\\x98\\x80")
        assert self._problems(tmp_path, {name: b"x"}, [old, row(name, b"x")]) == []

    def test_states_without_a_hash(self, tmp_path):
        rows = [row(b"/a", b"abc", state="changed", sha256=None), row(b"/b", b"abc", state="truncated")]
        del rows[0]["sha256"]
        assert self._problems(tmp_path, {b"/a": b"abc", b"/b": b"abc"}, rows) == []

    @pytest.mark.parametrize("rows, count", [
        ([row(b"/a", b"other")], 1), ([row(b"/a", b"abd")], 1), ([row(b"/gone", b"abc")], 1), ([row(b"/a", b"abc", size="3")], 1),
        ([row(b"/a", b"abc", size=None)], 1), ([{"state": "absent", "path": "/b"}], 0), ([{"archived": 5}], 0), ([], 0),
        ([row(b"/a", b"abc"), row(b"/a", b"abd")], 1), ([row(b"/a", b"abc", archived="[root]/\x1b[2J")], 1), ([row(b"/a", b"abc", archived="\ud800")], 1),
    ])
    def test_a_manifest_that_does_not_fit(self, tmp_path, rows, count):
        found = self._problems(tmp_path, {b"/a": b"abc"}, rows)
        assert len(found) == count
        assert not any("\x1b" in problem for problem in found) and all(problem.startswith("20-accounts: ") for problem in found)

    def test_one_name_twice(self, tmp_path):
        """Two commands of one name: both rows are right."""
        folder = run(tmp_path)
        first = write_part(tmp_path / "first", {b"/a": b"1"}, []).read_bytes()
        second = write_part(tmp_path / "second", {b"/a": b"2"}, [row(b"/a", b"1"), row(b"/a", b"2")]).read_bytes()
        part_path(folder, "20-accounts").write_bytes(first + second)
        came_home(folder, "20-accounts")
        seal(folder, "web01", ["20-accounts"])
        assert problems(folder) == []

    def test_very_many_problems(self, tmp_path):
        found = self._problems(tmp_path, {}, [row(b"/%d" % number, b"") for number in range(5000)])
        assert len(found) <= _verify.SHOWN + 1


def test_a_run_that_was_never_sealed(tmp_path):
    assert problems(with_parts(tmp_path, "20-accounts")) == ["this run was never sealed"]


def test_a_run_whose_custody_record_is_gone_is_still_one(sealed):
    (sealed / "custody.jsonl").unlink()
    assert run_folders(sealed.parents[2]) == [sealed]
    assert problems(sealed) == ["custody.jsonl is gone"]


def test_a_record_that_is_no_file_is_a_problem_and_no_error(sealed):
    (sealed / "custody.jsonl").unlink()
    (sealed / "custody.jsonl").mkdir()
    assert "can't be read" in problems(sealed)[0]


def test_all_runs_below_a_folder(tmp_path):
    first, second = with_parts(tmp_path, "20-accounts"), with_parts(tmp_path, "20-accounts", host="../web02")
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "custody.jsonl").symlink_to(first / "custody.jsonl")
    assert run_folders(tmp_path) == sorted([first, second])
    assert run_folders(first) == [first] and run_folders(tmp_path / "absent") == []


def test_a_copy_of_a_run_is_as_good(sealed, tmp_path):
    shutil.copytree(sealed, tmp_path / "copy")
    assert problems(tmp_path / "copy") == []


def test_anybody_can_see_the_same_with_other_tools(sealed, record):
    data = (sealed / "web01.tar.gz").read_bytes()
    part = record["parts"][0]
    assert gzip.decompress(data[part["offset"]:part["offset"] + part["size"]]).startswith(b"[root]/etc/passwd\0")


def test_many_long_names_fit_into_memory(tmp_path):
    folder = run(tmp_path)
    files = {b"/x/" + b"y" * 8000 + b"%d" % number: b"x" for number in range(2000)}
    write_part(part_path(folder, "10-live_state"), files)
    came_home(folder, "10-live_state")
    seal(folder, "web01", ["10-live_state"])
    tracemalloc.start()
    assert problems(folder) == []
    assert tracemalloc.get_traced_memory()[1] < 12 << 20
    tracemalloc.stop()


def test_a_fault_in_one_run_does_not_end_the_verification(sealed, monkeypatch):
    def broken(*_unused):
        raise MemoryError
    monkeypatch.setattr(_verify, "_item_problems", broken)
    assert problems(sealed) == ["can't be read: MemoryError: "]


@pytest.mark.parametrize("found, expected", [
    ([], []), (["this run was never sealed"], ["NEVER SEALED"]), (["the archive is gone"], ["ALTERED OR DAMAGED"]),
    (["x: line 2 doesn't carry the hash of the line before", "this run was never sealed"], ["ALTERED OR DAMAGED"]),
])
def test_a_run_that_was_interrupted_is_not_called_altered(found, expected):
    text = _verify.told([{"folder": "/evidence/web01", "problems": found}, {"folder": "/evidence/web02", "problems": []}])
    assert [word for word in ("NEVER SEALED", "ALTERED OR DAMAGED") if word in text] == expected
    assert ("/evidence/web01" in text) == bool(found) and "web02" not in text
