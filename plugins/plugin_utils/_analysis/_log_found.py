# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What was found in one log: single events, and tallies of what happens often. Bounded, whatever the log holds."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._log_clock import LogClock, Stamp
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._names import escape
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_times import iso

EVENTS = 50_000
TALLIES = 20_000
USERS = 20
TEXT = 2000
NAME = 256


@dataclass
class Event:
    """One event, or `count` alike from `stamp` to `last`."""

    line: int
    stamp: Stamp
    kind: str
    message: bytes
    program: bytes = b""
    user: bytes = b""
    address: bytes = b""
    count: int = 1
    last: Stamp | None = None
    users: set[bytes] = field(default_factory=set)


class Found:
    """The events of one file. Of more than `EVENTS` single ones the newest stay, of tallies the first `TALLIES`.

    `suspects` are paths, below the tree that is served, of scripts of which every call counts.
    """

    def __init__(self, clock: LogClock, suspects: frozenset[bytes] = frozenset()) -> None:
        self.clock = clock
        self.suspects = suspects
        self.dropped = 0
        self._events: deque[Event] = deque()
        self._tallies: dict[Hashable, Event] = {}

    def add(self, event: Event) -> None:
        """A single event."""
        if len(self._events) == EVENTS:
            self._events.popleft()
            self.dropped += 1
        self._events.append(event)

    def tally(self, key: Hashable, event: Event) -> None:
        """One of many events that are alike in `key`: the first one stands for them."""
        known = self._tallies.get((event.kind, key))
        if known is None:
            if len(self._tallies) == TALLIES:
                self.dropped += event.count
                return
            self._tallies[event.kind, key] = known = event
        else:
            known.count += event.count
            known.last = event.stamp
        if event.user and len(known.users) < USERS:
            known.users.add(event.user[:NAME])

    def rows(self) -> Iterator[dict[str, Any]]:
        """The rows of the table ``log_events``, when the whole file was read."""
        for event in (*self._events, *self._tallies.values()):
            row = self._row(event)
            if row["time"] is not None:
                yield row

    def _row(self, event: Event) -> dict[str, Any]:
        users = sorted(escape(user) for user in event.users if len(event.users) > 1)
        return {
            "line": event.line, "time": self._iso(event.stamp), "kind": event.kind, "program": _name(event.program),
            "user_name": None if users else _name(event.user), "users": users or None, "address": _name(event.address),
            "message": escape(event.message[:TEXT]), "n": event.count,
            "last_time": self._iso(event.last) if event.last else None, "derived": self.clock.derived(event.stamp),
        }

    def _iso(self, stamp: Stamp) -> str | None:
        seconds, fraction = divmod(self.clock.epoch(stamp), 1_000_000)
        return iso(seconds, fraction, 6)


def hour(stamp: Stamp) -> tuple:
    """What stamps of one hour have in common."""
    return stamp.turns, stamp.time.date(), stamp.time.hour


def _name(raw: bytes) -> str | None:
    return escape(raw[:NAME]) or None


class LogReader(Protocol):
    """Reads the lines of one kind of log."""

    def __init__(self, found: Found) -> None:
        """`found` takes what the lines say."""

    @staticmethod
    def fits(line: bytes) -> bool:
        """Whether a line is of this kind."""

    def read(self, number: int, line: bytes) -> None:
        """Takes the next line, without its newline; `number` from 1."""

    def finish(self) -> None:
        """The file has ended."""


__all__ = ("Event", "Found", "LogReader", "hour")
