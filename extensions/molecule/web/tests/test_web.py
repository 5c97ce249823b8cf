# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every root, configuration and log is found, nothing is invented, and what is served comes home byte by byte."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex

import pytest

testinfra_hosts = ['ansible://suspect_hosts']

SHOP = '/srv/my shop/htdocs'
ROOTS = {
    'triage-bookworm': {
        '/var/www/html', SHOP, '/srv/pictures', '/srv/run', '/srv/n root', '/srv/up', '/srv/deep', '/usr/share/apache2/icons',
        '/usr/lib/cgi-bin',
    },
    'triage-redhat': {'/var/www/html', '/var/www/cgi-bin', SHOP, '/srv/pictures', '/srv/run'},
}
LOGS = {
    'triage-bookworm': {'/srv/logs/shop access.log', '/srv/logs/shop_error.log', '/srv/logs/n.log'},
    'triage-redhat': {
        '/etc/httpd/logs/error_log', '/etc/httpd/logs/access_log', '/etc/httpd/logs/shop_error_log', '/srv/logs',
    },
}
CONFIGS = {
    'triage-bookworm': ('/etc/apache2', '/etc/nginx'),
    'triage-redhat': ('/etc/httpd',),
}
DUMP = {
    'triage-bookworm': '. /etc/apache2/envvars; /usr/sbin/apache2 -t',
    'triage-redhat': '/usr/sbin/httpd -d /etc/httpd -f conf/httpd.conf -t',
}


@pytest.fixture
def rows(archive):
    return archive.table('web_services')


@pytest.fixture
def dump(host, name):
    """What Apache itself says of its configuration."""
    with host.sudo():
        return host.check_output('sh -c %s', DUMP[name] + ' -D DUMP_VHOSTS -D DUMP_INCLUDES 2>/dev/null')


def assert_is_home(host, archive, paths):
    """Files of the archive have the bytes and times that they have on the host."""
    assert paths
    names = ' '.join(shlex.quote(path) for path in paths)
    with host.sudo():
        digests = host.check_output('sha256sum -- ' + names).splitlines()
        times = host.check_output('stat -c %Y -- ' + names).splitlines()
    for path, digest, mtime in zip(paths, digests, times, strict=True):
        member = os.fsencode('[root]' + path)
        assert hashlib.sha256(archive.read(member)).hexdigest() == digest.split()[0], path
        assert archive.members[member].mtime == int(mtime), path


def test_every_root_is_found_and_nothing_is_invented(name, rows):
    served = {row['path'] for row in rows if row['kind'] in ('root', 'alias', 'script_alias')}
    assert {path.rstrip('/') for path in served} == ROOTS[name]


def test_every_log_is_found(name, rows):
    logs = {row['path'] for row in rows if row['kind'] == 'log' and row.get('path')}
    assert LOGS[name] <= logs and not any('old' in path or 'nothing' in path for path in logs)


def test_the_operator_was_told(evidence):
    run = json.loads((evidence / 'run.json').read_text(encoding='utf-8'))
    (summary,) = [event['summary'] for event in run['events'] if event.get('part') == '40-web_services']
    assert SHOP in summary['webroots'] and 'running' in summary['webservices'] and summary['warnings'] == ''


def test_the_reader_of_apache_agrees_with_apache(name, rows, dump):
    includes = set(re.findall(r'^\s+\([*0-9]+\) (/.*)$', dump, re.MULTILINE))
    read = {
        row['path'] for row in rows
        if row['kind'] == 'config' and row['family'] == 'apache' and row['role'] in ('main', 'include')
        and row['state'] == 'collected'
    }
    assert includes and read == includes
    hosts = set(re.findall(r'\((/[^:]+):(\d+)\)', dump))
    found = {
        (row['file'], str(row['line'])) for row in rows
        if row['kind'] == 'vhost' and row['family'] == 'apache' and not row.get('main')
    }
    assert hosts and found == hosts


def test_configurations_are_home(host, name, archive, rows):
    paths = {row['path'] for row in rows if row['kind'] == 'config' and row['state'] == 'collected'}
    members = {path: archive.members[b'[root]' + os.fsencode(path)] for path in paths}
    files = [path for path, member in members.items() if member.isreg() and path.startswith(CONFIGS[name])]
    assert_is_home(host, archive, files)


def test_scripts_and_programs_are_home(host, archive):
    files = {row['path']: row for row in archive.table('web_files')}
    taken = {
        SHOP + '/index.php': 'php', SHOP + '/wp-config.php': 'php', SHOP + '/.htaccess': 'htaccess',
        SHOP + '/uploads/logo.png': 'php', SHOP + '/uploads/job': 'perl', '/srv/run/x.cgi': 'shell', '/dev/shm/.x/sh': 'shell',
        SHOP + '/uploads/thumb.jpg': None,
    }
    assert {path: files[path].get('script') for path in taken} == taken
    assert files[SHOP + '/\\xff.phtml']['script'] == 'php' and files[SHOP + '/uploads/thumb.jpg']['magic'] == 'elf'
    assert files[SHOP + '/index.php']['mtime'] == '2023-11-14T22:13:21.987654321Z'
    assert not files[SHOP + '/uploads/real.png'].get('script')
    assert not {'/srv/old/old.php', '/srv/my shop/private.php', '/var/tmp/notes.txt'} & set(files)
    assert_is_home(host, archive, taken)


def test_a_backup_that_is_larger_than_the_room_for_it_is_whole(host, archive, evidence):
    run = json.loads((evidence / 'run.json').read_text(encoding='utf-8'))
    sizes = [event['size'] for event in run['events'] if event['event'] == 'piece']
    assert len(sizes) > 7 and max(sizes) <= 16 << 20
    assert_is_home(host, archive, [SHOP + '/large.bin', SHOP + '/uploads/real.png', '/srv/pictures/a.jpg', '/etc/hostname'])
    assert run['complete']
