# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What /var/lib/dpkg/status says of packages: version, state, and the configuration files they came with."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._lines import blocks_of_lines

STATUS = b"/var/lib/dpkg/status"
MAX_BYTES = 24 << 20
# Their files are not on the host, or may not be all there.
NOT_THERE = frozenset((b"config-files", b"not-installed", b"half-installed"))


class DpkgStatus:
    """`installed`: {name, or name:architecture: version}; `conffiles`: {path: (MD5, name, architecture)}.

    A package without an entry is in neither. Memory is bounded: what comes after it is full is left out.
    """

    def __init__(self, collection):
        self.installed = {}
        self.conffiles = {}
        self.absent = set()
        self._left = MAX_BYTES
        self._fields = {}
        self._files = None
        try:
            for lines in blocks_of_lines(collection, STATUS):
                for line in lines:
                    self._take(line)
        except NotRead as error:
            collection.note(STATUS, error.state, error.reason)
        self._finish()

    def version(self, package):
        """The version of a package called as its files are; empty when it isn't known."""
        return self.installed.get(package) or self.installed.get(package.partition(b":")[0], b"")

    def is_absent(self, package):
        """Whether the status says that the package's files are not here."""
        return package in self.absent

    def _take(self, line):
        if not line:
            self._finish()
        elif line.startswith(b" "):
            if self._files is not None and self._left > 0:
                self._files.append(line.split(b" "))
                self._left -= len(line) + 200
        else:
            name, _colon, value = line.partition(b": ")
            self._files = [] if line == b"Conffiles:" else None
            if name in (b"Package", b"Version", b"Status", b"Architecture"):
                self._fields[name] = value
            if self._files is not None:
                self._fields[b"Conffiles"] = self._files

    def _finish(self):
        fields, self._fields, self._files = self._fields, {}, None
        name, architecture = fields.get(b"Package"), fields.get(b"Architecture", b"")
        if not name or self._left <= 0:
            return
        self._left -= 500
        names = (name, name + b":" + architecture)
        if fields.get(b"Status", b"").rpartition(b" ")[2] in NOT_THERE:
            self.absent.update(names if name not in self.installed else names[1:])
            return
        self.absent.discard(name)
        self.installed.update((known, fields.get(b"Version", b"")) for known in names)
        for words in fields.get(b"Conffiles", ()):
            # A blank, the path (which may have blanks in it), the digest; a third word says that it is out of use.
            if len(words) > 2 and len(words[-1]) == 32:
                self.conffiles[b" ".join(words[1:-1])] = words[-1], name, architecture


__all__ = ("DpkgStatus", "STATUS")
