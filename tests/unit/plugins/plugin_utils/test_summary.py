# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _custody
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._seal import seal
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._summary import host_summary, table
from ansible_collections.csirt.linux_triage.tests.unit.plugins.plugin_utils.control_helpers import run, with_parts


def test_a_complete_host(tmp_path):
    folder = with_parts(tmp_path, "20-accounts")
    facts = seal(folder, "web01", ["20-accounts"])
    found = host_summary("web01", str(folder))
    assert (found["verdict"], found["items"], found["size"]) == ("complete", "4 collected", "0.0 MiB")
    assert found["seconds"].endswith(" s")
    assert found["lines"] == [facts["archive"], f"sha256 {facts['sha256']}"]


def test_a_host_with_shortcomings(tmp_path):
    folder = with_parts(tmp_path, "20-accounts")
    _custody.record(folder, "problem", step="x", msg="\x1b[31mthe collector was stopped", left_on_host="/var/tmp/x\x1b")
    (folder / "parts" / "20-accounts.tar.gz").write_bytes(b"\x1f")
    seal(folder, "web01", ["20-accounts", "50-file_listing"])
    found = host_summary("web01", str(folder))
    assert found["verdict"] == "INCOMPLETE"
    assert found["lines"][:4] == [
        "missing: 50-file_listing", "damaged: 20-accounts: differs from what came home", "x: \\x1b[31mthe collector was stopped",
        "left on the host: /var/tmp/x\\x1b",
    ]


def test_a_host_that_cannot_be_trusted(tmp_path):
    folder = with_parts(tmp_path, "60-file_hashes")
    _custody.record(folder, "part", part="60-file_hashes", complete=True, summary={
        "hashed": 7, "altered": "/usr/bin/ls, /usr/lib/libc.so.6", "untrusted": "/usr/lib/libc.so.6\x1b",
    })
    seal(folder, "web01", ["60-file_hashes"])
    assert [line for line in host_summary("web01", str(folder))["lines"] if line.startswith("WARNING")] == [
        "WARNING: not as their packages brought them: /usr/bin/ls, /usr/lib/libc.so.6",
        "WARNING: altered is what this collection itself runs on: /usr/lib/libc.so.6\\x1b. Nothing that this host says can be trusted",
    ]


@pytest.mark.parametrize("folder", [None, "", "/nonexistent"])
def test_a_host_that_was_never_begun(folder):
    found = host_summary("web01", folder)
    assert found["verdict"] == "NOTHING" and "ended before" in found["lines"][0]


def test_a_host_that_was_refused(tmp_path):
    folder = run(tmp_path)
    _custody.record(folder, "refused", msg="no root privilege\x1b")
    assert host_summary("web01", str(folder))["lines"] == ["no root privilege\\x1b"]


def test_a_run_that_was_not_sealed(tmp_path):
    assert host_summary("web01", str(with_parts(tmp_path, "20-accounts")))["verdict"] == "NOTHING"


@pytest.mark.parametrize("spoil", [
    lambda folder: (folder / "run.json").unlink(), lambda folder: (folder / "run.json").write_text("{"),
    lambda folder: (folder / "run.json").write_text("[]"), lambda folder: (folder / "run.json").write_text("{}"),
    lambda folder: (folder / "run.json").write_bytes(b"\xff\xfe"),
    lambda folder: (folder / "custody.jsonl").write_text(json.dumps({"event": "sealed"}) + "\n"),
])
def test_one_hosts_damage_does_not_cost_the_table(tmp_path, spoil):
    folder = with_parts(tmp_path, "20-accounts")
    seal(folder, "web01", [])
    spoil(folder)
    found = host_summary("web01", str(folder))
    assert found["verdict"] == "DAMAGED" and len(found["lines"]) == 1
    assert table([found])


def test_the_table():
    rows = [
        {"host": name, "verdict": verdict, "items": "5 collected", "size": "1.0 MiB", "seconds": "3 s", "lines": ["/archive"]}
        for name, verdict in (("b", "complete"), ("a", "complete"), ("zzz", "INCOMPLETE"), ("c", "NOTHING"))
    ]
    lines = table(rows)
    assert [line.split()[0] for line in lines[::2] if line][:1] == ["HOST"] or lines[0].startswith("HOST  EVIDENCE")
    assert [line.split()[0] for line in lines[1:] if not line.startswith(" ")] == ["c", "zzz", "a", "b"]
    assert lines[2] == "      /archive"
    assert table([])[0].startswith("HOST")


def test_a_record_that_cannot_be_read_is_told(tmp_path):
    (tmp_path / "custody.jsonl").mkdir()
    assert host_summary("web01", str(tmp_path))["verdict"] == "DAMAGED"
