# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alters files of packages on a test host, in ways that harm nothing that the host or a later triage needs."""

import glob
import os
import shutil


def append(path):
    """ELF programs work on with a byte more."""
    status = os.stat(path)
    with open(path, 'ab') as stream:
        stream.write(b'\n')
    return status


def altered():
    append('/usr/bin/factor')
    status = append('/usr/bin/users')
    os.utime('/usr/bin/users', ns=(status.st_atime_ns, status.st_mtime_ns))
    append('/usr/bin/who')
    append('/etc/debconf.conf')


def replaced():
    (library,) = glob.glob('/usr/lib/*/libmemusage.so')
    shutil.copy('/usr/bin/env', library + '.new')
    os.chmod(library + '.new', 0o644)
    os.rename(library + '.new', library)
    os.unlink('/usr/bin/tsort')
    os.symlink('/opt/planted-tsort', '/usr/bin/tsort')


def unowned():
    (permit,) = glob.glob('/usr/lib/*/security/pam_permit.so')
    shutil.copy(permit, os.path.join(os.path.dirname(permit), 'pam_planted.so'))
    shutil.copy('/usr/bin/env', '/usr/bin/planted-unowned')
    os.makedirs('/srv/planted', exist_ok=True)
    shutil.copy('/usr/bin/env', '/srv/planted/started-by-a-unit')
    os.chmod('/srv/planted/started-by-a-unit', 0o644)
    with open('/etc/systemd/system/planted-integrity.service', 'w') as stream:
        stream.write('[Service]\nExecStart=/srv/planted/started-by-a-unit --forever\n')


def missing():
    os.unlink('/usr/bin/pinky')


if __name__ == '__main__':
    altered()
    replaced()
    unowned()
    missing()
