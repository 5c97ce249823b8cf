# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Reading parts that a hostile host made: the format of `module_utils/_part.py`, nothing else, in bounded memory.

gzip members that hold GNU tar entries: regular files, symbolic links, folders, and long names of at most 64 KiB.
"""

from __future__ import annotations

import gzip
import io
import typing as t
import zlib
from dataclasses import dataclass
from pathlib import Path

BLOCK = 512
MAX_NAME = 1 << 16
MAX_UNPACKED = 64 << 30
CHUNK = 1 << 18
REGULAR, SYMLINK, DIRECTORY = b"0", b"2", b"5"
_LONG = {b"L": "name", b"K": "target"}


class Torn(Exception):
    """The part ends in the middle of something."""


class Malformed(Exception):
    """The part holds what no collector writes."""


@dataclass(frozen=True)
class Entry:
    """A tar entry; `name` and `target` are bytes as the host wrote them, `mtime` whole seconds since the epoch."""

    name: bytes
    kind: bytes
    size: int
    mode: int
    uid: int
    gid: int
    mtime: int
    target: bytes


class Body(io.RawIOBase):
    """The bytes of one entry; read partly or not at all, the next entry comes all the same."""

    def __init__(self, source: "_Source", size: int):
        self._source = source
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> int:
        wanted = min(len(buffer), self._left)
        buffer[:wanted] = self._source.exactly(wanted)
        self._left -= wanted
        return wanted

    def skip(self) -> None:
        """Passes over what was not read."""
        while self._left:
            self._left -= len(self._source.exactly(min(self._left, CHUNK)))


class _Source:
    def __init__(self, stream: t.BinaryIO, limit: int):
        self._stream = stream
        self._limit = limit
        self.position = 0

    def exactly(self, size: int) -> bytes:
        data = self.some(size)
        if len(data) < size:
            raise Torn(f"ends after {self.position} bytes")
        return data

    def some(self, size: int) -> bytes:
        if self.position + size > self._limit:
            raise Malformed(f"unpacks to more than {self._limit} bytes")
        pieces, left = [], size
        while left:
            data = self._read(left)
            if not data:
                break
            pieces.append(data)
            left -= len(data)
        self.position += size - left
        return b"".join(pieces)

    def _read(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except EOFError as error:
            raise Torn(f"ends after {self.position} bytes") from error
        except (OSError, zlib.error) as error:
            raise Malformed(f"no gzip data after {self.position} bytes: {error}") from error


def read_part(part: Path | t.BinaryIO, limit: int = MAX_UNPACKED) -> t.Iterator[tuple[Entry, Body]]:
    """Every entry of a part with its bytes. Raises `Torn` or `Malformed` where the part stops being one."""
    with gzip.open(part, "rb") as stream:
        for entry, body, _at in _entries(_Source(t.cast(t.BinaryIO, stream), limit)):
            yield entry, body


def whole_length(part: Path, limit: int = MAX_UNPACKED) -> int:
    """How many unpacked bytes from the start of a torn part are whole entries."""
    end = 0
    with gzip.open(part, "rb") as stream:
        source = _Source(t.cast(t.BinaryIO, stream), limit)
        try:
            for _entry, _body, at in _entries(source):
                end = at
            end = source.position
        except (Torn, Malformed):
            pass
    return end


def _entries(source: _Source) -> t.Iterator[tuple[Entry, Body, int]]:
    """Entry, body, and the position where the entry begins, that is: where the one before ended."""
    long: dict[str, bytes] = {}
    begin = 0
    while header := source.some(BLOCK):
        if len(header) < BLOCK:
            raise Torn(f"ends after {source.position} bytes")
        _check(header)
        kind, size = header[156:157], _number(header[124:136])
        if kind in _LONG:
            long[_LONG[kind]] = _long_value(source, size)
            continue
        body = Body(source, size)
        yield _entry(header, kind, size, long), body, begin
        body.skip()
        source.exactly(-size % BLOCK)
        long, begin = {}, source.position


def _check(header: bytes) -> None:
    if not header.strip(b"\0"):
        raise Malformed("an end of archive inside a part")
    if sum(header[:148] + b" " * 8 + header[156:]) != _number(header[148:156]):
        raise Malformed("a header whose checksum is wrong")
    if header[156:157] not in (REGULAR, SYMLINK, DIRECTORY, *_LONG):
        raise Malformed(f"an entry of type {header[156:157]!r}")


def _number(field: bytes) -> int:
    if field[0] & 0x80:
        number = int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
        return number - (1 << (8 * len(field) - 1)) if field[0] & 0x40 else number
    try:
        return int(field.strip(b" \0") or b"0", 8)
    except ValueError as error:
        raise Malformed("a header field that is no number") from error


def _long_value(source: _Source, size: int) -> bytes:
    if not 0 < size <= MAX_NAME:
        raise Malformed(f"a name of {size} bytes")
    return source.exactly(size + -size % BLOCK)[:size].rstrip(b"\0")


def _entry(header: bytes, kind: bytes, size: int, long: dict[str, bytes]) -> Entry:
    if size < 0 or kind != REGULAR and size:
        raise Malformed(f"an entry of {size} bytes")
    return Entry(
        name=long.get("name") or header[:100].rstrip(b"\0"), kind=kind, size=size, mode=_number(header[100:108]),
        uid=_number(header[108:116]), gid=_number(header[116:124]), mtime=_number(header[136:148]),
        target=long.get("target") or header[157:257].rstrip(b"\0"),
    )
