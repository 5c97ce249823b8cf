# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The file systems of web servers: ours, a folder that one was locked into, or that of a container."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import stat

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import elapsed
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._private_keys import looks_like_private_key
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._streams import read_all
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape
from ansible_collections.csirt.linux_triage.plugins.module_utils._web import _web_glob

MAX_FILES = 5000
MAX_SIZE = 8 << 20
MAX_CUTS = 100
MAX_COPY = 64 << 20
MAX_CACHE = 4 << 20
_KERNEL = (b"/proc/", b"/sys/", b"/dev/")
_SECRET = (b"/etc/shadow", b"/etc/gshadow", b"/etc/security/opasswd", b"/etc/tcb/")


class TooLong(Exception):
    """One server took more than its share of the collector's time."""


class Budget:
    """What all views of one collector share: its `check`, a number of files, a share of the time for each server.

    `cuts` says, for the manifest, what was more than is looked at.
    """

    def __init__(self, check):
        self.files = MAX_FILES
        self.cuts = []
        self._check = check
        self._until = None

    def begin(self, seconds):
        """From now on, `check` raises `TooLong` after so many seconds."""
        self._until = elapsed() + seconds

    def end(self):
        """From now on, only the collector's time counts."""
        self._until = None

    def cut(self, reason):
        """There is more than is looked at: each reason once."""
        if reason not in self.cuts and len(self.cuts) < MAX_CUTS:
            self.cuts.append(reason)

    def check(self):
        """Raises when the time of the collector or of the server at hand is up."""
        self._check()
        if self._until is not None and elapsed() > self._until:
            raise TooLong()


class View:
    """A file system as a server sees it; paths are absolute (bytes) and seen from its root.

    `prefix` is what comes before a path to find it on the host, ``b""`` for the host's own; `pid` is set when that is
    ``/proc/<pid>/root``. `states` has (state, reason) of every file that was asked for. `mounts` are rows of mountinfo,
    in which the view's root lies at `base`.
    """

    def __init__(self, reader, budget, prefix=b"", pid=None, mounts=(), base=b"/"):
        self.reader = reader
        self.mounts = mounts
        self.base = base
        self.prefix = prefix
        self.pid = pid
        self.states = {}
        self.check = budget.check
        self.cut = budget.cut
        self._budget = budget
        self._cache = {}
        self._cached = 0

    def read(self, path):
        """The bytes of a configuration file; None when it could not be read, `states` has the reason."""
        self.check()
        if path in self._cache:
            return self._cache[path]
        known = self.states.get(path)
        if known is None and self._budget.files <= 0:
            self.states[path] = (_state.SKIPPED_BUDGET, "%d configuration files were read before" % MAX_FILES)
        if path in self.states and self.states[path][0] not in (_state.COLLECTED, _state.TRUNCATED):
            return None
        self._budget.files -= known is None
        try:
            data = self._read(path, MAX_SIZE + 1)
        except NotRead as error:
            self.states[path] = (error.state, error.reason)
            return None
        self.states[path] = (_state.COLLECTED, None)
        if len(data) > MAX_SIZE:
            self.states[path] = (_state.TRUNCATED, "only the first %d bytes were read as configuration" % MAX_SIZE)
        return self._keep(path, data[:MAX_SIZE])

    def peek(self, path, limit):
        """The first bytes of a file that is no configuration; empty when it can't be read."""
        self.check()
        try:
            return self._read(path, limit)
        except NotRead:
            return b""

    def _read(self, path, limit):
        with self.reader.find(path) as found:
            if (found.path + b"/").startswith(_KERNEL):
                raise NotRead(_state.SKIPPED_TYPE, "a view of the kernel")
            return self.reader.content(found, limit)

    def _keep(self, path, data):
        if len(data) <= MAX_CACHE // 16:
            if self._cached + len(data) > MAX_CACHE:
                self._cache, self._cached = {}, 0
            self._cache[path] = data
            self._cached += len(data)
        return data

    def status(self, path):
        """The status of what a path leads to, or None."""
        self.check()
        try:
            with self.reader.find(path) as found:
                return found.status
        except NotRead:
            return None

    def is_folder(self, path):
        """Whether a path leads to a folder."""
        status = self.status(path)
        return status is not None and stat.S_ISDIR(status.st_mode)

    def is_file(self, path):
        """Whether a path leads to a regular file."""
        status = self.status(path)
        return status is not None and stat.S_ISREG(status.st_mode)

    def real(self, path):
        """A path without links; as it is when it leads nowhere."""
        try:
            with self.reader.find(path) as found:
                return found.path
        except NotRead:
            return path

    def names(self, folder):
        """Sorted names in a folder; none when it can't be listed."""
        self.check()
        try:
            return self.reader.listdir(folder)
        except NotRead:
            return []

    def expand(self, pattern, limit=MAX_FILES):
        """The paths that a pattern leads to, names in each folder in the order of their bytes."""
        found = _web_glob.expand(pattern, self.names, lambda path: self.status(path) is not None, self.check, limit + 1)
        if len(found) > limit:
            self.cut("%s leads to more than %d paths" % (escape(self.prefix + pattern), limit))
        return found[:limit]

    def take(self, collection, path, artifact, limit=MAX_COPY, tail=0):
        """Copies a file into the part; returns the `Item`. `limit` and `tail` are those of `Collection.copy`.

        A file that isn't on the host's own file system goes to ``live/web/<pid>/root/<path>``.
        """
        if self.pid is None or self._is_ours(collection, path):
            here = path if self.pid is not None else self._on_host(path)
            return collection.copy(here, limit=limit, artifact=artifact, tail=tail)
        shown = b"/proc/%d/root" % self.pid + path
        try:
            with self.reader.find(path) as found:
                self._refuse_secrets(found)
                descriptor = self.reader.open_regular(found)
        except NotRead as error:
            return collection.note(shown, error.state, error.reason, artifact)
        try:
            name = "web/%d/root%s" % (self.pid, escape(path))
            return collection.capture_fd(name, descriptor, limit, source=shown, tail=tail)
        finally:
            os.close(descriptor)

    def _on_host(self, path):
        """A path below a folder that a server was locked into: links in it are that folder's."""
        if not self.prefix:
            return path
        try:
            with self.reader.find(path) as found:
                return self.prefix + found.path
        except NotRead:
            return self.prefix + path

    def _is_ours(self, collection, path):
        """Whether the host has the same file under the same path: mount namespaces mostly differ in little."""
        status = self.status(path)
        try:
            ours = collection.stat(path)
        except NotRead:
            return False
        return status is not None and (status.st_dev, status.st_ino) == (ours.st_dev, ours.st_ino)

    def _refuse_secrets(self, found):
        if found.path.startswith(_SECRET):
            raise NotRead(_state.WITHHELD, "password hashes")
        if (found.path + b"/").startswith(_KERNEL):
            raise NotRead(_state.SKIPPED_TYPE, "a view of the kernel")
        descriptor = self.reader.open_regular(found)
        try:
            if looks_like_private_key(read_all(descriptor, 1 << 16)):
                raise NotRead(_state.WITHHELD, "private key")
        except OSError as error:
            raise NotRead.of(error)
        finally:
            os.close(descriptor)

    def shown_prefix(self, collection, path):
        """What comes before a path so that it is found on the host, for rows: ``b""`` when it is the host's own."""
        return b"" if self.pid is not None and self._is_ours(collection, path) else self.prefix


__all__ = ("Budget", "MAX_FILES", "MAX_SIZE", "TooLong", "View")
