# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What dpkg wrote down about the files of its packages: dpkg(1), /var/lib/dpkg/info, dpkg-divert(1)."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._lines import blocks_of_lines

FOLDER = b"/var/lib/dpkg"
INFO = FOLDER + b"/info"
MAX_NAMES = 500000


class Dpkg:
    """The database of a host. A package is called as its files are: ``coreutils``, or ``libc6:amd64``."""

    manager = "dpkg"

    def __init__(self, collection, aliases):
        self._collection = collection
        self._aliases = aliases
        self.packages = self._find_packages()
        self._diversions = self._read_diversions() if self.packages else {}

    def owners(self, wanted):
        """(path, package name) of each canonical path in the collection `wanted` that a package lists."""
        for package in self.packages:
            for lines in self._lines(package, b".list"):
                for path in self._aliases.all_canonical(lines):
                    if path in self._diversions:
                        path = self.place_of(path, package)
                    if path in wanted:
                        yield path, package_name(package)

    def place_of(self, path, package):
        """Where the file of a package lies that it has at the canonical `path`: a diversion may put it elsewhere."""
        to, by = self._diversions.get(path, (None, None))
        return path if to is None or by == package_name(package) else to

    def _lines(self, package, suffix):
        try:
            for lines in blocks_of_lines(self._collection, INFO + b"/" + package + suffix):
                yield lines
        except NotRead as error:
            self._collection.note(INFO + b"/" + package + suffix, error.state, error.reason)

    def _find_packages(self):
        try:
            names = self._collection.reader.listdir(INFO, limit=MAX_NAMES)
        except NotRead:
            return []
        return [name[:-len(b".list")] for name in names if name.endswith(b".list")]

    def _read_diversions(self):
        """{path: (where other packages' files of that name go, name of the package whose file keeps it)}"""
        lines = []
        try:
            for block in blocks_of_lines(self._collection, FOLDER + b"/diversions"):
                lines += block
        except NotRead:
            return {}
        canonical = self._aliases.canonical
        return dict(
            (canonical(path), (canonical(to), by)) for path, to, by in zip(lines[0::3], lines[1::3], lines[2::3])
        )


def package_name(package):
    """The name without the architecture."""
    return package.partition(b":")[0]


__all__ = ("Dpkg", "package_name")
