# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.


"""Writing tables at home: one JSON object a line, bounded, and a table of what could not be read."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._names import escape, harmless

TABLE_BYTES = 8 << 30
PROBLEMS_OF_A_MEMBER = 20
PROBLEMS = 100_000
MEMBER = 1024
TEXT = 1 << 16
_OWNER = b"#"
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def encoded(facts: dict[str, Any]) -> bytes:
    """A row as a line; columns without a value are left out."""
    return _encode({key: value for key, value in facts.items() if value is not None}).encode("utf-8") + b"\n"


def text(raw: bytes, limit: int = TEXT) -> str:
    """`escape` of the first `limit` bytes."""
    return escape(raw[:limit])


class _Table:
    def __init__(self, path: Path, limit: int) -> None:
        self.path = path
        self.rows = 0
        self.lost = 0
        self._left = limit
        self._stream = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", 1 << 18)

    def write(self, line: bytes) -> bool:
        if len(line) > self._left:
            self._left = 0
            self.lost += 1
            return False
        self._left -= len(line)
        self.rows += 1
        self._stream.write(line)
        return True

    def close(self) -> None:
        self._stream.close()


class Rows:
    """The tables of one host in a folder of the control node."""

    def __init__(self, folder: Path, limit: int = TABLE_BYTES) -> None:
        self._folder = folder
        self._limit = limit
        self._tables: dict[str, _Table] = {}
        self._held: dict[str, bytes] = {}
        self._problems: dict[tuple[str, bytes], int] = {}
        self._cut: set[tuple[str, bytes]] = set()

    def row(self, table: str, facts: dict[str, Any]) -> None:
        """Adds a row."""
        self._table(table).write(encoded(facts))

    def hold(self, table: str, path: bytes, facts: dict[str, Any]) -> None:
        """Adds a row of the host's file `path`, to which `release` adds what is known only at the end."""
        held = self._table(table + ".held")
        # A line that is no row says whose the rows behind it are: names are too long and too many to be remembered.
        if self._held.get(table) != path and not held.write(_OWNER + path.hex().encode("ascii") + b"\n"):
            return
        self._held[table] = path
        held.write(encoded(facts))

    def release(self, table: str, facts_of: Callable[[bytes], dict[str, Any]]) -> None:
        """Moves the rows that were held into their table, each with the facts of its file."""
        held = self._tables.pop(table + ".held", None)
        if held is None:
            return
        held.close()
        with open(held.path, "rb") as stream:
            tail = b"}\n"
            for line in stream:
                if line.startswith(_OWNER):
                    more = encoded(facts_of(bytes.fromhex(line[len(_OWNER):].decode("ascii"))))
                    tail = b"}\n" if more == b"{}\n" else b"," + more[1:]
                else:
                    self._table(table).write(line[:-2] + tail)
        held.path.unlink()
        self._table(table).lost += held.lost

    def problem(
        self, table: str, member: bytes, what: str, line: int | None = None, record: int | None = None, cut: bool = False,
    ) -> None:
        """Says in the table ``errors`` what could not be read; the many of one member are counted.

        `cut`: rows are missing that the host's bytes have, or what a collector wrote was no such thing.
        """
        member = member[:MEMBER]
        seen = self._problems.get((table, member), 0)
        if not seen and len(self._problems) >= PROBLEMS:
            member, seen = b"", self._problems.get((table, b""), PROBLEMS_OF_A_MEMBER)
        self._problems[table, member] = seen + 1
        if seen < PROBLEMS_OF_A_MEMBER:
            place = {"table": table, "member": text(member), "line": line, "record": record}
            self.row("errors", place | {"problem": what, "cut": cut or None})
        elif cut:
            self._cut.add((table, member))

    def close(self) -> list[tuple[str, Path]]:
        """Name in the archive and file of every table that has rows."""
        self._count_problems()
        made = []
        for name, table in sorted(self._tables.items()):
            table.close()
            if table.rows:
                made.append((f"tables/{name}.jsonl", table.path))
            else:
                table.path.unlink()
        return made

    def _count_problems(self) -> None:
        for (table, member), seen in self._problems.items():
            if seen > PROBLEMS_OF_A_MEMBER:
                self.row("errors", {"table": table, "member": text(member), "problem": "more of this member",
                                    "count": seen - PROBLEMS_OF_A_MEMBER, "cut": (table, member) in self._cut or None})
        for name, full in list(self._tables.items()):
            if full.lost:
                what = "the table is full, rows are missing"
                self.row("errors", {"table": name, "problem": what, "count": full.lost, "cut": True})

    def _table(self, name: str) -> _Table:
        if name not in self._tables:
            self._tables[name] = _Table(self._folder / f"{name}.jsonl", self._limit)
        return self._tables[name]


def accepted(facts: dict[str, Any], columns: dict[str, type]) -> tuple[dict[str, Any], list[str]]:
    """What a row of the host has of the right type in `columns`, as harmless text; and the names of what has not.

    The type `list` is for lists of text.
    """
    good: dict[str, Any] = {}
    bad = []
    for name, kind in columns.items():
        value = facts.get(name)
        if value is None:
            continue
        if not _fits(value, kind):
            bad.append(name)
        elif kind is str:
            good[name] = harmless(value[:TEXT])
        else:
            good[name] = [harmless(one[:TEXT]) for one in value] if kind is list else value
    return good, bad


def _fits(value: Any, kind: type) -> bool:
    if not isinstance(value, kind) or isinstance(value, bool) and kind is not bool:
        return False
    if isinstance(value, list):
        return all(isinstance(one, str) for one in value)
    return not isinstance(value, int) or -(1 << 63) <= value < 1 << 63


__all__ = ("Rows", "accepted", "encoded", "text")
