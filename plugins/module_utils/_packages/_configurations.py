# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Which packages of some names are installed, and their files in /etc."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._aliases import Aliases
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._owners import MANAGERS


def configurations(collection, wants):
    """(package name, [paths]) of each package of dpkg, apk and rpm for whose name (bytes) `wants` is true.

    Of a package that was removed, what is left of it counts. Raises `Stopped`.
    """
    aliases = Aliases(collection.reader)
    for manager in MANAGERS:
        found = manager(collection, aliases).configurations(wants)
        for one in found:  # pylint: disable=unknown-option-value,use-yield-from  # Python 2 has none
            yield one


__all__ = ("configurations",)
