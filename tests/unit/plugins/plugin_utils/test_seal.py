# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import tarfile

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._part import Part, padding, tar_header
from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _custody, _part_reader, _seal
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import file_sha256, part_path
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._seal import SealError, seal
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._verify import problems
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.core_helpers import peak_growth
from ansible_collections.csirt.linux_triage.tests.unit.plugins.plugin_utils.control_helpers import (
    FILES,
    came_home,
    modes,
    raw_part,
    row,
    run,
    with_parts,
    write_part,
)

EXPECTED = ["10-live_state", "20-accounts", "50-file_listing"]


def _members(archive) -> dict[str, bytes | None]:
    with tarfile.open(archive, encoding="utf-8", errors="surrogateescape") as tar:
        return {entry.name: tar.extractfile(entry).read() if entry.isreg() else None for entry in tar}


def _text(folder, name) -> str:
    return (folder / name).read_text(encoding="utf-8")


def test_a_whole_run(tmp_path):
    folder = with_parts(tmp_path, *EXPECTED)
    facts = seal(folder, "web01", EXPECTED)
    assert facts["complete"] and facts["missing"] == facts["cut"] == facts["damaged"] == []
    assert facts["states"] == {"collected": 12} and facts["archive"] == str(folder / "web01.tar.gz")
    assert facts["sha256"] == file_sha256(folder / "web01.tar.gz")
    assert _text(folder, "web01.tar.gz.sha256") == f"{facts['sha256']}  web01.tar.gz\n"
    assert subprocess.run(["sha256sum", "--check", "--quiet", "web01.tar.gz.sha256"], cwd=folder, check=False).returncode == 0
    assert sorted(path.name for path in folder.iterdir()) == [
        "0_SCRIPT-ERRORS.txt", "custody.jsonl", "custody.sha256", "run.json", "web01.tar.gz", "web01.tar.gz.sha256",
    ]
    assert modes(folder) == {("d", "0o700"), ("f", "0o600")}
    assert problems(folder) == []


def test_what_is_in_the_archive(tmp_path):
    folder = with_parts(tmp_path, *EXPECTED)
    seal(folder, "web01", EXPECTED)
    members = _members(folder / "web01.tar.gz")
    for name, data in FILES.items():
        assert members["[root]" + name.decode("utf-8", "surrogateescape")] == data
    assert json.loads(members["run.json"]) == json.loads(_text(folder, "run.json"))
    assert members["0_SCRIPT-ERRORS.txt"].decode() == _text(folder, "0_SCRIPT-ERRORS.txt")
    tree = members["1_OUTPUT-TREE.txt"].decode().splitlines()
    assert len(tree) == 15 and " [root]/var/log/\\x1b[31m\\x0a" in tree[1] and "\\xff\\xfe" in tree[2]


@pytest.mark.parametrize("command", [["gzip", "-t"], ["7z", "t"], ["tar", "-tzf"], ["bsdtar", "-tzf"]], ids=lambda command: command[0])
def test_other_programs_read_it_without_complaint(tmp_path, command):
    if not shutil.which(command[0]):
        pytest.skip("no " + command[0])
    folder = with_parts(tmp_path, *EXPECTED)
    seal(folder, "web01", EXPECTED)
    done = subprocess.run([*command, folder / "web01.tar.gz"], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    if command[0] in ("tar", "bsdtar"):
        assert b"run.json" in done.stdout and b"[root]/own/2" in done.stdout


def test_a_run_without_any_part(tmp_path):
    folder = run(tmp_path)
    facts = seal(folder, "web01", EXPECTED)
    assert facts["missing"] == EXPECTED and not facts["complete"] and problems(folder) == []
    assert "run.json" in _members(folder / "web01.tar.gz")
    assert "MISSING 20-accounts" in _text(folder, "0_SCRIPT-ERRORS.txt")


def test_a_part_is_missing_and_one_was_cut(tmp_path):
    folder = run(tmp_path)
    write_part(part_path(folder, "20-accounts"))
    came_home(folder, "20-accounts", complete=False, problem="900 seconds used up")
    facts = seal(folder, "web01", EXPECTED)
    assert facts["missing"] == ["10-live_state", "50-file_listing"] and facts["cut"] == ["20-accounts"] and not facts["complete"]
    assert "900 seconds used up" in _text(folder, "0_SCRIPT-ERRORS.txt")


def test_it_is_sealed_once(tmp_path):
    folder = with_parts(tmp_path, "20-accounts")
    first = seal(folder, "web01", [])
    with pytest.raises(SealError, match="is sealed"):
        seal(folder, "web01", [])
    (folder / "custody.jsonl").unlink()
    with pytest.raises(SealError, match="is sealed"):
        seal(folder, "web01", [])
    assert file_sha256(folder / "web01.tar.gz") == first["sha256"]


@pytest.mark.parametrize("step", ["finish", "_close", "flush", "file_sha256", "record", "rmtree"])
def test_a_seal_that_died_can_be_done_again(tmp_path, monkeypatch, step):
    folder = with_parts(tmp_path, *EXPECTED)

    def die(*_unused, **_facts):
        raise KeyboardInterrupt

    owner = {"finish": _seal.Contents, "record": _custody, "rmtree": _seal.shutil}.get(step, _seal)
    count = [0]

    def later(*arguments, **facts):
        count[0] += 1
        return die() if step != "file_sha256" or count[0] > 4 else file_sha256(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(owner, step, later)
        with pytest.raises(KeyboardInterrupt):
            seal(folder, "web01", EXPECTED)
    assert len(list((folder / "parts").iterdir())) == 3
    assert seal(folder, "web01", EXPECTED)["complete"] and problems(folder) == []


class TestDamage:
    def _sealed(self, tmp_path, spoil, name="20-accounts", **facts):
        folder = with_parts(tmp_path, "10-live_state", "20-accounts")
        path = part_path(folder, "20-accounts")
        spoiled = spoil(path.read_bytes())
        path.write_bytes(spoiled)
        facts = seal(folder, "web01", ["10-live_state", "20-accounts"])
        assert not facts["complete"] and not facts["missing"]
        assert [part["part"] for part in facts["damaged"]] == ["20-accounts"]
        assert path.read_bytes() == spoiled  # what can't be put into an archive whole stays beside it
        _members(folder / "web01.tar.gz")
        assert subprocess.run(["gzip", "-t", folder / "web01.tar.gz"], capture_output=True, check=False).stderr == b""
        assert "DAMAGED 20-accounts" in _text(folder, "0_SCRIPT-ERRORS.txt")
        assert modes(folder) == {("d", "0o700"), ("f", "0o600")}
        return folder, facts

    def test_torn(self, tmp_path):
        folder, facts = self._sealed(tmp_path, lambda data: data[:-60])
        assert problems(folder) == []
        assert facts["entries"] >= 4 + 3

    def test_torn_to_nothing(self, tmp_path):
        folder, facts = self._sealed(tmp_path, lambda data: data[:5])
        assert [part["part"] for part in facts["parts"]] == ["10-live_state"] and problems(folder) == []

    def test_altered_but_sound(self, tmp_path):
        other = write_part(tmp_path / "other", {b"/etc/passwd": b"evil"}).read_bytes()
        folder, facts = self._sealed(tmp_path, lambda data: other)
        assert facts["damaged"][0]["problem"] == "differs from what came home"
        assert problems(folder) == []

    def test_flipped_bits(self, tmp_path):
        self._sealed(tmp_path, lambda data: data[:len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1:])

    def test_garbage_behind_it(self, tmp_path):
        folder, _facts = self._sealed(tmp_path, lambda data: data + b"\0" * 512)
        assert len([name for name in _members(folder / "web01.tar.gz") if name.startswith("[root]")]) == len(FILES) + 2

    def test_an_end_of_archive_that_would_hide_the_rest(self, tmp_path):
        """GNU tar ends at the first end of archive: a part with one would hide all parts behind it."""
        folder = with_parts(tmp_path, "10-live_state", "20-accounts")
        path = part_path(folder, "10-live_state")
        path.write_bytes(path.read_bytes() + gzip.compress(b"\0" * 1024))
        facts = seal(folder, "web01", ["10-live_state", "20-accounts"])
        assert facts["damaged"] == [{"part": "10-live_state", "problem": "differs from what came home"}]
        listing = subprocess.run(["tar", "-tzf", folder / "web01.tar.gz"], capture_output=True, check=True).stdout
        assert b"[root]/own/0" in listing and b"[root]/own/1" in listing and b"run.json" in listing

    def test_a_part_nobody_recorded(self, tmp_path):
        folder = with_parts(tmp_path, "20-accounts")
        write_part(part_path(folder, "66-smuggled"))
        facts = seal(folder, "web01", ["20-accounts"])
        assert facts["damaged"] == [{"part": "66-smuggled", "problem": "came home without a record"}]

    def test_a_torn_part_that_was_saved(self, tmp_path):
        folder = with_parts(tmp_path, "10-live_state")
        whole = write_part(tmp_path / "whole").read_bytes()
        torn = folder / "parts" / "20-accounts.tar.torn"
        torn.write_bytes(whole)
        torn.chmod(0o600)
        _custody.record(folder, "part_torn", part="20-accounts", size=len(whole), sha256=file_sha256(torn), kept=torn.name)
        facts = seal(folder, "web01", ["10-live_state", "20-accounts"])
        assert facts["missing"] == facts["damaged"] == [] and facts["cut"] == ["20-accounts"] and not facts["complete"]
        assert torn.exists() and problems(folder) == []

    def test_a_torn_part_that_was_altered_at_home(self, tmp_path):
        folder = run(tmp_path)
        torn = folder / "parts" / "20-accounts.tar.torn"
        torn.write_bytes(write_part(tmp_path / "whole").read_bytes())
        _custody.record(folder, "part_torn", part="20-accounts", size=1, sha256="0" * 64, kept=torn.name)
        assert seal(folder, "web01", ["20-accounts"])["damaged"][0]["problem"] == "differs from what came home"

    def test_what_has_no_business_there(self, tmp_path):
        folder = with_parts(tmp_path, "20-accounts")
        (folder / "parts" / "20-accounts.tar.partial").write_bytes(b"x")
        (folder / "parts" / "20-accounts.tar.altered-1").write_bytes(b"x")
        assert seal(folder, "web01", ["20-accounts"])["complete"]
        assert sorted(path.name for path in (folder / "parts").iterdir()) == ["20-accounts.tar.altered-1", "20-accounts.tar.partial"]

    def test_whatever_the_chain_says(self, tmp_path):
        folder = with_parts(tmp_path, "20-accounts")
        with open(folder / "custody.jsonl", "ab") as stream:
            for line in (b'{"event": "part"}', b'{"event": 5}', b"[]", b"\xff", b"", b'{"event": "part", "part": ["x"]}', b'{"event": "begin", "part": {}}'):
                stream.write(line + b"\n")
        facts = seal(folder, "web01", ["20-accounts"])
        assert "20-accounts" not in facts["missing"] and problems(folder)


class TestHostileManifests:
    def _facts(self, tmp_path, rows: bytes):
        folder = run(tmp_path)
        data = tar_header(b"manifest/x.jsonl", len(rows)) + rows + padding(len(rows))
        raw_part(part_path(folder, "20-accounts"), data)
        came_home(folder, "20-accounts")
        return folder, seal(folder, "web01", ["20-accounts"])

    def test_states(self, tmp_path):
        rows = [{"state": state} for state in ("collected", "denied", "\x1b[2J", "x" * 10000, 5, None, ["collected"], {}, True)]
        folder, facts = self._facts(tmp_path, b"".join(json.dumps(one).encode() + b"\n" for one in rows))
        assert facts["states"] == {"collected": 1, "denied": 1, "failed": 7}

    @pytest.mark.parametrize("line", [
        b"", b"{", b"[]", b"5", b'"x"', b"null", b"\xff\xfe", b'{"state"', b'{"state": ' * 5000, b"[" * 200000, b'{"a": ' + b"9" * 10000 + b"}",
        b'{"state": NaN}', b"x" * (3 << 20), b'{"state": "denied", "path": ' + b"[" * 900 + b"]" * 900 + b"}",
    ], ids=lambda line: repr(line[:10]))
    def test_lines_that_are_none(self, tmp_path, line):
        good = json.dumps(row(b"/x", b"")).encode()
        folder, facts = self._facts(tmp_path, good + b"\n" + line + b"\n" + good + b"\n")
        assert facts["states"]["collected"] == 2 and problems(folder)

    def test_text_is_made_harmless(self, tmp_path):
        bad = {"path": "/\x1b[31m\n\u202e\ud800", "state": "denied", "reason": "\x07\r", "collector": "\x9b", "artifact": {"x": 1}}
        folder, _facts = self._facts(tmp_path, json.dumps(bad).encode() + b"\n")
        text = _text(folder, "0_SCRIPT-ERRORS.txt")
        assert "denied \\x9b /\\x1b[31m\\x0a\\u202e\\ud800: \\x07\\x0d" in text
        assert not any(ord(one) < 32 and one != "\n" or one in "\u202e\x9b" for one in text)

    def test_very_many_rows(self, tmp_path, monkeypatch):
        monkeypatch.setattr(_seal, "SHOWN", 10)
        rows = [{"state": "denied", "path": f"/{number}", "reason": "x" * 5000} for number in range(1000)]
        folder, facts = self._facts(tmp_path, b"".join(json.dumps(one).encode() + b"\n" for one in rows))
        text = _text(folder, "0_SCRIPT-ERRORS.txt")
        assert facts["states"] == {"denied": 1000} and "and 990 more" in text and len(text) < 50000

    def test_a_very_long_list_of_files(self, tmp_path, monkeypatch):
        monkeypatch.setattr(_seal, "TREE_SIZE", 1000)
        folder = with_parts(tmp_path, "20-accounts")
        seal(folder, "web01", ["20-accounts"])
        assert len(_members(folder / "web01.tar.gz")["1_OUTPUT-TREE.txt"]) <= 1000


def test_a_bomb(tmp_path, monkeypatch):
    monkeypatch.setattr(_part_reader, "MAX_UNPACKED", 10 << 20)
    monkeypatch.setattr(_seal, "read_part", lambda part: _part_reader.read_part(part, 10 << 20))
    monkeypatch.setattr(_seal, "whole_length", lambda part: _part_reader.whole_length(part, 10 << 20))
    folder = run(tmp_path)
    bomb = tar_header(b"live/good", 4) + b"good" + padding(4) + tar_header(b"live/bomb", 1 << 30) + bytes(64 << 20)
    raw_part(part_path(folder, "20-accounts"), bomb)
    came_home(folder, "20-accounts")
    facts = seal(folder, "web01", ["20-accounts"])
    assert "unpacks to more than" in facts["damaged"][0]["problem"]
    members = _members(folder / "web01.tar.gz")
    assert members["live/good"] == b"good" and "live/bomb" not in members


def test_a_large_part_costs_little_memory(tmp_path):
    folder = run(tmp_path)
    part = Part(str(part_path(folder, "20-accounts")).encode(), threads=2)
    block = os.urandom(1 << 20)
    digest = hashlib.sha256()

    def blocks():
        for number in range(96):
            data = number.to_bytes(4, "big") + block[4:]
            digest.update(data)
            yield data

    part.add_stream(b"[root]/big", 96 << 20, blocks())
    manifest = json.dumps({**row(b"/big", b""), "size": 96 << 20, "sha256": digest.hexdigest()}).encode() + b"\n"
    part.add(b"manifest/20-accounts.jsonl", manifest)
    part.close()
    assert part.size > 90 << 20
    came_home(folder, "20-accounts")
    found: list = []

    def work():
        found.append(seal(folder, "web01", ["20-accounts"]))
        found.append(problems(folder))

    assert peak_growth(work) < 32 << 20
    assert found[0]["complete"] and found[1] == []


@pytest.mark.parametrize("error", [MemoryError, RecursionError])
def test_what_the_tables_at_home_cannot_take_is_sealed_without_them(tmp_path, monkeypatch, error):
    def broken(self, name, member, stream):
        raise error
    monkeypatch.setattr(_seal.HomeTables, "offer", broken)
    folder = with_parts(tmp_path, *EXPECTED)
    facts = seal(folder, "web01", EXPECTED)
    assert facts["complete"] and problems(folder) == []
    members = _members(folder / "web01.tar.gz")
    assert members["[root]/etc/passwd"] == FILES[b"/etc/passwd"]
    assert json.loads(members["tables/errors.jsonl"]) == {
        "table": "any", "member": "", "problem": f"the tables that are made at home are missing: {error.__name__}", "cut": True}
    assert "tables that are made at home are missing" in _text(folder, "0_SCRIPT-ERRORS.txt")
