# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.


"""The body file of The Sleuth Kit (mactime, format of version 3) from the host's table ``files``.

A line is ``MD5|name|inode|mode|uid|gid|size|atime|mtime|ctime|crtime``: MD5 is 0, times are whole seconds since the
epoch (the table has the nanoseconds), 0 for a birth that is not known. Names are escaped as in the tables; in addition
``|`` is ``\\x7c``, and ``%`` before two hexadecimal digits is ``\\x25``, since mactime would take them for one byte.
"""

from __future__ import annotations

import gzip
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._names import harmless
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_rows import Rows
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_streams import (
    Source, Unpacked, blocks, json_object,
)
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_times import seconds

LONGEST = 1 << 20
UNPACKED = 64 << 30
_TABLE = "bodyfile"
# As fls prints them: the name's type, then the inode's.
_LETTERS = {
    "file": "r", "directory": "d", "link": "l", "char": "c", "block": "b", "fifo": "p", "socket": "h",
}
_PERCENT = re.compile(r"%(?=[0-9A-Fa-f]{2})")
_TIMES = ("atime", "mtime", "ctime", "btime")
# Rows as the host writes nearly all of them; names in which nothing needs an escape. Any other line is the last group.
_PLAIN = rb'([ !#$&-\[\]-{}~]*)'
_MOMENT = rb'"([0-9-]{10}T[0-9:]{8})\.[0-9]{9}Z"'
_LINE = re.compile(
    rb'(?:\{"path":"' + _PLAIN + rb'","type":"([a-z]{3,12})","mode":"([0-7]{4})",'
    rb'"uid":([0-9]{1,10}),"gid":([0-9]{1,10}),"links":[0-9]{1,20},"device":"[0-9:]{1,30}",'
    rb'"size":([0-9]{1,19}),"blocks":[0-9]{1,20},"inode":([0-9]{1,20}),'
    rb'"atime":' + _MOMENT + rb',"mtime":' + _MOMENT + rb',"ctime":' + _MOMENT + rb'(?:,"btime":' + _MOMENT + rb')?'
    rb'(?:,"target":"' + _PLAIN + rb'")?\}|(.*))\n'
)


@lru_cache(maxsize=4096)
def mode_text(kind: str, mode: str) -> str:
    """``r/rrwxr-xr-x`` for a type of the table and an octal mode. Raises ValueError for what is no mode."""
    bits, letter = int(mode, 8), _LETTERS.get(kind, "-")
    text = "".join(letter if bits & 1 << place else "-" for place, letter in zip(range(8, -1, -1), "rwxrwxrwx"))
    letters = list(text)
    for bit, place, lower in ((0o4000, 2, "s"), (0o2000, 5, "s"), (0o1000, 8, "t")):
        if bits & bit:
            letters[place] = lower if letters[place] == "x" else lower.upper()
    return "%s/%s%s" % (letter, letter, "".join(letters))


def _name(text: str) -> str:
    if not isinstance(text, str):
        raise TypeError("a name that is no text")
    text = harmless(text)
    if "|" in text:
        text = text.replace("|", "\\x7c")
    return _PERCENT.sub(r"\\x25", text) if "%" in text else text


def line_of(row: dict[str, Any]) -> str:
    """The line for a row of the table. Raises KeyError, TypeError or ValueError when the row is not one."""
    name = _name(row["path"])
    if row.get("target"):
        name = "%s -> %s" % (name, _name(row["target"]))
    numbers = row["uid"], row["gid"], row["size"]
    times = tuple(seconds(row.get(column, 0)) for column in _TIMES)
    return "0|%s|%d|%s|%d|%d|%d|%d|%d|%d|%d\n" % (
        name, row["inode"], mode_text(row["type"], row["mode"]), *numbers, *times,
    )


class _Epochs(dict):
    """``2026-11-23T04:51:33`` -> seconds since the epoch, both as bytes; many files share a second, more a day."""

    def __init__(self) -> None:
        super().__init__({b"": b"0"})
        self._days: dict[bytes, int] = {}

    def __missing__(self, moment: bytes) -> bytes:
        if len(self) >= 50_000:
            self.clear()
            self._days.clear()
            self[b""] = b"0"
        day = moment[:10]
        if day not in self._days:
            midnight = seconds(day.decode("ascii") + "T00:00:00Z")
            if midnight is None:
                raise ValueError("no date")
            self._days[day] = midnight
        found = self._days[day] + int(moment[11:13]) * 3600 + int(moment[14:16]) * 60 + int(moment[17:])
        self[moment] = value = b"%d" % found
        return value


def _usual_line(fields: tuple[bytes, ...], epochs: _Epochs) -> bytes:
    """The line for a row of the usual form. Raises ValueError for a mode or a date that is none."""
    name, kind, mode, uid, gid, size, inode, atime, mtime, ctime, btime, target, _other = fields
    if target:
        name += b" -> " + target
    return b"0|%b|%b|%b|%b|%b|%b|%b|%b|%b|%b\n" % (
        name, inode, _mode_bytes(kind, mode), uid, gid, size,
        epochs[atime], epochs[mtime], epochs[ctime], epochs[btime],
    )


@lru_cache(maxsize=4096)
def _mode_bytes(kind: bytes, mode: bytes) -> bytes:
    return mode_text(kind.decode("ascii"), mode.decode("ascii")).encode("ascii")


class Bodyfile:
    """Writes ``bodyfile.txt.gz`` row by row; memory doesn't grow with the table."""

    def __init__(self, rows: Rows, folder: Path) -> None:
        self._rows = rows
        self._path = folder / "bodyfile.txt.gz"
        self._stream: gzip.GzipFile | None = None

    def read(self, member: bytes, stream: Source) -> None:
        """The host's table ``files``, packed or not. Rows without a status have no line."""
        unpacked = Unpacked(stream, UNPACKED)
        if self._stream is None:
            self._stream = _created(self._path)
        epochs, number = _Epochs(), 0
        for block in blocks(unpacked, LONGEST):
            made = []
            for number, fields in enumerate(_LINE.findall(block), number + 1):
                try:
                    made.append(_usual_line(fields, epochs) if fields[1] else self._unusual_line(fields[-1]))
                except (KeyError, TypeError, ValueError, OverflowError):
                    self._rows.problem(_TABLE, member, "no row of a file", line=number, cut=True)
            self._stream.write(b"".join(made))
        if unpacked.problem:
            self._rows.problem(_TABLE, member, unpacked.problem, cut=True)

    @staticmethod
    def _unusual_line(line: bytes) -> bytes:
        row = json_object(line)
        if row is None:
            raise ValueError("not a JSON object")
        return line_of(row).encode("utf-8") if "inode" in row else b""

    def close(self) -> list[tuple[str, Path]]:
        """The name in the archive and the file, when there is one."""
        if self._stream is None:
            return []
        self._stream.close()
        return [("bodyfile.txt.gz", self._path)]


def _created(path: Path) -> gzip.GzipFile:
    return gzip.GzipFile(path, "wb", 1, os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"), 0)


__all__ = ("Bodyfile", "line_of", "mode_text")
