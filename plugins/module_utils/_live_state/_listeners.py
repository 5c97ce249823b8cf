# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Who listens on some ports: for collectors that know services by their ports. The whole truth is in the table ``sockets``."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _procfs, _sockets

MAX_PROCESSES = 100000
MAX_DESCRIPTORS = 20000
MAX_HOLDERS = 64
_TABLES = ("tcp", "tcp6", "udp", "udp6")
_TABLE_BYTES = 4 << 20  # those that listen come first
_WAITING = ("listen", "unconnected")


def holders(ports, check, proc=b"/proc"):
    """{port: pids} of those of `ports` (``3306/tcp``) that are open in this network namespace.

    The pids are those of all processes that hold such a socket; none for the kernel's own and for a hidden process.
    """
    sockets = _waiting(frozenset(ports), proc)
    found = dict((port, []) for port in sockets.values())
    patience = _procfs.Patience()
    for pid in _procfs.numbers(proc, MAX_PROCESSES)[0] if sockets else ():
        check()
        try:
            inodes = patience.call(_held, proc + b"/%d/fd" % pid, sockets)
        except _procfs.Hung:
            continue
        for port in set(sockets[inode] for inode in inodes):
            if len(found[port]) < MAX_HOLDERS:
                found[port].append(pid)
    return found


def _waiting(ports, proc):
    """{inode: port}"""
    found = {}
    for name in _TABLES if ports else ():
        for row in _sockets.rows(name, _procfs.read(proc + b"/self/net/" + name.encode("ascii"), _TABLE_BYTES)[0]):
            port = "%d/%s" % (row["local_port"], name[:3])
            if port in ports and row["state"] in _WAITING:
                found[row["inode"]] = port
    return found


def _held(folder, sockets):
    try:
        numbers = _procfs.numbers(folder, MAX_DESCRIPTORS)[0]
    except OSError:
        return []
    inodes = [_procfs.bracketed(_procfs.link(folder + b"/%d" % number)) for number in numbers]
    return [inode for inode in inodes if inode in sockets]


__all__ = ("holders",)
