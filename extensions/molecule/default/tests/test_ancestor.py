# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the ancestor promised is in the archive: docs/ancestor.md, one test for each promise that other tests don't show."""

from __future__ import annotations

import fnmatch
import json

import pytest

testinfra_hosts = ['ansible://suspect_hosts']

MEMBERS = {
    'kernel and system version': ['live/identity.json', 'live/proc/version', 'live/commands/uname.txt', '[[]root[]]/usr/lib/os-release'],
    'kernel modules': ['live/kallsyms_modules.txt', 'live/listings.txt'],
    'locale': ['live/commands/locale.txt'],
    'packages': ['live/commands/dpkg-query.txt', 'tables/packages.jsonl*'],
    'kernel ring buffer': ['live/kmsg.txt', 'live/commands/dmesg.txt'],
    'interfaces and mounts': ['live/commands/ip-address.txt', 'live/mountinfo/*', 'tables/mounts.jsonl'],
    'processes': ['tables/processes.jsonl', 'live/commands/ps.txt'],
    'connections, routes, neighbours, hosts': [
        'tables/sockets.jsonl', 'live/commands/ss.txt', 'live/commands/ip-route.txt', 'live/commands/ip-neighbour.txt',
        '[[]root[]]/etc/hosts',
    ],
    'who is logged in, and was': ['live/commands/who.txt', 'tables/logins.jsonl', '[[]root[]]/var/log/wtmp'],
    'open files': ['tables/open_files.jsonl'],
    'files of the system': ['tables/files.jsonl.gz', 'bodyfile.txt.gz'],
    'services and runlevels': ['live/commands/systemctl-units.txt', 'live/commands/systemctl-unit-files.txt', 'tables/services.jsonl'],
    'cron': ['[[]root[]]/etc/crontab', '[[]root[]]/etc/cron.d/*', '[[]root[]]/var/spool/cron/crontabs/www-data'],
    'users and groups': ['[[]root[]]/etc/passwd', '[[]root[]]/etc/group', 'tables/shadow.jsonl'],
    'ssh of users': ['tables/ssh_keys.jsonl', '[[]root[]]/root/.ssh/authorized_keys'],
    'hashes of programs': ['tables/hashes.jsonl*'],
    'what was done, what was taken, when': ['0_SCRIPT-ERRORS.txt', '1_OUTPUT-TREE.txt', 'run.json'],
}


@pytest.mark.parametrize('promise', MEMBERS)
def test_promise_is_kept(archive, promise):
    names = [name.decode('utf-8', 'backslashreplace') for name, member in archive.members.items() if member.isfile() and member.size]
    missing = [pattern for pattern in MEMBERS[promise] if not fnmatch.filter(names, pattern)]
    assert missing == []


def test_pci_devices_were_asked_for(archive):
    # A container has none, and no lspci.
    asked = [row for row in archive.manifest() if row.get('command', '').startswith('lspci')]
    assert [row['state'] for row in asked] in (['collected'], ['absent'])


def test_every_program_has_a_hash(host, archive):
    hashed = {row['path'] for row in archive.table('hashes') if row.get('sha256')}
    # It ends with 1 where a mount makes a loop.
    found = host.run("sudo find / -xdev -type f '(' -path '*/bin/*' -o -path '*/sbin/*' ')'").stdout
    plain = {path for path in found.splitlines() if path.isascii() and '\\' not in path}
    assert len(plain) > 300
    assert plain - hashed == set()


def test_beginning_and_end_are_told(archive):
    run = json.loads(archive.read(b'run.json'))
    assert run['time'] < run['ended']
