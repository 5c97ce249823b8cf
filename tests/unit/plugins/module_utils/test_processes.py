# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import ctypes
import os
import subprocess
import sys
import time

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _process_reader, _procfs
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import iso
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._identity import clocks
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._mount_views import MountViews
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._processes import Processes
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.live_state_helpers import (
    Running,
    Workbench,
    find,
    sleep_at,
    wait_until,
)


def _sections(data):
    """{(kind, name): (state, bytes)} of an entry of live/proc."""
    found = {}
    while data:
        head, _newline, data = data.partition(b"\n")
        arrow, kind, name, size, state, end = head.split(b" ")
        assert (arrow, end) == (b"==>", b"<==")
        found[kind.decode("ascii"), name.decode("ascii")] = state.decode("ascii"), data[:int(size)]
        assert data[int(size):int(size) + 1] == b"\n"
        data = data[int(size) + 1:]
    return found


def _read(pid, **options):
    with Workbench() as bench:
        bench.processes(pid, **options).finish()
        return bench.finish()


def test_a_process_as_it_is(tmpdir):
    environment = {"LD_LIBRARY_PATH": "/nowhere", "SECRET_KEY": "hunter2", "SSH_CONNECTION": "192.0.2.1 5 192.0.2.2 22"}
    with Running([find("sleep"), "1e3"], cwd=str(tmpdir), env=environment) as running:
        brought = _read(running.pid)
        with open("/proc/%d/maps" % running.pid, "rb") as stream:
            maps = stream.read()
    row = brought.row("processes", pid=running.pid)
    assert (row["ppid"], row["comm"], row["cmdline"]) == (os.getpid(), "sleep", [find("sleep"), "1e3"])
    assert (row["cwd"], row["root"], row["exe_deleted"]) == (str(tmpdir), "/", False)
    status = os.stat(find("sleep"))
    assert row["exe_inode"] == status.st_ino and row["exe_size"] == status.st_size
    assert row["uids"] == [os.getuid()] * 4 and row["threads"] == 1 and not row["kernel_thread"]
    assert sorted(row["environ"]) == ["LD_LIBRARY_PATH=/nowhere", "SSH_CONNECTION=192.0.2.1 5 192.0.2.2 22"]
    assert sorted(row["environ_names"]) == ["LD_LIBRARY_PATH", "SECRET_KEY", "SSH_CONNECTION"]
    assert row["ns_net"] == _procfs.bracketed(os.readlink(b"/proc/self/ns/net"))
    sections = _sections(brought.files[b"live/proc/%d" % running.pid])
    assert sections["file", "maps"] == ("collected", maps)
    assert sections["file", "cmdline"][1] == find("sleep").encode("ascii") + b"\x001e3\0"
    assert sections["link", "cwd"][1] == str(tmpdir).encode("ascii")
    assert sections["file", "environ"][0] == "withheld"
    assert b"hunter2" not in b"".join(brought.files.values())


@pytest.mark.parametrize("environ, secret", [("all", True), ("none", False)])
def test_environments_as_asked_for(environ, secret):
    with Running([find("sleep"), "1e3"], env={"SECRET_KEY": "hunter2"}) as running:
        brought = _read(running.pid, environ=environ)
    everything = b"".join(brought.files.values())
    assert (b"SECRET_KEY=hunter2" in everything) == secret
    assert (b"SECRET_KEY" in everything) == secret


def test_start_time_is_when_it_started():
    before = time.time()
    with Running([find("sleep"), "1e3"]) as running, Workbench() as bench:
        Processes(bench.collection, clocks()["boot_epoch"]).read(running.pid, "test")
        row = bench.finish().row("processes", pid=running.pid)
    assert iso(int(before - 1)) <= row["started"] <= iso(int(time.time() + 1))


def test_names_with_anything_in_them(tmpdir):
    folder = os.path.join(str(tmpdir).encode("ascii"), b"a b\n\x1b[31m\xff (deleted)")
    os.mkdir(folder)
    program = os.path.join(folder, b"x) R 1 (y")
    sleep_at(program)
    process = subprocess.Popen([program, b"1e3"], stderr=subprocess.PIPE)
    try:
        wait_until(lambda: os.readlink(b"/proc/%d/exe" % process.pid) == program)
        brought = _read(process.pid)
    finally:
        process.kill()
        process.communicate()
    row = brought.row("processes", pid=process.pid)
    assert row["exe"].endswith("a b\\x0a\\x1b[31m\\xff (deleted)/x) R 1 (y")
    assert (row["comm"], row["exe_deleted"]) == ("x) R 1 (y", False)
    mapped = brought.rows("mapped_files", inode=os.stat(program).st_ino)
    assert [entry["path"] for entry in mapped] == [row["exe"]]


def test_a_name_that_ends_like_a_deleted_one(tmpdir):
    program = sleep_at(str(tmpdir.join("sleep (deleted)")))
    with Running([program, "1e3"]) as running:
        assert not _read(running.pid).row("processes", pid=running.pid)["exe_deleted"]
        os.unlink(program)
        row = _read(running.pid).row("processes", pid=running.pid)
    assert row["exe_deleted"] and row["exe"].endswith("sleep (deleted) (deleted)") and not row["exe_path_taken"]


def test_a_program_that_was_replaced(tmpdir):
    program = sleep_at(str(tmpdir.join("sleep")))
    with Running([program, "1e3"]) as running:
        os.unlink(program)
        sleep_at(program)
        row = _read(running.pid).row("processes", pid=running.pid)
    assert row["exe_deleted"] and row["exe_path_taken"] and row["exe_links"] == 0


def test_open_files(tmpdir):
    kept, gone = str(tmpdir.join("kept")), str(tmpdir.join("gone"))
    with open(kept, "wb") as first, open(gone, "wb") as second:
        first.write(b"12345")
        first.flush()
        os.unlink(gone)
        brought = _read(os.getpid())
        rows = dict((row["fd"], row) for row in brought.tables["open_files"])
        one, other = rows[first.fileno()], rows[second.fileno()]
    assert (one["target"], one["type"], one["access"], one["position"], one["deleted"]) == (kept, "file", "w", 5, False)
    assert (other["target"], other["deleted"]) == (gone + " (deleted)", True)
    assert one["inode"] == os.stat(kept).st_ino


def test_threads_have_rows():
    code = "import threading, time\nthreading.Thread(target=time.sleep, args=(99,)).start()\nprint(1, flush=True)\n"
    code = code if sys.version_info >= (3, 3) else code.replace("print(1, flush=True)", "print(1)")
    with Running([os.path.realpath(sys.executable), "-u", "-c", code]) as running:
        running.process.stdout.readline()
        brought = _read(running.pid)
    row, = brought.rows("threads", pid=running.pid)
    assert row["tid"] != running.pid and brought.row("processes", pid=running.pid)["threads"] == 2


def test_a_process_that_has_gone():
    process = subprocess.Popen([find("true")])
    process.wait()
    with Workbench() as bench:
        processes = Processes(bench.collection, 0)
        assert processes.read(process.pid, "test") is None and processes.vanished == 1


def test_a_process_that_has_ended_and_is_not_waited_for():
    process = subprocess.Popen([find("true")])
    wait_until(lambda: b") Z " in _procfs.read(b"/proc/%d/stat" % process.pid)[0])
    row = _read(process.pid).row("processes", pid=process.pid)
    process.wait()
    assert (row["state"], row["exe"], row["cmdline"]) == ("Z", None, [])


def test_a_process_that_keeps_its_memory_to_itself(monkeypatch):
    """What can be read without waiting is kept when a read hangs."""
    def slow(path, limit=_procfs.SMALL):
        if path.endswith(b"/cmdline"):
            time.sleep(1)
        return read(path, limit)

    read = _procfs.read
    monkeypatch.setattr(_procfs, "read", slow)
    snapshot = _process_reader.read_process(os.getpid(), b"/proc", MountViews(), _procfs.Patience(seconds=0.3))
    assert snapshot.hung == "cmdline: no answer within 0.3 seconds"
    assert snapshot.stat["ppid"] == os.getppid() and snapshot.links["exe"] and snapshot.descriptors
    assert "cmdline" not in snapshot.files


def test_reads_everything_that_is_listed():
    with Workbench() as bench:
        processes = Processes(bench.collection, 0)
        processes.read_all()
        assert os.getpid() in processes.known and os.getppid() in processes.known
        processes.finish()
        brought = bench.finish()
    assert len(brought.tables["processes"]) == len(processes.known)
    libc = [row for row in brought.tables["mapped_files"] if os.getpid() in row["pids"]]
    assert libc and all(row["processes"] >= 1 for row in libc)


def test_writable_executable_memory_is_counted():
    import mmap

    block = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    try:
        row = _read(os.getpid()).row("processes", pid=os.getpid())
    finally:
        block.close()
    assert row["anonymous_writable_executable"] >= 1


def test_a_program_that_never_was_on_a_disk(tmpdir):
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "memfd_create"):
        pytest.skip("this libc has no memfd_create")
    descriptor = libc.memfd_create(b"payload", 0)
    assert descriptor >= 0
    with open(find("sleep"), "rb") as stream:
        os.write(descriptor, stream.read())
    process = subprocess.Popen(["/proc/%d/fd/%d" % (os.getpid(), descriptor), "1e3"])
    try:
        wait_until(lambda: os.readlink("/proc/%d/exe" % process.pid).startswith("/memfd:payload"))
        row = _read(process.pid).row("processes", pid=process.pid)
    finally:
        process.kill()
        process.wait()
        os.close(descriptor)
    assert row["exe_memfd"] and row["exe_deleted"] and row["exe"] == "/memfd:payload (deleted)"
