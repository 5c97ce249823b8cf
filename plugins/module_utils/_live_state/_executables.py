# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What runs without a name is taken home whole, what runs is hashed (tables ``recovered``, ``running_hashes``)."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import hashlib
import os
import stat

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _process_format, _procfs
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import elapsed
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import O_CLOEXEC, O_NOATIME, state_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._streams import chunks_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

MAX_OPEN_FILE = 64 << 20  # data that a process keeps open under no name: logs, sockets' spools, payloads
MAX_ITEMS = 5000
MAX_PIDS = 200
HASH_SECONDS = 120
HASH_LIMIT = 2 << 30
_USUAL = (b"/usr/", b"/lib", b"/bin/", b"/sbin/", b"/opt/")


class Candidate:
    """A file without a name that a process still holds: `kind` is exe, map or fd, `handle` a path below /proc."""

    def __init__(self, process, kind, handle, path, limit, number=None):
        self.process, self.kind, self.handle, self.path = process, kind, handle, path
        self.limit, self.number = limit, number

    @property
    def rank(self):
        """What is most telling comes first, as long as there is room."""
        if self.kind == "exe":
            return 0
        if self.path.startswith(b"/memfd:"):
            return 1
        usual = self.path.startswith(_USUAL)
        return (4 if usual else 2) if self.kind == "map" else 3

    @property
    def name(self):
        tail = "" if self.number is None else "-%s" % self.number
        return "recovered/%s-%d%s" % (self.kind, self.process.pid, tail)


def candidates(processes, limit):
    """Every executable, mapped or open file that has lost its name or never had one, most telling first."""
    found = []
    for process in processes:
        folder = process.base + b"/%d/" % process.pid
        if process.exe_deleted and process.exe_regular:
            found.append(Candidate(process, "exe", folder + b"exe", process.exe, limit))
        for start, end, path, _device, _inode in process.deleted_maps:
            if process.local(path) or path.startswith(b"/memfd:"):
                handle = folder + b"map_files/%x-%x" % (start, end)
                found.append(Candidate(process, "map", handle, path, limit, "%x" % start))
        for number, path, _device, _inode, _size in process.deleted_files:
            handle = folder + b"fd/%d" % number
            found.append(Candidate(process, "fd", handle, path, min(limit, MAX_OPEN_FILE), number))
    return sorted(found, key=lambda item: (item.rank, item.process.pid))


def recover(collection, processes, limit, total):
    """Takes each such file once; returns what is known of those taken whole, by (device, inode)."""
    taken, known, left = {}, set(), total
    everything = candidates([processes.known[pid] for pid in sorted(processes.known)], limit)
    for item in everything[:MAX_ITEMS]:
        collection.check()
        left -= _recover_one(collection, item, known, taken, left)
    if len(everything) > MAX_ITEMS:
        collection.note(b"/proc", _state.SKIPPED_BUDGET, "more than %d files without a name" % MAX_ITEMS)
    return taken


def _recover_one(collection, item, known, taken, left):
    """Bytes that were taken."""
    try:
        descriptor = open_held(item.handle)
    except OSError as error:
        collection.note(_procfs.plain(item.handle), state_of(error), error.strerror)
        return 0
    if descriptor is None:
        return 0
    try:
        status = os.fstat(descriptor)
        key = status.st_dev, status.st_ino
        if key in known or not status.st_size:
            return 0
        known.add(key)
        row = _row(item, status)
        if left <= 0:
            reason = "recovered files used up their total"
            collection.note(_procfs.plain(item.handle), _state.SKIPPED_BUDGET, reason)
            row.update(state=_state.SKIPPED_BUDGET)
        else:
            row.update(_capture(collection, item, descriptor, left, key, taken))
        collection.table("recovered").row(row)
        return row.get("taken", 0)
    finally:
        os.close(descriptor)


def _capture(collection, item, descriptor, left, key, taken):
    result = collection.capture_fd(item.name, descriptor, min(item.limit, left), source=_procfs.plain(item.handle))
    if result.state == _state.COLLECTED:
        taken[key] = {"sha256": result.sha256, "size": result.size, "state": _state.COLLECTED}
    return {
        "state": result.state, "reason": result.reason, "sha256": result.sha256, "taken": result.size or 0,
        "archived": "live/" + item.name if result.archived else None,
    }


def _row(item, status):
    path, deleted = _process_format.without_deleted(item.path)
    return {
        "kind": item.kind, "pid": item.process.pid, "comm": escape(item.process.comm), "path": escape(path),
        "deleted": deleted, "memfd": path.startswith(b"/memfd:"), "handle": escape(_procfs.plain(item.handle)),
        "size": status.st_size,
        "device": "%d:%d" % (os.major(status.st_dev), os.minor(status.st_dev)), "inode": status.st_ino,
        "links": status.st_nlink, "uid": status.st_uid, "gid": status.st_gid,
        "mode": "%04o" % (status.st_mode & 0o7777),
    }


def open_held(handle):
    """A descriptor for what a link below /proc/PID leads to, if that is a regular file; None for anything else."""
    before = os.stat(handle)
    if not stat.S_ISREG(before.st_mode):
        return None
    flags = os.O_RDONLY | os.O_NONBLOCK | O_CLOEXEC
    try:
        descriptor = os.open(handle, flags | O_NOATIME)
    except OSError as error:
        if error.errno != errno.EPERM:
            raise
        descriptor = os.open(handle, flags)
    after = os.fstat(descriptor)
    if (before.st_dev, before.st_ino) == (after.st_dev, after.st_ino):
        return descriptor
    os.close(descriptor)
    return None


def hash_running(collection, processes, known):
    """A row for every distinct executable that runs. `known` is what recovering brought already."""
    groups = {}
    for process in processes.known.values():
        if process.exe_regular:
            groups.setdefault((process.exe_device, process.exe_inode), []).append(process)
    deadline = elapsed() + HASH_SECONDS
    table = collection.table("running_hashes")
    for key in sorted(groups, key=lambda one: min(process.pid for process in groups[one])):
        collection.check()
        members = sorted(groups[key], key=lambda process: process.pid)
        row = {
            "path": escape(_process_format.without_deleted(members[0].exe)[0]), "deleted": members[0].exe_deleted,
            "device": "%d:%d" % (os.major(key[0]), os.minor(key[0])), "inode": key[1], "processes": len(members),
            "pids": [process.pid for process in members[:MAX_PIDS]],
        }
        row.update(known[key] if key in known else _hashed(members, key, deadline))
        table.row(row)


def _hashed(members, key, deadline):
    """The hash through the first of the processes that still runs this file."""
    for process in members[:8]:
        try:
            descriptor = open_held(process.base + b"/%d/exe" % process.pid)
        except OSError as error:
            outcome = {"state": state_of(error), "reason": error.strerror}
            continue
        outcome = {"state": _state.CHANGED, "reason": "the process runs something else by now"}
        if descriptor is None:
            continue
        try:
            status = os.fstat(descriptor)
            if (status.st_dev, status.st_ino) == key:
                return _digest(descriptor, status.st_size, deadline)
        finally:
            os.close(descriptor)
    return outcome


def _digest(descriptor, size, deadline):
    if size > HASH_LIMIT:
        return {"size": size, "state": _state.SKIPPED_BUDGET, "reason": "larger than %d bytes" % HASH_LIMIT}
    digest = hashlib.sha256()
    done = sum(len(data) for data in chunks_of(descriptor, size, digest, deadline))
    if done < size:
        late = elapsed() >= deadline
        return {"size": size, "state": _state.TIMED_OUT if late else _state.CHANGED, "reason": "%d bytes read" % done}
    return {"size": size, "sha256": digest.hexdigest(), "state": _state.COLLECTED}


__all__ = ("Candidate", "candidates", "hash_running", "open_held", "recover")
