# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gzip
import io
import os
import random
import tarfile
import time
import zlib

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._part import Part, padding, tar_header
from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _part_reader
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._part_reader import (
    SYMLINK,
    Malformed,
    Torn,
    read_closing,
    read_part,
    unpacked,
    whole_length,
)
from ansible_collections.csirt.linux_triage.tests.unit.plugins.plugin_utils.control_helpers import raw_part

NAMES = (
    b"[root]/etc/passwd", b"live/\x1b[31m\n", b"tables/\xff\xfe", b"[root]/" + b"x" * 92, b"[root]/" + b"x" * 93, b"[root]/" + b"x" * 94,
    b"[root]/" + b"deep/" * 6000 + b"file", b"manifest/10-x.jsonl",
)


def _bytes_of(name: bytes) -> bytes:
    return name * (len(name) % 7) + b"\0\xff" * 300


def _entry(name: bytes = b"live/x", data: bytes = b"data", **header) -> bytes:
    return tar_header(name, header.pop("size", len(data)), **header) + data + padding(len(data))


def _patched(position: int, value: bytes, name: bytes = b"live/x") -> bytes:
    """An entry with other bytes in its header, and a checksum that fits."""
    header = bytearray(tar_header(name, 4))
    header[position:position + len(value)] = value
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + b"data" + padding(4)


@pytest.fixture
def part(tmp_path):
    made = Part(str(tmp_path / "part.tar.gz").encode())
    for name in NAMES:
        made.add(name, _bytes_of(name), mode=0o4755, uid=2 ** 31, gid=5, mtime=-7)
    made.add_link(b"[root]/link", b"/dev/" + b"\xff" * 200, mode=0o777)
    made.add(b"[root]/big", os.urandom(600000))
    made.close()
    return tmp_path / "part.tar.gz"


def _names(source, **options) -> list[bytes]:
    return [entry.name for entry, _body in read_part(source, **options)]


def test_everything_comes_back(part):
    found = {entry.name: (entry, body.read()) for entry, body in read_part(part)}
    assert list(found) == [*NAMES, b"[root]/link", b"[root]/big"]
    for name in NAMES:
        entry, data = found[name]
        assert data == _bytes_of(name) and entry.size == len(data)
        assert (entry.mode, entry.uid, entry.gid, entry.mtime) == (0o4755, 2 ** 31, 5, -7)
    link = found[b"[root]/link"][0]
    assert (link.kind, link.target, link.size) == (SYMLINK, b"/dev/" + b"\xff" * 200, 0)


def test_bodies_need_not_be_read(part):
    assert _names(part) == [*NAMES, b"[root]/link", b"[root]/big"]
    assert [(entry.name, body.read(5)) for entry, body in read_part(part)][0] == (NAMES[0], _bytes_of(NAMES[0])[:5])
    for _entry_, body in read_part(part):
        buffered = io.BufferedReader(body)
        buffered.peek(10)
        buffered.close()
    with open(part, "rb") as stream:
        assert len(_names(stream)) == len(NAMES) + 2


def test_an_empty_part(tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    assert _names(tmp_path / "empty") == [] and whole_length(tmp_path / "empty") == 0
    assert _names(raw_part(tmp_path / "nothing", b"")) == []


def test_many_small_members(tmp_path):
    data = b"".join(_entry(b"live/%d" % number) for number in range(20))
    packed = b"".join(gzip.compress(data[at:at + 100]) for at in range(0, len(data), 100))
    (tmp_path / "part").write_bytes(packed + gzip.compress(b""))
    assert len(_names(tmp_path / "part")) == 20


def test_torn_at_every_kind_of_offset(part, tmp_path):
    """Wherever a part ends: what was whole before is found, nothing else, and it is called torn."""
    whole = part.read_bytes()
    expected = [*NAMES, b"[root]/link", b"[root]/big"]
    members = [at for at in range(len(whole)) if whole[at:at + 4] == b"\x1f\x8b\x08\x00"]
    chance = random.Random(5)
    cuts = {*range(1, 30), *range(len(whole) - 12, len(whole)), *(chance.randrange(len(whole)) for _unused in range(150))}
    cuts |= {at + step for at in members for step in (0, 1, 5, 9, 10, 11) if 0 < at + step < len(whole)}
    torn = tmp_path / "torn"
    for cut in sorted(cuts):
        torn.write_bytes(whole[:cut])
        found = []
        with pytest.raises(Torn):
            for entry, body in read_part(torn):
                body.read()
                found.append(entry.name)
        length = whole_length(torn)
        count = sum(1 for _each in read_part(raw_part(tmp_path / f"mended{cut}", b"".join(unpacked(torn, length)))))
        assert found[:count] == expected[:count]
        assert count in (len(found), len(found) - 1)  # of the last one only the padding may be missing
        os.unlink(tmp_path / f"mended{cut}")


@pytest.mark.parametrize("cut", [1, 256, 511, 512, 513, 515, 1023, 1025, 1536, 2047])
def test_torn_inside_the_tar(tmp_path, cut):
    data = _entry(b"live/a") + _entry(b"live/b")
    torn = raw_part(tmp_path / "torn", data[:cut])
    if cut in (1024, 2048):
        return
    with pytest.raises(Torn):
        list(read_part(torn))
    assert whole_length(torn) == cut // 1024 * 1024


def test_torn_between_a_long_name_and_its_entry(tmp_path):
    torn = raw_part(tmp_path / "torn", _entry(b"live/a") + tar_header(b"live/" + b"b" * 200, 0)[:1024])
    with pytest.raises(Torn):
        list(read_part(torn))
    assert whole_length(torn) == 1024


def _pax() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        entry = tarfile.TarInfo("live/é" + "x" * 200)
        tar.addfile(entry)
    return stream.getvalue()


@pytest.mark.parametrize("data, why", [
    (b"\0" * 512, "end of archive"),
    (_entry() + b"\0" * 1024 + _entry(), "end of archive"),
    (b"x" * 512, "checksum|number"),
    (os.urandom(512)[:511] + b"x", "checksum|number"),
    (bytes([_entry()[0] ^ 1]) + _entry()[1:], "checksum"),
    (_pax(), "type b'x'"),
    (_entry(kind=b"g"), "type"), (_entry(kind=b"1"), "type"), (_entry(kind=b"3"), "type"), (_entry(kind=b"6"), "type"),
    (_entry(kind=b"S"), "type"), (_entry(kind=b"\0"), "type"), (_entry(kind=b"7"), "type"),
    (_entry(size=-1), "-1 bytes"), (_entry(size=-2 ** 60), "bytes"), (_entry(kind=b"2", size=512), "512 bytes"), (_entry(kind=b"5", size=1), "1 bytes"),
    (_entry(kind=b"L", size=0), "name of 0"), (_entry(kind=b"L", size=-5), "name of -5"), (_entry(kind=b"L", size=1 << 30), "name of"),
    (_entry(kind=b"K", size=1 << 40), "name of"), (_entry(kind=b"L", data=b"\0" * 5) + _entry(), "named"),
    (_entry(name=b"live/" + b"a" * 200 + b"\0b"), "zero byte"), (_entry(name=b"live/a\0b"), "zero byte"),
    (_entry(kind=b"2", data=b"", target=b"a\0b"), "zero byte"),
    (_patched(124, b"0o17"), "number"), (_patched(124, b"+1234567890"), "number"), (_patched(124, b"1_0"), "number"), (_patched(124, b"-0000000004"), "number"),
    (_patched(124, b"00000000\0004"), "number"), (_patched(136, b"9"), "number"), (_patched(108, b"\xb2"), "no collector|bytes|number|named"),
    (_patched(257, b"ustar\00000"), "no collector"), (_patched(345, b"prefix/"), "no collector"), (_patched(265, b"root"), "no collector"),
    (_patched(483, b"sparse"), "no collector"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_malformed(tmp_path, data, why):
    good = _entry(b"live/good")
    part = raw_part(tmp_path / "part", good + data)
    found = []
    if "\\xb2" in repr(data[108:109]):
        assert _names(part) == [b"live/good", b"live/x"]  # base-256: a number like any other
        return
    with pytest.raises(Malformed, match=why):
        for entry, body in read_part(part):
            body.read()
            found.append(entry.name)
    assert found[0] == b"live/good"
    assert whole_length(part) in (1024, 2048)


@pytest.mark.parametrize("name", [
    b"", b"/etc/passwd", b"../../etc/passwd", b"etc/passwd", b"[root]/../../x", b"live/..", b"live/../../x", b"./live/x", b"live", b"[root]",
    b"//live/x", b"\xff", b"run.json", b"0_SCRIPT-ERRORS.txt", b"tables/x/../../../" + b"y" * 200, b"Live/x", b" live/x",
])
def test_names_that_no_collector_writes(tmp_path, name):
    with pytest.raises(Malformed, match="named"):
        list(read_part(raw_part(tmp_path / "part", _entry(name))))


@pytest.mark.parametrize("name", [b"live/..x", b"live/x..", b"live/...", b"live/ ..", b"[root]/a\\..\\b", b"live/-rf"])
def test_odd_names_that_harm_nobody(tmp_path, name):
    assert _names(raw_part(tmp_path / "part", _entry(name))) == [name]


@pytest.mark.parametrize("spoil", [
    lambda first, second: first + b"\0" * 512 + second, lambda first, second: first + second + b"\0", lambda first, second: first + b"junk" + second,
    lambda first, second: b"\0" + first + second, lambda first, second: first + second[:20] + b"\xff\xff" + second[22:],
    lambda first, second: first[:-8] + b"\0\0\0\0" + first[-4:] + second, lambda first, second: first[:-4] + b"\0\0\0\0" + second,
    lambda first, second: first + b"\x1f\x8b\x07" + second[3:], lambda first, second: first + zlib.compress(b"x"),
])
def test_what_gzip_readers_disagree_on(tmp_path, spoil):
    """Bytes between members, where gzip(1) would end in silence and hide all that follows."""
    (tmp_path / "part").write_bytes(spoil(gzip.compress(_entry(b"live/a")), gzip.compress(_entry(b"live/b"))))
    with pytest.raises((Malformed, Torn)):
        list(read_part(tmp_path / "part"))


def test_a_bomb_ends_at_the_limit(tmp_path):
    size = 1 << 30
    with open(tmp_path / "bomb", "wb") as stream:
        stream.write(gzip.compress(_entry(b"live/good") + tar_header(b"live/bomb", size)))
        zeros = gzip.compress(bytes(1 << 22))
        for _unused in range(size >> 22):
            stream.write(zeros)
    assert (tmp_path / "bomb").stat().st_size < 2 << 20
    begin = time.monotonic()
    with pytest.raises(Malformed, match="more than 1000000 bytes"):
        list(read_part(tmp_path / "bomb", limit=1000000))
    assert whole_length(tmp_path / "bomb", limit=1000000) == 1024
    assert time.monotonic() - begin < 2


def test_very_many_entries_and_members(tmp_path, monkeypatch):
    monkeypatch.setattr(_part_reader, "MAX_ENTRIES", 10)
    with pytest.raises(Malformed, match="more than 10 entries"):
        list(read_part(raw_part(tmp_path / "part", _entry(data=b"") * 11)))
    (tmp_path / "members").write_bytes(gzip.compress(b"") * 100000 + gzip.compress(_entry()))
    begin = time.monotonic()
    assert _names(tmp_path / "members") == [b"live/x"]
    assert time.monotonic() - begin < 5


def test_random_damage_is_torn_or_malformed_and_nothing_else(part, tmp_path):
    whole = bytearray(part.read_bytes())
    plain = bytearray(b"".join(unpacked(part, whole_length(part))))
    chance = random.Random(6)
    for number in range(150):
        source = bytearray(plain) if number % 2 else bytearray(whole)
        for _unused in range(chance.randrange(1, 4)):
            source[chance.randrange(len(source))] = chance.randrange(256)
        damaged = tmp_path / f"damaged{number}"
        raw_part(damaged, bytes(source)) if number % 2 else damaged.write_bytes(source)
        try:
            for entry, body in read_part(damaged):
                assert entry.name and entry.size >= 0 and isinstance(entry.mtime, int)
                body.read()
        except (Torn, Malformed) as error:
            assert "\x1b" not in str(error) and len(str(error)) < 1000
        assert whole_length(damaged) % 512 == 0
        damaged.unlink()


def test_the_end_of_an_archive_has_names_of_its_own_and_an_end(tmp_path):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz", format=tarfile.GNU_FORMAT) as tar:
        for name in ("run.json", "tables/users.jsonl"):
            entry = tarfile.TarInfo(name)
            entry.size = 2
            tar.addfile(entry, io.BytesIO(b"{}"))
    found = [(entry.name, io.BufferedReader(body).read()) for entry, body in read_closing(io.BytesIO(data.getvalue()))]
    assert found == [(b"run.json", b"{}"), (b"tables/users.jsonl", b"{}")]
    with pytest.raises(Malformed, match="an entry named"):
        list(read_part(io.BytesIO(data.getvalue())))
