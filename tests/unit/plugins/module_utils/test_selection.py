# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts import _selection
from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts._selection import (
    MAX_RANGES,
    SPARSE_LIMIT,
    Selection,
    data_ranges,
)
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.accounts_helpers import Tree, collected


@pytest.fixture
def tree():
    with Tree() as made:
        yield made


def _ranges(path, start=0):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return data_ranges(descriptor, start, os.fstat(descriptor).st_size)
    finally:
        os.close(descriptor)


def _selecting(step):
    return lambda collection, options: step(Selection(collection))


def test_data_between_holes(tree):
    with open(tree.path("/file"), "wb") as stream:
        for position in (0, 1 << 30, 1 << 35):
            stream.seek(position)
            stream.write(b"data")
        stream.truncate(1 << 36)
    found = _ranges(tree.path("/file"), 4096)
    if len(found) == 1 and found[0][1] == SPARSE_LIMIT:
        pytest.skip("this file system knows no holes")
    assert [offset for offset, _length in found] == [1 << 30, 1 << 35]
    assert all(length <= 1 << 16 for _offset, length in found)


def test_many_holes_and_much_data_are_bounded(tree):
    with open(tree.path("/file"), "wb") as stream:
        for position in range(0, 200 << 20, 1 << 20):
            stream.seek(position)
            stream.write(b"data")
    assert len(_ranges(tree.path("/file"))) <= MAX_RANGES
    tree.file("/full", b"x" * (6 << 20))
    assert sum(length for _offset, length in _ranges(tree.path("/full"))) == SPARSE_LIMIT


def test_a_hole_to_the_end(tree):
    with open(tree.path("/file"), "wb") as stream:
        stream.truncate(1 << 30)
    assert sum(length for _offset, length in _ranges(tree.path("/file"))) in (0, SPARSE_LIMIT)


def test_what_was_withheld_is_taken_under_no_name(tree):
    tree.file("/secret", b"password")
    os.link(tree.path("/secret"), tree.path("/other"))
    tree.link("/third", b"other")

    def step(selection):
        selection.withhold(b"/third", "secrets")
        for path in (b"/secret", b"/other", b"/third"):
            assert selection.is_withheld(path)
            selection.take(path, "files")

    brought = collected(tree, collect=_selecting(step))
    assert not any(name.startswith(b"[root]/secret") for name in brought.files)
    assert [row["state"] for row in brought.manifest if row["artifact"] == "files"] == ["withheld"] * 3


def test_a_zero_byte_is_no_path(tree):
    def step(selection):
        assert selection.take(b"/a\0b", "files").state == "failed"
        assert selection.status(b"/a\0b") is None
        assert selection.matches(b"/a\0b") == selection.matches_below(b"/", b"\0*") == []

    collected(tree, collect=_selecting(step))


def test_globs_below_a_folder_with_the_name_of_a_glob(tree):
    for path in ("/home/*/.x/1", "/home/bob/.x/2", "/home/*/.x/d/3"):
        tree.file(path)

    def step(selection):
        seen = {}
        assert selection.matches_below(b"/home/*", b".x/*", seen) == [b"/home/*/.x/1", b"/home/*/.x/d"]
        assert selection.matches_below(b"/home/*", b".x/**", seen) == [
            b"/home/*/.x/1",
            b"/home/*/.x/d",
            b"/home/*/.x/d/3",
        ]
        assert selection.matches_below(b"/", b"home/bob/.x/*") == [b"/home/bob/.x/2"]

    collected(tree, collect=_selecting(step))


def test_globs_copy_files_and_miss_folders(tree):
    tree.file("/d/a/file", b"1")
    tree.folder("/d/b")

    def step(selection):
        selection.take_matching(b"/d/**", "files")
        selection.take_matching(b"/e/*", "files")

    brought = collected(tree, collect=_selecting(step))
    assert [(row["path"], row["state"]) for row in brought.manifest] == [("/d/a/file", "collected"), ("/e/*", "absent")]


def test_a_glob_for_the_whole_disk_is_bounded(tree, monkeypatch):
    for number in range(30):
        tree.folder("/d/%02d/e" % number)
    monkeypatch.setattr(_selection, "MAX_FOLDERS", 10)
    brought = collected(tree, collect=_selecting(lambda selection: selection.matches(b"/d/*/*/nothing")))
    (row,) = brought.manifest
    assert (row["path"], row["state"], row["reason"]) == (
        "/d/*/*/nothing",
        "skipped_budget",
        "more than 10 folders to look into",
    )
