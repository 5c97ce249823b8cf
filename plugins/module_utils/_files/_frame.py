# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""A folder on the way down a tree, and how it is opened and found again."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import os

O_CLOEXEC = getattr(os, "O_CLOEXEC", 0o2000000)
O_NOATIME = getattr(os, "O_NOATIME", 0o1000000)
O_PATH = getattr(os, "O_PATH", 0o10000000)
_FOLDER = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | O_CLOEXEC


class Frame(object):
    """A folder on the way down.

    fd: open folder or None. device, inode: what it was when it was entered. length: of the path above it.
    pending: names of folders in it that are still to be entered. offset: where its names are read on. done: all read.
    """

    __slots__ = ("fd", "device", "inode", "length", "pending", "offset", "done")

    def __init__(self, fd, status, length):
        self.fd = fd
        self.device, self.inode = status.st_dev, status.st_ino
        self.length = length
        self.pending = []
        self.offset = 0
        self.done = False

    def close(self):
        """Gives the descriptor back; `enter_from_below` gets a new one."""
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None

    def enter_from_below(self):
        """Makes the folder the current one, from a folder in it; false when it isn't there any more."""
        try:
            if self.fd is None:
                self._reopen()
            os.fchdir(self.fd)
        except OSError:
            return False
        return True

    def _reopen(self):
        self.fd = open_folder(b"..")
        status = os.fstat(self.fd)
        if (status.st_dev, status.st_ino) != (self.device, self.inode):
            self.close()
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
        if not self.done:
            os.lseek(self.fd, self.offset, os.SEEK_SET)


def open_folder(name):
    """A folder in the current one, open for reading its names; its access time stays where that is permitted."""
    try:
        return os.open(name, _FOLDER | O_NOATIME)
    except OSError as error:
        if error.errno != errno.EPERM:  # only the owner may keep the access time
            raise
    return os.open(name, _FOLDER)


def enter(root, path):
    """Makes a folder the current one, component by component and not through links; returns it open."""
    here = os.open(root, _FOLDER)
    for name in path.split(b"/"):
        if name:
            os.fchdir(here)
            os.close(here)
            here = os.open(name, _FOLDER | O_PATH)
    os.fchdir(here)
    os.close(here)
    return open_folder(b".")


__all__ = ("Frame", "enter", "open_folder")
