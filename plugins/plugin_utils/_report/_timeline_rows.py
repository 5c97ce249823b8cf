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
_COLUMNS = ("seconds", "text", "text", "text", "text", "text")
_NAMES = ("time", "source", "what", "message", "path", "user")

# Times of one file that are the same are one row, as in mactime. What is not of files comes first, then what changed lately.
_ROWS = """
    SELECT round(epoch(time), 3) AS time, source, string_agg(DISTINCT time_desc, ', ' ORDER BY time_desc) AS what, message, path,
           user_name
    FROM timeline WHERE host = $host AND run IS NOT DISTINCT FROM $run AND time IS NOT NULL
    GROUP BY timeline.time, source, message, path, user_name
    ORDER BY source = 'files', timeline.time DESC
    LIMIT $limit
"""


def timeline_rows(connection: t.Any, host: dict, limit: int = LIMIT) -> dict[str, t.Any]:
    """A table as of `table_data`, in the order of time; ``left_out`` says in words what is not there when not all fit."""
    of_host = {"host": host["host"], "run": host["run"]}
    (total,) = connection.execute(
        "SELECT count(*) FROM timeline WHERE host = $host AND run IS NOT DISTINCT FROM $run AND time IS NOT NULL", of_host,
    ).fetchone()
    rows = connection.execute(_ROWS, {**of_host, "limit": limit}).fetchall()
    left_out = _left_out(rows[-1]) if len(rows) == limit else ""
    rows.sort(key=lambda row: row[0])
    return {
        "columns": [{"name": name, "kind": kind} for name, kind in zip(_NAMES, _COLUMNS)],
        "rows": [[shown(value) for value in row] for row in rows], "total": total, "left_out": left_out,
        "facets": ["source", "what", "user"],
    }


def _left_out(last: tuple) -> str:
    day = datetime.datetime.fromtimestamp(last[0], datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
    return f"times of files before {day}" if last[1] == "files" else f"all times of files, and everything else before {day}"
