# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Reading what a hostile host sent: every line, every unpacked byte and every JSON object within bounds."""

from __future__ import annotations

import bz2
import json
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._packers import (
    NoLibrary, lz4_decompressor, zstd_decompressor, zstd_errors,
)

CHUNK = 1 << 17
LINE = 1 << 20
UNPACKED = 2 << 30
LZMA_MEMORY = 256 << 20
# Each stream costs a copy of what follows it: a file of nothing but empty ones must not hold up the seal.
STREAMS = 100_000
_FORMATS: tuple[tuple[bytes, Callable[[], Any]], ...] = (
    (b"\x1f\x8b", lambda: zlib.decompressobj(31)),
    (b"BZh", bz2.BZ2Decompressor),
    (b"\xfd7zXZ\x00", lambda: lzma.LZMADecompressor(memlimit=LZMA_MEMORY)),
    (b"\x28\xb5\x2f\xfd", zstd_decompressor),
    (b"\x50\x2a\x4d\x18", zstd_decompressor),  # a frame to be passed over, with which pzstd begins
    (b"\x04\x22\x4d\x18", lz4_decompressor),
)
_DAMAGES = (zlib.error, lzma.LZMAError, OSError, EOFError, MemoryError, RuntimeError, *zstd_errors())


class Source(Protocol):
    """Anything that is read from its beginning to its end."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, none at the end."""


class Prefixed:
    """A source whose first bytes were read already."""

    def __init__(self, first: bytes, source: Source) -> None:
        self._first = first
        self._source = source

    def read(self, size: int) -> bytes:
        if self._first:
            data, self._first = self._first[:size], self._first[size:]
            return data
        return self._source.read(size)


def peek(source: Source, size: int) -> tuple[bytes, Prefixed]:
    """The first `size` bytes (fewer at the end), and a source that still has them."""
    pieces, left = [], size
    while left > 0 and (data := source.read(left)):
        pieces.append(data)
        left -= len(data)
    first = b"".join(pieces)
    return first, Prefixed(first, source)


def whole(source: Source, limit: int) -> bytes:
    """Everything up to `limit` bytes."""
    return peek(source, limit)[0]


class Unpacked:
    """The bytes inside gzip, bzip2, xz, zstd or lz4 (told by their first bytes, one or more streams), or the bytes as they are.

    At most `limit` bytes are given, `left` is what remains of them. Damage and bombs end the reading where they are
    met; `problem` then says what it was, and `cut` whether it was for a limit and not for the bytes.
    """

    def __init__(self, source: Source, limit: int = UNPACKED) -> None:
        first, self._source = peek(source, 6)
        self.left = limit
        self._make: Any = next((make for magic, make in _FORMATS if first.startswith(magic)), None)
        self._decompressor: Any = None
        self._packed = b""
        self._streams = STREAMS
        self.cut = False
        self.problem: str | None = None
        try:
            self._decompressor = self._make() if self._make else None
        except NoLibrary as error:
            self.problem, self.cut = f"packed in a way that is not read. {error}", True

    def read(self, size: int) -> bytes:
        if self.problem:
            return b""
        data = self._unpack(min(size, CHUNK)) if self._decompressor else self._source.read(size)
        if len(data) > self.left:
            self.problem, self.cut, data = "longer than the limit, the rest is not read", True, data[:self.left]
        self.left -= len(data)
        return data

    def _unpack(self, size: int) -> bytes:
        try:
            while not self._decompressor.eof or self._next_stream():
                wanted = not self._packed and getattr(self._decompressor, "needs_input", True)
                if wanted:
                    self._packed = self._source.read(CHUNK)
                data = self._decompressor.decompress(self._packed, size)
                if data:
                    self._packed = getattr(self._decompressor, "unconsumed_tail", b"")
                    return data
                if wanted and not self._packed:
                    self.problem = "the packed data ends early"
                    return b""
                self._packed = getattr(self._decompressor, "unconsumed_tail", b"")
            return b""
        except _DAMAGES as error:
            self.problem = f"the packed data is damaged ({type(error).__name__})"
            return b""

    def _next_stream(self) -> bool:
        rest = (self._decompressor.unused_data or self._source.read(CHUNK)).lstrip(b"\0")
        if not rest:
            return False
        self._streams -= 1
        if not self._streams:
            self.problem, self.cut = "too many packed streams, the rest is not read", True
            return False
        self._decompressor, self._packed = self._make(), rest
        return True


def lines(source: Source, limit: int = LINE) -> Iterator[tuple[int, bytes, bool]]:
    """Number (from 1), bytes without the newline, and whether the line was cut at `limit` bytes."""
    number, rest, cut = 0, b"", False
    while chunk := source.read(CHUNK):
        pieces = chunk.split(b"\n")
        pieces[0] = rest + pieces[0]
        rest = pieces.pop()
        for piece in pieces:
            number += 1
            yield number, piece[:limit], cut or len(piece) > limit
            cut = False
        if len(rest) > limit:
            rest, cut = rest[:limit], True
    if rest:
        yield number + 1, rest, cut


def blocks(source: Source, limit: int = LINE) -> Iterator[bytes]:
    """Whole lines, many at a time, each with its newline; of a line much longer than `limit` bytes the beginning."""
    rest, skipping = b"", False
    while chunk := source.read(CHUNK):
        if skipping:
            _dropped, newline, chunk = chunk.partition(b"\n")
            skipping = not newline
        end = chunk.rfind(b"\n") + 1
        if end:
            yield rest + chunk[:end]
            rest = b""
        rest += chunk[end:]
        if len(rest) > limit:
            yield rest[:limit] + b"\n"
            rest, skipping = b"", True
    if rest:
        yield rest + b"\n"


def json_object(line: bytes) -> dict[str, Any] | None:
    """The JSON object on a line, or None when it is none (too deep and numbers too long count as none)."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


__all__ = ("CHUNK", "LINE", "Source", "Unpacked", "blocks", "json_object", "lines", "peek", "whole")
