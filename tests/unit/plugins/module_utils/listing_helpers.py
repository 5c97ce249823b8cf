# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Walks of real trees, in this process and by the collector's own ones."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import ctypes
import json
import os
import traceback
import zlib

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._files import _file_listing
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._file_rows import Rows
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._mount_plan import make_plan
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import unescape
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._walk import Walk
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.core_helpers import collecting

CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 0x40000


class Listing(object):
    """Rows by path (bytes), and notes as (path, state)."""

    def __init__(self):
        self.rows = {}
        self.lines = []
        self.notes = []
        self.buffers = []

    def read(self, data):
        """Takes in gzip members."""
        while data:
            member = zlib.decompressobj(31)
            text = member.decompress(data) + member.flush()
            self.lines += text.splitlines()
            data = member.unused_data
        for line in self.lines:
            row = json.loads(line.decode("ascii"))
            self.rows.setdefault(unescape(row["path"]), {}).update(row)

    def paths(self):
        return sorted(self.rows)


def walked(root, plan=None, pause=None):
    """The `Listing` of a walk in this process; `pause` is called with the `Walk`."""
    listing, members = Listing(), []
    rows = Rows(members.append)
    add = rows.add
    rows.add = lambda folder, names: listing.buffers.append(len(names)) or add(folder, names)
    before = os.getcwd()
    try:
        walk = Walk(
            root, plan or make_plan([]), rows, lambda path, state, _reason: listing.notes.append((path, state)),
            lambda: pause and pause(walk),
        )
        walk.start(b"/")
        assert not walk.frames and not walk.path
    finally:
        os.chdir(before)
    rows.flush()
    listing.read(b"".join(members))
    return listing


def listed(tmpdir, root=None, limits=None, **options):
    """The `Listing` by the collector; `summary` and manifest rows included."""
    with collecting(tmpdir, root, **(limits or {})) as collection:
        _file_listing.collect(collection, options)
    return taken(collection)


def taken(collection):
    """The `Listing` in a finished part."""
    listing = Listing()
    listing.read(collection.got.data(b"tables/files.jsonl.gz"))
    listing.manifest = collection.got.rows
    listing.notes = [(unescape(row["path"]), row["state"]) for row in listing.manifest if "path" in row]
    listing.summary = collection.summary
    return listing


def names_below(root):
    """What the library finds: paths (bytes) seen from root."""
    found = [b"/"]
    for folder, folders, files in os.walk(root):
        found += [os.path.join(folder, name)[len(root):] for name in folders + files]
    return sorted(found)


def in_child(work):
    """Runs `work()` in a child process; it may return the reason why the test has to be skipped."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        said = b""
        try:
            said = (work() or "").encode("ascii")
        except BaseException:
            said = traceback.format_exc().encode("ascii", "replace")
        finally:
            os.write(writing, said[:4096])
            os._exit(0)
    os.close(writing)
    said = os.read(reading, 4096).decode("ascii")
    os.close(reading)
    os.waitpid(child, 0)
    if said.startswith("needs "):
        pytest.skip(said)
    assert not said, said


def in_own_mounts(work):
    """The same with a mount namespace of its own."""
    def isolated():
        libc = ctypes.CDLL(None)
        if libc.unshare(CLONE_NEWNS) or libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None):
            return "needs root and the right to mount"
        return work()

    in_child(isolated)


def as_nobody(work):
    """The same without privileges."""
    def lowered():
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        return work()

    in_child(lowered)
