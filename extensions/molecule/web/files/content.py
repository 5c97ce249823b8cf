# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the web servers of both layouts serve, what is hidden in it and elsewhere, and a workspace that is too small for it."""

import os
import shutil
import subprocess

SHELL = b'<?php system($_GET["c"]); ?>'
FILES = {
    '/srv/my shop/htdocs/index.php': b'<?php echo 1; ?>',
    '/srv/my shop/htdocs/wp-config.php': b'<?php define("DB_PASSWORD", "x");',
    '/srv/my shop/htdocs/.htaccess': b'AddHandler application/x-httpd-php .png',
    '/srv/my shop/htdocs/uploads/logo.png': b'\x89PNG' + bytes(range(256)) * 64 + SHELL,
    '/srv/my shop/htdocs/uploads/real.png': b'\x89PNG' + bytes(range(256)) * 64,
    '/srv/my shop/htdocs/uploads/job': b'#!/usr/bin/perl\nsystem("id");\n',
    '/srv/my shop/htdocs/\udcff.phtml': SHELL,
    '/srv/pictures/a.jpg': b'a picture',
    '/srv/run/x.cgi': b'#!/bin/sh\nid\n',
    '/srv/old/old.php': SHELL,
    '/srv/my shop/private.php': b'not served',
    '/dev/shm/.x/sh': b'#!/bin/sh\n',
    '/var/tmp/notes.txt': b'nothing',
}

for path, content in FILES.items():
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as stream:
        stream.write(content)
    os.utime(path, ns=(1700000000123456789, 1700000001987654321))
shutil.copy('/bin/sleep', '/srv/my shop/htdocs/uploads/thumb.jpg')
with open('/srv/my shop/htdocs/large.bin', 'wb') as stream:
    for _unused in range(100):
        stream.write(os.urandom(1 << 20))
os.makedirs('/mnt/small', exist_ok=True)
subprocess.check_call(['mount', '-t', 'tmpfs', '-o', 'size=64m,mode=0755', 'tmpfs', '/mnt/small'])
