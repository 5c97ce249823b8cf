# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The dates that a user writes for the window of the logs, as moments in UTC, by the calendar of their time zone."""

from __future__ import annotations

import datetime
import re
import typing as t
import zoneinfo

FORMS = (
    "Write a day (2026-03-29), or a day and a time (2026-03-29 14:30 or 2026-03-29T14:30:00), and behind it, if it is not "
    "UTC, the time zone: +02:00 or Europe/Berlin."
)
_DATE = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})(?:[T ](?P<time>\d{2}:\d{2}(?::\d{2})?))?"
    r"(?:\s*(?P<utc>Z|UTC)|\s*(?P<offset>[+-]\d{2}:?\d{2})|\s+(?P<zone>[A-Za-z][A-Za-z0-9_+/-]*))?\Z"
)


class WindowError(ValueError):
    """What is wrong with a date, and what to write."""


def window(since: t.Any, until: t.Any) -> dict[str, str]:
    """``since`` and ``until`` as text in UTC; empty where nothing is said.

    A day as the end is that whole day. Of a local time that the clock shows twice, or not at all, the wider window is
    taken. Raises `WindowError`.
    """
    begin = _moment("triage_since", since, is_end=False)
    end = _moment("triage_until", until, is_end=True)
    if begin is not None and end is not None and end <= begin:
        raise WindowError(f"triage_until ({until}) is not after triage_since ({since}): no log could be collected.")
    return {"since": _text(begin), "until": _text(end)}


def _text(moment: datetime.datetime | None) -> str:
    return moment.replace(tzinfo=None).isoformat() + "Z" if moment else ""


def _moment(name: str, value: t.Any, is_end: bool) -> datetime.datetime | None:
    text = str("" if value is None else value).strip()
    if not text:
        return None
    match = _DATE.match(text)
    if not match:
        raise WindowError(f"{name}: {text!r} is no date. {FORMS}")
    try:
        day = datetime.datetime.fromisoformat(match["day"])
        if match["time"]:
            moment = datetime.datetime.fromisoformat(f"{match['day']}T{match['time']}")
        else:
            moment = day + datetime.timedelta(days=1) if is_end else day
    except (ValueError, OverflowError) as error:
        raise WindowError(f"{name}: {text!r}: {error}. {FORMS}") from error
    return _in_utc(name, moment, match, is_end)


def _in_utc(name: str, moment: datetime.datetime, match: re.Match, is_end: bool) -> datetime.datetime:
    try:
        found = [moment.replace(tzinfo=_zone(match), fold=fold).astimezone(datetime.timezone.utc) for fold in (0, 1)]
    except (ValueError, OverflowError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise WindowError(f"{name}: {match.group()!r}: {error}. {FORMS}") from error
    return max(found) if is_end else min(found)


def _zone(match: re.Match) -> datetime.tzinfo:
    if match["offset"]:
        sign = -1 if match["offset"][0] == "-" else 1
        hours, minutes = int(match["offset"][1:3]), int(match["offset"][-2:])
        return datetime.timezone(sign * datetime.timedelta(hours=hours, minutes=minutes))
    return zoneinfo.ZoneInfo(match["zone"]) if match["zone"] else datetime.timezone.utc
