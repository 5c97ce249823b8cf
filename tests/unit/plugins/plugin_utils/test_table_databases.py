# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import sqlite3
import time
from contextlib import closing

import pytest

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables import _table_databases

WTMP = (
    "CREATE TABLE wtmp(ID INTEGER PRIMARY KEY, Type INTEGER, User TEXT NOT NULL, Login INTEGER, Logout INTEGER, "
    "TTY TEXT, RemoteHost TEXT, Service TEXT)"
)
INSERT = "INSERT INTO wtmp VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
LASTLOG2 = "CREATE TABLE Lastlog2(Name TEXT PRIMARY KEY, Time INTEGER, TTY TEXT, RemoteHost TEXT, Service TEXT)"
PATH = b"/var/lib/wtmpdb/wtmp.db"


def database(path, *statements):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(*statement) if isinstance(statement, tuple) else connection.execute(statement)
    return path.read_bytes()


def test_wtmpdb(home, tmp_path):
    home.file(
        PATH,
        database(
            tmp_path / "db",
            WTMP,
            (INSERT, (1, 1, "reboot", 1700000000000000, None, "~", "6.1.0", None)),
            (INSERT, (2, 3, "bob", 1700000100123456, 1700000200000000, "pts/0", "192.0.2.1", "sshd")),
            (INSERT, (7, 3, b"\xff\n", 1700000000000000, None, None, None, None)),
        ),
    )
    rows = home.finish()["logins"]
    assert rows[0] == {
        "file": PATH.decode(),
        "source": "wtmpdb",
        "record": 1,
        "type": 1,
        "event": "boot",
        "user": "reboot",
        "time": "2023-11-14T22:13:20Z",
        "line": "~",
        "host": "6.1.0",
    }
    assert (rows[1]["time"], rows[1]["logout"], rows[1]["service"]) == (
        "2023-11-14T22:15:00.123456Z",
        "2023-11-14T22:16:40Z",
        "sshd",
    )
    assert (rows[2]["user"], rows[2]["missing_before"], rows[2]["out_of_order"]) == ("\\xff\\x0a", 4, True)


def test_lastlog2(home, tmp_path):
    home.file(
        b"/var/lib/lastlog/lastlog2.db",
        database(
            tmp_path / "db",
            LASTLOG2,
            ("INSERT INTO Lastlog2 VALUES (?, ?, ?, ?, ?)", ("bob", 1700000000, "pts/0", "h", "sshd")),
        ),
    )
    row = home.finish()["logins"][0]
    assert (row["source"], row["event"], row["user"], row["time"]) == (
        "lastlog2",
        "last",
        "bob",
        "2023-11-14T22:13:20Z",
    )


def test_what_is_still_in_the_write_ahead_log_is_read(home, tmp_path):
    with closing(sqlite3.connect(tmp_path / "db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(WTMP)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute(INSERT, (1, 3, "mallory", 1700000000000000, None, None, None, None))
        home.file(PATH + b"-wal", (tmp_path / "db-wal").read_bytes())
        home.file(PATH + b"-shm", (tmp_path / "db-shm").read_bytes())
        home.file(PATH, (tmp_path / "db").read_bytes())
    assert [row["user"] for row in home.finish()["logins"]] == ["mallory"]


@pytest.mark.parametrize(
    "statements",
    [
        [
            "CREATE VIEW wtmp AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
            "SELECT x AS ID, x AS Type, x AS User, "
            "x AS Login, x AS Logout, x AS TTY, x AS RemoteHost, x AS Service FROM n"
        ],
        [
            "CREATE TABLE wtmp(ID INTEGER PRIMARY KEY, Type, User, Login, Logout, TTY, RemoteHost, "
            "Service AS (zeroblob(100000000)))",
            "INSERT INTO wtmp(ID, Type) VALUES (1, 1)",
        ],
        ["CREATE TABLE other(a)"],
    ],
)
def test_schemas_that_would_run_something_are_not_read(home, tmp_path, statements):
    start = time.monotonic()
    home.file(PATH, database(tmp_path / "db", *statements))
    found = home.finish()
    assert "logins" not in found
    assert found["errors"][0]["problem"] == "no known table in this database"
    assert time.monotonic() - start < 10


def test_an_index_that_would_run_something_is_not_used(home, tmp_path):
    home.file(
        PATH,
        database(
            tmp_path / "db",
            WTMP,
            "CREATE INDEX i ON wtmp(upper(User)) WHERE length(User) > 0",
            (INSERT, (1, 3, "bob", 1700000000000000, None, None, None, None)),
        ),
    )
    assert len(home.finish()["logins"]) == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: b"no database" * 100,
        lambda data: data[:5000],
        lambda data: data[:100] + b"\xff" * (len(data) - 100),
        lambda data: data[:4096] + b"\xff" * (len(data) - 4096),
    ],
)
def test_damage_is_an_error_row(home, tmp_path, damage):
    data = database(
        tmp_path / "db", WTMP, *[(INSERT, (number, 3, "u" * 100, 0, 0, "", "", "")) for number in range(1, 300)]
    )
    home.file(PATH, damage(data))
    assert home.finish()["errors"][0]["member"] == "[root]" + PATH.decode()


def test_too_big(home, tmp_path, monkeypatch):
    monkeypatch.setattr(_table_databases, "FILE_BYTES", 100)
    home.file(PATH, database(tmp_path / "db", WTMP))
    assert "limit" in home.finish()["errors"][0]["problem"]


def test_time_is_limited(home, tmp_path, monkeypatch):
    monkeypatch.setattr(_table_databases, "SECONDS", -1)
    rows = [(INSERT, (number, 3, "bob", 0, 0, "", "", "")) for number in range(1, 5000)]
    home.file(PATH, database(tmp_path / "db", "BEGIN", WTMP, *rows, "COMMIT"))
    found = home.finish()
    assert len(found.get("logins", ())) < 5000
    assert "OperationalError" in found["errors"][0]["problem"]


def test_a_column_that_is_called_like_the_number_of_a_row(home, tmp_path):
    schema = "CREATE TABLE wtmp (id INTEGER PRIMARY KEY, rowid, Type, User, Login, Logout, TTY, RemoteHost, Service)"
    rows = [("INSERT INTO wtmp (rowid, Type, User) VALUES (?, 3, 'bob')", (value,)) for value in ("text", b"\xff", 1.5, 7, 9)]
    home.file(PATH, database(tmp_path / "db", schema, *rows))
    found = home.finish()
    assert [(row.get("record"), row.get("missing_before")) for row in found["logins"]] == [
        (None, None), (None, None), (None, None), (7, None), (9, 1)]
    assert "errors" not in found


def test_a_fault_in_one_database_costs_itself_and_not_the_seal(home, tmp_path, monkeypatch):
    def broken(_before, _row):
        raise RecursionError
    monkeypatch.setattr(_table_databases, "_order", broken)
    home.file(PATH, database(tmp_path / "db", WTMP, (INSERT, (1, 1, "reboot", 1, None, None, None, None))))
    home.file(b"/etc/passwd", b"root:x:0:0::/root:/bin/sh\n")
    found = home.finish()
    assert found["errors"][0]["problem"].endswith("RecursionError") and found["errors"][0]["cut"]
    assert len(found["users"]) == 1


@pytest.mark.parametrize(
    "path, schema, row, expected",
    [
        (
            b"/root/.ipython/profile_default/history.sqlite",
            "CREATE TABLE history(session INTEGER, line INTEGER, source TEXT, source_raw TEXT)",
            (1, 4, "x", "%ls\n"),
            {"program": "ipython", "line": 1, "command": "%ls\\x0a"},
        ),
        (
            b"/root/.local/share/atuin/history.db",
            "CREATE TABLE history(id TEXT, timestamp INTEGER, command TEXT, cwd TEXT)",
            ("a", 1700000000 * 10**9, "id", "/tmp"),
            {
                "program": "atuin",
                "command": "id",
                "time": "2023-11-14T22:13:20Z",
                "time_source": "atuin",
                "folder": "/tmp",
            },
        ),
        (
            b"/root/.local/share/xonsh/xonsh-history.sqlite",
            "CREATE TABLE xonsh_history(inp TEXT, tsb REAL)",
            ("who", 1700000000.7),
            {"program": "xonsh", "command": "who", "time": "2023-11-14T22:13:20Z"},
        ),
        (
            b"/root/.config/nushell/history.sqlite3",
            "CREATE TABLE history(command_line TEXT, start_timestamp INTEGER, cwd TEXT)",
            ("w", 1700000000999, "/"),
            {"command": "w", "time": "2023-11-14T22:13:20Z", "folder": "/"},
        ),
    ],
)
def test_histories(home, tmp_path, path, schema, row, expected):
    home.file(
        path,
        database(
            tmp_path / "db",
            schema,
            ("INSERT INTO %s VALUES (%s)" % (schema.split()[2].split("(")[0], ",".join("?" * len(row))), row),
        ),
    )
    found = home.finish()["history"][0]
    assert found["path"] == path.decode() and found["home"] == "/root"
    assert {name: found[name] for name in expected} == expected


def test_many_databases_are_bounded_in_number_and_time(home, tmp_path, monkeypatch):
    monkeypatch.setattr(_table_databases, "COPIES", 3)
    data = database(tmp_path / "db", WTMP, (INSERT, (1, 3, "bob", 0, 0, "", "", "")))
    for number in range(5):
        home.file(b"/var/lib/%d/wtmp.db" % number, data)
    found = home.finish()
    assert len(found["logins"]) == 3
    assert found["errors"][0]["problem"] == "more than 3 databases, the others are not read" and found["errors"][0]["cut"]


def test_all_databases_together_have_a_time(home, tmp_path, monkeypatch):
    monkeypatch.setattr(_table_databases, "ALL_SECONDS", -1)
    home.file(PATH, database(tmp_path / "db", WTMP, (INSERT, (1, 3, "bob", 0, 0, "", "", ""))))
    assert home.finish()["errors"] == [
        {"table": "logins", "member": "[root]" + PATH.decode(), "problem": "not read, or not to its end: OperationalError", "cut": True}]
