# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What the name of a log says: which log it is a rotation of, which one, of which days, and how it is packed.

Rotations as logrotate(8) makes them (numbers, dateext in all formats, hours, seconds since the epoch), and files that
cronolog, rotatelogs, Tomcat, PostgreSQL and others name after the day that is in them.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import calendar
import datetime
import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._web import _web_glob

_PACKED = re.compile(br"\.(gz|xz|bz2|zst|lzma|lz4|Z|zip)\Z", re.IGNORECASE)
_DATE = re.compile(
    br"(?<![0-9])(?P<year>19[89][0-9]|20[0-9]{2})(?P<mark>[-_.]?)(?P<month>0[1-9]|1[0-2])"
    br"(?:(?P=mark)(?P<day>[0-3][0-9])(?:[-_.T]?[0-2][0-9](?:[-_.:]?[0-5][0-9]){0,2})?)?(?![0-9])"
)
_SECONDS = re.compile(br"(?<![0-9])1[0-9]{9}(?![0-9])")
_NUMBER = re.compile(br"[-._]([0-9]{1,3})\Z")
_ROTATED = b"[!A-Za-z0-9]*"
_WILD = re.compile(br"[][*?\\]")
# The clock of a host is at most so far from UTC, in seconds.
_WEST, _EAST, _DAY = 12 * 3600, 14 * 3600, 86400


class LogName:
    """`base` is the name without what a rotation puts to it; `packed` is gz, xz, bz2, zst and the like, or None.

    `start` and `end` (seconds since the epoch, generous by the time zones that there are) are what a date in the name
    says, else None. Sorted by `order`, the oldest rotation comes first and the live log last.
    """

    __slots__ = ("base", "packed", "start", "end", "order")

    def __init__(self, name):
        packed = _PACKED.search(name)
        self.packed = packed.group(1).lower().decode("ascii") if packed else None
        rest = name[:packed.start()] if packed else name
        self.start = self.end = None
        rest = self._without_date(rest)
        number = _NUMBER.search(rest)
        self.base = rest[:number.start()] if number else rest
        is_live = number is None and self.start is None
        self.order = (is_live, self.start or 0, -int(number.group(1)) if number else 0)

    def _without_date(self, name):
        for match in _DATE.finditer(name):
            days = _days(match)
            if days is not None:
                self.start, self.end = days[0] - _EAST, days[1] + _WEST
                return _without(name, match)
        match = _SECONDS.search(name)
        if match is None:
            return name
        self.start = self.end = int(match.group())
        return _without(name, match)


def _days(match):
    """(begin, end) in UTC of the day or month that a match names; None for none that the calendar has."""
    year, month = int(match.group("year")), int(match.group("month"))
    try:
        first = datetime.date(year, month, int(match.group("day") or 1))
    except ValueError:
        return None
    length = 1 if match.group("day") else calendar.monthrange(year, month)[1]
    begin = calendar.timegm(first.timetuple())
    return begin, begin + length * _DAY


def _without(name, match):
    before = name[:match.start()]
    return (before[:-1] if before[-1:] in (b"-", b".", b"_") else before) + name[match.end():]


def rotations_of(pattern):
    """A function: whether a name (bytes) is that of a log or of a rotation of it; `pattern` is a name or a glob."""
    stem, dot, ending = pattern.rpartition(b".")
    forms = [pattern, pattern + _ROTATED]
    if dot and ending.isalpha():
        dated = stem + b"[-._][0-9]*" + dot + ending
        forms += [dated, dated + _ROTATED]
    forms = [_web_glob.compiled(form) for form in forms]
    begin = _WILD.split(stem if dot else pattern)[0]
    return lambda name: name.startswith(begin) and any(_web_glob.matches(name, form) for form in forms)


__all__ = ("LogName", "rotations_of")
