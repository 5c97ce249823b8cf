# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import shutil
import socket
import stat
import subprocess
import tempfile

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _syscalls
from ansible_collections.csirt.linux_triage.plugins.module_utils._files import _file_rows, _inode, _walk
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._file_rows import json_text, say_time
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._mount_plan import make_plan
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.core_helpers import (
    descriptors,
    make_deep,
    make_node,
    raw,
    remove_deep,
    write,
)
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.listing_helpers import (
    as_nobody,
    names_below,
    walked,
)

ODD = [
    b"new\nline", b"\x1b]0;title\x07", b"\xff\xfe\x80", b"-rf", b" ", b"...", b"quote\"d", b"back\\slash", b"\\x41",
    b"\xe6\x97\xa5\xe6\x9c\xac", b"\xe2\x80\xae.exe", b"%s%d", b"x" * 255, b"\x7f",
]


@pytest.fixture
def root(tmpdir):
    folder = raw(tmpdir) + b"/tree"
    os.mkdir(folder)
    yield folder
    remove_deep(folder)


@pytest.fixture(params=["statx", "newfstatat", "lstat"])
def reader(request, monkeypatch):
    """Every way to ask for a status."""
    if request.param != "statx":
        monkeypatch.setattr(_syscalls, "HAS_STATX", False)
    if request.param == "lstat":
        monkeypatch.setattr(_inode, "_NEWFSTATAT", {})
    return request.param


def test_odd_names_come_back_as_they_were(root):
    for name in ODD:
        write(root + b"/" + name + b"-folder/" + name if len(name) < 200 else root + b"/" + name)
    listing = walked(root)
    assert listing.paths() == names_below(root)
    for line in listing.lines:
        assert all(32 <= byte < 127 for byte in bytearray(line))


def test_names_in_json():
    assert json_text(b"plain/name") == "plain/name"
    assert json_text(b"a\"b\\c\n") == r"a\"b\\\\c\\x0a"


def test_all_that_lstat_says_is_in_the_row(root, reader):
    path = write(root + b"/file", b"x" * 5000)
    os.chmod(path, 0o4755)
    os.link(path, root + b"/again")
    os.mkdir(root + b"/folder", 0o1777)
    os.chmod(root + b"/folder", 0o1777)
    listing = walked(root)
    for name, kind in ((b"/file", "file"), (b"/again", "file"), (b"/folder", "directory"), (b"/", "directory")):
        row, known = listing.rows[name], os.lstat(root + name)
        assert (row["type"], int(row["mode"], 8)) == (kind, stat.S_IMODE(known.st_mode))
        assert (row["uid"], row["gid"], row["links"]) == (known.st_uid, known.st_gid, known.st_nlink)
        assert (row["size"], row["blocks"], row["inode"]) == (known.st_size, known.st_blocks, known.st_ino)
        assert row["device"] == "%d:%d" % (os.major(known.st_dev), os.minor(known.st_dev))
        for field in ("atime", "mtime", "ctime"):
            nanoseconds = getattr(known, "st_%s_ns" % field, None)
            if nanoseconds is not None:
                assert row[field] == say_time(_inode.TIME.pack(*divmod(nanoseconds, 10 ** 9)))
        assert ("btime" in row) <= (reader == "statx")


@pytest.mark.parametrize("seconds, nanoseconds, text", [
    (1795405893, 5, "2026-11-23T03:51:33.000000005Z"),
    (0, 0, "1970-01-01T00:00:00.000000000Z"),
    (-1, 500000000, "1969-12-31T23:59:59.500000000Z"),
    (2 ** 62, 1, "epoch+4611686018427387904.000000001"),
    (-2 ** 62, 1, "epoch-4611686018427387904.000000001"),
])
def test_times_as_text(seconds, nanoseconds, text):
    assert say_time(_inode.TIME.pack(seconds, nanoseconds)) == text


def test_nanoseconds_and_birth(root):
    path = write(root + b"/file")
    subprocess.check_call(["touch", "-d", "2001-02-03 04:05:06.123456789 UTC", path])
    row = walked(root).rows[b"/file"]
    if _syscalls.HAS_STATX or _inode._NEWFSTATAT:
        assert row["mtime"] == "2001-02-03T04:05:06.123456789Z"
    if "btime" in row:
        assert row["btime"] > "2026" and row["btime"] <= row["ctime"]


def test_links_are_named_and_not_followed(root):
    os.mkdir(root + b"/folder")
    os.symlink(b"..", root + b"/folder/loop")
    os.symlink(b"loop", root + b"/loop")
    os.symlink(b"/\xff\n\"" + b"x" * 1000, root + b"/away")
    listing = walked(root)
    assert listing.paths() == [b"/", b"/away", b"/folder", b"/folder/loop", b"/loop"]
    assert listing.rows[b"/folder/loop"]["target"] == ".."
    assert listing.rows[b"/away"]["target"] == "/\\xff\\x0a\"" + "x" * 1000


def test_nothing_is_opened_but_folders(root):
    make_node(root + b"/fifo", stat.S_IFIFO)
    listener = socket.socket(socket.AF_UNIX)
    before = os.getcwd()
    os.chdir(root)
    listener.bind("socket")
    os.chdir(before)
    rows = walked(root).rows
    listener.close()
    assert (rows[b"/fifo"]["type"], rows[b"/socket"]["type"]) == ("fifo", "socket")


def test_devices_with_their_numbers(root):
    make_node(root + b"/char", stat.S_IFCHR, os.makedev(1, 3))
    make_node(root + b"/block", stat.S_IFBLK, os.makedev(259, 70000))
    rows = walked(root).rows
    assert (rows[b"/char"]["type"], rows[b"/char"]["node"]) == ("char", "1:3")
    assert (rows[b"/block"]["type"], rows[b"/block"]["node"]) == ("block", "259:70000")


@pytest.mark.parametrize("depth, name", [(40, b"x" * 200), (1000, b"d")])
def test_trees_deeper_than_path_max(root, depth, name):
    deepest = make_deep(root, name, depth)
    write(root + b"/z/file")
    write(root + b"/" + name + b"/a/file")
    listing = walked(root)
    assert len(listing.lines) == depth + 6
    assert listing.rows[deepest[len(root):]]["size"] == 4
    assert b"/z/file" in listing.rows and b"/" + name + b"/a/file" in listing.rows
    assert not listing.notes


def test_the_way_back_from_deep_down_finds_every_sibling(root):
    os.chdir(root)
    for level in range(_walk.OPEN_FOLDERS + 30):
        for number in range(5):
            os.mkdir("side-%d" % number)
            write(b"side-" + str(number).encode() + b"/file", b"")
        os.mkdir("down")
        os.chdir("down")
    os.chdir("/")
    listing = walked(root)
    assert listing.paths() == names_below(root)
    assert len(listing.lines) == len(listing.rows)


def test_no_end_of_depth(root, monkeypatch):
    monkeypatch.setattr(_walk, "MAX_PATH", 5000)
    make_deep(root, b"x" * 250, 30)
    listing = walked(root)
    assert len(listing.lines) == 5000 // 251 + 2
    assert [state for _path, state in listing.notes] == ["skipped_budget"]


def test_a_folder_that_is_moved_away_takes_only_itself(root):
    make_deep(root, b"d", 100)
    os.mkdir(root + b"/other")
    for name in (b"a", b"b", b"c"):
        write(root + b"/" + name + b"/file")

    def move(walk):
        if len(walk.frames) == 90 and os.path.exists(root + b"/d" * 80):
            os.rename(root + b"/d" * 80, root + b"/other/moved")

    listing = walked(root, pause=move)
    assert [(len(path) // 2, state) for path, state in listing.notes] == [(79, "changed")]
    assert set([b"/a/file", b"/b/file", b"/c/file"]) <= set(listing.rows)


@pytest.mark.parametrize("link, error", [(None, "No such file or directory"), (b"/etc", "Not a directory")])
def test_a_folder_that_changes_is_an_error_of_its_row(root, link, error):
    for name in (b"a", b"b", b"c"):
        write(root + b"/" + name + b"/file")
    gone = []

    def change(walk):
        if len(walk.frames) == 2 and not gone:
            gone.append(b"/" + walk.frames[0].pending[0])
            shutil.rmtree(root + gone[0])
            if link:
                os.symlink(link, root + gone[0])

    listing = walked(root, pause=change)
    assert (listing.rows[gone[0]]["type"], listing.rows[gone[0]]["error"]) == ("directory", error)
    assert len(listing.rows) == 6 and not listing.notes


@pytest.fixture
def open_root():
    """A tree that everybody may reach."""
    folder = tempfile.mkdtemp().encode("ascii")
    os.chmod(folder, 0o755)
    yield folder
    remove_deep(folder)


def test_without_privileges_what_can_be_seen_is_seen(open_root):
    write(open_root + b"/locked/file")
    write(open_root + b"/names/file")
    write(open_root + b"/open/file")
    os.chmod(open_root + b"/locked", 0)
    os.chmod(open_root + b"/names", 0o744)

    def work():
        listing = walked(open_root)
        assert (b"/locked", "denied") in listing.notes
        assert listing.rows[b"/locked"]["type"] == "directory"
        assert listing.rows[b"/locked"]["error"] == "Permission denied"
        assert listing.rows[b"/open/file"]["type"] == "file"
        if os.stat(open_root).st_uid != os.geteuid():
            assert listing.rows[b"/names/file"] == {
                "path": "/names/file", "type": "file", "skipped": "Permission denied",
            }

    as_nobody(work)


def test_names_without_a_status_leave_nothing_in_memory(root, reader):
    os.chdir(root)
    try:
        for read in _inode.status_readers():
            found = read([b"nothing"] * 3)
            assert [error.errno for error in found] == [2, 2, 2]
            assert not any(getattr(error, "__traceback__", None) for error in found)
    finally:
        os.chdir("/")


def test_a_large_folder_is_read_in_small_pieces(root):
    for number in range(2000):
        os.mkdir(root + ("/%04d-with-a-name-of-some-length" % number).encode())
    listing = walked(root)
    assert len(listing.lines) == len(listing.rows) == 2001
    if _syscalls.HAS_GETDENTS64:
        assert max(listing.buffers) <= _inode.BUFFER_SIZE // 24


def test_without_system_calls_of_our_own(root, monkeypatch):
    monkeypatch.setattr(_syscalls, "HAS_GETDENTS64", False)
    for name in ODD[:5]:
        write(root + b"/" + name + b"/file")
    assert walked(root).paths() == names_below(root)


def test_stops_are_named_but_not_entered(root):
    for name in (b"proc", b"share", b"excluded", b"home"):
        write(root + b"/" + name + b"/file")
    plan = make_plan([], excluded=[(b"/excluded", "excluded")])
    plan.stop(b"/share", plan.stops[b"/excluded"]._replace(reason="network file system nfs", touch=False))
    listing = walked(root, plan)
    assert b"/excluded/file" not in listing.rows and b"/share/file" not in listing.rows
    assert b"/home/file" in listing.rows
    assert listing.rows[b"/excluded"]["mode"] and listing.rows[b"/excluded"]["inode"]
    expected = {"path": "/share", "type": "directory", "skipped": "network file system nfs"}
    assert listing.rows[b"/share"] == expected


def test_access_times_stay(root):
    write(root + b"/folder/file")
    os.utime(root + b"/folder", (1000000000, 1000000000))
    os.utime(root, (1000000000, 1000000000))
    walked(root)
    assert os.stat(root).st_atime == os.stat(root + b"/folder").st_atime == 1000000000


def test_nothing_stays_open(root):
    make_deep(root, b"d", 100)
    before = descriptors()
    walked(root)
    assert descriptors() == before


def test_capabilities_of_programs(root):
    path = write(root + b"/program")
    os.chmod(path, 0o755)
    write(root + b"/data")
    if os.geteuid() or not _has_setcap(path) or subprocess.call(["setcap", "cap_net_raw,cap_setuid=ep", path]):
        pytest.skip("needs root and setcap")
    rows = walked(root).rows
    assert rows[b"/program"]["capabilities"] == "cap_setuid,cap_net_raw=ep"
    assert rows[b"/program"]["capabilities_raw"].startswith("0100000280200000")
    assert "capabilities" not in rows[b"/data"]


def _has_setcap(_path):
    return any(os.access(os.path.join(folder, "setcap"), os.X_OK) for folder in ("/sbin", "/usr/sbin"))


def test_attributes_that_pin_a_file(root, reader, monkeypatch):
    monkeypatch.setattr(_file_rows, "WORTH_OPENING", (b"",))
    paths = [write(root + b"/append"), write(root + b"/immutable"), write(root + b"/folder/file")[:-5], root + b"/none"]
    write(paths[3])
    if os.geteuid() or subprocess.call(["chattr", "+a", paths[0]]):
        pytest.skip("needs root and a file system with attributes")
    subprocess.check_call(["chattr", "+i", paths[1]])
    subprocess.check_call(["chattr", "+ia", paths[2]])
    try:
        rows = walked(root).rows
    finally:
        subprocess.check_call(["chattr", "-R", "-i", "-a", root])
    found = [rows[path[len(root):]].get("attributes") for path in paths]
    assert found == ["a", "i", "ia", None]


def test_work_is_shared_from_the_top_and_nothing_twice(root):
    for first in range(8):
        for second in range(8):
            write(root + ("/%d/%d/file" % (first, second)).encode())
    shares = []

    def give(walk):
        if len(walk.frames) == 2:
            share = walk.share(10)
            if share is not None:
                shares.append(share)

    listing = walked(root, pause=give)
    assert all(path == b"" and sum(len(name) + 1 for name in names) <= 10 for path, names in shares[:2])
    given = [path + b"/" + name for path, names in shares for name in names]
    assert len(given) == len(set(given)) > 2
    for path in names_below(root):
        inside = any(path.startswith(gift + b"/") for gift in given)
        assert (path in listing.rows) != inside


def test_giving_up_says_what_is_left(root):
    for name in (b"a", b"b", b"c"):
        write(root + b"/" + name + b"/file")
    left = []

    def stop(walk):
        if walk.path:
            left.extend(walk.abandon())
            raise StopIteration

    with pytest.raises(StopIteration):
        walked(root, pause=stop)
    assert [(path[:2], folders) for path, folders, _done in left] == [(b"/", 2), (left[1][0], 0)]
