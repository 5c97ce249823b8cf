# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What a backup is to take: configuration, what is served, spools; found out before anything is taken."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import stat

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._notes import Notes
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_paths import normal
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_servers import Survey
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_trees import Trees
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_walk import Visitor, look_through

CATALOGUE = "backup"  # the zone of trees that the catalogue names
MAX_FILES = 1500000


class Plan(Visitor):
    """Gathers the paths of a backup; `paths` gives them one by one, afterwards `files` and `bytes` are known."""

    def __init__(self, collection, options, proc):
        self._collection = collection
        self._options = options
        self._proc = proc
        self._write = None
        self._most = options["max_size"] << 20
        self._large = Notes(collection, CATALOGUE)
        self.files = self.bytes = self.left = 0

    def gather(self, write):
        """Calls `write(prefix, path)` for every file and link; `prefix` is not empty for files of a container."""
        self._write = write
        named, roots = [_paths(self._options.get(name)) for name in ("webservices", "webroots")]
        survey = Survey(self._collection, named, self._proc)
        try:
            look_through(self._collection, self._trees(survey, roots), self)
        finally:
            survey.close()
            self._large.finish()
        if self.left:
            reason = "%d files more than %d" % (self.left, MAX_FILES)
            self._collection.note(None, _state.SKIPPED_BUDGET, reason, CATALOGUE)

    def _trees(self, survey, roots):
        host, trees = survey.host_view(), Trees(self._collection)
        for row in self._options.get("artifacts") or ():
            for pattern in row["paths"]:
                raw = pattern.encode("utf-8")
                matches = self._collection.reader.matches(raw, check=self._collection.check)
                self._collection.note_missed(raw, matches, row["name"])
                paths = matches.paths
                if not paths:
                    self._collection.note(raw, _state.ABSENT, "nothing matches", row["name"])
                for path in paths:
                    trees.add(host, path, CATALOGUE)
        for server in trees.add_served(survey, roots):
            for path, _role, _where in server.reading.files:
                if not trees.covers(server.instance.view, path):
                    trees.add(server.instance.view, path, CATALOGUE)
        return trees.in_order()

    def passed(self, tree, entry, reason):
        """Every name that is a file or a link is to be taken."""
        if not (entry.is_file or stat.S_ISLNK(entry.mode)):
            return
        if self.files >= MAX_FILES:
            self.left += 1
            return
        if self.bytes + entry.size > self._most:
            reason = "%d bytes, and %d of the backup's %d are planned" % (entry.size, self.bytes, self._most)
            self._large.add(tree.prefix + entry.path, _state.SKIPPED_BUDGET, reason)
            return
        self.files += 1
        self.bytes += entry.size
        # Where servers are locked into a folder, that folder is the host's own.
        in_folder = tree.view.pid is None
        self._write(b"" if in_folder else tree.prefix, (tree.prefix if in_folder else b"") + entry.path)


def _paths(texts):
    return [normal(text.encode("utf-8")) for text in texts or ()]


__all__ = ("CATALOGUE", "Plan")
