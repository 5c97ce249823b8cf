# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Why a file's hash is worth having."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._files._programs import SET_ID, in_binaries, is_library

KERNEL_MODULES = (b".ko", b".ko.xz", b".ko.gz", b".ko.zst")


def reasons(path, mode=0):
    """Words for what a file is by its path (bytes) and its mode.

    ``ancestor`` ``boot`` ``executable`` ``suid`` ``library`` ``pam`` ``nss`` ``kernel_module``.
    """
    folder, _slash, name = path.rpartition(b"/")
    found = []
    if in_binaries(path):
        found.append("ancestor")
    if folder == b"/boot":
        found.append("boot")
    if mode & 0o111:
        found.append("executable")
        if mode & SET_ID:
            found.append("suid")
    if is_library(name):
        if name.endswith(KERNEL_MODULES):
            found.append("kernel_module")
        else:
            found.append("library")
            if b"/security/" in path:
                found.append("pam")
            if name.startswith(b"libnss_"):
                found.append("nss")
    return found


__all__ = ("reasons",)
