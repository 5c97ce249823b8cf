# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Case databases with rows written by hand, and sealed archives with tables written by hand."""

from __future__ import annotations

import json
from pathlib import Path

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._part import Part
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis import _schema
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._archives import Archive
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._case_db import Case
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import part_path
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._seal import seal
from ansible_collections.csirt.linux_triage.tests.unit.plugins.plugin_utils.control_helpers import came_home, run

RULES = Path(__file__).resolve().parents[4] / "roles" / "report" / "files" / "rules"
RUN = "20261125T080000Z"


def add_rows(case: Case, host: str, tables: dict[str, list[dict]]) -> None:
    """Rows of a host, columns by their names in the case database; times as text."""
    for table, rows in tables.items():
        known = {column.in_case for column in _schema.tables()[table].columns}
        for number, row in enumerate(rows, 1):
            assert set(row) <= known, f"{table} has no {set(row) - known}"
            facts = {"host": host, "run": RUN, **row}
            if _schema.tables()[table].made_by != _schema.ANALYSIS:
                facts["source_row"] = number
            names = ", ".join(_schema.quoted(name) for name in facts)
            marks = ", ".join("?" for _unused in facts)
            case.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(facts.values()))


def sealed(output: Path, tables: dict[str, list[dict] | bytes], host: str = "web01", files: dict[bytes, bytes] | None = None) -> Path:
    """The folder of a sealed run whose one part has these tables and files."""
    folder = run(output, host)
    path = part_path(folder, "10-live_state")
    part = Part(str(path).encode())
    manifest = []
    for name, data in (files or {}).items():
        part.add(b"[root]" + name, data, mode=0o644, mtime=1234567890)
        archived = "[root]" + name.decode("ascii")
        manifest.append({"collector": "test", "path": name.decode("ascii"), "archived": archived, "state": "collected", "size": len(data)})
    for name, rows in tables.items():
        part.add(b"tables/%s.jsonl" % name.encode("ascii"), rows if isinstance(rows, bytes) else lines(rows))
    part.add(b"manifest/10-live_state.jsonl", lines(manifest))
    part.close()
    path.chmod(0o600)
    came_home(folder, "10-live_state")
    seal(folder, host, ["10-live_state"])
    return folder


def archive(output: Path, files: dict[bytes, bytes]) -> Archive:
    """A sealed archive of a host with these members."""
    folder = run(output)
    path = part_path(folder, "10-live_state")
    part = Part(str(path).encode())
    for name, data in files.items():
        part.add(name, data, mode=0o644, mtime=1234567890)
    part.close()
    path.chmod(0o600)
    came_home(folder, "10-live_state")
    seal(folder, "web01", ["10-live_state"])
    return Archive(folder)


def lines(rows: list[dict]) -> bytes:
    """Rows as a collector writes them."""
    return b"".join(json.dumps(row).encode("ascii") + b"\n" for row in rows)
