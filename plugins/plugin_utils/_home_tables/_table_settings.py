# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The table ``settings``: who may do what, and what watches it, as configuration and the running firewall say."""

from __future__ import annotations

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._found import Text
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._settings_files import (
    SUDO, Reader, Setting, included, kind_of,
)
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_rows import Rows, text
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_streams import Source, peek

TABLE = "settings"
ROOT = b"[root]"
FILE_BYTES = 256 << 10
ROWS_OF_A_FILE = 5000
ROWS_OF_A_KIND = 50_000
VALUE = 4096
INCLUDES = 1000


class Settings:
    """Takes members as they come out of the archive, each name once."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._seen: set[bytes] = set()
        self._counts: dict[str, int] = {}
        self._included: set[bytes] = set()

    def look(self, member: bytes, size: int, stream: Source) -> Source:
        """Reads what it knows; returns a source that still has everything."""
        found = kind_of(member) or (SUDO if self._is_included(member) else None)
        if found is None or member in self._seen:
            return stream
        self._seen.add(member)
        data, stream = peek(stream, FILE_BYTES)
        if size > len(data):
            self._rows.problem(TABLE, member, "longer than %d bytes, the rest is not read" % len(data))
        self._read(*found, member, data)
        return stream

    def _is_included(self, member: bytes) -> bool:
        """Whether a file of sudo that came before includes this one, or its folder."""
        path = member[len(ROOT):]
        return member.startswith(ROOT) and (path in self._included or path.rpartition(b"/")[0] in self._included)

    def _read(self, kind: str, reader: Reader, member: bytes, data: bytes) -> None:
        path = member[len(ROOT):] if member.startswith(ROOT) else member
        for number, setting in enumerate(reader(Text(path, data))):
            count = self._counts[kind] = self._counts.get(kind, 0) + 1
            if number >= ROWS_OF_A_FILE or count > ROWS_OF_A_KIND:
                self._rows.problem(TABLE, member, "more than %d settings, the others are left out" % number)
                return
            self._rows.row(TABLE, _row(kind, path, setting))
            more = included(setting, path) if kind == SUDO[0] and len(self._included) < INCLUDES else None
            if more is not None:
                self._included.add(more)


def _row(kind: str, path: bytes, setting: Setting) -> dict:
    return {
        "kind": kind, "path": text(path, VALUE), "line": setting.line, "section": text(setting.section, VALUE) or None,
        "name": text(setting.name, VALUE), "value": text(setting.value, VALUE),
    }


__all__ = ("Settings", "TABLE")
