# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import csv
import datetime
import gzip
import json
import shutil
import stat
import subprocess

import pytest

pytest.importorskip("duckdb")

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._part import Part  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _custody  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis import _timeline  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._case_db import open_case  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._schema import quoted, tables  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import (  # noqa: E402
    file_name, make_run_folder, part_path,
)
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._seal import seal  # noqa: E402
from ansible_collections.csirt.linux_triage.tests.unit.plugins.plugin_utils.control_helpers import came_home  # noqa: E402

BEGUN = "2026-11-25T12:00:00"
IDENTITY = {"machine": {"timezone": "Europe/Berlin"}, "clocks": {"utc_offset_seconds": 3600}}
FILE = {
    "path": "/etc/passwd", "type": "file", "mode": "0644", "uid": 0, "gid": 0, "links": 1, "device": "8:1", "size": 5, "blocks": 8,
    "inode": 7, "atime": "2026-11-24T10:00:00.000000001Z", "mtime": "2026-11-24T11:00:00.000000001Z",
    "ctime": "2026-11-24T11:00:00.900000000Z", "btime": "2026-11-24T11:00:01.000000000Z",
}


def sealed(output, host="web01", clock=None, logs=None, files=(FILE,)):
    """A sealed run with an identity, logs and a listing."""
    folder = make_run_folder(str(output), "case", host)
    _custody.record(folder, "begin", case="case", host=host)
    _custody.record(folder, "host", clock=clock or {"offset": 0.01, "uncertainty": 0.02})
    members = {
        "10-live_state": {b"live/identity.json": json.dumps(IDENTITY).encode()},
        "46-service_logs": {b"[root]" + path: data for path, data in (logs or {}).items()},
        "50-file_listing": {b"tables/files.jsonl.gz": gzip.compress(
            b"".join(json.dumps(row, separators=(",", ":")).encode() + b"\n" for row in files))},
    }
    for name, entries in members.items():
        part = Part(str(part_path(folder, name)).encode())
        for member, data in entries.items():
            part.add(member, data, mode=0o644, mtime=1795600000)
        part.close()
        came_home(folder, name)
    seal(folder, file_name(host), list(members))
    return folder / f"{file_name(host)}.tar.gz"


@pytest.fixture
def make_case(tmp_path):
    cases = []

    def make(hosts=("web01",), **more):
        report = tmp_path / "evidence" / "case" / "report"
        archives = {host: sealed(tmp_path / "evidence", host, **more) for host in hosts}
        report.mkdir(mode=0o700)
        case = open_case(report)
        cases.append(case)
        for host, archive in archives.items():
            add(case, "hosts", host=host, run=archive.parent.name, archive=str(archive), begun=BEGUN)
        return case

    yield make
    for case in cases:
        case.close()


@pytest.fixture
def case(tmp_path):
    """A case of one host whose archive is gone."""
    with open_case(tmp_path) as empty:
        add(empty, "hosts", run="20261125T120000Z", archive="gone/gone.tar.gz", begun=BEGUN)
        yield empty


def add(case, table, host="web01", **values):
    """A row as the loader puts it in."""
    row = {"host": host, "run": case.rows("SELECT max(run) AS run FROM hosts WHERE host = ?", [host])[0]["run"], **values}
    known = {name for name, in case.connection.execute(f"SELECT column_name FROM duckdb_columns() WHERE table_name = '{table}'").fetchall()}
    assert known >= set(row), set(row) - known
    names, marks = ", ".join(quoted(name) for name in row), ", ".join("?" * len(row))
    case.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))


def timeline(case, source):
    _timeline.fill_timeline(case)
    return case.rows("SELECT time::VARCHAR AS moment, * FROM timeline WHERE source = ? ORDER BY time, message", [source])


T = "2026-11-24T11:00:00.123456789"
TABLES = [
    ("logins", {"event": "login", "time": T, "user": "eve", "line": "pts/0", "remote_host": "203.0.113.5", "source": "wtmp",
                "file": "/var/log/wtmp", "record": 3, "source_row": 9},
     "login record: login", "wtmp login eve on pts/0 from 203.0.113.5", "eve", "tables/logins.jsonl line 9, /var/log/wtmp record 3"),
    ("logins", {"event": "login", "time": T, "user": "", "blanked": True, "out_of_order": True, "source": "wtmp", "record": 3},
     "login record: login", "wtmp login [blanked] [time goes back]", None, "record 3"),
    ("logins", {"event": "failed", "time": T, "user": "root", "remote_host": "203.0.113.5", "source": "btmp"},
     "login record: failed", "1 failed from 203.0.113.5 as root", "root", ""),
    ("history", {"path": "/root/.bash_history", "user": "root", "program": "bash", "time": T, "command": "curl x | sh", "line": 4},
     "history: typed", "root in bash: curl x | sh", "root", "/root/.bash_history line 4"),
    ("packages", {"manager": "rpm", "name": "nc", "version": "1-2", "installed": T},
     "package: installed", "rpm installed nc 1-2", None, ""),
    ("processes", {"pid": 7, "ppid": 1, "comm": "x", "started": T, "cmdline": ["x", "-l"], "exe": "/tmp/x (deleted)", "exe_deleted": True},
     "process: started", "process 7 of 1 [x] x -l [executable deleted: /tmp/x (deleted)]", None, ""),
    ("findings", {"id": "f1", "severity": "high", "title": "Web shell", "summary": "in /a", "first_seen": T, "subject": "/a"},
     "finding: first seen", "HIGH Web shell: in /a", None, "finding f1"),
    ("users", {"source": "passwd", "user": "eve", "last_change": "2026-11-24", "has_hash": True, "file": "/etc/passwd"},
     "account: password changed (day)", "password of eve changed, by shadow", "eve", ""),
    ("persistence", {"mechanism": "cron", "path": "/etc/cron.d/x", "mtime": T, "source_row": 5},
     "file: modified", "m... /etc/cron.d/x [runs by cron]", None, "tables/persistence.jsonl line 5"),
    ("webshell_hits", {"path": "/var/www/a.php", "mtime": T, "score": 90}, "file: modified",
     "m... /var/www/a.php [signs of a web shell, score 90]", None, ""),
    ("package_files", {"path": "/bin/ls", "deviation": "changed", "package": "coreutils", "mtime": T}, "file: modified",
     "m... /bin/ls [changed coreutils]", None, ""),
    ("web_files", {"path": "/dev/shm/x", "zone": "shm", "magic": "elf", "mtime": T}, "file: modified", "m... /dev/shm/x [shm elf]", None, ""),
]


@pytest.mark.parametrize("table, values, time_desc, message, user, evidence", TABLES)
def test_rows_of_tables_become_moments(case, table, values, time_desc, message, user, evidence):
    add(case, table, **values)
    (row,) = timeline(case, table)
    expected = "2026-11-24 00:00:00" if table == "users" else "2026-11-24 11:00:00.123456789"
    assert (row["moment"], row["time_desc"], row["message"], row["user_name"]) == (expected, time_desc, message, user)
    assert row["evidence"].endswith(evidence) and row["host"] == "web01" and row["clock_offset"] == 0


def test_rows_without_a_time_and_what_tells_nothing_are_left_out(case):
    add(case, "history", command="x")
    add(case, "logins", event="getty", time=T)
    add(case, "processes", pid=2, started=T, kernel_thread=True)
    add(case, "users", source="passwd", user="bin", last_change="2026-11-24", file="/etc/passwd")
    add(case, "users", source="passwd", user="x", last_change="no date", has_hash=True)
    add(case, "persistence", mechanism="systemd_service", path="/usr/lib/a", package="a", executable_package="a", mtime=T)
    assert {row["source"] for row in timeline(case, "hosts") + case.rows("SELECT * FROM timeline")} == {"hosts"}


def test_failed_logins_are_one_row_an_hour_and_address(case):
    for minute in range(50):
        add(case, "logins", event="failed", time=f"2026-11-24T10:{minute:02}:00", user=f"u{minute % 12:02}", remote_host="203.0.113.5")
    add(case, "logins", event="failed", time="2026-11-24T11:00:00", user="root", remote_host="203.0.113.5")
    first, second = timeline(case, "logins")
    assert first["message"] == (
        "50 failed from 203.0.113.5 as u00, u01, u02, u03, u04, u05, u06, u07, u08, u09 and 2 other users, the last at 10:49:00")
    assert first["user_name"] is None and second["user_name"] == "root"


def test_one_login_in_two_files_is_one_row(case):
    for source in ("utmp", "wtmp"):
        add(case, "logins", event="login", time=T, user="eve", line="pts/0", source=source)
    assert len(timeline(case, "logins")) == 1


def test_times_of_a_file_are_a_row_a_second(case):
    add(case, "files", **{column: FILE[column] for column in ("path", "mode", "uid", "size", "mtime", "atime", "ctime", "btime")})
    rows = timeline(case, "files")
    assert [(row["moment"], row["time_desc"], row["message"].partition(" ")[0]) for row in rows] == [
        ("2026-11-24 10:00:00.000000001", "file: accessed", ".a.."),
        ("2026-11-24 11:00:00.000000001", "file: modified, changed", "m.c."),
        ("2026-11-24 11:00:01", "file: born", "...b"),
    ]
    assert rows[0]["message"] == ".a.. 0644 uid 0 5 bytes /etc/passwd"


RECENT = [
    ({"path": "/srv/x"}, True),
    ({"path": "/srv/x", "ctime": "2026-09-01T00:00:00", "btime": "2026-09-01T00:00:00"}, False),
    ({"path": "/srv/x", "btime": None}, True),
    ({"path": "/usr/share/doc/x/copyright"}, False),
    ({"path": "/usr/share/doc/x/run", "mode": "0755"}, True),
    ({"path": "/usr/share/man/.x"}, True),
    ({"path": "/usr/bin/owned", "mode": "0755"}, False),
    ({"path": "/usr/bin/altered", "mode": "0755"}, True),
]


@pytest.mark.parametrize("values, is_there", RECENT)
def test_which_files_count_as_recent(case, values, is_there):
    add(case, "hashes", path="/usr/bin/owned", package="a")
    add(case, "hashes", path="/usr/bin/altered", package="a")
    add(case, "package_files", path="/usr/bin/altered", package="a", deviation="changed")
    add(case, "files", **{"type": "file", "mode": "0644", "mtime": T, "atime": T, "ctime": T, "btime": T, **values})
    _timeline.fill_timeline(case)
    rows = case.rows("SELECT * FROM timeline WHERE path = ?", [values["path"]])
    assert len(rows) == is_there


def test_a_file_that_a_table_names_is_told_of_once_with_all_its_times_and_reasons(case):
    old = "2019-01-01T00:00:00"
    add(case, "files", path="/etc/cron.d/x", mode="0644", uid=0, size=9, mtime=old, atime=old, ctime=T, btime=T)
    add(case, "persistence", mechanism="cron", path="/etc/cron.d/x", executable="/tmp/x", mtime=old)
    add(case, "findings", title="Odd cron", subject="/etc/cron.d/x")
    _timeline.fill_timeline(case)
    rows = case.rows("SELECT * FROM timeline WHERE path = '/etc/cron.d/x' AND time_desc LIKE 'file%' ORDER BY time")
    assert [row["message"] for row in rows] == [
        "ma.. 0644 uid 0 9 bytes /etc/cron.d/x [Odd cron, runs by cron]", "..cb 0644 uid 0 9 bytes /etc/cron.d/x [Odd cron, runs by cron]",
    ]


def test_files_are_bounded_the_newest_stay(case, monkeypatch):
    monkeypatch.setitem(_timeline._OPTIONS, "timeline_recent_files", 3)
    for number in range(10):
        moment = f"2026-11-24T11:00:{number:02}"
        add(case, "files", path=f"/srv/{number}", mode="0644", mtime=moment, atime=moment, ctime=moment)
    assert sorted(row["path"] for row in timeline(case, "files")) == ["/srv/7", "/srv/8", "/srv/9"]


CLOCKS = [
    ({"offset": 3600.5, "uncertainty": 0.1}, 3600.5, "2026-11-24 09:59:59.623456789"),
    ({"offset": -60.0, "uncertainty": 0.1}, -60.0, "2026-11-24 11:01:00.123456789"),
    ({"offset": 0.05, "uncertainty": 0.1}, 0.0, "2026-11-24 11:00:00.123456789"),
    ({"problem": "no date there"}, 0.0, "2026-11-24 11:00:00.123456789"),
    ({"offset": "x", "uncertainty": None}, 0.0, "2026-11-24 11:00:00.123456789"),
]


@pytest.mark.parametrize("clock, offset, moment", CLOCKS)
def test_the_clock_is_put_right_and_says_so(make_case, clock, offset, moment):
    case = make_case(clock=clock)
    add(case, "history", command="x", time=T)
    (row,) = timeline(case, "history")
    assert (row["clock_offset"], row["moment"]) == (offset, moment)
    assert case.rows("SELECT host_time::VARCHAR AS t FROM timeline WHERE source = 'history'")[0]["t"] == "2026-11-24 11:00:00.123456789"
    # What the control node noted is by its own clock.
    assert timeline(case, "hosts")[0]["moment"] == "2026-11-25 12:00:00"


def test_a_clock_that_is_decades_wrong_costs_no_other_row(make_case):
    case = make_case(clock={"offset": -9e8, "uncertainty": 0.1})
    add(case, "history", command="late", time="2261-06-01T00:00:00Z")
    add(case, "history", command="x", time=T)
    assert [row["message"] for row in timeline(case, "history")] == ["? in history: x"]


LOGS = {
    b"/var/log/auth.log": b"Nov 24 12:00:00 web01 sshd[1]: Accepted password for root from 203.0.113.5 port 1 ssh2\n",
    b"/var/log/auth.log.1.gz": gzip.compress(b"Nov 23 12:00:00 web01 sudo: eve : PWD=/ ; USER=root ; COMMAND=/bin/id\n"),
    b"/var/log/apache2/a.log": (
        b'203.0.113.5 - - [24/Nov/2026:12:00:00 +0100] "GET /up/x.php HTTP/1.1" 200 1 "-" "a"\n'
        b'203.0.113.5 - - [24/Nov/2026:12:00:00 +0100] "GET /up/app.php HTTP/1.1" 200 1 "-" "a"\n'
        b'203.0.113.5 - - [24/Nov/2026:12:00:00 +0100] "GET /index.php HTTP/1.1" 200 1 "-" "a"\n'
        b'203.0.113.9 - - [24/Nov/2026:12:00:01 +0100] "GET /up/index.php HTTP/1.1" 200 1 "-" "a"\n'
    ),
    b"/var/log/journal/system.journal": b"LPKSHHRH" + b"\0" * 100,
    b"/var/log/x.zst": b"\x28\xb5\x2f\xfd" + b"\0" * 9,
    b"/var/log/torn.gz": gzip.compress(b"Nov 23 12:00:00 web01 kernel: Linux version 6\n")[:-9],
}


def test_logs_become_events_with_their_place(make_case):
    case = make_case(logs=LOGS)
    add(case, "webshell_hits", path="/srv/www/up/x.php", score=40)
    add(case, "webshell_hits", path="/srv/www/up/app.php", score=39)
    add(case, "webshell_hits", path="/srv/www/up/index.php", score=90)
    add(case, "webshell_trees", path="/srv/www")
    add(case, "webshell_trees", path="/srv")
    counts = _timeline.write_timelines(case, case.folder)
    rows = case.rows("SELECT * FROM timeline WHERE source = 'log_events' ORDER BY time, time_desc")
    assert [(row["time_desc"], row["time"].isoformat()) for row in rows] == [
        ("log: boot", "2026-11-23T11:00:00"), ("log: sudo", "2026-11-23T11:00:00"), ("log: ssh login", "2026-11-24T11:00:00"),
        ("log: web suspect script", "2026-11-24T11:00:00"), ("log: web suspect script", "2026-11-24T11:00:01"),
    ]
    login = case.rows("SELECT * FROM timeline WHERE time_desc = 'log: ssh login'")[0]
    assert login["path"] == "/var/log/auth.log" and login["user_name"] == "root"
    assert login["evidence"] == "[root]/var/log/auth.log line 1 (time: year of the file's mtime, zone Europe/Berlin)"
    problems = {row["problem"] for row in case.rows("SELECT problem FROM load_problems WHERE tbl = 'log_events'")}
    assert any("system.journal: the journal ends early" in problem for problem in problems) and any("x.zst: " in problem for problem in problems)
    assert any("torn.gz: the packed data ends early" in problem for problem in problems) and len(problems) == 3
    assert counts["web01"] == len(case.rows("SELECT * FROM timeline"))


def test_files_written(make_case):
    case = make_case(("web01", "=cmd|' /C calc'!A0"), logs=LOGS)
    add(case, "files", path="/srv/only in the listing", mode="0644", mtime=T, ctime=T)
    _timeline.write_timelines(case, case.folder)
    folder = case.folder / "timeline"
    names = {path.name for path in folder.iterdir()}
    assert {"web01.body", "web01.jsonl", "web01.csv", "fleet.jsonl", "fleet.csv"} < names and len(names) == 8
    assert all(name.replace(".", "").replace("-", "").replace("_", "").isalnum() for name in names)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.iterdir())
    assert "only in the listing" in (folder / "web01.csv").read_text() and "listing" not in (folder / "fleet.csv").read_text()


def test_no_two_hosts_share_a_file(make_case):
    case = make_case(("fleet", "web01", "WEB01"))
    add(case, "hosts", "web01", run="another", archive="gone.tar.gz", begun=BEGUN)
    for _again in range(2):
        _timeline.write_files(case, case.folder)
    names = {path.name for path in (case.folder / "timeline").iterdir() if path.suffix == ".csv"}
    assert len(names) == 5 and {"fleet.csv", "web01-another.csv", "WEB01.csv"} < names


def test_json_lines_are_what_the_importer_of_timesketch_takes(make_case):
    case = make_case(logs=LOGS)
    add(case, "history", command='quote " back \\ \\x0a', path="/a\\xff", time=T)
    _timeline.write_timelines(case, case.folder)
    text = (case.folder / "timeline" / "web01.jsonl").read_text(encoding="utf-8")
    # Its reader ends lines where str.splitlines does.
    rows = [json.loads(line) for line in text.splitlines()]
    assert len(rows) == text.count("\n") == len(case.rows("SELECT * FROM timeline"))
    for row in rows:
        assert all(isinstance(row[name], str) and row[name] for name in ("message", "datetime", "timestamp_desc"))
        moment = datetime.datetime.fromisoformat(row["datetime"])
        assert row["datetime"][19] == "." and row["datetime"].endswith("+00:00") and len(row["datetime"]) == 32
        assert row["timestamp"] == (moment - datetime.datetime.fromtimestamp(0, datetime.timezone.utc)) // datetime.timedelta(microseconds=1)
        assert not any(name.startswith("_") or name == "label" for name in row)
    assert [row["datetime"] for row in rows] == sorted(row["datetime"] for row in rows)


FORMULA = "=+-@\t\r\uff1d\uff0b\uff0d\uff20"
CELLS = ["a;=1+1", "\uff1d1+1", "\uff0b1", "a;\uff201", "=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1",
         "=cmd|' /C calc'!A0", 'a"b', "plain", "a,=1", "<script>alert(1)</script>"]


@pytest.mark.parametrize("text", CELLS)
def test_no_cell_is_a_formula(case, text):
    add(case, "packages", manager=text, installed=T)
    add(case, "history", user=text, path=text, command="x", time=T)
    _timeline.write_timelines(case, case.folder)
    for name in ("web01.csv", "fleet.csv"):
        with open(case.folder / "timeline" / name, newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        # Also where a semicolon is what separates cells.
        cells = [part for row in rows for name, cell in row.items() if name != "clock_offset" for part in cell.split(";")]
        assert not any(part.startswith(tuple(FORMULA)) for part in cells)
        assert {row["path"] for row in rows} >= {";".join(("'" if part[0] in FORMULA else "") + part for part in text.split(";"))}


@pytest.mark.parametrize("offset, moved", [(0.0, 0), (3600.4, 3600), (-60.0, -60)])
def test_the_body_file_has_every_file_of_the_listing_with_the_clock_put_right(make_case, offset, moved):
    files = [FILE, {**FILE, "path": "/a b", "btime": "1970-01-01T00:00:00.000000000Z"}]
    case = make_case(clock={"offset": offset, "uncertainty": 0.1}, files=files)
    _timeline.write_timelines(case, case.folder)
    body = case.folder / "timeline" / "web01.body"
    lines = body.read_text(encoding="utf-8").splitlines()
    atime = int(datetime.datetime(2026, 11, 24, 10, tzinfo=datetime.timezone.utc).timestamp()) - moved
    assert lines == [
        f"0|/etc/passwd|7|r/rrw-r--r--|0|0|5|{atime}|{atime + 3600}|{atime + 3600}|{atime + 3601}",
        f"0|/a b|7|r/rrw-r--r--|0|0|5|{atime}|{atime + 3600}|{atime + 3600}|0",
    ]
    if shutil.which("mactime"):
        output = subprocess.run(["mactime", "-b", body, "-z", "UTC", "-d", "-y"], capture_output=True, text=True, check=True).stdout
        assert len(output.splitlines()) == 7 and '"/a b"' in output


def test_a_host_without_a_listing_or_an_archive_costs_only_its_own(make_case):
    case = make_case(("web01", "web02"))
    add(case, "history", command="x", time=T)
    shutil.rmtree(next(case.folder.parent.glob("web02/*")))
    _timeline.write_timelines(case, case.folder)
    assert (case.folder / "timeline" / "web01.body").stat().st_size
    assert {row["tbl"] for row in case.rows("SELECT tbl FROM load_problems WHERE host = 'web02'")} == {"log_events", "files"}


def test_every_table_that_is_asked_is_in_the_schema():
    text = "".join(path.read_text(encoding="utf-8") for path in _timeline.QUERIES.glob("*.sql"))
    assert {path.stem for path in _timeline.QUERIES.glob("*.sql")} == {*_timeline.EVENTS, *_timeline.EVENTS_OF_HOST, "setup"}
    assert {"timeline", "log_events"} <= set(tables()) and "persistence" in text
