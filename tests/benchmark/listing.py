#!/usr/bin/env python
# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file listing against ``find -xdev -printf`` with the same fields, in pairs, on a tree that it makes itself.

Prints medians of wall time and CPU time as ratios to find, and the peak memory of one process. The collector runs as a
process of its own under the interpreter that is to be measured (``--python``), start of the interpreter included, and
writes a whole part; find writes its lines to a file in the same folder.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import argparse
import json
import os
import resource
import shutil
import sys
import tempfile

from measure import print_ratios, timed

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "unit"))
FIELDS = r"%p\t%y\t%m\t%U\t%G\t%s\t%n\t%i\t%D\t%b\t%A@\t%T@\t%C@\t%B@\t%l\n"


def make_tree(top, count):
    """`count` entries: folders of 5 to 40 entries at different depths, some links, some programs, one large folder."""
    made, folders, number = 0, [top], 0
    while made < count:
        folder = os.path.join(folders[number * 7919 % len(folders)], "folder-%d" % number)
        os.mkdir(folder)
        if len(folders) < 5000 and folder.count(os.sep) - top.count(os.sep) < 12:
            folders.append(folder)
        files = 5 + number * 31 % 36 if number != 50 else count // 50
        for position in range(files):
            make_entry(os.path.join(folder, "some_name-%d.txt" % position), position)
        made += files + 1
        number += 1
    return made


def make_entry(path, position):
    if position % 20 == 7:
        os.symlink("some_name-1.txt", path)
        return
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o755 if position % 20 == 3 else 0o644))


def collect(root, workspace, workers):
    """What the module does, without Ansible around it."""
    import conftest  # makes the collection importable

    from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _collection
    from ansible_collections.csirt.linux_triage.plugins.module_utils._files import _file_listing

    collection = _collection.Collection(workspace.encode(), b"50-file_listing", "file_listing", root.encode())
    _file_listing.collect(collection, {"workers": workers})
    collection.close()
    peaks = [resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps({"names": collection.summary["names"], "parent": peaks[0], "worker": peaks[1]}))


def pair(arguments, root, folder):
    """One run of each: ((wall, CPU), (wall, CPU), what the collector said)."""
    output = os.path.join(folder, "output")
    theirs = timed(["find", root, "-xdev", "-printf", FIELDS], output)
    lines = sum(1 for _line in open(output, "rb"))
    workspace = os.path.join(folder, "workspace")
    os.mkdir(workspace)
    ours = timed(
        [arguments.python, os.path.abspath(__file__), "--collect", root, workspace, str(arguments.workers)], output
    )
    with open(output) as stream:
        said = json.load(stream)
    assert said["names"] == lines, "%d names listed, find has %d" % (said["names"], lines)
    said["size"] = os.path.getsize(os.path.join(workspace, "50-file_listing.tar.gz"))
    shutil.rmtree(workspace)
    return theirs, ours, said


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000000, help="entries of the tree")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", default=tempfile.gettempdir(), help="where the tree is made")
    parser.add_argument("--root", help="an existing tree instead of one that is made")
    parser.add_argument("--python", default=sys.executable)
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="listing-", dir=arguments.folder)
    try:
        root = arguments.root
        if not root:
            root = os.path.join(folder, "tree")
            os.mkdir(root)
            make_tree(root, arguments.count)
        rounds = [pair(arguments, root, folder) for _unused in range(arguments.rounds + 1)][1:]
    finally:
        shutil.rmtree(folder)
    for name, column in (("wall", 0), ("CPU", 1)):
        print_ratios(
            name, "s", [theirs[column] for theirs, _ours, _said in rounds],
            [ours[column] for _theirs, ours, _said in rounds],
        )
    said = rounds[-1][2]
    print("%d names, peak MiB: parent %d, worker %d; part %.1f MB" % (
        said["names"], max(row[2]["parent"] for row in rounds), max(row[2]["worker"] for row in rounds),
        said["size"] / 1e6,
    ))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--collect"]:
        collect(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        main()
