# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Chooses the `View` of a process: ours, a folder that it was locked into (chroot), or another mount namespace."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._mounts import is_network, parse_mountinfo
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import O_CLOEXEC, O_PATH, Reader
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _procfs
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_view import View

MAX_VIEWS = 200
# Roots of containers without privileges are made of this: the containers' own programs run from it.
_HARMLESS_ROOTS = ("fuse.fuse-overlayfs",)


class NoView(Exception):
    """Why the file system of a process is not looked at."""


class Views:
    """All views of one collector, each made once; `proc` is None for an image, `close` gives back what they hold."""

    def __init__(self, collection, budget, proc=b"/proc"):
        self._root = collection.root
        self._budget = budget
        self._proc = proc
        self._own_mounts = _mountinfo(b"/proc/self")
        self.host = View(collection.reader, budget, mounts=self._own_mounts, base=os.path.realpath(collection.root))
        self._known = {}
        self._open = []
        self._ours = _procfs.link(proc + b"/self/ns/mnt") if proc else None

    def of_process(self, process):
        """The view of a `Process`; raises `NoView`."""
        return self._of(process.pid, process.namespace, process.root)

    def _of(self, pid, namespace, root):
        if namespace in (None, self._ours):
            return self.below(root, pid)
        key = namespace, root
        if key not in self._known:
            if len(self._known) >= MAX_VIEWS:
                raise NoView("more than %d file systems of containers" % MAX_VIEWS)
            self._known[key] = self._foreign(pid)
        return self._known[key]

    def at(self, pid, namespace, root):
        """The view of a process that was seen before, if it still has that namespace and root; raises `NoView`.

        Without a `pid`, the view of what was locked into a folder of the host.
        """
        if pid is None:
            return self.below(root)
        folder = self._proc + b"/%d" % pid
        if (_procfs.link(folder + b"/ns/mnt"), _procfs.link(folder + b"/root") or b"/") != (namespace, root):
            raise NoView("process %d is another one now" % pid)
        return self._of(pid, namespace, root)

    def below(self, folder, pid=None):
        """The view of what was locked into a folder of the host."""
        if folder == b"/":
            return self.host
        if folder not in self._known:
            mounts = self._mounts(pid if pid is not None else b"self")
            prefix = folder if pid is None else b""
            points = dict(
                (mount.point[len(prefix):], mount.fstype) for mount in mounts
                if is_network(mount) and mount.point.startswith(prefix + b"/")
            )
            reader = Reader(self._root.rstrip(b"/") + folder, points)
            base = os.path.realpath(self._root.rstrip(b"/") + folder)
            self._known[folder] = View(reader, self._budget, folder, mounts=self._own_mounts, base=base)
        return self._known[folder]

    def _mounts(self, pid):
        name = pid if isinstance(pid, bytes) else b"%d" % pid
        return _mountinfo(self._proc + b"/" + name) if self._proc is not None else []

    def _foreign(self, pid):
        mounts = self._mounts(pid)
        points = dict((mount.point, mount.fstype) for mount in mounts if is_network(mount))
        if points.pop(b"/", None) not in (None,) + _HARMLESS_ROOTS:
            raise NoView("its root is on a network file system")
        path = self._proc + b"/%d/root" % pid
        try:
            descriptor = os.open(path, O_PATH | os.O_DIRECTORY | O_CLOEXEC)
        except OSError as error:
            raise NoView("its root can't be opened: %s" % os.strerror(error.errno))
        self._open.append(descriptor)
        reader = Reader(b"/proc/self/fd/%d" % descriptor, points)
        return View(reader, self._budget, b"/proc/%d/root" % pid, pid, mounts)

    def close(self):
        """Closes the roots of other mount namespaces."""
        for descriptor in self._open:
            os.close(descriptor)
        self._open = []


def _mountinfo(process):
    return parse_mountinfo(_procfs.read(process + b"/mountinfo", 4 << 20)[0])


__all__ = ("NoView", "Views")
