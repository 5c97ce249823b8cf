# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Time: a clock that nobody sets, and ISO-8601 text in UTC."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import time


def elapsed():
    """Seconds since some fixed point; times(2), not moved by setting the clock (Python 2.7 has no monotonic)."""
    return os.times()[4]


def iso(seconds, nanoseconds=0):
    """``2026-11-23T04:51:33.123456789Z`` for seconds since the epoch; the fraction only when `nanoseconds` is not 0.

    None for what no calendar date can say (a year beyond 9999 or before 1).
    """
    try:
        moment = time.gmtime(seconds)
    except (ValueError, OverflowError, OSError):
        return None
    if not 1 <= moment.tm_year <= 9999:
        return None
    text = "%04d-%02d-%02dT%02d:%02d:%02d" % moment[:6]
    return text + (".%09dZ" % nanoseconds if nanoseconds else "Z")


def nanoseconds(status, field):
    """A time of a stat result (`field` is ``mtime``, ``atime`` or ``ctime``) in nanoseconds; Python 2.7 has microseconds."""
    exact = getattr(status, "st_%s_ns" % field, None)
    return int(getattr(status, "st_" + field) * 1000000) * 1000 if exact is None else exact


def iso_ns(value):
    """`iso` for nanoseconds since the epoch."""
    seconds, rest = divmod(value, 10 ** 9)
    return iso(seconds, rest)


__all__ = ("elapsed", "iso", "iso_ns", "nanoseconds")
