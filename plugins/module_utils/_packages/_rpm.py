# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What rpm knows of the files of its packages. Its database has many formats: rpm itself is asked, piece by piece."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._lines import Lines

DATABASES = tuple(
    folder + b"/" + name for folder in (b"/var/lib/rpm", b"/usr/lib/sysimage/rpm", b"/usr/share/rpm")
    for name in (b"rpmdb.sqlite", b"Packages.db", b"Packages")
)
OWNERS = "[%{FILENAMES}\t%{=NAME}\n]"
SECONDS = 120
OUTPUT = 512 << 20


class Rpm:
    """The database of a host; asked only where there is one."""

    manager = "rpm"

    def __init__(self, collection, aliases):
        self._collection = collection
        self._aliases = aliases

    def owners(self, wanted):
        """(path, package name) of each canonical path in the collection `wanted` that a package lists."""
        if not self._exists():
            return []
        found, lines = [], Lines()

        def take(piece):
            for line in lines.of(piece):
                listed, _tab, package = line.rpartition(b"\t")
                path = self._aliases.canonical(listed)
                if path in wanted:
                    found.append((path, package))

        self._collection.ask(["rpm", "-qa", "--qf", OWNERS], take, SECONDS, OUTPUT)
        return found

    def _exists(self):
        for path in DATABASES:
            try:
                with self._collection.reader.find(path):
                    return True
            except NotRead:
                continue
        return False


__all__ = ("Rpm",)
