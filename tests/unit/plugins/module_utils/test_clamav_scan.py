# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import hashlib
import json
import os
import tarfile

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection import Stopped
from ansible_collections.csirt.linux_triage.plugins.module_utils._malware import _clamav_scan, _toolbox
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.core_helpers import collecting, raw

SCANNER = """#!/bin/sh
case "$*" in
*--version*) echo "ClamAV 1.4.6/27000/Mon Nov 23 2026"; exit 0 ;;
esac
%s
"""


class _NoView(object):
    kind = "plain"

    def __init__(self, workspace):
        pass

    def enter(self):
        pass


@pytest.fixture
def scan(tmpdir, monkeypatch):
    """Runs the collector with a scanner that is a shell script; the collection when it is closed."""
    monkeypatch.setattr(_toolbox, "QuietView", _NoView)
    monkeypatch.setattr(_clamav_scan, "HOST_SIGNATURES", "/nonexistent")

    def run(script, signatures=True, **options):
        tree = tmpdir.ensure("made", "tree", "usr", "bin", dir=True)
        tree.join("clamscan").write(SCANNER % script)
        os.chmod(str(tree.join("clamscan")), 0o755)
        if signatures:
            tmpdir.ensure("made", "signatures", "own.ndb")
        bundle = str(tmpdir.join("bundle.tar.gz"))
        with tarfile.open(bundle, "w:gz") as tar:
            for name in os.listdir(str(tmpdir.join("made"))):
                tar.add(str(tmpdir.join("made", name)), name)
        with open(bundle, "rb") as stream:
            sha256 = hashlib.sha256(stream.read()).hexdigest()
        settings = dict(bundle=bundle, bundle_sha256=sha256, paths=["/"], exclude=[], max_scan_size=100)
        with collecting(tmpdir, b"/") as collection:
            _clamav_scan.collect(collection, dict(settings, **options))
        return collection

    return run


def _rows(collection, table):
    name = b"tables/" + table + b".clamav_scan.jsonl"
    if name not in collection.got.entries:
        return []
    return [json.loads(line.decode("ascii")) for line in collection.got.data(name).splitlines()]


def test_hits_go_home_with_their_bytes(scan, tmpdir):
    bad = tmpdir.join("web shell.php")
    bad.write("bad")
    collection = scan('echo "%s: Own.Rule.UNOFFICIAL FOUND"; exit 1' % bad)
    (hit,) = _rows(collection, b"av_hits")
    assert (hit["path"], hit["signature"], hit["kind"]) == (str(bad), "Own.Rule.UNOFFICIAL", "infected")
    assert collection.got.data(b"[root]" + raw(bad)) == b"bad"
    (run,) = _rows(collection, b"av_runs")
    assert (run["engine_version"], run["hits"], run["origin"], run["state"]) == ("1.4.6", 1, "workspace", "collected")


@pytest.mark.parametrize("line", [
    "/nowhere: Own.Rule FOUND", "/etc/pass\x1b[31mwd: X FOUND", "no path: X FOUND", ": FOUND", "x" * 70000 + " FOUND",
])
def test_strange_lines_cost_nothing_but_themselves(scan, line):
    collection = scan("cat << 'END'\n%s\nEND\nexit 1" % line)
    hits = _rows(collection, b"av_hits")
    assert len(hits) <= 1
    assert all(hit["state"] == "absent" and "\x1b" not in hit["path"] for hit in hits)


def test_a_scan_that_fails_is_no_clean_bill(scan):
    collection = scan("echo LibClamAV Error: broken >&2; exit 2")
    assert _rows(collection, b"av_runs")[0]["state"] == "failed"
    assert collection.got.data(b"live/clamav/stderr.txt") == b"LibClamAV Error: broken\n"


@pytest.mark.parametrize("options, reason", [
    (dict(bundle_sha256="0" * 64), "not what was sent"), (dict(signatures=False), "triage_clamav_signatures"),
    (dict(bundle=None), "triage_clamav_bundle"),
])
def test_what_keeps_it_from_scanning_is_said(scan, monkeypatch, options, reason):
    monkeypatch.setattr(_toolbox._command, "SEARCH_PATH", ("/nonexistent",))
    with pytest.raises(Stopped, match=reason):
        scan("exit 0", **options)


def test_the_excluded_and_the_workspace_are_left_out(scan):
    collection = scan("exit 0", exclude=["/srv/big (1)"])
    (run,) = _rows(collection, b"av_runs")
    assert r"--exclude-dir=^/srv/big \(1\)(/|$)" in run["arguments"]
    assert os.path.basename(collection.workspace).decode("ascii") in run["arguments"].replace("\\", "")


def test_nothing_stays_in_the_workspace_but_the_part(scan):
    collection = scan("exit 0")
    assert [name for name in os.listdir(collection.workspace) if not name.endswith(b".tar.gz")] == []
