# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The collector ``webshell_scan``: what the scripts that servers hand out would do, told without running them.

The columns of the rows are documented with the tables.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import hashlib
import os

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import elapsed, nanoseconds
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection import Stopped
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._notes import Notes
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._streams import peek, read_all
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import describe, escape
from ansible_collections.csirt.linux_triage.plugins.module_utils._web import _web_scripts
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_paths import normal
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_servers import Survey
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_trees import WEB, find_trees
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_walk import Visitor, look_through
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell import _scan
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._rules import Rules

HEAD, TAIL = 6 << 20, 2 << 20  # what is read of a larger file
SEARCHED_BYTES = 2 << 30  # of one tree, in files that are no scripts by their name and beginning
HITS_OF_FILE = 40
MAX_ROWS = 50000
_ARTIFACT = "web shell scan"


def collect(collection, options, proc=None):
    """Collects everything; `options` as documented for the module ``webshell_scan``. An image has no processes."""
    rules = Rules(options["rules"])
    for name, problem in rules.problems:
        collection.note(None, _state.FAILED, "rule %s: %s" % (name, problem), _ARTIFACT)
    encoded = [[normal(path.encode("utf-8")) for path in options.get(name) or ()] for name in ("webroots", "webservices")]
    survey = Survey(collection, encoded[1], proc or (b"/proc" if collection.root == b"/" else None))
    shells = _Scan(collection, rules)
    try:
        trees = [tree for tree in find_trees(collection, survey, encoded[0]) if tree.zone == WEB]
        look_through(collection, trees, shells)
    finally:
        survey.close()
        shells.finish()


class _Scan(Visitor):
    """Reads each file that is a script or has a script tag in it, and writes a row for each hit."""

    def __init__(self, collection, rules):
        self._collection = collection
        self._rules = rules
        self._hits = collection.table("webshell_hits")
        self._trees = collection.table("webshell_trees")
        self._notes = Notes(collection, _ARTIFACT)
        self._counts = {"scripts": 0, "likely": 0, "suspicious": 0}
        self._tree = None
        self._searched = 0
        self._row = {}

    def rank(self, tree, entry):
        """Scripts and what could be one before what is only handed out; of two alike the one that changed last."""
        self._enter(tree)
        self._row["files"] += 1
        if not entry.size:
            return None
        if _web_scripts.language_by_name(entry.name) or entry.mode & 0o111 or entry.name.startswith(b"."):
            return 3, entry.changed
        return 1 if _web_scripts.is_static(entry.name) else 2, entry.changed

    def look(self, tree, entry, thorough):
        """Scans a file; the manifest says of which ones the scan says less than it should."""
        self._enter(tree)
        path = tree.prefix + entry.path
        try:
            status, data, language = self._read(tree, entry)
        except NotRead as error:
            self._notes.add(path, error.state, error.reason)
            return
        if language is None:
            return
        self._row["scripts"] += 1
        try:
            verdict = _scan.scan(data, language, self._rules)
        except Stopped:
            raise
        except Exception as error:  # one hostile script must not cost the others
            self._notes.add(path, _state.FAILED, describe(error))
            return
        if verdict.overtime:
            self._notes.add(path, _state.TIMED_OUT, "more than %d seconds of CPU time" % _scan.SECONDS)
        if status.st_size > HEAD + TAIL:
            reason = "%d of %d bytes were read; lines are counted without what lies between" % (len(data), status.st_size)
            self._notes.add(path, _state.TRUNCATED, reason)
        if verdict.hits:
            self._write(tree, entry, language, data, status, verdict)

    def passed(self, tree, entry, reason):
        """What isn't looked into for want of time is counted."""
        self._enter(tree)
        self._row["passed"] += reason is not None

    def finish(self):
        """Ends the last tree and sums up."""
        self._enter(None)
        self._notes.finish()
        self._collection.summary.update(self._counts)

    def _enter(self, tree):
        if tree is self._tree:
            return
        if self._tree is not None:
            self._row["seconds"] = round(elapsed() - self._row["seconds"], 3)
            self._trees.row(self._row)
            for name in self._counts:
                self._counts[name] += self._row[name]
        self._tree, self._searched = tree, 0
        if tree is not None:
            self._row = {
                "path": escape(tree.path), "files": 0, "scripts": 0, "passed": 0, "likely": 0, "suspicious": 0,
                "seconds": elapsed(),
            }
            if tree.prefix:
                self._row["view"] = escape(tree.prefix)

    def _read(self, tree, entry):
        """(status, bytes, language) of a file; the language is None when it is no script."""
        reader = tree.view.reader
        with reader.find(entry.path, tree.folder) as found:
            descriptor = reader.open_regular(found)
            try:
                data = peek(descriptor, _web_scripts.HEAD)
                language = _web_scripts.language_of(entry.name, data)
                if language is None and self._searched > SEARCHED_BYTES:
                    raise NotRead(_state.SKIPPED_BUDGET, "no script by its beginning; the rest of it was not searched")
                if len(data) == _web_scripts.HEAD:
                    data = _ends_of(descriptor, found.status.st_size)
                if language is None:
                    self._searched += len(data)
                    language = _web_scripts.tag_in(data)
                after = os.fstat(descriptor)
            except OSError as error:
                raise NotRead.of(error)
            finally:
                os.close(descriptor)
            before = found.status
        if language and (before.st_size, nanoseconds(before, "mtime")) != (after.st_size, nanoseconds(after, "mtime")):
            self._notes.add(tree.prefix + entry.path, _state.CHANGED, "it changed while it was read")
        return after, data, language

    def _write(self, tree, entry, language, data, status, verdict):
        self._row["likely"] += verdict.score >= _scan.LIKELY
        self._row["suspicious"] += _scan.SUSPICIOUS <= verdict.score < _scan.LIKELY
        facts = {
            "path": escape(entry.path), "view": escape(tree.prefix), "language": language, "score": verdict.score,
            "signals": verdict.signals,
        }
        if len(data) == status.st_size:
            facts["sha256"] = hashlib.sha256(data).hexdigest()
        facts.update(entry.columns())
        for hit in verdict.hits[:HITS_OF_FILE]:
            if self._hits.rows >= MAX_ROWS:
                self._notes.add(tree.prefix + entry.path, _state.SKIPPED_BUDGET, "more than %d rows" % MAX_ROWS)
                return
            row = dict(facts, **hit)
            self._hits.row(dict((name, value) for name, value in row.items() if value not in (None, "")))


def _ends_of(descriptor, size):
    """All bytes of a file, of a large one the beginning and the end: shells are put before and behind."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    if size <= HEAD + TAIL:
        return peek(descriptor, HEAD + TAIL)
    head = peek(descriptor, HEAD)
    os.lseek(descriptor, size - TAIL, os.SEEK_SET)
    return head + read_all(descriptor, TAIL)


__all__ = ("collect",)
