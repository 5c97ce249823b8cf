# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Forked processes that share the jobs of one queue, so that both processors work and one that dies takes little with it.

A job is a pair of numbers whose meaning the workers know. Jobs go to the workers through one pipe, from which each takes
the next (16 bytes, which the kernel hands out whole), and come back through another when they are done.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import collections
import errno
import fcntl
import gc
import os
import select
import signal
import struct

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _syscalls
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import elapsed

JOB = struct.Struct("=QQ")
POLL_SECONDS = 0.25
STOP_SECONDS = 10
KILL_SECONDS = 2
MAX_WORKERS = 2


def processors():
    """How many workers are worth it: one for each processor, at most two."""
    try:
        return max(1, min(MAX_WORKERS, os.sysconf("SC_NPROCESSORS_ONLN")))
    except (ValueError, OSError):
        return 1


class Crew(object):
    """`make(index)` makes a worker in its own process: an object with ``do(start, end)``, ``stop()`` and ``close()``.

    ``stop`` is called as a signal handler and lets ``do`` return early, with false. `done`: the jobs that came back.
    `failures`: how workers ended that didn't end well.
    """

    def __init__(self, count, make):
        self.done = set()
        self.failures = []
        self._waiting = collections.deque()
        taken, self._given = os.pipe()
        self._back, told = os.pipe()
        self._pids = [self._fork(lambda index=index: make(index), taken, told) for index in range(count)]
        os.close(taken)
        os.close(told)
        fcntl.fcntl(self._given, fcntl.F_SETFL, os.O_NONBLOCK)

    def give(self, start, end):
        """Puts a job at the end of the queue."""
        self._waiting.append((start, end))
        self._hand_out()

    def finish(self, check):
        """Waits until all jobs are done; `check` is called now and then and raises when it has to stop."""
        try:
            while self._works():
                check()
                if not self._waiting:
                    self._end_of_jobs()
        finally:
            self.stop()

    def stop(self):
        """Ends what still works: it writes down what it has, or is killed."""
        if self._back is None:
            return
        self._waiting.clear()
        self._end_of_jobs()
        self._signal(signal.SIGTERM)
        deadline = elapsed() + STOP_SECONDS
        while self._works() and elapsed() < deadline:
            pass
        os.close(self._back)
        self._back = None
        self._signal(signal.SIGKILL)
        self.failures += [how for how in (_reaped(pid) for pid in self._pids) if how is not None]

    def _works(self):
        """Waits a moment for what comes back; whether there is a worker that has not ended."""
        self._hand_out()
        if not select.select([self._back], [], [], POLL_SECONDS)[0]:
            return True
        data = os.read(self._back, JOB.size * 64)
        self.done.update(JOB.unpack_from(data, position) for position in range(0, len(data), JOB.size))
        return bool(data)

    def _hand_out(self):
        try:
            while self._waiting:
                os.write(self._given, JOB.pack(*self._waiting[0]))
                self._waiting.popleft()
        except OSError as error:
            if error.errno != errno.EAGAIN:  # all have died: what `_works` will see
                self._waiting.clear()

    def _end_of_jobs(self):
        if self._given is not None:
            os.close(self._given)
            self._given = None

    def _signal(self, number):
        for pid in self._pids:
            os.kill(pid, number)

    def _fork(self, make, taken, told):
        pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            _syscalls.die_with_parent()
            gc.disable()
            os.close(self._given)
            os.close(self._back)
            _work(make(), taken, told)
            code = 0
        finally:
            os._exit(code)


def _work(worker, taken, told):
    signal.signal(signal.SIGTERM, lambda *_unused: worker.stop())
    try:
        for job in iter(lambda: _read(taken), b""):
            if not worker.do(*JOB.unpack(job)):
                break
            os.write(told, job)
    finally:
        worker.close()


def _read(descriptor):
    """The next job; Python 2 doesn't go on by itself after a signal."""
    while True:
        try:
            return os.read(descriptor, JOB.size)
        except OSError as error:
            if error.errno != errno.EINTR:
                raise


def _reaped(pid):
    """How a process ended that was told to; None when it ended well."""
    deadline = elapsed() + KILL_SECONDS
    while elapsed() < deadline:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            if os.WIFSIGNALED(status):
                return "signal %d" % os.WTERMSIG(status)
            return "exit code %d" % os.WEXITSTATUS(status) if status else None
        select.select([], [], [], 0.02)
    return "blocked in the kernel"


__all__ = ("Crew", "processors")
