# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which trees are looked through, and the walk through them, also through those that are there to hold it up."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

import pytest

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import elapsed
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._mounts import Mount
from ansible_collections.csirt.linux_triage.plugins.module_utils._web import _web_walk
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_servers import Survey
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_trees import WEB, find_trees
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_walk import Visitor, look_through
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.core_helpers import (
    collecting, make_node, peak_growth, raw,
)
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.web_helpers import write

HOST = {
    "/etc/nginx/nginx.conf": (
        "http { server { root '/srv/my shop'; location /a/ { alias '/srv/my shop/uploads/'; }\n"
        "location /s { root /usr; }\nlocation /c { alias /opt/one.cgi; }\n"
        "server_name ~^(?<who>.+)$; location /v { root /srv/vhosts/$who/htdocs; } } }\n"
    ),
    "/srv/my shop/index.php": "<?php",
    "/srv/my shop/uploads/a.jpg": "a",
    "/srv/my shop/out": "-> /etc",
    "/srv/vhosts/a/htdocs/a.php": "a",
    "/srv/vhosts/b/htdocs/b.php": "b",
    "/srv/vhosts/b/private/key": "not served",
    "/opt/one.cgi": "#!/bin/sh",
    "/opt/other.cgi": "#!/bin/sh",
    "/etc/passwd": "ann:x:1000:1000::/home/ann:/bin/sh\nweb:x:33:33::/srv/my shop:/bin/sh\n",
    "/home/ann/.cache/x": "x",
    "/home/ann/.y": "y",
    "/home/ann/letter": "not hidden",
    "/tmp/t": "t",
    "/dev/shm/s": "s",
}


class Seen(Visitor):
    """Remembers what it was given; newer ones are more interesting."""

    def __init__(self):
        self.ranked, self.looked, self.hasty, self.left, self.rows = [], [], [], [], {}

    def rank(self, tree, entry):
        self.ranked.append(entry.path)
        return entry.changed if entry.size else None

    def look(self, tree, entry, thorough):
        (self.looked if thorough else self.hasty).append(entry.path)
        self.rows[entry.path] = entry.columns()

    def passed(self, tree, entry, reason):
        if reason:
            self.left.append(entry.path)


def trees_of(collection, webroots=()):
    survey = Survey(collection, proc=None)
    return find_trees(collection, survey, webroots), survey


def looked_through(tmpdir, files, webroots=(), **limits):
    """(trees, `Seen`, manifest rows) of a host."""
    root = str(tmpdir.join("root"))
    write(root, files)
    seen = Seen()
    with collecting(tmpdir, raw(root), **limits) as collection:
        trees, survey = trees_of(collection, webroots)
        look_through(collection, trees, seen)
        survey.close()
    return trees, seen, collection.got.rows


def test_everything_that_is_served_and_the_places_to_hide_are_trees_once(tmpdir, nothing_left_open):
    trees, seen, rows = looked_through(tmpdir, HOST, [b"/srv/my shop/uploads/"])
    assert sorted((tree.zone, tree.path) for tree in trees) == [
        ("dev", b"/dev"), ("hidden_home", b"/home/ann"), ("shm", b"/dev/shm"), ("tmp", b"/tmp"), (WEB, b"/opt/one.cgi"),
        (WEB, b"/srv/my shop"), (WEB, b"/srv/my shop/uploads"), (WEB, b"/srv/vhosts/a/htdocs"),
        (WEB, b"/srv/vhosts/b/htdocs"),
    ]
    assert [tree.zone for tree in trees[:5]] == [WEB] * 5
    assert sorted(seen.ranked) == [
        b"/dev/shm/s", b"/home/ann/.cache/x", b"/home/ann/.y", b"/opt/one.cgi", b"/srv/my shop/index.php",
        b"/srv/my shop/uploads/a.jpg", b"/srv/vhosts/a/htdocs/a.php", b"/srv/vhosts/b/htdocs/b.php", b"/tmp/t",
    ]
    assert sorted((row["path"], row["state"]) for row in rows) == [("/run", "absent"), ("/usr", "absent"), ("/var/tmp", "absent")]


def test_a_served_folder_of_the_system_is_named_and_not_walked(tmpdir):
    files = {"/etc/nginx/nginx.conf": "http { server { root /; } }", "/usr/bin/x": "x", "/tmp/t": "t"}
    trees, seen, rows = looked_through(tmpdir, files)
    assert [tree.path for tree in trees] == [b"/tmp"]
    assert [row["reason"] for row in rows if row["path"] == "/"] == [
        "a folder of the system, not looked through although it is served"
    ]


def test_the_newest_come_first_and_what_must_give_way_is_looked_at_on_the_way(tmpdir, monkeypatch):
    monkeypatch.setattr(_web_walk, "WAITING", 2)
    files = dict(("/tmp/%d" % number, "x") for number in range(5))
    _trees, seen, _rows = looked_through(tmpdir, files)
    assert len(seen.looked) == 2 and len(seen.hasty) == 3 and not seen.left
    assert sorted(seen.looked + seen.hasty) == sorted(seen.ranked)


def test_without_time_the_files_that_were_left_are_counted(tmpdir, monkeypatch):
    monkeypatch.setattr(_web_walk, "MARGIN", 900)
    monkeypatch.setattr(_web_walk, "WAITING", 2)
    files = dict(("/tmp/%d" % number, "x") for number in range(5))
    _trees, seen, rows = looked_through(tmpdir, files)
    assert not seen.looked and not seen.hasty
    assert [row["state"] for row in rows if row["path"] == "/tmp"] == ["skipped_budget"]


def test_a_tree_with_too_many_names_costs_only_itself(tmpdir, monkeypatch):
    monkeypatch.setattr(_web_walk, "MAX_NAMES", 1000)
    files = dict(("/tmp/%s/%d" % (letter, number), "x") for letter in "abcd" for number in range(600))
    files["/var/tmp/tool"] = "x"
    _trees, seen, rows = looked_through(tmpdir, files)
    assert 1000 < len(seen.ranked) < 2401 and b"/var/tmp/tool" in seen.looked
    assert [row["reason"] for row in rows if row["path"] == "/tmp"] == [
        "more than 1000 names: the rest of it was not looked at"
    ]


def test_a_million_names_cost_little_memory(tmpdir, in_memory, monkeypatch):
    monkeypatch.setattr(_web_walk, "WAITING", 2000)
    folder = os.path.join(in_memory, "root", "tmp")
    os.makedirs(folder)
    for number in range(100000):
        os.mknod(os.path.join(folder, "a-name-of-some-length-%06d" % number))

    class Counting(Visitor):
        count = 0

        def rank(self, tree, entry):
            self.count += 1
            return entry.changed

    visitor = Counting()
    with collecting(tmpdir, raw(os.path.join(in_memory, "root"))) as collection:
        trees, survey = trees_of(collection)
        assert peak_growth(lambda: look_through(collection, trees, visitor)) < 8 << 20
    assert visitor.count == 100000


def test_traps_are_neither_opened_nor_followed(tmpdir):
    root = str(tmpdir.join("root"))
    write(root, {"/tmp/loop": "-> /tmp", "/tmp/zero": "-> /dev/zero", "/tmp/x": "x"})
    make_node(raw(root) + b"/tmp/fifo", 0o010000)
    _trees, seen, _rows = looked_through(tmpdir, {})
    assert seen.looked == [b"/tmp/x"]
    row = seen.rows[b"/tmp/x"]
    assert (row["type"], row["size"], row["mode"]) == ("file", 1, "0644") and row["mtime"].endswith("Z")


@pytest.mark.parametrize("fstype, is_noted", [("nfs4", True), ("overlay", True), ("proc", False)])
def test_other_file_systems_are_known_from_mountinfo(tmpdir, fstype, is_noted):
    root = str(tmpdir.join("root"))
    write(root, {"/tmp/mounted/file": "x", "/tmp/x": "x"})
    seen = Seen()
    with collecting(tmpdir, raw(root)) as collection:
        trees, _survey = trees_of(collection)
        (tree,) = trees
        base = os.path.realpath(raw(root))
        tree.view.mounts = [
            Mount(1, 0, "8:1", b"/", b"/", "", "ext4", b"", ""),
            Mount(2, 1, "0:9", b"/", base + b"/tmp/mounted", "", fstype, b"", ""),
        ]
        look_through(collection, trees, seen)
    assert seen.looked == [b"/tmp/x"]
    assert is_noted == ("/tmp/mounted" in [row.get("path") for row in collection.got.rows])


def test_one_slow_tree_leaves_time_for_the_others(tmpdir, monkeypatch):
    monkeypatch.setattr(_web_walk, "MARGIN", 0)

    class Slow(Seen):
        def look(self, tree, entry, thorough):
            Seen.look(self, tree, entry, thorough)
            until = elapsed() + (0.3 if tree.zone == "tmp" else 0)
            while elapsed() < until:
                pass

    root = str(tmpdir.join("root"))
    write(root, dict(("/tmp/%d" % number, "x") for number in range(50)))
    write(root, {"/var/tmp/tool": "x"})
    seen = Slow()
    with collecting(tmpdir, raw(root), seconds=3) as collection:
        trees, _survey = trees_of(collection)
        look_through(collection, trees, seen)
    assert 0 < len(seen.left) < 50 and seen.looked[-1] == b"/var/tmp/tool"
