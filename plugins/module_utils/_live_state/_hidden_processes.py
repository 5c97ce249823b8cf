# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Processes that one view of the system shows and another one doesn't: checks D1 and D2."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import time

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _process_format, _procfs, _sweep
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._cross_views import NotPossible, compare
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._uncovered import covers
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._view import (
    in_initial_pid_namespace, proc_is_own,
)

LISTED = "readdir(/proc)"
RETRIES = 3
PAUSE = 0.05
MAX_CGROUPS = 20000


def collect(collection, processes, clean, seconds):
    """Makes the comparisons; returns the numbers of processes that aren't listed but are there."""
    hidden = set()
    for name, view in (("getdents64(/proc)", _raw_listing), ("cgroup.procs", _in_cgroups)):
        compared = "%s against %s" % (LISTED, name)
        hidden.update(compare(collection, "D1", compared, _against, name, view) or ())
    hidden.update(compare(collection, "D1", "%s against every number" % LISTED, _sweep_all, seconds) or ())
    compare(collection, "D1", "%s against link count of /proc" % LISTED, _link_count)
    compare(collection, "D1", "%s against lookup of /proc/PID" % LISTED, _lookup)
    compare(collection, "D2", "mounts over /proc/PID in all mount namespaces", _mounts_over, processes, clean)
    return sorted(hidden - set(processes.known))


def listed():
    """The processes that libc's readdir shows, as every program sees them."""
    found = set(int(name) for name in _procfs.names(b"/proc") if name.isdigit())
    if not found:
        raise NotPossible("/proc can't be listed")
    return found


def _need_whole_proc():
    """Only where all processes are to be seen does one that isn't seen mean something."""
    if not proc_is_own():
        raise NotPossible("/proc belongs to another process namespace")
    if os.geteuid() != 0 and _is_restricted():
        raise NotPossible("/proc is mounted with hidepid and the collector isn't root")


def _is_restricted():
    for line in _procfs.read(b"/proc/self/mountinfo", 1 << 20)[0].split(b"\n"):
        if b" /proc " in line and b"hidepid=" in line and b"hidepid=0" not in line and b"hidepid=off" not in line:
            return True
    return False


def _raw_listing():
    return set(_procfs.numbers(b"/proc")[0])


def _against(check, name, view):
    """Another list of processes against readdir; what both lists differ in every time is no race."""
    _need_whole_proc()
    missing, surplus = None, None
    for _unused in range(RETRIES):
        before, other, after = listed(), view(), listed()
        check.subjects = len(other | after)
        missing = _both(missing, other - before - after)
        surplus = _both(surplus, (before & after) - other)
        if not missing and (not surplus or name == "cgroup.procs"):
            break
        time.sleep(PAUSE)
    missing = set(pid for pid in missing if not _is_thread(pid, before))
    for pid in sorted(missing):
        check.differs(pid, LISTED, "not there", name, "there", describe(pid), pid=pid)
    if name != "cgroup.procs":  # processes in other cgroup namespaces or hierarchies are rightly not in ours
        for pid in sorted(surplus):
            check.differs(pid, LISTED, "there", name, "not there", describe(pid), pid=pid)
    return missing


def _both(earlier, now):
    return set(now) if earlier is None else earlier & now


def _in_cgroups():
    """Processes in one whole cgroup hierarchy: each process is in every one of them."""
    root = _cgroup_root()
    if root is None:
        raise NotPossible("no cgroup hierarchy is mounted")
    found, count = set(), 0
    for folder, folders, _files in os.walk(root):
        count += 1
        if count > MAX_CGROUPS:
            break
        folders.sort()
        data, _unused = _procfs.read(folder + b"/cgroup.procs", 4 << 20)
        found.update(int(line) for line in data.split(b"\n") if line.isdigit())
    return found - set((0,))


def _cgroup_root():
    candidates = (
        b"/sys/fs/cgroup", b"/sys/fs/cgroup/unified", b"/sys/fs/cgroup/systemd", b"/sys/fs/cgroup/pids",
        b"/sys/fs/cgroup/memory", b"/sys/fs/cgroup/cpu",
    )
    for path in candidates:
        data, state = _procfs.read(path + b"/cgroup.procs", 4 << 20)
        if state == _state.COLLECTED and data:
            return path
    return None


def _sweep_all(check, seconds):
    """Every process number is asked for; numbers of threads answer as well and are dropped."""
    _need_whole_proc()
    before = listed()
    threads = _threads(before)
    swept = _sweep.sweep(seconds, check.collection.check)
    check.subjects, check.reason = swept.asked, swept.covered
    candidates = set(swept.answered) - before - threads
    for _unused in range(RETRIES):
        if not candidates:
            break
        time.sleep(PAUSE)
        now = listed()
        candidates = set(pid for pid in candidates - now if _sweep.answers(pid) and not _is_thread(pid, now))
    for pid in sorted(candidates):
        ways = ", ".join(_sweep.answers(pid)) or "gone since"
        check.differs(pid, LISTED, "not there", "asked for by number", "there (%s)" % ways, describe(pid), pid=pid)
    return candidates


def _threads(pids):
    found = set()
    for pid in pids:
        try:
            found.update(_procfs.numbers(b"/proc/%d/task" % pid)[0])
        except OSError:
            continue
    return found


def _is_thread(pid, pids):
    status = _process_format.parse_status(_procfs.read(b"/proc/%d/status" % pid)[0])
    if "Tgid" in status:
        return status["Tgid"] != b"%d" % pid
    return any(os.path.exists(b"/proc/%d/task/%d" % (leader, pid)) for leader in pids)


def describe(pid, base=b"/proc"):
    """One line about a process from what of it can be read by its number."""
    folder = base + b"/%d/" % pid
    stat = _process_format.parse_stat(_procfs.read(folder + b"stat")[0])
    if stat is None:
        return "nothing of it can be read"
    arguments = b" ".join(_process_format.arguments_of(_procfs.read(folder + b"cmdline")[0]))[:512]
    exe = _procfs.link(folder + b"exe") or b"-"
    return "comm %s, parent %d, exe %s, arguments %s" % (
        escape(stat["comm"]), stat["ppid"], escape(exe), escape(arguments) or "-"
    )


def _link_count(check):
    """The kernel counts processes in the link count of /proc, whatever it lists (fs/proc/root.c)."""
    if not in_initial_pid_namespace() or not proc_is_own():
        raise NotPossible("the count is of the whole machine, and this is not its first process namespace")
    _need_whole_proc()
    differences = []
    for _unused in range(RETRIES + 2):
        before = os.stat("/proc").st_nlink
        names = os.listdir(b"/proc")
        after = os.stat("/proc").st_nlink
        fixed = sum(1 for name in names if not name.isdigit() and _is_folder(b"/proc/" + name))
        pids = sum(1 for name in names if name.isdigit())
        check.subjects = pids
        if before == after:
            differences.append(before - 2 - fixed - pids)
            if not differences[-1]:
                return
        time.sleep(PAUSE)
    if not differences:
        raise NotPossible("processes come and go too fast to be counted")
    if differences[0] > 0 and len(set(differences)) == 1 and len(differences) > 1:
        says = "%d processes" % (pids + differences[0])
        check.differs("/proc", LISTED, "%d processes" % pids, "link count of /proc", says, None)


def _is_folder(path):
    return os.path.isdir(path) and not os.path.islink(path)


def _lookup(check):
    """A process that is listed and alive but whose folder doesn't open: covered, or hidden by half."""
    _need_whole_proc()
    found = None
    for _unused in range(RETRIES):
        pids = listed()
        check.subjects = len(pids)
        found = _both(found, set(pid for pid in pids if _is_false(pid)))
        if not found:
            return
        time.sleep(PAUSE)
    for pid in sorted(found & listed()):
        data, state = _procfs.read(b"/proc/%d/status" % pid)
        says = "Pid %s" % escape(_process_format.parse_status(data).get("Pid", b"?")) if data else state
        check.differs(pid, LISTED, "there", "/proc/%d/status" % pid, says, None, pid=pid)


def _is_false(pid):
    data, state = _procfs.read(b"/proc/%d/status" % pid)
    if state == _state.ABSENT or not data:
        return state not in (_state.DENIED,) and bool(_sweep.answers(pid))
    return _process_format.parse_status(data).get("Pid") != b"%d" % pid


def compare_with_ps(collection):
    """What the host's own ps leaves out, of the processes that are listed before and after it ran."""
    compare(collection, "D1", "%s against ps" % LISTED, _ps)


def _ps(check):
    _need_whole_proc()
    missing = None
    for _unused in range(2):
        before = listed()
        result = check.collection.command("ps_numbers", ["ps", "-A", "-o", "pid"], 20)
        after = listed()
        shown = set(int(line) for line in result.stdout.split() if line.isdigit())
        if result.state != _state.COLLECTED or not shown:
            raise NotPossible("ps: %s" % (result.reason or "no list of numbers"))
        check.subjects = len(after)
        missing = _both(missing, (before & after) - shown)
        if not missing:
            return
    for pid in sorted(missing):
        check.differs(pid, LISTED, "there", "ps", "not there", describe(pid), pid=pid)


def _mounts_over(check, processes, clean):
    own, inside = _procfs.bracketed(_procfs.link(b"/proc/self/ns/pid")), _by_inner_pid(processes)
    for view in processes.views.all():
        check.subjects += 1
        holder = processes.known.get(view.pid)
        namespace = holder.pid_namespace if holder is not None else None
        for number, mount in covers(view.mounts):
            # In a container the number is the container's own; it is one of ours, too.
            pid = number if namespace in (None, own) else inside.get((namespace, number))
            check.differs(
                number if pid is None else pid, "mountinfo of process %d" % view.pid,
                "%s of %s over %s" % (mount.fstype, escape(mount.root), escape(mount.point)), "the process beneath",
                "not known" if pid is None else _beneath(pid, clean),
                "the processes of mount namespace %s don't see process %d" % (view.namespace, number), pid=pid,
                namespace=view.namespace,
            )


def _by_inner_pid(processes):
    known = processes.known.values()
    return dict(((process.pid_namespace, process.inner_pid), process.pid) for process in known)


def _beneath(pid, clean):
    if pid not in clean.covered:
        return describe(pid)
    if not clean.is_copy:
        return "not readable: this kernel can't copy the mount of /proc"
    return describe(pid, clean.base)


__all__ = ("LISTED", "collect", "compare_with_ps", "describe", "listed")
