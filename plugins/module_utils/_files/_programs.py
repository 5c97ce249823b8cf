# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What the listing leaves in the workspace for whoever hashes afterwards: the paths of programs and libraries.

Two lists, so that a host full of made-up programs in places where anybody may write crowds out none of the system's:
`SYSTEM` and `ELSEWHERE`. A path ends with a zero byte. The names are those of spool files, which a workspace takes away.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._streams import write_whole

SYSTEM, ELSEWHERE = "programs_system", "programs_elsewhere"
LIST_BYTES = 32 << 20  # of one list by one process
BUFFER = 1 << 16
SYSTEM_FOLDERS = (b"/usr/", b"/bin/", b"/sbin/", b"/lib", b"/boot/", b"/etc/")
# Where a program is worth a look because it may be executed at all.
PROGRAM_FOLDERS = (b"/opt/", b"/root/", b"/home/", b"/tmp/", b"/var/tmp/", b"/var/spool/", b"/dev/", b"/run/")
in_binaries = re.compile(br"/s?bin/").search  # the ancestor's rule, wherever the folders are
SET_ID = 0o6000
_LIBRARY = re.compile(br"\.so(?:\.[0-9][^/]*)?\Z|\.ko(?:\.(?:xz|gz|zst))?\Z")


def is_library(name):
    """Whether a file's name is that of a shared library, a loadable module or a kernel module."""
    return _LIBRARY.search(name) is not None


class Programs(object):
    """Writes the lists of one process."""

    def __init__(self, workspace, index):
        self._lists = dict((kind, _List(_path(workspace, kind, index))) for kind in (SYSTEM, ELSEWHERE))

    def add(self, folder, names, executables):
        """Takes what is worth it of the `names` in a folder; `executables`: (name, mode) of files that may be executed."""
        inside = folder + b"/"
        is_system = inside.startswith(SYSTEM_FOLDERS)
        if in_binaries(inside) or inside == b"/boot/":
            chosen = names
        elif is_system:
            chosen = set(name for name, _mode in executables)
            chosen.update(name for name in names if (b".so" in name or b".ko" in name) and is_library(name))
        elif inside.startswith(PROGRAM_FOLDERS):
            chosen = [name for name, _mode in executables]
        else:
            chosen = [name for name, mode in executables if mode & SET_ID]
        if chosen:
            self._lists[SYSTEM if is_system else ELSEWHERE].add(inside, chosen)

    def flush(self):
        """Writes down what is held."""
        for one in self._lists.values():
            one.flush()

    def close(self):
        """Writes down what is held and ends the lists."""
        for one in self._lists.values():
            one.close()


class _List(object):
    def __init__(self, path):
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._held = []
        self._size = 0
        self._left = LIST_BYTES

    def add(self, inside, names):
        text = b"".join([inside + name + b"\0" for name in names])
        if len(text) > self._left:
            return
        self._left -= len(text)
        self._held.append(text)
        self._size += len(text)
        if self._size > BUFFER:
            self.flush()

    def flush(self):
        write_whole(self._fd, b"".join(self._held))
        self._held, self._size = [], 0

    def close(self):
        self.flush()
        os.close(self._fd)


def _path(workspace, kind, index):
    return os.path.join(workspace, ("%s-%06d" % (kind, index)).encode("ascii"))


def was_listed(workspace):
    """Whether a listing has left its lists in the workspace."""
    return os.path.exists(_path(workspace, SYSTEM, 0))


def programs(workspace, kind):
    """The paths in the lists of a kind, one by one."""
    index = 0
    while os.path.exists(_path(workspace, kind, index)):
        rest = b""
        with open(_path(workspace, kind, index), "rb") as stream:
            for piece in iter(lambda: stream.read(BUFFER), b""):
                paths = (rest + piece).split(b"\0")
                rest = paths.pop()
                for path in paths:  # pylint: disable=unknown-option-value,use-yield-from  # Python 2 has none
                    yield path
        index += 1


__all__ = ("ELSEWHERE", "Programs", "SET_ID", "SYSTEM", "in_binaries", "is_library", "programs", "was_listed")
