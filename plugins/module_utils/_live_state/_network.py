# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Sockets of every network namespace, joined with their processes, and the kernel's other network tables."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import os
import stat
import threading

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state, _syscalls
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _procfs, _sockets
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import O_CLOEXEC, state_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

OTHER_FILES = (
    "arp", "route", "ipv6_route", "rt_cache", "fib_trie", "if_inet6", "dev", "dev_mcast", "igmp", "igmp6", "sockstat",
    "sockstat6", "snmp", "snmp6", "netstat", "nf_conntrack", "ip_conntrack", "wireless", "protocols", "ptype",
    "ip_tables_names", "ip6_tables_names", "netfilter/nf_log", "netfilter/nfnetlink_queue",
)
FOLDERS = ("xt_recent", "vlan", "bonding")
LIMIT = 32 << 20
MAX_ROWS = 500000
MAX_NAMESPACES = 512
MAX_PIDS = 64
_CLONE_NEWNET = 0x40000000


class Sockets:
    """Sockets by inode number, as far as a process holds them: ``(protocol, state, local, remote)``."""

    def __init__(self):
        self.inet = {}

    def describe(self, inode):
        """One line about an inet socket, None for any other."""
        found = self.inet.get(inode)
        return "%s %s %s:%s -> %s:%s" % found if found else None


def collect(collection, processes):
    """Every namespace once, through one of its processes; returns the `Sockets`."""
    found, holders = Sockets(), _holders(processes)
    members = {}
    for process in sorted(processes.known.values(), key=lambda item: item.pid):
        if process.net is not None:
            members.setdefault(process.net, []).append(process)
    for namespace in sorted(members, key=lambda number: members[number][0].pid)[:MAX_NAMESPACES]:
        _namespace(collection, _Source(namespace, members[namespace]), holders, found)
    if len(members) > MAX_NAMESPACES:
        collection.note(b"/proc/*/net", _state.SKIPPED_BUDGET, "more than %d network namespaces" % MAX_NAMESPACES)
    for namespace, path in _empty_namespaces(processes.views, members):
        _enter(collection, namespace, path, holders, found)
    return found


def _holders(processes):
    """Socket inode -> processes that have it open."""
    holders = {}
    for process in processes.known.values():
        for inode in set(process.sockets):
            holders.setdefault(inode, []).append(process)
    return holders


class _Source:
    """Reads a file of a namespace through the first of its processes that is still there."""

    def __init__(self, namespace, members):
        self.namespace = namespace
        self._members = members[:8]

    def folder(self):
        for process in self._members:
            path = process.base + b"/%d/" % process.pid
            if _procfs.bracketed(_procfs.link(path + b"ns/net")) == self.namespace:
                return path + b"net/"
        return None


class _Here:
    """Reads the namespace that the calling thread is in."""

    def __init__(self, namespace):
        self.namespace = namespace

    @staticmethod
    def folder():
        return b"/proc/thread-self/net/"


def _namespace(collection, source, holders, found):
    folder = source.folder()
    if folder is None:
        collection.note(b"net:[%d]" % source.namespace, _state.ABSENT, "all of its processes have gone")
        return
    for name in sorted(_sockets.FORMATS) + list(OTHER_FILES) + _below(folder):
        collection.check()
        data, state = _procfs.read(folder + name.encode("utf-8"), LIMIT)
        path = _procfs.plain(folder) + name.encode("utf-8")
        if state not in (_state.COLLECTED, _state.TRUNCATED):
            collection.note(path, state, None)
            continue
        collection.capture("net/%d/%s" % (source.namespace, name), data, source=path, state=state)
        if name in _sockets.FORMATS:
            _rows(collection, source.namespace, name, data, holders, found)


def _below(folder):
    found = []
    for name in FOLDERS:
        inside = sorted(_procfs.names(folder + name.encode("ascii")))[:256]
        found += ["%s/%s" % (name, escape(inner)) for inner in inside]
    return [name for name in found if "\\" not in name]


def _rows(collection, namespace, name, data, holders, found):
    table = collection.table("sockets")
    for row in _sockets.rows(name, data):
        if table.rows >= MAX_ROWS:
            path = b"/proc/*/net/" + name.encode("ascii")
            collection.note(path, _state.SKIPPED_BUDGET, "%d rows of sockets" % MAX_ROWS)
            return
        owners = holders.get(row["inode"], ()) if row["inode"] else ()
        row.update(
            namespace=namespace, pids=sorted(process.pid for process in owners)[:MAX_PIDS],
            comms=sorted(set(escape(process.comm) for process in owners))[:MAX_PIDS],
        )
        table.row(row)
        if owners and row["family"] in ("inet", "inet6"):
            found.inet[row["inode"]] = (
                row["protocol"], row["state"], row["local_address"], row.get("local_port", ""),
                row.get("remote_address", ""), row.get("remote_port", ""),
            )


def _empty_namespaces(views, members):
    """Network namespaces that no process is in but that are kept by a mount: (number, path of the mount)."""
    found = {}
    for view in views.all():
        for mount in view.mounts:
            number = _procfs.bracketed(mount.root) if mount.root.startswith(b"net:") else None
            if mount.fstype == "nsfs" and number is not None and number not in members:
                found.setdefault(number, b"/proc/%d/root" % view.pid + mount.point)
    return sorted(found.items())[:MAX_NAMESPACES]


def _enter(collection, namespace, path, holders, found):
    """Reads a namespace without processes from a thread that joins it; the rest of this program stays where it is."""
    problems = []

    def visit():
        try:
            _join(path, namespace)
            _namespace(collection, _Here(namespace), holders, found)
        except Exception as error:  # handed to the caller's thread
            problems.append(error)

    thread = threading.Thread(target=visit)
    thread.start()
    thread.join()
    if problems and not isinstance(problems[0], (OSError, AttributeError)):
        raise problems[0]
    if problems:
        state = state_of(problems[0]) if isinstance(problems[0], OSError) else _state.FAILED
        collection.note(path, state, "network namespace without a process could not be entered: %s" % problems[0])


def _join(path, namespace):
    status = os.stat(path)
    if status.st_ino != namespace or not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not the namespace that the mount table names")
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | O_CLOEXEC)
    try:
        if os.fstat(descriptor).st_ino != namespace or _syscalls.LIBC.setns(descriptor, _CLONE_NEWNET):
            error = _syscalls.ctypes.get_errno()
            raise OSError(error, os.strerror(error))
    finally:
        os.close(descriptor)


__all__ = ("Sockets", "collect")
