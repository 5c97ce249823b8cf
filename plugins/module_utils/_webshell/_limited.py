# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""An end to work on one file, whatever it is busy with: matching a pattern as well."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import contextlib
import signal


class OverTime(Exception):
    """The time for one file is used up."""


@contextlib.contextmanager
def limited(seconds):
    """Raises `OverTime` inside after so many seconds of this process's own CPU time; in the main thread only.

    The matcher of regular expressions looks for signals while it works, so a pattern that never ends does end.
    """
    def stop(_number, _frame):
        raise OverTime()

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


__all__ = ("OverTime", "limited")
