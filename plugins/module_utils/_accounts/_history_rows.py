# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The table ``history_files``: what was done to histories, so that what somebody wiped shows."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import stat

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state, _syscalls
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._status import columns
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

MAX_PATHS = 20000


class HistoryRows:
    """Writes one row a path. `paths` are those that have one (at most `MAX_PATHS`), `found` counts those that exist."""

    def __init__(self, selection):
        self._selection = selection
        self._collection = selection.collection
        self.paths = set()
        self.found = 0

    def write(self, path, artifact, state, home=None, beneath=None, **more):
        """A row for what became (`state`) of the history at `path`; `home` is whose it is, `more` further columns.

        ``type`` is ``absent`` when there is none. ``empty``, ``immutable`` and ``append_only`` are told of regular
        files, ``link_target`` and ``target_type`` of links.
        """
        status = self._selection.status(path, beneath, follow=False)
        if len(self.paths) < MAX_PATHS:
            self.paths.add(path)
        self.found += status is not None
        row = dict(more, path=escape(path), artifact=artifact, state=state)
        if home is not None:
            row.update(home=escape(home.real), home_uid=home.uid)
        if status is not None:
            row.update(columns(status))
            row.update(self._closer_look(path, status, beneath))
        elif state == _state.ABSENT:
            row["type"] = "absent"
        self._collection.table("history_files").row(row)

    def _closer_look(self, path, status, beneath):
        if stat.S_ISLNK(status.st_mode):
            return self._link_facts(path, beneath)
        if stat.S_ISREG(status.st_mode):
            return dict(self._flags(path, beneath), empty=status.st_size == 0)
        return {}

    def _link_facts(self, path, beneath):
        try:
            with self._collection.reader.find(path, beneath) as found:
                links, row = found.links, {"target_type": columns(found.status)["type"]}
        except NotRead as error:
            links, row = error.links, {}
        name = b"/" + path.rsplit(b"/", 1)[-1]
        targets = [target for link, target in links if link.endswith(name)]
        return dict(row, link_target=escape(targets[0])) if targets else row

    def _flags(self, path, beneath):
        try:
            with self._collection.reader.find(path, beneath) as found:
                descriptor = self._collection.reader.open_regular(found)
        except NotRead:
            return {}
        try:
            flags = _syscalls.inode_flags(descriptor)
        except (OSError, IOError):  # a file system without such flags
            return {}
        finally:
            os.close(descriptor)
        return {
            "immutable": bool(flags & _syscalls.FLAG_IMMUTABLE), "append_only": bool(flags & _syscalls.FLAG_APPEND),
        }


__all__ = ("HistoryRows",)
