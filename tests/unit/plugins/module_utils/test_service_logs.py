# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collector of logs on trees of files."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import os
import struct

import pytest

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection import Stopped
from ansible_collections.csirt.linux_triage.plugins.module_utils._services import _log_finder, _service_logs
from ansible_collections.csirt.linux_triage.plugins.module_utils._services._log_sources import rotated_logs, written_logs
from ansible_collections.csirt.linux_triage.plugins.module_utils._services._log_window import seconds_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._services._service_logs import collect
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.core_helpers import collecting
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.web_helpers import make_proc, process, write

pytestmark = pytest.mark.usefixtures("nothing_left_open")

NOW = seconds_of("2026-11-25T08:00:00Z")
ARTIFACTS = [
    {"name": "authentication log", "service": "auth", "kind": "auth", "always": True, "paths": ["/var/log/auth.log", "/var/log/secure"]},
    {"name": "messages", "service": "syslog", "kind": "messages", "messages": True, "paths": ["/var/log/messages"]},
    {"name": "syslog", "service": "syslog", "kind": "syslog", "messages": True, "paths": ["/var/log/syslog"]},
    {"name": "log of nginx", "service": "nginx", "kind": "web", "paths": ["/var/log/nginx/**"]},
    {"name": "log of squid", "service": "squid", "kind": "proxy", "paths": ["/var/log/squid/access.log"]},
    {"name": "other logs", "other": True, "paths": ["/var/log/**"]},
]
ELSEWHERE = ["/var/log/journal/**", "/var/log/wtmp", "/var/log/mysql/*-bin.[0-9]*"]


class Got:
    """What the collector brought: rows of ``log_files`` by path, entries, rows of the manifest, its summary."""

    def __init__(self, collection):
        self.entries = collection.got.entries
        self.manifest = collection.got.rows
        self.summary = collection.summary
        table = self.entries.get(b"tables/log_files.jsonl")
        rows = [json.loads(line.decode("ascii")) for line in table[1].splitlines()] if table else []
        self.rows = dict((row["path"], row) for row in rows)
        assert len(self.rows) == len(rows)

    def states(self):
        return dict((path, row["state"]) for path, row in self.rows.items())

    def bytes_of(self, path):
        return self.entries[b"[root]" + path][1]


def run(tmpdir, files, times=None, proc=None, limits=None, **options):
    """Collects from a tree; `times` are {path: ISO text}, everything else was written now."""
    root = str(tmpdir.ensure("root", dir=True))
    write(root, files)
    for path in files:
        place = root + path
        if os.path.isfile(place) and not os.path.islink(place):
            moment = seconds_of((times or {}).get(path, "2026-11-25T07:00:00Z"))
            os.utime(place, (moment, moment))
    with collecting(tmpdir, **(limits or {})) as collection:
        collect(collection, dict({"artifacts": ARTIFACTS, "elsewhere": ELSEWHERE}, **options), proc, NOW)
    return Got(collection)


def test_all_rotations_come_under_full_paths(tmpdir):
    names = ["access.log", "access.log.1", "access.log.2.gz", "access.log-20261101.xz", "access.log.3.bz2", "access.log.4.zst"]
    files = dict(("%s/%s" % (folder, name), folder + name) for name in names for folder in (
        "/var/log/nginx/a.test", "/var/log/nginx/b.test", "/var/log/squid"
    ))
    got = run(tmpdir, files)
    assert got.states() == dict.fromkeys(files, "collected")
    for path, content in files.items():
        assert got.bytes_of(path.encode("ascii")) == content.encode("ascii")
        assert got.entries[b"[root]" + path.encode("ascii")][0].mtime == NOW - 3600
    assert got.rows["/var/log/nginx/a.test/access.log.4.zst"]["packed"] == "zst"
    assert got.rows["/var/log/squid/access.log.1"]["service"] == "squid"


def test_the_window_and_what_has_no_date_limits(tmpdir):
    old = "2025-11-24T00:00:00Z"
    files = dict.fromkeys((
        "/var/log/auth.log.9.gz", "/var/log/nginx/access.log", "/var/log/nginx/access.log.1", "/var/log/nginx/error.log-20251130.gz",
        "/var/log/messages-20251101",
    ), "x")
    got = run(tmpdir, files, dict.fromkeys(set(files) - {"/var/log/nginx/access.log"}, old))
    assert got.states() == {
        "/var/log/auth.log.9.gz": "collected", "/var/log/nginx/access.log": "collected",
        "/var/log/nginx/access.log.1": "left_out", "/var/log/nginx/error.log-20251130.gz": "collected",
        "/var/log/messages-20251101": "left_out",
    }
    assert (got.summary["since"], got.summary["until"]) == ("2025-11-25T08:00:00Z", "")
    assert got.summary["left_out"] == 2


def test_messages_are_off(tmpdir):
    files = dict.fromkeys(("/var/log/messages", "/var/log/messages-20261101.gz", "/var/log/syslog", "/var/log/syslog.1", "/var/log/daemon.log"), "x")
    files["/etc/rsyslog.conf"] = "*.info\t-/var/log/messages\n"
    got = run(tmpdir, files, messages=False)
    taken = [path for path, state in got.states().items() if state == "collected"]
    assert taken == ["/var/log/daemon.log"]
    assert not [name for name in got.entries if b"messages" in name or b"syslog" in name]
    assert got.rows["/var/log/syslog"]["reason"] == "messages and syslog are not wanted"


def test_a_long_log_keeps_its_head_and_its_tail(tmpdir):
    lines = "".join("%07d\n" % number for number in range(400000))  # 3.05 MiB
    got = run(tmpdir, {"/var/log/nginx/access.log": lines, "/var/log/nginx/access.log.1.gz": lines}, max_log_size=1)
    row = got.rows["/var/log/nginx/access.log"]
    half = 1 << 19
    offset = len(lines) - half
    assert (row["state"], row["tail"]) == ("truncated", "live/tail/var/log/nginx/access.log@%d" % offset)
    assert row["reason"] == "the first %d of %d bytes, and the last %d as another item" % (half, len(lines), half)
    assert got.bytes_of(b"/var/log/nginx/access.log") == lines[:half].encode("ascii")
    assert got.entries[row["tail"].encode("ascii")][1] == lines[-half:].encode("ascii")
    packed = got.rows["/var/log/nginx/access.log.1.gz"]
    assert (packed["state"], "tail" in packed) == ("truncated", False)
    assert len(got.bytes_of(b"/var/log/nginx/access.log.1.gz")) == 2 * half


def test_newest_first_until_the_budget_is_used_up(tmpdir):
    files = dict(("/var/log/nginx/%d.log" % day, "x" * 1000) for day in range(1, 7))
    files.update(("/var/log/junk/%d" % number, "x" * 1000) for number in range(20))
    files["/var/log/auth.log"] = "x" * 1000
    times = dict(("/var/log/nginx/%d.log" % day, "2026-11-0%dT00:00:00Z" % day) for day in range(1, 7))
    times["/var/log/auth.log"] = "2020-01-01T00:00:00Z"
    got = run(tmpdir, files, times, limits={"total_bytes": 4500})
    taken = sorted(path for path, state in got.states().items() if state == "collected")
    assert taken == ["/var/log/auth.log"] + ["/var/log/nginx/%d.log" % day for day in (4, 5, 6)]
    assert len([state for state in got.states().values() if state == "skipped_budget"]) == 23


def test_what_an_intruder_does_to_logs_is_told(tmpdir):
    got = run(tmpdir, {
        "/var/log/auth.log": "-> /dev/null", "/var/log/secure": "", "/dev/": "", "/var/log/messages": "-> /data/messages",
        "/data/messages": "moved", "/var/log/syslog": "-> /nowhere", "/etc/shadow": "root:$6$x:1::::::",
        "/var/log/nginx/access.log": "-> /etc/shadow",
    })
    assert (got.rows["/var/log/auth.log"]["to_null"], got.rows["/var/log/auth.log"]["target"]) == (True, "/dev/null")
    assert got.rows["/var/log/secure"]["empty"] is True
    assert got.rows["/var/log/messages"]["target"] == "/data/messages"
    assert got.bytes_of(b"/data/messages") == b"moved"
    assert (got.rows["/var/log/syslog"]["type"], got.rows["/var/log/syslog"]["state"]) == ("link", "absent")
    assert got.rows["/var/log/nginx/access.log"]["state"] == "withheld"
    assert not [entry for entry in got.entries.values() if entry[1] and b"$6$" in entry[1]]


def test_what_comes_home_otherwise_is_not_taken_twice(tmpdir):
    files = dict.fromkeys(("/var/log/wtmp", "/var/log/wtmp.1", "/var/log/mysql/db-bin.000007", "/var/log/mysql/error.log"), "x")
    assert list(run(tmpdir, files).states()) == ["/var/log/mysql/error.log"]


def test_logs_that_configurations_name(tmpdir):
    got = run(tmpdir, {
        "/etc/nginx/nginx.conf": "http { access_log /srv/a/access.log; server { root /srv/a; error_log /srv/b/access.log; } }",
        "/srv/a/access.log": "a", "/srv/a/access.log.1": "a1", "/srv/b/access.log": "b", "/srv/b/access-20261101.log.gz": "b1",
        "/etc/rsyslog.d/x.conf": 'if $msg contains "x" then action(type="omfile" file="/srv/sys/x.log")\n& -/srv/sys/y.log;T\n',
        "/srv/sys/x.log": "x", "/srv/sys/y.log.1.gz": "y",
        "/etc/logrotate.d/app": '"/srv/app one/*.log" /srv/app/two.log\n{\n  olddir old\n  postrotate\n   /bin/x { }\n  endscript\n}\n',
        "/srv/app one/z.log": "z", "/srv/app one/old/z.log.1": "z1", "/srv/app/two.log": "two",
    })
    found = dict((path, row["service"]) for path, row in got.rows.items())
    assert found == {
        "/srv/a/access.log": "nginx", "/srv/a/access.log.1": "nginx", "/srv/b/access.log": "nginx",
        "/srv/b/access-20261101.log.gz": "nginx", "/srv/sys/x.log": "syslog", "/srv/sys/y.log.1.gz": "syslog",
        "/srv/app one/z.log": "app", "/srv/app one/old/z.log.1": "app", "/srv/app/two.log": "app",
    }
    assert got.rows["/srv/b/access.log"]["kind"] == "error"
    assert set(got.states().values()) == {"collected"}


def test_no_configuration_takes_the_promise_from_a_log(tmpdir):
    got = run(
        tmpdir, {"/etc/nginx/nginx.conf": "http { access_log /var/log/auth.log; }", "/var/log/auth.log": "x"},
        {"/var/log/auth.log": "2020-01-01T00:00:00Z"},
    )
    assert (got.rows["/var/log/auth.log"]["state"], got.rows["/var/log/auth.log"]["service"]) == ("collected", "auth")


def test_the_log_of_a_server_in_another_root(tmpdir):
    root = str(tmpdir.ensure("root", dir=True))
    proc = make_proc(str(tmpdir))
    process(proc, 42, "/usr/sbin/nginx", ["nginx", "-c", "/etc/nginx.conf"], root="/srv/jail")
    got = run(tmpdir, {
        "/srv/jail/etc/nginx.conf": "http { access_log /logs/access.log; }", "/srv/jail/logs/access.log": "jailed",
        "/srv/jail/logs/access.log.1": "jailed before", "/logs/access.log": "not this one",
    }, proc=proc.encode("utf-8"))
    assert sorted(got.rows) == ["/srv/jail/logs/access.log", "/srv/jail/logs/access.log.1"]
    assert got.bytes_of(b"/srv/jail/logs/access.log.1") == b"jailed before"
    assert root


def _journal(first, last, entries=3):
    return (
        b"LPKSHHRH" + struct.pack("<II", 0, 0) + b"\2" + b"\0" * 135 + struct.pack("<Q", entries) + b"\0" * 24
        + struct.pack("<QQ", seconds_of(first) * 10 ** 6, seconds_of(last) * 10 ** 6) + b"\0" * 100
    )


def test_the_journal_by_its_own_times(tmpdir):
    old, new = ("2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z"), ("2026-09-01T00:00:00Z", "2026-10-01T00:00:00Z")
    files = {
        "/var/log/journal/0123/system.journal": _journal(*new), "/var/log/journal/0123/system@1.journal": _journal(*old),
        "/run/log/journal/4567/system.journal": _journal(*new), "/run/log/journal/4567/user-1000.journal~": b"no journal",
    }
    got = run(tmpdir, files, {"/var/log/journal/0123/system@1.journal": "2020-02-01T00:00:00Z"})
    row = got.rows["/run/log/journal/4567/system.journal"]
    assert (row["first"], row["last"], row["entries"], row["journal_state"]) == new + (3, "archived")
    assert got.states() == {
        "/var/log/journal/0123/system.journal": "collected", "/var/log/journal/0123/system@1.journal": "left_out",
        "/run/log/journal/4567/system.journal": "collected", "/run/log/journal/4567/user-1000.journal~": "collected",
    }
    assert got.summary["journals"] == 3


def test_the_journal_keeps_to_its_budget_newest_first(tmpdir):
    files, times = {}, {}
    for day in range(1, 5):
        path = "/var/log/journal/0123/system@%d.journal" % day
        moment = "2026-11-0%dT00:00:00Z" % day
        files[path], times[path] = _journal(moment, moment) + b"\0" * (400 << 10), moment
    got = run(tmpdir, files, times, max_journal_size=1)
    assert [path[-9] for path, state in sorted(got.states().items()) if state == "collected"] == ["3", "4"]
    assert got.rows["/var/log/journal/0123/system@1.journal"]["state"] == "skipped_budget"


def test_very_many_logs(tmpdir, monkeypatch):
    monkeypatch.setattr(_log_finder, "MAX_LOGS", 5)
    files = dict(("/var/log/junk/%d" % number, "x") for number in range(20))
    files.update(dict.fromkeys(("/var/log/auth.log", "/var/log/nginx/access.log"), "x"))
    got = run(tmpdir, files)
    assert len(got.rows) == 5
    assert {"/var/log/auth.log", "/var/log/nginx/access.log"} <= set(got.rows)
    assert [row["reason"] for row in got.manifest if row["state"] == "skipped_budget"] == ["no room for more than 3 of them"]


def test_no_log_crowds_out_the_others(tmpdir, monkeypatch):
    monkeypatch.setattr(_log_finder, "MAX_OF_ONE", 5)
    files = dict(("/var/log/squid/access.log.%d" % number, "x") for number in range(1, 30))
    files.update(dict.fromkeys(("/var/log/squid/access.log", "/var/log/zzz.log"), "x"))
    got = run(tmpdir, files)
    squid = ["/var/log/squid/access.log"] + ["/var/log/squid/access.log.%d" % number for number in range(1, 5)]
    assert sorted(path for path, row in got.rows.items() if row["service"] == "squid") == squid
    assert len([row for row in got.manifest if row["state"] == "skipped_budget"]) == 2  # what is left comes with other logs


def test_what_has_a_promise_comes_before_any_configuration_is_read(tmpdir, monkeypatch):
    class Endless:
        def __init__(self, *_unused):
            raise Stopped("timed_out", "a configuration without end")

    monkeypatch.setattr(_service_logs, "ServiceFiles", Endless)
    write(str(tmpdir.ensure("root", dir=True)), {"/var/log/auth.log": "x", "/var/log/journal/0/system.journal": "x"})
    with collecting(tmpdir) as collection:
        with pytest.raises(Stopped):
            collect(collection, {"artifacts": ARTIFACTS, "services": SERVICES}, None, NOW)
    assert {b"[root]/var/log/auth.log", b"[root]/var/log/journal/0/system.journal"} <= set(collection.got.entries)


def test_looking_around_leaves_time_for_taking(tmpdir, monkeypatch):
    monkeypatch.setattr(_service_logs, "LOOKING", -1)
    got = run(tmpdir, {"/etc/nginx/nginx.conf": "http { access_log /srv/a.log; }", "/srv/a.log": "x", "/var/log/nginx/b.log": "x"}, services=SERVICES)
    assert list(got.rows) == ["/var/log/nginx/b.log"]
    assert sorted(row["reason"] for row in got.manifest if row["state"] == "timed_out") == [
        "1 configurations were not searched for logs: no time", "2 configurations were not searched for logs: no time",
    ]


def test_what_is_absent_is_told_once(tmpdir):
    rows = [row for row in run(tmpdir, {}).manifest if row["state"] == "absent"]
    assert sorted(row["artifact"] for row in rows) == sorted([one["name"] for one in ARTIFACTS] + ["journal"])


def test_hostile_configurations_end():
    long_line = b"a" * 1000000 + b"\n"
    for data in (long_line * 3, b'file="' * 200000, b'"/' * 200000, b"template(" + b'"/%' * 200000, b"%" * 500000, b"{\n" * 100000):
        written_logs(data)
        rotated_logs(data)
    assert written_logs(b'$template T,"/var/log/%HOSTNAME%/x.log"\n$WorkDirectory /var/spool\n') == [b"/var/log/*/x.log"]


SERVICES = [
    {"name": "mysql", "kind": "database", "programs": ["mysqld"], "file_options": ["--defaults-file"], "log_options": ["--log-error"],
     "logs_inside": ["*.err"], "paths": ["/etc/mysql/*"], "directives": [
         {"word": "datadir", "leads_to": "data"}, {"word": "general_log_file", "leads_to": "log"}]},
    {"name": "postgresql", "kind": "database", "programs": ["postgres"], "folder_options": ["-D"], "inside": ["postgresql.conf"],
     "directives": [{"word": "log_directory", "leads_to": "log"}]},
]


def test_logs_that_services_name(tmpdir):
    proc = make_proc(str(tmpdir))
    process(proc, 3, "/usr/sbin/mysqld", ["mysqld", "--defaults-file=/srv/my.cnf", "--log-error=err/e.log"], folder="/srv")
    process(proc, 4, "/usr/bin/postgres", ["postgres", "-D", "/srv/pg"])
    got = run(tmpdir, {
        "/srv/my.cnf": "general_log_file = all.log\ndatadir = /srv/data\n", "/srv/data/all.log": "g", "/srv/data/all.log.1.gz": "g1",
        "/srv/data/host.err": "e", "/srv/data/ibdata1": "x", "/srv/err/e.log": "e", "/srv/err/e.log.1": "e1",
        "/srv/pg/postgresql.conf": "log_directory = 'talk'\n", "/srv/pg/talk/postgresql-Mon.log": "p", "/srv/pg/base": "x",
    }, proc=proc.encode("utf-8"), services=SERVICES)
    assert dict((path, row["service"]) for path, row in got.rows.items()) == {
        "/srv/data/all.log": "mysql", "/srv/data/all.log.1.gz": "mysql", "/srv/data/host.err": "mysql", "/srv/err/e.log": "mysql",
        "/srv/err/e.log.1": "mysql", "/srv/pg/talk/postgresql-Mon.log": "postgresql",
    }
