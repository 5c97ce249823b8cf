# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""One process as /proc shows it: every file and link of interest, raw, in the order of what can't block first."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import stat

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _process_format, _procfs
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import state_of

# Answered by the kernel from its own memory.
PLAIN_FILES = (
    "stat", "status", "comm", "cgroup", "statm", "loginuid", "sessionid", "oom_score", "oom_score_adj", "limits",
    "schedstat", "sched", "timerslack_ns", "coredump_filter", "attr/current", "wchan",
)
# Need the process's memory or locks, which a process in trouble, or made to look so, can keep for ever.
WAITING_FILES = ("io", "syscall", "stack", "personality", "auxv", "cmdline", "environ", "maps", "smaps_rollup")
KERNEL_THREAD_FILES = frozenset((
    "stat", "status", "comm", "cgroup", "wchan", "sched", "oom_score_adj", "stack", "cmdline", "maps",
))
LINKS = ("exe", "cwd", "root")
NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "pid_for_children", "time", "user", "uts")
LIMITS = {"cmdline": 1 << 18, "environ": 1 << 18, "maps": 4 << 20}
# Summing up a process's memory takes the kernel long, and the process waits: only for small ones.
ROLLUP_PAGES = 65536
MAX_DESCRIPTORS = 4096
MAX_SOCKETS = 100000  # of descriptors beyond those, sockets only
MAX_THREADS = 1024
# Descriptors whose fdinfo is long or says nothing.
_SILENT = (b"socket:", b"pipe:", b"anon_inode:[eventpoll]", b"anon_inode:inotify", b"anon_inode:[fanotify]")


class Snapshot:
    """What was read of one process. `files` and `states` by name, `links`, `namespaces`, `descriptors`, `threads`."""

    def __init__(self, pid, base):
        self.pid = pid
        self.base = base
        self.files = {}
        self.states = {}
        self.links = {}
        self.namespaces = {}
        self.descriptors = []
        self.threads = []
        self.stat = None
        self.status = {}
        self.exe_status = None
        self.at = None
        self.hung = None

    def path(self, name):
        return self.base + b"/%d/" % self.pid + name.encode("ascii")

    @property
    def kernel_thread(self):
        return bool(self.stat and self.stat["flags"] & _process_format.KERNEL_THREAD)


class Descriptor:
    """One open file of a process: `target` is the link's text, `status` a stat result or None where it wasn't asked."""

    __slots__ = ("number", "target", "status", "facts")

    def __init__(self, number, target):
        self.number = number
        self.target = target
        self.status = None
        self.facts = {}


def read_process(pid, base, views, patience):
    """The `Snapshot` of a process, or None when it has gone. Never raises for what the host does."""
    snapshot = Snapshot(pid, base)
    try:
        return patience.watch(lambda: snapshot.at, _read, snapshot, views)
    except _procfs.Hung as error:
        # What was read until then counts; the helper goes on with the old object.
        partial = Snapshot(pid, base)
        for name in ("files", "states", "links", "namespaces", "status"):
            setattr(partial, name, dict(list(getattr(snapshot, name).items())))
        partial.descriptors, partial.threads = list(snapshot.descriptors), list(snapshot.threads)
        partial.stat = snapshot.stat
        partial.hung = "%s: %s" % (snapshot.at or "start", error)
        return partial


def _read(snapshot, views):
    _take(snapshot, "stat")
    snapshot.stat = _process_format.parse_stat(snapshot.files.get("stat", b""))
    if snapshot.states["stat"] == _state.ABSENT:
        return None
    for name in PLAIN_FILES[1:]:
        _take(snapshot, name)
    snapshot.status = _process_format.parse_status(snapshot.files.get("status", b""))
    _take_links(snapshot)
    if not snapshot.kernel_thread:
        _take_threads(snapshot)
        _take_descriptors(snapshot, views)
    for name in WAITING_FILES:
        if name != "smaps_rollup" or snapshot.stat and snapshot.stat["rss_pages"] <= ROLLUP_PAGES:
            _take(snapshot, name)
    _take_exe_status(snapshot, views)
    return snapshot


def _take(snapshot, name):
    if snapshot.kernel_thread and name not in KERNEL_THREAD_FILES:
        return
    snapshot.at = name
    data, state = _procfs.read(snapshot.path(name), LIMITS.get(name, _procfs.SMALL))
    snapshot.states[name] = state
    if data or state == _state.COLLECTED:
        snapshot.files[name] = data


def _take_links(snapshot):
    for name in LINKS:
        snapshot.at = name
        try:
            snapshot.links[name] = os.readlink(snapshot.path(name))
        except OSError as error:
            snapshot.states[name] = state_of(error)
    for name in NAMESPACES:
        target = _procfs.link(snapshot.path("ns/" + name))
        if target is not None:
            snapshot.links["ns/" + name] = target
            snapshot.namespaces[name] = _procfs.bracketed(target)


def _take_threads(snapshot):
    if snapshot.stat and snapshot.stat["threads"] <= 1:
        return
    snapshot.at = "task"
    for number in _numbers(snapshot, "task", MAX_THREADS):
        if number != snapshot.pid:
            snapshot.at = "task/%d" % number
            data, _unused = _procfs.read(snapshot.path("task/%d/status" % number))
            if data:
                snapshot.threads.append((number, data))


def _take_descriptors(snapshot, views):
    view = views.of(snapshot.pid, snapshot.namespaces.get("mnt"))
    for count, number in enumerate(_numbers(snapshot, "fd", MAX_SOCKETS)):
        snapshot.at = "fd/%d" % number
        target = _procfs.link(snapshot.path(snapshot.at))
        if target is None or count >= MAX_DESCRIPTORS and not target.startswith(b"socket:"):
            continue
        found = Descriptor(number, target)
        snapshot.descriptors.append(found)
        if _is_asked(view, target):
            found.status = _status(snapshot.path("fd/%d" % number))
        if not target.startswith(_SILENT):
            data, _unused = _procfs.read(snapshot.path("fdinfo/%d" % number), 4096)
            found.facts = _process_format.parse_fdinfo(data)
    if snapshot.states["fd"] == _state.COLLECTED and len(snapshot.descriptors) >= MAX_DESCRIPTORS:
        snapshot.states["fd"] = _state.TRUNCATED


def _numbers(snapshot, folder, limit):
    try:
        found, cut = _procfs.numbers(snapshot.path(folder), limit)
    except OSError as error:
        snapshot.states[folder] = state_of(error)
        return []
    snapshot.states[folder] = _state.TRUNCATED if cut else _state.COLLECTED
    return found


def _is_asked(view, target):
    """A status is asked for where that can't wait for another machine; sockets and pipes say all in their name."""
    if target.startswith(b"/"):
        return view.is_local(target) or target.startswith(b"/memfd:")
    return False


def _take_exe_status(snapshot, views):
    target = snapshot.links.get("exe")
    snapshot.at = "exe"
    if target and _is_asked(views.of(snapshot.pid, snapshot.namespaces.get("mnt")), target):
        snapshot.exe_status = _status(snapshot.path("exe"))


def _status(path):
    try:
        return os.stat(path)
    except OSError:
        return None


def is_regular(status):
    """Whether a status was got and says regular file."""
    return status is not None and stat.S_ISREG(status.st_mode)


__all__ = (
    "Descriptor", "LINKS", "NAMESPACES", "PLAIN_FILES", "Snapshot", "WAITING_FILES", "is_regular", "read_process",
)
