# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What the extended attribute ``security.capability`` of a program says, in the words of getcap(8)."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import struct

# Bit by bit, from linux/capability.h.
NAMES = (
    "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap",
    "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner",
    "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice",
    "sys_resource", "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap",
    "mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf",
    "checkpoint_restore",
)


def describe(value):
    """``cap_net_raw=ep`` for the bytes of the attribute (struct vfs_cap_data, little-endian); None if it is malformed.

    Capabilities with the same flags (``e`` effective, ``i`` inheritable, ``p`` permitted) stand together.
    """
    words = len(value) // 4
    if len(value) % 4 or words not in (3, 5, 6):
        return None
    fields = struct.unpack("<%dI" % words, value)
    permitted, inheritable = fields[1], fields[2]
    if words > 3:
        permitted, inheritable = permitted | fields[3] << 32, inheritable | fields[4] << 32
    groups = {}
    for bit in range(64):
        flags = ("i" if inheritable >> bit & 1 else "") + ("p" if permitted >> bit & 1 else "")
        if flags:
            name = NAMES[bit] if bit < len(NAMES) else str(bit)
            groups.setdefault(("e" if fields[0] & 1 else "") + flags, []).append("cap_" + name)
    return " ".join("%s=%s" % (",".join(groups[flags]), flags) for flags in sorted(groups)) or "="


__all__ = ("describe",)
