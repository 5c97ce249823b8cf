# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import bz2
import gzip
import lzma
import random
import shutil
import socket
import struct
import subprocess
import time

import pytest

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables import _table_logins, _utmp

UTMP = {384: "<h2xi32s4s32s256shhiii16s20x", 400: "<h2xi32s4s32s256shhqqq16s20x4x"}
BOOT, INIT, GETTY, LOGIN, LOGOUT = 2, 5, 6, 7, 8
T = 1700000000
V6 = socket.inet_pton(socket.AF_INET6, "2001:db8::7")


def record(kind, seconds, line=b"pts/0", user=b"bob", host=b"", address=bytes(16), pid=4711, layout=UTMP[384], micro=5):
    return struct.pack(layout, kind, pid, line, b"ts/0", user, host, 0, 0, 9, seconds, micro, address)


def test_sizes_are_those_of_the_kernel_headers():
    assert {struct.calcsize(form) for form in UTMP.values()} == set(UTMP)


@pytest.mark.parametrize("layout", UTMP.values())
@pytest.mark.parametrize("order", "<>")
def test_a_login_in_every_layout(home, layout, order):
    layout = layout.replace("<", order)
    home.file(
        b"/var/log/wtmp",
        record(LOGIN, T, host=b"evil\x1b[0m", address=socket.inet_aton("192.0.2.1") + bytes(12), layout=layout),
    )
    found = home.finish()
    assert found == {
        "logins": [
            {
                "file": "/var/log/wtmp",
                "record": 0,
                "source": "wtmp",
                "type": 7,
                "event": "login",
                "pid": 4711,
                "line": "pts/0",
                "id": "ts/0",
                "user": "bob",
                "host": "evil\\x1b[0m",
                "address": "192.0.2.1",
                "session": 9,
                "time": "2023-11-14T22:13:20.000005Z",
            }
        ]
    }


def test_ipv6(home):
    home.file(b"/run/utmp", record(LOGIN, T, address=V6))
    assert home.finish()["logins"][0]["address"] == "2001:db8::7"


def test_wiped_records_are_marked(home):
    home.file(
        b"/var/log/wtmp",
        b"".join(
            (
                record(BOOT, T + 1000, line=b"~", user=b"reboot"),
                record(LOGIN, T + 1010),
                record(LOGIN, T + 1020, line=b"pts/1", user=b""),
                bytes(384 * 3),
                record(LOGOUT, T + 1040, line=b"pts/0", user=b""),
                record(LOGOUT, T + 1030, line=b"pts/7", user=b""),
                b"rest",
            )
        ),
    )
    found = home.finish()
    rows = {row["record"]: row for row in found["logins"]}
    assert sorted(rows) == [0, 1, 2, 3, 6, 7]
    assert rows[2]["blanked"] and "blanked" not in rows[1]
    assert rows[3] == {"file": "/var/log/wtmp", "record": 3, "source": "wtmp", "zeroed": True, "records": 3}
    assert "unpaired" not in rows[6] and "out_of_order" not in rows[6]
    assert rows[7]["unpaired"] and rows[7]["out_of_order"] and rows[7]["seconds_back"] == 10
    assert found["errors"] == [
        {
            "table": "logins",
            "member": "[root]/var/log/wtmp",
            "record": 8,
            "problem": "4 bytes after the last whole record",
        },
    ]


def test_a_boot_ends_all_sessions(home):
    home.file(b"/var/log/wtmp", record(LOGIN, T) + record(BOOT, T, line=b"~") + record(LOGOUT, T))
    assert home.finish()["logins"][2]["unpaired"]


@pytest.mark.parametrize(
    "name, pack",
    [
        (b"/var/log/btmp", lambda data: data),
        (b"/var/log/btmp.1", bytes),
        (b"/var/log/btmp-20240101.gz", gzip.compress),
        (b"/var/log/btmp.2.xz", lzma.compress),
        (b"/var/log/btmp.3.bz2", bz2.compress),
    ],
)
def test_rotations_packed_or_not(home, name, pack):
    home.file(name, pack(record(GETTY, T, line=b"ssh:notty", user=b"admin")))
    row = home.finish()["logins"][0]
    assert (row["source"], row["event"], row["user"], row["line"]) == ("btmp", "failed", "admin", "ssh:notty")


def test_a_bomb_of_records(home):
    home.tables._logins._left = 1 << 20
    home.file(b"/var/log/wtmp.1.gz", gzip.compress(bytes(64 << 20)))
    found = home.finish()
    assert len(found["logins"]) == 1
    assert "longer than the limit, the rest is not read" in [row["problem"] for row in found["errors"]]


def test_too_many_records(home, monkeypatch):
    monkeypatch.setattr(_table_logins, "MEMBER_ROWS", 10)
    home.file(b"/var/log/wtmp", record(LOGIN, T) * 50)
    found = home.finish()
    assert len(found["logins"]) == 10
    assert found["errors"][0]["record"] == 10


def test_absurd_records_are_rows_all_the_same(home):
    form = UTMP[400]
    home.file(
        b"/var/log/wtmp",
        b"".join(
            (
                record(LOGIN, T, layout=form) * 20,
                record(LOGIN, 292 * 10**9, layout=form),
                record(-5, 1, layout=form),
                record(99, -(1 << 63), layout=form, micro=-1),
                record(LOGIN, 1, user=b"\xff\n\x00tail", layout=form),
                struct.pack(form, 7, 1, b"p" * 32, b"ssss", b"u" * 32, b"h" * 256, 1, 1, 1, 1, 10**15, b"\xff" * 16),
            )
        ),
    )
    rows = home.finish()["logins"][19:]
    assert len(rows) == 6
    assert "time" not in rows[1] and rows[2]["event"] == rows[3]["event"] == "unknown"
    assert rows[4]["user"] == "\\xff\\x0a"
    assert rows[5]["host"] == "h" * 256


def test_noise_is_read_as_the_usual_layout(home):
    noise = random.Random(1).randbytes(384 * 5)
    home.file(b"/var/log/wtmp", noise)
    found = home.finish()
    assert len(found["logins"]) == 5
    assert "no layout" in found["errors"][0]["problem"]


@pytest.mark.parametrize("form", ["<i32s256s", "<q32s256s"])
def test_lastlog(home, form):
    size = struct.calcsize(form)
    data = bytearray(size * 70000)
    for uid in (0, 1000, 65533):
        struct.pack_into(form, data, uid * size, T + uid, b"pts/1", b"192.0.2.9")
    home.file(b"/var/log/lastlog", bytes(data))
    rows = home.finish()["logins"]
    assert [(row["uid"], row["event"], row["time"]) for row in rows] == [
        (0, "last", "2023-11-14T22:13:20Z"),
        (1000, "last", "2023-11-14T22:30:00Z"),
        (65533, "last", "2023-11-15T16:25:33Z"),
    ]
    assert rows[0]["host"] == "192.0.2.9" and rows[0]["line"] == "pts/1"


def test_a_piece_of_a_sparse_lastlog(home):
    uid = 1_234_001_105
    offset = uid * 292 // 4096 * 4096
    piece = bytearray(8192)
    struct.pack_into("<i32s256s", piece, uid * 292 - offset, T, b"pts/1", b"")
    home.give(b"live/sparse/var/log/lastlog@%d" % offset, bytes(piece))
    assert [row["uid"] for row in home.finish()["logins"]] == [uid]


def test_much_of_nothing_is_skipped_fast(home):
    class Nothing:
        left = 1 << 30

        def read(self, size):
            size = min(size, self.left)
            self.left -= size
            return bytes(size)

    start = time.monotonic()
    assert list(_utmp.records(Nothing(), 292)) == [
        (0, (1 << 30) // 292, b""),
        ((1 << 30) // 292, 0, bytes((1 << 30) % 292)),
    ]
    assert time.monotonic() - start < 20


def test_failures(home):
    home.file(b"/var/log/faillog", bytes(32 * 1000) + struct.pack("<hh12sqq", 3, 0, b"/dev/tty1", T, 0))
    home.file(b"/var/log/tallylog", bytes(64) + struct.pack("<52sHHQ", b"192.0.2.1", 0, 5, T))
    home.file(b"/run/faillock/bob", struct.pack("<52sHHQ", b"203.0.113.5", 0, 3, T))
    rows = {row["source"]: row for row in home.finish()["logins"]}
    assert (rows["faillog"]["uid"], rows["faillog"]["failures"], rows["faillog"]["line"]) == (1000, 3, "/dev/tty1")
    assert (rows["tallylog"]["uid"], rows["tallylog"]["failures"], rows["tallylog"]["host"]) == (1, 5, "192.0.2.1")
    assert (rows["faillock"]["user"], rows["faillock"]["host"], rows["faillock"]["valid"]) == (
        "bob",
        "203.0.113.5",
        True,
    )


@pytest.mark.skipif(not shutil.which("utmpdump"), reason="utmpdump is not installed")
def test_utmpdump_sees_the_same(home, tmp_path):
    data = record(BOOT, T + 1000, line=b"~", user=b"reboot") + bytes(384) + record(LOGIN, T, address=V6)
    path = tmp_path / "wtmp"
    path.write_bytes(data)
    home.file(b"/var/log/wtmp", data)
    rows = home.finish()["logins"]
    lines = subprocess.run(["utmpdump", str(path)], capture_output=True, check=True, text=True).stdout.splitlines()
    assert [int(line[1:2]) for line in lines] == [row.get("type", 0) for row in rows]
    for line, row in zip(lines, rows):
        assert row.get("zeroed") or row["time"][:19] in line and row["user"] in line
