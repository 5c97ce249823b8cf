# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The timeline of a host, as many of its rows as a browser can carry."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._report._rows import shown

LIMIT = 50_000
_COLUMNS = {
    "time": "seconds", "source": "text", "what": "text", "finding": "mark", "message": "text", "path": "text", "user": "text",
    "evidence": "text",
}

# What is not of the file listing comes first, then what changed lately.
_ROWS = """
    SELECT round(epoch(time), 3), source, time_desc, message, path, user_name, evidence
    FROM timeline WHERE host = $host AND run IS NOT DISTINCT FROM $run AND time IS NOT NULL
    ORDER BY source = 'files', timeline.time DESC, message
    LIMIT $limit
"""
_SUMS = """
    SELECT count(*), any_value(clock_offset) FROM timeline
    WHERE host = $host AND run IS NOT DISTINCT FROM $run AND time IS NOT NULL
"""


def timeline_rows(connection: t.Any, host: dict, marked: t.Collection[str] = (), limit: int = LIMIT) -> dict[str, t.Any]:
    """A table as of `table_data`, in the order of time. Rows of paths that are `marked` say so in the column ``finding``.

    ``left_out`` says in words what is not there when not all fit, ``clock_offset`` what was taken from the host's times, in seconds.
    """
    of_host = {"host": host["host"], "run": host["run"]}
    total, clock_offset = connection.execute(_SUMS, of_host).fetchone()
    rows = connection.execute(_ROWS, {**of_host, "limit": limit}).fetchall()
    left_out = _left_out(rows[-1]) if total > limit else ""
    rows.sort(key=lambda row: row[0])
    return {
        "columns": [{"name": name, "kind": kind} for name, kind in _COLUMNS.items()],
        "rows": [_row(row, marked) for row in rows], "total": total, "left_out": left_out,
        "clock_offset": clock_offset, "facets": ["source", "what", "user"],
    }


def _row(row: tuple, marked: t.Collection[str]) -> list:
    time, source, what, message, path, user, evidence = row
    told = path if path and path not in (message or "") else None
    return [shown(value) for value in (time, source, what, f"timeline:{path}" if path in marked else None, message, told, user, evidence)]


def _left_out(last: tuple) -> str:
    day = datetime.datetime.fromtimestamp(last[0], datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
    return f"times of files before {day}" if last[1] == "files" else f"all times of files, and everything else before {day}"
