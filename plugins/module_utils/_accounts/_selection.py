# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Taking files by catalogue: never one that is to be withheld, and of sparse ones also what lies behind the cap."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import stat
from collections import namedtuple

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import (
    MAX_NAMES, Matches, NotRead,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._status import columns
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._streams import read_all
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

METADATA_ONLY = "metadata only: table withheld_files"
MAX_MATCHES = 5000
MAX_FOLDERS = 20000
MAX_RANGES = 64
SPARSE_LIMIT = 4 << 20
_SEEK_DATA, _SEEK_HOLE = 3, 4

# `names` in a folder for globs; `known` the same as a set, None where a name may exist and not be listed.
Listing = namedtuple("Listing", "names known")


_WILD = frozenset((b"*", b"?", b"["))


def is_wild(character):
    """Whether one byte stands for others in a glob."""
    return character in _WILD


def is_glob(pattern):
    """Whether a pattern (bytes) is more than a path."""
    return any(character in pattern for character in _WILD)


def data_ranges(descriptor, start, size):
    """(offset, length) of each range with data from `start` on, where the file system knows its holes; bounded."""
    found, left = [], SPARSE_LIMIT
    while start < size and left > 0 and len(found) < MAX_RANGES:
        try:
            begin = os.lseek(descriptor, start, _SEEK_DATA)
            start = os.lseek(descriptor, begin, _SEEK_HOLE)
        except OSError:  # nothing but a hole up to the end
            break
        found.append((begin, min(start - begin, left)))
        left -= start - begin
    return found


class BoundedMatches(Matches):
    """Matches that look into a bounded number of folders."""

    def __init__(self, collection, beneath=None):
        Matches.__init__(self, collection.reader, beneath, MAX_MATCHES, collection.check)
        self._folders = 0

    def _names(self, base):
        self._folders += 1
        if self._folders > MAX_FOLDERS:
            self.cut = "more than %d folders to look into" % MAX_FOLDERS
            return []
        return Matches._names(self, base)


class TreeMatches(BoundedMatches):
    """Matches in a small tree that many patterns are tried on, sharing the dict `seen`: a `Listing` for each folder."""

    def __init__(self, collection, beneath, seen):
        BoundedMatches.__init__(self, collection, beneath)
        self._seen = seen

    def _listing(self, base):
        if base not in self._seen:
            self._seen[base] = self._list(base)
        return self._seen[base]

    def _list(self, base):
        if self._check is not None:
            self._check()
        try:
            names = self._reader.listdir(base or b"/", self._beneath)
        except NotRead as error:
            self._miss(base, error)
            return Listing([], frozenset() if error.state == _state.ABSENT else None)
        if len(names) >= MAX_NAMES:
            self.cut = "more than %d names in one folder" % MAX_NAMES
        return Listing(names, frozenset(names) if len(names) < MAX_NAMES else None)

    def _names(self, base):
        return self._listing(base).names

    def _literal(self, base, parts, depth):
        known = self._listing(base).known
        if known is None or parts[0] in known:
            BoundedMatches._literal(self, base, parts, depth)


class Selection:
    """Takes files into a `Collection`. What was withheld once is not taken under any other name."""

    def __init__(self, collection):
        self.collection = collection
        self.keys = []
        self._withheld = set()

    def matches(self, pattern):
        """Paths of everything that an absolute glob matches; ``/**`` at its end means all below."""
        return self._matched(BoundedMatches(self.collection), b"", pattern)

    def matches_below(self, folder, pattern, seen=None):
        """The same for a glob below a folder (its path is no pattern), which no link leaves.

        `seen`, a dict that is empty at first, saves looking into the same folders for many globs.
        """
        found = TreeMatches(self.collection, folder, {} if seen is None else seen)
        return self._matched(found, folder.rstrip(b"/"), pattern)

    def _matched(self, found, base, pattern):
        if b"\0" in pattern:
            return []
        parts = [part for part in pattern.split(b"/") if part not in (b"", b".")]
        found.walk(base, parts + [b"*"] if parts[-1:] == [b"**"] else parts, 0)
        self.collection.note_missed(base + b"/" + b"/".join(parts), found)
        return found.paths

    def status(self, path, beneath=None, follow=True):
        """The status of a path, None where there is none to be had."""
        if b"\0" in path:
            return None
        try:
            return self.collection.stat(path, beneath, follow)
        except NotRead:
            return None

    def is_withheld(self, path, beneath=None):
        """Whether what a path leads to was withheld, under whatever name."""
        status = self.status(path, beneath)
        return status is not None and (status.st_dev, status.st_ino) in self._withheld

    def withhold(self, path, artifact, beneath=None, reason=METADATA_ONLY):
        """A row in the table ``withheld_files`` instead of the bytes. Folders are passed over."""
        try:
            status = self.collection.stat(path, beneath, follow=False)
        except NotRead as error:
            self.collection.note(path, error.state, error.reason, artifact)
            return
        target = status if not stat.S_ISLNK(status.st_mode) else self.status(path, beneath)
        if stat.S_ISDIR((target or status).st_mode):
            return
        for one in (status, target):
            if one is not None:
                self._withheld.add((one.st_dev, one.st_ino))
        self.collection.table("withheld_files").row(dict(columns(target or status), path=escape(path), artifact=artifact))
        self.collection.note(path, _state.WITHHELD, reason, artifact)

    def take(self, path, artifact, beneath=None, limit=None):
        """Copies one file; returns its `Item`."""
        if b"\0" in path:
            return self.collection.note(path, _state.FAILED, "no path: a zero byte in it", artifact)
        status = self.status(path, beneath)
        if status is not None and (status.st_dev, status.st_ino) in self._withheld:
            return self.collection.note(path, _state.WITHHELD, METADATA_ONLY, artifact)
        item = self.collection.copy(path, beneath, limit, artifact)
        if item.state == _state.WITHHELD and item.reason == "private key":
            self.keys.append((path, beneath))
        elif item.state == _state.TRUNCATED and status.st_blocks * 512 < status.st_size:
            self._take_ranges(path, artifact, beneath, item.size)
        return item

    def take_matching(self, pattern, artifact, limit=None):
        """Copies every file that a glob matches, folders not; nothing matched is one ``absent`` row."""
        paths = self.matches(pattern)
        items = [self.take(path, artifact, limit=limit) for path in paths if not self.is_folder(path)]
        if not items:
            self.collection.note(pattern, _state.ABSENT, "nothing matches", artifact)
        return items

    def is_folder(self, path, beneath=None):
        """Whether a path is a folder itself, not a link to one."""
        status = self.status(path, beneath, follow=False)
        return status is not None and stat.S_ISDIR(status.st_mode)

    def _take_ranges(self, path, artifact, beneath, start):
        """The data behind the cap of a file that is mostly holes, into ``live/sparse/<path>@<offset>``."""
        try:
            with self.collection.reader.find(path, beneath) as found:
                descriptor, real = self.collection.reader.open_regular(found), found.path
        except NotRead as error:
            self.collection.note(path, error.state, error.reason, artifact)
            return
        try:
            for offset, length in data_ranges(descriptor, start, os.fstat(descriptor).st_size):
                os.lseek(descriptor, offset, os.SEEK_SET)
                name = "sparse%s@%d" % (escape(real), offset)
                self.collection.capture(name, read_all(descriptor, length), source=path)
        except OSError as error:
            self.collection.note(path, _state.FAILED, os.strerror(error.errno), artifact)
        finally:
            os.close(descriptor)


__all__ = ("Selection", "data_ranges", "is_glob", "is_wild")
