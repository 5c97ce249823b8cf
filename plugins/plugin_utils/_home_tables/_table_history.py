# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.


"""The table ``history``: what was typed, from every kind of history file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables import _history_formats
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._history_formats import Entry
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_rows import Rows, text
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_streams import (
    Source, Unpacked, lines, peek, whole,
)
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_times import iso

TABLE = "history"
MEMBER_ROWS = 5_000_000
ALL_BYTES = 1 << 30
_BINARY = 64 << 20
_FIRST = 4096
_SQLITE = b"SQLite format 3\0"

_NAME = re.compile(
    rb"(?:^|[._-])(?:[zs]?history|hist|histfile|python_?hist|octave_hist|lesshst|viminfo|dbshell|rhistory)"
    rb"(?:$|[0-9._~-])[^/]*\Z", re.IGNORECASE,
)
_OTHER_FILES = re.compile(rb"\.(?:js|mjs|css|html?|php|py|pyc|md|rst|map|ts|xml|svg|png|h|c|go|rs|so|lua|vim|el)\Z")
_PROGRAM = re.compile(
    rb"(?<![a-z])(bash|zsh|zhist|zhistory|histfile|fish|tcsh|csh|mksh|ksh|dash|ash|osh|sh|elvish|ion|xonsh|mysqlsh"
    rb"|mysql|mariadb|mycli|psql|pgcli|litecli|sqlite|rediscli|mongosh|mongodb|mongo|dbshell|clickhouse|influx|cqlsh"
    rb"|sqlcmd|sqlplus|ipython|python|pythonhist|ts_node|node|deno|irb|pry|psysh|php|perldb|rapp|rhistory|julia|octave"
    rb"|lua|ghci|gdb|lldb|scapy|calc|lesshst|viminfo|nano|msf4|atuin|lftp|ncftp|powershell)(?![a-z])", re.IGNORECASE,
)
_PROGRAMS = {
    "zhist": "zsh", "zhistory": "zsh", "histfile": "zsh", "mongodb": "mongosh", "mongo": "mongosh",
    "dbshell": "mongosh", "rediscli": "redis", "pythonhist": "python", "rapp": "r", "rhistory": "r",
    "lesshst": "less", "viminfo": "vim",
}


def is_history(path: bytes) -> bool:
    """Whether a file of the host (its absolute path) is a history by its name: hidden itself, or in a hidden folder."""
    name = path.rpartition(b"/")[2]
    return b"/." in path and bool(_NAME.search(name)) and (name[:1] == b"." or not _OTHER_FILES.search(name))


def hidden_part(path: bytes) -> tuple[bytes, bytes]:
    """A path in two: up to the first hidden component (the home, as a rule), and from there on."""
    start = path.find(b"/.")
    if start < 0:
        folder, _slash, name = path.rpartition(b"/")
        return folder or b"/", name
    return path[:start] or b"/", path[start + 1:]


def program_of(path: bytes) -> str | None:
    """The program that keeps its history under this name, where the name tells."""
    found = _PROGRAM.search(hidden_part(path)[1])
    name = found.group(1).decode("ascii").lower() if found else None
    return _PROGRAMS.get(name, name) if name else None


class Histories:
    """Reads one history after the other into the table."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._left = ALL_BYTES

    def read(self, path: bytes, stream: Source, sure: bool = True) -> None:
        """A history file of the host, packed or not; without the name of a history it is not `sure` to be text."""
        unpacked = Unpacked(stream, self._left)
        first, source = peek(unpacked, _FIRST)
        if first.startswith(_SQLITE) or not sure and b"\0" in first and not _history_formats.is_ksh(first):
            self._problem(path, "binary, in a format that is not read")
            return
        common = about(path)
        for position, entry in enumerate(_entries(path, first, source)):
            if position == MEMBER_ROWS:
                self._problem(path, "more than %d commands, the rest is not read" % MEMBER_ROWS, cut=True)
                break
            self._rows.hold(TABLE, path, common | facts(entry))
        self._left = unpacked.left
        if unpacked.problem:
            self._problem(path, unpacked.problem, unpacked.cut)

    def _problem(self, path: bytes, what: str, cut: bool = False) -> None:
        self._rows.problem(TABLE, b"[root]" + path, what, cut=cut)


def _entries(path: bytes, first: bytes, source: Source) -> Iterator[Entry]:
    if _history_formats.is_ksh(first):
        return _history_formats.ksh(whole(source, _BINARY))
    return _history_formats.reader(hidden_part(path)[1], first)(lines(source, _history_formats.LONGEST))


def about(path: bytes) -> dict[str, Any]:
    """What every row of a file has."""
    return {"path": text(path), "program": program_of(path)}


def facts(entry: Entry) -> dict[str, Any]:
    """What a row tells of its command."""
    command, note = entry.command, entry.note
    if command and not command.strip(b"\0"):
        command, note = b"", "%d zero bytes" % len(command)
    time = iso(entry.seconds) if entry.seconds is not None else None
    if entry.seconds is not None and time is None:
        note = "%d seconds are no date" % entry.seconds
    return {
        "line": entry.line, "lines": entry.lines if entry.lines > 1 else None,
        "time": time, "time_source": entry.seconds_source if time else None, "time_local": entry.local_time,
        "after": iso(entry.after) if entry.after is not None else None, "elapsed": entry.elapsed,
        "section": entry.section, "command": text(command, _history_formats.LONGEST),
        "cut": True if entry.cut else None, "note": note,
    }


__all__ = ("Histories", "TABLE", "about", "facts", "hidden_part", "is_history", "program_of")
