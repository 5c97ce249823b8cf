# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Rows of the case database as a page shows them: harmless text of bounded length, in the database's own order."""

from __future__ import annotations

import collections
import json
import math
import typing as t

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._names import harmless

LONGEST = 4000
LIMIT = 5000
_EXACT = 2 ** 53
# States of items are a dozen; a host may invent more.
_PIVOTED, _OTHERS = 16, "others"
# Lists that are one text.
_WORDS = ("cmdline",)


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
    """Column -> type of a table."""
    return {name: kind for name, kind, *_rest in connection.execute(f'DESCRIBE "{table}"').fetchall()}


def table_data(connection: t.Any, spec: dict, host: dict | None = None, marked: t.Collection[int] = ()) -> dict:
    """A table of the report: ``columns`` (name, kind), ``rows``, ``total`` (how many the database has), ``facets``.

    `spec` names the ``table`` of the database and its ``columns``; ``where`` and ``order`` are SQL, ``limit`` a number, ``kinds``
    how some columns are shown, ``pivot`` a column whose values become columns, and that with their numbers. Of one `host`
    (``host``, ``run``) or of all, then ``per_host`` rows of each, so that none crowds out the others. Columns that the database
    doesn't have, or that are empty or false in all rows, are left out. Rows whose ``source_row`` is `marked` come first, and say so in a column ``finding``.
    """
    types = columns_of(connection, spec["table"])
    names = [name for name in spec["columns"] if name in types]
    if not names:
        return {"columns": [], "rows": [], "total": 0, "facets": []}
    source, parameters = _source(spec, types, host)
    (total,) = connection.execute(f"SELECT count(*) FROM {source}", parameters).fetchone()
    columns = [{"name": name, "kind": spec.get("kinds", {}).get(name) or _kind(types[name])} for name in names]
    expressions = [_expression(name, types[name]) for name in names]
    order = ([spec["order"]] if "order" in spec else []) + (["source_row"] if "source_row" in types else [])
    if marked and "source_row" in types:
        columns.insert(0, {"name": "finding", "kind": "mark"})
        expressions.insert(0, f"CASE WHEN list_contains($marked, source_row) THEN '{spec['table']}:' || source_row END AS finding")
        order.insert(0, "finding IS NULL")
        parameters = {**parameters, "marked": list(marked)}
    ordered = f" ORDER BY {', '.join(order)}" if order else ""
    share = f" QUALIFY row_number() OVER (PARTITION BY host{ordered}) <= {spec['per_host']}" if "per_host" in spec else ""
    query = f"SELECT {', '.join(expressions)} FROM {source}{share}{ordered} LIMIT {spec.get('limit', LIMIT)}"
    rows = connection.execute(query, parameters).fetchall()
    data = {"columns": columns, "rows": [[shown(value) for value in row] for row in rows], "total": total}
    if "pivot" in spec:
        data = _pivoted(data, *spec["pivot"])
    return _without_empty_columns(data, spec.get("facets", ()))


def _source(spec: dict, types: dict[str, str], host: dict | None) -> tuple[str, dict]:
    keys = [key for key in ("host", "run") if key in types] if host is not None else []
    conditions = [f"{key} IS NOT DISTINCT FROM ${key}" for key in keys] + ([f"({spec['where']})"] if "where" in spec else [])
    source = f'"{spec["table"]}"' + (f" WHERE {' AND '.join(conditions)}" if conditions else "")
    return source, {key: host[key] for key in keys}


def _pivoted(data: dict, on: str, numbers: str) -> dict:
    """A row for what stood in several that only differ in the columns `on` and `numbers`. Rare values share a column."""
    names = [column["name"] for column in data["columns"]]
    kept = [index for index, name in enumerate(names) if name not in (on, numbers)]
    found = [row[names.index(on)] for row in data["rows"]]
    usual = {value for value, _count in collections.Counter(found).most_common(_PIVOTED)}
    values = list(dict.fromkeys(value if value in usual else _OTHERS for value in found))
    cells: dict[tuple, collections.Counter] = {}
    for row, value in zip(data["rows"], found):
        cell = cells.setdefault(tuple(row[index] for index in kept), collections.Counter())
        cell[value if value in usual else _OTHERS] += row[names.index(numbers)] or 0
    return {
        "columns": [data["columns"][index] for index in kept] + [{"name": value, "kind": "number"} for value in values],
        "rows": [[*key, *(cell.get(value) for value in values)] for key, cell in cells.items()], "total": len(cells),
    }


def _without_empty_columns(data: dict, facets: t.Iterable[str]) -> dict:
    used = [index for index in range(len(data["columns"])) if any(_says_something(row[index]) for row in data["rows"])]
    columns = [data["columns"][index] for index in used]
    return {
        "columns": columns, "rows": [[row[index] for index in used] for row in data["rows"]], "total": data["total"],
        "facets": [name for name in facets if name in [column["name"] for column in columns]],
    }


def _says_something(value: t.Any) -> bool:
    return value is not None and value is not False and value != ""


def _expression(name: str, kind: str) -> str:
    if kind.startswith("TIMESTAMP"):
        return f"strftime(\"{name}\", '%Y-%m-%d %H:%M:%S')"
    if kind.endswith("[]"):
        return f"array_to_string(\"{name}\", '{' ' if name in _WORDS else ', '}')"
    return f'"{name}"' if kind in ("BIGINT", "BOOLEAN", "DOUBLE", "VARCHAR") else f'CAST("{name}" AS VARCHAR)'


def _kind(kind: str) -> str:
    if kind.startswith("TIMESTAMP"):
        return "time"
    return {"BIGINT": "number", "DOUBLE": "number", "BOOLEAN": "flag"}.get(kind, "text")
