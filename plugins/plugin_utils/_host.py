# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Talking to a host from an action plugin: lost hosts, bounded memory, one line for the operator."""

from __future__ import annotations

import contextlib
import resource
import signal
import typing as t

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.utils.display import Display

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._printable import printable

ANSWER_LIMIT = 1 << 30


class _Silent(BaseException):
    """No code that catches exceptions may go on waiting."""


def guarded(work: t.Callable[[], dict], extra: int = ANSWER_LIMIT) -> dict:
    """The result of `work` in bounded memory (`extra` bytes); a lost host or an error becomes a failed result that a rescue
    can act on.
    """
    try:
        with memory_limit(extra):
            return work()
    except AnsibleConnectionFailure as error:
        return {"failed": True, "lost": True, "msg": f"the host can't be reached: {printable(str(error), 500)}"}
    except MemoryError:
        return {"failed": True, "lost": False, "msg": "the host answered with more than the control node takes in"}
    except (AnsibleError, OSError) as error:
        return {"failed": True, "lost": False, "msg": printable(str(error), 1000)}


@contextlib.contextmanager
def memory_limit(extra: int = ANSWER_LIMIT) -> t.Iterator[None]:
    """Lets this worker grow by `extra` bytes at the most: an endless answer ends it and not the control node."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    set_before = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min([_address_space() + extra, *set_before]), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@contextlib.contextmanager
def answered_within(seconds: int) -> t.Iterator[None]:
    """Ends what waits for a host that keeps the connection and says nothing. Raises `AnsibleError`."""
    def end(_signal, _frame):
        raise _Silent

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(seconds)
    try:
        yield
    except _Silent:
        raise AnsibleError(f"the host took more than {seconds} s to answer: a program of it, or sudo, does not come to an end") from None
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _address_space() -> int:
    try:
        with open("/proc/self/statm", "rb") as stream:
            return int(stream.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 4 << 30


def say(host: str, text: str, limit: int = 400) -> None:
    """One line for the operator while the play runs."""
    Display().display(f"[{printable(host, 80)}] {printable(text, limit)}")
