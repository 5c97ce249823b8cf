# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import subprocess
import threading
import time

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _hidden_processes, _sweep
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._mounts import parse_mountinfo
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._uncovered import CleanProc, covers
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.live_state_helpers import (
    READDIR,
    Running,
    Workbench,
    find,
    needs_root,
    preload,
    python,
    wait_until,
)

PROGRAM = """
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _live_state
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.live_state_helpers import OPTIONS, Workbench
with Workbench() as bench:
    _live_state.collect(bench.collection, OPTIONS)
    brought = bench.finish()
print(json.dumps([brought.rows("cross_views"), brought.rows("checks"), brought.rows("processes", pid=%d)]))
"""


def _collected(*pids):
    with Workbench() as bench:
        clean = CleanProc()
        hidden = _hidden_processes.collect(bench.collection, bench.processes(*pids), clean, 5)
        clean.close()
        return bench.finish(), hidden


def _results(brought):
    return dict((row["compared"], row["result"]) for row in brought.tables["checks"])


@needs_root
def test_nothing_is_hidden_here():
    """Also with threads, whose numbers answer but aren't listed, and while processes come and go."""
    stop = threading.Event()
    churn = threading.Thread(target=_churn, args=(stop,))
    churn.start()
    try:
        brought, hidden = _collected(os.getpid())
    finally:
        stop.set()
        churn.join()
    assert not hidden and not brought.rows("cross_views"), brought.rows("cross_views")
    assert set(_results(brought).values()) <= set(("agreed", "not_possible"))


def _churn(stop):
    while not stop.is_set():
        subprocess.call([find("true")])


@needs_root
def test_a_process_that_libc_does_not_show(tmpdir):
    library = preload(str(tmpdir), READDIR)
    with Running([find("sleep"), "1e3"]) as running:
        environment = dict(os.environ, LD_PRELOAD=library, HIDE=str(running.pid))
        differences, checks, rows = python(PROGRAM % running.pid, env=environment)
    mine = [row for row in differences if row.get("pid") == running.pid]
    assert [row["view_b"] for row in mine if row["check"] == "D1"][:1] == ["getdents64(/proc)"]
    assert "asked for by number" in [row["view_b"] for row in mine]
    swept = [row for row in mine if row["view_b"] == "asked for by number"][0]
    assert swept["says_b"] == "there (getpgid, kill, path, sched_getscheduler)" and find("sleep") in swept["detail"]
    others = [row for row in differences if row["check"] == "D1" and row["subject"] not in (running.pid, "/proc")]
    assert not others and rows[0]["cmdline"] == [find("sleep"), "1e3"]
    assert set(row["check"] for row in checks) == set(("D1", "D2", "D3", "D6", "D7", "D12"))


def _can_mount():
    return not subprocess.call(
        [find("unshare"), "-m", "--propagation", "private", find("mount"), "--bind", "/tmp", "/tmp"],
        stderr=subprocess.PIPE,
    )


@needs_root
def test_a_process_under_a_mount_here():
    if not _can_mount():
        pytest.skip("no mount namespaces here")
    with Running([find("sleep"), "1e3"]) as running:
        # The mount is made in a mount namespace of its own, which ends with the program.
        shell = 'mount --bind /proc/%d /proc/%d && exec "$@"' % (os.getpid(), running.pid)
        before = [find("unshare"), "-m", "--propagation", "private", find("sh"), "-c", shell, "sh"]
        differences, checks, rows = python(PROGRAM % running.pid, before)
    covered = [row for row in differences if row["check"] == "D2" and row["pid"] == running.pid]
    assert ["/proc/%d" % running.pid in row["says_a"] for row in covered] == [True]
    wrong = [row for row in differences if row["view_b"] == "/proc/%d/status" % running.pid]
    assert [row["says_b"] for row in wrong] == ["Pid %d" % os.getpid()]
    if "not readable" in covered[0]["says_b"]:
        pytest.skip("this kernel has no open_tree")
    assert find("sleep") in covered[0]["says_b"]
    row, = rows
    assert (row["seen_by"], row["cmdline"], row["comm"]) == ("readdir beneath a mount", [find("sleep"), "1e3"], "sleep")


@needs_root
def test_a_process_under_a_mount_elsewhere():
    if not _can_mount():
        pytest.skip("no mount namespaces here")
    with Running([find("sleep"), "1e3"]) as running:
        shell = "mount -t tmpfs none /proc/%d && exec %s 1e4" % (running.pid, find("sleep"))
        argv = [find("unshare"), "-m", "--propagation", "private", find("sh"), "-c", shell]
        other = subprocess.Popen(argv)
        try:
            wait_until(lambda: os.readlink("/proc/%d/exe" % other.pid) == os.path.realpath(find("sleep")))
            brought, _hidden = _collected(os.getpid(), other.pid)
        finally:
            other.kill()
            other.wait()
    row = brought.row("cross_views", check="D2")
    assert (row["pid"], row["view_a"]) == (running.pid, "mountinfo of process %d" % other.pid)
    assert row["says_a"].startswith("tmpfs") and find("sleep") in row["says_b"]


def test_mounts_over_processes():
    lines = (
        b"22 27 0:21 / /proc rw - proc proc rw\n30 22 0:5 / /proc/12 rw - tmpfs none rw\n31 22 0:21 /1 /proc/13/fd rw - proc proc rw\n"
        b"32 22 0:5 / /proc/sys/fs/binfmt_misc rw - binfmt_misc none rw\n33 27 0:5 / /proc2/14 rw - tmpfs none rw\n"
        b"34 27 0:22 / /jail/proc rw - proc proc rw\n35 34 0:5 / /jail/proc/7 rw - tmpfs none rw\n"
        b"36 22 0:5 / /proc/1a rw - tmpfs none rw\n"
    )
    assert [pid for pid, _mount in covers(parse_mountinfo(lines))] == [12, 13, 7]


def test_sweep_finds_processes_and_threads():
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        swept = _sweep.sweep(5)
        tids = set(int(name) for name in os.listdir("/proc/self/task"))
    finally:
        stop.set()
        thread.join()
    assert len(tids) > 1 and tids <= swept.answered and os.getppid() in swept.answered
    assert swept.covered.startswith("getpgid 1-")


def test_sweep_keeps_its_time():
    start = time.time()
    swept = _sweep.sweep(0)
    assert time.time() - start < 1 and "time was up" in swept.covered or _sweep.likely_limit()[0] <= _sweep.SLICE


def test_numbers_that_are_not_there():
    process = subprocess.Popen([find("true")])
    process.wait()
    assert _sweep.answers(process.pid) == []
    assert _sweep.answers(os.getpid()) == ["getpgid", "kill", "path", "sched_getscheduler"]


@needs_root
def test_ps_is_compared():
    find("ps")
    with Workbench() as bench:
        _hidden_processes.compare_with_ps(bench.collection)
        brought = bench.finish()
    assert brought.row("checks")["result"] == "agreed"


@needs_root
def test_a_process_under_a_mount_in_a_container():
    """The number in the mount table is the container's; the row names the process by ours."""
    if not _can_mount() or not os.path.exists("/proc/self/task/%d/children" % os.getpid()):
        pytest.skip("no mount namespaces here, or no lists of children")
    shell = "%s 1e3 & mount -t tmpfs none /proc/$! && exec %s 1e4" % (find("sleep"), find("sleep"))
    container = subprocess.Popen([find("unshare"), "-p", "-f", "-m", "--mount-proc", find("sh"), "-c", shell])
    try:
        # The shell becomes the second sleep once the mount is made.
        wait_until(lambda: _programs(container.pid)[1:] == [os.path.realpath(find("sleep"))] * 2)
        _outer, first, hidden = _family(container.pid)
        brought, _hidden = _collected(os.getpid(), first, hidden)
    finally:
        for pid in reversed(_family(container.pid)):
            os.kill(pid, 9)
        container.wait()
    row = brought.row("cross_views", check="D2")
    assert row["pid"] == hidden and "%s 1e3" % find("sleep") in row["says_b"]
    assert row["says_a"].startswith("tmpfs of / over /proc/") and not row["says_a"].endswith("/%d" % hidden)


def _family(pid):
    """A process, its child, that one's child, and so on."""
    found = [pid]
    with open("/proc/%d/task/%d/children" % (pid, pid)) as stream:
        for child in stream.read().split():
            found += _family(int(child))
    return found


def _programs(pid):
    try:
        return [os.readlink("/proc/%d/exe" % member) for member in _family(pid)]
    except EnvironmentError:
        return []  # One ended meanwhile.
