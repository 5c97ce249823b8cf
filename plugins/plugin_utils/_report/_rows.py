# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Rows of the case database as a page shows them: harmless text of bounded length, in the database's own order."""

from __future__ import annotations

import json
import math
import typing as t

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._names import harmless

LONGEST = 4000
LIMIT = 5000
_EXACT = 2 ** 53


def shown(value: t.Any) -> t.Any:
    """A value for a page: text without control and invisible characters, cut after `LONGEST`; numbers that JavaScript keeps."""
    if value is None or isinstance(value, bool) or isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, int):
        return value if -_EXACT < value < _EXACT else str(value)
    text = str(value)
    if len(text) <= LONGEST:
        return harmless(text)
    return f"{harmless(text[:LONGEST])}… ({len(text):,} characters)"


def listed(text: str | None) -> list:
    """A list that a column holds as JSON text; what is none is an empty one."""
    try:
        value = json.loads(text or "[]")
    except ValueError:
        return []
    return value if isinstance(value, list) else []


def records(connection: t.Any, query: str, parameters: t.Sequence[t.Any] = ()) -> list[dict]:
    """The rows of a query by column, as they are."""
    cursor = connection.execute(query, list(parameters))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row)) for row in cursor.fetchall()]


def columns_of(connection: t.Any, table: str) -> dict[str, str]:
    """Column -> type of a table, empty when there is none of this name."""
    rows = connection.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = ? ORDER BY ordinal_position", [table])
    return dict(rows.fetchall())


def table_data(connection: t.Any, spec: dict, host: dict | None = None) -> dict:
    """A table of the report: ``columns`` (name, kind), ``rows``, ``total`` (how many the database has), ``facets``.

    `spec` names the ``table`` of the database and its ``columns``; ``where`` and ``order`` are SQL, ``limit`` a number, ``kinds``
    how some columns are shown. Of one `host` (``host``, ``run``) or of all. Columns that the database doesn't have, or that are
    empty or false in all rows, are left out.
    """
    types = columns_of(connection, spec["table"])
    names = [name for name in spec["columns"] if name in types]
    conditions = [f"({spec['where']})"] if "where" in spec else []
    parameters = {}
    if host is not None:
        keys = [key for key in ("host", "run") if key in types]
        conditions += [f"{key} IS NOT DISTINCT FROM ${key}" for key in keys]
        parameters = {key: host[key] for key in keys}
    if not names:
        return {"columns": [], "rows": [], "total": 0, "facets": []}
    source = f'"{spec["table"]}"' + (f" WHERE {' AND '.join(conditions)}" if conditions else "")
    (total,) = connection.execute(f"SELECT count(*) FROM {source}", parameters).fetchone()
    query = f"SELECT {', '.join(_expression(name, types[name]) for name in names)} FROM {source}"
    query += (f" ORDER BY {spec['order']}" if "order" in spec else "") + f" LIMIT {spec.get('limit', LIMIT)}"
    rows = [[shown(value) for value in row] for row in connection.execute(query, parameters).fetchall()]
    used = [index for index in range(len(names)) if any(_says_something(row[index]) for row in rows)]
    kinds = {name: _kind(types[name]) for name in names} | spec.get("kinds", {})
    return {
        "columns": [{"name": names[index], "kind": kinds[names[index]]} for index in used],
        "rows": [[row[index] for index in used] for row in rows], "total": total,
        "facets": [name for name in spec.get("facets", ()) if name in [names[index] for index in used]],
    }


def _says_something(value: t.Any) -> bool:
    return value is not None and value is not False and value != ""


def _expression(name: str, kind: str) -> str:
    if kind.startswith("TIMESTAMP"):
        return f"strftime(\"{name}\", '%Y-%m-%d %H:%M:%S')"
    if kind.endswith("[]"):
        return f"array_to_string(\"{name}\", ', ')"
    return f'"{name}"' if kind in ("BIGINT", "BOOLEAN", "DOUBLE", "VARCHAR") else f'CAST("{name}" AS VARCHAR)'


def _kind(kind: str) -> str:
    if kind.startswith("TIMESTAMP"):
        return "time"
    return {"BIGINT": "number", "DOUBLE": "number", "BOOLEAN": "flag"}.get(kind, "text")
