# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Looks through trees that an intruder may have filled, in bounded time and memory, the most interesting files first.

The most interesting files of a tree wait until all its names were seen, as many as `WAITING`. What has to give way to
them is looked at on the way as long as there is time for it, and after that only its status is known.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import heapq
import os
import stat

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import elapsed
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection import Stopped
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._notes import Notes
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead, O_CLOEXEC, O_PATH
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._file_rows import TYPES, say_time
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._inode import (
    DEVICE, NO_TIME, OWNERSHIP, TIME, status_readers,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._mount_plan import make_plan
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._walk import Walk
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_trees import HIDDEN_HOME, WEB

WAITING = 15000
MAX_NAMES = 2000000
# (share of the time, seconds at the most) of a tree that is served, and of another one.
_SERVED, _OTHER = (4, 240), (1, 40)
# Of a tree's time: when nothing more is looked at on the way, and when its walk ends. To see all names matters most.
_HASTE_ENDS, _WALK_ENDS = 0.1, 0.75
MARGIN = 15  # seconds that stay for what comes after the last tree
_ARTIFACT = "looked through"
# Roots of containers and images of programs that are mounted in a drop zone: others' file systems, not their hiding place.
_IMAGES = frozenset(("overlay", "squashfs", "erofs", "iso9660", "aufs"))


class Entry(object):
    """A name in a tree: `path` (bytes, as the tree's view sees it) and the status that it had when it was met."""

    __slots__ = ("path", "_status")

    def __init__(self, path, status):
        self.path = path
        self._status = status

    @property
    def name(self):
        return self.path.rpartition(b"/")[2]

    @property
    def mode(self):
        return OWNERSHIP.unpack(self._status[1])[3]

    @property
    def uid(self):
        return OWNERSHIP.unpack(self._status[1])[1]

    @property
    def is_file(self):
        return stat.S_ISREG(self.mode)

    @property
    def size(self):
        return self._status[3]

    @property
    def changed(self):
        """Seconds of ctime, which no program sets at will."""
        return TIME.unpack(self._status[7])[0]

    def columns(self):
        """The status for a row."""
        _links, uid, gid, mode = OWNERSHIP.unpack(self._status[1])
        row = {"type": TYPES[mode >> 12], "size": self.size, "uid": uid, "gid": gid, "mode": "%04o" % (mode & 0o7777)}
        for name, position in (("atime", 5), ("btime", 6), ("ctime", 7), ("mtime", 8)):
            if self._status[position] != NO_TIME or name != "btime":
                row[name] = say_time(self._status[position])
        return row


class Visitor(object):
    """What a collector does with the names of trees. Methods get the `Tree` and an `Entry`."""

    def rank(self, tree, entry):
        """How interesting a regular file is: a number, or None when only its status is of interest."""

    def look(self, tree, entry, thorough):
        """Looks into a file; not `thorough` when it had to give way to more interesting ones."""

    def passed(self, tree, entry, reason):
        """A name that isn't looked into; `reason` is None when this is as it should be."""


def look_through(collection, trees, visitor):
    """Visits all names of all trees, one tree after the other; none can use up the time of the others."""
    inner = frozenset(tree.identity for tree in trees if tree.zone != HIDDEN_HOME)
    notes = Notes(collection, _ARTIFACT)
    try:
        shares = [_SERVED if tree.zone == WEB else _OTHER for tree in trees]
        for number, tree in enumerate(trees):
            left = max(0, collection.deadline - MARGIN - elapsed())
            share, most = shares[number]
            seconds = min(most, left * share / sum(one for one, _most in shares[number:]))
            try:
                _Look(collection, tree, inner, visitor, notes.add, seconds).run()
            except Stopped:
                raise
            except NotRead as error:
                notes.add(tree.prefix + tree.path, error.state, error.reason)
            except Exception as error:  # one tree must not cost the others
                collection.fail("looking through a tree", error)
    finally:
        notes.finish()


class _Enough(Exception):
    """Why the walk of a tree ends before its end."""


class _Look(object):
    """One look through one tree."""

    def __init__(self, collection, tree, inner, visitor, note, seconds):
        self._collection = collection
        self._tree = tree
        self._inner = inner - frozenset([tree.identity])
        self._visitor = visitor
        self._note = note
        self._begin = elapsed()
        self._seconds = seconds
        self._status = status_readers()[0]
        self._waiting = []
        self._names = self._unread = 0

    def run(self):
        self._walk()
        # One by one out of memory, the most interesting first.
        self._waiting.sort()
        while self._waiting:
            self._collection.check()
            entry = self._waiting.pop()[-1]
            if self._is_time(1):
                self._visitor.look(self._tree, entry, True)
            else:
                self._pass_by(entry)
        if self._unread:
            reason = "%d files were not looked into: %d seconds used up" % (self._unread, self._seconds)
            self._say(b"", _state.SKIPPED_BUDGET, reason)

    def _is_time(self, share):
        return elapsed() < self._begin + share * self._seconds

    def _say(self, inside, state, reason):
        self._note(self._tree.prefix + self._tree.folder.rstrip(b"/") + inside, state, reason)

    def _pass_by(self, entry):
        self._unread += 1
        self._visitor.passed(self._tree, entry, "no time to look into it")

    def _walk(self):
        before = os.open(b".", O_PATH | os.O_DIRECTORY | O_CLOEXEC)
        try:
            with self._tree.view.reader.find(self._tree.folder) as found:
                if self._tree.is_file:
                    os.fchdir(found.descriptor)
                    self.add(b"", [self._tree.path.rpartition(b"/")[2]])
                else:
                    self._walk_below(b"/proc/self/fd/%d/." % found.descriptor)
        finally:
            os.fchdir(before)
            os.close(before)

    def _walk_below(self, root):
        plan = self._plan()
        walk = Walk(root, plan, self, self._say, self._pause)
        try:
            for start in plan.starts:
                walk.start(start)
        except _Enough as reason:
            self._say(b"", _state.SKIPPED_BUDGET, "%s: the rest of it was not looked at" % reason)
        finally:
            walk.abandon()

    def _plan(self):
        view = self._tree.view
        base = (view.base.rstrip(b"/") + self._tree.folder).rstrip(b"/") or b"/"
        plan = make_plan(view.mounts, base, self._left_out(base))
        for path, stop in sorted(plan.stops.items()):
            if stop.touch or not stop.beneath:  # everything but views of the kernel
                self._say(path, _state.SKIPPED_TYPE, stop.reason)
        return plan

    def _left_out(self, base):
        """(path, reason) of what isn't entered, seen from where the walk begins."""
        start = base.rstrip(b"/") + b"/"
        for mount in self._tree.view.mounts:
            if mount.point.startswith(start) and mount.fstype in _IMAGES and self._tree.zone != WEB:
                yield mount.point[len(start) - 1:], "%s of a container or program" % mount.fstype
        workspace = os.path.realpath(self._collection.workspace)
        if self._tree.view.pid is None and workspace.startswith(start):
            yield workspace[len(start) - 1:], "our own workspace"

    def _pause(self):
        self._collection.check()
        if self._names > MAX_NAMES:
            raise _Enough("more than %d names" % MAX_NAMES)
        if not self._is_time(_WALK_ENDS):
            raise _Enough("%d names in %d seconds" % (self._names, elapsed() - self._begin))

    # What a `Walk` calls with names in the current folder.

    def add_start(self, path, name):
        """The folder where a walk begins."""
        self._meet(path if path != b"/" else b"", self._status([name])[0])
        return True

    def add(self, folder, names):
        """Names in a folder, seen from where the walk begins; returns those that are folders to enter."""
        if not folder:
            names = [name for name in names if self._tree.prefers(name)]
        folders = []
        self._names += len(names)
        for name, status in zip(names, self._status(names)):
            if self._meet(folder + b"/" + name, status):
                folders.append(name)
        return folders

    def add_untouched(self, path, kind, reason):
        """A name whose status isn't asked for: a note says so."""

    def add_error(self, path, error):
        """A name without a status is gone; a folder that can't be read has a note."""

    def _meet(self, inside, status):
        """Takes one name; whether it is a folder that is part of this tree."""
        if isinstance(status, OSError):
            return False
        entry = Entry(self._tree.folder.rstrip(b"/") + inside or b"/", status)
        if entry.is_file:
            self._meet_file(entry)
            return False
        self._visitor.passed(self._tree, entry, None)
        return stat.S_ISDIR(entry.mode) and self._identity(status) not in self._inner

    @staticmethod
    def _identity(status):
        major, minor = DEVICE.unpack(status[10])
        return os.makedev(major, minor), status[2]

    def _meet_file(self, entry):
        rank = self._visitor.rank(self._tree, entry)
        if rank is None:
            self._visitor.passed(self._tree, entry, None)
            return
        item = rank, self._names, id(entry), entry
        if len(self._waiting) < WAITING:
            heapq.heappush(self._waiting, item)
            return
        entry = heapq.heappushpop(self._waiting, item)[-1]
        if self._is_time(_HASTE_ENDS):
            self._visitor.look(self._tree, entry, False)
        else:
            self._pass_by(entry)


__all__ = ("Entry", "Visitor", "look_through")
