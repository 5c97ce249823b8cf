# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Which package a file belongs to, as the package managers wrote it down; no program is asked but rpm."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._aliases import Aliases
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._apk import Apk
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._dpkg import Dpkg
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._rpm import Rpm

MANAGERS = (Dpkg, Apk, Rpm)


def owners_of(collection, paths):
    """{path: package name} (bytes) of those absolute `paths` that belong to a package of dpkg, apk or rpm.

    Merged folders and diversions are understood, links aren't followed. Reads the managers' lists once, in memory that
    depends only on the number of `paths`. Raises `Stopped`.
    """
    aliases = Aliases(collection.reader)
    wanted = {}
    for path in paths:
        wanted.setdefault(aliases.canonical(path), []).append(path)
    owners = {}
    for manager in MANAGERS:
        for canonical, package in manager(collection, aliases).owners(wanted):
            for path in wanted[canonical]:
                owners.setdefault(path, package)
    return owners


__all__ = ("owners_of",)
