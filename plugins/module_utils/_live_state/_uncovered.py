# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""/proc as it is under what was mounted over parts of it."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _syscalls
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _procfs
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._mounts import parse_mountinfo
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import O_CLOEXEC

# open_tree(2), Linux 5.2, has one number on all processors but Alpha. The copy of the mount is seen by nobody else
# and is gone with its descriptor; without AT_RECURSIVE, mounts on top of it aren't copied.
_OPEN_TREE = 428
_OPEN_TREE_CLONE = 1
_PROCESS = re.compile(br"([0-9]+)(?:/|\Z)")


def covers(mounts):
    """(pid, mount) for each mount that lies over a process's folder in one of the /proc mounts of a namespace."""
    roots = set(mount.point for mount in mounts if mount.fstype == "proc" and mount.root == b"/")
    found = []
    for mount in mounts:
        for root in roots:
            below = mount.point[len(root) + 1:] if mount.point.startswith(root + b"/") else b""
            match = _PROCESS.match(below)
            if match:
                found.append((int(match.group(1)), mount))
    return found


class CleanProc:
    """`base` is a path under which processes are read: /proc, or a private copy of it when parts of /proc are covered.

    `covered` are the processes that /proc itself shows falsely; `is_copy` says whether `base` shows them as they are.
    """

    def __init__(self):
        data, _unused = _procfs.read(b"/proc/self/mountinfo", 4 << 20)
        self.covered = set(pid for pid, mount in covers(parse_mountinfo(data)) if mount.point.startswith(b"/proc/"))
        self.base = b"/proc"
        self._descriptor = _copy_of_proc() if self.covered else None
        self.is_copy = self._descriptor is not None
        if self.is_copy:
            self.base = b"/proc/self/fd/%d" % self._descriptor

    def close(self):
        if self._descriptor is not None:
            os.close(self._descriptor)


def _copy_of_proc():
    """A descriptor for a copy of the mount at /proc, or None where the kernel can't or may not make one."""
    if _syscalls.LIBC is None:
        return None
    ctypes = _syscalls.ctypes
    flags = _OPEN_TREE_CLONE | O_CLOEXEC
    numbers = [ctypes.c_long(number) for number in (_OPEN_TREE, _syscalls.AT_FDCWD, flags)]
    descriptor = _syscalls.LIBC.syscall(numbers[0], numbers[1], b"/proc", numbers[2])
    return descriptor if descriptor >= 0 else None


__all__ = ("CleanProc", "covers")
