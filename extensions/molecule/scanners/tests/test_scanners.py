# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later

"""What scanners find comes home, and nothing of them stays."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(os.environ['MOLECULE_PROJECT_DIRECTORY'])
sys.path.insert(0, str(PROJECT / 'playbooks' / 'collections'))

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis import _clamav_scan  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._archives import Archive  # noqa: E402

testinfra_hosts = ['ansible://suspect_hosts']

PLANTED = {'/opt/with space/eicar.com': 'Eicar-Test-Signature.UNOFFICIAL', '/dev/shm/.drop/payload': 'LinuxTriage.Planted.UNOFFICIAL'}


def test_clamav_finds_what_was_planted(archive):
    hits = {row['path']: row['signature'] for row in archive.table('av_hits.clamav_scan')}
    assert {path: hits.get(path) for path in PLANTED} == PLANTED
    for path in PLANTED:
        assert archive.members[b'[root]' + path.encode()].size


def test_the_scan_itself_is_told(archive):
    (run,) = archive.table('av_runs.clamav_scan')
    assert (run['origin'], run['view'], run['state'], run['hits']) == ('workspace', 'quiet', 'collected', 2)


def test_rkhunter_warns_and_its_log_is_home(archive):
    warnings = [row['message'] for row in archive.table('av_hits.rkhunter_scan')]
    assert [text for text in warnings if '/etc/.hidden' in text]
    assert b'Rootkit Hunter version' in archive.read(b'live/rkhunter/rkhunter.log')
    assert archive.table('av_runs.rkhunter_scan')[0]['view'] == 'quiet'


def test_nothing_was_installed(host):
    assert host.run('dpkg -s clamav libclamav12 rkhunter binutils').rc == 1
    assert host.run('getent passwd clamav').rc == 2


def test_evidence_is_complete(archive):
    assert json.loads(archive.read(b'run.json'))['complete'] is True


def test_clamav_at_home_finds_the_same(evidence, tmp_path, monkeypatch):
    tools = Path(subprocess.check_output([PROJECT / 'tests' / 'hosts' / 'scanners'], text=True).strip())
    monkeypatch.setattr(shutil, 'which', lambda program: str(tools / 'bin' / program))
    rows = list(_clamav_scan.scan_archive(Archive(evidence), tools / 'signatures', tmp_path))
    assert {row['path']: row['signature'] for row in rows} == PLANTED
    assert list(tmp_path.iterdir()) == []


def test_clamav_at_home_says_when_it_is_not_there(evidence, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, 'which', lambda program: None)
    with pytest.raises(_clamav_scan.ClamavError, match='apt-get install clamav'):
        list(_clamav_scan.scan_archive(Archive(evidence), None, tmp_path))
