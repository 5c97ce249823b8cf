# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Times of tables: ISO-8601 text in UTC, from and to seconds since the epoch."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

_EPOCH = date(1970, 1, 1).toordinal()
_LAST = date.max.toordinal()
# What a reader with 64 bits can hold, and nothing beyond.
_FARTHEST = 1 << 62


@lru_cache(maxsize=4096)
def _date(day: int) -> str | None:
    ordinal = day + _EPOCH
    return date.fromordinal(ordinal).isoformat() if 1 <= ordinal <= _LAST else None


@lru_cache(maxsize=4096)
def _day(text: str) -> int:
    return (date.fromisoformat(text).toordinal() - _EPOCH) * 86400


def iso(seconds: int, fraction: int = 0, digits: int = 9) -> str | None:
    """``2026-11-23T04:51:33Z``, with a fraction of `digits` digits unless it is 0; None outside the years 1 to 9999."""
    day, rest = divmod(seconds, 86400)
    text = _date(day)
    if text is None:
        return None
    hour, rest = divmod(rest, 3600)
    tail = f".{fraction:0{digits}d}Z" if fraction else "Z"
    return f"{text}T{hour:02d}:{rest // 60:02d}:{rest % 60:02d}{tail}"


def seconds(value: object) -> int | None:
    """Whole seconds since the epoch, rounded down, for ISO text, ``epoch+292000000000.5``, or a number; else None.

    The host writes the second form for what no calendar date can say.
    """
    try:
        if isinstance(value, str) and len(value) < 64:
            found = _from_iso(value) if value[10:11] == "T" else int(value.removeprefix("epoch").partition(".")[0])
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            found = int(value // 1)
        else:
            return None
    except (ValueError, OverflowError):
        return None
    return found if -_FARTHEST < found < _FARTHEST else None


def _from_iso(text: str) -> int:
    if text[-1] != "Z" or not text.isascii():
        raise ValueError("not UTC")
    return _day(text[:10]) + int(text[11:13]) * 3600 + int(text[14:16]) * 60 + int(text[17:19])


__all__ = ("iso", "seconds")
