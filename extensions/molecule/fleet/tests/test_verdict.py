# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later

"""Both servers that were entered are first, in the right order, for the right reasons; the clean ones are clean."""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
from pathlib import Path

import duckdb
import pytest

testinfra_hosts = ['ansible://triage-loud']

EPHEMERAL = Path(os.environ['MOLECULE_EPHEMERAL_DIRECTORY'])
CASE = EPHEMERAL / 'evidence' / 'fleet'
REPORT = CASE / 'report'
CLEAN = {f'triage-clean{number}' for number in range(1, 5)}
REASONS = {
    'triage-loud': {
        'webshell': '/var/www/html/images/thumb.php', 'deleted-executable-drop-zone': '/var/tmp/.x/run',
        'persistence-evil-command': 'cron /etc/cron.d/logrotate-fix line 1', 'critical-file-changed': '/usr/bin/ls',
    },
    'triage-subtle': {'unowned-pam-module': 'pam_systemd_auth.so', 'rare-authorized-key': 'SHA256:'},
}


@pytest.fixture(scope='module')
def case():
    with duckdb.connect(str(REPORT / 'case.duckdb'), read_only=True) as connection:
        yield connection


def findings(path=REPORT / 'findings.jsonl'):
    return [json.loads(line) for line in path.read_text(encoding='utf-8').splitlines()]


def test_the_entered_hosts_are_first_and_in_order(case):
    ranked = [host for host, in case.execute('SELECT host FROM ranking ORDER BY rank').fetchall()]
    assert ranked[:2] == ['triage-loud', 'triage-subtle']
    assert set(ranked[2:]) == CLEAN


@pytest.mark.parametrize('host', REASONS)
def test_the_reasons_are_right(host):
    found = {row['rule']: row['subject'] for row in findings() if row['host'] == host}
    for rule, subject in REASONS[host].items():
        assert subject in found.get(rule, ''), found


def test_the_clean_hosts_have_nothing_above_low():
    assert [row for row in findings() if row['host'] in CLEAN and row['severity'] not in ('low', 'info')] == []


def test_each_sum_is_that_of_its_parts(case):
    for score, parts in case.execute('SELECT score, parts FROM ranking').fetchall():
        assert score == sum(part['score'] for part in json.loads(parts))


def test_every_finding_leads_to_bytes_at_home():
    archives = {}
    for row in findings():
        assert row['evidence'], row
        for one in row['evidence']:
            names = archives.setdefault(one['archive'], members(CASE / one['archive']))
            assert one['member'] in names


def members(path):
    with tarfile.open(path, encoding='utf-8', errors='surrogateescape') as tar:
        return {member.name for member in tar}


def test_the_program_without_a_file_is_the_one_that_ran(host):
    (row,) = [row for row in findings() if row['rule'] == 'deleted-executable-drop-zone']
    evidence = next(one for one in row['evidence'] if one['member'].startswith('live/recovered/'))
    with tarfile.open(CASE / evidence['archive']) as tar:
        recovered = hashlib.sha256(tar.extractfile(evidence['member']).read()).hexdigest()
    assert recovered == host.check_output('sha256sum /bin/sleep').split()[0]


def test_a_report_from_evidence_at_home_finds_the_same():
    assert findings() == findings(EPHEMERAL / 'findings-of-the-run.jsonl')


def test_nothing_of_the_tables_was_malformed(case):
    assert case.execute('SELECT * FROM load_problems').fetchall() == []
    assert case.execute('SELECT count(*) FROM coverage').fetchall()[0][0] > 0


def test_pages_and_timelines_are_there():
    assert (REPORT / 'index.html').stat().st_size and (REPORT / 'timeline' / 'fleet.jsonl').stat().st_size
    assert {path.stem for path in (REPORT / 'hosts').glob('*.html')} == CLEAN | set(REASONS)
