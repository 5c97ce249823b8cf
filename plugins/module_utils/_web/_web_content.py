# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The collector ``web_content``: what lies in the folders that are served, and the programs and scripts in drop zones.

Scripts, and programs where none belongs, go home as bytes; the columns of the rows are documented with the tables.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts._homes import accounts
from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._streams import peek
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape
from ansible_collections.csirt.linux_triage.plugins.module_utils._web import _web_scripts
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_paths import normal
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_servers import Survey
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_trees import WEB, find_trees
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_walk import Visitor, look_through

MAX_ROWS = 300000
# Of one tree: bytes that go home, and bytes in which a script tag is looked for beyond the beginning of a file.
SERVED_BYTES, OTHER_BYTES, SEARCHED_BYTES = 1 << 30, 256 << 20, 1 << 30
DEEP = 4 << 20  # of one file that is no script by its name and beginning
_ARTIFACT = "web content"


def collect(collection, options, proc=None):
    """Collects everything; `options` as documented for the module ``web_content``. An image has no processes."""
    encoded = [[normal(path.encode("utf-8")) for path in options.get(name) or ()] for name in ("webroots", "webservices")]
    survey = Survey(collection, encoded[1], proc or (b"/proc" if collection.root == b"/" else None))
    content = _Content(collection)
    try:
        look_through(collection, find_trees(collection, survey, encoded[0]), content)
    finally:
        survey.close()
        content.finish()


class _Content(Visitor):
    """Decides what each file is, takes it or not, and writes its row."""

    def __init__(self, collection):
        self._collection = collection
        self._table = collection.table("web_files")
        self._counts = {"files": 0, "scripts": 0, "programs": 0, "taken": 0}
        self._tree = None
        self._bytes = self._searched = self._left = 0
        self._dropped = 0
        self._users = {}

    def rank(self, tree, entry):
        """Scripts and what could be one before what is only handed out; of two alike the one that changed last."""
        if not entry.size:
            return None
        name = entry.name
        if _web_scripts.language_by_name(name) or entry.mode & 0o111 or name.startswith(b"."):
            return 3, entry.changed
        return 1 if _web_scripts.is_static(name) else 2, entry.changed

    def look(self, tree, entry, thorough):
        """Reads the beginning of a file, or more of it, and takes it when it is a script or a program."""
        self._enter(tree)
        try:
            magic, language = self._recognise(tree, entry, thorough)
        except NotRead as error:
            self._write(tree, entry, state=error.state, reason=error.reason)
            return
        self._counts["scripts"] += language is not None
        self._counts["programs"] += magic in _web_scripts.PROGRAMS
        facts = {"magic": magic, "script": language}
        if magic or language or tree.zone == "dev":
            facts.update(self._take(tree, entry, thorough))
        if tree.zone == WEB or magic or language or tree.zone == "dev":
            self._write(tree, entry, **facts)

    def passed(self, tree, entry, reason):
        """The row of what isn't looked into; in drop zones of nothing that is as it should be."""
        if tree.zone == WEB:
            state = _state.SKIPPED_BUDGET if reason else None
            language = _web_scripts.language_by_name(entry.name) if entry.is_file else None
            self._write(tree, entry, state=state, reason=reason, script=language)

    def finish(self):
        """Says what didn't fit, and sums up."""
        self._enter(None)
        if self._dropped:
            self._collection.note(None, _state.SKIPPED_BUDGET, "%d rows more than %d" % (self._dropped, MAX_ROWS), _ARTIFACT)
        self._collection.summary.update(self._counts)

    def _enter(self, tree):
        """Begins with the budgets of another tree; says what the last one's were too small for."""
        if tree is self._tree:
            return
        if self._left:
            path = self._tree.prefix + self._tree.path
            reason = "%d scripts and programs were not taken: more than %d MiB" % (self._left, _budget(self._tree) >> 20)
            self._collection.note(path, _state.SKIPPED_BUDGET, reason, _ARTIFACT)
        self._tree = tree
        self._bytes = self._searched = self._left = 0

    def _recognise(self, tree, entry, thorough):
        """(magic, language) of a file; raises `NotRead`."""
        reader = tree.view.reader
        with reader.find(entry.path, tree.folder) as found:
            descriptor = reader.open_regular(found)
            try:
                head = peek(descriptor, _web_scripts.HEAD)
                magic, language = _web_scripts.magic_of(head), _web_scripts.language_of(entry.name, head)
                if magic or language or not thorough or tree.zone != WEB or self._searched > SEARCHED_BYTES:
                    return magic, language
                os.lseek(descriptor, 0, os.SEEK_SET)
                data = peek(descriptor, DEEP)
            except OSError as error:
                raise NotRead.of(error)
            finally:
                os.close(descriptor)
        self._searched += len(data)
        language = _web_scripts.tag_in(data)
        return language and language + "_tag", language

    def _take(self, tree, entry, thorough):
        # What gave way to more interesting files must not use up their room.
        if self._bytes + entry.size > _budget(tree) // (1 if thorough else 2):
            self._left += 1
            return {"state": _state.SKIPPED_BUDGET, "reason": "more than %d MiB of this tree" % (_budget(tree) >> 20)}
        item = tree.view.take(self._collection, entry.path, _ARTIFACT)
        self._bytes += item.size or 0
        self._counts["taken"] += item.archived is not None
        return {
            "state": item.state, "reason": item.reason, "sha256": item.sha256,
            "archived": escape(item.archived) if item.archived is not None else None,
        }

    def _write(self, tree, entry, **facts):
        self._counts["files"] += entry.is_file
        if self._table.rows >= MAX_ROWS:
            self._dropped += 1
            return
        row = dict((name, value) for name, value in facts.items() if value is not None)
        row.update(entry.columns())
        row.update(
            path=escape(entry.path), zone=tree.zone, root=escape(tree.path), view=escape(tree.prefix),
            owner=self._owner(tree.view, entry.uid),
        )
        self._table.row(dict((name, value) for name, value in row.items() if value not in (None, "")))

    def _owner(self, view, uid):
        if view not in self._users:
            users = self._users[view] = {}
            for account in accounts(view.read(b"/etc/passwd") or b""):
                users.setdefault(account.uid, escape(account.name))
        return self._users[view].get(uid)


def _budget(tree):
    return SERVED_BYTES if tree.zone == WEB else OTHER_BYTES


__all__ = ("collect",)
