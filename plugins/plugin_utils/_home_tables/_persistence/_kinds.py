# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Which file is which mechanism, by its path on the host."""

from __future__ import annotations

import re
from typing import NamedTuple

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence import (
    _boot_files as boot, _clock_files as clock, _hook_files as hook, _login_files as login, _service_files as service,
    _shell_files as shell, _structured_files as structured, _units as units,
)
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._found import Reader


class Kind(NamedTuple):
    """A mechanism, its number in ATT&CK, the paths that belong to it, and what reads such a file."""

    mechanism: str
    attack: str
    paths: bytes
    reader: Reader


_LIB = rb"/(?:etc|run|(?:usr/)?(?:local/)?lib)"
_PHP_INI = rb"/etc/php.*\.ini"

# The first that matches counts.
KINDS = (
    Kind("git", "T1546", rb"(?:.*/\.git/hooks|.*/custom_hooks|/srv/git/[^/]+/hooks|.*/gitea/.*/hooks|.*/templates/hooks)/(?!.*\.sample\Z).*", shell.read_program("git acts")),
    Kind("git", "T1546", rb"/etc/gitconfig|.*/\.gitconfig|.*/\.config/git/config|.*/\.git/config|/srv/git/[^/]+/config", hook.read_git_config),
    Kind("systemd_generator", "T1543.002", rb".*/systemd/(?:system|user)-(?:environment-)?generators/.*", shell.read_program("boot, and each reload of systemd")),
    Kind("systemd_generator", "T1543.002", rb".*/systemd/system-shutdown/.*", shell.read_program("shutdown")),
    Kind("systemd_generator", "T1543.002", rb".*/systemd/system-sleep/.*", shell.read_program("sleep and wake")),
    Kind("dbus", "T1543", rb".*/dbus-1/(?:system-)?services/.*\.service", units.read_dbus),
    Kind("quadlet", "T1610", rb".*/containers/systemd/.*\.(?:container|kube|pod|volume|network|image|build)", units.read_quadlet),
    Kind("systemd_service", "T1543.002", rb".*" + units.UNIT, units.read_unit),
    Kind("systemd_service", "T1543.002", rb".*/systemd/.*" + units.UNIT + rb"\.d/[^/]+\.conf", units.read_unit),
    Kind("systemd_service", "T1543.002", rb".*/systemd/(?:system|user)\.conf(?:\.d/.*)?", units.read_unit),
    Kind("cron", "T1053.003", rb"/etc/(?:crontab|cron\.d/.*)", clock.read_system_crontab),
    Kind("cron", "T1053.003", rb"/etc/cron\.(?:allow|deny)|.*/\.placeholder|/var/spool/anacron/.*", lambda text: iter(())),
    Kind("cron", "T1053.003", rb"/etc/(?:cron\.(?:hourly|daily|weekly|monthly|yearly)|periodic)/.*", shell.read_program("cron, by the name of the folder")),
    Kind("cron", "T1053.003", rb"/etc/anacrontab", clock.read_anacrontab),
    Kind("cron", "T1053.003", rb"/etc/incron\.d/.*|/var/spool/incron/.*", clock.read_incrontab),
    Kind("at", "T1053.002", rb"/var/spool/(?:at|cron/atjobs)/(?:spool/)?[a-zA-Z=][0-9a-f]{13}", clock.read_at_job),
    Kind("cron", "T1053.003", rb"/var/spool/(?:cron|fcron)/(?!atspool|atjobs|lastrun)(?:(?:crontabs|tabs)/)?[^/.]+|/etc/crontabs/[^/]+|/var/cron/tabs/[^/]+|/etc/fcrontab", clock.read_user_crontab),
    Kind("rc_local", "T1037.004", rb"/etc/(?:rc\.d/)?rc\.local|/etc/rc\.local\.d/.*|/etc/local\.d/.*|/etc/rc\.modules", shell.read_commands("boot")),
    Kind("init", "T1037", rb"/etc/inittab(?:\.d/.*)?", service.read_inittab),
    Kind("init", "T1037", rb"/etc/init/.*\.(?:conf|override)|.*/\.config/upstart/.*", service.read_upstart),
    Kind("init", "T1037", rb"/etc/(?:init\.d|rc\.d|rc[0-6S]\.d)/.*", shell.read_program("boot, as its links say")),
    Kind("init", "T1037", rb"/(?:etc/(?:sv|service|runit|s6[^/]*)|service|var/service|run/service)/.*", shell.read_program("boot, supervised")),
    Kind("inetd", "T1543", rb"/etc/inetd\.(?:conf|d/.*)", login.read_inetd),
    Kind("inetd", "T1543", rb"/etc/xinetd\.(?:conf|d/.*)", login.read_xinetd),
    Kind("inetd", "T1543", rb"/etc/hosts\.(?:allow|deny)", login.read_wrapped),
    Kind("udev", "T1546.017", _LIB + rb"/udev/rules\.d/.*", boot.read_udev),
    Kind("acpi", "T1546", rb"/etc/acpi/events/.*", boot.read_acpi),
    Kind("acpi", "T1546", rb"/etc/acpi/.*|/(?:etc/pm|usr/lib/pm-utils)/.*", shell.read_program("power")),
    Kind("polkit", "T1548", rb".*/polkit-1/.*\.(?:rules|pkla)", login.read_polkit),
    Kind("pam", "T1556.003", rb"/etc/pam\.(?:conf|d/.*)|/usr/lib/pam\.d/.*", login.read_pam),
    Kind("nss", "T1556", rb"/etc/nsswitch\.conf", login.read_nss),
    Kind("ld_preload", "T1574.006", rb"/etc/ld\.so\.preload", boot.read_preload),
    Kind("ld_conf", "T1574.006", rb"/etc/ld\.so\.conf(?:\.d/.*)?", boot.read_loader),
    Kind("authorized_keys", "T1098.004", rb".*/\.ssh/authorized_keys[^/]*", login.read_authorized_keys),
    Kind("ssh", "T1098.004", rb"/(?:usr/)?etc/ssh/sshd?_config(?:\.d/.*)?|.*/\.ssh/config", login.read_ssh),
    Kind("ssh", "T1546.004", rb".*/\.ssh/rc|/etc/ssh/sshrc", shell.read_commands("login by ssh")),
    Kind("environment", "T1574.006", rb"/etc/environment|.*/environment\.d/.*|.*/\.pam_environment|/etc/security/pam_env\.conf|.*/\.ssh/environment", shell.read_environment),
    Kind("shell_startup", "T1546.004", rb"/etc/(?:profile|profile\.d/.*|bash\.bashrc|bashrc|bash\.bash_logout|bash/.*|zsh/z.*|zshenv|zprofile|zshrc|zlogin|zlogout|csh\..*|ksh\.kshrc|fish/.*|xonsh/.*|xonshrc)", shell.read_start_up),
    Kind("shell_startup", "T1546.004", rb"/etc/skel/.*", shell.read_start_up),
    Kind("shell_startup", "T1546.004", rb".*/\.(?:profile|bashrc[^/]*|bash_profile|bash_login|bash_logout|bash_aliases|zshrc|zshenv|zprofile|zlogin|zlogout|kshrc|mkshrc|shrc|cshrc|tcshrc|login|logout|xonshrc|xinitrc|xprofile|xsession|xsessionrc)|.*/\.config/(?:zsh/\.z.*|fish/.*)", shell.read_start_up),
    Kind("xdg_autostart", "T1547.013", rb".*/[aA]utostart/.*\.desktop", hook.read_desktop_entry),
    Kind("xdg_autostart", "T1547.013", rb".*/(?:autostart-scripts|plasma-workspace)/.*|/etc/X11/.*|.*/\.kde/Autostart/.*", shell.read_program("desktop starts")),
    Kind("motd", "T1037", rb"/(?:etc|usr/lib)/update-motd\.d/.*", shell.read_program("every login")),
    Kind("apt_hook", "T1546.016", rb"/etc/apt/apt\.conf(?:\.d/.*)?|/usr/share/apt/apt\.conf\.d/.*", hook.read_apt),
    Kind("apt_hook", "T1546.016", rb"/etc/dpkg/dpkg\.cfg(?:\.d/.*)?", hook.read_dpkg),
    Kind("dnf_hook", "T1546.016", rb".*\.actions", hook.read_dnf_actions),
    Kind("dnf_hook", "T1546.016", rb".*/(?:yum-plugins|dnf-plugins)/.*\.py", shell.read_program("dnf or yum starts")),
    Kind("zypp_hook", "T1546.016", rb"/usr/lib/zypp/plugins/.*|/etc/zypp/systemCheck\.d/.*", shell.read_program("zypper acts")),
    Kind("pacman_hook", "T1546.016", rb"/(?:etc/pacman\.d|usr/share/libalpm)/hooks/.*", hook.read_alpm),
    Kind("apk_hook", "T1546.016", rb"/etc/apk/commit_hooks\.d/.*", shell.read_program("apk acts")),
    Kind("needrestart", "T1546.016", rb"/etc/needrestart/.*\.conf", hook.read_needrestart),
    Kind("needrestart", "T1546.016", rb"/etc/needrestart/.*", shell.read_program("packages were changed")),
    Kind("kernel_hook", "T1542", rb"/etc/kernel/.*\.d/.*|/usr/lib/kernel/install\.d/.*", shell.read_program("a kernel is installed or removed")),
    Kind("initramfs", "T1542", rb"/(?:etc|usr/share)/initramfs-tools/(?:hooks|scripts)/.*|/usr/lib/dracut/modules\.d/.*|/etc/initcpio/.*", shell.read_program("the initramfs is made, or boot")),
    Kind("boot_loader", "T1542", rb"/etc/grub\.d/[0-9].*", shell.read_program("the boot menu is made")),
    Kind("boot_loader", "T1542", rb"/etc/default/grub(?:\.d/.*)?|/boot/loader/entries/.*", boot.read_boot),
    Kind("python_startup", "T1546.018", rb".*\.pth", hook.read_pth),
    Kind("python_startup", "T1546.018", rb".*/(?:site|user)customize\.p[yl]|.*/\.pythonrc[^/]*", shell.read_program("an interpreter starts")),
    Kind("web_config", "T1505.003", _PHP_INI, hook.read_php_ini),
    Kind("modules_load", "T1547.006", rb"/etc/modules|" + _LIB + rb"/modules-load\.d/.*", boot.read_modules),
    Kind("modprobe", "T1547.006", rb"/etc/modprobe\.conf|" + _LIB + rb"/modprobe\.d/.*", boot.read_modprobe),
    Kind("modprobe", "T1547.006", rb"/etc/dkms/.*\.conf|/usr/src/[^/]+/dkms\.conf", boot.read_dkms),
    Kind("tmpfiles", "T1543", _LIB + rb"/tmpfiles\.d/.*|.*/user-tmpfiles\.d/.*", boot.read_tmpfiles),
    Kind("sysusers", "T1136.001", _LIB + rb"/sysusers\.d/.*", boot.read_sysusers),
    Kind("binfmt", "T1546", _LIB + rb"/binfmt\.d/.*", boot.read_binfmt),
    Kind("binfmt", "T1546", rb"/var/lib/binfmts/.*", boot.read_binfmts),
    Kind("sysctl", "T1546", rb"/etc/sysctl\.conf|" + _LIB + rb"/sysctl\.d/.*", boot.read_sysctl),
    Kind("kernel_helper", "T1546", rb"/proc/sys/kernel/(?:core_pattern|modprobe|hotplug|poweroff_cmd)|/sys/kernel/uevent_helper", boot.read_kernel_helper),
    Kind("network_hook", "T1546", rb"/etc/network/interfaces(?:\.d/.*)?", service.read_interfaces),
    Kind("network_hook", "T1546", rb"/etc/dhcp/dhclient[^/]*\.conf", service.read_dhclient),
    Kind("network_hook", "T1546", rb"/etc/openvpn/.*\.conf", service.read_openvpn),
    Kind("network_hook", "T1546", rb"/etc/sysconfig/network-scripts/ifcfg-.*|/etc/dhcpcd\.conf", shell.read_environment),
    Kind("network_hook", "T1546", rb".*/(?:NetworkManager/dispatcher\.d|networkd-dispatcher|if-[^/]*\.d|dhclient\.d|dhcpcd-hooks|[^/]*hooks\.d|update(?:-libc)?\.d|network-scripts)/.*|/s?bin/if(?:up|down)-local|/etc/dhcp/.*hooks|/etc/dhcpcd\..*hook|/etc/ppp/ip.*|/etc/openvpn/.*\.sh", shell.read_program("a network comes or goes")),
    Kind("logrotate", "T1546", rb"/etc/logrotate\.(?:conf|d/.*)", service.read_logrotate),
    Kind("rsyslog", "T1546", rb"/etc/rsyslog\.(?:conf|d/.*)|/etc/syslog\.conf", service.read_rsyslog),
    Kind("syslog_ng", "T1546", rb"/etc/syslog-ng/.*", service.read_syslog_ng),
    Kind("audit_plugin", "T1546", rb"/etc/audi(?:t|sp)/plugins\.d/.*", service.read_audit_plugin),
    Kind("fail2ban", "T1546", rb"/etc/fail2ban/.*", service.read_fail2ban),
    Kind("disk_watcher", "T1546", rb"/etc/smartd\.conf|/etc/mdadm(?:/mdadm)?\.conf", service.read_watcher),
    Kind("disk_watcher", "T1546", rb"/etc/smartmontools/.*", shell.read_program("a disk fails")),
    Kind("aliases", "T1546", rb"/etc/(?:mail/)?aliases|.*/\.forward", service.read_aliases),
    Kind("procmail", "T1546", rb"/etc/procmailrc|/etc/maildroprc|.*/\.procmailrc", service.read_procmail),
    Kind("mail_server", "T1546", rb"/etc/(?:postfix|exim4?)/.*", service.read_mail_server),
    Kind("supervisor", "T1543", rb"/etc/supervis.*|/etc/circus/.*", service.read_supervisor),
    Kind("supervisor", "T1543", rb"/etc/monit.*", service.read_monit),
    Kind("supervisor", "T1543", rb".*/\.pm2/dump\.pm2", service.read_pm2),
    Kind("supervisor", "T1543", rb"/etc/(?:god|bluepill)/.*|.*/ecosystem\.config\.js", shell.read_program("supervised")),
    Kind("cloud_init", "T1651", rb"/var/lib/cloud/(?:instances/[^/]+/)?scripts/.*", shell.read_commands("boot, as the folder says")),
    Kind("cloud_init", "T1651", rb"/etc/cloud/cloud\.cfg(?:\.d/.*)?|/var/lib/cloud/.*", structured.read_cloud_config),
    Kind("oci_hook", "T1610", rb".*/oci/hooks\.d/.*\.json", structured.read_oci_hook),
    Kind("static_pod", "T1610", rb"/etc/kubernetes/manifests/.*|/var/lib/rancher/.*\.ya?ml", structured.read_pod),
    Kind("config_management", "T1072", rb"/etc/(?:puppet|puppetlabs|chef|cinc|salt|ansible|cfengine3|zabbix|nagios|snmp|collectd)/.*|/var/lib/cfengine3/.*|/var/lib/jenkins/init\.groovy\.d/.*|/etc/amazon/ssm/.*|/etc/waagent\.conf", service.read_agent),
    Kind("editor", "T1546", rb"/etc/vim.*|.*/\.(?:vimrc|vim/.*|emacs|emacs\.d/init\.el|nanorc)|.*/\.config/nvim/.*", hook.read_editor),
)

_WHICH = re.compile(rb"|".join(rb"(?P<k%d>%s)" % (number, kind.paths) for number, kind in enumerate(KINDS)), re.DOTALL)


def kind_of(path: bytes) -> Kind | None:
    """What a file on the host is, or None when it makes nothing run."""
    match = _WHICH.fullmatch(path)
    return KINDS[int(match.lastgroup[1:])] if match and match.lastgroup else None


__all__ = ("KINDS", "Kind", "kind_of")
