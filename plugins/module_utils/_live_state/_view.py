# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""How honest this process's own view can be: what is loaded into it, and what it is confined to (table ``view``)."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import stat
import sys

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state, _syscalls
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _process_format, _procfs
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import O_PATH, NotRead, state_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

PRELOAD = b"/etc/ld.so.preload"
LOADER_VARIABLES = (b"LD_", b"PYTHON", b"GCONV_PATH=", b"GLIBC_TUNABLES=", b"LOCPATH=", b"NLSPATH=")
STATUS = ("Seccomp", "NoNewPrivs", "CapEff", "CapBnd", "TracerPid", "Groups", "NSpid")
SECURITY = {
    "lsm": b"/sys/kernel/security/lsm", "lockdown": b"/sys/kernel/security/lockdown",
    "selinux_enforce": b"/sys/fs/selinux/enforce", "apparmor": b"/sys/module/apparmor/parameters/enabled",
    "own_label": b"/proc/self/attr/current",
}
NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")
_INITIAL = {"pid": 4026531836, "user": 4026531837, "uts": 4026531838, "ipc": 4026531839, "cgroup": 4026531835}


def collect(collection):
    """Every fact about the view as a row: ``subject``, ``value``, ``detail``."""
    table = collection.table("view")
    for step in (_loader, _preload, _libraries, _confinement, _namespaces, _chroot, _proc_mount, _security):
        for subject, value, detail in step(collection):
            table.row({"subject": subject, "value": value, "detail": detail})


def _loader(_collection):
    environment = _procfs.read(b"/proc/self/environ", 1 << 18)[0].split(b"\0")
    for entry in environment:
        if entry.startswith(LOADER_VARIABLES):
            yield "environment", escape(entry[:4096]), "given to the collector's own process"


def read_both_ways(path, limit=_procfs.SMALL):
    """What libc's open and read give for a file, and what the kernel gives when asked past libc.

    Each is (data, state). The second is None where this machine's system call can't be made.
    """
    try:
        regular = stat.S_ISREG(os.stat(path).st_mode)
    except OSError as error:
        return (b"", state_of(error)), raw_read(path, limit)
    return _procfs.read(path, limit) if regular else (b"", _state.SKIPPED_TYPE), raw_read(path, limit)


def raw_read(path, limit):
    """(data, state) of a regular file read by system calls; None where their numbers aren't known."""
    openat, read, close = _RAW.get(os.uname()[4], (None, None, None))
    if openat is None or _syscalls.LIBC is None or sys.maxsize < 1 << 32:
        return None
    try:
        named = _ask(openat, _syscalls.AT_FDCWD, path, O_PATH)
        try:
            if not stat.S_ISREG(os.fstat(named).st_mode):
                return b"", _state.SKIPPED_TYPE
            descriptor = _ask(openat, _syscalls.AT_FDCWD, b"/proc/self/fd/%d" % named, os.O_NONBLOCK)
        finally:
            _ask(close, named)
        block = _syscalls.ctypes.create_string_buffer(limit)
        try:
            size = _ask(read, descriptor, block, limit)
            return block.raw[:size], _state.COLLECTED
        finally:
            _ask(close, descriptor)
    except OSError as error:
        return b"", state_of(error)


def _ask(number, *arguments):
    ctypes = _syscalls.ctypes
    wide = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    result = _syscalls.LIBC.syscall(ctypes.c_long(number), *wide)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


# Machine -> numbers of openat, read, close for programs of 64 bits.
_RAW = {
    "x86_64": (257, 0, 3), "aarch64": (56, 63, 57), "riscv64": (56, 63, 57), "loongarch64": (56, 63, 57),
    "ppc64le": (286, 3, 6), "ppc64": (286, 3, 6), "s390x": (288, 3, 6),
}


def _preload(_collection):
    libc, raw = read_both_ways(PRELOAD)
    yield "ld.so.preload through libc", libc[1], escape(libc[0][:4096])
    if raw is None:
        yield "ld.so.preload past libc", "not_possible", "the numbers of the system calls aren't known here"
    else:
        yield "ld.so.preload past libc", raw[1], escape(raw[0][:4096])


def _libraries(collection):
    data, state = _procfs.read(b"/proc/self/maps", 4 << 20)
    collection.capture("self/maps", data, source=b"/proc/self/maps", state=state)
    paths = set(item.path for item in _process_format.parse_maps(data) if item.inode)
    for path in sorted(paths):
        yield "own executable mapping", escape(path), None


def _confinement(collection):
    data, state = _procfs.read(b"/proc/self/status")
    collection.capture("self/status", data, source=b"/proc/self/status", state=state)
    status = _process_format.parse_status(data)
    for name in STATUS:
        if name in status:
            yield name, escape(status[name]).replace("\\x09", " "), None


def _namespaces(_collection):
    for name in NAMESPACES:
        own, first = (_procfs.link(b"/proc/%s/ns/%s" % (who, name.encode("ascii"))) for who in (b"self", b"1"))
        if own is None:
            continue
        detail = "not known of process 1"
        if first is not None:
            detail = "same as process 1" if own == first else "process 1 has " + escape(first)
        if name in _INITIAL:
            detail += ", the initial one" if _procfs.bracketed(own) == _INITIAL[name] else ", not the initial one"
        yield "namespace " + name, escape(own), detail


def in_initial_pid_namespace():
    """Whether this process sees the machine's processes under their first numbers."""
    return _procfs.bracketed(_procfs.link(b"/proc/self/ns/pid")) == _INITIAL["pid"]


def _chroot(_collection):
    try:
        own, first = os.stat("/"), os.stat("/proc/1/root/")
    except OSError as error:
        yield "root", "not_possible", error.strerror
        return
    same = (own.st_dev, own.st_ino) == (first.st_dev, first.st_ino)
    yield "root", "same" if same else "different", "own root against that of process 1"


def proc_is_own():
    """Whether /proc shows the process numbers that this process itself lives among."""
    return _procfs.link(b"/proc/self") == b"%d" % os.getpid()


def _proc_mount(_collection):
    yield "proc", "own" if proc_is_own() else "foreign", "whether /proc/self names this process"


def _security(collection):
    for name, path in sorted(SECURITY.items()):
        try:
            yield name, escape(collection.read(path, 4096).strip(b"\0\n")), None
        except NotRead as error:
            yield name, error.state, error.reason


__all__ = ("collect", "in_initial_pid_namespace", "proc_is_own", "raw_read", "read_both_ways")
