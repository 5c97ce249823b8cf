# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Archives in small: members are offered to `HomeTables` as the seal does it, the tables are read back."""

from __future__ import annotations

import contextlib
import gzip
import importlib
import io
import json
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._tables import HomeTables


def library(*names: str) -> ModuleType:
    """The first of these modules that is there; without any the test is skipped."""
    for name in names:
        with contextlib.suppress(ImportError):
            return importlib.import_module(name)
    pytest.skip(f"there is no {names[-1]}")


class Home:
    """`HomeTables` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "tables"
        self.folder.mkdir(mode=0o700)
        self.tables = HomeTables(self.folder)

    def give(self, name: bytes, data: bytes) -> None:
        """Offers a member with these bytes."""
        self.tables.offer(name, SimpleNamespace(size=len(data), mtime=1700000000), io.BytesIO(data))

    def file(self, path: bytes, data: bytes) -> None:
        """Offers a file of the host."""
        self.give(b"[root]" + path, data)

    def rows(self, name: bytes, *rows: dict) -> None:
        """Offers a table of the host."""
        self.give(name, b"".join(json.dumps(row).encode("ascii") + b"\n" for row in rows))

    def finish(self) -> dict[str, list[dict]]:
        """Rows of every table, by its name; ``bodyfile`` has lines."""
        found = {}
        for name, path in self.tables.finish():
            assert path.parent == self.folder and path.stat().st_mode & 0o777 == 0o600
            if name == "bodyfile.txt.gz":
                found["bodyfile"] = gzip.decompress(path.read_bytes()).decode("utf-8").splitlines()
            else:
                lines = path.read_text(encoding="utf-8").splitlines()
                found[name[len("tables/") : -len(".jsonl")]] = [json.loads(line) for line in lines]
        names = {path.name for path in self.folder.iterdir()}
        assert names == {name + (".txt.gz" if name == "bodyfile" else ".jsonl") for name in found}
        return found
