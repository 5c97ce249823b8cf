# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Files of packages that dpkg was told not to install: ``path-exclude`` and ``path-include`` of dpkg.cfg(5)."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import fnmatch
import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead

FILES = (b"/etc/dpkg/dpkg.cfg", b"/etc/dpkg/dpkg.cfg.d/*")
FILE_BYTES = 1 << 16
MAX_FILTERS = 200
MAX_STARS = 6  # more would take long to match, and nobody means it
_FILTER = re.compile(br"^[ \t]*(?:--)?path-(exclude|include)[ \t=]+(\S+)", re.MULTILINE)


class DpkgFilters:
    """The last filter that matches a path decides."""

    def __init__(self, collection):
        self._filters = []
        self._is_cut = False
        for pattern in FILES:
            for path in collection.reader.matches(pattern).paths:
                self._read(collection, path)

    def excludes(self, path):
        """Whether dpkg was told not to install the file at `path`."""
        excluded = False
        for is_exclusion, pattern in self._filters:
            if excluded != is_exclusion and fnmatch.fnmatchcase(path, pattern):
                excluded = is_exclusion
        return excluded

    def _read(self, collection, path):
        try:
            data = collection.read(path, FILE_BYTES)
        except NotRead as error:
            collection.note(path, error.state, error.reason)
            return
        for word, pattern in _FILTER.findall(data):
            if len(self._filters) < MAX_FILTERS and pattern.count(b"*") <= MAX_STARS:
                self._filters.append((word == b"exclude", pattern))
            elif not self._is_cut:
                self._is_cut = True
                reason = "filters with more than %d stars, or after %d, are not understood" % (MAX_STARS, MAX_FILTERS)
                collection.note(path, _state.SKIPPED_BUDGET, reason)


__all__ = ("DpkgFilters",)
