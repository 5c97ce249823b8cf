# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""clamscan over an archive: some files at a time, within limits, and what was found is kept whatever comes behind it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from types import SimpleNamespace

import pytest
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis import _clamav_scan, _scans
from ansible_collections.csirt.linux_triage.tests.unit.plugins.plugin_utils.case_helpers import archive

FILES = {b"[root]/srv/%d" % number: b"EVIL %d" % number if number % 2 else b"good" for number in range(6)}
# Finds EVIL, fails at BAD, sleeps at SLOW, and can't look into BOMB; writes what it was called with.
PROGRAM = """#!{python}
import json, pathlib, sys, time
folder = pathlib.Path(sys.argv[-1])
files = {{path.name: path.read_bytes() for path in sorted(folder.iterdir(), key=lambda path: int(path.name))}}
with open({log!r}, "a") as log:
    print(json.dumps([sys.argv[1:], sum(map(len, files.values())), len(files)]), file=log)
for name, data in files.items():
    if data.startswith(b"EVIL"):
        print(f"{{folder}}/{{name}}: Eicar-Test-Signature FOUND", flush=True)
    if data == b"BOMB":
        print(f"{{folder}}/{{name}}: Heuristics.Limits.Exceeded.MaxScanSize FOUND", flush=True)
    if data == b"SLOW":
        time.sleep(60)
    if data == b"BAD":
        print("ERROR: odd\x1b[2J", file=sys.stderr)
        sys.exit(2)
"""


@pytest.fixture
def scanned(tmp_path, monkeypatch):
    """Scans files; rows, problems, and what each call of clamscan was given: arguments, bytes, files."""
    log, scratch = tmp_path / "log", tmp_path / "scratch"
    scratch.mkdir()
    program = tmp_path / "bin" / "clamscan"
    program.parent.mkdir()
    program.write_text(PROGRAM.format(python=sys.executable, log=str(log)))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)

    def scan(files):
        rows, problems = _scans.scan(archive(tmp_path, files), _scans.Scans(clamav=True), scratch)
        assert list(scratch.iterdir()) == []
        return rows, problems, [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    return scan


def test_files_are_found_by_their_names_on_the_host(scanned):
    rows, problems, calls = scanned({**FILES, b"[root]/srv/\x1b\xff": b"EVIL", b"live/recovered/7": b"EVIL", b"tables/x.jsonl": b"EVIL"})
    assert [row["path"] for row in rows] == ["/srv/1", "/srv/3", "/srv/5", "/srv/\\x1b\\xff", "live/recovered/7"]
    assert {(row["kind"], row["signature"], row["where"]) for row in rows} == {("infected", "Eicar-Test-Signature", "home")}
    assert problems == {} and len(calls) == 1
    assert {"--max-filesize=256M", "--max-scansize=512M", "--max-files=10000", "--max-recursion=10", "--max-scantime=60000"} < set(calls[0][0])


def test_no_more_is_unpacked_at_one_time_than_a_batch(scanned, monkeypatch):
    monkeypatch.setattr(_clamav_scan, "BATCH_BYTES", 1000)
    rows, problems, calls = scanned({b"[root]/%d" % number: b"EVIL".ljust(400) for number in range(7)})
    assert len(rows) == 7 and problems == {}
    assert [call[1:] for call in calls] == [[800, 2]] * 3 + [[400, 1]]


def test_a_disk_that_fills_makes_batches_smaller_before_it_ends_the_scan(scanned, monkeypatch):
    monkeypatch.setattr(_clamav_scan, "RESERVE", 100)
    free = iter([100, 1000, 100, 100, 1000, 1000, 100, 100])
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=next(free, 1000)))
    rows, problems, calls = scanned(FILES)
    assert rows == [] and calls == [] and "less than" in problems["ClamAV"]
    free = iter([1000, 100, 1000])
    rows, problems, calls = scanned(FILES)
    assert len(rows) == 3 and problems == {} and len(calls) == 2


def test_what_is_too_large_and_what_clamscan_gives_up_is_named(scanned, monkeypatch):
    monkeypatch.setattr(_clamav_scan, "LARGEST", 10)
    rows, _problems, _calls = scanned({b"[root]/large": b"EVIL" * 10, b"[root]/bomb": b"BOMB"})
    assert {row["path"]: (row["kind"], row["message"]) for row in rows} == {
        "/large": ("warning", "not scanned: more than 0 MiB"),
        "/bomb": ("warning", "not scanned to its end: Heuristics.Limits.Exceeded.MaxScanSize"),
    }


def test_hits_stay_when_clamscan_hangs(scanned, monkeypatch):
    monkeypatch.setattr(_clamav_scan, "SECONDS", 1)
    rows, problems, _calls = scanned({b"[root]/a": b"EVIL", b"[root]/b": b"SLOW"})
    assert [row["path"] for row in rows] == ["/a"]
    assert "[root]/a to [root]/b were not scanned to their end: clamscan took more than" in problems["ClamAV"]


def test_a_batch_that_fails_is_named_and_the_next_one_is_scanned(scanned, monkeypatch):
    monkeypatch.setattr(_clamav_scan, "BATCH_FILES", 2)
    rows, problems, calls = scanned({b"[root]/a": b"EVIL", b"[root]/b": b"BAD", b"[root]/c": b"EVIL", b"[root]/d": b"good"})
    assert [row["path"] for row in rows] == ["/a", "/c"] and len(calls) == 2
    assert "from [root]/a to [root]/b were not scanned to their end: clamscan failed: ERROR: odd\\x1b[2J" in problems["ClamAV"]


def test_a_scanner_that_always_fails_is_given_up(scanned, monkeypatch):
    monkeypatch.setattr(_clamav_scan, "BATCH_FILES", 1)
    rows, problems, calls = scanned({b"[root]/%d" % number: b"BAD" for number in range(9)})
    assert rows == [] and len(calls) == 3 and "what comes behind them was not scanned" in problems["ClamAV"]


def test_without_clamscan_it_is_said_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    _rows, problems = _scans.scan(archive(tmp_path, FILES), _scans.Scans(clamav=True), tmp_path)
    assert "apt-get install clamav" in problems["ClamAV"]
