# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import sys

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _sockets

little = pytest.mark.skipif(sys.byteorder != "little", reason="literal lines of little-endian machines")
TCP = (
    b"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    b"   0: 0100007F:A0EF 00000000:0000 0A 00000000:00000001 00:00000000 00000000    33        0 32396 1 0000000000000000 100 0 0 10 0\n"
    b"   1: 0200000A:0016 010000C0:C001 01 00000010:00000000 02:000A 00000000     0        0 777 2 0000000000000000 20 4 31 10 -1\n"
    b"   2: 0200000A:0016 010000C0:C001 06 00000000:00000000 03:000A 00000000     0        0 0 3 0000000000000000\n"
    b"   3: short\n"
)
TCP6 = (
    b"   0: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000"
    b"     0        0 11 1 0000000000000000 100 0 0 10 0\n"
    b"   1: B80D0120000000000000000001000000:0050 0000000000000000FFFF00000100007F:1F90 01 00000000:00000000 00:00000000 00000000"
    b"     0        0 12 1 0000000000000000 100 0 0 10 0\n"
)


@little
@pytest.mark.parametrize("digits, text", [
    (b"0100007F", "127.0.0.1"), (b"00000000000000000000000001000000", "::1"),
    (b"B80D0120000000000000000001000000", "2001:db8::1"), (b"0000000000000000FFFF00000100007F", "::ffff:127.0.0.1"),
    (b"000080FE00000000FF005452B6D6FAFE"[:32], "fe80::5254:ff:fefa:d6b6"),
])
def test_addresses(digits, text):
    assert _sockets.address(digits) == text


@little
def test_tcp():
    listening, established, ended = _sockets.rows("tcp", TCP)
    assert (listening["state"], listening["local_address"], listening["local_port"]) == ("listen", "127.0.0.1", 41199)
    assert (listening["uid"], listening["inode"], listening["receive_queue"]) == (33, 32396, 1)
    assert (established["state"], established["remote_address"], established["remote_port"]) == ("established", "192.0.0.1", 49153)
    assert established["send_queue"] == 16
    assert (ended["state"], ended["inode"]) == ("time_wait", 0)


@little
def test_tcp6():
    listening, established = _sockets.rows("tcp6", TCP6)
    assert (listening["family"], listening["local_address"], listening["local_port"]) == ("inet6", "::1", 22)
    assert (established["local_address"], established["remote_address"]) == ("2001:db8::1", "::ffff:127.0.0.1")


@little
def test_raw_has_a_protocol_in_place_of_a_port():
    line = b"  1: 00000000:0001 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 55 2 0000000000000000 0\n"
    row, = _sockets.rows("raw", line)
    assert (row["ip_protocol"], row["state"], row["inode"]) == (1, "unconnected", 55) and "local_port" not in row


def test_unix():
    data = (
        b"Num       RefCount Protocol Flags    Type St Inode Path\n"
        b"0000000000000000: 00000002 00000000 00010000 0001 01 18470 /run/a b\n"
        b"0000000000000000: 00000003 00000000 00000000 0002 03 18471 @/tmp/x\x1b@\n"
        b"0000000000000000: 00000003 00000000 00000000 0005 03 18472\n"
    )
    listening, abstract, nameless = _sockets.rows("unix", data)
    assert (listening["state"], listening["type"], listening["path"], listening["inode"]) == ("listen", "stream", "/run/a b", 18470)
    assert (abstract["state"], abstract["type"], abstract["path"]) == ("connected", "dgram", "@/tmp/x\\x1b@")
    assert nameless["type"] == "seqpacket" and "path" not in nameless


def test_packet_and_netlink():
    packet, = _sockets.rows("packet", (
        b"sk       RefCnt Type Proto  Iface R Rmem   User   Inode\n0000000000000000 3      3    0003   2     1 0      0      91\n"
    ))
    assert (packet["type"], packet["link_protocol"], packet["interface"], packet["running"]) == ("raw", "0x0003", 2, True)
    netlink, = _sockets.rows("netlink", (
        b"sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n"
        b"0000000000000000 9   1234       00000001 0        0        0     2        0        92\n"
    ))
    assert (netlink["netlink_family"], netlink["port_id"], netlink["inode"]) == ("audit", 1234, 92)


def test_sctp():
    endpoint, = _sockets.rows("sctp/eps", (
        b" ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS\n0000 0000 2   10  48   3868   33 24001 127.0.0.1 10.0.0.2 \n"
    ))
    assert (endpoint["state"], endpoint["local_port"], endpoint["inode"]) == ("listen", 3868, 24001)
    assert endpoint["local_address"] == "127.0.0.1 10.0.0.2"
    association, = _sockets.rows("sctp/assocs", (
        b"0000 0000 0   7   3  0    4        0        0       33 24002 3868   5000  10.0.0.2 <-> *10.0.0.9 10.0.1.9 7500 10 10 2 0\n"
    ))
    assert (association["state"], association["local_port"], association["remote_port"]) == ("established", 3868, 5000)
    assert (association["local_address"], association["remote_address"]) == ("10.0.0.2", "*10.0.0.9 10.0.1.9")
