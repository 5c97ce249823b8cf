# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Finds the files of one service: in its places, by how it was started, and by what its configuration leads to."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import stat
from collections import namedtuple

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import elapsed
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead
from ansible_collections.csirt.linux_triage.plugins.module_utils._services._directives import (
    BASE, DATA, FOLDER, LOG, MAX_LINES, directives_in,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_glob import is_pattern
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_paths import below, folder_of

MAX_FILES = 3000
MAX_DATA_FOLDERS = 100
MAX_BASES = 5
SECONDS = 60  # for the includes of one service
MAX_LEADS = 3000  # lines of one service that are kept until all folders are known
CONFIG_SIZE = 1 << 20
MAX_READ = 32 << 20  # bytes of one service's configuration that are searched for what they lead to

# `role` says how it was found: place, argument, environment, folder, package, include. `source` and `line` are where an include
# stands, `pid` whose argument it is; each may be None.
File = namedtuple("File", "path role source line pid")


class ServiceFiles:
    """`files` are those of a `Service`, each once, `logs` globs of logs that they name; `view` is the host's own."""

    def __init__(self, collection, view, service):
        self.files = []
        self.logs = []
        self.service = service
        self._collection = collection
        self._view = view
        self._seen = set()
        self._folders = set()
        self._unread = []
        self._log_lines = []
        self._relative = []
        self._bases = []
        self._room = MAX_READ
        self._cuts = set()
        self._until = None

    def find(self, started, packaged=()):
        """Looks everywhere; `started` are the `Started` of the service, `packaged` the files in /etc of its packages."""
        for one in started:
            self.logs += [below(one.folder, path) for path in self.service.logs_named_by(one.arguments)]
            if one.arguments and self.service.has_bases and len(self._bases) < MAX_BASES:
                self._bases.append(one.folder)
            for named in self.service.named_by(one.arguments, one.environment):
                path = below(one.folder, named.path)
                if named.is_folder:
                    self._add_folder(path, named.role, None, None, one.pid)
                else:
                    self._add(path, named.role, None, None, one.pid)
        for pattern in self.service.paths:
            self._add(pattern, "place")
        for pattern in self.service.folders:
            for folder in self._view.expand(pattern):
                self._add_folder(folder, "folder")
        for path in packaged:
            self._add(path, "package")
        self._until = elapsed() + SECONDS
        while self._unread or self._relative:
            while self._unread:
                self._follow(self._unread.pop())
            # Relative to what: that is known when everything that is named otherwise was read.
            leads, self._relative = self._relative, []
            for found, path in leads:
                self._lead(found, path)
        self._find_logs()

    def _add(self, pattern, role, source=None, line=None, pid=None):
        """Each file that a path or glob leads to."""
        is_glob = is_pattern(pattern)
        for path in self._matching(pattern) if is_glob else [pattern]:
            if path in self._seen:
                continue
            status = self._view.status(path)
            # What is named and not there is told, what is only looked for isn't.
            if status is None and role in ("place", "folder", "package") or status is not None and stat.S_ISDIR(status.st_mode):
                continue
            if len(self.files) >= MAX_FILES:
                self._cut(path)
                return
            self._seen.add(path)
            self.files.append(File(path, role, source, line, pid))
            if status is not None and self.service.directives:
                self._unread.append(path)

    def _matching(self, pattern):
        found = self._view.reader.matches(pattern, limit=2 * MAX_FILES, check=self._collection.check)
        self._collection.note_missed(pattern, found, self.service.name)
        return found.paths

    def _cut(self, path, reason="more than %d files of one service" % MAX_FILES):
        """One row for each reason."""
        if reason not in self._cuts:
            self._collection.note(path, _state.SKIPPED_BUDGET, reason, self.service.name)
        self._cuts.add(reason)

    def _add_folder(self, folder, role, source=None, line=None, pid=None):
        """What is looked for inside of a folder of data."""
        folder = self._view.real(folder)
        if folder in self._folders or not self._view.is_folder(folder):
            return
        if len(self._folders) >= MAX_DATA_FOLDERS:
            self._cut(folder, "more than %d folders of data" % MAX_DATA_FOLDERS)
            return
        self._folders.add(folder)
        for pattern in self.service.inside:
            found = self._view.reader.matches(folder + b"/" + pattern, folder, check=self._collection.check)
            self._collection.note_missed(folder + b"/" + pattern, found, self.service.name)
            for path in found.paths:
                if self._view.is_file(path):
                    self._add(path, role, source, line, pid)

    def _follow(self, path):
        if self._room <= 0:
            self._cut(path, "more than %d bytes of configuration: includes were not followed" % MAX_READ)
            return
        try:
            data = self._collection.read(path, CONFIG_SIZE)
        except NotRead:
            return
        self._room -= len(data)
        if len(data) == CONFIG_SIZE:
            self._cut(path, "only the first %d bytes were searched for what they lead to" % CONFIG_SIZE)
        if data.count(b"\n") >= MAX_LINES:
            self._cut(path, "only the first %d lines were searched for what they lead to" % MAX_LINES)
        for found in directives_in(data, self.service.directives):
            self._collection.check()
            if found.directive.leads_to == LOG:
                self._keep(self._log_lines, path, (path, found.values))
            elif found.directive.leads_to == BASE:
                base = below(folder_of(path), found.values[0])
                self._bases += [base] if base not in self._bases and len(self._bases) < MAX_BASES else []
            elif self.service.has_bases and not found.values[0].startswith(b"/"):
                self._keep(self._relative, path, (found, path))
            else:
                self._lead(found, path)

    def _keep(self, leads, path, lead):
        if len(leads) < MAX_LEADS:
            leads.append(lead)
        else:
            self._cut(path, "more than %d lines of one service lead on" % MAX_LEADS)

    def _lead(self, found, path):
        """Adds what a directive in the file `path` leads to: of the values that may be meant, those that are there."""
        if elapsed() > self._until:
            self._cut(path, "following includes of one service took more than %d seconds" % SECONDS)
            return
        folders = [folder_of(path)] + self._bases
        places = [below(folder, value) for folder in folders for value in found.values]
        there = [place for place in places if is_pattern(place) or self._view.status(place) is not None]
        for place in there or places[:1]:
            if found.directive.leads_to == DATA:
                self._add_folder(place, "include", path, found.line)
            elif self._view.is_folder(place):
                names = found.directive.names if found.directive.leads_to == FOLDER else b"*"
                self._add(place + b"/" + names, "include", path, found.line)
            elif found.directive.leads_to != FOLDER:
                self._add(place, "include", path, found.line)

    def _find_logs(self):
        """A log may be named as seen from the configuration or from the folder of data; a folder is one of logs."""
        folders = sorted(self._folders)
        self.logs += [folder + b"/" + pattern for folder in folders for pattern in self.service.logs_inside]
        for path, values in self._log_lines:
            self._collection.check()
            places = set(below(folder, value) for folder in [folder_of(path)] + folders for value in values)
            self.logs += [place + b"/*" if self._view.is_folder(place) else place for place in sorted(places)]


__all__ = ("CONFIG_SIZE", "File", "ServiceFiles")
