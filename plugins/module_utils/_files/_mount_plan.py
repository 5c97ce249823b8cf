# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Which mounts one walk over all local files enters, decided from mountinfo before any of them is touched.

A mount is visible when nothing was mounted over it later. Of the visible ones network file systems and views of the
kernel are left alone, and files that are mounted in two places (bind mounts, subvolumes) are walked in one of them.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from collections import namedtuple

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._mounts import is_network, is_pseudo
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

# A path whose content isn't walked. `touch`: its own status may be asked for; `beneath`: mounts in it may be walked.
Stop = namedtuple("Stop", "reason touch beneath")


class Plan(object):
    """What one walk does; paths are bytes, seen from the walk's root.

    starts: paths where it begins. crossings: mount points that are entered. stops: path -> `Stop`, and folders the
    same by folder: folder -> {name: Stop}. notes: (path, reason) of everything that is left out. uncovered: mount
    points under which it was looked. subvolumes: whether a folder may lie on another device without being a mount point
    (btrfs).
    """

    def __init__(self, excluded):
        self.starts = [b"/"]
        self.crossings = set([b"/"])
        self.stops = {}
        self.folders = {}
        self.notes = []
        self.uncovered = set()
        self.subvolumes = False
        for path, reason in excluded:
            self.stop(path, Stop(reason, True, False))

    def stop(self, path, stop):
        """Leaves the content of `path` out and says so."""
        folder, _separator, name = path.rpartition(b"/")
        self.notes.append((path, stop.reason))
        self.stops.setdefault(path, stop)
        self.folders.setdefault(folder or b"/", {}).setdefault(name, stop)


def make_plan(mounts, root=b"/", excluded=()):
    """The `Plan` for a walk of `root`.

    mounts: rows of `_mounts.parse_mountinfo` in the kernel's order; without any, one file system is walked.
    excluded: (path, reason) of folders that are named but not entered.
    """
    plan = Plan(excluded)
    tree = _Tree(mounts, root)
    chosen = [tree.base] if tree.base else []
    for mount in tree.mounts:
        if tree.owner(mount.point) is not mount:
            plan.notes.append((mount.point, "%s mounted here lies under another mount" % mount.fstype))
        elif is_network(mount):
            plan.stop(mount.point, Stop("network file system %s, not touched" % mount.fstype, False, False))
        elif is_pseudo(mount):
            plan.stop(mount.point, Stop("view of the kernel (%s)" % mount.fstype, False, True))
        else:
            _choose(plan, tree, chosen, mount)
    for mount in chosen[1:]:
        _reach(plan, mount.point)
    plan.subvolumes = any(mount.fstype == "btrfs" for mount in chosen)
    return plan


def _choose(plan, tree, chosen, mount):
    """Takes a local mount into the walk, unless its files are met under another path."""
    same = [other for other in chosen if other.device == mount.device]
    for other in same:
        place = _place(other, mount.root)
        if place is not None and tree.owner(place) is other:
            plan.stop(mount.point, Stop("same files as %s" % escape(place), True, True))
            _uncover(plan, tree, other, place, mount)
            return
    for other in same:
        place = _place(mount, other.root)
        if place is not None and tree.owner(place) is mount:
            plan.stop(place, Stop("same files as %s" % escape(other.point), True, True))
    chosen.append(mount)


def _uncover(plan, tree, other, place, mount):
    """Begins a walk where a second mount shows what lies under a mount point of the first one."""
    for above in tree.mounts:
        inside = _relative(above.point, place)
        if inside and above.parent == other.id and above.point not in plan.uncovered:
            path = _join(mount.point, inside)
            if tree.owner(path) is mount:
                plan.uncovered.add(above.point)
                plan.starts.append(path)


def _reach(plan, point):
    """Makes sure that the walk comes to a chosen mount: by itself, or by a start of its own."""
    if point in plan.stops:
        return
    cut_off = False
    for folder in _ancestors(point):
        stop = plan.stops.get(folder)
        if stop is None and folder in plan.crossings:
            break
        if stop is not None and not stop.beneath:
            if not stop.touch:
                plan.stop(point, Stop("reached only through a network file system", False, False))
            return
        cut_off = cut_off or stop is not None
    plan.crossings.add(point)
    if cut_off:
        plan.starts.append(point)


class _Tree(object):
    """Mounts as seen from `root`: `base` holds the root itself (None when unknown), `mounts` are those below."""

    def __init__(self, mounts, root):
        by_id = {}
        mounts = [mount for mount in mounts if by_id.setdefault(mount.id, mount) is mount]
        self._children = {}
        for mount in mounts:
            parent = mount.parent if mount.parent in by_id and mount.parent != mount.id else None
            self._children[parent, mount.point] = mount.id
        self._root = b"" if root == b"/" else root
        self.mounts = [
            mount._replace(point=mount.point[len(self._root):]) for mount in mounts if _relative(mount.point, root)
        ]
        self._shown = dict((mount.id, mount) for mount in self.mounts)
        base = by_id.get(self._owner_id(root))
        self.base = base and base._replace(point=b"/", root=_join(base.root, _relative(root, base.point)))
        if base:
            self._shown[base.id] = self.base

    def _owner_id(self, path):
        current = None
        for folder in _ancestors(path)[::-1] + [path]:
            while (current, folder) in self._children:
                current = self._children[current, folder]
        return current

    def owner(self, path):
        """The mount that a path lies on, or whose mount point it is."""
        return self._shown.get(self._owner_id(self._root + path if path != b"/" else self._root or b"/"))


def _ancestors(path):
    """The folders above a path, the nearest first."""
    parts = path.split(b"/")
    return [b"/".join(parts[:end]) or b"/" for end in range(len(parts) - 1, 0, -1)] if path != b"/" else []


def _relative(path, folder):
    """The way from a folder to a path in it: empty for the folder itself, None when it lies elsewhere."""
    if path == folder:
        return b""
    start = folder.rstrip(b"/") + b"/"
    return path[len(start):] if path.startswith(start) else None


def _join(folder, inside):
    return folder.rstrip(b"/") + b"/" + inside if inside else folder


def _place(mount, inside_root):
    """The path under which a mount shows a folder of its file system; None when it doesn't."""
    inside = _relative(inside_root, mount.root)
    return None if inside is None else _join(mount.point, inside)


__all__ = ("Plan", "Stop", "make_plan")
