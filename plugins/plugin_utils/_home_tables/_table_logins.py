# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.


"""The table ``logins``: a row for each record of the binary login files."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables import _utmp
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_rows import Rows, text
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_streams import (
    Source, Unpacked, peek,
)
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_times import iso

TABLE = "logins"
MEMBER_ROWS = 5_000_000
ALL_BYTES = 4 << 30
_OPEN_LINES = 100_000
_EMPTY, _BOOT, _INIT, _GETTY, _LOGIN, _LOGOUT = 0, 2, 5, 6, 7, 8
_EVENTS = ("empty", "run_level", "boot", "new_time", "old_time", "init", "getty", "login", "logout", "accounting")
_SAMPLE = 1 << 20
_Facts = Callable[[tuple], dict[str, Any]]


class _Pairing:
    """Which terminals have somebody on them, as far as one file tells."""

    def __init__(self) -> None:
        self._lines: set[bytes] = set()

    def unpaired(self, record: _utmp.Login) -> bool:
        """Takes a record in; True for a logout on a line where nobody was."""
        key = _utmp.until_nul(record.line) or record.id
        if record.type == _BOOT:
            self._lines.clear()
        elif record.type in (_INIT, _GETTY, _LOGIN) and len(self._lines) < _OPEN_LINES:
            self._lines.add(key)
        elif record.type == _LOGOUT:
            known = key in self._lines
            self._lines.discard(key)
            return not known
        return False


class Logins:
    """Reads one login file after the other into the table."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._left = ALL_BYTES

    def utmp(self, path: bytes, source: str, stream: Source) -> None:
        """utmp, wtmp or btmp (`source` says which), packed or not."""
        unpacked = Unpacked(stream, self._left)
        sample, whole = peek(unpacked, _SAMPLE)
        layout, sure = _utmp.utmp_layout(sample)
        if sample and not sure:
            self._problem(path, "no layout of utmp fits, read as records of %d bytes" % layout.size)
        pairing, before = _Pairing(), None
        for number, count, raw in self._records(path, whole, layout.size):
            facts = {"file": text(path), "record": number, "source": source}
            if raw:
                record = _utmp.login(layout, raw)
                facts.update(_login_facts(record, source))
                if source != "utmp":
                    facts.update(_backwards(before, record.seconds))
                facts["unpaired"] = True if source == "wtmp" and pairing.unpaired(record) else None
                before = record.seconds
            else:
                facts.update(zeroed=True, records=count)
            self._rows.row(TABLE, facts)
        self._left = unpacked.left
        if unpacked.problem:
            self._problem(path, unpacked.problem, cut=unpacked.cut)

    def lastlog(self, path: bytes, size: int, stream: Source, offset: int = 0) -> None:
        """lastlog: the user's id is the number of the record. With `offset`, a piece of the file from there on."""
        def facts(fields: tuple) -> dict[str, Any]:
            return {"event": "last", "time": iso(fields[0]), "line": _string(fields[1]), "host": _string(fields[2])}

        sample, whole = peek(stream, _SAMPLE)
        self._by_uid(path, "lastlog", _utmp.lastlog_layout(sample, size, offset), whole, facts, offset)

    def faillog(self, path: bytes, stream: Source) -> None:
        """faillog of shadow."""
        def facts(fields: tuple) -> dict[str, Any]:
            return {"event": "failed", "failures": fields[0], "line": _string(fields[2]), "time": iso(fields[3])}

        sample, whole = peek(stream, _SAMPLE)
        self._by_uid(path, "faillog", _utmp.faillog_layout(sample), whole, facts)

    def tallylog(self, path: bytes, stream: Source) -> None:
        """tallylog of pam_tally2."""
        def facts(fields: tuple) -> dict[str, Any]:
            return {"event": "failed", "host": _string(fields[0]), "failures": fields[2], "time": iso(fields[3])}

        sample, whole = peek(stream, _SAMPLE)
        self._by_uid(path, "tallylog", _utmp.tally_layout(sample), whole, facts)

    def faillock(self, path: bytes, stream: Source) -> None:
        """The file of one user that pam_faillock keeps; a record is one failed attempt."""
        user = text(path.rpartition(b"/")[2])
        sample, whole = peek(stream, _SAMPLE)
        layout, _sure = _utmp.tally_layout(sample)
        for number, count, raw in self._records(path, whole, layout.size):
            facts = {"file": text(path), "record": number, "source": "faillock", "event": "failed", "user": user}
            if raw:
                origin, _reserved, status, seconds = layout.unpack(raw)
                column = "host" if status & 2 else "line" if status & 4 else "service"
                facts.update({column: _string(origin), "time": iso(seconds), "valid": bool(status & 1)})
            else:
                facts.update(zeroed=True, records=count)
            self._rows.row(TABLE, facts)

    def _by_uid(
        self, path: bytes, source: str, best: tuple[struct.Struct, bool], stream: Source, facts: _Facts,
        offset: int = 0,
    ) -> None:
        layout, sure = best
        if not sure:
            self._problem(path, "no layout of %s fits, read as records of %d bytes" % (source, layout.size))
        peek(stream, -offset % layout.size)
        first = -(-offset // layout.size)
        for number, _count, raw in self._records(path, stream, layout.size):
            if raw:
                columns = {"file": text(path), "record": first + number, "source": source, "uid": first + number}
                self._rows.row(TABLE, columns | facts(layout.unpack(raw)))

    def _records(self, path: bytes, stream: Source, size: int) -> Iterator[tuple[int, int, bytes]]:
        for written, (number, count, raw) in enumerate(_utmp.records(stream, size)):
            if not count:
                self._problem(path, "%d bytes after the last whole record" % len(raw), number)
            elif written == MEMBER_ROWS:
                self._problem(path, "more than %d records, the rest is not read" % MEMBER_ROWS, number, cut=True)
                return
            else:
                yield number, count, raw

    def _problem(self, path: bytes, what: str, record: int | None = None, cut: bool = False) -> None:
        self._rows.problem(TABLE, b"[root]" + path, what, record=record, cut=cut)


def _login_facts(record: _utmp.Login, source: str) -> dict[str, Any]:
    event = _EVENTS[record.type] if 0 <= record.type < len(_EVENTS) else "unknown"
    facts = {
        "type": record.type, "event": "failed" if source == "btmp" and event in ("login", "getty") else event,
        "time": iso(record.seconds, record.microseconds if 0 <= record.microseconds < 1_000_000 else 0, 6),
        "pid": record.pid or None, "line": _string(record.line), "id": _string(record.id), "user": _string(record.user),
        "host": _string(record.host), "address": _utmp.address(record.address), "session": record.session or None,
    }
    if record.type == _LOGOUT:
        facts.update(exit_termination=record.termination or None, exit_status=record.exit or None)
    if record.type == _LOGIN and not (record.user[0] and record.seconds):
        facts["blanked"] = True
    return facts


def _backwards(before: int | None, now: int) -> dict[str, Any]:
    return {"out_of_order": True, "seconds_back": before - now} if before is not None and now < before else {}


@lru_cache(maxsize=1 << 14)
def _string(raw: bytes) -> str | None:
    """What stands before the first NUL; None for nothing."""
    return text(_utmp.until_nul(raw)) or None


__all__ = ("Logins", "TABLE")
