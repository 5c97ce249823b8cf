# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import random
import struct
import time

import pytest

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis import _logs
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._logs import HostLogs
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._rows import is_time
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables import _packers
from ansible_collections.csirt.linux_triage.tests.unit.plugins.plugin_utils.table_helpers import library

LINE = b"Nov 25 10:00:00 web01 sshd[1]: Accepted password for root from 203.0.113.5 port 1 ssh2\n"
MODIFIED = 1795604400  # 2026-11-25T11:00:00Z
LOG = b"[root]/var/log/auth.log"


def read(*members, suspects=frozenset()):
    rows = []
    logs = HostLogs(rows.append, suspects)
    for name, data in members:
        logs.offer(name, MODIFIED, io.BytesIO(data))
    return rows, list(logs.problems)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_packed_logs(pack):
    rows, problems = read((LOG, pack(b"a line that tells nothing\n" + LINE)))
    assert [(row["member"], row["path"], row["line"], row["kind"]) for row in rows] == [
        ("[root]/var/log/auth.log", "/var/log/auth.log", 2, "ssh_login")]
    assert not problems


def test_the_zone_is_that_of_the_host():
    identity = json.dumps({"machine": {"timezone": "Asia/Tokyo"}, "clocks": {}}).encode()
    rows, _problems = read((b"live/identity.json", identity), (LOG, LINE))
    assert rows[0]["time"] == "2026-11-25T01:00:00Z" and rows[0]["derived"].endswith("zone Asia/Tokyo")


def test_a_deleted_log_that_a_process_holds_is_read():
    rows, _problems = read((b"live/recovered/file-46-7", LINE))
    assert rows[0]["member"] == "live/recovered/file-46-7" and rows[0]["path"] is None


@pytest.mark.parametrize("name, data", [
    (b"[root]/bin/x", b"\x7fELF\0" * 100_000), (b"tables/files.jsonl", LINE), (LOG, b""), (LOG, b"nothing\n" * 1000 + LINE),
])
def test_what_is_no_log_is_passed_over(name, data):
    assert read((name, data)) == ([], [])


def test_zero_bytes_of_a_crash_hide_nothing():
    rows, _problems = read((LOG, b"\0" * 3000 + b"\n" + LINE))
    assert [row["kind"] for row in rows] == ["ssh_login"]


def test_a_bomb_is_bounded(monkeypatch):
    monkeypatch.setattr(_logs, "BYTES", 1 << 20)
    rows, problems = read((LOG, gzip.compress(LINE + b"\0" * (8 << 20))), (LOG, LINE))
    assert len(rows) == 1 and problems and all("longer than the limit" in problem for problem in problems)


def test_time_is_bounded(monkeypatch):
    monkeypatch.setattr(_logs, "SECONDS", 0.2)
    begin = time.process_time()
    _rows, problems = read((LOG, gzip.compress(LINE + b"\n" * (64 << 20))))
    assert time.process_time() - begin < 5 and "took more than" in problems[0]


def test_rows_are_bounded(monkeypatch):
    monkeypatch.setattr(_logs, "ROWS", 3)
    rows, problems = read((LOG, LINE * 2), (LOG, LINE * 2), (LOG, LINE * 2))
    assert len(rows) == 3 and "more than 3 events" in problems[0]


class JournalFile:
    """A journal as systemd writes it, as far as a reader looks."""

    def __init__(self, compact=False):
        self.compact = compact
        self.objects = b""

    def object(self, kind, body, flags=0):
        offset = 272 + len(self.objects)
        size = 16 + len(body)
        self.objects += struct.pack("<BB6xQ", kind, flags, size) + body + b"\0" * (-size % 8)
        self.last = offset
        return offset

    def data(self, payload, flags=0):
        return self.object(1, bytes(48 + 8 * self.compact) + payload, flags)

    def entry(self, microseconds, *offsets):
        items = b"".join(struct.pack("<I" if self.compact else "<Q8x", offset) for offset in offsets)
        self.object(3, struct.pack("<QQQ16xQ", 42, microseconds, 0, 0) + items)

    def bytes(self, compressed=0):
        header = struct.pack("<8sII", b"LPKSHHRH", 0, compressed | 16 * self.compact).ljust(88, b"\0") + struct.pack("<Q", 272)
        return header.ljust(136, b"\0") + struct.pack("<Q", self.last) + bytes(272 - 144) + self.objects + bytes(4096)


def journal(compact=False):
    file = JournalFile(compact)
    program, other = file.data(b"SYSLOG_IDENTIFIER=sshd"), file.data(b"_COMM=sshd")
    file.object(2, b"field")
    message = file.data(b"MESSAGE=Accepted password for root from 203.0.113.5 port 1 ssh2")
    file.entry(1795600000123456, other, program, message)
    file.entry(1795600001123456, program, file.data(b"MESSAGE=tells nothing"))
    long = file.data(b"MESSAGE=Accepted password for eve from 203.0.113.6 port 1 ssh2")
    file.entry(1795600002123456, other, long)
    return file


@pytest.mark.parametrize("compact", [False, True])
def test_a_journal(compact):
    rows, problems = read((b"[root]/var/log/journal/1/system.journal", journal(compact).bytes()))
    assert [(row["kind"], row["user_name"], row["time"], row["line"], row["derived"]) for row in rows] == [
        ("ssh_login", "root", "2026-11-25T09:46:40.123456Z", 42, None), ("ssh_login", "eve", "2026-11-25T09:46:42.123456Z", 42, None)]
    assert not problems


def test_packed_messages_of_a_journal():
    file = journal()
    program = file.data(b"SYSLOG_IDENTIFIER=sudo")
    file.entry(1795600003000000, program, file.data(lzma.compress(b"MESSAGE=eve : PWD=/ ; COMMAND=/bin/id"), flags=1))
    file.entry(1795600004000000, program, file.data(b"no zstd", flags=4))
    rows, problems = read((LOG, file.bytes(9)))
    assert [row["kind"] for row in rows] == ["ssh_login", "ssh_login", "sudo"]
    assert len(problems) == 1 and "1 entries whose message is packed" in problems[0]


def test_messages_that_zstd_and_lz4_packed():
    zstd, block = library("compression.zstd", "backports.zstd"), library("lz4.block")
    file = journal()
    program = file.data(b"SYSLOG_IDENTIFIER=sudo")
    for flags, pack in ((4, zstd.compress), (2, lambda data: struct.pack("<Q", len(data)) + block.compress(data, store_size=False))):
        file.entry(1795600003000000, program, file.data(pack(b"MESSAGE=eve : PWD=/ ; COMMAND=/bin/sh -c " + b"x" * 20000), flags=flags))
        file.entry(1795600003000000, program, file.data(pack(b"MESSAGE=eve : PWD=/ ; COMMAND=" + bytes(64 << 20)), flags=flags))
        file.entry(1795600003000000, program, file.data(pack(b"MESSAGE=tells nothing"), flags=flags))
    rows, problems = read((LOG, file.bytes(15)))
    assert [row["user_name"] for row in rows if row["kind"] == "sudo"] == ["eve"] * 3
    assert problems == ["[root]/var/log/auth.log: 1 entries whose message is packed can't be read. journalctl --file=FILE may"]


def test_a_library_that_is_missing_for_messages_is_named(monkeypatch):
    monkeypatch.setattr(_packers, "_found", lambda *_names: None)
    file = journal()
    file.entry(1795600004000000, file.data(b"_COMM=sudo"), file.data(struct.pack("<Q", 9) + b"packed", flags=2))
    assert "1 entries whose message is packed can't be read. Python has no lz4: pip install lz4" in read((LOG, file.bytes(9)))[1][0]


def test_journals_of_a_hostile_host_neither_fail_nor_hang():
    whole, chance, begin = journal().bytes(), random.Random(7), time.process_time()
    for cut in range(0, len(whole), 40):
        read((LOG, whole[:cut]))
    for _round in range(2000):
        broken = bytearray(whole)
        for _byte in range(chance.randrange(1, 8)):
            broken[chance.randrange(8, len(broken))] = chance.choice((0, 1, 0x7F, 0xFF, chance.randrange(256)))
        read((LOG, bytes(broken)))
    assert time.process_time() - begin < 10


def test_events_of_impossible_years_cost_only_themselves():
    line = b" web01 sshd[1]: Accepted password for root from 203.0.113.5 port 1 ssh2\n"
    file = journal()
    program, message = file.data(b"_COMM=sshd"), file.data(b"MESSAGE=Accepted password for eve from 203.0.113.5 port 1 ssh2")
    for microseconds in (200_000_000_000_000_000, 253_402_300_799_000_000):
        file.entry(microseconds, program, message)
    rows, problems = read((LOG, b"9999-12-31T23:59:59+00:00" + line + b"2026-11-25T10:00:00+00:00" + line), (LOG, file.bytes()))
    assert len(rows) == 3 and all(is_time(row["time"]) for row in rows)
    assert problems == ["[root]/var/log/auth.log: 1 events of a year before 1700 or after 2261 are not here",
                        "[root]/var/log/auth.log: 2 events of a year before 1700 or after 2261 are not here"]
