# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The bytes of programs and libraries that deviate from their packages, so that they can be compared at home."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import heapq

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import unescape
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._hash_reasons import reasons

ARTIFACT = "package_files"
MAX_FILES = 100
FILE_BYTES, ALL_BYTES = 32 << 20, 256 << 20


class Evidence(object):
    """Chooses among rows of ``package_files`` and ``hashes``, what matters most first; `count` is how many there are."""

    def __init__(self, deviations, hashes):
        self.count = 0
        self._ranked = heapq.nsmallest(MAX_FILES, self._all(deviations, hashes))

    def _all(self, deviations, hashes):
        """(rank, path, size) of each file that is worth it."""
        for row in deviations:
            if row["deviation"] in ("changed", "unowned") and not row.get("conffile") and row.get("type") == "file":
                rank = _rank(row)
                if rank is not None:
                    self.count += 1
                    yield rank, row["path"], row["size"]
        for row in hashes:
            if "suid" in row["why"] and not row.get("package"):
                self.count += 1
                yield 0, row["path"], row["size"]

    def bring(self, collection):
        """Copies them into the part, as many as there is room for."""
        left, largest, taken = ALL_BYTES, min(FILE_BYTES, collection.limits.file_bytes), set()
        try:
            for _rank, path, size in self._ranked:
                if path not in taken and size <= min(left, largest):
                    collection.copy(unescape(path), artifact=ARTIFACT)
                    left -= size
                    taken.add(path)
        finally:
            more = self.count - len(self._ranked) + sum(1 for _rank, path, _size in self._ranked if path not in taken)
            if more:
                reason = "the bytes of %d more files that deviate are not taken, only their hashes" % more
                collection.note(None, _state.SKIPPED_BUDGET, reason, ARTIFACT)


def _rank(row):
    """0 for what matters most; None for what no one runs."""
    if row.get("critical"):
        return 0
    if not reasons(unescape(row["path"])) and row["deviation"] == "changed":
        return None
    return 1 if row["deviation"] == "changed" else 2


__all__ = ("ARTIFACT", "Evidence")
