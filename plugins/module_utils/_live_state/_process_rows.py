# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Rows of the tables ``processes``, ``threads`` and ``open_files`` from what was read of a process."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _process_format
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import iso, iso_ns, nanoseconds
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
MAX_TEXT = 32768
MAX_NAMES = 1000
_UNSET = 0xFFFFFFFF
_NUMBERS = {
    "tgid": "Tgid", "tracer_pid": "TracerPid", "seccomp": "Seccomp", "seccomp_filters": "Seccomp_filters",
    "no_new_privileges": "NoNewPrivs",
}
_LISTS = {"uids": "Uid", "gids": "Gid", "groups": "Groups", "namespace_pids": "NSpid"}
_CAPABILITIES = {
    "cap_inheritable": "CapInh", "cap_permitted": "CapPrm", "cap_effective": "CapEff", "cap_bounding": "CapBnd",
    "cap_ambient": "CapAmb",
}
_KINDS = {
    0o10: "fifo", 0o20: "character_device", 0o40: "directory", 0o60: "block_device", 0o100: "file", 0o140: "socket",
}


def process(snapshot, known, boot, environ):
    """The row of a process. What couldn't be read is missing, and ``denied`` names the files that were refused."""
    row = {"pid": snapshot.pid, "ppid": known.ppid, "comm": escape(known.comm), "kernel_thread": known.kernel_thread}
    row.update(_from_stat(snapshot.stat, boot))
    row.update(_from_status(snapshot.status))
    row.update(_exe(snapshot, known))
    row.update(_arguments(snapshot))
    row.update(_environment(snapshot, environ))
    for name in ("cwd", "root"):
        if name in snapshot.links:
            row[name] = escape(snapshot.links[name])
    for name, number in snapshot.namespaces.items():
        row["ns_" + name] = number
    row.update(_small_files(snapshot.files))
    row["open_files"] = len(snapshot.descriptors)
    row["denied"] = sorted(name for name, state in snapshot.states.items() if state == _state.DENIED)
    row["truncated"] = sorted(name for name, state in snapshot.states.items() if state == _state.TRUNCATED)
    row["hung"] = snapshot.hung
    return row


def _from_stat(stat, boot):
    if stat is None:
        return {}
    seconds = boot + stat["start_ticks"] / TICKS
    return {
        "state": stat["state"], "process_group": stat["group"], "session": stat["session"], "threads": stat["threads"],
        "tty": _process_format.tty_name(stat["tty_number"]), "flags": "%08x" % (stat["flags"] & 0xFFFFFFFF),
        "nice": stat["nice"], "virtual_bytes": stat["virtual_bytes"], "rss_bytes": stat["rss_pages"] * PAGE,
        "user_seconds": stat["user_ticks"] / TICKS, "system_seconds": stat["system_ticks"] / TICKS,
        "started": iso(int(seconds), int(seconds % 1 * 1000) * 1000000), "start_ticks": stat["start_ticks"],
    }


def _from_status(status):
    row = {}
    for name, key in _NUMBERS.items():
        if status.get(key, b"").isdigit():
            row[name] = int(status[key])
    for name, key in _LISTS.items():
        values = status.get(key, b"").split()
        if values and all(value.isdigit() for value in values):
            row[name] = [int(value) for value in values[:MAX_NAMES]]
    for name, key in _CAPABILITIES.items():
        if key in status:
            row[name] = escape(status[key])
    return row


def _exe(snapshot, known):
    if known.exe is None:
        return {"exe": None}
    row = {"exe": escape(known.exe), "exe_deleted": known.exe_deleted, "exe_memfd": known.exe.startswith(b"/memfd:")}
    status = snapshot.exe_status
    if status is not None:
        row.update(
            exe_device=_device(status.st_dev), exe_inode=status.st_ino, exe_size=status.st_size,
            exe_links=status.st_nlink,
            exe_mtime=iso_ns(nanoseconds(status, "mtime")), exe_ctime=iso_ns(nanoseconds(status, "ctime")),
            exe_uid=status.st_uid, exe_gid=status.st_gid, exe_mode="%04o" % (status.st_mode & 0o7777),
        )
    if known.exe_deleted:
        row["exe_path_taken"] = _exists(snapshot, _process_format.without_deleted(known.exe)[0], known)
    return row


def _exists(snapshot, path, known):
    """Whether another file has the name now (a package upgrade leaves it so); None where it wasn't looked."""
    if not path.startswith(b"/") or path.startswith(b"/memfd:") or not known.local(path):
        return None
    return os.path.lexists(snapshot.path("root") + path)


def _arguments(snapshot):
    data = snapshot.files.get("cmdline", b"")
    row = {"cmdline": [escape(argument) for argument in _process_format.arguments_of(data[:MAX_TEXT])[:MAX_NAMES]]}
    if len(data) > MAX_TEXT or data.count(b"\0") > MAX_NAMES:
        row["cmdline_bytes"] = len(data)
    return row


def _environment(snapshot, environ):
    if environ == "none" or "environ" not in snapshot.files:
        return {}
    names, interesting = _process_format.split_environment(snapshot.files["environ"])
    return {
        "environ_names": [escape(name[:256]) for name in names[:MAX_NAMES]],
        "environ": [escape(entry[:MAX_TEXT]) for entry in interesting[:MAX_NAMES]],
    }


def _small_files(files):
    row = {}
    for name in ("oom_score_adj", "loginuid", "sessionid"):
        value = files.get(name, b"").strip()
        if value.lstrip(b"-").isdigit():
            row[name] = None if int(value) == _UNSET else int(value)
    for key, name in (("wchan", "wchan"), ("security_label", "attr/current"), ("cgroup", "cgroup")):
        value = files.get(name, b"").strip(b"\n\0")
        if value and value != b"0":
            lines = [escape(line) for line in value[:MAX_TEXT].split(b"\n")[:32]]
            row[key] = lines if key == "cgroup" else lines[0]
    return row


def threads(snapshot):
    """A row for each thread but the first."""
    for number, data in snapshot.threads:
        status = _process_format.parse_status(data)
        row = {"pid": snapshot.pid, "tid": number, "comm": escape(status.get("Name", b""))}
        row["state"] = escape(status.get("State", b"")[:1])
        found = _from_status(status)
        row.update((name, found[name]) for name in ("uids", "gids", "cap_effective") if name in found)
        yield row


def open_files(snapshot):
    """A row for each open file; sockets and pipes have their number as ``inode``."""
    for item in snapshot.descriptors:
        row = {"pid": snapshot.pid, "fd": item.number, "target": escape(item.target)}
        row.update(_target(item))
        facts = item.facts
        for key, name in (
            ("position", "pos"), ("mount_id", "mnt_id"), ("bpf_program_id", "prog_id"),
            ("bpf_program_type", "prog_type"),
            ("bpf_program_tag", "prog_tag"), ("bpf_map_id", "map_id"), ("bpf_map_type", "map_type"),
            ("bpf_link_id", "link_id"), ("pidfd", "Pid"),
        ):
            if name in facts:
                row[key] = facts[name]
        if "flags" in facts:
            row.update(access=("r", "w", "rw", "rw")[facts["flags"] & 3], flags="%o" % facts["flags"])
        yield row


def _target(item):
    status = item.status
    if status is not None:
        deleted = item.target.endswith(_process_format.DELETED) and status.st_nlink == 0
        return {
            "type": _KINDS.get(status.st_mode >> 9 & 0o170, "other"), "device": _device(status.st_dev),
            "inode": status.st_ino, "size": status.st_size, "deleted": deleted,
        }
    kind, colon, number = item.target.partition(b":")
    if colon and not kind.startswith(b"/"):
        known = {b"socket": "socket", b"pipe": "pipe", b"anon_inode": "anonymous"}.get(kind, "other")
        return {"type": known, "inode": int(number[1:-1]) if number[1:-1].isdigit() else None}
    return {"type": None, "inode": item.facts.get("ino")}


def _device(number):
    return "%d:%d" % (os.major(number), os.minor(number))


__all__ = ("open_files", "process", "threads")
