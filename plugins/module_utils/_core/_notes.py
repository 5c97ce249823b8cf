# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Manifest rows for what is left out, so many that a host full of locked folders doesn't fill the manifest."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state

MAX_NOTES = 1000


class Notes(object):
    """Notes of one `artifact`; what comes after `limit` of them is counted, and said by `finish`."""

    def __init__(self, collection, artifact, limit=MAX_NOTES):
        self._collection = collection
        self._artifact = artifact
        self._limit = limit
        self._count = 0

    def add(self, path, state, reason):
        """One row, or one more that isn't written."""
        self._count += 1
        if self._count <= self._limit:
            self._collection.note(path, state, reason, self._artifact)

    def finish(self):
        """Says how many were not written."""
        more = self._count - self._limit
        if more > 0:
            self._collection.note(None, _state.FAILED, "%d notes more like these" % more, self._artifact)


__all__ = ("MAX_NOTES", "Notes")
