# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Processes: one pass over /proc, the raw files of each process as one entry, and rows in five tables.

An entry ``live/proc/<pid>`` holds sections. Each begins with a line ``==> KIND NAME SIZE STATE <==`` (`KIND` is
``file`` or ``link``), then come exactly `SIZE` bytes and a newline.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import (
    _process_format, _process_rows, _procfs,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._mapped_files import MappedFiles
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._mount_views import MountViews
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._process_reader import (
    LINKS, NAMESPACES, PLAIN_FILES, WAITING_FILES, is_regular, read_process,
)

MAX_PROCESSES = 100000
MAX_OPEN_FILES = 400000
MAX_THREADS = 100000
MAX_RAW = 512 << 20
ENVIRON = ("all", "interesting", "none")


class Process:
    """What later steps need to know of a process."""

    __slots__ = (
        "pid", "ppid", "comm", "arguments", "exe", "exe_device", "exe_inode", "exe_deleted", "exe_regular", "local",
        "kernel_thread", "has_maps", "start_ticks", "net", "mnt", "base", "standard", "sockets", "pipes",
        "deleted_files",
        "deleted_maps", "state", "pid_namespace", "inner_pid",
    )


class Processes:
    """All processes that were read (`known`, by pid) and what they share."""

    def __init__(self, collection, boot, environ="interesting", base=b"/proc"):
        self.known = {}
        self.vanished = 0
        self.hung = 0
        self.views = MountViews(base)
        self.patience = _procfs.Patience()
        self.mapped = MappedFiles()
        self._collection = collection
        self._boot = boot
        self._environ = environ
        self._base = base
        self._raw = 0

    def read_all(self, covered=()):
        """Every process that the kernel lists, from the oldest number to the newest.

        Those `covered` by a mount are read only where `base` shows them as they are.
        """
        listed, cut = _procfs.numbers(self._base, MAX_PROCESSES)
        if cut:
            self._collection.note(b"/proc", _state.TRUNCATED, "more than %d processes" % MAX_PROCESSES)
        for pid in listed:
            if pid not in covered:
                self.read(pid, "readdir")
            elif self._base != b"/proc":
                self.read(pid, "readdir beneath a mount")
            else:
                self._collection.note(b"/proc/%d" % pid, _state.SKIPPED_TYPE, "covered by a mount")

    def read(self, pid, seen_by, base=None):
        """Reads one process, adds its rows; its `Process`, or None when it has gone."""
        self._collection.check()
        snapshot = read_process(pid, base or self._base, self.views, self.patience)
        if snapshot is None:
            self.vanished += 1
            return None
        self.hung += 1 if snapshot.hung else 0
        process = _process_of(snapshot, self.views)
        self.known[pid] = process
        self._capture(snapshot)
        self._rows(snapshot, process, seen_by)
        return process

    def finish(self):
        """The tables that are complete only when every process was read."""
        self.mapped.write(self._collection)

    def _capture(self, snapshot):
        data = _sections(snapshot, self._environ)
        source = b"/proc/%d" % snapshot.pid
        if self._raw + len(data) > MAX_RAW:
            self._collection.note(source, _state.SKIPPED_BUDGET, "%d bytes of raw files" % MAX_RAW)
            return
        self._raw += len(data)
        cut = sorted(name for name, state in snapshot.states.items() if state == _state.TRUNCATED)
        state = _state.TIMED_OUT if snapshot.hung else _state.TRUNCATED if cut else _state.COLLECTED
        reason = snapshot.hung or ("too long: %s" % ", ".join(cut) if cut else None)
        self._collection.capture("proc/%d" % snapshot.pid, data, source=source, state=state, reason=reason)

    def _rows(self, snapshot, process, seen_by):
        table = self._collection.table("processes")
        mapped = self.mapped.add(snapshot.pid, snapshot.files.get("maps", b""), process)
        row = _process_rows.process(snapshot, process, self._boot, self._environ)
        row.update(mapped, seen_by=seen_by)
        table.row(row)
        for name, rows, limit in (
            ("threads", _process_rows.threads(snapshot), MAX_THREADS),
            ("open_files", _process_rows.open_files(snapshot), MAX_OPEN_FILES),
        ):
            table = self._collection.table(name)
            for row in rows:
                if table.rows >= limit:
                    self._collection.note(
                        b"/proc/%d" % snapshot.pid, _state.SKIPPED_BUDGET, "%d rows of %s" % (limit, name)
                    )
                    break
                table.row(row)


def _sections(snapshot, environ):
    pieces = []
    for name in LINKS + tuple("ns/" + name for name in NAMESPACES):
        if name in snapshot.links:
            pieces.append(_section("link", name, snapshot.links[name], _state.COLLECTED))
        elif name in snapshot.states:
            pieces.append(_section("link", name, b"", snapshot.states[name]))
    for name in PLAIN_FILES + WAITING_FILES:
        if name in snapshot.states:
            data, state = snapshot.files.get(name, b""), snapshot.states[name]
            if name == "environ" and data and environ != "all":
                data, state = _reduced(data, environ), _state.WITHHELD
            pieces.append(_section("file", name, data, state))
    for number, data in snapshot.threads:
        pieces.append(_section("file", "task/%d/status" % number, data, _state.COLLECTED))
    return b"".join(pieces)


def _reduced(data, environ):
    if environ == "none":
        return b""
    found, interesting = _process_format.split_environment(data)
    return b"\0".join(interesting + found)


def _section(kind, name, data, state):
    return ("==> %s %s %d %s <==\n" % (kind, name, len(data), state)).encode("ascii") + data + b"\n"


def _process_of(snapshot, views):
    found = Process()
    stat = snapshot.stat or {}
    found.pid, found.ppid, found.base = snapshot.pid, stat.get("ppid"), snapshot.base
    found.comm = snapshot.files.get("comm", stat.get("comm", b"") + b"\n")[:-1]
    found.state, found.start_ticks = stat.get("state"), stat.get("start_ticks")
    found.arguments = _process_format.arguments_of(snapshot.files.get("cmdline", b""))
    found.kernel_thread = snapshot.kernel_thread
    found.has_maps = bool(snapshot.files.get("maps"))
    found.net, found.mnt = snapshot.namespaces.get("net"), snapshot.namespaces.get("mnt")
    inner = snapshot.status.get("NSpid", b"").split()
    found.pid_namespace, found.inner_pid = snapshot.namespaces.get("pid"), int(inner[-1]) if inner else snapshot.pid
    found.exe = snapshot.links.get("exe")
    status = snapshot.exe_status
    found.exe_device, found.exe_inode = (status.st_dev, status.st_ino) if status else (None, None)
    found.exe_regular = is_regular(status)
    found.exe_deleted = _is_deleted(found.exe, status)
    found.local = views.of(snapshot.pid, found.mnt).is_local
    found.deleted_maps = []
    _sort_descriptors(found, snapshot.descriptors)
    return found


def _is_deleted(target, status):
    """Whether a file has lost its name. A name may end in the kernel's mark: then it still has its link."""
    if target is None or not target.endswith(_process_format.DELETED):
        return False
    if status is None or status.st_nlink == 0:
        return True
    try:
        named = os.lstat(target)
    except OSError:
        return True
    return (named.st_dev, named.st_ino) != (status.st_dev, status.st_ino)


def _sort_descriptors(found, descriptors):
    found.standard, found.sockets, found.pipes, found.deleted_files = {}, [], set(), []
    for item in descriptors:
        if item.number <= 2:
            found.standard[item.number] = item.target
        if item.target.startswith(b"socket:"):
            found.sockets.append(_procfs.bracketed(item.target))
        elif item.target.startswith(b"pipe:"):
            found.pipes.add(_procfs.bracketed(item.target))
        elif is_regular(item.status) and _is_deleted(item.target, item.status):
            status = item.status
            found.deleted_files.append((item.number, item.target, status.st_dev, status.st_ino, status.st_size))


__all__ = ("ENVIRON", "Process", "Processes")
