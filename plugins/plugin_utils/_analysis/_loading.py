# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Tables of archives into the case database: lines are made fit, spooled, and taken in bulk."""

from __future__ import annotations

import io
import itertools
import json
import secrets
import shutil
import typing as t
from collections import Counter
from pathlib import Path

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis import _archives, _schema
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._case_db import Case
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._rows import LINE, Cleaner
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import new_file

SPOOL = "loading"
BATCH = 128 << 20
BUFFER = 1 << 20
# Times that the database refuses lines of one table before no more of them are looked for.
REFUSALS = 500
# Rows of one table of one archive.
MAX_ROWS = 20_000_000


class Loader:
    """Takes the tables of one archive after the other. `finish` must be called."""

    def __init__(self, case: Case):
        self._case = case
        self._folder = case.folder / SPOOL
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(mode=0o700)
        # What a host writes can't be taken for these.
        self._token = secrets.token_hex(8)
        self._spools: dict[str, _Spool] = {}
        self._members: list[list[str]] = []
        self._problems: Counter[tuple[str, str, str]] = Counter()

    def load(self, archive: _archives.Archive) -> None:
        """Every row of every table of an archive."""
        for member in archive.members():
            if isinstance(member, str):
                self._problem(archive.host, "", member)
            else:
                self._take(archive, member)

    def _take(self, archive: _archives.Archive, member: _archives.Member) -> None:
        table = _schema.tables().get(member.table)
        if table is None or table.made_by == _schema.ANALYSIS:
            self._problem(archive.host, member.table, "a table that is not known")
        elif not member.part and table.made_by not in (_schema.HOME, _schema.ANY):
            self._problem(archive.host, member.table, "a table of the host among those made at home")
        elif member.part and table.made_by == _schema.HOME:
            self._problem(archive.host, member.table, "a table that is made at home, from the host")
        else:
            self._members.append([archive.host, archive.run, table.name, member.part, member.name])
            self._read(archive, member, table)

    def take(self, archive: _archives.Archive, table: str, rows: t.Iterable[dict]) -> None:
        """Rows that this machine made of an archive."""
        lines = b"".join(json.dumps(row).encode("ascii") + b"\n" for row in rows)
        self._read(archive, _archives.Member("", table, "", io.BytesIO(lines)), _schema.tables()[table])

    def _read(self, archive: _archives.Archive, member: _archives.Member, table: _schema.Table) -> None:
        cleaner, spool = Cleaner(table), self._spool(table)
        origin = {"host": archive.host, "run": archive.run}
        if member.table == _schema.ITEMS:
            origin["part"] = member.part
        front = json.dumps({f"{name}_{self._token}": value for name, value in origin.items()})[:-1]
        front += f', "row_{self._token}": '
        try:
            for number, line in _lines(member.stream, cleaner):
                if number > MAX_ROWS:
                    cleaner.count(f"rows beyond {MAX_ROWS}")
                    break
                row = cleaner.clean(line)
                if row is not None:
                    spool.add(front, number, row)
        except _archives.DAMAGES as error:
            cleaner.count(f"the table is damaged: {type(error).__name__}")
        for problem, count in cleaner.problems.items():
            self._problem(archive.host, table.name, problem, count)

    def _spool(self, table: _schema.Table) -> "_Spool":
        if table.name not in self._spools:
            self._spools[table.name] = _Spool(self._case, self._folder / table.name, table, self._token)
        return self._spools[table.name]

    def _problem(self, host: str, table: str, problem: str, count: int = 1) -> None:
        self._problems[host, table, problem] += count

    def finish(self) -> None:
        """What is still spooled goes in, and what was wrong into ``load_problems``."""
        for name, spool in self._spools.items():
            spool.flush()
            if spool.lost:
                self._problem("", name, "rows that the database doesn't take", spool.lost)
        shutil.rmtree(self._folder)
        rows = [[*key, count] for key, count in self._problems.items()]
        if self._members:
            self._case.connection.executemany("INSERT INTO members VALUES (?, ?, ?, ?, ?)", self._members)
        if rows:
            self._case.connection.executemany("INSERT INTO load_problems VALUES (?, ?, ?, ?)", rows)


def _lines(stream: t.BinaryIO, cleaner: Cleaner) -> t.Iterator[tuple[int, bytes]]:
    """Lines with their numbers; those that are too long are passed over, and counted."""
    number = size = 0
    while line := stream.readline(LINE):
        number += 1
        size += len(line)
        if size > _archives.MAX_TABLE:
            cleaner.count("the table is larger than is read")
            return
        if line.endswith(b"\n") or len(line) < LINE:
            yield number, line
            continue
        cleaner.count("a line that is too long")
        while (rest := stream.readline(LINE)) and not rest.endswith(b"\n"):
            size += len(rest)
            if size > _archives.MAX_TABLE:
                return


class _Spool:
    """Rows of one table on their way into the database."""

    def __init__(self, case: Case, path: Path, table: _schema.Table, token: str):
        self.lost = 0
        self._refusals = REFUSALS
        self._case = case
        self._path = path
        self._statement = _insert(table, token)
        self._lines: list[str] = []
        self._buffered = self._size = self._rows = 0

    def add(self, front: str, number: int, row: str) -> None:
        line = f"{front}{number}}}\n" if row == "{}" else f"{front}{number},{row[1:]}\n"
        self._lines.append(line)
        self._buffered += len(line)
        if self._buffered >= BUFFER:
            self._write()
            if self._size >= BATCH:
                self.flush()

    def _write(self) -> None:
        with open(self._path if self._size else new_file(self._path), "ab") as stream:
            stream.write("".join(self._lines).encode("ascii"))
        self._size += self._buffered
        self._rows += len(self._lines)
        self._lines, self._buffered = [], 0

    def flush(self) -> None:
        """What is spooled goes into the database."""
        if self._lines:
            self._write()
        if self._size:
            self._insert(self._path, self._rows)
        self._size = self._rows = 0

    def _insert(self, path: Path, rows: int) -> None:
        """Lines of a file, which goes away. What the database stumbles over costs its line, not those of other hosts."""
        try:
            taken, = self._case.connection.execute(self._statement, [str(path)]).fetchone()
            self.lost += rows - taken
        except self._case.errors:
            self._refusals -= 1
            if rows == 1 or self._refusals < 0:
                self.lost += rows
            else:
                self._insert_halves(path, rows)
        path.unlink()

    def _insert_halves(self, path: Path, rows: int) -> None:
        with open(path, "rb") as stream:
            for count in (rows // 2, rows - rows // 2):
                half = path.with_name(f"{path.name}-{count}")
                with open(new_file(half), "wb") as target:
                    target.writelines(itertools.islice(stream, count))
                self._insert(half, count)


def _insert(table: _schema.Table, token: str) -> str:
    """Takes lines from a file: what can't be taken is left out."""
    origin = {"host": f"host_{token}", "run": f"run_{token}", "source_row": f"row_{token}"}
    if table.name == _schema.ITEMS:
        origin["part"] = f"part_{token}"
    known = [column for column in table.columns if column.in_case not in origin]
    kinds = {name: "BIGINT" if name.startswith("row_") else "VARCHAR" for name in origin.values()}
    kinds |= {column.name: "VARCHAR" if column.kind == "time" else _schema.SQL[column.kind] for column in known}
    columns = ", ".join(f"{_schema.quoted(name)}: '{kind}'" for name, kind in kinds.items())
    values = [_schema.quoted(name) for name in origin.values()] + [_value(column) for column in known]
    names = ", ".join(_schema.quoted(name) for name in [*origin, *(column.in_case for column in known)])
    return (
        f"INSERT INTO {table.name} ({names}) SELECT {', '.join(values)} FROM read_json(?, format = 'newline_delimited', "
        f"columns = {{{columns}}}, ignore_errors = true, maximum_object_size = {8 * LINE}) "
        f"WHERE {_schema.quoted(origin['source_row'])} IS NOT NULL"
    )


def _value(column: _schema.Column) -> str:
    name = _schema.quoted(column.name)
    return f"TRY_CAST({name} AS TIMESTAMP_NS)" if column.kind == "time" else name
