# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Kernel modules that one list has and another one hasn't: check D12."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import re
import time

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _procfs
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._cross_views import NotPossible, compare
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._kernel_modules import (
    parse_modules, taint_letters,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

# Bits that only loading a module sets, and the letter that the module itself keeps as long as it is loaded.
_BY_MODULES = frozenset("PFCOEKN")
# What the kernel itself puts into the place of a module's name.
_NO_MODULE = re.compile(r"(?:bpf|ftrace|__builtin__.*|DISABLED|OPTIMIZED|FTRACE|GONE)\Z")
_LOADED = re.compile(br"([A-Za-z0-9_-]+): (?:loading out-of-tree module|module verification failed|module license)")
PROC, SYS = b"/proc/modules", b"/sys/module"
PAUSE = 0.1


def collect(collection, kernel):
    """Makes the comparisons with what `kernel` has from collecting."""
    compare(collection, "D12", "taint of the kernel against taint of visible modules", taint, kernel)
    compare(collection, "D12", "/proc/modules against /sys/module", lists)
    for name in sorted(kernel.tagged):
        compare(collection, "D12", "modules named in %s against /proc/modules" % name, tags, kernel, name)
    compare(collection, "D12", "link count of /sys/module against readdir", link_count)


def taint(check, kernel):
    """Bits of the kernel's taint that no visible module accounts for; they stay when a module is unloaded."""
    if kernel.taint is None or kernel.modules_state not in (_state.COLLECTED, _state.ABSENT):
        raise NotPossible("taint or modules can't be read")
    letters = dict(taint_letters(kernel.taint))
    visible = "".join(module.taints for module in kernel.modules.values())
    check.subjects = len(letters)
    named = sorted(set(escape(name) for name in _LOADED.findall(kernel.messages)) - set(kernel.modules))
    for letter in sorted(set(letters) & _BY_MODULES - set(visible)):
        check.differs(
            letter, "taint of the kernel", letters[letter], "visible modules", "none has it",
            "unloaded since, or hidden; messages of the kernel name: %s" % (", ".join(named) or "none that is missing"),
        )


def _in_proc(path):
    data, state = _procfs.read(path, 4 << 20)
    if state != _state.COLLECTED:
        raise NotPossible("%s: %s" % (escape(path), state))
    return set(module.name for module in parse_modules(data))


def _in_sys(folder):
    """Loaded modules: those built into the kernel have no state."""
    return set(escape(name) for name in _procfs.names(folder) if os.path.exists(folder + b"/" + name + b"/initstate"))


def lists(check, proc=PROC, sys=SYS):
    """Both lists of loaded modules; one that is just being loaded or unloaded is in one of them for a moment."""
    if not os.path.isdir(sys):
        raise NotPossible("no %s" % escape(sys))
    only_proc, only_sys = _in_proc(proc) - _in_sys(sys), _in_sys(sys) - _in_proc(proc)
    if only_proc or only_sys:
        time.sleep(PAUSE)
        only_proc, only_sys = only_proc & (_in_proc(proc) - _in_sys(sys)), only_sys & (_in_sys(sys) - _in_proc(proc))
    check.subjects = len(_in_proc(proc) | _in_sys(sys))
    for name in sorted(only_proc):
        check.differs(name, "/proc/modules", "loaded", "/sys/module", "not there", None)
    for name in sorted(only_sys):
        check.differs(name, "/proc/modules", "not there", "/sys/module", "loaded", None)


def tags(check, kernel, name, proc=PROC):
    """Modules that a list of symbols or probes names."""
    found = set(tag for tag in kernel.tagged[name] if not _NO_MODULE.match(tag))
    check.subjects = len(found)
    missing = found - set(kernel.modules)
    missing -= _in_proc(proc) if missing else set()
    for module in sorted(missing):
        check.differs(module, "/proc/modules", "not there", name, "has symbols or probes", None)


def link_count(check, sys=SYS):
    """sysfs counts the folders in a folder."""
    for _unused in range(3):
        before = os.stat(sys).st_nlink
        folders = len([name for name in os.listdir(sys) if os.path.isdir(os.path.join(sys, name))])
        after = os.stat(sys).st_nlink
        check.subjects = folders
        if before == after == folders + 2:
            return
        if before < 2:
            raise NotPossible("%s doesn't count its folders" % escape(sys))
        time.sleep(PAUSE)
    if before == after:
        says = "%d folders" % (before - 2)
        check.differs(escape(sys), "readdir", "%d folders" % folders, "link count", says, "a folder that isn't listed")


__all__ = ("collect", "link_count", "lists", "tags", "taint")
