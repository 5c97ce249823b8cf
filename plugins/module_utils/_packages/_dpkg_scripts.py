# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Scripts of dpkg's packages (deb-postinst(5)), which no digest covers and root runs: those that are not as dpkg leaves them.

dpkg writes a package's list of files and puts its scripts beside it in one go: their times of change lie moments apart,
also when all of them were copied, and a script is as old as the build of its package. One that was written later has a
younger time of change, and unless somebody set it back, is younger itself.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re
import stat

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._dpkg_status import DpkgStatus

YOUNGER, ORPHAN, NOTHING_ELSE, REACHES_OUT = "younger", "orphan", "nothing_else", "reaches_out"
SLACK = 600  # seconds between a package's list and its scripts, for slow disks
SCANNED = 256 << 10
ALL_SCANNED = 64 << 20
_FEW_FILES = 1 << 10  # bytes of a list in which only folders may stand
_REACHES_OUT = re.compile(
    br"\b(?:curl|wget|ncat|netcat|socat|mkfifo)\b|\bnc\s+-|\bbase64\s+(?:-\w*[dD]|--decode)|/dev/(?:tcp|udp)/|\bsocket\.socket\b"
)


class PackageScripts:
    """Looks at scripts in the folder of dpkg's database."""

    def __init__(self, collection):
        self._collection = collection
        self._status = DpkgStatus(collection)
        self._lists = {}
        self._left = ALL_SCANNED

    def deviations(self, paths):
        """{path: what is odd} of those scripts that are not as dpkg leaves them, or that open connections.

        ``younger``: written after the package's list; ``orphan``: of no package; ``nothing_else``: of a package that has
        no file; ``reaches_out``: with words for connections or for text that is unpacked.
        """
        found = dict((path, self._deviation(path)) for path in sorted(paths))
        return dict((path, deviation) for path, deviation in found.items() if deviation is not None)

    def _deviation(self, path):
        self._collection.check()
        package = path.rpartition(b".")[0]
        if package not in self._lists:
            self._lists[package] = self._stat(package + b".list")
        script, listed = self._stat(path), self._lists[package]
        if script is None:
            return None
        if listed is None:
            return ORPHAN
        if script.st_ctime > listed.st_ctime + SLACK or script.st_mtime > listed.st_mtime + SLACK:
            return YOUNGER
        if not path.endswith(b".triggers"):
            if self._has_nothing_else(package, listed):
                return NOTHING_ELSE
            if _REACHES_OUT.search(self._read(path)):
                return REACHES_OUT
        return None

    def _has_nothing_else(self, package, listed):
        """Whether an installed package lists no file: only folders that exist."""
        if listed.st_size > _FEW_FILES or self._status.is_absent(package.rpartition(b"/")[2]):
            return False
        return all(self._is_folder(line) for line in self._read(package + b".list").split(b"\n") if line)

    def _is_folder(self, path):
        status = self._stat(path) if path.startswith(b"/") else None
        return status is not None and stat.S_ISDIR(status.st_mode)

    def _stat(self, path):
        try:
            return self._collection.stat(path, follow=False)
        except NotRead:
            return None

    def _read(self, path):
        """The beginning of a file; nothing of one that can't be read, and once too much was read, which is noted."""
        if not self._left:
            return b""
        try:
            data = self._collection.read(path, min(SCANNED, self._left))
        except NotRead:
            return b""
        self._left -= len(data)
        if not self._left:
            reason = "of scripts of packages %d bytes were read" % ALL_SCANNED
            self._collection.note(path, _state.SKIPPED_BUDGET, reason, "scripts of packages")
        return data


__all__ = ("NOTHING_ELSE", "ORPHAN", "PackageScripts", "REACHES_OUT", "YOUNGER")
