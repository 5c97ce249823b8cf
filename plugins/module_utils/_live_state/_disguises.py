# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Processes that claim to be something else (check D6) and shells that talk to the network (check D7)."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _process_format, _procfs
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._cross_views import compare
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead, Reader
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

# Names that only the kernel gives to its threads.
_KERNEL_NAME = re.compile(
    br"(?:kworker/.*|kthreadd|ksoftirqd/\d+|migration/\d+|rcu_(?:gp|par_gp|sched|bh|preempt|tasks\w*)|watchdogd?/?\d*"
    br"|kswapd\d+|khugepaged|kcompactd\d+|kdevtmpfs|kauditd|khungtaskd|oom_reaper|writeback|kblockd|kintegrityd"
    br"|cpuhp/\d+|idle_inject/\d+|jbd2/.*|xfsaild/.*|scsi_eh_\d+|irq/\d+-.*|kthrotld|kpsmoused|ipv6_addrconf"
    br"|mm_percpu_wq|netns)\Z"
)
_SHELLS = frozenset((
    b"ash", b"bash", b"csh", b"dash", b"fish", b"ksh", b"ksh93", b"lksh", b"mksh", b"rbash", b"sh", b"tcsh", b"zsh",
    b"awk", b"gawk", b"mawk", b"lua", b"node", b"nodejs", b"perl", b"php", b"pwsh", b"python", b"ruby", b"tclsh",
    b"expect",
))
_VERSION = re.compile(br"[-.\d]+(?:m|-minimal)?\Z")
_RELAYS = frozenset((b"nc", b"nc.openbsd", b"nc.traditional", b"ncat", b"netcat", b"socat", b"openssl", b"telnet"))
_WAITING = frozenset(("listen", "unconnected"))


def collect(collection, processes, sockets):
    """Makes the comparisons over the processes that were read."""
    known = [processes.known[pid] for pid in sorted(processes.known)]
    unread = sum(1 for process in known if process.exe is None and not process.kernel_thread and process.state != "Z")
    unknown = "%d processes don't say what they run" % unread if unread else None
    for check, compared, function, arguments in (
        ("D6", "name of a kernel thread against its executable and memory", _kernel_names, ()),
        ("D6", "program named by argument 0 against the executable", _first_arguments, (processes.views,)),
        ("D7", "shells and interpreters against sockets as standard input or output", _shells, (sockets,)),
        ("D7", "shells and interpreters against pipes from network relays", _relays, (sockets,)),
    ):
        compare(collection, check, compared, function, known, unknown, *arguments)


def base_name(process):
    """The file name of the executable, without the mark for deleted ones and without a version at its end.

    For programs that are many in one, what they were started as.
    """
    name = _process_format.without_deleted(process.exe or b"")[0].rsplit(b"/", 1)[-1]
    if name in (b"busybox", b"toybox"):
        started = [argument.rsplit(b"/", 1)[-1].lstrip(b"-") for argument in process.arguments[:2]]
        name = next((part for part in started if part not in (b"", name)), name)
    return _VERSION.sub(b"", name) or name


def _kernel_names(check, known, unknown):
    check.reason = unknown
    for process in known:
        check.subjects += 1
        if process.kernel_thread:
            _check_kernel_thread(check, process)
            continue
        title = process.arguments[0] if process.arguments else b""
        claims = title if title.startswith(b"[") and title.rstrip().endswith(b"]") else None
        if claims is None and _KERNEL_NAME.match(process.comm):
            claims = process.comm
        if claims is not None and (process.exe is not None or process.has_maps):
            check.differs(
                process.pid, "name", escape(claims), "executable", escape(process.exe or b"-"),
                "not a kernel thread: it has an executable or memory of its own, parent %s" % process.ppid,
                pid=process.pid,
            )
        elif process.exe is None and process.has_maps and _is_there(process):
            check.differs(
                process.pid, "exe link", "empty", "maps", "not empty", "comm %s" % escape(process.comm), pid=process.pid
            )


def _check_kernel_thread(check, process):
    if process.has_maps or process.exe is not None:
        check.differs(
            process.pid, "flags of the kernel", "kernel thread", "executable", escape(process.exe or b"maps"),
            "kernel threads have neither", pid=process.pid,
        )
    elif process.ppid not in (0, 2) and process.pid != 2 and _still_kernel_thread(process):
        check.differs(
            process.pid, "flags of the kernel", "kernel thread", "parent", "process %s" % process.ppid,
            "kernel threads are children of kthreadd (2)", pid=process.pid,
        )


def _still_kernel_thread(process):
    """A program started by the kernel is one until its first instruction, with a worker as its parent."""
    stat = _process_format.parse_stat(_procfs.read(process.base + b"/%d/stat" % process.pid)[0]) or {"flags": 0}
    return bool(stat["flags"] & _process_format.KERNEL_THREAD) and stat["ppid"] == process.ppid


def _is_there(process):
    """Whether it is still the process that was read, its exe link still empty: one that was ending is gone by now."""
    folder = process.base + b"/%d/" % process.pid
    stat = _process_format.parse_stat(_procfs.read(folder + b"stat")[0])
    if stat is None or stat["start_ticks"] != process.start_ticks or stat["state"] in ("Z", "X"):
        return False
    try:
        os.readlink(folder + b"exe")
    except OSError as error:
        return error.errno == 2
    return False


def _first_arguments(check, known, unknown, views):
    """Argument 0 is an absolute path to one program, and another one runs."""
    check.reason = unknown
    for process in known:
        claim = process.arguments[0] if process.arguments else b""
        if not claim.startswith(b"/") or process.exe_inode is None or process.exe_deleted or claim == process.exe:
            continue
        check.collection.check()
        check.subjects += 1
        found = _program(process, claim, views)
        if found is None:
            continue
        path, device, inode = found
        same_folder = os.path.dirname(path) == os.path.dirname(process.exe)
        if (device, inode) != (process.exe_device, process.exe_inode) and not same_folder:
            check.differs(
                process.pid, "argument 0", escape(claim), "executable", escape(process.exe),
                "both exist and are different files", pid=process.pid,
            )


def _program(process, claim, views):
    """(path, device, inode) of what argument 0 names where the process is; None where it isn't a program of its own."""
    if claim.startswith((b"/proc/", b"/dev/fd/")):
        return None
    view = views.of(process.pid, process.mnt)
    network = dict((mount.point, mount.fstype) for mount in view.mounts if not view.is_local(mount.point))
    reader = Reader(process.base + b"/%d/root" % process.pid, network)
    try:
        with reader.find(claim.split(b" ")[0]) as found:
            descriptor = reader.open_regular(found)
            try:
                if os.read(descriptor, 2) == b"#!":  # a script that starts the real program under its own name
                    return None
            finally:
                os.close(descriptor)
            return found.path, found.status.st_dev, found.status.st_ino
    except (NotRead, OSError):
        return None


def _shells(check, known, unknown, sockets):
    check.reason = unknown
    for process in known:
        if base_name(process) not in _SHELLS:
            continue
        check.subjects += 1
        talks = {}
        for number, target in process.standard.items():
            facts = sockets.inet.get(_procfs.bracketed(target)) if target.startswith(b"socket:") else None
            if facts is not None and facts[1] not in _WAITING:
                talks.setdefault(target, []).append(number)
        for target, numbers in sorted(talks.items()):
            inode = _procfs.bracketed(target)
            descriptors = "descriptors %s" % ", ".join(str(number) for number in sorted(numbers))
            check.differs(
                process.pid, "standard input and output", descriptors, "socket", sockets.describe(inode),
                _command_of(process), pid=process.pid, inode=inode,
            )


def _relays(check, known, unknown, sockets):
    check.reason = unknown
    relays = [process for process in known if base_name(process) in _RELAYS and _is_connected(process, sockets)]
    for process in known:
        if base_name(process) not in _SHELLS:
            continue
        check.subjects += 1
        for relay in relays:
            way = _way_between(process, relay)
            if way is not None:
                check.differs(
                    process.pid, "standard input and output", way, "relay",
                    "process %d, %s" % (relay.pid, _command_of(relay)),
                    _command_of(process), pid=process.pid,
                )


def _is_connected(process, sockets):
    return any(sockets.inet[inode][1] not in _WAITING for inode in process.sockets if inode in sockets.inet)


def _way_between(process, relay):
    """How a shell hangs on a relay. Pipes that both merely inherited have the same number in both."""
    for here, there in ((0, 1), (1, 0)):
        target = process.standard.get(here)
        if target is not None and target.startswith(b"pipe:") and target == relay.standard.get(there):
            return "descriptor %d is %s" % (here, escape(target))
    return "started by the relay" if process.ppid == relay.pid else None


def _command_of(process):
    return escape(b" ".join(process.arguments)[:512]) or escape(process.comm)


__all__ = ("base_name", "collect")
