# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import socket
import subprocess
import uuid

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _network
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.live_state_helpers import (
    Running,
    Workbench,
    find,
    needs_root,
    wait_until,
)


def _inode(descriptor):
    return os.fstat(descriptor).st_ino


def _collected(*pids):
    with Workbench() as bench:
        sockets = _network.collect(bench.collection, bench.processes(*pids))
        return bench.finish(), sockets


def _namespace():
    return int(os.readlink("/proc/self/ns/net").strip("net:[]"))


def test_sockets_are_joined_with_their_process():
    listening, other, unix = socket.socket(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket(socket.AF_UNIX)
    name = "\0csirt-" + uuid.uuid4().hex
    try:
        listening.bind(("127.0.0.1", 0))
        listening.listen(1)
        other.bind(("127.0.0.2", 0))
        unix.bind(name)
        brought, sockets = _collected(os.getpid())
        row = brought.row("sockets", inode=_inode(listening.fileno()))
        assert (row["protocol"], row["state"], row["local_address"]) == ("tcp", "listen", "127.0.0.1")
        assert (row["local_port"], row["pids"]) == (listening.getsockname()[1], [os.getpid()])
        assert row["namespace"] == _namespace()
        datagram = brought.row("sockets", inode=_inode(other.fileno()))
        assert (datagram["protocol"], datagram["state"], datagram["local_address"]) == ("udp", "unconnected", "127.0.0.2")
        assert brought.row("sockets", inode=_inode(unix.fileno()))["path"] == name.replace("\0", "@")
        port = listening.getsockname()[1]
        assert sockets.describe(_inode(listening.fileno())) == "tcp listen 127.0.0.1:%d -> 0.0.0.0:0" % port
    finally:
        for one in (listening, other, unix):
            one.close()


def test_ipv6():
    listening = socket.socket(socket.AF_INET6)
    try:
        listening.bind(("::1", 0))
        listening.listen(1)
        brought, _sockets = _collected(os.getpid())
        row = brought.row("sockets", inode=_inode(listening.fileno()))
        assert (row["family"], row["local_address"], row["local_port"]) == ("inet6", "::1", listening.getsockname()[1])
    except (OSError, IOError) as error:
        pytest.skip("no IPv6 here: %s" % error)
    finally:
        listening.close()


def test_raw_tables_come_home():
    brought, _sockets = _collected(os.getpid())
    folder = ("live/net/%d/" % _namespace()).encode("ascii")
    assert brought.files[folder + b"tcp"].startswith(b"  sl  local_address")
    assert brought.files[folder + b"dev"].startswith(b"Inter-|")


@needs_root
def test_every_namespace_once():
    unshare = find("unshare")
    with Running([find("sleep"), "1e3"]) as here:
        process = subprocess.Popen([unshare, "-n", find("sleep"), "1e3"])
        try:
            wait_until(lambda: os.readlink("/proc/%d/exe" % process.pid) == os.path.realpath(find("sleep")))
            brought, _sockets = _collected(os.getpid(), here.pid, process.pid)
            other = int(os.readlink("/proc/%d/ns/net" % process.pid).strip("net:[]"))
        finally:
            process.kill()
            process.wait()
    folders = set(name.split(b"/")[2] for name in brought.files if name.startswith(b"live/net/"))
    assert folders.issuperset((str(other).encode("ascii"), str(_namespace()).encode("ascii")))


@needs_root
def test_a_namespace_that_no_process_is_in(tmpdir):
    """A socket that listens where nobody is: its namespace is kept by a mount, its holder is back at home."""
    kept = tmpdir.join("kept")
    kept.write("")
    script = (
        "import ctypes, os, socket, sys\nlibc = ctypes.CDLL(None)\n"
        "home = os.open('/proc/self/ns/net', os.O_RDONLY)\n"
        "assert not libc.unshare(0x40000000)\n"
        "assert not libc.mount(b'/proc/self/ns/net', sys.argv[1].encode('ascii'), None, 4096, None)\n"
        "one = socket.socket()\none.bind(('0.0.0.0', 4444))\none.listen(1)\n"
        "assert not libc.setns(home, 0x40000000)\n"
        "print(os.fstat(one.fileno()).st_ino)\nsys.stdout.flush()\nsys.stdin.read()\n"
    )
    # In a mount namespace of its own, so that nothing is left behind whatever happens.
    argv = [find("unshare"), "-m", "--propagation", "private", find("python3"), "-c", script, str(kept)]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        line = process.stdout.readline()
        if not line:
            pytest.skip("no namespaces here: %s" % process.stderr.read().decode("utf-8", "replace"))
        brought, _sockets = _collected(os.getpid(), process.pid)
    finally:
        process.communicate(b"")
    row = brought.row("sockets", inode=int(line))
    assert (row["local_port"], row["state"], row["pids"]) == (4444, "listen", [process.pid])
    assert row["namespace"] not in (_namespace(), None)
