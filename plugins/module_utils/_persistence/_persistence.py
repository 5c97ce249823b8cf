# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The collector ``persistence``: every file that makes the host run something, and what is known only there.

The files go home as bytes and are read there. Rows tell their owners, birth and links, and what they name: which of it
exists, whose it is, what it hashes to.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import hashlib
import stat

from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts._home_files import paths_of, stays_here
from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts._homes import Homes
from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts._selection import Selection
from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._dpkg_scripts import PackageScripts
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._owners import owners_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._persistence._choice import both_ends
from ansible_collections.csirt.linux_triage.plugins.module_utils._persistence._lookup import PROGRAMS, Lookup
from ansible_collections.csirt.linux_triage.plugins.module_utils._persistence._named import SCANNED, named
from ansible_collections.csirt.linux_triage.plugins.module_utils._persistence._targets import Targets, described, owner
from ansible_collections.csirt.linux_triage.plugins.module_utils._persistence._trust import Trust

MAX_FILES = 20000
# Of the last ones no pattern gets many, so that those that come late have some.
RESERVED = 5000
FEW = 20
FIRST_TARGETS = 4
FILE_LIMIT = 4 << 20
COUNT = 1000
PASSWD_LIMIT = 16 << 20
IN_HOMES = b"~/"
UNOWNED = "unowned"


def collect(collection, options):
    """Collects everything; `options` as documented for the module ``persistence``."""
    _Persistence(collection, options.get("artifacts") or []).collect()
    if options.get("certificates"):
        collection.attempt("certificates", Trust(Selection(collection), options["certificates"]).collect)


class _File:
    """One trigger file, as its row in the table ``persistence_files``."""

    def __init__(self, path, real, row):
        self.path = path
        self.real = real
        self.row = row


class _Persistence:
    def __init__(self, collection, artifacts):
        self._collection = collection
        self._artifacts = artifacts
        self._selection = Selection(collection)
        self._homes = Homes(collection)
        self._seen = {}
        self._lookup = Lookup(collection)
        self._targets = Targets(collection)
        self._files = {}
        self._deviations = {}
        self._taken = 0

    def collect(self):
        try:
            self._collection.attempt("homes", self._find_homes)
            for artifact in self._artifacts:
                self._collection.attempt(artifact["name"], lambda: self._take_artifact(artifact))
            self._collection.attempt("targets", self._targets.look)
        finally:
            self._write()

    def _find_homes(self):
        try:
            self._homes.add_accounts(self._collection.read(b"/etc/passwd", PASSWD_LIMIT), "passwd")
        except NotRead as error:
            self._collection.note(b"/etc/passwd", error.state, error.reason, "homes")
        self._homes.add_folders()

    def _take_artifact(self, artifact):
        before = self._taken
        only = artifact.get("only")
        found = self._matches(artifact) if only is None else self._odd_ones(list(self._matches(artifact)), only)
        for pattern, paths, home in found:
            self._take_some(pattern, paths, artifact, home)
        if self._taken == before:
            self._collection.note(None, _state.ABSENT, "nothing matches", artifact["name"])

    def _matches(self, artifact):
        """(pattern, paths that match, the home that no link may leave) of each pattern, in each home."""
        for pattern in paths_of(artifact):
            if not pattern.startswith(IN_HOMES):
                yield pattern, self._selection.matches(pattern), None
                continue
            pattern = pattern[len(IN_HOMES):]
            for home in self._homes.found:
                if not home.shared or stays_here(pattern):
                    paths = self._selection.matches_below(home.real, pattern, self._seen.setdefault(home.real, {}))
                    yield home.real.rstrip(b"/") + b"/" + pattern, paths, home.real

    def _odd_ones(self, matches, only):
        """Of what matches, what no package owns, or the scripts of packages that differ from what dpkg leaves."""
        paths = set(path for _pattern, found, _home in matches for path in found)
        if only == UNOWNED:
            odd = paths.difference(owners_of(self._collection, paths))
        else:
            odd = PackageScripts(self._collection).deviations(paths)
            self._deviations.update(odd)
        return [(pattern, [path for path in found if path in odd], home) for pattern, found, home in matches]

    def _take_some(self, pattern, paths, artifact, home=None):
        """At most as many files of one pattern as its row allows, from both ends; the manifest says how many are left out."""
        paths = [path for path in paths if path not in self._files]
        count = min(artifact.get("count") or COUNT, max(FEW, MAX_FILES - RESERVED - len(self._files)))
        if len(paths) > count:
            reason = "%d of %d files are left out: taken are the newest and the oldest" % (len(paths) - count, len(paths))
            self._collection.note(pattern, _state.SKIPPED_BUDGET, reason, artifact["name"])
            paths = sorted(both_ends(paths, lambda path: self._changed(path, home))[:count])
        for path in paths:
            self._take(path, artifact, home)

    def _changed(self, path, home):
        status = self._selection.status(path, home, follow=False)
        return status.st_ctime if status is not None else 0

    def _take(self, path, artifact, home):
        if len(self._files) >= MAX_FILES:
            self._collection.note(path, _state.SKIPPED_BUDGET, "more than %d files" % MAX_FILES, artifact["name"])
            return
        try:
            with self._collection.reader.find(path, home, follow=False) as found:
                if stat.S_ISDIR(found.status.st_mode):
                    return
                row = dict(described(found), path=escape(path), artifact=artifact["name"], deviation=self._deviations.get(path))
                self._files[path] = _File(path, found.path, row)
        except NotRead as error:
            self._collection.note(path, error.state, error.reason, artifact["name"])
            return
        self._taken += 1
        if row["type"] == "link":
            self._take_link(self._files[path], artifact, home)
        else:
            self._take_bytes(self._files[path], artifact, home)

    def _take_link(self, file, artifact, home):
        """A link is evidence by itself (of a unit that is enabled, or masked); what it leads to is taken as well."""
        try:
            with self._collection.reader.find(file.path, home) as found:
                links, leads_to = found.links, found.path
                is_regular = stat.S_ISREG(found.status.st_mode)
        except NotRead as error:
            links, leads_to, is_regular = error.links, None, False
        file.row["target"] = escape(dict(links).get(file.real, b""))
        file.row["real_path"] = escape(leads_to) if leads_to is not None else None
        file.row["state"] = self._collection.copy_link(file.path, home, artifact["name"]).state
        if is_regular and leads_to not in self._files:
            self._take(leads_to, artifact, None)

    def _take_bytes(self, file, artifact, home):
        limit = artifact.get("limit") or FILE_LIMIT
        try:
            data = self._collection.read(file.path, SCANNED, home)
        except NotRead as error:
            self._collection.note(file.path, error.state, error.reason, artifact["name"])
            file.row["state"] = error.state
            return
        self._look_at(data, artifact, home)
        if artifact.get("taken_by"):
            file.row["sha256"] = hashlib.sha256(data).hexdigest() if len(data) < SCANNED else None
            return
        item = self._collection.copy(file.path, home, limit, artifact["name"])
        file.row.update(state=item.state, sha256=item.sha256)

    def _look_at(self, data, artifact, home):
        paths, words = named(data, home)
        for number, path in enumerate(sorted(paths)):
            self._targets.add(path, reserved=number < FIRST_TARGETS)
        templates = [one.encode("utf-8") for one in artifact.get("lookup") or ()]
        found = self._lookup.find(words, templates + list(PROGRAMS))
        if artifact.get("modules"):
            found |= self._lookup.find_modules(words)
        for number, (name, path) in enumerate(sorted(found)):
            self._targets.add(path, name, reserved=number < FIRST_TARGETS)

    def _write(self):
        files = [self._files[path] for path in sorted(self._files)]
        owners = {}
        try:
            self._collection.attempt("owners", lambda: owners.update(self._owners(files)))
        finally:  # rows without owners, when there was no time for them
            table = self._collection.table("persistence_files")
            for file in files:
                file.row["package"] = owner(owners, file.path, file.real)
                table.row(dict((name, value) for name, value in file.row.items() if value is not None))
            self._collection.summary.update(files=len(files), targets=len(self._targets.found))
            self._collection.attempt("targets", lambda: self._targets.write(owners))
        self._collection.summary.update(payloads=self._targets.payloads)

    def _owners(self, files):
        paths = set(file.path for file in files) | set(file.real for file in files)
        for target in self._targets.found:
            paths.update(path for path in (target.path, target.real) if path is not None)
        return owners_of(self._collection, sorted(paths))


__all__ = ("collect",)
