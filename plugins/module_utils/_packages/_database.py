# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What the databases of package managers have in common that keep no times and no exclusions of their own."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead

CONFIGURATION = b"/etc/"
MAX_CONFIGURATIONS = 5000  # of one package


class Database(object):
    """The database of a host, in one of the places `databases`."""

    databases = ()

    def __init__(self, collection, aliases):
        self._collection = collection
        self._aliases = aliases

    def exists(self):
        """Whether the host has such a database."""
        for path in self.databases:
            try:
                with self._collection.reader.find(path):
                    return True
            except NotRead:
                continue
        return False

    def times(self):
        """(package, time) of each package of which the database doesn't say it itself: none."""
        return ()

    def may_be_missing(self):
        """Function: canonical path -> whether the manager was told not to install it. Here it can't be, or isn't listed."""
        return lambda path: False


__all__ = ("CONFIGURATION", "Database", "MAX_CONFIGURATIONS")
