# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What apk wrote down about the files of its packages: apk-v2(5), "installed"."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._lines import blocks_of_lines

DATABASES = (b"/lib/apk/db/installed", b"/usr/lib/apk/db/installed")


class Apk:
    """The database of a host."""

    manager = "apk"

    def __init__(self, collection, aliases):
        self._collection = collection
        self._aliases = aliases

    def owners(self, wanted):
        """(path, package name) of each canonical path in the collection `wanted` that a package lists."""
        for database in DATABASES:
            package = folder = b""
            for line in self._lines(database):
                field, value = line[:2], line[2:]
                if field == b"P:":
                    package, folder = value, b""
                elif field == b"F:":
                    folder = value + b"/" if value else b""
                elif field == b"R:":
                    path = self._aliases.canonical(b"/" + folder + value)
                    if path in wanted:
                        yield path, package

    def _lines(self, database):
        try:
            for block in blocks_of_lines(self._collection, database):
                for line in block:
                    yield line
        except NotRead:
            return


__all__ = ("Apk",)
