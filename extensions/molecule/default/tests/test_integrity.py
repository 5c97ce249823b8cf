# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later

"""What files/plant_integrity.py altered is named, and nothing that the image has as its packages brought it."""

from __future__ import annotations

import datetime

import pytest

testinfra_hosts = ['ansible://suspect_hosts']

PLANTED = {
    '/usr/bin/factor': ('changed', 'coreutils', False),
    '/usr/bin/users': ('changed', 'coreutils', False),
    '/usr/bin/who': ('changed', 'coreutils', True),
    '/usr/bin/tsort': ('link', 'coreutils', False),
    '/usr/bin/pinky': ('missing', 'coreutils', False),
    '/usr/bin/planted-unowned': ('unowned', None, False),
    'libmemusage.so': ('changed', 'libc6', False),
    'pam_planted.so': ('unowned', None, True),
}


@pytest.fixture
def deviations(archive):
    return {row['path']: row for row in archive.table('package_files')}


@pytest.fixture
def hashes(archive):
    return {row['path']: row for row in archive.table('hashes')}


@pytest.mark.parametrize('path', PLANTED)
def test_what_was_altered_has_a_row(deviations, path):
    (row,) = [row for name, row in deviations.items() if name.endswith(path)]
    assert (row['deviation'], row.get('package'), row.get('critical', False)) == PLANTED[path]
    assert 'conffile' not in row


def test_an_edited_configuration_file_is_told_from_a_program(deviations):
    row = deviations['/etc/debconf.conf']
    assert (row['deviation'], row['package'], row['conffile']) == ('changed', 'debconf', True)


def test_the_digests_are_those_of_the_host(host, deviations, hashes):
    for tool, facts in (('md5sum', deviations['/usr/bin/who']['found']), ('sha256sum', hashes['/usr/bin/who']['sha256'])):
        assert host.check_output('sudo %s /usr/bin/who', tool).split()[0] == facts


def test_nothing_else_deviates(host, deviations):
    """What nobody touched since this host was started is as its package brought it; other plants may have altered more."""
    started = datetime.datetime.fromtimestamp(int(host.check_output('stat -c %%Y %s', '/etc/hostname')), datetime.timezone.utc)
    untouched = [
        row for row in deviations.values() if not row.get('conffile')
        and row.get('ctime', '') < started.strftime('%Y-%m-%dT%H:%M:%S') and row['path'] != '/usr/bin/pinky'
    ]
    assert untouched == []


def test_programs_are_hashed_wherever_they_are_started_from(hashes):
    assert hashes['/srv/planted/started-by-a-unit']['why'] == ['target']
    assert hashes['/usr/bin/su']['why'] == ['ancestor', 'executable', 'suid']
    (permit,) = [row for path, row in hashes.items() if path.endswith('/security/pam_permit.so')]
    assert (permit['package'], permit['why']) == ('libpam-modules', ['library', 'pam'])


def test_the_operator_is_told(evidence):
    assert '/usr/bin/who' in (evidence / 'custody.jsonl').read_text()
