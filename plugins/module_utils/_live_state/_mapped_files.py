# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Files that are mapped executable, each once with the processes that map it (table ``mapped_files``)."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _process_format
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

MAX_FILES = 100000
MAX_PIDS = 200
MAX_DELETED = 64
# Shared memory that the kernel gives a name and that never had one on a disk.
_NAMELESS = (b"/SYSV", b"/dev/zero", b"/[aio]", b"/anon_hugepage", b"/i915", b"/drm")


class MappedFiles:
    """Collects over all processes; `write` makes the table."""

    def __init__(self):
        self._files = {}
        self._cut = False

    def add(self, pid, data, process):
        """Takes the maps of a process; facts for its own row. Deleted executable files are remembered in it."""
        facts = {"anonymous_executable": 0, "anonymous_writable_executable": 0}
        seen = set()
        for item in _process_format.parse_maps(data):
            if not item.inode:
                _count_anonymous(item, facts)
                continue
            key = (item.device, item.inode, item.path)
            if key not in seen:
                seen.add(key)
                self._add(key, item, pid)
                _remember_deleted(item, process)
        facts["mapped_executables"] = len(seen)
        return facts

    def _add(self, key, item, pid):
        entry = self._files.get(key)
        if entry is None:
            if len(self._files) >= MAX_FILES:
                self._cut = True
                return
            entry = self._files[key] = [0, [], set()]
        entry[0] += 1
        entry[2].add(item.permissions)
        if len(entry[1]) < MAX_PIDS:
            entry[1].append(pid)

    def write(self, collection):
        """The table, in the order of paths."""
        if self._cut:
            collection.note(b"/proc", _state.SKIPPED_BUDGET, "more than %d mapped files" % MAX_FILES)
        table = collection.table("mapped_files")
        for device, inode, path in sorted(self._files, key=lambda key: (key[2], key[1])):
            collection.check()
            count, pids, permissions = self._files[(device, inode, path)]
            name, deleted = _process_format.without_deleted(path)
            table.row({
                "path": escape(name), "device": device, "inode": inode, "deleted": deleted,
                "permissions": sorted(permissions), "processes": count, "pids": pids,
            })


def _count_anonymous(item, facts):
    if item.path.startswith(b"[v"):  # vdso, vsyscall: the kernel's own
        return
    facts["anonymous_executable"] += 1
    if "w" in item.permissions:
        facts["anonymous_writable_executable"] += 1


def _remember_deleted(item, process):
    name, deleted = _process_format.without_deleted(item.path)
    if not deleted or item.path == process.exe or name.startswith(_NAMELESS):
        return
    if len(process.deleted_maps) < MAX_DELETED:
        process.deleted_maps.append((item.start, item.end, item.path, item.device, item.inode))


__all__ = ("MappedFiles",)
