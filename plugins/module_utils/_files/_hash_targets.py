# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Programs that units and tables of cron start, wherever they lie."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead

FILE_BYTES = 1 << 18
MAX_FILES = 5000
MAX_TARGETS = 10000
_PATH = re.compile(br"/[^\s\"'`;|&<>(){}$*?=:,\\]{2,1000}")
_COMMAND = re.compile(br"^[ \t]*Exec[A-Za-z]*[ \t]*=.*", re.MULTILINE)
# Views of the kernel and devices; configuration and traces of what runs.
_NO_PROGRAMS = re.compile(br"/(?:proc|sys|etc)/|/dev/(?!shm/)|.*\.(?:conf|log|pid|sock|cache|lock)\Z")
_UNIT = re.compile(br"^\[Service\]", re.MULTILINE)


def targets_of(collection, patterns):
    """The set of absolute paths that are named by the files which `patterns` (globs, bytes) match; bounded.

    Of units their commands are looked at, of other files everything. What is named there need not exist.
    """
    found, files = set(), 0
    for pattern in patterns:
        for path in collection.reader.matches(pattern, limit=MAX_FILES + 1, check=collection.check).paths:
            files += 1
            if files > MAX_FILES or len(found) > MAX_TARGETS:
                reason = "%d files name %d programs: in others none was looked for" % (files - 1, len(found))
                collection.note(None, _state.SKIPPED_BUDGET, reason, "targets of hashes")
                return found
            found.update(_targets_in(_read(collection, path)))
    return found


def _read(collection, path):
    try:
        return collection.read(path, FILE_BYTES)
    except NotRead:  # folders and broken links: the listing and the persistence collector tell of them
        return b""


def _targets_in(data):
    if _UNIT.search(data):
        data = b"\n".join(_COMMAND.findall(data))
    return [path for path in _PATH.findall(data) if not _NO_PROGRAMS.match(path)]


__all__ = ("targets_of",)
