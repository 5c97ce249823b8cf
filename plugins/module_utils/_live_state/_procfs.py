# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Reading /proc and /sys: small bounded reads that never raise for the host's condition, and calls that may hang."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import itertools
import os
import re
import stat
import threading

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import elapsed
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import O_CLOEXEC, entry_names, state_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._streams import read_all

_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | O_CLOEXEC
SMALL = 1 << 16
MANY = 1 << 22
_COPY = re.compile(br"\A/proc/self/fd/[0-9]+(?=/[0-9]+(?:/|\Z))")


def read(path, limit=SMALL):
    """(data, state) of a file of /proc or /sys; `state` is a state of an item, `data` is empty unless something came.

    What an attacker mounted there (a FIFO, a device) isn't read: only regular files are.
    """
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError as error:
        return b"", state_of(error)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return b"", _state.SKIPPED_TYPE
        data = read_all(descriptor, limit + 1)
    except OSError as error:
        return b"", state_of(error)
    finally:
        os.close(descriptor)
    return (data, _state.COLLECTED) if len(data) <= limit else (data[:limit], _state.TRUNCATED)


def text(path, limit=4096):
    """The first line's worth of a small file, white space at its ends removed; None when it can't be read."""
    data, state = read(path, limit)
    return data.strip() if state in (_state.COLLECTED, _state.TRUNCATED) else None


def link(path):
    """The target of a link, or None."""
    try:
        return os.readlink(path)
    except OSError:
        return None


def names(path):
    """Names in a folder through libc; none when it can't be listed."""
    try:
        return os.listdir(path)
    except OSError:
        return []


def numbers(path, limit=MANY):
    """(numbers, cut): names that are numbers (processes, threads, descriptors), in order, past libc.

    `cut` says that there were more than `limit` names. Raises `OSError` for a folder that can't be listed.
    """
    descriptor = os.open(path, _FLAGS | os.O_DIRECTORY)
    try:
        found = list(itertools.islice(entry_names(descriptor), limit + 1))
    finally:
        os.close(descriptor)
    return sorted(int(name) for name in found[:limit] if name.isdigit()), len(found) > limit


def plain(path):
    """A path below a copy of /proc (see `_uncovered`) as everybody would name it."""
    return _COPY.sub(b"/proc", path)


def bracketed(target):
    """The number in ``socket:[123]`` or ``net:[4026531840]``; None for anything else."""
    start = target.find(b":[") if target else -1
    if start < 0 or not target.endswith(b"]") or not target[start + 2:-1].isdigit():
        return None
    return int(target[start + 2:-1])


class Hung(Exception):
    """A call did not come back in time."""


class Patience:
    """Runs calls that a hostile or sick process can make wait for ever (memory on a dead file system, a held lock).

    Each call runs in a helper thread. One that makes no progress for `seconds`, or takes longer than `longest`, is left
    behind with its thread. When `total` seconds were waited in vain, every further call is refused at once.
    """

    def __init__(self, seconds=2.0, total=20.0, longest=30.0):
        self._seconds = seconds
        self._longest = longest
        self._left = total
        self._thread = None

    def call(self, function, *arguments):
        """What the function returns or raises; `Hung` when it takes too long."""
        return self.watch(lambda: None, function, *arguments)

    def watch(self, progress, function, *arguments):
        """The same for a function that may take its time as long as `progress()` gives something new."""
        if self._left <= 0:
            raise Hung("no patience left")
        if self._thread is None:
            self._thread = _Helper()
        job = self._thread.start(function, arguments)
        start, seen = elapsed(), None
        while not job.done.wait(self._seconds) and not job.done.is_set():
            now = progress()
            if now is None or now == seen or elapsed() - start > self._longest:
                self._left -= max(elapsed() - start, 0.1)
                self._thread = None
                raise Hung("no answer within %g seconds" % self._seconds)
            seen = now
        if job.error is not None:
            raise job.error
        return job.result


class _Job:
    def __init__(self, function, arguments):
        self.function, self.arguments = function, arguments
        self.result = self.error = None
        self.done = threading.Event()

    def run(self):
        try:
            self.result = self.function(*self.arguments)
        except Exception as error:  # handed to whoever waits
            self.error = error
        self.done.set()


class _Helper:
    def __init__(self):
        self._next = None
        self._wake = threading.Semaphore(0)
        thread = threading.Thread(target=self._work)
        thread.daemon = True
        thread.start()

    def start(self, function, arguments):
        self._next = _Job(function, arguments)
        self._wake.release()
        return self._next

    def _work(self):
        while True:
            self._wake.acquire()
            self._next.run()


__all__ = ("Hung", "Patience", "SMALL", "bracketed", "link", "names", "numbers", "plain", "read", "text")
