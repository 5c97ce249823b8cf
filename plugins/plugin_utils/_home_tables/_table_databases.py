# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.


"""SQLite files of a host: wtmpdb and lastlog2 for the table ``logins``, the histories of some shells for ``history``.

The files are read from copies in the spool at the end, when their write-ahead logs have come as well. Schemas: wtmpdb
(lib/sqlite.c), liblastlog2 of util-linux, IPython (core/history.py), atuin, nushell (reedline), xonsh.
"""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables import _table_history, _table_logins
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._history_formats import Entry
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_rows import Rows, text
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_streams import CHUNK, Source
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_times import iso

FILE_BYTES = 256 << 20
ALL_BYTES = 1 << 30
ROWS = 2_000_000
SECONDS = 60
# Of all databases of a host.
COPIES = 1000
ALL_SECONDS = 600
_OPCODES = 20_000
_LOG = b"-wal"
_LOGIN_FILE = re.compile(rb"(?:wtmp|lastlog2)\.db(?:-wal|-shm|-journal)?\Z")
_HISTORY_FILE = re.compile(rb"hist[^/]*\.(?:sqlite3?|db)(?:-wal|-shm|-journal)?\Z")
_ALLOWED = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ)
_Row = dict[str, Any]


class Known(NamedTuple):
    """A table that is known: its columns, the table that gets the rows, and what is made of one."""

    name: str
    columns: tuple[str, ...]
    target: str
    facts: Callable[[_Row], _Row]


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) else None


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        return text(value) or None
    return None if value is None else str(value)


def _micro(value: Any) -> str | None:
    return iso(*divmod(value, 1_000_000), 6) if isinstance(value, int) else None


def _wtmpdb(row: _Row) -> _Row:
    events = {0: "empty", 1: "boot", 2: "run_level", 3: "login"}
    return {
        "source": "wtmpdb", "record": row["rowid"], "type": _number(row["Type"]),
        "event": events.get(row["Type"], "unknown"), "user": _text(row["User"]), "time": _micro(row["Login"]),
        "logout": _micro(row["Logout"]), "line": _text(row["TTY"]), "host": _text(row["RemoteHost"]),
        "service": _text(row["Service"]),
    }


def _order(before: _Row, row: _Row) -> _Row:
    """What the sequence of wtmpdb's rows tells: numbers that are gone, and time that goes backwards."""
    if not before or "Login" not in row:
        return {}
    numbers, times = (before["rowid"], row["rowid"]), (before["Login"], row["Login"])
    gone = numbers[1] - numbers[0] - 1 if None not in numbers else 0
    back = times[0] - times[1] if all(isinstance(one, int) for one in times) else 0
    return {
        "missing_before": gone or None, "out_of_order": True if back > 0 else None,
        "seconds_back": back // 1_000_000 if back > 0 else None,
    }


def _lastlog2(row: _Row) -> _Row:
    return {
        "source": "lastlog2", "record": row["rowid"], "event": "last", "user": _text(row["Name"]),
        "time": iso(row["Time"]) if isinstance(row["Time"], int) else None, "line": _text(row["TTY"]),
        "host": _text(row["RemoteHost"]), "service": _text(row["Service"]),
    }


def _command(row: _Row, column: str, seconds: Any = None, source: str | None = None) -> _Row:
    value = row[column] if row[column] is not None else b""
    command = value if isinstance(value, bytes) else str(value).encode("utf-8")
    known = int(seconds) if isinstance(seconds, (int, float)) and abs(seconds) < 1 << 62 else None
    return _table_history.facts(Entry(row["rowid"], command, 1, known, source)) | {"folder": _text(row.get("cwd"))}


KNOWN = (
    Known("wtmp", ("Type", "User", "Login", "Logout", "TTY", "RemoteHost", "Service"), _table_logins.TABLE, _wtmpdb),
    Known("Lastlog2", ("Name", "Time", "TTY", "RemoteHost", "Service"), _table_logins.TABLE, _lastlog2),
    Known("history", ("session", "line", "source_raw"), _table_history.TABLE, lambda row: _command(row, "source_raw")),
    Known(
        "history", ("timestamp", "command", "cwd"), _table_history.TABLE,
        lambda row: _command(row, "command", (_number(row["timestamp"]) or 0) // 10**9, "atuin"),
    ),
    Known(
        "history", ("start_timestamp", "command_line", "cwd"), _table_history.TABLE,
        lambda row: _command(row, "command_line", (_number(row["start_timestamp"]) or 0) // 1000, "nushell"),
    ),
    Known("xonsh_history", ("inp", "tsb"), _table_history.TABLE, lambda row: _command(row, "inp", row["tsb"], "xonsh")),
)


def is_database(path: bytes) -> bool:
    """Whether a file of the host is, by its name, a database that may be known, or belongs to one."""
    name = path.rpartition(b"/")[2]
    return bool(_LOGIN_FILE.match(name) or b"/." in path and _HISTORY_FILE.search(name))


class Databases:
    """Keeps copies of databases until the end, then reads them."""

    def __init__(self, rows: Rows, folder: Path) -> None:
        self._rows = rows
        self._folder = folder
        self._copies: dict[bytes, Path] = {}
        self._left = ALL_BYTES
        self._deadline = 0.0

    def keep(self, path: bytes, size: int, stream: Source) -> None:
        """Copies a database, or its write-ahead log, into the spool."""
        if path.endswith((b"-shm", b"-journal")):
            return
        if size > min(FILE_BYTES, self._left):
            limits = size, FILE_BYTES, ALL_BYTES
            self._problem(path, "not read: of %d bytes, the limit is %d for one and %d for all" % limits, cut=True)
            return
        if len(self._copies) >= COPIES:
            self._rows.problem(_table_history.TABLE, b"", "more than %d databases, the others are not read" % COPIES, cut=True)
            return
        self._left -= size
        name = "database-%d.sqlite" % len(self._copies)
        base = self._copies.setdefault(path.removesuffix(_LOG), self._folder / name)
        copy = base.with_name(base.name + "-wal") if path.endswith(_LOG) else base
        with open(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
            while data := stream.read(CHUNK):
                target.write(data)

    def finish(self) -> None:
        """Reads every copy and removes it."""
        self._deadline = time.monotonic() + ALL_SECONDS
        for path, copy in self._copies.items():
            try:
                if copy.exists():
                    self._read(path, copy)
                else:
                    self._problem(path, "only its write-ahead log is here")
            except Exception as error:  # whatever a database holds, it costs itself and not the seal
                missed = "interrupted" in str(error) or not isinstance(error, sqlite3.Error)
                self._problem(path, "not read, or not to its end: %s" % type(error).__name__, cut=missed)
            for leftover in self._folder.glob(copy.name + "*"):
                leftover.unlink()

    def _read(self, path: bytes, copy: Path) -> None:
        with closing(_opened(copy, min(self._deadline, time.monotonic() + SECONDS))) as connection:
            tables = _tables(connection)
            _confine(connection)
            known = [one for one in KNOWN if set(one.columns) <= tables.get(one.name.lower(), set())]
            if not known:
                self._problem(path, "no known table in this database")
            for one in known:
                self._read_table(path, connection, one)

    def _read_table(self, path: bytes, connection: sqlite3.Connection, known: Known) -> None:
        before: _Row = {}
        for position, row in enumerate(_rows_of(connection, known)):
            if position % 1000 == 0 and time.monotonic() > self._deadline:
                raise sqlite3.OperationalError("interrupted")
            if position == ROWS:
                self._problem(path, "more than %d rows, the rest is not read" % ROWS, cut=True)
                return
            if known.target == _table_logins.TABLE:
                self._rows.row(known.target, {"file": text(path)} | known.facts(row) | _order(before, row))
            else:
                self._rows.hold(known.target, path, _table_history.about(path) | known.facts(row))
            before = row

    def _problem(self, path: bytes, what: str, cut: bool = False) -> None:
        table = _table_history.TABLE if b"/." in path else _table_logins.TABLE
        self._rows.problem(table, b"[root]" + path, what, cut=cut)


def _opened(copy: Path, deadline: float) -> sqlite3.Connection:
    """A connection to a copy that nobody else has; a log beside it is only read when the copy may be written."""
    has_log = copy.with_name(copy.name + "-wal").exists()
    mode = "mode=rw" if has_log else "mode=ro&immutable=1"
    connection = sqlite3.connect("file:%s?%s" % (quote(str(copy)), mode), uri=True)
    connection.text_factory = bytes
    for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0", "query_only=ON"):
        connection.execute("PRAGMA " + pragma)
    connection.set_progress_handler(lambda: time.monotonic() > deadline, _OPCODES)
    return connection


def _tables(connection: sqlite3.Connection) -> dict[str, set[str]]:
    """Names in lower case of real tables (no views, nothing virtual) that may be known, and their stored columns."""
    wanted = {one.name.lower() for one in KNOWN}
    found = {}
    every = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchmany(10_000)
    for name, definition in every:
        plain = name.decode("utf-8", "replace").lower() if isinstance(name, bytes) else ""
        if plain in wanted and isinstance(definition, bytes) and not definition.upper().startswith(b"CREATE VIRTUAL"):
            columns = connection.execute('PRAGMA table_xinfo("%s")' % plain).fetchmany(1000)
            found[plain] = {column[1].decode("utf-8", "replace") for column in columns if column[6] == 0}
    return found


def _confine(connection: sqlite3.Connection) -> None:
    """From here on nothing but reading columns: no functions, no recursion, whatever the schema of the host says."""
    connection.set_authorizer(lambda action, *_rest: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY)


def _rows_of(connection: sqlite3.Connection, known: Known) -> Iterator[_Row]:
    columns = ", ".join('"%s"' % name for name in known.columns)
    for values in connection.execute('SELECT rowid, %s FROM "%s"' % (columns, known.name)):
        row = dict(zip(("rowid", *known.columns), values))
        yield row | {"rowid": _number(row["rowid"])}  # a table may have a column of this name, with anything in it


__all__ = ("Databases", "is_database")
