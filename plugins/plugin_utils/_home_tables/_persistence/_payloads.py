# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Scripts of no package that something starts: their telling lines, kept until the host's table says what is started."""

from __future__ import annotations

from typing import Any

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._found import Text
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._shell_files import reaching_out
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._targets import Targets
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_rows import Rows, text

MAGIC = b"#!"
NAMES = (b".sh", b".py", b".pl", b".rb")
LINES_OF_A_FILE = 20
FILES = 5000
# Of scripts whoever starts them; what `persistence` took comes before those of web servers.
ALL_BYTES = 64 << 20
COMMAND = 4096


class Payloads:
    """Takes scripts as they come out of the archive, whoever starts them."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._lines: dict[bytes, list[tuple[int, bytes]]] = {}
        self._bytes = 0
        self._unread: set[bytes] = set()

    def read(self, path: bytes, data: bytes) -> None:
        """Keeps the lines of a script that open connections or unpack text."""
        if self._bytes + len(data) > ALL_BYTES:
            self._leave(path)
            return
        self._bytes += len(data)
        found = [(number, line[:COMMAND]) for number, line in reaching_out(Text(path, data))][:LINES_OF_A_FILE]
        if found and path not in self._lines and len(self._lines) == FILES:
            self._leave(path)
        elif found:
            self._lines[path] = found

    def _leave(self, path: bytes) -> None:
        if len(self._unread) < FILES:
            self._unread.add(path)

    def write(self, table: str, targets: Targets) -> None:
        """A row for each line of those that are started, and belong to no package."""
        unread = sum(1 for path in self._unread if targets.payload(path) is not None)
        if unread:
            self._rows.problem(table, b"", "%d scripts that something starts were not searched" % unread, cut=True)
        for path, lines in self._lines.items():
            facts = targets.payload(path)
            for number, line in lines if facts is not None else ():
                self._rows.row(table, _row(path, number, line, facts or {}))


def _row(path: bytes, number: int, line: bytes, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "mechanism": "payload", "trigger": "whatever has it as its executable", "path": text(path, COMMAND), "line": number,
        "command": text(line, COMMAND), "attack": "T1059.004", "enabled": True, "unowned": facts.get("unowned"),
    } | {column: facts.get(column) for column in ("sha256", "mtime", "ctime", "btime", "mode", "uid", "gid")}


__all__ = ("MAGIC", "NAMES", "Payloads")
