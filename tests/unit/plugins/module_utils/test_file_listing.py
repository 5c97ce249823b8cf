# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import signal
import subprocess
import time

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _workspace
from ansible_collections.csirt.linux_triage.plugins.module_utils._files import _file_listing, _walker, _walkers
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection import Stopped
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._mount_plan import make_plan
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.core_helpers import (
    collecting,
    descriptors,
    make_deep,
    raw,
    remove_deep,
    write,
)
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.listing_helpers import (
    Listing,
    in_own_mounts,
    listed,
    names_below,
    taken,
)


@pytest.fixture
def root(tmpdir):
    folder = raw(tmpdir) + b"/root"
    os.mkdir(folder)
    yield folder
    remove_deep(folder)


def _fill(root, folders=60):
    for number in range(folders):
        for name in (b"a", b"b\n", b"\xff", b"c/d/e"):
            write(root + ("/%d/%d/" % (number % 6, number)).encode() + name)


def _children():
    with open("/proc/self/task/%d/children" % os.getpid()) as stream:
        return stream.read().split()


def test_two_workers_list_what_one_lists(tmpdir, root):
    _fill(root)
    one = listed(tmpdir.mkdir("1"), root, workers=1)
    two = listed(tmpdir.mkdir("2"), root, workers=2)
    many = listed(tmpdir.mkdir("5"), root, workers=5)
    assert one.paths() == names_below(root)
    assert sorted(one.lines) == sorted(two.lines) == sorted(many.lines)
    assert one.summary == two.summary == {"names": len(one.lines), "folders": 187, "errors": 0}
    assert not one.notes and not two.notes


def test_work_is_given_to_who_has_none(tmpdir, root, monkeypatch):
    _fill(root, 12)
    pause = _walker.Walker._pause
    monkeypatch.setattr(_walker.Walker, "_pause", lambda self: time.sleep(0.01) or pause(self))
    with collecting(tmpdir, root) as collection:
        spools = [collection.spool("files") for _unused in range(2)]
        walkers = _walkers.Walkers(spools, root, make_plan([]), collection.note, collection.check)
        walkers.run()
        rows = [walkers._board.progress(index)[1] for index in range(2)]
    assert sum(rows) == len(names_below(root))
    assert min(rows) > sum(rows) // 4


def test_an_empty_root_and_one_that_is_a_link(tmpdir, root):
    listing = listed(tmpdir.mkdir("1"), root)
    assert listing.paths() == [b"/"] and listing.rows[b"/"]["type"] == "directory"
    write(root + b"/file")
    os.symlink(root, raw(tmpdir) + b"/link")
    assert listed(tmpdir.mkdir("2"), raw(tmpdir) + b"/link").paths() == [b"/", b"/file"]


def test_excluded_paths_are_listed_and_not_entered(tmpdir, root):
    for path in (b"/a/b/file", b"/a/c/file", u"/\xe9/file".encode("utf-8")):
        write(root + path)
    listing = listed(tmpdir, root, exclude_paths=["/a/b/", u"\xe9", "/nothing/here"])
    assert listing.paths() == [b"/", b"/a", b"/a/b", b"/a/c", b"/a/c/file", b"/\xc3\xa9"]
    assert listing.rows[b"/a/b"]["mode"]
    assert sorted(listing.notes) == sorted([
        (b"/a/b", "skipped_type"), (b"/\xc3\xa9", "skipped_type"), (b"/nothing/here", "skipped_type"),
    ])


def test_everything_excluded(tmpdir, root):
    write(root + b"/file")
    assert listed(tmpdir, root, exclude_paths=["/"]).paths() == [b"/"]


def test_our_own_workspace_is_left_out_and_named(tmpdir):
    write(raw(tmpdir) + b"/tree/file")
    listing = listed(tmpdir, raw(tmpdir))
    assert listing.paths() == [b"/", b"/tree", b"/tree/file", b"/workspace"]
    assert listing.notes == [(b"/workspace", "skipped_type")]


def test_deep_trees_are_shared_too(tmpdir, root):
    make_deep(root, b"x" * 200, 60)
    make_deep(root, b"y" * 200, 60)
    assert len(listed(tmpdir, root, workers=2).lines) == 123


def test_when_time_is_up_the_rows_come_home(tmpdir, root, monkeypatch):
    _fill(root)
    pause = _walker.Walker._pause
    monkeypatch.setattr(_walker.Walker, "_pause", lambda self: time.sleep(0.05) or pause(self))
    with collecting(tmpdir, root, seconds=0.4) as collection:
        with pytest.raises(Stopped) as caught:
            _file_listing.collect(collection, {"workers": 2})
    listing = taken(collection)
    assert caught.value.state == "timed_out"
    assert 1 < len(listing.lines) < len(names_below(root))
    assert set(listing.rows) < set(names_below(root))
    assert listing.notes and set(state for _path, state in listing.notes) == set(["timed_out"])
    assert listing.summary["names"] == len(listing.lines)
    assert not _children()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_that_is_killed_takes_only_its_last_rows(tmpdir, root, workers):
    _fill(root, 6)
    notes, killed = [], []

    def kill():
        if not killed:
            killed.append(walkers._workers[0].pid)
            os.kill(killed[0], signal.SIGKILL)

    with collecting(tmpdir, root) as collection:
        spools = [collection.spool("files") for _unused in range(workers)]
        walkers = _walkers.Walkers(spools, root, make_plan([]), lambda *note: notes.append(note), kill)
        walkers.run()
        collection.add_spool("tables/files.jsonl.gz", spools)
    listing = Listing()
    listing.read(collection.got.data(b"tables/files.jsonl.gz"))
    assert set(listing.rows) <= set(names_below(root))
    assert [note[1] for note in notes if "signal 9" in note[2]] == ["failed"]
    assert not _children()


def test_a_worker_whose_disk_is_full_says_so(tmpdir, root, monkeypatch):
    _fill(root, 6)

    def full(self, _data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_walker.Walker, "_write", full)
    listing = listed(tmpdir, root, workers=1)
    assert listing.notes == [(b"/", "skipped_budget")] and not listing.lines


def test_a_worker_that_is_blocked_is_given_up(tmpdir, root, monkeypatch):
    _fill(root, 6)
    monkeypatch.setattr(_walkers, "STOP_SECONDS", 1)
    monkeypatch.setattr(_walker.Walker, "_pause", lambda self: time.sleep(60))
    start = time.time()
    with collecting(tmpdir, root, seconds=0.2) as collection:
        with pytest.raises(Stopped):
            _file_listing.collect(collection, {"workers": 2})
    assert time.time() - start < 20
    assert "failed" in [state for _path, state in taken(collection).notes]
    assert not _children()


def test_notes_are_not_endless(tmpdir, root, monkeypatch):
    monkeypatch.setattr(_file_listing, "MAX_NOTES", 5)
    listing = listed(tmpdir, root, exclude_paths=["/%d" % number for number in range(20)])
    assert len(listing.manifest) == 6
    assert listing.manifest[-1]["reason"].startswith("15 notes more")


def test_nothing_stays_behind(tmpdir, root):
    _fill(root, 6)
    before, folder = descriptors(), os.getcwd()
    listed(tmpdir, root)
    assert descriptors() == before and os.getcwd() == folder
    # The lists for whoever hashes afterwards go away with the workspace.
    left = set(os.listdir(str(tmpdir.join("workspace")))) - set(["01-test.tar.gz"])
    assert left and all(name.startswith("programs_") and _workspace.OWN.match(name.encode("ascii")) for name in left)
    assert not _children()


def test_bind_mounts_other_file_systems_and_cycles(tmpdir, root):
    for path in (b"/a/file", b"/b/here", b"/c/hidden", b"/d/here", b"/e/file"):
        write(root + path)

    def work():
        for command in (
            ["mount", "--bind", root, root + b"/a"], ["mount", "--rbind", root, root + b"/b"],
            ["mount", "-t", "tmpfs", "tmpfs", root + b"/c"], ["mount", "-t", "proc", "proc", root + b"/d"],
        ):
            subprocess.check_call(command)
        write(root + b"/c/shown")
        listing = listed(tmpdir, root, workers=2)
        assert set([b"/", b"/a", b"/b", b"/c", b"/c/shown", b"/d", b"/e", b"/e/file"]) < set(listing.rows)
        files = [path.split(b"/")[-2:] for path, row in listing.rows.items() if row["type"] == "file"]
        # What the mounts hide is seen through the bind mounts of the whole tree, and all of it once.
        assert sorted(files) == [
            [b"a", b"file"], [b"b", b"here"], [b"c", b"hidden"], [b"c", b"shown"], [b"d", b"here"], [b"e", b"file"],
        ]
        assert "mode" not in listing.rows[b"/d"] and listing.rows[b"/c"]["device"] != listing.rows[b"/"]["device"]
        assert len(listing.lines) == len(listing.rows)

    in_own_mounts(work)


def test_a_mount_that_is_not_in_mountinfo_is_not_entered(tmpdir, root, monkeypatch):
    write(root + b"/late/hidden")
    monkeypatch.setattr(_file_listing, "_mounts", lambda: [])

    def work():
        subprocess.check_call(["mount", "-t", "tmpfs", "tmpfs", root + b"/late"])
        write(root + b"/late/file")
        listing = listed(tmpdir, root, workers=1)
        assert listing.paths() == [b"/", b"/late"]
        assert (b"/late", "skipped_type") in listing.notes

    in_own_mounts(work)
