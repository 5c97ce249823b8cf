# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The window of the logs on every day of the calendar, and what names of rotations say."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import calendar
import datetime

import pytest

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import iso
from ansible_collections.csirt.linux_triage.plugins.module_utils._services._log_names import LogName, rotations_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._services._log_window import (
    Window, seconds_of, year_before,
)


def _at(text):
    return seconds_of(text + ("Z" if "T" in text else "T00:00:00Z"))


@pytest.mark.parametrize("now, since", [
    ("2026-11-08T10:00:00", "2025-11-08T10:00:00"), ("2026-11-09T10:00:00", "2025-11-09T10:00:00"),
    ("2026-08-08T00:00:00", "2025-08-08T00:00:00"), ("2026-09-09T23:59:59", "2025-09-09T23:59:59"),
    ("2026-06-30T12:00:00", "2025-06-30T12:00:00"), ("2026-07-31T12:00:00", "2025-07-31T12:00:00"),
    ("2026-12-31T23:59:59", "2025-12-31T23:59:59"), ("2026-01-01T00:00:00", "2025-01-01T00:00:00"),
    ("2024-02-29T12:00:00", "2023-02-28T12:00:00"), ("2025-02-28T12:00:00", "2024-02-28T12:00:00"),
    ("2026-03-29T02:30:00", "2025-03-29T02:30:00"), ("2026-10-25T01:30:00", "2025-10-25T01:30:00"),
])
def test_a_year_before(now, since):
    assert iso(year_before(_at(now))) == since + "Z"


def test_every_day_has_a_year_before():
    day = datetime.date(2023, 1, 1)
    while day.year < 2029:
        moment = calendar.timegm(day.timetuple()) + 3600
        before = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=year_before(moment))
        assert (before.year, before.month) == (day.year - 1, day.month)
        assert before.day == (28 if (day.month, day.day) == (2, 29) else day.day)
        day += datetime.timedelta(days=1)


@pytest.mark.parametrize("text", [
    "", "yesterday", "2026-11-25", "2026-11-25 00:00:00", "2026-13-01T00:00:00Z", "2025-02-29T00:00:00Z",
    "2026-11-25T24:00:00Z", "2026-11-25T00:00:00+01:00",
])
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(ValueError):
        seconds_of(text)


@pytest.mark.parametrize("name, base, packed, day", [
    (b"access.log", b"access.log", None, None), (b"access.log.1", b"access.log", None, None),
    (b"access.log.52.gz", b"access.log", "gz", None), (b"access.log-20260308", b"access.log", None, "2026-03-08"),
    (b"access.log-20260309.xz", b"access.log", "xz", "2026-03-09"),
    (b"access-20240229.log.zst", b"access.log", "zst", "2024-02-29"),
    (b"messages-20261231.bz2", b"messages", "bz2", "2026-12-31"), (b"secure-2026-08-09", b"secure", None, "2026-08-09"),
    (b"localhost_access_log.2026-11-25.txt", b"localhost_access_log.txt", None, "2026-11-25"),
    (b"postgresql-2026-11-25_120000.log", b"postgresql.log", None, "2026-11-25"),
    (b"x.log-2026112507", b"x.log", None, "2026-11-25"), (b"x.log-20260308.1.gz", b"x.log", "gz", "2026-03-08"),
    (b"x.log-20260230", b"x.log-20260230", None, None), (b"x.log-20251301", b"x.log-20251301", None, None),
    (b"postgresql-15-main.log", b"postgresql-15-main.log", None, None),
    (b"mysql-bin.000001", b"mysql-bin.000001", None, None),
])
def test_what_a_name_says(name, base, packed, day):
    found = LogName(name)
    assert (found.base, found.packed) == (base, packed)
    assert (found.start is None) == (day is None)
    if day:  # of any time zone
        assert (found.start, found.end) == (_at(day) - 14 * 3600, _at(day) + 36 * 3600)


def test_a_month_and_seconds_in_a_name():
    month = LogName(b"access.2024-02.log")
    assert (iso(month.start), iso(month.end)) == ("2024-01-31T10:00:00Z", "2024-03-01T12:00:00Z")
    seconds = LogName(b"access_log.1764000000")
    assert (seconds.base, seconds.start, seconds.end) == (b"access_log", 1764000000, 1764000000)


def test_rotations_are_found_and_nothing_else():
    is_log = rotations_of(b"access.log")
    yes = [
        b"access.log", b"access.log.1", b"access.log.2.gz", b"access.log-20260308", b"access.log-20260308.xz",
        b"access-20260308.log", b"access-20260308.log.zst", b"access.2026-03-08.log.bz2", b"access.log.old", b"access.log~",
        b"access.log-2026-03-08-1772928000.gz",
    ]
    assert [name for name in yes if not is_log(name)] == []
    assert [name for name in (b"access", b"access.logs", b"xaccess.log", b"access-ssl.log", b"log") if is_log(name)] == []
    assert rotations_of(b"*_log")(b"ssl_error_log-20260308")
    assert rotations_of(b"messages")(b"messages-20260308.xz")


class _Log:
    def __init__(self, name, mtime):
        self.name = LogName(name)
        self.shown = name.decode("ascii")
        self.mtime = _at(mtime)
        self.reason = None


def _taken(window, logs):
    found = [_Log(name, mtime) for name, mtime in logs]
    window.choose(found)
    return [log.shown for log in found if log.reason is None]


# (since, until, logs, names that are taken)
CASES = (
    # What was last written before the window is left, what straddles its beginning is taken.
    ("2026-03-08", None, ((b"a.log", "2026-03-09"), (b"a.log.1", "2026-03-08"), (b"a.log.2", "2026-03-07T23:59:59")),
     ["a.log", "a.log.1"]),
    ("2026-03-09", None, ((b"a.log", "2026-03-09"), (b"a.log.1", "2026-03-08")), ["a.log"]),
    ("2024-02-29", None, ((b"a.log-20240229", "2024-02-29"), (b"a.log-20240225", "2024-02-25")), ["a.log-20240229"]),
    ("2026-07-31", None, ((b"a", "2026-07-31"), (b"a.1", "2026-07-30")), ["a"]),
    # What was begun before the end of the window is taken, whenever it was last written.
    ("2026-01-01", "2026-03-01", ((b"a.log", "2026-03-20"), (b"a.log.1", "2026-02-28T23:59:59")), ["a.log", "a.log.1"]),
    ("2026-01-01", "2026-03-01", ((b"a.log", "2026-03-20"), (b"a.log.1", "2026-03-10"), (b"a.log.2", "2026-02-20")),
     ["a.log.1", "a.log.2"]),
    ("2026-01-01", "2026-03-01", ((b"a.log", "2026-11-25"),), ["a.log"]),
    # A date in the name counts where the time of change was lost, in any time zone.
    ("2026-03-08", None, ((b"a.log-20260309.gz", "2001-01-01"),), ["a.log-20260309.gz"]),
    ("2026-03-08", None, ((b"a.log-20260307.gz", "2001-01-01"),), ["a.log-20260307.gz"]),
    ("2026-03-08", None, ((b"a.log-20260306.gz", "2001-01-01"),), []),
    ("2026-03-08", None, ((b"a.2026-03.log", "2001-01-01"), (b"a.2026-02.log", "2001-01-01")), ["a.2026-03.log"]),
    # An old date among newer ones is not believed; neither is a new one.
    ("2026-03-01", None, ((b"a.log", "2026-03-20"), (b"a.log.1", "2001-01-01"), (b"a.log.2", "2026-03-05")),
     ["a.log", "a.log.1", "a.log.2"]),
    ("2026-01-01", "2026-03-01", ((b"a.log", "2026-02-20"), (b"a.log.1", "2026-05-01"), (b"a.log.2", "2026-02-01")),
     ["a.log", "a.log.1", "a.log.2"]),
    ("2026-01-01", "2026-03-01", ((b"a.log.1", "2026-02-20"), (b"a.log.2", "2026-05-01")), ["a.log.1", "a.log.2"]),
)


@pytest.mark.parametrize("since, until, logs, taken", CASES)
def test_which_logs_are_taken(since, until, logs, taken):
    window = Window(_at(since), _at(until) if until else None)
    assert _taken(window, logs) == taken
    assert sorted(_taken(window, logs[::-1])) == sorted(taken)
