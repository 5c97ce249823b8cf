# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Running a program of the host: one list of arguments, a time limit, a cap, no shell, no terminal, no locale."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import os
import select
import signal
import subprocess
import sys
from collections import namedtuple

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import elapsed

# Not /usr/local: what was put there by hand is looked at, not run.
SEARCH_PATH = ("/usr/sbin", "/usr/bin", "/sbin", "/bin")
ENVIRONMENT = {
    "PATH": ":".join(SEARCH_PATH), "LC_ALL": "C", "LANG": "C", "TZ": "UTC", "TERM": "dumb", "HOME": "/nonexistent",
    "COLUMNS": "1000", "PAGER": "cat", "SYSTEMD_PAGER": "", "SYSTEMD_COLORS": "0", "SYSTEMD_LESS": "",
}
_QUIET = 0.5  # seconds to wait for more output once the program itself has ended

CommandResult = namedtuple("CommandResult", "state reason exit_code seconds stdout stderr")


def find_program(name):
    """The path of a program in the fixed search path, or None. A name with a slash is taken as it is."""
    candidates = [name] if "/" in name else [os.path.join(folder, name) for folder in SEARCH_PATH]
    for path in candidates:
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def not_run(state, reason):
    """The `CommandResult` of a program that was not started."""
    return CommandResult(state, reason, None, 0.0, b"", b"")


def run(argv, timeout, limit, take=None, environment=None, before=None):
    """Runs `argv` for at most `timeout` seconds, keeping at most `limit` bytes of each of its two outputs.

    With `take`, what it prints isn't kept: that function gets it, piece by piece, `limit` bytes or a little more.
    `environment` is added to `ENVIRONMENT`; `before` is called in the new process before the program begins.
    """
    program = find_program(argv[0])
    if program is None:
        return not_run(_state.ABSENT, "no program %s" % argv[0])
    start = elapsed()
    try:
        process = _start([program] + list(argv[1:]), dict(ENVIRONMENT, **(environment or {})), before)
    except OSError as error:
        return not_run(_state.FAILED, os.strerror(error.errno))
    outputs = _Outputs(process, limit, take)
    try:
        reason = outputs.read_until(start + timeout)
    finally:
        exit_code = _end(process)
        outputs.close()
    state = {None: _state.COLLECTED, "limit": _state.TRUNCATED, "time": _state.TIMED_OUT}[reason]
    why = {None: None, "limit": "more than %d bytes" % limit, "time": "no end after %g seconds" % timeout}[reason]
    return CommandResult(state, why, exit_code, elapsed() - start, outputs.stdout, outputs.stderr)


def _start(argv, environment, before):
    # Bytes: under LC_ALL=C neither Python 2 nor 3.6 can encode what isn't ASCII.
    argv = [word if isinstance(word, bytes) else word.encode("utf-8") for word in argv]

    def begin():
        # A session of its own: the whole group can be ended, and no program can ask the terminal for anything.
        os.setsid()
        if before is not None:
            before()

    is_simple = sys.version_info >= (3,) and before is None
    session = {"start_new_session": True} if is_simple else {"preexec_fn": begin}
    with open(os.devnull, "rb") as nothing:
        return subprocess.Popen(  # pylint: disable=ansible-bad-function
            argv, stdin=nothing, stdout=subprocess.PIPE, stderr=subprocess.PIPE, close_fds=True, cwd="/",
            env=environment, **session
        )


def _end(process):
    """Ends what is left of the program's group; its exit code, or None when even SIGKILL had no effect."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except OSError as error:
        if error.errno not in (errno.ESRCH, errno.EPERM):
            raise
    deadline = elapsed() + 2
    while process.poll() is None and elapsed() < deadline:
        select.select([], [], [], 0.02)
    return process.returncode


class _Outputs:
    def __init__(self, process, limit, take):
        self._process = process
        self._limit = limit
        self._receive = take
        self._out, self._err = process.stdout.fileno(), process.stderr.fileno()
        self._pieces = {self._out: [], self._err: []}
        self._sizes = dict.fromkeys(self._pieces, 0)
        self._open = set(self._pieces)

    @property
    def stdout(self):
        return self._joined(self._out)

    @property
    def stderr(self):
        return self._joined(self._err)

    def _joined(self, number):
        return b"".join(self._pieces[number])[:self._limit]

    def read_until(self, deadline):
        """Reads both outputs to their ends: None, or what ended it before, "limit" or "time"."""
        while self._open:
            left = deadline - elapsed()
            if left <= 0:
                return "time"
            ended = self._process.poll() is not None
            ready = select.select(list(self._open), [], [], min(left, _QUIET))[0]
            if ended and not ready:
                return None
            if not all(self._take(number) for number in ready):
                return "limit"
        return None if self._wait(deadline) else "time"

    def _take(self, number):
        data = os.read(number, 65536)
        if not data:
            self._open.discard(number)
        if number == self._out and self._receive is not None:
            self._receive(data)
        else:
            self._pieces[number].append(data)
        self._sizes[number] += len(data)
        return self._sizes[number] <= self._limit

    def _wait(self, deadline):
        """A program may close its outputs and go on."""
        while self._process.poll() is None:
            if elapsed() > deadline:
                return False
            select.select([], [], [], 0.01)
        return True

    def close(self):
        self._process.stdout.close()
        self._process.stderr.close()


__all__ = ("CommandResult", "find_program", "not_run", "run")
