# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import gzip
import hashlib
import os
import random
import subprocess
import zlib

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._part import (
    MEMBER_SIZE,
    MemberStream,
    Part,
    free_bytes,
    tar_header,
)
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.core_helpers import (
    END,
    entries,
    mode_of,
    name_bytes,
    raw,
    small_disk,
    unpacked,
)

NAMES = (
    b"[root]/etc/passwd", b"[root]/a b", b"[root]/line\nbreak", b"[root]/\x1b[31mred", b"[root]/\xff\xfe\x80",
    b"[root]/" + b"x" * 92, b"[root]/" + b"x" * 93, b"[root]/" + b"x" * 94, b"[root]/" + b"deep/" * 3000 + b"file",
    b"[root]/-rf", b"[root]/a\\b", u"[root]/\u65e5\u672c".encode("utf-8"),
)


@pytest.fixture
def part(tmpdir, nothing_left_open):
    made = Part(raw(tmpdir.join("part.tar.gz")))
    yield made


def _random(size, seed=0):
    blocks = (hashlib.sha512(("%d %d" % (seed, number)).encode("ascii")).digest() for number in range(size // 64 + 1))
    return b"".join(blocks)[:size]


def _have(program):
    return any(os.access(os.path.join(folder, program), os.X_OK) for folder in os.environ["PATH"].split(":"))


def test_a_part_is_hardly_larger_than_what_gzip_would_make(part):
    chance = random.Random(42)
    words = b"GET POST /index.php?id= /wp-content/uploads/ HTTP/1.1 Mozilla/5.0 sshd[ port".split()
    lines = [b"".join(chance.choice(words) + b"%d " % chance.randrange(10 ** 5) for _unused in range(10)) for _unused in range(4000)]
    data = b"".join(chance.choice(lines) + b"%d\n" % chance.randrange(10 ** 9) for _unused in range(20000))
    part.add(b"[root]/log", data)
    part.close()
    assert os.path.getsize(part.path) < 1.12 * len(zlib.compress(data, 6))


def test_names_and_bytes_come_back(part):
    for number, name in enumerate(NAMES):
        part.add(name, _random(number * 211, number))
    part.close()
    found = entries(part.path)
    assert sorted(found) == sorted(NAMES)
    for number, name in enumerate(NAMES):
        assert found[name][1] == _random(number * 211, number)


@pytest.mark.parametrize("header", [
    {"mode": 0o6755, "uid": 0, "gid": 0, "mtime": 0},
    {"mode": 0o600, "uid": 2 ** 21, "gid": 2 ** 32 - 2, "mtime": 2 ** 33},
    {"mode": 0o644, "uid": 2 ** 21 - 1, "gid": 65534, "mtime": -1},
    {"mode": 0o644, "uid": 1000, "gid": 1000, "mtime": -2 ** 40},
    {"mode": 0o644, "uid": 1000, "gid": 1000, "mtime": 2 ** 62},
])
def test_owner_mode_and_time(part, header):
    part.add(b"[root]/file", b"data", **header)
    part.close()
    if str is bytes and header["mtime"] < 0:
        pytest.skip("Python 2.7's tarfile knows no times before 1970")
    entry = entries(part.path)[b"[root]/file"][0]
    assert dict((key, getattr(entry, key)) for key in header) == header


def test_a_size_beyond_octal_digits():
    header = tar_header(b"[root]/big", 2 ** 40)
    assert header[124:136] == b"\x80" + b"\0" * 5 + b"\x01" + b"\0" * 5


@pytest.mark.parametrize("target", [b"/dev/zero", b"../x\ny", b"\xff" * 100, b"t/" * 2000])
def test_links(part, target):
    part.add_link(NAMES[8], target, mode=0o777)
    part.add(b"[root]/after", b"whole")
    part.close()
    found = entries(part.path)
    entry = found[NAMES[8]][0]
    assert entry.issym()
    assert name_bytes(entry.linkname) == target
    assert found[b"[root]/after"][1] == b"whole"


def test_many_blocks_stay_in_order(part):
    chance = random.Random(3)
    expected = {}
    for number in range(60):
        size = chance.choice([0, 1, 511, 512, 513, 1000, MEMBER_SIZE - 512, MEMBER_SIZE, MEMBER_SIZE + 1, 3 * MEMBER_SIZE])
        data = ("%05d " % number).encode("ascii") * (size // 6 + 1)
        expected[("[root]/%d" % number).encode("ascii")] = data[:size]
        part.add(("[root]/%d" % number).encode("ascii"), data[:size])
    digest = part.close()
    found = entries(part.path)
    assert dict((name, data) for name, (_entry, data) in found.items()) == expected
    with open(part.path, "rb") as stream:
        assert hashlib.sha256(stream.read()).hexdigest() == digest
    assert part.size == os.path.getsize(part.path)
    assert part.entries == 60


def test_each_member_is_independent(part):
    part.add(b"[root]/big", _random(MEMBER_SIZE * 3))
    part.close()
    with open(part.path, "rb") as stream:
        assert stream.read().count(b"\x1f\x8b\x08\x00\x00\x00\x00\x00") == 4


def test_what_is_missing_is_zeros_and_what_is_too_much_is_not_asked_for(part):
    asked = []

    def endless():
        while True:
            asked.append(1)
            yield b"x" * 1000

    assert part.add_stream(b"[root]/short", 10000, iter([b"abc", b"", b"def"])) == 6
    assert part.add_stream(b"[root]/long", 2500, endless()) == 2500
    assert part.add_stream(b"[root]/none", 0, endless()) == 0
    part.close()
    found = entries(part.path)
    assert found[b"[root]/short"][1] == b"abcdef" + b"\0" * 9994
    assert found[b"[root]/long"][1] == b"x" * 2500
    assert len(asked) == 3


def test_a_source_that_fails_leaves_a_whole_part(part):
    def failing():
        yield b"some"
        raise ValueError("broken")

    with pytest.raises(ValueError):
        part.add_stream(b"[root]/broken", 5000, failing())
    part.add(b"[root]/after", b"whole")
    part.close()
    found = entries(part.path)
    assert found[b"[root]/broken"][1] == b"some" + b"\0" * 4996
    assert found[b"[root]/after"][1] == b"whole"


def test_only_its_owner_can_read_it_and_nobody_write(part):
    assert mode_of(part.path) == 0o600
    part.add(b"[root]/x", b"")
    part.close(os.geteuid())
    assert mode_of(part.path) == 0o400


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_it_is_handed_to_its_reader(part):
    part.close(65534)
    assert os.stat(part.path).st_uid == 65534


def test_nothing_that_is_there_is_overwritten(tmpdir, nothing_left_open):
    tmpdir.join("file").write("precious")
    os.symlink("file", str(tmpdir.join("link")))
    os.symlink("nowhere", str(tmpdir.join("dangling")))
    for name in ("file", "link", "dangling"):
        with pytest.raises(OSError) as caught:
            Part(raw(tmpdir.join(name)))
        assert caught.value.errno == errno.EEXIST
    assert tmpdir.join("file").read() == "precious"
    assert not tmpdir.join("nowhere").check()


def test_threads_end(tmpdir):
    closed, abandoned = Part(raw(tmpdir.join("a")), threads=4), Part(raw(tmpdir.join("b")), threads=4)
    closed.close()
    abandoned.abandon()
    for thread in closed._stream._threads + abandoned._stream._threads:
        thread.join(5)
        assert not thread.is_alive()


def test_what_is_compressed_already_is_whole_and_hardly_larger(part):
    data = _random(MEMBER_SIZE * 3 + 1)
    part.add(b"[root]/rotated.gz", data)
    part.add(b"[root]/text", b"the same again " * MEMBER_SIZE)
    part.close()
    assert data in unpacked(part.path)
    assert len(data) < part.size < len(data) + len(data) // 100 + MEMBER_SIZE


def test_what_was_written_before_an_end_is_whole_members(part):
    part.add(b"[root]/big", _random(MEMBER_SIZE * 8))
    part.abandon()
    written = len(unpacked(part.path))
    assert 0 < written <= MEMBER_SIZE * 8
    assert written % MEMBER_SIZE == 0


def test_a_compressor_that_fails_is_an_error_and_no_endless_wait():
    stream = MemberStream(lambda data: None, threads=1, level=99)
    stream.write(b"x")
    with pytest.raises(Exception):
        stream.close()


def test_a_full_disk(tmpdir, nothing_left_open):
    with small_disk(tmpdir) as folder:
        part = Part(folder + b"/part")
        data = _random(MEMBER_SIZE)
        for _unused in range(3):
            part.add(b"[root]/fits", data)
        with pytest.raises(OSError) as caught:
            for _unused in range(10):
                part.add(b"[root]/random", data)
        assert caught.value.errno == errno.ENOSPC
        # However much room there is now: what was lost can't be made good.
        subprocess.check_call(["mount", "-o", "remount,size=8m", str(tmpdir.join("disk"))])
        with pytest.raises(OSError):
            part.add(b"[root]/later", data * 4)
        with pytest.raises(OSError):
            part.close()
        saved = unpacked(part.path)
        assert os.path.getsize(part.path) == part.size
        assert len(saved) >= 2 * MEMBER_SIZE and len(saved) % MEMBER_SIZE == 0


def test_room(tmpdir):
    part = Part(raw(tmpdir.join("part")), reserve=1 << 60)
    assert part.room() and not part.has_room()
    part.add(b"[root]/random", _random(8 << 20))
    part._stream.close()
    assert not part.room()
    assert not part.room()  # still
    part._reserve = 0
    assert part.room()
    os.close(part._file)


def test_free_bytes(tmpdir):
    descriptor = os.open(str(tmpdir), os.O_RDONLY)
    try:
        assert 0 < free_bytes(descriptor) < 1 << 60
    finally:
        os.close(descriptor)


def _archive(tmpdir):
    """Two parts and an end, one behind the other."""
    target = str(tmpdir.join("archive.tar.gz"))
    with open(target, "wb") as archive:
        for number in range(2):
            part = Part(raw(tmpdir.join("part%d" % number)))
            part.add(("[root]/first%d" % number).encode("ascii"), b"a" * (number + 1) * MEMBER_SIZE, mode=0o644, mtime=10 ** 9)
            part.add_link(("[root]/link%d" % number).encode("ascii"), b"first")
            part.add(b"live/" + b"long/" * 60 + str(number).encode("ascii"), b"b" * 10)
            part.close()
            with open(part.path, "rb") as stream:
                archive.write(stream.read())
    with gzip.open(target, "ab") as stream:
        stream.write(END)
    return target


@pytest.mark.parametrize("command", [
    ["gzip", "-t"], ["7z", "t"], ["tar", "-tzf"], ["bsdtar", "-tzf"], ["python3", "-m", "tarfile", "-l"],
], ids=lambda command: command[0])
def test_other_programs_read_it_without_complaint(tmpdir, command):
    if not _have(command[0]):
        pytest.skip("no " + command[0])
    process = subprocess.Popen(command + [_archive(tmpdir)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = process.communicate()
    assert (process.returncode, err) == (0, b"")
    if command[0] not in ("gzip", "7z"):
        lines = out.decode("utf-8").split("\n")
        assert lines[0].strip() == "[root]/first0" and lines[5].strip() == "live/" + "long/" * 60 + "1" and not lines[6]


def test_gnu_tar_extracts_the_same_bytes(tmpdir):
    target = tmpdir.mkdir("out")
    subprocess.check_call(["tar", "-xzf", _archive(tmpdir), "-C", str(target)])
    first = target.join("[root]", "first1")
    assert first.read() == "a" * 2 * MEMBER_SIZE
    assert int(first.mtime()) == 10 ** 9
    assert os.readlink(str(target.join("[root]", "link0"))) == "first"
