# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What a module's result may bring into the control node: declared keys, of declared types, of bounded size."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._printable import printable

MAX_TEXT = 2000
MAX_ENTRIES = 64
MAX_DEPTH = 4

PART = {"name": str, "size": int, "sha256": str, "entries": int}
COLLECTOR = {
    "changed": bool, "failed": bool, "msg": str, "part": PART, "complete": bool, "problem": str, "seconds": float,
    "states": {str: int}, "summary": {str: (int, float, str)},
}
WORKSPACE = {
    "changed": bool, "failed": bool, "msg": str, "path": str, "free": int, "left": [str],
    "leftovers": [{"path": str, "size": int}], "identity": {str: str},
}


def admitted(data: t.Any, schema: dict) -> dict:
    """The part of a result that `schema` declares. What is unknown or of the wrong type is dropped."""
    if not isinstance(data, dict):
        return {}
    found = {key: _value(data[key], kind) for key, kind in schema.items() if key in data}
    return {key: value for key, value in found.items() if value is not None}


def _value(value: t.Any, kind: t.Any) -> t.Any:
    if isinstance(kind, list):
        return [item for item in (_value(one, kind[0]) for one in value[:MAX_ENTRIES]) if item is not None] \
            if isinstance(value, list) else None
    if isinstance(kind, dict):
        return _mapping(value, kind)
    if isinstance(kind, tuple):
        return next((found for found in (_value(value, one) for one in kind) if found is not None), None)
    return _scalar(value, kind)


def _mapping(value: t.Any, kind: dict) -> dict | None:
    if not isinstance(value, dict):
        return None
    if str not in kind:
        return admitted(value, kind)
    pairs = [(key, _value(value[key], kind[str])) for key in list(value)[:MAX_ENTRIES] if isinstance(key, str)]
    return {printable(key, 64): found for key, found in pairs if found is not None}


def _scalar(value: t.Any, kind: type) -> t.Any:
    if kind is str:
        return printable(value, MAX_TEXT) if isinstance(value, str) else None
    if kind is bool:
        return value if isinstance(value, bool) else None
    if isinstance(value, bool) or not isinstance(value, (int, float) if kind is float else int):
        return None
    return kind(value) if abs(value) < 2 ** 63 else None


def module_output(stdout: str, schema: dict) -> dict:
    """What a module printed, admitted by `schema`; a failure in plain words when it printed no result."""
    try:
        data = json.loads(stdout[stdout.index("{"):stdout.rindex("}") + 1])
    except (ValueError, RecursionError):
        last = f"its last words: {printable(stdout[-500:], 500)}" if stdout.strip() else "it was killed, or printed nothing"
        return {"failed": True, "msg": f"the module ended without a result; {last}"}
    return admitted(data, schema)
