# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plants logs of many ages and the configurations of services that were started by hand."""

import bz2
import gzip
import lzma
import os
import subprocess
import time

DAY = 86400
NOW = int(time.time())


def write(path, content, age=0, mode=0o640):
    """A file that was last written so many days ago."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as stream:
        stream.write(content)
    os.chmod(path, mode)
    os.utime(path, (NOW - age * DAY, NOW - age * DAY))


def virtual_hosts():
    """Logs of the same names in two folders, in all rotations."""
    for name in ('a.test', 'b.test'):
        folder = '/srv/vhosts/%s/logs/' % name
        line = ('192.0.2.7 - - "GET /%s HTTP/1.1" 200\n' % name).encode()
        day = time.strftime('%Y%m%d', time.gmtime(NOW - 40 * DAY))
        write(folder + 'access.log', line)
        write(folder + 'access.log.1', line * 2, 1)
        write(folder + 'access.log.2.gz', gzip.compress(line * 3), 8)
        write(folder + 'access.log-%s.xz' % day, lzma.compress(line * 4), 40)
        write(folder + 'access-%s.log.bz2' % day, bz2.compress(line * 5), 40)
        write(folder + 'access.log.3.zst', b'\x28\xb5\x2f\xfd' + line, 15)
        write(folder + 'access.log.60.gz', gzip.compress(line), 800)
        # Its date was set back, its name tells the truth.
        write(folder + 'error.log-%s.gz' % day, gzip.compress(line), 9000)
        if os.path.isdir('/etc/nginx/sites-enabled'):
            site = 'server { listen 8090; server_name %s; root /srv/vhosts/%s; access_log %saccess.log; }\n' % (name, name, folder)
            write('/etc/nginx/sites-enabled/planted-' + name, site.encode(), mode=0o644)
    write('/etc/logrotate.d/planted-hosts', b'/srv/vhosts/*/logs/*.log {\n    olddir ../old\n    missingok\n}\n', mode=0o644)
    write('/srv/vhosts/a.test/old/access.log.4', b'moved away\n', 20)


def system_logs():
    write('/var/log/auth.log.40.gz', gzip.compress(b'Failed password for root\n'), 2000)
    write('/var/log/audit/audit.log.1', b'type=EXECVE msg=audit(1700000000.1:1): argc=1 a0="id"\n', 2)
    write('/var/log/planted/odd name\n.log', b'odd\n')
    write('/var/log/planted/empty.log', b'')
    os.symlink('/dev/null', '/var/log/planted/null.log')
    os.symlink('/etc/shadow', '/var/log/planted/shadow.log')


def services():
    """Two databases with files where no catalogue looks, and stores of passwords."""
    write('/srv/db/other.cnf', b'[mysqld]\ndatadir=/srv/db/the data\n!includedir /srv/db/conf.d\n')
    write('/srv/db/conf.d/planted.cnf', b'[mysqld]\nsecure_file_priv=\n')
    write('/srv/db/conf.d/not-included.txt', b'x')
    write('/srv/db/the data/my.cnf', b'[mysqld]\ninit_file=/srv/db/init.sql\n')
    write('/srv/db/init.sql', b"GRANT ALL ON *.* TO 'planted'@'%';\n")
    write('/srv/cluster/PG_VERSION', b'15\n')
    write('/srv/cluster/postgresql.conf', b"hba_file = '/srv/elsewhere/hba.conf'\ninclude_if_exists 'local.conf'\n")
    write('/srv/cluster/local.conf', b"archive_command = '/bin/planted %p'\n")
    write('/srv/elsewhere/hba.conf', b'host all all 0.0.0.0/0 trust\n')
    write('/etc/squid/squid.conf.d/planted.conf', b'http_access allow all\n')
    write('/etc/squid/passwd', b'planted:$apr1$PLANTEDSTORE\n')
    write('/etc/vsftpd.conf', b'anonymous_enable=YES\n')
    for arguments in (['mysqld', '--defaults-file=other.cnf'], ['postgres', '-D', '/srv/cluster']):
        # Python with another title: of its arguments only those behind the program count.
        subprocess.Popen(
            [arguments[0], '-c', 'import time; time.sleep(36000)'] + arguments[1:], executable='/usr/bin/python3', cwd='/srv/db',
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )


if __name__ == '__main__':
    virtual_hosts()
    system_logs()
    services()
