# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.


"""The tables ``users`` and ``groups``: passwd and group files as they are, joined with what the host says of shadow.

Formats: passwd(5), group(5); the rows of the host's table ``shadow`` (which never hold a hash).
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_rows import Rows, accepted, text
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_streams import (
    Source, json_object, lines,
)

USERS, GROUPS = "users", "groups"
MAX_LINES = 200_000
LONGEST = 1 << 20
_NUMBER = re.compile(rb"[0-9]{1,10}\Z")
_MASKED = re.compile(rb"[!*]*\[([a-z0-9-]{1,20})\]\Z")
_SHADOW = {
    "file": str, "line": int, "user": str, "group": str, "method": str, "locked": bool, "has_hash": bool,
    "malformed": str, "last_change": str, "expire": str, "min": int, "max": int, "warn": int, "inactive": int,
    "admins": list, "members": list,
}
_OF_USER = ("method", "locked", "has_hash", "last_change", "min", "max", "warn", "inactive", "expire")
_OF_GROUP = ("method", "locked", "has_hash", "admins")


class Users:
    """Gathers the lines of all files; the rows are written at the end, when duplicates and shadow are known."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._found: dict[str, list[dict[str, Any]]] = {USERS: [], GROUPS: []}
        self._shadow: dict[tuple[str, str, str], dict[str, Any]] = {}

    def passwd(self, path: bytes, source: str, stream: Source, member: bytes) -> None:
        """A passwd file, or the output of getent; `path` is the file's on the host (for getent, ``/etc/passwd``)."""
        self._read(USERS, path, source, stream, member)

    def group(self, path: bytes, source: str, stream: Source, member: bytes) -> None:
        """A group file, or the output of getent."""
        self._read(GROUPS, path, source, stream, member)

    def shadow(self, stream: Source, member: bytes) -> None:
        """The host's table ``shadow``."""
        for number, line, _cut in lines(stream, LONGEST):
            row = json_object(line)
            if row is None or len(self._shadow) >= MAX_LINES:
                self._rows.problem(USERS, member, "not a JSON object, or too many", line=number, cut=True)
                continue
            facts, bad = accepted(row, _SHADOW)
            if bad:
                self._rows.problem(USERS, member, "no value of the right type in: " + ", ".join(bad), line=number, cut=True)
            table = GROUPS if "group" in facts else USERS
            name = facts.pop("group", None) or facts.pop("user", None)
            if name is not None and "file" in facts:
                self._shadow.setdefault((table, facts["file"], name), facts)

    def finish(self) -> list[tuple[str, str]]:
        """Writes both tables; returns home and name of every user."""
        for table, identifier in ((USERS, "uid"), (GROUPS, "gid")):
            _mark_duplicates(self._found[table], identifier)
            for row in self._found[table]:
                self._rows.row(table, row | self._shadow_facts(table, row))
        for (table, file, name), facts in self._shadow.items():
            if not facts.get("joined"):
                column = "user" if table == USERS else "group"
                row = {"source": "shadow", "file": file, "line": facts.get("line"), column: name}
                self._rows.row(table, row | {"only_in_shadow": True} | _shadow_columns(table, facts))
        return [(row["home"], row["user"]) for row in self._found[USERS] if row.get("home", "").startswith("/")]

    def _read(self, table: str, path: bytes, source: str, stream: Source, member: bytes) -> None:
        read = _user if table == USERS else _group
        for number, line, cut in lines(stream, LONGEST):
            if len(self._found[table]) >= MAX_LINES:
                what = "more than %d lines in all, the rest is not read" % MAX_LINES
                self._rows.problem(table, member, what, line=number, cut=True)
                return
            row = {"source": source, "file": text(path), "line": number} | read(line)
            if cut:
                row["malformed"] = "line of more than %d bytes" % LONGEST
            self._found[table].append(row)

    def _shadow_facts(self, table: str, row: dict[str, Any]) -> dict[str, Any]:
        folder, slash, name = row["file"].rpartition("/")
        word, other = ("passwd", "shadow") if table == USERS else ("group", "gshadow")
        key = (table, folder + slash + name.replace(word, other, 1), row.get("user" if table == USERS else "group", ""))
        facts = self._shadow.get(key)
        if facts is None:
            return {}
        facts["joined"] = True
        return _shadow_columns(table, facts)


def _shadow_columns(table: str, facts: dict[str, Any]) -> dict[str, Any]:
    columns = {name: facts.get(name) for name in (_OF_USER if table == USERS else _OF_GROUP)}
    columns["empty"] = True if facts.get("method") == "empty" else None
    columns["shadow_malformed"] = facts.get("malformed")
    if table == GROUPS:
        columns["shadow_members"] = facts.get("members")
    return columns


def _mark_duplicates(rows: list[dict[str, Any]], identifier: str) -> None:
    name = "user" if identifier == "uid" else "group"
    for column, flag in ((identifier, identifier + "_duplicate"), (name, "name_duplicate")):
        count = Counter((row["source"], row["file"], row[column]) for row in rows if row.get(column) is not None)
        for row in rows:
            if count[row["source"], row["file"], row.get(column)] > 1:
                row[flag] = True


def _user(line: bytes) -> dict[str, Any]:
    fields = line.split(b":")
    problem = _problem(line, fields, 7, {2: "uid", 3: "gid"})
    if len(fields) < 7:
        return {"malformed": problem, "raw": _raw(fields)}
    return {
        "user": text(fields[0]), "password": _password(fields[1]), "uid": _number(fields[2]), "gid": _number(fields[3]),
        "gecos": text(fields[4]), "home": text(fields[5]), "shell": text(fields[6]),
        "malformed": problem, "raw": _raw(fields) if problem else None,
    }


def _group(line: bytes) -> dict[str, Any]:
    fields = line.split(b":")
    problem = _problem(line, fields, 4, {2: "gid"})
    if len(fields) < 4:
        return {"malformed": problem, "raw": _raw(fields)}
    return {
        "group": text(fields[0]), "password": _password(fields[1]), "gid": _number(fields[2]),
        "members": [text(name) for name in fields[3].split(b",") if name],
        "malformed": problem, "raw": _raw(fields) if problem else None,
    }


def _problem(line: bytes, fields: list[bytes], expected: int, numbers: dict[int, str]) -> str | None:
    """Why a line is not one that the system would take as it stands, or None."""
    if not line.strip():
        return "empty line"
    if line.lstrip()[:1] == b"#":
        return "comment"
    if line[:1] in (b"+", b"-"):
        return "NIS entry"
    if len(fields) != expected:
        return "%d fields instead of %d" % (len(fields), expected)
    wrong = [name for position, name in numbers.items() if _number(fields[position]) is None]
    if wrong:
        return "no number: " + ", ".join(wrong)
    if not fields[0] or fields[0].strip() != fields[0]:
        return "no name" if not fields[0] else "blanks around the name"
    return "zero bytes" if b"\0" in line else None


def _number(field: bytes) -> int | None:
    """A user's or group's number, which has 32 bits."""
    return int(field) if _NUMBER.match(field) and int(field) < 1 << 32 else None


def _password(field: bytes) -> str:
    """What stands in the password field, never the hash: ``shadowed``, ``empty``, ``none``, a method, or ``other``."""
    masked = _MASKED.match(field)
    if masked:
        return masked.group(1).decode("ascii")
    if field == b"x":
        return "shadowed"
    return ("none" if field else "empty") if not field.strip(b"!*") else "other"


def _raw(fields: list[bytes]) -> str:
    """A line for the reader's eyes, cut, without its second field, in which a hash may stand."""
    return text(b":".join(fields[:1] + [_password(field).encode("ascii") for field in fields[1:2]] + fields[2:]), 1024)


__all__ = ("GROUPS", "USERS", "Users")
