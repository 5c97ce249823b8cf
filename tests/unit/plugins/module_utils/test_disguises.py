# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import shutil
import socket
import subprocess
import sys

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _disguises, _network
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._processes import Process
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.live_state_helpers import (
    Running,
    Workbench,
    find,
    sleep_at,
    wait_until,
)

INTERPRETER = os.path.realpath(sys.executable)


def _collected(*pids):
    with Workbench() as bench:
        processes = bench.processes(*pids)
        _disguises.collect(bench.collection, processes, _network.collect(bench.collection, processes))
        return bench.finish()


def _connection():
    """(connected socket, its peer, the listening one)"""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(1)
    ours = socket.create_connection(listening.getsockname())
    return ours, listening.accept()[0], listening


@pytest.fixture
def connection():
    made = _connection()
    yield made[0]
    for one in made:
        one.close()


def test_a_program_that_calls_itself_a_kernel_thread():
    with Running(["[kworker/0:1]", "1e3"], executable=find("sleep")) as running:
        brought = _collected(running.pid)
    row = brought.row("cross_views")
    assert (row["check"], row["pid"], row["says_a"]) == ("D6", running.pid, "[kworker/0:1]")
    assert row["says_b"] == os.path.realpath(find("sleep"))


def test_a_program_file_named_like_a_kernel_thread(tmpdir):
    program = sleep_at(str(tmpdir.join("kthreadd")))
    with Running([program, "1e3"]) as running:
        brought = _collected(running.pid)
    assert brought.row("cross_views")["says_a"] == "kthreadd"


def test_a_program_that_calls_itself_another_one(tmpdir):
    with Running([find("true"), "1e3"], executable=find("sleep")) as running:
        same_folder = _collected(running.pid)
    assert not same_folder.rows("cross_views")
    other = sleep_at(str(tmpdir.join("other")))
    with Running([other, "1e3"], executable=find("sleep")) as running:
        brought = _collected(running.pid)
    row = brought.row("cross_views")
    assert (row["check"], row["says_a"], row["says_b"]) == ("D6", other, os.path.realpath(find("sleep")))


def test_scripts_that_start_their_program_under_their_own_name(tmpdir):
    script = tmpdir.join("wrapper")
    script.write("#!/bin/sh\n")
    with Running([str(script), "1e3"], executable=find("sleep")) as running:
        assert not _collected(running.pid).rows("cross_views")


def test_this_machine_is_innocent():
    """Every process that can be read, except those that tests beside this one may have started."""
    with Workbench() as bench:
        processes = bench.processes()
        processes.read_all()
        ours = dict((pid, found) for pid, found in processes.known.items() if found.kernel_thread or found.ppid in (0, 1, 2))
        processes.known = ours
        _disguises.collect(bench.collection, processes, _network.collect(bench.collection, processes))
        brought = bench.finish()
    assert not brought.rows("cross_views"), brought.rows("cross_views")
    assert all(row["result"] == "agreed" for row in brought.tables["checks"])


def test_a_reverse_shell(connection):
    with Running([INTERPRETER, "-c", "import time; time.sleep(1e3)"], stdin=connection, stdout=connection) as running:
        running.process.stdout = None
        brought = _collected(running.pid)
    row = brought.row("cross_views")
    assert (row["check"], row["pid"], row["says_a"]) == ("D7", running.pid, "descriptors 0, 1")
    assert row["says_b"] == "tcp established 127.0.0.1:%d -> 127.0.0.1:%d" % (
        connection.getsockname()[1], connection.getpeername()[1]
    )
    assert "time.sleep" in row["detail"]


def test_servers_and_other_programs_are_no_shells(connection):
    with socket.socket() if hasattr(socket.socket, "__exit__") else _closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(1)
        with Running([INTERPRETER, "-c", "import time; time.sleep(1e3)"], stdin=listening) as one, \
                Running([find("sleep"), "1e3"], stdin=connection) as two:
            brought = _collected(one.pid, two.pid)
    assert not brought.rows("cross_views")


def _closing(thing):
    import contextlib

    return contextlib.closing(thing)


def test_a_shell_on_the_pipe_of_a_relay(tmpdir, connection):
    """As `nc host port < fifo | sh > fifo` has it; the relay is a copy of the interpreter under the name of one."""
    relay_program = str(tmpdir.join("nc"))
    shutil.copy(find("cat"), relay_program)
    relay = subprocess.Popen([relay_program], stdin=connection, stdout=subprocess.PIPE)
    shell = subprocess.Popen([find("sh"), "-c", "read x; exit"], stdin=relay.stdout)
    try:
        wait_until(lambda: os.readlink("/proc/%d/exe" % relay.pid) == relay_program)
        wait_until(lambda: os.readlink("/proc/%d/exe" % shell.pid) == os.path.realpath(find("sh")))
        brought = _collected(relay.pid, shell.pid)
    finally:
        for one in (relay, shell):
            one.kill()
            one.wait()
        relay.stdout.close()
    row = brought.row("cross_views")
    assert (row["check"], row["pid"]) == ("D7", shell.pid) and "process %d" % relay.pid in row["says_b"]
    assert row["says_a"].startswith("descriptor 0 is pipe:[")


def _named(exe, *arguments):
    process = Process()
    process.exe, process.arguments = exe, list(arguments)
    return process


@pytest.mark.parametrize("exe, arguments, name", [
    (b"/usr/bin/python3.11", (), b"python"), (b"/tmp/bash (deleted)", (), b"bash"),
    (b"/usr/sbin/php-fpm8.2", (), b"php-fpm"),
    (b"/bin/busybox", (b"-sh",), b"sh"), (b"/bin/busybox", (b"busybox", b"nc"), b"nc"),
    (b"/bin/busybox", (), b"busybox"),
    (b"/usr/bin/node", (), b"node"), (b"/usr/bin/9", (), b"9"), (None, (), b""), (b"/usr/bin/perl5.36.0", (), b"perl"),
])
def test_names_of_programs(exe, arguments, name):
    assert _disguises.base_name(_named(exe, *arguments)) == name
