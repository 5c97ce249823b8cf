# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every specimen of files/plant_persistence.py is a row with the right command, owner and hash, and is at home."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

import pytest

testinfra_hosts = ['ansible://suspect_hosts']

_SPEC = importlib.util.spec_from_file_location('plant', Path(__file__).parents[1] / 'files' / 'plant_persistence.py')
plant = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(plant)
PAYLOADS = [plant.RUN, plant.LIBRARY, plant.HOME + '/.local/x', plant.LINKED]
WITHOUT_PROGRAM = ('modules_load', 'sysusers', 'static_pod')


def rows_of(archive, path):
    return [row for row in archive.table('persistence') if row['path'] == path]


@pytest.fixture(scope='module')
def digests(host):
    """Path to SHA-256 on the host."""
    paths = [one[1] for one in plant.SPECIMENS] + PAYLOADS
    lines = host.check_output('sudo sha256sum ' + ' '.join(paths)).splitlines()
    return {line.split()[1]: line.split()[0] for line in lines}


def wrong_with(rows, digests, mechanism, path, command, executable):
    """What the row of a specimen lacks; nothing when it is as it ought to be."""
    rows = [row for row in rows if (row['path'], row['mechanism'], row['command']) == (path, mechanism, command or path)]
    if len(rows) != 1:
        return '%d rows' % len(rows)
    row = rows[0]
    expected = {'sha256': digests[path], 'unowned': True}
    if mechanism not in WITHOUT_PROGRAM:
        expected |= {'executable': executable or path, 'exists': True}
    if row.get('executable') in digests:
        expected |= {'executable_unowned': True, 'executable_sha256': digests[row['executable']]}
    if path == '/etc/hosts.allow':  # the host has had it before
        del expected['unowned']
    found = {column: row.get(column) for column in expected}
    return None if found == expected and row['btime'] else found


def test_every_specimen_is_a_row(digests, archive):
    rows = archive.table('persistence')
    wrong = {path: wrong_with(rows, digests, mechanism, path, command, executable)
             for mechanism, path, _content, _mode, command, executable in plant.SPECIMENS}
    assert {path: what for path, what in wrong.items() if what} == {}


def test_specimens_and_payloads_are_home(digests, archive):
    found = {path: hashlib.sha256(archive.read(b'[root]' + path.encode())).hexdigest() for path in digests}
    assert found == digests


def test_each_file_came_once(archive):
    """What accounts and persistence both look at lies in one of their parts; programs are taken for what they are."""
    rows = [row for row in archive.manifest() if row['collector'] in ('live_state', 'accounts', 'persistence') and 'archived' in row]
    names = [row['archived'] for row in rows if row.get('artifact') != 'persistence target' and row['archived'].startswith('[root]')
             and 'already' not in row.get('reason', '') and not row.get('reason', '').startswith('a link')]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def test_users_and_enabling_are_known(archive):
    (unit,) = rows_of(archive, '/etc/systemd/system/planted.service')
    assert (unit['user'], unit['enabled']) == ('daemon', True)
    (crontab,) = rows_of(archive, '/etc/cron.d/planted-persistence')
    assert crontab['user'] == 'daemon'
    (job,) = rows_of(archive, '/var/spool/cron/atjobs/a0000103fffff0')
    assert (job['user'], job['trigger']) == ('uid 2', 'at 2097-08-05T08:48Z')
    (script,) = rows_of(archive, '/etc/init.d/planted')
    assert script['enabled'] is True


def test_unit_that_is_only_linked_is_read(archive):
    (row,) = rows_of(archive, '/etc/systemd/system/planted-linked.service')
    assert (row['real_path'], row['executable']) == (plant.LINKED, plant.RUN)


def test_masked_and_transient_units_are_known(archive):
    services = {row['unit']: row for row in archive.table('services')}
    assert services['planted-masked.service']['masked'] is True
    (row,) = [row for row in rows_of(archive, '/run/systemd/transient/planted-transient.service') if row['executable'] == plant.RUN]
    assert row['mechanism'] == 'systemd_service'


def test_modules_without_a_package_are_found(archive):
    (module,) = [row for row in rows_of(archive, '/etc/pam.d/planted') if row['command'] == 'pam_planted.so']
    assert module['executable'].endswith(plant.MODULE)
    assert module['executable_unowned'] is True
    (service,) = [row for row in rows_of(archive, '/etc/nsswitch.conf') if row['command'] == 'planted']
    assert service['executable'].endswith(plant.NAME_SERVICE)
    assert service['executable_unowned'] is True


def test_packaged_rows_have_their_package(archive):
    rows = [row for row in archive.table('persistence') if row['path'].startswith('/usr/lib/systemd/system/')]
    assert len(rows) > 50
    assert [row['path'] for row in rows if not row.get('package')] == []
    (cron,) = [row for row in rows if row['path'].endswith('/cron.service') and row['trigger'].startswith('ExecStart ')]
    assert (cron['package'], cron['executable_package'], cron['executable']) == ('cron', 'cron', '/usr/sbin/cron')
