# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The processes that walk, seen by their parent: whoever has nothing to do is given work by another one.

The walking is done in forked processes, also when there is only one: one that is killed takes nothing with it but its
last rows and what it hadn't walked yet. What they say to each other is described in `_walker`.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import collections
import errno
import gc
import os
import select
import signal
import socket

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state, _syscalls
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import elapsed
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._walker import MESSAGE_SIZE, Board, Walker

POLL_MILLISECONDS = 250
STOP_SECONDS = 10


class Worker(object):
    """A worker process as the parent sees it. `task`: the path it was sent to; None when it has nothing to do."""

    def __init__(self, index, spool):
        self.index = index
        self.spool = spool
        self.channel, self._inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.pid = None
        self.task = b""
        self.failure = None

    def start(self, board, root, plan, others):
        """Forks the process."""
        self.pid = os.fork()
        if self.pid:
            self._inside.close()
            return
        code = 1
        try:
            _syscalls.die_with_parent()
            gc.disable()
            for other in others:
                other.channel.close()
            self.channel.close()
            self._work(board, root, plan)
            code = 0
        finally:
            os._exit(code)

    def _work(self, board, root, plan):
        try:
            Walker(self._inside, board, self.index, self.spool, root, plan).serve()
        except Exception as error:  # whatever it is, the parent writes it down
            full = getattr(error, "errno", None) == errno.ENOSPC
            reason = "%s\0%s: %s" % (_state.SKIPPED_BUDGET if full else _state.FAILED, type(error).__name__, error)
            self._inside.send(b"failed\0" + reason.encode("ascii", "replace"))
            raise

    def send(self, kind, path, *names):
        """Gives the process something to do."""
        self.task = path
        try:
            self.channel.send(b"\0".join((kind, path) + names))
        except (OSError, IOError):  # it has died: the next look at the socket says so
            pass

    def reap(self):
        """How the process, which has closed its end of the socket, ended."""
        status = os.waitpid(self.pid, 0)[1]
        if os.WIFSIGNALED(status):
            return "signal %d" % os.WTERMSIG(status)
        return "exit code %d" % os.WEXITSTATUS(status) if status else None

    def keep(self, size):
        """Forgets the process; of its spool file stays what it wrote whole."""
        self.channel.close()
        self.channel = None
        descriptor = os.open(self.spool, os.O_WRONLY)
        os.ftruncate(descriptor, size)
        os.close(descriptor)


class Walkers(object):
    """The parent's side. `note`: function of path, state, reason. `check`: raises when the walk has to stop."""

    def __init__(self, spools, root, plan, note, check):
        self._root = root
        self._plan = plan
        self._note = note
        self._check = check
        self._board = Board(len(spools))
        self._workers = [Worker(index, spool) for index, spool in enumerate(spools)]
        self._tasks = collections.deque([b"start", path] for path in plan.starts)
        self._poll = select.poll()

    def run(self):
        """Walks everything. Afterwards the spool files hold whole gzip members, whatever became of their writers."""
        for worker in self._workers:
            worker.start(self._board, self._root, self._plan, self._workers[:worker.index])
            self._poll.register(worker.channel, select.POLLIN)
        try:
            while self._tasks and self._alive() or any(worker.task is not None for worker in self._alive()):
                self._serve()
                self._check()
        finally:
            self._end()

    def totals(self):
        """(names, folders, errors) in the spool files."""
        progress = [self._board.progress(worker.index)[1:] for worker in self._workers]
        return tuple(sum(column) for column in zip(*progress))

    def _alive(self):
        return [worker for worker in self._workers if worker.channel is not None]

    def _serve(self):
        ready = set(descriptor for descriptor, _event in self._poll.poll(POLL_MILLISECONDS))
        for worker in self._alive():
            if worker.channel.fileno() in ready:
                self._hear(worker)
        idle = [worker for worker in self._alive() if worker.task is None]
        if self._board.stop:
            for worker in idle:
                worker.send(b"end", b"")
            return
        while idle and self._tasks:
            idle.pop().send(*self._tasks.popleft())
        self._board.hungry = bool(idle)

    def _hear(self, worker):
        try:
            message = worker.channel.recv(MESSAGE_SIZE)
        except (OSError, IOError):
            message = b""
        fields = message.split(b"\0")
        if not message:
            self._poll.unregister(worker.channel)
            self._lose(worker, worker.reap())
        elif fields[0] == b"idle":
            worker.task = None
        elif fields[0] == b"share":
            self._tasks.append([b"resume"] + fields[1:])
        elif fields[0] == b"note":
            self._note(fields[1] or b"/", fields[2].decode("ascii"), fields[3].decode("ascii"))
        elif fields[0] == b"failed":
            worker.failure = fields[1].decode("ascii"), fields[2].decode("ascii")

    def _lose(self, worker, how):
        worker.keep(self._board.progress(worker.index)[0])
        if how is not None:
            state, reason = worker.failure or (_state.FAILED, how)
            self._note(worker.task or b"/", state, "rows are missing from here on: a walking process ended: " + reason)

    def _end(self):
        """Lets the workers write down what they have, and kills the one that doesn't."""
        self._board.stop = True
        self._wait(STOP_SECONDS)
        for worker in self._alive():
            os.kill(worker.pid, signal.SIGKILL)
        self._wait(STOP_SECONDS / 5)
        for worker in self._alive():
            self._lose(worker, "blocked in the kernel")
        for task in self._tasks:
            self._note(task[1] or b"/", _state.TIMED_OUT, "stopped: %d folders in it were not visited" % len(task[2:]))

    def _wait(self, seconds):
        deadline = elapsed() + seconds
        while self._alive() and elapsed() < deadline:
            self._serve()


__all__ = ("Walkers",)
