# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Times as logs write them, in the host's zone and often without a year, as microseconds since the epoch.

A log's last line is not younger than the file's modification time (a day is allowed for clocks that were set). So the
last line has the youngest year for which that holds, and each line before it the same year, or one less for every time
that the dates fall back by more than a month between them.
"""

from __future__ import annotations

import datetime
import json
import re
import zoneinfo
from typing import NamedTuple

UTC = datetime.timezone.utc
# Has a 29 February.
NO_YEAR = 2000
# Not by strptime, whose names of months are those of the operator's language.
MONTHS = {
    month: number for number, month in enumerate(
        (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"), 1)
}
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = datetime.timedelta(microseconds=1)
_DAY = datetime.timedelta(days=1)
_NEW_YEAR = datetime.timedelta(days=31)
_ZONE = re.compile(r"(?:.*/zoneinfo/)?((?:posix/|right/)?[A-Za-z0-9_+-]{1,40}(?:/[A-Za-z0-9_+-]{1,40}){0,2})")
_MOST_OFFSET = 18 * 3600
_MOST_YEARS = 100


class Zone(NamedTuple):
    """A host's time zone: `name` says where it is from."""

    info: datetime.tzinfo
    name: str


def zone_of(identity: bytes) -> Zone:
    """The zone in ``live/identity.json``: by its name where this machine knows it, else as the offset of that moment."""
    try:
        facts = json.loads(identity)
        machine, clocks = facts["machine"], facts["clocks"]
        for name in (machine.get("localtime"), machine.get("timezone")):
            if (info := _known(name)) is not None:
                return Zone(info, info.key)
        offset = clocks["utc_offset_seconds"]
        if isinstance(offset, int) and abs(offset) <= _MOST_OFFSET:
            return Zone(datetime.timezone(datetime.timedelta(seconds=offset)), "offset %+d s" % offset)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        pass
    return Zone(UTC, "not known, taken as UTC")


def _known(name: object) -> zoneinfo.ZoneInfo | None:
    match = _ZONE.fullmatch(name) if isinstance(name, str) else None
    try:
        return zoneinfo.ZoneInfo(match[1]) if match else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


class Stamp(NamedTuple):
    """A time of a log, the host's local time when it has no zone. With `turns` its year is `NO_YEAR`, so often the dates
    had fallen back in the file until then.
    """

    time: datetime.datetime
    turns: int | None = None


def local(date: bytes, time: bytes) -> Stamp | None:
    """The stamp for ``2026-11-25`` and ``07:58:48`` or ``07:58:48.123``; None for what is no date."""
    text = "%s %s" % (date.decode("ascii"), time.decode("ascii"))
    try:
        return Stamp(datetime.datetime.fromisoformat(text.ljust(26, "0") if "." in text else text))
    except ValueError:
        return None


def zoned(date: bytes, time: bytes, zone: bytes) -> Stamp | None:
    """As `local`, with ``Z``, ``+00:00`` or ``+0000``."""
    stamp = local(date, time)
    if stamp is None or zone == b"Z":
        return stamp and Stamp(stamp.time.replace(tzinfo=UTC))
    offset = datetime.timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    try:
        return Stamp(stamp.time.replace(tzinfo=datetime.timezone(-offset if zone[:1] == b"-" else offset)))
    except ValueError:
        return None


class LogClock:
    """Reads the times of one file. `modified` is its mtime in seconds since the epoch, by the host's clock."""

    def __init__(self, zone: Zone, modified: int) -> None:
        self._zone = zone
        self._modified = modified
        self._last: datetime.datetime | None = None
        self._turns = 0

    def without_year(self, time: datetime.datetime) -> Stamp:
        """The stamp for a time of the year `NO_YEAR`. To be asked for every line, in the order of the file."""
        if self._last is not None and self._last - time > _NEW_YEAR and self._turns < _MOST_YEARS:
            self._turns += 1
        self._last = time
        return Stamp(time, self._turns)

    def epoch(self, stamp: Stamp) -> int:
        """Microseconds since the epoch; to be asked when the whole file was read."""
        time = stamp.time
        if stamp.turns is not None:
            time = _in_year(time, self._youngest_year() - (self._turns - stamp.turns))
        if time.tzinfo is None:
            time = time.replace(tzinfo=self._zone.info)
        return (time - _EPOCH) // _MICROSECOND

    def derived(self, stamp: Stamp) -> str | None:
        """What of the time the line did not say."""
        if stamp.turns is not None:
            return "year of the file's mtime, zone " + self._zone.name
        return "zone " + self._zone.name if stamp.time.tzinfo is None else None

    def _youngest_year(self) -> int:
        try:
            limit = (_EPOCH + datetime.timedelta(seconds=self._modified)).astimezone(self._zone.info) + _DAY
        except (OverflowError, ValueError):
            return 1970
        if self._last is None:
            return limit.year
        year = limit.year
        return year if _in_year(self._last, year) <= limit.replace(tzinfo=None) else year - 1


def _in_year(time: datetime.datetime, year: int) -> datetime.datetime:
    year = max(year, datetime.MINYEAR + 1)
    try:
        return time.replace(year=year)
    except ValueError:  # 29 February
        return time.replace(year=year, month=3, day=1)


__all__ = ("LogClock", "MONTHS", "NO_YEAR", "Stamp", "UTC", "Zone", "local", "zone_of", "zoned")
