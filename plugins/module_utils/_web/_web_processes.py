# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Running web servers, from /proc alone: what they were started with, and which file system they see."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import functools

from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _procfs
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._process_format import (
    arguments_of, parse_stat, without_deleted,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._web import _web_binary, _web_programs

MAX_PROCESSES = 100000
MAX_SERVERS = 500
_LARGEST = 1 << 18


class Process:
    """The first process of a server.

    `exe` is its program as it sees it, `root` the folder that is its root, `namespace` that of its mounts, `folder`
    where it was started, `processes` how many belong to it.
    """

    __slots__ = (
        "pid", "ppid", "family", "exe", "deleted", "arguments", "environment", "folder", "root", "namespace",
        "processes",
    )


def find(check, proc=b"/proc"):
    """(a `Process` for each web server, whether there were more), workers counted with the server they belong to."""
    patience, seen = _procfs.Patience(), {}
    for pid in _procfs.numbers(proc, MAX_PROCESSES)[0]:
        check()
        try:
            process = patience.call(_look, pid, proc + b"/%d" % pid)
        except _procfs.Hung:
            continue
        if process is not None:
            seen[pid] = process
    servers = []
    for pid in sorted(seen):
        first = _first(seen[pid], seen)
        if first is seen[pid]:
            servers.append(first)
        first.processes += 1
    return servers[:MAX_SERVERS], len(servers) > MAX_SERVERS


def _look(pid, folder):
    """The `Process`, or None for what is no web server."""
    arguments = arguments_of(_procfs.read(folder + b"/cmdline", _LARGEST)[0])
    if not arguments:
        return None
    exe, deleted = without_deleted(_procfs.link(folder + b"/exe") or b"")
    family = family_of(folder, exe, arguments)
    exe = exe or arguments[0].partition(b" ")[0]
    if family is None:
        return None
    process = Process()
    process.pid, process.family, process.exe, process.deleted = pid, family, exe, deleted
    process.arguments, process.processes = arguments, 0
    process.ppid = (parse_stat(_procfs.read(folder + b"/stat", 4096)[0]) or {}).get("ppid")
    entries = _procfs.read(folder + b"/environ", _LARGEST)[0].split(b"\0")
    process.environment = dict(entry.partition(b"=")[::2] for entry in entries if b"=" in entry)
    process.folder = _procfs.link(folder + b"/cwd") or b"/"
    process.root = _procfs.link(folder + b"/root") or b"/"
    process.namespace = _procfs.link(folder + b"/ns/mnt")
    return process


def family_of(folder, exe, arguments):
    """The family of a process by its folder in /proc, its program (empty: not known) and its arguments, or None."""
    if not exe:
        return _web_programs.family_of(arguments[0].partition(b" ")[0], arguments) if arguments else None
    return _web_programs.family_of(exe, arguments, functools.partial(_web_binary.holds, folder))


def _first(process, seen):
    """The process that started all the processes of a server."""
    for _step in range(64):
        parent = seen.get(process.ppid)
        is_same = parent is not None and parent.family == process.family and parent.namespace == process.namespace
        if not is_same or process.family == _web_programs.OTHER and parent.exe != process.exe:
            break
        process = parent
    return process


__all__ = ("MAX_SERVERS", "Process", "find")
