# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What each mount namespace sees, and which of its paths may lead to another machine."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _procfs
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._mounts import (
    is_network, is_pseudo, parse_mountinfo,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

LIMIT = 4 << 20
MAX_VIEWS = 2000
MAX_ROWS = 50000


class MountView:
    """The mounts of one namespace as one of its processes sees them; `data` are the raw bytes."""

    def __init__(self, namespace, pid, data, state):
        self.namespace = namespace
        self.pid = pid
        self.data = data
        self.state = state
        self.mounts = parse_mountinfo(data)
        self._by_point = dict((mount.point, mount) for mount in self.mounts)  # of several on one point the last counts
        self.has_network = any(is_network(mount) for mount in self.mounts)

    def mount_of(self, path):
        """The mount that a path without links (as the namespace sees it) lies on; None where that isn't known."""
        while path not in self._by_point and path not in (b"/", b""):
            path = path.rpartition(b"/")[0]
        return self._by_point.get(path or b"/")

    def is_local(self, path):
        """Whether a path can be touched without waiting for another machine."""
        if self.state != _state.COLLECTED:
            return False
        mount = self.mount_of(path) if self.has_network else None
        # Whatever / lies on works: this program runs from it.
        return mount is None or mount.point == b"/" or not is_network(mount)


class MountViews:
    """One `MountView` a namespace, read when the first process in it is met."""

    def __init__(self, base=b"/proc"):
        self._base = base
        self._views = {}

    def of(self, pid, namespace):
        """The view of a process; `namespace` is its inode number, None when that isn't known."""
        key = namespace if namespace is not None else ("process", pid)
        if key not in self._views:
            if len(self._views) >= MAX_VIEWS:
                return MountView(namespace, pid, b"", _state.SKIPPED_BUDGET)
            data, state = _procfs.read(self._base + b"/%d/mountinfo" % pid, LIMIT)
            view = MountView(namespace, pid, data, state)
            if state == _state.ABSENT or not data:  # the process has gone: ask the next one
                return view
            self._views[key] = view
        return self._views[key]

    def all(self):
        """The views of all namespaces that are known by their number, in the order of their first process."""
        known = [view for view in self._views.values() if view.namespace is not None]
        return sorted(known, key=lambda view: view.pid)


def collect(collection, views):
    """Raw mountinfo of each namespace and the table ``mounts``."""
    table = collection.table("mounts")
    for view in views.all():
        collection.check()
        name = "mountinfo/%d" % view.namespace
        collection.capture(name, view.data, source=b"/proc/%d/mountinfo" % view.pid, state=view.state)
        for mount in view.mounts:
            if table.rows >= MAX_ROWS:
                collection.note(b"/proc/%d/mountinfo" % view.pid, _state.TRUNCATED, "%d rows of mounts" % MAX_ROWS)
                return
            table.row(_row(view, mount))


def _row(view, mount):
    return {
        "namespace": view.namespace, "pid": view.pid, "mount_id": mount.id, "parent_id": mount.parent,
        "device": mount.device, "root": escape(mount.root), "path": escape(mount.point), "options": mount.options,
        "fstype": mount.fstype, "source": escape(mount.source), "super_options": mount.super_options,
        "network": is_network(mount), "pseudo": is_pseudo(mount),
    }


__all__ = ("MountView", "MountViews", "collect")
