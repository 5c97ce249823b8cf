# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import time
import tracemalloc

import pytest

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables import _packers, _table_streams
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_streams import (
    Unpacked,
    blocks,
    json_object,
    lines,
    whole,
)
from ansible_collections.csirt.linux_triage.tests.unit.plugins.plugin_utils.table_helpers import library

DATA = b"some text\n" * 100_000


class Drip:
    """Gives a few bytes at a time, as a pipe may."""

    def __init__(self, data, step=7):
        self._stream, self._step = io.BytesIO(data), step

    def read(self, size):
        return self._stream.read(min(size, self._step))


class Zeros:
    """A line without end."""

    def __init__(self, size):
        self.left = size

    def read(self, size):
        size = min(size, self.left)
        self.left -= size
        return b"x" * size


@pytest.mark.parametrize("pack", [lambda data: data, gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("step", [1 << 20, 4099])
def test_unpacks(pack, step):
    packed = pack(DATA) + (pack(b"more") if pack is not bytes else b"")
    unpacked = Unpacked(Drip(packed, step))
    assert whole(unpacked, 1 << 30) == DATA + (b"more" if pack(b"") else whole(io.BytesIO(pack(b"more")), 9))
    assert unpacked.problem is None


def test_zeros_after_gzip_are_padding():
    unpacked = Unpacked(io.BytesIO(gzip.compress(DATA) + bytes(512)))
    assert whole(unpacked, 1 << 30) == DATA
    assert unpacked.problem is None


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_what_is_whole_in_a_torn_file_is_read(pack):
    unpacked = Unpacked(io.BytesIO(pack(bytes(range(256)) * 4000)[:-10]))
    whole(unpacked, 1 << 30)
    assert unpacked.problem == "the packed data ends early"


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_damage_ends_the_reading(pack):
    packed = bytearray(pack(DATA))
    packed[len(packed) // 2] ^= 0xFF
    unpacked = Unpacked(io.BytesIO(bytes(packed)))
    whole(unpacked, 1 << 30)
    assert "packed data" in unpacked.problem


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_bombs_go_off_within_the_limit(pack):
    unpacked = Unpacked(io.BytesIO(pack(bytes(50 << 20))), limit=1 << 20)
    assert len(whole(unpacked, 1 << 30)) == 1 << 20
    assert unpacked.problem == "longer than the limit, the rest is not read"


def test_a_million_empty_streams_end_soon(monkeypatch):
    monkeypatch.setattr(_table_streams, "STREAMS", 1000)
    start = time.monotonic()
    unpacked = Unpacked(io.BytesIO(gzip.compress(b"", 1) * 200_000))
    assert whole(unpacked, 1 << 30) == b""
    assert unpacked.problem == "too many packed streams, the rest is not read"
    assert time.monotonic() - start < 5


def test_a_dictionary_of_gigabytes_is_refused(monkeypatch):
    monkeypatch.setattr(_table_streams, "LZMA_MEMORY", 1 << 20)
    unpacked = Unpacked(io.BytesIO(lzma.compress(DATA, preset=9)))
    assert whole(unpacked, 1 << 30) == b""
    assert "LZMAError" in unpacked.problem


@pytest.mark.parametrize("magic, library", [(b"\x28\xb5\x2f\xfd", "backports.zstd"), (b"\x04\x22\x4d\x18", "lz4")])
def test_a_library_that_is_missing_is_named(monkeypatch, magic, library):
    monkeypatch.setattr(_packers, "_found", lambda *_names: None)
    unpacked = Unpacked(io.BytesIO(magic + b"1234"))
    assert whole(unpacked, 1 << 30) == b""
    assert unpacked.problem == f"packed in a way that is not read. Python has no {library}: pip install {library}"
    assert unpacked.cut


def zstd_pack(data):
    return library("compression.zstd", "backports.zstd").compress(data)


def lz4_pack(data):
    return library("lz4.frame").compress(data)


@pytest.mark.parametrize("pack", [zstd_pack, lz4_pack])
@pytest.mark.parametrize("step", [1 << 20, 4099])
def test_unpacks_with_libraries(pack, step):
    unpacked = Unpacked(Drip(pack(DATA) + pack(b"more"), step))
    assert whole(unpacked, 1 << 30) == DATA + b"more"
    assert unpacked.problem is None


@pytest.mark.parametrize("pack", [zstd_pack, lz4_pack])
def test_torn_damaged_and_explosive_files_of_libraries(pack):
    packed = pack(bytes(range(256)) * 4000 + DATA)
    torn = Unpacked(io.BytesIO(packed[:-10]))
    whole(torn, 1 << 30)
    assert torn.problem == "the packed data ends early" and not torn.cut
    for place in range(4, len(packed), max(1, len(packed) // 50)):
        broken = Unpacked(io.BytesIO(packed[:place] + bytes([packed[place] ^ 0xFF]) + packed[place + 1:]))
        whole(broken, 1 << 30)
    bomb = Unpacked(io.BytesIO(pack(bytes(300 << 20))), limit=1 << 20)
    assert len(whole(bomb, 1 << 30)) == 1 << 20
    assert bomb.problem == "longer than the limit, the rest is not read" and bomb.cut


def test_a_bomb_of_zstd_does_not_fill_memory():
    packed = zstd_pack(bytes(300 << 20))
    tracemalloc.start()
    unpacked = Unpacked(io.BytesIO(packed))
    while unpacked.read(1 << 20):
        pass
    assert tracemalloc.get_traced_memory()[1] < 32 << 20
    tracemalloc.stop()


def test_a_window_of_gigabytes_is_refused():
    zstd = library("compression.zstd", "backports.zstd")
    packed = zstd.compress(DATA * 10, options={zstd.CompressionParameter.window_log: 31, zstd.CompressionParameter.content_size_flag: 0})
    frame = bytearray(packed)
    frame[4:6] = b"\x00\xa8"  # no size, and a window of 2 GiB
    unpacked = Unpacked(io.BytesIO(bytes(frame)))
    assert whole(unpacked, 1 << 30) == b""
    assert "ZstdError" in unpacked.problem


@pytest.mark.parametrize("step", [1, 3, 1 << 20])
def test_lines(step):
    found = list(lines(Drip(b"a\n\nb\r\nlonger\nend", step), limit=4))
    assert found == [(1, b"a", False), (2, b"", False), (3, b"b\r", False), (4, b"long", True), (5, b"end", False)]


@pytest.mark.parametrize("data", [b"", b"a", b"a\n", b"\n", b"abcde", b"abcd\nabcdefgh\nx"])
@pytest.mark.parametrize("step", [1, 3, 1 << 20])
def test_blocks_hold_the_same_lines(data, step):
    joined = b"".join(blocks(Drip(data, step), limit=8))
    assert joined == b"".join(line + b"\n" for _number, line, _cut in lines(io.BytesIO(data), 8))


def test_blocks_cut_and_go_on():
    data = b"a\n" + b"x" * (1 << 20) + b"\nb\n"
    assert b"".join(blocks(Drip(data, 4096), limit=8192)) == b"a\n" + b"x" * 8192 + b"\nb\n"


@pytest.mark.parametrize("read", [lines, blocks])
def test_a_line_without_end_takes_no_memory(read):
    start = time.monotonic()
    found = list(read(Zeros(300 << 20), 1 << 16))
    assert len(found) == 1
    assert time.monotonic() - start < 30


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"1",
        b"null",
        b"{",
        b"{}x",
        b'{"a":' * 100_000,
        b"[" * 100_000,
        b'{"a":' + b"9" * 10_000 + b"}",
        b"\xff\xfe",
        b'{"a":"\xff"}',
        b"\0\0\0\0",
    ],
)
def test_no_json_object(line):
    assert json_object(line) is None


def test_json_object():
    assert json_object(b'{"a":[1]}') == {"a": [1]}
