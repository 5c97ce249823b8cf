# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""One walk over all local file systems: the table ``files``, one row for each name."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import elapsed
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection import Stopped
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._mount_plan import make_plan
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._mounts import parse_mountinfo
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._notes import MAX_NOTES, Notes
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._walkers import Walkers

TABLE = "tables/files.jsonl.gz"
MAX_WORKERS = 2


def collect(collection, options):
    """Brings ``tables/files.jsonl.gz`` home.

    options: ``exclude_paths`` (list of text: absolute paths whose content is left out), ``workers`` (number of
    processes; 0: one for each processor, at most two).
    """
    root = os.path.realpath(collection.root)
    mounts = _mounts()
    plan = make_plan(mounts, root, _excluded(collection, root, options.get("exclude_paths") or ()))
    notes = Notes(collection, "files", MAX_NOTES)
    if not mounts:
        notes.add(b"/", _state.FAILED, "mountinfo can't be read: one file system is listed, the others are not entered")
    for path, reason in plan.notes:
        notes.add(path, _state.SKIPPED_TYPE, reason)
    spools = [collection.spool("files") for _unused in range(options.get("workers") or _workers())]
    room = _Room(collection, spools)
    walkers = Walkers(spools, root, plan, notes.add, room.check)
    try:
        walkers.run()
    finally:
        names, folders, errors = walkers.totals()
        collection.summary.update(names=names, folders=folders, errors=errors)
        notes.finish()
        collection.add_spool(TABLE, spools)


class _Room(object):
    """Whether the walk may go on: the spool files will lie in the workspace twice while they go into the part."""

    def __init__(self, collection, spools):
        self._collection = collection
        self._spools = spools
        self._next = 0

    def check(self):
        self._collection.check()
        if elapsed() < self._next:
            return
        self._next = elapsed() + 1
        state = os.statvfs(self._collection.workspace)
        needed = self._collection.limits.reserve_bytes + sum(os.path.getsize(path) for path in self._spools)
        if state.f_bavail * state.f_frsize < needed:
            raise Stopped(_state.SKIPPED_BUDGET, "less than %d MiB free in the workspace" % (needed >> 20))


def _mounts():
    try:
        with open("/proc/self/mountinfo", "rb") as stream:
            return parse_mountinfo(stream.read())
    except (IOError, OSError):
        return []


def _excluded(collection, root, paths):
    """(path, reason) of what isn't entered, seen from root."""
    start = root.rstrip(b"/") + b"/"
    workspace = os.path.realpath(collection.workspace)
    if workspace.startswith(start):
        yield b"/" + workspace[len(start):], "our own workspace"
    for path in paths:
        raw = path if isinstance(path, bytes) else path.encode("utf-8")
        yield os.path.normpath(b"/" + raw.lstrip(b"/")), "excluded by the operator"


def _workers():
    try:
        return max(1, min(MAX_WORKERS, os.sysconf("SC_NPROCESSORS_ONLN")))
    except (ValueError, OSError):
        return 1


__all__ = ("collect",)
