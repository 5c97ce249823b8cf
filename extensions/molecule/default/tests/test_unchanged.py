# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later

"""The triage changed nothing on the host but the logs of the login and of sudo."""

from __future__ import annotations

testinfra_hosts = ['ansible://suspect_hosts']

MEMORY = (b'/dev/', b'/proc/', b'/run/', b'/sys/', b'/tmp/')

# Written by the login itself, whoever logs in.
LOGIN = (
    b'/run/log/',
    b'/run/sudo/',
    b'/run/systemd/',
    b'/run/user/',
    b'/var/lib/lastlog/',
    b'/var/lib/sudo/',
    b'/var/lib/systemd/',
    b'/var/lib/wtmpdb/',
    b'/var/log/',
)

# Where users, services and attackers keep files that no program reads in order to run.
LASTING = (b'/home/', b'/opt/', b'/root/', b'/srv/', b'/var/backups/', b'/var/mail/', b'/var/spool/', b'/var/www/')


# files/plant.py goes on writing here; the folder of the workspace gets new times when it is made and removed.
GROWING = b'/home/mallory/.node_repl_history'
PLACE = b'/var/tmp'
TIMES = ('atime', 'ctime', 'mtime')


def is_below(path, folders):
    return (path + b'/').startswith(folders)


def test_no_file_on_disk_changed(before, after):
    changed = {}
    for path in before.keys() | after.keys():
        if is_below(path, LOGIN + MEMORY) or path == GROWING:
            continue
        old, new = before.get(path), after.get(path)
        passing = dict.fromkeys(TIMES if path == PLACE else ('atime',), 0)
        if old is None or new is None or {**old, **passing} != {**new, **passing}:
            changed[path] = (old, new)
    assert changed == {}


def test_nothing_left_in_memory(before, after):
    new = [path for path in after.keys() - before.keys() if is_below(path, MEMORY)]
    assert [path for path in new if not is_below(path, LOGIN)] == []


def test_no_access_time_changed(before, after):
    # Not crontabs, which cron reads when they are new.
    files = [path for path in before if is_below(path, LASTING) and before[path]['type'] == b'f'
             and path != GROWING and not is_below(path, (b'/var/spool/cron/',))]
    assert [path for path in files if after[path]['atime'] != before[path]['atime']] == []
