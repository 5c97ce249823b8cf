# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Reading parts that a hostile host made: the format of `module_utils/_core/_part.py`, nothing else, in bounded memory.

gzip members, one directly behind the other, that hold GNU tar entries: regular files, symbolic links, folders, and long
names of at most 256 KiB, below the folders that an archive has. What other programs could read in another way than
this one (bytes between members, other kinds of headers, NUL in names, ``..``) makes a part malformed.
"""

from __future__ import annotations

import contextlib
import io
import re
import typing as t
import zlib
from dataclasses import dataclass
from pathlib import Path

BLOCK = 512
MAX_NAME = 1 << 18
MAX_ENTRIES = 2_000_000
MAX_UNPACKED = 64 << 30
MAX_RATIO = 20  # of what is larger than that
CHUNK = 1 << 18
# Small: each member costs a copy of what is read of those behind it, and a part may be nothing but empty ones.
PACKED = 1 << 14
REGULAR, SYMLINK, DIRECTORY = b"0", b"2", b"5"
FOLDERS = (b"[root]/", b"live/", b"manifest/", b"tables/")
_LONG = {b"L": "name", b"K": "target"}
_GNU = b"ustar  \0"
_OCTAL = re.compile(rb" *([0-7]*)[ \0]*")


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


class _Members(io.RawIOBase):
    """What is in gzip members (RFC 1952). Python's own reader passes over zeros between them, gzip(1) ends there."""

    def __init__(self, packed: t.BinaryIO):
        self._stream = packed
        self._packed = b""
        self._member: t.Any = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> int:
        while self._member is not None or self._next():
            data = self._member.decompress(self._packed, len(buffer))
            self._packed = self._member.unconsumed_tail
            if self._member.eof:
                self._packed, self._member = self._member.unused_data, None
            elif not data and not self._packed:
                self._packed = self._stream.read(PACKED)
                if not self._packed:
                    raise EOFError
            if data:
                buffer[:len(data)] = data
                return len(data)
        return 0

    def _next(self) -> bool:
        self._packed = self._packed or self._stream.read(PACKED)
        self._member = zlib.decompressobj(31) if self._packed else None
        return bool(self._packed)


class _Source:
    def __init__(self, packed: t.BinaryIO, limit: int):
        self._stream = io.BufferedReader(_Members(packed), CHUNK)
        self._limit = limit
        self.position = 0
        self.whole = 0  # where the last whole entry ended

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
        except zlib.error as error:
            raise Malformed(f"no gzip data after {self.position} bytes: {error}") from error


def unpacked_limit(size: int) -> int:
    """Bytes that a part of `size` bytes may unpack to at the most."""
    return max(MAX_UNPACKED, MAX_RATIO * size)


def read_part(part: Path | t.BinaryIO, limit: int | None = None) -> t.Iterator[tuple[Entry, Body]]:
    """Every entry of a part with its bytes. Raises `Torn` or `Malformed` where the part stops being one."""
    if limit is None:
        limit = unpacked_limit(part.stat().st_size if isinstance(part, Path) else 0)
    with _opened(part) as stream:
        yield from _entries(_Source(stream, limit))


def read_closing(stream: t.BinaryIO, limit: int = MAX_UNPACKED) -> t.Iterator[tuple[Entry, Body]]:
    """Every entry of an archive's end, which the seal made, in the same way; with names that parts must not have."""
    yield from _entries(_Source(stream, limit), closing=True)


def _opened(part: Path | t.BinaryIO) -> t.ContextManager[t.BinaryIO]:
    return open(part, "rb") if isinstance(part, Path) else contextlib.nullcontext(part)


def whole_length(part: Path, limit: int | None = None) -> int:
    """How many unpacked bytes from the start of a torn part are whole entries."""
    with open(part, "rb") as stream:
        source = _Source(stream, limit or unpacked_limit(part.stat().st_size))
        with contextlib.suppress(Torn, Malformed):
            for _unused in _entries(source):
                pass
    return source.whole


def unpacked(part: Path, length: int) -> t.Iterator[bytes]:
    """The first `length` unpacked bytes of a part, of which there are at least so many."""
    with open(part, "rb") as stream:
        source = _Source(stream, length)
        while left := length - source.position:
            yield source.exactly(min(left, CHUNK))


def _entries(source: _Source, closing: bool = False) -> t.Iterator[tuple[Entry, Body]]:
    long: dict[str, bytes] = {}
    count = 0
    while header := source.some(BLOCK):
        if len(header) < BLOCK:
            raise Torn(f"ends after {source.position} bytes")
        if closing and not header.strip(b"\0"):
            return
        _check(header)
        kind, size = header[156:157], _number(header[124:136])
        if kind in _LONG:
            long[_LONG[kind]] = _long_value(source, size)
            continue
        body = Body(source, size)
        count += 1
        if count > MAX_ENTRIES:
            raise Malformed(f"more than {MAX_ENTRIES} entries")
        entry = _entry(header, kind, size, long)
        if not closing and not entry.name.startswith(FOLDERS):
            raise Malformed(f"an entry named {entry.name[:100]!r}")
        yield entry, body
        body.skip()
        source.exactly(-size % BLOCK)
        long, source.whole = {}, source.position
    if long:
        raise Torn(f"ends after {source.position} bytes")


def _check(header: bytes) -> None:
    if not header.strip(b"\0"):
        raise Malformed("an end of archive inside a part")
    if sum(header[:148] + b" " * 8 + header[156:]) != _number(header[148:156]):
        raise Malformed("a header whose checksum is wrong")
    if header[156:157] not in (REGULAR, SYMLINK, DIRECTORY, *_LONG):
        raise Malformed(f"an entry of type {header[156:157]!r}")
    if header[257:].rstrip(b"\0") != _GNU.rstrip(b"\0"):
        raise Malformed("a header that no collector writes")


def _number(field: bytes) -> int:
    if field[0] & 0x80:
        number = int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
        return number - (1 << (8 * len(field) - 1)) if field[0] & 0x40 else number
    match = _OCTAL.fullmatch(field)
    if not match:
        raise Malformed("a header field that is no number")
    return int(match[1] or b"0", 8)


def _long_value(source: _Source, size: int) -> bytes:
    if not 0 < size <= MAX_NAME:
        raise Malformed(f"a name of {size} bytes")
    return source.exactly(size + -size % BLOCK)[:size]


def _entry(header: bytes, kind: bytes, size: int, long: dict[str, bytes]) -> Entry:
    if size < 0 or kind != REGULAR and size:
        raise Malformed(f"an entry of {size} bytes")
    name = _text(long.get("name") or header[:100])
    if b".." in name.split(b"/"):
        raise Malformed(f"an entry named {name[:100]!r}")
    return Entry(
        name=name, kind=kind, size=size, mode=_number(header[100:108]),
        uid=_number(header[108:116]), gid=_number(header[116:124]), mtime=_number(header[136:148]),
        target=_text(long.get("target") or header[157:257]),
    )


def _text(field: bytes) -> bytes:
    value = field.rstrip(b"\0")
    if b"\0" in value:
        raise Malformed("a zero byte in a name")
    return value
