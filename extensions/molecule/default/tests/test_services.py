# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logs of every age and name, and the configurations of services, as files/plant_services.py left them."""

from __future__ import annotations

import hashlib

import pytest

testinfra_hosts = ['ansible://suspect_hosts']


def rows_by_path(archive, table):
    return {row['path']: row for row in archive.table(table) if 'path' in row}


def assert_is_home(host, archive, paths):
    """Byte for byte, with time, owner and mode."""
    assert paths
    there = host.check_output('sudo sha256sum -- ' + ' '.join("'%s'" % path for path in paths)).splitlines()
    status = host.check_output("sudo stat -c '%Y %u %a' -- " + ' '.join("'%s'" % path for path in paths)).splitlines()
    for path, digest, facts in zip(paths, there, status, strict=True):
        name = b'[root]' + path.encode()
        member = archive.members[name]
        assert hashlib.sha256(archive.read(name)).hexdigest() == digest.split()[0], path
        assert '%d %d %o' % (member.mtime, member.uid, member.mode) == facts, path


def test_logs_of_the_same_name_are_all_home(host, archive):
    paths = host.check_output("sudo find /srv/vhosts -type f -path '*/logs/*' ! -name '*.60.gz'").splitlines()
    assert len(paths) == 14
    assert_is_home(host, archive, [*paths, '/srv/vhosts/a.test/old/access.log.4'])


def test_log_from_before_the_window_is_named_and_not_taken(archive):
    rows = rows_by_path(archive, 'log_files')
    for name in ('a.test', 'b.test'):
        path = f'/srv/vhosts/{name}/logs/access.log.60.gz'
        assert (rows[path]['state'], rows[path]['reason']) == ('left_out', 'last written before the window')
        assert b'[root]' + path.encode() not in archive.members


def test_system_logs_are_home(host, archive):
    assert_is_home(host, archive, ['/var/log/auth.log.40.gz', '/var/log/audit/audit.log.1'])
    assert archive.read(b'[root]/var/log/planted/odd name\n.log') == b'odd\n'
    rows = rows_by_path(archive, 'log_files')
    assert rows['/var/log/planted/empty.log']['empty'] is True
    assert rows['/var/log/planted/null.log']['to_null'] is True
    assert rows['/var/log/planted/shadow.log']['state'] == 'withheld'
    assert [path for path, row in rows.items() if row['kind'] == 'journal' and row['state'] in ('collected', 'changed')]


def test_configurations_of_services_are_home(host, archive):
    led_to = {
        '/srv/db/other.cnf': 'argument', '/srv/db/conf.d/planted.cnf': 'include', '/srv/db/the data/my.cnf': 'include',
        '/srv/db/init.sql': 'include', '/srv/cluster/PG_VERSION': 'argument', '/srv/cluster/postgresql.conf': 'argument',
        '/srv/cluster/local.conf': 'include', '/srv/elsewhere/hba.conf': 'include',
        '/etc/squid/squid.conf.d/planted.conf': 'place',
    }
    rows = rows_by_path(archive, 'service_configs')
    assert {path: rows[path]['role'] for path in led_to} == led_to
    assert '/srv/db/conf.d/not-included.txt' not in rows
    assert_is_home(host, archive, [*led_to, '/etc/vsftpd.conf'])


def test_store_of_passwords_stayed(archive):
    assert rows_by_path(archive, 'service_configs')['/etc/squid/passwd']['state'] == 'withheld'
    assert not [name for name, member in archive.members.items() if member.isfile() and b'PLANTEDSTORE' in archive.read(name)]


@pytest.mark.parametrize('folder, service', [('/etc/apache2', 'apache'), ('/etc/nginx', 'nginx'), ('/etc/mysql', 'mysql')])
def test_whole_configuration_of_a_service_is_home(host, archive, folder, service):
    if not host.file(folder).exists:
        pytest.skip(f'no {service} here')
    withheld = [path for path, row in rows_by_path(archive, 'service_configs').items() if row.get('state') == 'withheld']
    paths = set(host.check_output('sudo find %s -type f', folder).splitlines()) - set(withheld)
    assert_is_home(host, archive, sorted(paths))
