# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""One file under several names, because folders were merged: /bin/ls is /usr/bin/ls where /bin is a link to usr/bin."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead

MERGED = (b"/bin", b"/sbin", b"/lib", b"/lib32", b"/lib64", b"/libo32", b"/libx32", b"/usr/sbin", b"/usr/lib64")


class Aliases:
    """The merged folders of a host."""

    def __init__(self, reader):
        self._folders = []
        for folder in MERGED:
            try:
                with reader.find(folder) as found:
                    if found.path != folder:
                        self._folders.append((folder + b"/", found.path + b"/"))
            except NotRead:
                continue
        self._merged = tuple(short for short, _real in self._folders)

    def canonical(self, path):
        """The name by which the kernel knows a file that a package, or somebody else, calls `path`."""
        for short, real in self._folders:
            if path.startswith(short):
                return real + path[len(short):]
        return path

    def all_canonical(self, paths):
        """`canonical` of each of many paths."""
        return [self.canonical(path) if path.startswith(self._merged) else path for path in paths]


__all__ = ("Aliases",)
