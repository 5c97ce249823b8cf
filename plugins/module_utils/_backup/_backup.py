# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The collector ``backup``: everything of a plan, in pieces none of which needs more than a given room on the host.

Piece 0 is the plan. A file that is larger than a piece begins in one of its own and goes on in the next ones, as one
entry: laid one behind the other, the pieces are one part.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import stat

from ansible_collections.csirt.linux_triage.plugins.module_utils._backup._backup_plan import Plan
from ansible_collections.csirt.linux_triage.plugins.module_utils._backup._to_do import ToDo
from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import elapsed, nanoseconds
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection import Item, Stopped
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._mounts import is_network, parse_mountinfo
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead, Reader
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._streams import chunks_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape, unescape
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _procfs
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_view import Budget, View

MIB = 1 << 20
SLACK = 3 * MIB  # what is on its way into the part while it is measured
LEAST = 8 * MIB
MAX_ITEMS = 100000  # of one piece
MARGIN = 30  # seconds before the end of its time at which a piece ends by itself
_ARTIFACT = "backup"


def collect(collection, options, proc=None):
    """Makes the piece that the name of the part ends in; `options` as documented for the module ``backup``.

    The summary's ``more`` is 1 as long as another piece is to be made.
    """
    to_do = ToDo(collection.workspace)
    if options["part"].endswith("-000"):
        _plan(collection, options, to_do, proc or (b"/proc" if collection.root == b"/" else None))
    else:
        to_do.load()
        _Piece(collection, to_do, options["part_size"] * MIB, proc or b"/proc").take()


def _plan(collection, options, to_do, proc):
    """Writes the list, and says how much there is."""
    plan = Plan(collection, options, proc)
    with to_do.writing() as write:
        plan.gather(write)
    to_do.save()
    size = options["part_size"] * MIB
    collection.summary.update(
        more=int(plan.files > 0), files=plan.files, bytes=plan.bytes,
        # Each piece but the last is at least half full, unless the host has less room than it was given.
        pieces=3 * (plan.bytes // min(size, _room(collection, size)) + 2) + plan.files // MAX_ITEMS,
        backup="%s in %d files, in pieces of at most %d MiB" % (_shown(plan.bytes), plan.files, options["part_size"]),
    )


def _shown(size):
    return "%.1f GiB" % (size / 2.0 ** 30) if size >= 1 << 30 else "%.1f MiB" % (size / 2.0 ** 20)


def _room(collection, size):
    """Bytes that a piece may have now."""
    state = os.statvfs(collection.workspace)
    room = min(size, state.f_bavail * state.f_frsize - collection.limits.reserve_bytes) - SLACK
    if room < LEAST:
        raise Stopped(_state.SKIPPED_BUDGET, "no room for a piece of %d MiB in the workspace" % (LEAST // MIB))
    return room


class _Piece(object):
    """One piece in the making."""

    def __init__(self, collection, to_do, size, proc):
        self._collection = collection
        self._proc = proc
        self._to_do = to_do
        self._room = _room(collection, size)
        self._budget = Budget(collection.check)
        self._views = {b"": View(collection.reader, self._budget)}
        self._items = 0

    def take(self):
        """Fills the piece, and leaves to the next one what doesn't fit."""
        try:
            is_more = self._go_on() or self._fill()
        finally:
            self._to_do.save()
        self._collection.summary.update(more=int(is_more), taken=self._items, done=self._to_do.done)

    def _fill(self):
        """Takes what is to do next; whether something is left."""
        for prefix, path in self._to_do.paths():
            if self._items and elapsed() > self._collection.deadline - MARGIN or not self._take(prefix, path):
                return True
            self._to_do.done += 1
            self._items += 1
            if self._go_on():
                return True
        return False

    def _take(self, prefix, path):
        """Takes one file or link; false when it doesn't fit into this piece."""
        if self._items >= MAX_ITEMS:
            return False
        view = self._view(prefix)
        try:
            with view.reader.find(path, follow=False) as found:
                status = found.status
        except NotRead as error:
            self._collection.note(prefix + path, error.state, error.reason, _ARTIFACT)
            return True
        if stat.S_ISLNK(status.st_mode):
            self._take_link(view, path)
            return True
        if self._collection.written + status.st_size <= self._room:
            view.take(self._collection, path, _ARTIFACT, max(status.st_size, 1))
            return True
        if self._items:
            return False
        self._begin(view, path, status)
        return True

    def _take_link(self, view, path):
        try:
            with view.reader.find(path) as found:
                links = found.links
        except NotRead as error:
            links = error.links
        for link, target in links:
            if link == path and view.pid is None:
                self._collection.link(link, target)

    def _begin(self, view, path, status):
        """A file that is larger than a piece. Of one with holes only as much as of any file is taken."""
        size, reason = status.st_size, "in several pieces: hashed with them, not by itself"
        if status.st_blocks * 512 < size and size > self._collection.limits.file_bytes:
            size = self._collection.limits.file_bytes
            reason = "a file with holes: the first %d of %d bytes" % (size, status.st_size)
        archived = b"[root]" + path
        if view.pid is not None:
            archived = ("live/web/%d/root%s" % (view.pid, escape(path))).encode("utf-8")
        self._collection.begin_entry(archived, status, size)
        self._to_do.large = {
            "prefix": escape(view.prefix), "path": escape(path), "archived": escape(archived), "size": size, "taken": 0,
            "reason": reason, "is_whole": size == status.st_size, "identity": _identity(status),
        }

    def _go_on(self):
        """Goes on with a file that is larger than a piece; whether there is more of it."""
        facts = self._to_do.large
        if facts is None:
            return False
        view, path = self._view(unescape(facts["prefix"])), unescape(facts["path"])
        problem = None
        try:
            with view.reader.find(path, follow=False) as found:
                descriptor = view.reader.open_regular(found)
            try:
                is_same = facts["identity"] == _identity(os.fstat(descriptor))
                if self._copy(descriptor, facts):
                    return True
            finally:
                os.close(descriptor)
            if not is_same:
                problem = "changed while it was read"
        except NotRead as error:
            problem = "%s: %s" % (error.state, error.reason)
        self._end(view.prefix + path, facts, problem)
        return False

    def _copy(self, descriptor, facts):
        """Copies until the file ends or the piece is full; whether it is full."""
        os.lseek(descriptor, facts["taken"], os.SEEK_SET)
        left = facts["size"] - facts["taken"]
        for chunk in chunks_of(descriptor, left, None, self._collection.deadline - MARGIN, facts["taken"]):
            self._collection.write_entry(chunk)
            facts["taken"] += len(chunk)
            self._collection.check()
            if self._collection.written > self._room:
                break
        return facts["taken"] < facts["size"] and (
            self._collection.written > self._room or elapsed() > self._collection.deadline - MARGIN
        )

    def _end(self, path, facts, problem):
        item = Item(path, _ARTIFACT)
        item.archived, item.size = unescape(facts["archived"]), facts["size"]
        item.mtime = facts["identity"][-1]
        missing = facts["size"] - facts["taken"]
        if problem or missing:
            reason = "%d of %d bytes, the rest is zeros" % (facts["taken"], facts["size"])
            item.settle(_state.CHANGED, "%s; %s" % (reason, problem) if problem else reason)
        else:
            item.settle(_state.COLLECTED if facts["is_whole"] else _state.TRUNCATED, facts["reason"])
        self._collection.end_entry(item, missing)
        self._to_do.large = None
        self._items += 1

    def _view(self, prefix):
        """The view of a container, by ``/proc/<pid>/root``, for what is still to do in it."""
        if prefix not in self._views:
            pid = int(prefix.split(b"/")[2])
            folder = self._proc + b"/%d" % pid
            mounts = parse_mountinfo(_procfs.read(folder + b"/mountinfo", 4 * MIB)[0])
            points = dict((mount.point, mount.fstype) for mount in mounts if is_network(mount) and mount.point != b"/")
            self._views[prefix] = View(Reader(folder + b"/root", points), self._budget, prefix, pid)
        return self._views[prefix]


def _identity(status):
    """What a file is known by from one piece to the next."""
    return [status.st_dev, status.st_ino, status.st_size, nanoseconds(status, "mtime")]


__all__ = ("collect",)
