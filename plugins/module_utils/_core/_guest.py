# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Manners on somebody else's server: last in every queue, first to die, never there for ever."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import threading
import time

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _syscalls

EXIT_OVERTIME = 70


def be_modest():
    """Lowest CPU priority, idle I/O, and the kernel's first choice when memory runs out."""
    os.nice(19)
    try:
        _syscalls.io_priority_idle()
    except OSError:
        pass
    try:
        with open("/proc/self/oom_score_adj", "w") as stream:
            stream.write("1000")
    except (IOError, OSError):
        pass


def end_after(seconds):
    """Ends this process, whatever it is blocked in, when `seconds` have passed."""
    def wait():
        time.sleep(seconds)
        os._exit(EXIT_OVERTIME)

    guard = threading.Thread(target=wait)
    guard.daemon = True
    guard.start()


__all__ = ("be_modest", "end_after")
