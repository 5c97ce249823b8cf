# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later

"""What files/plant_rights.py planted is found, with the path where it lies, and is at home."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from conftest import EPHEMERAL

testinfra_hosts = ['ansible://suspect_hosts']

_SPEC = importlib.util.spec_from_file_location('plant_rights', Path(__file__).parents[1] / 'files' / 'plant_rights.py')
plant = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(plant)
EXPECTED = [(path, rule) for path, rules in [(one[0], one[3]) for one in plant.FILES] + plant.FOUND for rule in rules]


@pytest.fixture
def findings(name):
    """Rule to the paths of its evidence."""
    (path,) = EPHEMERAL.glob('evidence/*/report/findings.jsonl')
    found: dict = {}
    for line in path.read_text(encoding='utf-8').splitlines():
        row = json.loads(line)
        if row['host'] == name:
            found.setdefault(row['rule'], []).extend(one.get('path') for one in row['evidence'])
    return found


def test_each_is_found_where_it_lies(findings):
    assert [(path, rule) for path, rule in EXPECTED if path not in findings.get(rule, ())] == []


def test_each_file_is_at_home(archive):
    for path, content, _mode, _rules in plant.FILES:
        assert archive.read(b'[root]' + path.encode()) == content.encode(), path
    for path in (plant.ALTERED, plant.PACKAGE):
        assert b'[root]' + path.encode() in archive.members


def test_scripts_of_packages_that_are_as_installed_stay(archive):
    taken = {row['path']: row.get('deviation') for row in archive.table('persistence_files') if row['path'].startswith('/var/lib/dpkg/info/')}
    assert {path for path, deviation in taken.items() if deviation != 'reaches_out'} == {
        plant.ALTERED, plant.PACKAGE, '/var/lib/dpkg/info/planted-orphan.prerm'}


def test_a_title_makes_no_service(archive, findings):
    (process,) = [row for row in archive.table('processes') if row['cmdline'][:1] == [plant.TITLE]]
    assert '/usr/bin/bash' in findings['title-of-another-program']
    for table in ('web_services', 'service_configs'):
        assert [row for row in archive.table(table) if row.get('pid') == process['pid']] == []


def test_certificates_of_packages_are_none(archive):
    rows = archive.table('certificates')
    assert {row['subject'] for row in rows if row.get('authority')} == {'O=Planted, CN=Planted Authority'}
