# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.
"""Binary journals of systemd, read from the first object to the last (https://systemd.io/JOURNAL_FILE_FORMAT/).

An entry comes behind the data that it points to, so one pass is enough, and only data that tell something are kept. Data of
more than some hundred bytes are packed, each for itself.
"""

from __future__ import annotations

import datetime
import lzma
import struct
from typing import NamedTuple

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._log_clock import UTC, Stamp
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._log_found import Found
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._log_syslog import known_message, note_message
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._packers import (
    NoLibrary, lz4_block, zstd_decompressor, zstd_errors,
)
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_streams import LZMA_MEMORY, Source

SIGNATURE = b"LPKSHHRH"
PAYLOAD = 8192
# Of one that is packed: bytes as they are in the file, and unpacked where only the whole can be.
PACKED = 1 << 18
UNPACKED = 1 << 20
ITEMS = 1 << 16
KEPT = 200_000
_CHUNK = 1 << 18
_HEADER = struct.Struct("<8sII72xQ40xQ")
_COMPACT = 16
_OBJECT = struct.Struct("<BB6xQ")
_DATA, _ENTRY = 1, 3
_DATA_FIELDS, _COMPACT_FIELDS = 48, 8
_XZ, _LZ4, _ZSTD = 1, 2, 4
_SIZE = struct.Struct("<Q")
_DAMAGES = (NoLibrary, ValueError, MemoryError, EOFError, struct.error, lzma.LZMAError, *zstd_errors())
_ENTRY_FIELDS = struct.Struct("<QQQ16xQ")
_REGULAR_ITEM, _COMPACT_ITEM = struct.Struct("<Q8x"), struct.Struct("<I")


class _Field(NamedTuple):
    name: bytes
    value: bytes


_WANTED = (b"MESSAGE", b"SYSLOG_IDENTIFIER", b"_COMM")


class _Forward:
    """A source that is read exactly, with its position."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._buffer = b""
        self.position = 0

    def take(self, size: int) -> bytes:
        """The next `size` bytes. Raises EOFError."""
        while len(self._buffer) < size:
            data = self._source.read(_CHUNK)
            if not data:
                raise EOFError
            self._buffer += data
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        self.position += size
        return data

    def skip(self, size: int) -> None:
        """Passes over `size` bytes."""
        while size > 0:
            size -= len(self.take(min(size, _CHUNK)))


class Journal:
    """Reads one journal into `found`."""

    def __init__(self, found: Found) -> None:
        self._found = found
        self._fields: dict[int, _Field] = {}
        self._packed: set[int] = set()
        self._lost = 0
        self._missing = "journalctl --file=FILE may"

    def read(self, source: Source) -> str | None:
        """Takes the whole file; what could not be read of it, or None."""
        stream = _Forward(source)
        try:
            problem = self._read(stream)
        except (EOFError, struct.error):
            problem = "the journal ends early"
        if self._lost:
            problem = f"{self._lost} entries whose message is packed can't be read. {self._missing}"
        return problem

    def _read(self, stream: _Forward) -> str | None:
        _signature, _compatible, incompatible, header_size, tail = _HEADER.unpack(stream.take(_HEADER.size))
        if not _HEADER.size <= header_size <= PAYLOAD:
            return "no header of a journal"
        stream.skip(header_size - _HEADER.size)
        compact = bool(incompatible & _COMPACT)
        while stream.position <= tail:
            begin = stream.position
            kind, flags, size = _OBJECT.unpack(stream.take(_OBJECT.size))
            if not _OBJECT.size <= size < 1 << 40:
                return f"no object of a journal at byte {begin}, the rest is not read"
            body = stream.take(min(size - _OBJECT.size, _most_of(kind, flags)))
            stream.skip(begin + (size + 7 & ~7) - stream.position)
            if kind == _DATA:
                self._data(begin, flags, body[_DATA_FIELDS + (_COMPACT_FIELDS if compact else 0):])
            elif kind == _ENTRY:
                self._entry(body, _COMPACT_ITEM if compact else _REGULAR_ITEM)
        return None

    def _data(self, offset: int, flags: int, payload: bytes) -> None:
        try:
            payload = _unpacked(flags, payload)
        except _DAMAGES as error:
            self._missing = str(error) if isinstance(error, NoLibrary) else self._missing
            if len(self._packed) < KEPT:
                self._packed.add(offset)
            return
        name, _equals, value = payload.partition(b"=")
        if name in _WANTED and len(self._fields) < KEPT and (name != b"MESSAGE" or known_message(value)):
            self._fields[offset] = _Field(name, value)

    def _entry(self, body: bytes, item: struct.Struct) -> None:
        sequence, realtime, _monotonic, _xor = _ENTRY_FIELDS.unpack_from(body)
        items = body[_ENTRY_FIELDS.size:]
        offsets = [offset for offset, in item.iter_unpack(items[:len(items) // item.size * item.size])]
        fields = dict(self._fields[offset] for offset in offsets if offset in self._fields)
        if b"MESSAGE" not in fields:
            self._lost += any(offset in self._packed for offset in offsets)
            return
        program = fields.get(b"SYSLOG_IDENTIFIER") or fields.get(b"_COMM") or b""
        try:
            time = datetime.datetime.fromtimestamp(0, UTC) + datetime.timedelta(microseconds=realtime)
        except OverflowError:
            return
        note_message(self._found, sequence, program, fields[b"MESSAGE"], lambda: Stamp(time))


def _most_of(kind: int, flags: int) -> int:
    """How many bytes of an object are looked at."""
    if kind == _DATA:
        return PACKED if flags & (_XZ | _LZ4 | _ZSTD) else PAYLOAD
    return ITEMS if kind == _ENTRY else 0


def _unpacked(flags: int, payload: bytes) -> bytes:
    """The beginning of what an object holds. Raises one of `_DAMAGES`."""
    if flags & _XZ:
        return lzma.LZMADecompressor(memlimit=LZMA_MEMORY).decompress(payload, PAYLOAD)
    if flags & _ZSTD:
        return zstd_decompressor().decompress(payload, PAYLOAD)
    if flags & _LZ4:
        size, = _SIZE.unpack_from(payload)
        if size > UNPACKED:
            raise ValueError("larger than is unpacked")
        return lz4_block(payload[_SIZE.size:], size)[:PAYLOAD]
    return payload


__all__ = ("Journal", "SIGNATURE")
