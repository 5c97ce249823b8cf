# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Rows as a hostile host wrote them, made fit for the case database: what is wrong in one is counted, never fatal."""

from __future__ import annotations

import datetime
import functools
import json
import math
import re
import typing as t
from collections import Counter

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis import _schema
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._names import harmless

LINE = 4 << 20
TEXT = 1 << 16
ELEMENTS = 4096
NUMBER = 1 << 63
MAX_PROBLEMS = 200
_TYPES = {"text": (str,), "number": (int,), "decimal": (float, int), "flag": (bool,), "list": (list,), "time": (str,), "any": (str,)}
_TIME = re.compile(r"(?:1[789]|2[012])\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z")
_YEARS = range(1678, 2262)


class _Duplicate(dict):
    """An object in which a key stands twice; the last one counts."""


def _object(pairs: list[tuple[str, t.Any]]) -> dict:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Duplicate(pairs)


def _no_number(name: str) -> t.NoReturn:
    raise ValueError(f"{name} is no JSON")


_decode = json.JSONDecoder(parse_constant=_no_number).decode
_decode_pairs = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_number).decode
_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


@functools.lru_cache(maxsize=1 << 16)
def is_time(text: str) -> bool:
    """Whether the database can say this time, in nanoseconds since 1970."""
    if not _TIME.fullmatch(text):
        return False
    try:
        return datetime.datetime.fromisoformat(text[:19]).year in _YEARS
    except ValueError:
        return False


class Cleaner:
    """Makes lines of one table fit. `problems` counts what was wrong, in words."""

    def __init__(self, table: _schema.Table):
        self.problems: Counter[str] = Counter()
        self._kinds = {column.name: column.kind for column in table.columns}
        fits = {(name, kind) for name, word in self._kinds.items() for kind in _TYPES[word]}
        self._fits = fits | {(name, type(None)) for name in self._kinds}
        self._numbers = [name for name, word in self._kinds.items() if word in ("number", "decimal")]
        self._times = [name for name, word in self._kinds.items() if word == "time"]
        self._lists = [name for name, word in self._kinds.items() if word == "list"]

    def clean(self, line: bytes) -> str | None:
        """The line as one that the database takes; None when there is no row in it."""
        try:
            text = line.decode("utf-8").strip(" \t\r\n")
            row = _decode(text)
        except RecursionError:
            return self._refuse("a line nested too deep")
        except ValueError:
            return self._refuse("a line that is no JSON")
        if not isinstance(row, dict):
            return self._refuse("a line that is no object")
        return text if self._is_fit(row, text) else _encode(self._mended(_decode_pairs(text)))

    def _refuse(self, problem: str) -> None:
        self.count(problem)

    def count(self, problem: str) -> None:
        """One more; beyond so many different ones all are one."""
        known = problem in self.problems or len(self.problems) < MAX_PROBLEMS
        self.problems[problem if known else "other problems"] += 1

    def _is_fit(self, row: dict, text: str) -> bool:
        """Whether nothing has to be done. Most lines of most hosts are so: this must be fast."""
        # Without backslashes a quote and a colon are one key: as many as the row has, so none of them stands twice.
        if not (row and len(text) < TEXT and text.isascii() and "\\" not in text and text.isprintable()
                and '" ' not in text and text.count('":') == len(row)
                and self._fits.issuperset(zip(row, map(type, row.values())))):
            return False
        value_of = row.get
        for name in self._times:
            value = value_of(name)
            if value is not None and not is_time(value):
                return False
        for name in self._numbers:
            value = value_of(name)
            if value is not None and not -NUMBER <= value < NUMBER:
                return False
        return not any(map(value_of, self._lists))

    def _mended(self, row: dict) -> dict:
        if isinstance(row, _Duplicate):
            self.count("a column twice in one row")
        good = {}
        for name, value in row.items():
            kind = self._kinds.get(name)
            if kind is None:
                self.count(f"unknown column {harmless(name[:64])}")
            elif value is not None:
                fit = _FIT[kind](value)
                if fit is None:
                    self.count(f"{name}: no {kind}")
                elif fit != value and kind in ("text", "list") and _is_cut(value):
                    self.count(f"{name}: cut")
                if fit is not None:
                    good[name] = fit
        return good


def _text(value: t.Any) -> str | None:
    return harmless(value[:TEXT]) if isinstance(value, str) else None


def _number(value: t.Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and -NUMBER <= value < NUMBER else None


def _decimal(value: t.Any) -> float | None:
    return float(value) if type(value) in (int, float) and abs(value) < 1e300 and math.isfinite(value) else None


def _flag(value: t.Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _list(value: t.Any) -> list[str] | None:
    if isinstance(value, str):
        return [harmless(value[:TEXT])]
    return [_any(one) for one in value[:ELEMENTS]] if isinstance(value, list) else None


def _time(value: t.Any) -> str | None:
    return value if isinstance(value, str) and is_time(value) else None


def _any(value: t.Any) -> str:
    if isinstance(value, str):
        return harmless(value[:TEXT])
    return json.dumps(value)[:TEXT]


def _is_cut(value: t.Any) -> bool:
    return len(value) > (TEXT if isinstance(value, str) else ELEMENTS)


_FIT: dict[str, t.Callable[[t.Any], t.Any]] = {
    "text": _text, "number": _number, "decimal": _decimal, "flag": _flag, "list": _list, "time": _time, "any": _any,
}
