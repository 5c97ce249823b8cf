# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Asking for every process number there can be, newest first, in several ways, within a time."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import os
import time

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _syscalls
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _procfs

SLICE = 8192
MARGIN = 1024


class Swept:
    """`answered` numbers, how many were `asked` for, and in words what was `covered`."""

    def __init__(self):
        self.answered = set()
        self.asked = 0
        self.covered = ""


def _by_group(numbers):
    """getpgid(2) for each number: those that are a process or thread."""
    ask = _libc("getpgid", 1)
    if ask is None:
        return [number for number in numbers if _exists(os.getpgid, number)]
    return [number for number, answer in zip(numbers, map(ask, numbers)) if answer >= 0]


def _by_signal(numbers):
    """kill(2) with signal 0, which is sent to nobody."""
    ask = _libc("kill", 2)
    if ask is None:
        return [number for number in numbers if _exists(os.kill, number, 0)]
    ctypes = _syscalls.ctypes
    return [number for number in numbers if not ask(number, 0) or ctypes.get_errno() == errno.EPERM]


def _by_path(numbers):
    """Looking up the folder by name, without listing."""
    there = os.access
    return [number for number in numbers if there(b"/proc/%d" % number, os.F_OK)]


def _by_scheduler(numbers):
    ask = _libc("sched_getscheduler", 1)
    return [number for number in numbers if ask(number) >= 0] if ask else []


WAYS = (("getpgid", _by_group), ("kill", _by_signal), ("path", _by_path))
ALL_WAYS = WAYS + (("sched_getscheduler", _by_scheduler),)


def _libc(name, arguments):
    found = getattr(_syscalls.LIBC, name, None)
    if found is not None:
        found.argtypes = [_syscalls.ctypes.c_int] * arguments
    return found


def _exists(function, *arguments):
    try:
        function(*arguments)
    except OSError as error:
        return error.errno == errno.EPERM
    return True


def answers(pid):
    """The ways in which a process number is answered for."""
    return [name for name, way in ALL_WAYS if way([pid])]


def likely_limit():
    """(highest number likely in use, highest possible): numbers are given in order and start again at the limit."""
    highest = int(_procfs.text(b"/proc/sys/kernel/pid_max") or 32768)
    loadavg = (_procfs.text(b"/proc/loadavg") or b"").split()
    newest = int(loadavg[4]) if len(loadavg) == 5 and loadavg[4].isdigit() else highest
    if _forks() >= highest:
        return highest, highest
    return min(newest + MARGIN, highest), highest


def _forks():
    for line in _procfs.read(b"/proc/stat", 4 << 20)[0].split(b"\n"):
        if line.startswith(b"processes "):
            return int(line.split()[1])
    return 1 << 62


def sweep(seconds, check=lambda: None):
    """`Swept` after at most `seconds`: numbers that are likely in use in every way, then the rest in the quickest."""
    likely, highest = likely_limit()
    swept, parts = Swept(), []
    deadline = time.time() + seconds
    for name, way in WAYS:
        lowest = _ask(way, 1, likely, deadline, swept, check)
        parts.append("%s %d-%d" % (name, lowest, likely))
        if lowest > 1:
            parts[-1] += " (time was up)"
    if highest > likely:
        lowest = _ask(WAYS[0][1], likely + 1, highest, min(deadline, time.time() + seconds / 5.0), swept, check)
        parts.append("getpgid %d-%d of %d-%d that were never given" % (lowest, highest, likely + 1, highest))
    swept.covered = ", ".join(parts)
    return swept


def _ask(way, first, last, deadline, swept, check):
    """Goes down from `last` to `first`; the lowest number that was reached."""
    high = last
    while high >= first:
        low = max(first, high - SLICE + 1)
        swept.answered.update(way(list(range(low, high + 1))))
        swept.asked += high - low + 1
        high = low - 1
        check()
        if time.time() > deadline:
            break
    return high + 1


__all__ = ("Swept", "answers", "likely_limit", "sweep")
