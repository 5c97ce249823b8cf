# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What dpkg wrote down about the files of its packages: dpkg(1), /var/lib/dpkg/info, dpkg-divert(1)."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import itertools
import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._lines import blocks_of_lines
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._database import CONFIGURATION, MAX_CONFIGURATIONS
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._dpkg_filters import DpkgFilters
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._dpkg_status import STATUS, DpkgStatus
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._expected import Expected

FOLDER = b"/var/lib/dpkg"
INFO = FOLDER + b"/info"
MAX_NAMES = 500000
MAX_LISTED = 200000  # files of one package that are compared with its own list
_DIGEST = re.compile(br"^([0-9a-f]{32})[ \t]+(?:\./)?(.+)\Z", re.DOTALL)


class Dpkg:
    """The database of a host. A package is called as its files are: ``coreutils``, or ``libc6:amd64``."""

    manager = "dpkg"
    originals = (STATUS, FOLDER + b"/diversions", FOLDER + b"/statoverride")

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

    def configurations(self, wants):
        """(package name, [its files in /etc]) of each package whose name `wants`."""
        for package in self.packages:
            if wants(package_name(package)):
                found = (path for lines in self._lines(package, b".list") for path in lines if path.startswith(CONFIGURATION))
                yield package_name(package), list(itertools.islice(found, MAX_CONFIGURATIONS))

    def exists(self):
        """Whether the host has such a database."""
        return bool(self.packages)

    def expected(self, take):
        """Calls `take` with an `Expected` for every file of which dpkg knows the digest, in the order of packages."""
        status = DpkgStatus(self._collection)
        for package in self.packages:
            if not status.is_absent(package):
                self._expected_of(package, status, take)
        for listed, (digest, name, architecture) in sorted(status.conffiles.items()):
            package = name + b":" + architecture
            path = self.place_of(self._aliases.canonical(listed), package)
            take(Expected(path, digest, name, status.version(package), self.manager, True))

    def times(self):
        """(package, `os.stat_result` of its list, which dpkg writes when it installs the package)."""
        for package in self.packages:
            try:
                yield package, self._collection.stat(INFO + b"/" + package + b".list", follow=False)
            except NotRead:
                continue

    def may_be_missing(self):
        """Function: canonical path -> whether dpkg was told not to install it."""
        return DpkgFilters(self._collection).excludes

    def place_of(self, path, package):
        """Where the file of a package lies that it has at the canonical `path`: a diversion may put it elsewhere."""
        to, by = self._diversions.get(path, (None, None))
        return path if to is None or by == package_name(package) else to

    def _expected_of(self, package, status, take):
        listed = self._listed(package)
        name, version = package_name(package), status.version(package)
        for lines in self._lines(package, b".md5sums"):
            for line in lines:
                match = _DIGEST.match(line)
                if match is None:
                    continue
                path = b"/" + match.group(2)
                # Another package may have taken over the file, which only the list is told.
                if path not in status.conffiles and (listed is None or path in listed):
                    path = self.place_of(self._aliases.canonical(path), package)
                    take(Expected(path, match.group(1), name, version, self.manager, False))

    def _listed(self, package):
        """The set of paths that the package has; None when they are too many to be held."""
        listed = set()
        for lines in self._lines(package, b".list"):
            listed.update(lines)
            if len(listed) > MAX_LISTED:
                return None
        return listed

    def _lines(self, package, suffix):
        try:
            blocks = blocks_of_lines(self._collection, INFO + b"/" + package + suffix)
            for lines in blocks:  # pylint: disable=unknown-option-value,use-yield-from  # Python 2 has none
                yield lines
        except NotRead as error:
            if error.state != _state.ABSENT or suffix == b".list":  # not every package comes with digests
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
