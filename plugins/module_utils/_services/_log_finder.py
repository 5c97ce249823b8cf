# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Finds logs and their rotations: `LogFinder` by a path or glob, `Log` is what it finds."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import stat
from collections import namedtuple

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import MAX_NAMES, NotRead, is_missed
from ansible_collections.csirt.linux_triage.plugins.module_utils._services._log_names import LogName, rotations_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_glob import is_pattern

MAX_LOGS = 20000
MAX_OF_ONE = 5000  # of one path or glob, so that no folder crowds out the others
MAX_KEPT = 100000  # names of folders that are kept for the next pattern
# Ranks: what comes whatever its date, what is named, what else lies around.
ALWAYS, NAMED, OTHER = range(3)

# What a log is: `artifact` for the manifest, `limit` in bytes of one file (None: the collector's).
Kind = namedtuple("Kind", "artifact service kind rank limit")


class Log:
    """A file to take: `path` in a `View`, `mtime` in seconds; `reason` says why it is left out, if it is."""

    __slots__ = ("view", "path", "kind", "name", "mtime", "reason")

    def __init__(self, view, path, kind, mtime, reason):
        self.view = view
        self.path = path
        self.kind = kind
        self.name = LogName(path.rpartition(b"/")[2])
        self.mtime = mtime
        self.reason = reason

    @property
    def group(self):
        """What the live log and its rotations have in common."""
        return self.view, self.path.rpartition(b"/")[0], self.name.base


class LogFinder:
    """Gathers `logs`, each once: what claims a path first has it. `host` is the host's own `View`."""

    def __init__(self, collection, host):
        self.logs = []
        self._host = host
        self._collection = collection
        self._claimed = set()
        self._names = {}
        self._kept = 0

    def add(self, view, pattern, kind, reason=None):
        """The logs at a path or glob and their rotations; whether there is any. ``**`` at its end is all below."""
        paths = self._below(view, pattern) if b"**" in pattern else self._rotations(view, pattern)
        room, is_any = min(MAX_OF_ONE, MAX_LOGS - len(self.logs)), False
        end = len(self.logs) + room
        for path in paths:
            if len(self.logs) >= end:
                self._collection.note(pattern, _state.SKIPPED_BUDGET, "no room for more than %d of them" % room, kind.artifact)
                return True
            is_any = self._add(view, path, kind, reason) or is_any
        return is_any

    def claim(self, view, pattern):
        """What matches is nobody's log: it comes home otherwise."""
        paths = self._below(view, pattern) if b"**" in pattern else self._rotations(view, pattern)
        self._claimed.update((view, path) for path in paths)

    def _below(self, view, pattern):
        found = view.reader.matches(pattern, check=self._collection.check)
        self._collection.note_missed(pattern, found)
        return found.paths

    def _rotations(self, view, pattern):
        folder, _slash, name = pattern.rpartition(b"/")
        is_log, paths = rotations_of(name), []
        for one in view.expand(folder) if is_pattern(folder) else [folder]:
            # The live log and its first rotations come first; the live one also past a listing that is cut, or lies.
            names = set(found for found in self._names_in(view, one) if is_log(found))
            names.update(() if is_pattern(name) else (name,))
            paths += [one + b"/" + found for found in sorted(names, key=lambda found: (len(found), found))]
        return paths

    def _names_in(self, view, folder):
        key = view, folder
        if key not in self._names:
            names = self._listed(view, folder or b"/")
            if self._kept + len(names) > MAX_KEPT:
                self._names, self._kept = {}, 0
            self._names[key] = names
            self._kept += len(names)
        return self._names[key]

    def _listed(self, view, folder):
        view.check()
        try:
            names = view.reader.listdir(folder)
        except NotRead as error:
            if is_missed(error):
                self._collection.note(view.prefix + folder, error.state, "not looked into for logs: " + error.reason)
            return []
        if len(names) == MAX_NAMES:
            reason = "more than %d names: others were not looked at" % MAX_NAMES
            self._collection.note(view.prefix + folder, _state.SKIPPED_BUDGET, reason)
        return names

    def _add(self, view, path, kind, reason):
        """Whether there is a log of this path."""
        # A mount namespace of its own mostly shows the host's logs.
        if view.pid is not None and not view.shown_prefix(self._collection, path):
            view = self._host
        if (view, path) in self._claimed:
            return True
        self._collection.check()
        status = view.status(path) or _status_of_link(view, path)
        if status is None or stat.S_ISDIR(status.st_mode):
            return False
        self._claimed.add((view, path))
        self.logs.append(Log(view, path, kind, status.st_mtime, reason))
        return True


def _status_of_link(view, path):
    """The status of what leads nowhere, None when there is nothing at all."""
    try:
        with view.reader.find(path, follow=False) as found:
            return found.status
    except NotRead:
        return None


__all__ = ("ALWAYS", "Kind", "Log", "LogFinder", "NAMED", "OTHER")
