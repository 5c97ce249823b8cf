# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Kernel modules: those loaded, their symbols, functions that are traced, and the taint that they leave."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _procfs
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import O_CLOEXEC, NotRead, state_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

# Documentation/admin-guide/tainted-kernels.rst: bit, letter, meaning.
TAINTS = (
    (0, "P", "proprietary module"), (1, "F", "module loaded by force"), (2, "S", "out of specification"),
    (3, "R", "module unloaded by force"), (4, "M", "machine check"), (5, "B", "bad page"), (6, "U", "set by a program"),
    (7, "D", "died recently"), (8, "A", "ACPI table overridden"), (9, "W", "warning"), (10, "C", "staging driver"),
    (11, "I", "firmware workaround"), (12, "O", "out-of-tree module"), (13, "E", "unsigned module"),
    (14, "L", "soft lockup"),
    (15, "K", "live patch"), (16, "X", "set by the distribution"), (17, "T", "structure randomised"), (18, "N", "test"),
    (19, "J", "fwctl"),
)
MODULE = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
MAX_MODULES = 5000
MAX_PARAMETERS = 64
KALLSYMS_LIMIT = 128 << 20
KALLSYMS_KEPT = 16 << 20


class Module:
    """A loaded module as one line of /proc/modules has it."""

    def __init__(self, fields):
        self.name, self.size, self.references = fields[0], int(fields[1]), fields[2]
        self.users = [] if fields[3] == "-" else [user for user in fields[3].split(",") if user]
        self.status, self.address = fields[4], fields[5]
        self.taints = fields[6].strip("()") if len(fields) > 6 else ""


def parse_modules(data):
    """`Module` for each line of /proc/modules (proc(5)); others are passed over."""
    found = []
    for line in data.split(b"\n"):
        fields = escape(line).split()
        try:
            found.append(Module(fields))
        except (IndexError, ValueError):
            continue
    return found


def taint_letters(number):
    """The letters and meanings of a taint value."""
    return [(letter, meaning) for bit, letter, meaning in TAINTS if number >> bit & 1]


class Kernel:
    """Names of modules as each view has them, for comparing: `modules` by name, `tagged` names by file, `taint`."""

    def __init__(self):
        self.modules = {}
        self.modules_state = _state.FAILED
        self.taint = None
        self.tagged = {}
        self.messages = b""


def collect_modules(collection, kernel):
    """Raw lists and the table ``modules``."""
    data, kernel.modules_state = _procfs.read(b"/proc/modules", 4 << 20)
    if kernel.modules_state == _state.COLLECTED:
        collection.capture("proc/modules", data, source=b"/proc/modules")
    else:
        collection.note(b"/proc/modules", kernel.modules_state, None)
    value = _procfs.text(b"/proc/sys/kernel/tainted")
    kernel.taint = int(value) if value and value.isdigit() else None
    files = _files_of_modules(collection)
    table = collection.table("modules")
    modules = parse_modules(data)
    if len(modules) > MAX_MODULES:
        collection.note(b"/proc/modules", _state.SKIPPED_BUDGET, "%d of %d modules have rows" % (MAX_MODULES, len(modules)))
    for module in modules[:MAX_MODULES]:
        collection.check()
        kernel.modules[module.name] = module
        table.row(_module_row(module, files))


def _module_row(module, files):
    row = {
        "name": module.name, "size": module.size, "references": module.references, "used_by": module.users,
        "status": module.status, "address": module.address, "taints": module.taints,
        "file": files.get(module.name.replace("-", "_")),
    }
    if MODULE.match(module.name):
        folder = b"/sys/module/" + module.name.encode("ascii")
        for name in ("version", "srcversion", "initstate", "taint", "coresize", "refcnt"):
            value = _procfs.text(folder + b"/" + name.encode("ascii"))
            row["sys_" + name] = escape(value) if value is not None else None
        row["parameters"] = _parameters(folder + b"/parameters")
    return row


def _parameters(folder):
    found = []
    for name in sorted(_procfs.names(folder))[:MAX_PARAMETERS]:
        value = _procfs.text(folder + b"/" + name)
        if value is not None:
            found.append(escape(name) + "=" + escape(value[:256]))
    return found


def _files_of_modules(collection):
    """Module name -> file, from the list that depmod made for the running kernel."""
    release = os.uname()[2]
    found = {}
    try:
        data = collection.read(("/lib/modules/%s/modules.dep" % release).encode("utf-8"), 16 << 20)
    except NotRead:
        return found
    for line in data.split(b"\n"):
        path, colon, _rest = line.partition(b":")
        if colon:
            name = path.rsplit(b"/", 1)[-1].split(b".ko")[0].replace(b"-", b"_")
            found[escape(name)] = escape(path)
    return found


def collect_symbols(collection, kernel):
    """Symbols of modules from kallsyms; the kernel's own hundred thousands stay."""
    names, kept, size = set(), [], 0
    for lines in _pieces(collection, b"/proc/kallsyms", KALLSYMS_LIMIT):
        for line in lines:
            if line.endswith(b"]") and b"\t[" in line:
                names.add(escape(line[line.rindex(b"[") + 1:-1]))
                size += len(line) + 1
                if size <= KALLSYMS_KEPT:
                    kept.append(line)
    kernel.tagged["kallsyms"] = names
    collection.capture(
        "kallsyms_modules.txt", b"\n".join(kept + [b""]), source=b"/proc/kallsyms",
        state=_state.TRUNCATED if size > KALLSYMS_KEPT else _state.COLLECTED, reason="symbols of modules only",
    )


def _pieces(collection, path, limit):
    """Whole lines of a long kernel file, some at a time."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | O_CLOEXEC)
    except OSError as error:
        raise NotRead(state_of(error), error.strerror)
    try:
        rest, total = b"", 0
        while total < limit:
            collection.check()
            data = os.read(descriptor, 1 << 16)
            if not data:
                break
            total += len(data)
            lines = (rest + data).split(b"\n")
            rest = lines.pop()
            yield lines
    finally:
        os.close(descriptor)


def collect_tracing(collection, kernel):
    """Functions that are traced or probed: the places where most modern rootkits sit."""
    for base in (b"/sys/kernel/tracing", b"/sys/kernel/debug/tracing"):
        for name in ("enabled_functions", "touched_functions", "kprobe_events", "uprobe_events", "dynamic_events"):
            _tagged_file(collection, kernel, base + b"/" + name.encode("ascii"), name)
        if kernel.tagged.get("enabled_functions") is not None:
            break
    _tagged_file(collection, kernel, b"/sys/kernel/debug/kprobes/list", "kprobes")


def _tagged_file(collection, kernel, path, name):
    data, state = _procfs.read(path, 8 << 20)
    if state not in (_state.COLLECTED, _state.TRUNCATED):
        collection.note(path, state, None)
        return
    collection.capture("tracing/%s.txt" % name, data, source=path, state=state)
    tags = re.findall(br"\[([A-Za-z0-9_]{1,64})\]", data)
    kernel.tagged[name] = set(escape(tag) for tag in tags)


def has_module(name):
    """Whether a module is loaded or built in, so that asking for what it does doesn't make the kernel load it."""
    if not os.path.exists(b"/proc/modules") or os.path.exists(b"/sys/module/" + name.encode("ascii")):
        return True
    built_in, _unused = _procfs.read(("/lib/modules/%s/modules.builtin" % os.uname()[2]).encode("utf-8"), 4 << 20)
    return any(line.endswith(b"/" + name.encode("ascii") + b".ko") for line in built_in.split(b"\n"))


__all__ = (
    "Kernel", "MODULE", "Module", "TAINTS", "collect_modules", "collect_symbols", "collect_tracing", "has_module",
    "parse_modules", "taint_letters",
)
