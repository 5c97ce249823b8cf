# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Which machine this is, what its clocks say, and what this collector itself looks like on it."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import os
import sys
import time

from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _process_format, _procfs
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import iso_ns
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._part import free_bytes
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

_CLOCK_BOOTTIME = 7  # linux/time.h; Python names it from 3.7
MAX_ANCESTORS = 32
FILES = {
    "machine_id": b"/etc/machine-id", "dbus_machine_id": b"/var/lib/dbus/machine-id", "etc_hostname": b"/etc/hostname",
    "timezone": b"/etc/timezone", "boot_id": b"/proc/sys/kernel/random/boot_id", "version": b"/proc/version",
    "nodename": b"/proc/sys/kernel/hostname", "domainname": b"/proc/sys/kernel/domainname",
    "command_line": b"/proc/cmdline", "hypervisor": b"/sys/hypervisor/type",
}
DMI = (
    "bios_date", "bios_vendor", "bios_version", "board_name", "board_serial", "board_vendor", "chassis_asset_tag",
    "chassis_serial", "chassis_vendor", "product_family", "product_name", "product_serial", "product_uuid",
    "product_version", "sys_vendor",
)
OS_RELEASE = (b"/etc/os-release", b"/usr/lib/os-release")
SPACE = (b"/", b"/tmp", b"/var/tmp", b"/var", b"/home", b"/root", b"/run", b"/dev/shm")


def clocks():
    """All clocks in one moment: nanoseconds since the epoch, seconds since boot, and what the hardware clock says."""
    now = time.time()
    uptime, source = _uptime()
    facts = {
        "epoch": now, "utc": iso_ns(int(now * 1e9)), "uptime_seconds": uptime, "uptime_source": source,
        "boot_epoch": now - uptime, "booted": iso_ns(int((now - uptime) * 1000) * 1000000),
        "utc_offset_seconds": -(time.altzone if time.daylight and time.localtime().tm_isdst > 0 else time.timezone),
    }
    btime = _number(_line_value(b"/proc/stat", b"btime"))
    if btime is not None:
        facts["btime"] = btime
    rtc = _number(_procfs.text(b"/sys/class/rtc/rtc0/since_epoch"))
    if rtc is not None:
        facts["rtc_epoch"], facts["rtc_minus_system_seconds"] = rtc, round(rtc - time.time(), 1)
    return facts


def _uptime():
    try:
        return time.clock_gettime(_CLOCK_BOOTTIME), "CLOCK_BOOTTIME"
    except (AttributeError, OSError):
        fields = (_procfs.text(b"/proc/uptime") or b"0").split()
        return float(fields[0]), "/proc/uptime"


def _line_value(path, key):
    for line in _procfs.read(path, 1 << 20)[0].split(b"\n"):
        if line.startswith(key + b" "):
            return line[len(key) + 1:].strip()
    return None


def _number(value):
    return int(value) if value is not None and value.isdigit() else None


def machine(collection):
    """What names the machine. A thing that isn't there is left out."""
    facts = {}
    for name, path in FILES.items():
        data = _small(collection, path)
        if data:
            facts[name] = escape(data)
    facts["dmi"] = {}
    for name in DMI:
        value = _procfs.text(b"/sys/class/dmi/id/" + name.encode("ascii"))
        if value:
            facts["dmi"][name] = escape(value)
    facts["os_release"] = _os_release(collection)
    facts["uname"] = list(os.uname())
    zone = _procfs.link(b"/etc/localtime")
    facts["localtime"] = escape(zone) if zone else None
    return facts


def _small(collection, path):
    try:
        return collection.read(path, 4096).strip(b"\0 \t\r\n")
    except Exception:  # whatever keeps one fact away, the others are taken
        return b""


def _os_release(collection):
    facts = {}
    for path in OS_RELEASE:
        for line in _small(collection, path).split(b"\n"):
            key, equals, value = line.partition(b"=")
            if equals and not key.startswith(b"#"):
                facts[escape(key)] = escape(value.strip(b"\"'"))
        if facts:
            break
    return facts


def footprint():
    """This process and the chain of those that started it: what of the pictures taken belongs to the collector."""
    chain, pid = [], os.getpid()
    while pid and len(chain) < MAX_ANCESTORS:
        entry = _ancestor(pid)
        chain.append(entry)
        pid = entry.get("ppid")
    return {
        "pid": os.getpid(), "uid": os.getuid(), "euid": os.geteuid(), "gid": os.getgid(), "ancestors": chain,
        "python": escape(_bytes(sys.executable)), "python_version": sys.version.split()[0], "session": os.getsid(0),
        "umask": _umask(),
    }


def _ancestor(pid):
    folder = b"/proc/%d/" % pid
    stat = _process_format.parse_stat(_procfs.read(folder + b"stat")[0]) or {}
    arguments = _process_format.arguments_of(_procfs.read(folder + b"cmdline")[0])
    status = _process_format.parse_status(_procfs.read(folder + b"status")[0])
    entry = {
        "pid": pid, "ppid": stat.get("ppid"), "comm": escape(stat.get("comm", b"")),
        "cmdline": [escape(argument[:256]) for argument in arguments[:8]],
        "tty": _process_format.tty_name(stat.get("tty_number")), "uids": escape(status.get("Uid", b"")).split("\\x09"),
        "exe": escape(_procfs.link(folder + b"exe") or b""),
    }
    for variable in _procfs.read(folder + b"environ")[0].split(b"\0"):
        if variable.startswith((b"SSH_CONNECTION=", b"SSH_TTY=", b"SUDO_USER=", b"SUDO_UID=")):
            name, _equals, value = variable.partition(b"=")
            entry[name.decode("ascii").lower()] = escape(value[:256])
    return entry


def _umask():
    status = _process_format.parse_status(_procfs.read(b"/proc/self/status")[0])
    return status.get("Umask", b"").decode("ascii", "replace")


def _bytes(value):
    return value if isinstance(value, bytes) else os.fsencode(value or "")


def space(local, workspace):
    """Free bytes where a workspace could have been, and where it is; only folders that are on this machine."""
    found = {}
    for path in SPACE + (workspace,):
        if not local(path):
            continue
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            continue
        try:
            found[escape(path)] = free_bytes(descriptor)
        finally:
            os.close(descriptor)
    return found


def collect(collection, local):
    """``live/identity.json``; returns the clocks."""
    moment = clocks()
    facts = {"clocks": moment, "machine": machine(collection), "footprint": footprint()}
    facts["free_bytes"] = space(local, collection.workspace)
    data = json.dumps(facts, sort_keys=True, indent=1).encode("ascii")
    collection.capture("identity.json", data + b"\n", source=b"/proc")
    return moment


__all__ = ("clocks", "collect", "footprint", "machine", "space")
