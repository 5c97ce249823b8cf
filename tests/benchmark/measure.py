# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the benchmarks share: time and memory of a process with its children, and ratios of pairs."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import resource
import subprocess
import time


def timed(command, output):
    """(wall seconds, CPU seconds) of a process and its children, its output in the file `output`."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
    with open(output, "wb") as stream:
        subprocess.check_call(command, stdout=stream)
    wall, after = time.time() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def median(values):
    """The middle of some values."""
    return sorted(values)[len(values) // 2]


def print_ratios(name, unit, theirs, ours):
    """One line: their median, and ours as a ratio to theirs, pair by pair."""
    ratios = sorted(our / their for our, their in zip(ours, theirs))
    print("%-10s %8.2f %s, ours / theirs: median %.2f (%s)" % (
        name, median(theirs), unit, median(ratios), " ".join("%.2f" % ratio for ratio in ratios)
    ))
