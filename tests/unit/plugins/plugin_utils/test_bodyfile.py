# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import gzip
import json
import os
import resource
import shutil
import stat
import subprocess

import pytest

from ansible_collections.csirt.linux_triage.plugins.module_utils._files import _file_rows
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables import _bodyfile
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._bodyfile import (
    Bodyfile, line_of, mode_text,
)
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._names import escape, unescape
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_rows import Rows

FILES = b"tables/files.jsonl.gz"
TIME = "2023-11-14T22:13:%02d.123456789Z"
ROW = {
    "path": "/etc/passwd",
    "type": "file",
    "mode": "0644",
    "uid": 0,
    "gid": 0,
    "links": 1,
    "device": "8:1",
    "size": 1221,
    "blocks": 8,
    "inode": 77,
    "atime": TIME % 20,
    "mtime": TIME % 21,
    "ctime": TIME % 22,
    "btime": TIME % 23,
}
LINE = "0|/etc/passwd|77|r/rrw-r--r--|0|0|1221|1700000000|1700000001|1700000002|1700000003"
NAMES = [
    b"a|b",
    b"new\nline",
    b"100%",
    b"%41",
    b"%zz",
    b"esc\x1b[31m",
    b"back\\slash",
    b"bad\xff",
    "t\u00e4st".encode(),
    b" sp ace ",
    b'quo"te',
]


def as_host(row):
    """A row in the very bytes that the host writes."""
    return json.dumps(row, separators=(",", ":")).encode("ascii") + b"\n"


def body(home, *rows):
    home.give(FILES, gzip.compress(b"".join(as_host(row) for row in rows)))
    return home.finish()["bodyfile"]


@pytest.mark.parametrize(
    "kind, mode, text",
    [
        ("file", "0644", "r/rrw-r--r--"),
        ("file", "4755", "r/rrwsr-xr-x"),
        ("file", "6644", "r/rrwSr-Sr--"),
        ("directory", "1777", "d/drwxrwxrwt"),
        ("directory", "1770", "d/drwxrwx--T"),
        ("link", "0777", "l/lrwxrwxrwx"),
        ("char", "0620", "c/crw--w----"),
        ("block", "0660", "b/brw-rw----"),
        ("fifo", "0600", "p/prw-------"),
        ("socket", "0755", "h/hrwxr-xr-x"),
        ("new thing", "0000", "-/----------"),
    ],
)
def test_modes(kind, mode, text):
    assert mode_text(kind, mode) == text


def test_modes_are_those_of_ls():
    for bits in range(0o10000):
        assert mode_text("file", "%04o" % bits)[3:] == stat.filemode(stat.S_IFREG | bits)[1:]


def test_a_line(home):
    link = dict(ROW, type="link", mode="0777", target="/x")
    no_birth = {name: value for name, value in ROW.items() if name != "btime"}
    assert body(home, ROW, link, no_birth) == [
        LINE,
        LINE.replace("passwd", "passwd -> /x").replace("r/rrw-r--r--", "l/lrwxrwxrwx"),
        LINE.replace("1700000003", "0"),
    ]


def test_the_quick_way_and_the_other_write_the_same(home):
    rows = [dict(ROW, path="/" + escape(name)) for name in NAMES] + [
        ROW,
        dict(ROW, target=""),
        dict(ROW, target="", path="/%41"),
        dict(ROW, mtime="epoch+292000000000.000000001"),
    ]
    assert body(home, *rows) == [line_of(row)[:-1] for row in rows]


def test_no_name_breaks_a_line(home):
    lines = body(home, *[dict(ROW, path="/" + escape(name), target=escape(name), type="link") for name in NAMES])
    assert len(lines) == len(NAMES)
    for line, name in zip(lines, NAMES):
        assert line.count("|") == 10 and line.isprintable()
        path, _arrow, target = line.split("|")[1].partition(" -> ")
        assert unescape(path) == b"/" + name and unescape(target) == name


def test_rows_without_a_status_have_no_line(home):
    assert body(
        home, {"path": "/x", "error": "gone"}, {"path": "/mnt", "type": "directory", "skipped": "network"}, ROW
    ) == [LINE]


def test_hostile_rows(home):
    bad = [
        dict(ROW, path=7),
        dict(ROW, mode="rw"),
        dict(ROW, mode=None),
        dict(ROW, type=[]),
        dict(ROW, atime="today"),
        dict(ROW, mtime="9999-99-99T00:00:00.000000000Z"),
        dict(ROW, inode="5|6"),
        dict(ROW, uid=None),
        dict(ROW, size=float("nan")),
        dict(ROW, size=float("inf")),
        dict(ROW, ctime=[1]),
        dict(ROW, target=[1]),
    ]
    data = (
        b"".join(as_host(row) for row in bad)
        + b"\n[]\n{\n"
        + b"\xff\n"
        + b'{"path":' * 50_000
        + b"\n"
        + as_host(dict(ROW, path="/a\n|\ud800"))
    )
    data += b"x" * (3 << 20) + b"\n" + as_host(ROW)
    home.give(FILES, gzip.compress(data))
    found = home.finish()
    assert found["bodyfile"] == [LINE.replace("/etc/passwd", "/a\\x0a\\x7c\\xed\\xa0\\x80"), LINE]
    assert [row["line"] for row in found["errors"][:20]] == [*range(1, 18), 19]


def test_times_as_numbers(home):
    assert body(home, dict(ROW, atime=1700000000, mtime="1700000001.5", ctime=1700000002.9)) == [LINE]


def test_a_table_that_is_not_packed_or_torn(home):
    home.give(b"tables/files.jsonl", as_host(ROW))
    home.give(FILES, gzip.compress(as_host(ROW) * 1000)[:-20])
    found = home.finish()
    assert found["bodyfile"][0] == LINE
    assert found["errors"][-1]["problem"] == "the packed data ends early"


def test_what_the_host_side_writes(home, tmp_path):
    folder = os.fsencode(tmp_path / "host")
    os.mkdir(folder)
    for name in [*NAMES, b"plain"]:
        with open(os.path.join(folder, name), "wb"):
            pass
    os.symlink(b"tar|get\n", os.path.join(folder, b"link"))
    os.symlink(b"plain", os.path.join(folder, b"to plain"))
    os.mkfifo(os.path.join(folder, b"fifo"))
    written = []
    rows = _file_rows.Rows(written.append)
    before = os.getcwd()
    os.chdir(folder)
    try:
        rows.add(folder, os.listdir(folder))
    finally:
        os.chdir(before)
    rows.flush()
    home.give(FILES, b"".join(written))
    usual = [fields[0] for fields in _bodyfile._LINE.findall(gzip.decompress(b"".join(written))) if fields[1]]
    assert sorted(usual) == sorted(os.path.join(folder, name) for name in (b"plain", b"fifo", b" sp ace ", b"to plain"))
    found = home.finish()
    assert "errors" not in found
    paths = {unescape(line.split("|")[1].split(" -> ")[0]) for line in found["bodyfile"]}
    assert paths == {os.path.join(folder, name) for name in os.listdir(folder)}
    times = os.lstat(os.path.join(folder, b"fifo"))
    fields = next(line for line in found["bodyfile"] if "/fifo|" in line).split("|")
    assert fields[2:10] == [
        str(times.st_ino),
        "p/prw-r--r--",
        str(times.st_uid),
        str(times.st_gid),
        "0",
        str(int(times.st_atime)),
        str(int(times.st_mtime)),
        str(int(times.st_ctime)),
    ]


@pytest.mark.skipif(not shutil.which("mactime"), reason="mactime (The Sleuth Kit) is not installed")
def test_mactime_reads_it(home, tmp_path):
    rows = [dict(ROW, path="/" + escape(name), inode=1000 + number) for number, name in enumerate(NAMES)]
    lines = body(home, *rows, dict(ROW, mtime="epoch+292000000000.000000000", path="/future"))
    path = tmp_path / "body"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    output = subprocess.run(
        ["mactime", "-b", str(path), "-d", "-y"],
        capture_output=True,
        check=True,
        env={"PATH": os.environ["PATH"], "TZ": "UTC"},
    )
    found = output.stdout.decode("utf-8").splitlines()[1:]
    assert len(found) == 4 * (len(NAMES) + 1)
    for row in rows:
        shown = {line.partition(",")[0]: line for line in found if ",%d," % row["inode"] in line}
        assert sorted(shown) == ["2023-11-14T22:13:%02dZ" % second for second in (20, 21, 22, 23)]
        name = shown["2023-11-14T22:13:21Z"].split(",", 7)[7][1:-1].replace('""', '"')
        assert unescape(name) == unescape(row["path"])


class Table:
    """A packed table of many rows, made while it is read."""

    def __init__(self, rows):
        block = as_host(ROW) * 1000
        self._pieces = (gzip.compress(block, 1) for _number in range(rows // 1000))
        self._rest = b""

    def read(self, size):
        if not self._rest:
            self._rest = next(self._pieces, b"")
        data, self._rest = self._rest[:size], self._rest[size:]
        return data


def test_memory_does_not_grow(tmp_path):
    body_file = Bodyfile(Rows(tmp_path), tmp_path)
    body_file.read(FILES, Table(10_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    body_file.read(FILES, Table(200_000))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8 << 10
    assert body_file.close()[0][0] == "bodyfile.txt.gz"
