# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The time that logs are wanted of, and whether a log has anything of it: by when it was written, and by its name."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import calendar
import datetime
import re

_MOMENT = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z\Z")
_EPOCH = datetime.datetime(1970, 1, 1)


def seconds_of(text):
    """Seconds since the epoch of ``2026-11-25T08:00:00Z``; `ValueError` for anything else."""
    match = _MOMENT.match(text)
    if not match:
        raise ValueError("%r is no time like 2026-11-25T08:00:00Z" % text)
    return _seconds(datetime.datetime(*[int(number) for number in match.groups()]))


def _seconds(moment):
    return calendar.timegm(moment.timetuple())


def year_before(seconds):
    """The same day and time of the year before, in UTC; of 29 February the 28th."""
    moment = _EPOCH + datetime.timedelta(seconds=int(seconds))
    day = 28 if (moment.month, moment.day) == (2, 29) else moment.day
    return _seconds(moment.replace(year=moment.year - 1, day=day))


class Window:
    """From `since` on and before `until`, seconds since the epoch; `until` None: there is no end."""

    def __init__(self, since, until=None):
        self.since = since
        self.until = until

    @classmethod
    def of(cls, since, until, now):
        """The window of two texts; without the first it begins a year before `now` (seconds since the epoch)."""
        return cls(seconds_of(since) if since else year_before(now), seconds_of(until) if until else None)

    def choose(self, logs):
        """Puts ``reason`` to each log out of the window; `logs` are the live and the rotated ones of one log.

        Logs have ``mtime`` (seconds) and ``name`` (`LogName`). A log has nothing from before the last word of the log
        that was rotated before it, and nothing after its own last word. When two of them contradict the order of
        their names, the one that keeps more counts: what was touched with an old date is taken with those around it.
        """
        latest = before = None
        for log in sorted(logs, key=lambda log: log.name.order):
            end = log.mtime if log.name.end is None else max(log.mtime, log.name.end)
            latest = end if latest is None else max(latest, end)
            if latest < self.since:
                log.reason = "last written before the window"
            elif self.until is not None and before is not None and self.until <= before <= log.mtime:
                log.reason = "begun after the window"
            before = log.mtime


__all__ = ("Window", "seconds_of", "year_before")
