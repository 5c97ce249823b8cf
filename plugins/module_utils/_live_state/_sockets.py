# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The tables of /proc/net, decoded (formats: proc(5), the kernel's net/ipv4/tcp_ipv4.c). Touches nothing."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import socket
import struct

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

_TCP_STATES = (
    None, "established", "syn_sent", "syn_recv", "fin_wait1", "fin_wait2", "time_wait", "close", "close_wait",
    "last_ack",
    "listen", "closing", "new_syn_recv",
)
_SCTP_STATES = (
    "closed", "cookie_wait", "cookie_echoed", "established", "shutdown_pending", "shutdown_sent", "shutdown_received",
    "shutdown_ack_sent",
)
_UNIX_STATES = {1: "unconnected", 2: "connecting", 3: "connected", 4: "disconnecting"}
_TYPES = {1: "stream", 2: "dgram", 3: "raw", 4: "rdm", 5: "seqpacket", 10: "packet"}
_NETLINK = {
    0: "route", 2: "usersock", 3: "firewall", 4: "sock_diag", 5: "nflog", 6: "xfrm", 7: "selinux", 8: "iscsi",
    9: "audit",
    10: "fib_lookup", 11: "connector", 12: "netfilter", 13: "ip6_fw", 15: "kobject_uevent", 16: "generic",
    18: "scsitransport",
    19: "ecryptfs", 20: "rdma", 21: "crypto", 22: "smc",
}
_LISTENS = 0x10000  # __SO_ACCEPTCON in the flags of a unix socket


def address(digits):
    """Text for an address as /proc/net prints it: 32-bit words of network order in the host's own order."""
    raw = bytearray(len(digits) // 2)
    for position in range(0, len(digits), 8):
        struct.pack_into("=I", raw, position // 2, int(digits[position:position + 8], 16))
    return socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, bytes(raw))


def _endpoint(field):
    digits, _colon, port = field.partition(b":")
    return address(digits), int(port, 16)


def _inet(protocol):
    def decode(line):
        fields = line.split()
        row = {"state": _inet_state(protocol, int(fields[3], 16)), "uid": int(fields[7]), "inode": int(fields[9])}
        row["local_address"], row["local_port"] = _endpoint(fields[1])
        row["remote_address"], row["remote_port"] = _endpoint(fields[2])
        row["send_queue"], row["receive_queue"] = [int(part, 16) for part in fields[4].split(b":")]
        if protocol.startswith("raw"):
            row["ip_protocol"] = row.pop("local_port")
            del row["remote_port"]
        return row
    return decode


def _inet_state(protocol, number):
    if protocol.startswith("tcp"):
        return _TCP_STATES[number] if 0 < number < len(_TCP_STATES) else str(number)
    return {1: "established", 7: "unconnected"}.get(number, str(number))


def _unix(line):
    fields = line.split(None, 7)
    flags, kind, state = int(fields[3], 16), int(fields[4], 16), int(fields[5], 16)
    row = {"type": _TYPES.get(kind, str(kind)), "inode": int(fields[6])}
    row["state"] = "listen" if flags & _LISTENS else _UNIX_STATES.get(state, str(state))
    if len(fields) == 8:
        row["path"] = escape(fields[7])
    return row


def _packet(line):
    fields = line.split()
    return {
        "type": _TYPES.get(int(fields[2]), escape(fields[2])), "link_protocol": "0x%04x" % int(fields[3], 16),
        "interface": int(fields[4]), "running": fields[5] == b"1", "uid": int(fields[7]), "inode": int(fields[8]),
    }


def _netlink(line):
    fields = line.split()
    family = int(fields[1])
    return {
        "netlink_family": _NETLINK.get(family, str(family)), "port_id": int(fields[2]), "groups": escape(fields[3]),
        "inode": int(fields[9]),
    }


def _sctp_endpoint(line):
    fields = line.split()
    return {
        "state": "listen" if int(fields[3]) == 10 else "close", "local_port": int(fields[5]), "uid": int(fields[6]),
        "inode": int(fields[7]), "local_address": escape(b" ".join(fields[8:])),
    }


def _sctp_association(line):
    fields, right = line.partition(b"<->")[0].split(), line.partition(b"<->")[2].split()
    remote = [field for field in right if b"." in field or b":" in field]
    number = int(fields[4])
    return {
        "state": _SCTP_STATES[number] if number < len(_SCTP_STATES) else str(number), "uid": int(fields[9]),
        "inode": int(fields[10]), "local_port": int(fields[11]), "remote_port": int(fields[12]),
        "local_address": escape(b" ".join(fields[13:])), "remote_address": escape(b" ".join(remote)),
    }


# File below /proc/PID/net -> (family, protocol, decoder of a line).
FORMATS = {
    "unix": ("unix", "unix", _unix), "packet": ("packet", "packet", _packet),
    "netlink": ("netlink", "netlink", _netlink),
    "sctp/eps": ("inet", "sctp", _sctp_endpoint), "sctp/assocs": ("inet", "sctp", _sctp_association),
}
for _name in ("tcp", "udp", "udplite", "raw", "icmp"):
    FORMATS[_name] = ("inet", _name, _inet(_name))
    FORMATS[_name + "6"] = ("inet6", _name, _inet(_name))


def rows(name, data):
    """A dict for each line of the table `name`; lines that don't follow its format (the heading) are passed over."""
    family, protocol, decode = FORMATS[name]
    for line in data.split(b"\n"):
        try:
            row = decode(line)
        except (IndexError, ValueError, struct.error, socket.error):
            continue
        row.update(family=family, protocol=protocol)
        yield row


__all__ = ("FORMATS", "address", "rows")
