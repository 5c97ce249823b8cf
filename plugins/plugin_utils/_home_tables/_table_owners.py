# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.


"""Whose files are these: from the host's table ``homes``, passwd, and what the manifest says a file was taken for."""

from __future__ import annotations

from typing import Any

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables import _table_ssh_keys
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._names import escape, harmless
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_history import hidden_part
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_rows import Rows, accepted, text
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_streams import (
    Source, json_object, lines,
)

MAX_HOMES = 200_000
MAX_KEY_FILES = 100_000
_DEPTH = 64
_USERS = 16
_LONGEST = 1 << 12
_LONGEST_USER = 256
_COLUMNS = {"path": str, "real_path": str, "users": list, "shared": bool}


class Owners:
    """Homes and their users."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._homes: dict[str, tuple[set[str], bool]] = {"/": (set(), True)}
        self._taken_for: dict[str, str] = {}

    def homes(self, stream: Source, member: bytes) -> None:
        """The host's table ``homes``."""
        for number, line, cut in lines(stream):
            row = None if cut else json_object(line)
            facts, bad = accepted(row or {}, _COLUMNS)
            if row is None or bad:
                self._rows.problem("homes", member, "no row of a home", line=number, cut=True)
            for path in {facts[name] for name in ("path", "real_path") if name in facts}:
                self.add(path, facts.get("users", []), facts.get("shared", False))

    def add(self, home: str, users: list[str], shared: bool = False) -> None:
        """A home by its path, escaped as all names are."""
        if len(home) > _LONGEST or len(self._homes) >= MAX_HOMES:
            return
        home = home.rstrip("/") or "/"
        known, was_shared = self._homes.setdefault(home, (set(), shared))
        known.update(user[:_LONGEST_USER] for user in users[:_USERS - len(known)])
        self._homes[home] = known, was_shared or shared

    def noted(self, row: dict[str, Any]) -> None:
        """A row of the manifest."""
        artifact, archived = row.get("artifact"), row.get("archived")
        if isinstance(artifact, str) and artifact in _table_ssh_keys.KINDS and isinstance(archived, str):
            if len(self._taken_for) < MAX_KEY_FILES and len(archived) < _LONGEST:
                self._taken_for[harmless(archived).removeprefix("[root]")] = artifact

    def of_history(self, path: bytes) -> dict[str, Any]:
        """Columns ``home`` and ``user`` for a history of the host."""
        return self._of(path) or {"home": text(hidden_part(path)[0], _LONGEST)}

    def of_keys(self, path: bytes) -> dict[str, Any]:
        """Columns ``kind``, ``home`` and ``user`` for a file with public keys."""
        kind = _table_ssh_keys.kind_by_name(path)
        kind = kind or _table_ssh_keys.KINDS.get(self._taken_for.get(escape(path), ""), _table_ssh_keys.OTHER)
        return {"kind": kind} | (self.of_history(path) if b"/.ssh/" in path else self._of(path))

    def _of(self, path: bytes) -> dict[str, Any]:
        """The innermost home that a path lies in; a home that many share counts only for what lies directly in it."""
        parts = escape(path[:_LONGEST]).split("/")
        for depth in range(min(len(parts) - 1, _DEPTH), 0, -1):
            home = "/".join(parts[:depth]) or "/"
            users, shared = self._homes.get(home, (None, False))
            if users is not None and (not shared or users and depth == len(parts) - 1):
                return {"home": home, "user": ",".join(sorted(users)[:_USERS]) or None}
        return {}


__all__ = ("Owners",)
