# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plants one harmless specimen of every way to make a host run something. tests/test_persistence.py reads the list."""

import glob
import os
import shutil
import subprocess

RUN = '/usr/local/lib/.x/run.sh'
LIBRARY = '/usr/local/lib/.x/libx.so'
HOME = '/home/planted'
UNIT = '[Service]\nUser=daemon\nExecStart=-%s --fast\n[Install]\nWantedBy=multi-user.target\n' % RUN
KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGkWbFBFgLqNyg1CsPuG3uhgQfCpGAnVxOlYsqYiXFo8 planted'
AT_JOB = '#!/bin/sh\n# atrun uid=2 gid=2\n# mail bin 0\numask 22\ncd /bin || {\n\t echo "no" >&2\n\t exit 1\n}\n%s\n' % RUN
SCRIPT = '#!/bin/sh\nexit 0\n'

# Mechanism, path, content, mode, and of the row: command and executable (None: the file itself).
SPECIMENS = [
    ('systemd_service', '/etc/systemd/system/planted.service', UNIT, 0o644, '-%s --fast' % RUN, RUN),
    ('systemd_service', '/etc/systemd/system/cron.service.d/planted.conf', '[Service]\nEnvironment=LD_PRELOAD=%s\n' % LIBRARY,
     0o644, 'LD_PRELOAD=%s' % LIBRARY, LIBRARY),
    ('systemd_service', '/usr/local/lib/systemd/system/planted-local.service', UNIT, 0o644, '-%s --fast' % RUN, RUN),
    ('systemd_service', HOME + '/.config/systemd/user/planted.service', UNIT.replace(RUN, '%h/.local/x'), 0o644,
     '-%h/.local/x --fast', HOME + '/.local/x'),
    ('systemd_timer', '/etc/systemd/system/planted.timer', '[Timer]\nOnCalendar=2099-01-01\n', 0o644, 'planted.service', RUN),
    ('systemd_socket', '/etc/systemd/system/planted.socket', '[Socket]\nListenStream=/run/planted\n', 0o644, 'planted.service', RUN),
    ('systemd_path', '/etc/systemd/system/planted.path', '[Path]\nPathExists=/nonexistent\n', 0o644, 'planted.service', RUN),
    ('systemd_generator', '/etc/systemd/system-generators/planted', SCRIPT, 0o755, None, None),
    ('systemd_generator', '/etc/systemd/system-shutdown/planted', SCRIPT, 0o755, None, None),
    ('cron', '/etc/cron.d/planted-persistence', '0 0 31 2 * daemon /bin/true && %s x\n' % RUN, 0o644, '/bin/true && %s x' % RUN, RUN),
    ('cron', '/etc/cron.daily/planted', SCRIPT, 0o755, None, None),
    ('cron', '/var/spool/cron/crontabs/backup', '0 0 31 2 * sh -c "%s now"\n' % RUN, 0o600, 'sh -c "%s now"' % RUN, RUN),
    ('at', '/var/spool/cron/atjobs/a0000103fffff0', AT_JOB, 0o700, RUN, RUN),
    ('init', '/etc/init.d/planted', SCRIPT, 0o755, None, None),
    ('rc_local', '/etc/rc.local', '#!/bin/sh\n%s &\nexit 0\n' % RUN, 0o644, RUN + ' &', RUN),
    ('inetd', '/etc/inetd.conf', 'planted stream tcp nowait root %s run.sh -i\n' % RUN, 0o644, RUN + ' run.sh -i', RUN),
    ('inetd', '/etc/xinetd.d/planted', 'service planted\n{\n\tserver = %s\n\tuser = root\n}\n' % RUN, 0o644, RUN, RUN),
    ('inetd', '/etc/hosts.allow', 'planted: ALL: spawn %s\n' % RUN, 0o644, RUN, RUN),
    ('udev', '/etc/udev/rules.d/99-planted.rules', 'ENV{MAJOR}=="1", ENV{MINOR}=="8", RUN+="%s %%k"\n' % RUN, 0o644, RUN + ' %k', RUN),
    ('acpi', '/etc/acpi/events/planted', 'event=button.*\naction=%s\n' % RUN, 0o644, RUN, RUN),
    ('dbus', '/usr/share/dbus-1/system-services/org.planted.service', '[D-BUS Service]\nName=org.planted\nExec=%s\nUser=root\n' % RUN,
     0o644, RUN, RUN),
    ('polkit', '/etc/polkit-1/rules.d/00-planted.rules',
     'polkit.addRule(function(action, subject) {\n  polkit.spawn(["%s"]);\n});\n' % RUN, 0o644, 'polkit.spawn(["%s"]);' % RUN, RUN),
    ('pam', '/etc/pam.d/planted', 'auth optional pam_exec.so quiet %s\n' % RUN, 0o644, 'pam_exec.so quiet %s' % RUN, RUN),
    ('ld_preload', '/etc/ld.so.preload', LIBRARY + '\n', 0o644, LIBRARY, LIBRARY),
    ('ld_conf', '/etc/ld.so.conf.d/planted.conf', '/usr/local/lib/.x\n', 0o644, '/usr/local/lib/.x', '/usr/local/lib/.x'),
    ('authorized_keys', HOME + '/.ssh/authorized_keys', 'no-pty,command="%s -k" %s\n' % (RUN, KEY), 0o600, RUN + ' -k', RUN),
    ('authorized_keys_command', '/etc/ssh/sshd_config.d/60-planted.conf',
     'Match User planted\n    AuthorizedKeysCommand %s %%u\n    AuthorizedKeysCommandUser nobody\n' % RUN, 0o644, RUN + ' %u', RUN),
    ('ssh', HOME + '/.ssh/rc', RUN + '\n', 0o644, RUN, RUN),
    ('shell_startup', '/etc/profile.d/planted.sh', 'export PROMPT_COMMAND=%s\n' % RUN, 0o644, 'export PROMPT_COMMAND=%s' % RUN, RUN),
    ('shell_startup', HOME + '/.bashrc', 'nohup ~/.local/x >/dev/null 2>&1 &\n', 0o644, 'nohup ~/.local/x >/dev/null 2>&1 &',
     HOME + '/.local/x'),
    ('environment', '/etc/environment.d/99-planted.conf', 'LD_PRELOAD=%s\n' % LIBRARY, 0o644, 'LD_PRELOAD=%s' % LIBRARY, LIBRARY),
    ('motd', '/etc/update-motd.d/99-planted', SCRIPT, 0o755, None, None),
    ('apt_hook', '/etc/apt/apt.conf.d/99planted', 'APT {\n  Update { Pre-Invoke { "%s || true"; }; };\n};\n' % RUN, 0o644,
     RUN + ' || true', RUN),
    ('apt_hook', '/etc/dpkg/dpkg.cfg.d/planted', '# pre-invoke=x\npost-invoke="if [ -x %s.off ]; then %s; fi"\n' % (RUN, RUN), 0o644,
     'if [ -x %s.off ]; then %s; fi' % (RUN, RUN), RUN),
    ('dnf_hook', '/etc/dnf/plugins/post-transaction-actions.d/planted.action', '*:any:%s\n' % RUN, 0o644, RUN, RUN),
    ('dnf_hook', '/usr/lib/yum-plugins/planted.py', 'x = 1\n', 0o644, None, None),
    ('zypp_hook', '/usr/lib/zypp/plugins/commit/planted', SCRIPT, 0o755, None, None),
    ('pacman_hook', '/etc/pacman.d/hooks/planted.hook', '[Action]\nExec = %s\n' % RUN, 0o644, RUN, RUN),
    ('needrestart', '/etc/needrestart/hook.d/planted', SCRIPT, 0o755, None, None),
    ('kernel_hook', '/etc/kernel/postinst.d/planted', SCRIPT, 0o755, None, None),
    ('initramfs', '/etc/initramfs-tools/hooks/planted', SCRIPT, 0o755, None, None),
    ('boot_loader', '/etc/default/grub.d/planted.cfg', 'GRUB_CMDLINE_LINUX="init=%s"\n' % RUN, 0o644, 'init=%s"' % RUN, RUN),
    ('git', '/opt/planted/.git/hooks/post-merge', SCRIPT, 0o755, None, None),
    ('git', '/opt/planted/.git/config', '[core]\n\tfsmonitor = %s\n' % RUN, 0o644, RUN, RUN),
    ('git', '/etc/gitconfig', '[alias]\n\tst = !%s; git status\n' % RUN, 0o644, '%s; git status' % RUN, RUN),
    ('xdg_autostart', '/etc/xdg/autostart/planted.desktop', '[Desktop Entry]\nExec=%s %%u\n' % RUN, 0o644, RUN + ' %u', RUN),
    ('python_startup', '/usr/local/lib/python3.9/dist-packages/planted.pth', 'import os; os.system("%s")\n' % RUN, 0o644,
     'import os; os.system("%s")' % RUN, RUN),
    ('python_startup', HOME + '/.local/lib/python3.9/site-packages/usercustomize.py', 'x = 1\n', 0o644, None, None),
    ('web_config', '/etc/php.d/planted.ini', 'auto_prepend_file = "%s"\n' % RUN, 0o644, RUN, RUN),
    ('modules_load', '/usr/lib/modules-load.d/planted.conf', 'planted_mod\n', 0o644, 'planted_mod', None),
    ('modprobe', '/etc/modprobe.d/planted.conf', 'install planted_mod %s; /bin/true\n' % RUN, 0o644, RUN + '; /bin/true', RUN),
    ('tmpfiles', '/usr/lib/tmpfiles.d/planted.conf', 'L+ /run/planted.sh - - - - %s\n' % RUN, 0o644, 'L+ /run/planted.sh - - - - %s' % RUN, RUN),
    ('sysusers', '/usr/local/lib/sysusers.d/planted.conf', 'u planted-root 0 - /root /bin/bash\n', 0o644,
     'u planted-root 0 - /root /bin/bash', None),
    ('binfmt', '/usr/local/lib/binfmt.d/planted.conf', ':planted:M::PLANTED::%s:F\n' % RUN, 0o644, ':planted:M::PLANTED::%s:F' % RUN, RUN),
    ('sysctl', '/usr/local/lib/sysctl.d/planted.conf', 'kernel.poweroff_cmd = %s\n' % RUN, 0o644, RUN, RUN),
    ('network_hook', '/etc/NetworkManager/dispatcher.d/99-planted', SCRIPT, 0o755, None, None),
    ('network_hook', '/etc/networkd-dispatcher/routable.d/planted', SCRIPT, 0o755, None, None),
    ('network_hook', '/etc/network/if-up.d/planted', SCRIPT, 0o755, None, None),
    ('network_hook', '/etc/network/interfaces.d/planted', 'iface planted0 inet manual\n    post-up %s\n' % RUN, 0o644, RUN, RUN),
    ('network_hook', '/etc/dhcp/dhclient-exit-hooks.d/planted', SCRIPT, 0o755, None, None),
    ('network_hook', '/etc/ppp/ip-up.d/planted', SCRIPT, 0o755, None, None),
    ('network_hook', '/etc/openvpn/planted.conf', 'dev tun\nup "%s up"\n' % RUN, 0o644, '"%s up"' % RUN, RUN),
    ('logrotate', '/etc/logrotate.d/planted', '/var/log/planted {\n  missingok\n  postrotate\n    %s\n  endscript\n}\n' % RUN, 0o644, RUN, RUN),
    ('rsyslog', '/etc/rsyslog.d/99-planted.conf', 'if $msg == "planted" then action(type="omprog" binary="%s -l")\n' % RUN, 0o644,
     RUN + ' -l', RUN),
    ('syslog_ng', '/etc/syslog-ng/conf.d/planted.conf', 'destination d { program("%s"); };\n' % RUN, 0o644, RUN, RUN),
    ('audit_plugin', '/etc/audit/plugins.d/planted.conf', 'active = yes\npath = %s\n' % RUN, 0o644, RUN, RUN),
    ('fail2ban', '/etc/fail2ban/action.d/planted.conf', '[Definition]\nactionban = %s <ip>\n' % RUN, 0o644, RUN + ' <ip>', RUN),
    ('disk_watcher', '/etc/mdadm/mdadm.conf', 'PROGRAM %s\n' % RUN, 0o644, RUN, RUN),
    ('aliases', '/etc/aliases', 'planted: "|%s -m"\n' % RUN, 0o644, RUN + ' -m', RUN),
    ('aliases', HOME + '/.forward', '|%s\n' % RUN, 0o644, RUN, RUN),
    ('procmail', HOME + '/.procmailrc', ':0\n| %s -p\n' % RUN, 0o644, RUN + ' -p', RUN),
    ('mail_server', '/etc/postfix/master.cf', 'planted unix - n n - - pipe\n  flags=R user=nobody argv=%s ${sender}\n' % RUN, 0o644,
     RUN + ' ${sender}', RUN),
    ('supervisor', '/etc/supervisor/conf.d/planted.conf', '[program:planted]\ncommand=%s -s\nuser=daemon\n' % RUN, 0o644, RUN + ' -s', RUN),
    ('supervisor', '/etc/monit/conf.d/planted', 'check process planted with pidfile /run/p\n  start program = "%s start"\n' % RUN, 0o644,
     RUN + ' start', RUN),
    ('cloud_init', '/var/lib/cloud/scripts/per-boot/planted.sh', SCRIPT, 0o755, None, None),
    ('cloud_init', '/etc/cloud/cloud.cfg.d/99-planted.cfg', 'runcmd:\n  - [%s, --cloud]\n' % RUN, 0o644, RUN + ' --cloud', RUN),
    ('quadlet', '/etc/containers/systemd/planted.container', '[Container]\nImage=localhost/planted\n[Service]\nExecStartPre=%s\n' % RUN,
     0o644, RUN, RUN),
    ('oci_hook', '/etc/containers/oci/hooks.d/planted.json',
     '{"version": "1.0.0", "hook": {"path": "%s"}, "when": {"always": true}, "stages": ["prestart"]}\n' % RUN, 0o644, RUN, RUN),
    ('static_pod', '/etc/kubernetes/manifests/planted.yaml',
     'kind: Pod\nspec:\n  containers:\n    - image: localhost/planted\n      command: [%s]\n' % RUN, 0o644, 'localhost/planted %s' % RUN, None),
    ('config_management', '/etc/zabbix/zabbix_agentd.d/planted.conf', 'UserParameter=planted,%s\n' % RUN, 0o644,
     'UserParameter=planted,%s' % RUN, RUN),
    ('config_management', '/etc/nagios/nrpe.d/planted.cfg', 'command[planted]=%s\n' % RUN, 0o644, 'command[planted]=%s' % RUN, RUN),
    ('editor', HOME + '/.vimrc', 'silent !%s\n' % RUN, 0o644, 'silent !%s' % RUN, RUN),
]
# A unit that lies elsewhere and is reached by links alone.
LINKED = '/usr/local/share/planted/elsewhere.service'
LINKS = {
    '/etc/systemd/system/planted-linked.service': LINKED,
    '/etc/systemd/system/multi-user.target.wants/planted.service': '/etc/systemd/system/planted.service',
    '/etc/systemd/system/planted-masked.service': '/dev/null',
    '/etc/rc2.d/S99planted': '../init.d/planted',
}
MODULE, NAME_SERVICE = 'security/pam_planted.so', 'libnss_planted.so.2'


def write(path, content, mode):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as stream:
        stream.write(content)
    os.chmod(path, mode)


def libraries():
    """A module of PAM, a name service and a library in every process, all harmless copies."""
    folder = os.path.dirname(os.path.dirname(glob.glob('/usr/lib/*/security/pam_permit.so')[0]))
    shutil.copy(os.path.join(folder, 'libm.so.6'), LIBRARY)
    shutil.copy(os.path.join(folder, 'libm.so.6'), os.path.join(folder, NAME_SERVICE))
    shutil.copy(os.path.join(folder, 'security/pam_permit.so'), os.path.join(folder, MODULE))
    with open('/etc/pam.d/planted', 'a') as stream:
        stream.write('account required pam_planted.so\n')
    with open('/etc/nsswitch.conf', 'a') as stream:
        stream.write('planteddb: files planted\n')


if __name__ == '__main__':
    write(RUN, '#!/bin/sh\n# planted\nexit 0\n', 0o755)
    write(HOME + '/.local/x', '#!/bin/sh\n# planted in a home\nexit 0\n', 0o755)
    write(LINKED, UNIT, 0o644)
    for _mechanism, path, content, mode, _command, _executable in SPECIMENS:
        if path != '/etc/ld.so.preload':
            write(path, content, mode)
    libraries()
    write('/etc/ld.so.preload', LIBRARY + '\n', 0o644)
    for path, target in LINKS.items():
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(target, path)
    subprocess.check_call(['systemd-run', '--quiet', '--unit=planted-transient', '--on-active=7d', RUN])
