# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of the operator over an archive: what they hit, and what is said when they can't be used."""

from __future__ import annotations

import hashlib
import importlib
from types import SimpleNamespace

import pytest
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis import _scans, _yara_scan
from ansible_collections.csirt.linux_triage.tests.unit.plugins.plugin_utils.case_helpers import archive

RULE = """
rule marked {
    meta: description = "has the mark"
    strings: $mark = "MARK-7f3a"
    condition: $mark
}
"""
NAMED = 'rule named { condition: filename == "kept.php" and filepath contains "/www" }'


def rules(tmp_path, text, name="ours.yar"):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_each_matching_rule_of_a_file_is_a_row(tmp_path):
    pytest.importorskip("yara_x")
    data = b"xxxx MARK-7f3a"
    path = archive(tmp_path, {
        b"[root]/srv/www/kept.php": data, b"live/recovered/4711": data, b"tables/files.jsonl": data, b"[root]/etc/clean": b"nothing",
    })
    rows = list(_yara_scan.scan_archive(path, [rules(tmp_path, RULE), rules(tmp_path, NAMED, "named.yar")]))
    assert [(row["path"], row["signature"]) for row in rows] == [
        ("/srv/www/kept.php", "marked"), ("/srv/www/kept.php", "named"), ("live/recovered/4711", "marked"),
    ]
    assert rows[0]["sha256"] == hashlib.sha256(data).hexdigest()
    assert rows[0]["message"] == "has the mark; at byte 5; rules of ours.yar"
    assert (rows[0]["engine"], rows[0]["where"], rows[0]["kind"]) == ("yara", "home", "infected")


def test_names_of_the_host_are_escaped(tmp_path):
    pytest.importorskip("yara_x")
    path = archive(tmp_path, {b"[root]/srv/\x1b[31m\xff": b"MARK-7f3a"})
    (row,) = _yara_scan.scan_archive(path, [rules(tmp_path, RULE)])
    assert row["path"] == "/srv/\\x1b[31m\\xff"


@pytest.mark.parametrize("text, said", [("rule x { condition: nosuch }", "nosuch"), ("rule {", "syntax error")])
def test_a_bad_rule_file_is_named(tmp_path, text, said):
    pytest.importorskip("yara_x")
    with pytest.raises(_yara_scan.YaraError, match=f"(?s)bad.yar: .*{said}"):
        list(_yara_scan.scan_archive(archive(tmp_path, {}), [rules(tmp_path, text, "bad.yar")]))


def test_a_missing_rule_file_is_named(tmp_path):
    pytest.importorskip("yara_x")
    with pytest.raises(_yara_scan.YaraError, match="gone.yar: No such file"):
        list(_yara_scan.scan_archive(archive(tmp_path, {}), [tmp_path / "gone.yar"]))


def test_a_missing_library_is_said_with_what_helps(tmp_path, monkeypatch):
    def missing(name):
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(_yara_scan.YaraError, match="pip install yara-x"):
        list(_yara_scan.scan_archive(archive(tmp_path, {}), [rules(tmp_path, RULE)]))


def test_what_was_found_before_the_time_was_used_up_is_kept(tmp_path, monkeypatch):
    pytest.importorskip("yara_x")
    monkeypatch.setattr(_yara_scan, "time", SimpleNamespace(monotonic=iter([0.0, 0.0, 1e9]).__next__))
    path = archive(tmp_path, {b"[root]/a": b"MARK-7f3a", b"[root]/b": b"MARK-7f3a"})
    found, problems = _scans.scan(path, _scans.Scans(yara_rules=(rules(tmp_path, RULE),)), tmp_path)
    assert [row["path"] for row in found] == ["/a"]
    assert "[root]/b on were not looked at" in problems["YARA"]
