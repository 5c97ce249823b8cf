# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Verification that anyone can repeat: custody chain, archive, parts, and every item against its manifest row."""

from __future__ import annotations

import hashlib
import io
import json
import typing as t
from pathlib import Path

from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _custody
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import file_sha256
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._names import escape
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._part_reader import (
    REGULAR, Malformed, Torn, read_part,
)

MANIFEST = b"manifest/"
CHUNK = 1 << 20
SHOWN = 100


def run_folders(path: Path) -> list[Path]:
    """The folders of runs at or below a path."""
    return sorted(found.parent for found in path.rglob(_custody.NAME) if not found.is_symlink())


def problems(folder: Path) -> list[str]:
    """What was altered, damaged or lost in a run's folder since it was sealed; an empty list when nothing."""
    found = [f"{_custody.NAME}: line {line} doesn't carry the hash of the line before"
             for line in _custody.broken_links(folder)]
    sealed = [event for event in _custody.events(folder) if event.get("event") == "sealed"]
    if not sealed:
        return [*found, "this run was never sealed"]
    archive = folder / Path(str(sealed[-1].get("archive"))).name
    if not archive.is_file():
        return [*found, f"{archive.name}: the archive is gone"]
    found += _hash_problems(archive, sealed[-1])
    for part in sealed[-1].get("parts", []):
        found += _part_problems(archive, part)
    return found if len(found) <= SHOWN else [*found[:SHOWN], f"… and {len(found) - SHOWN} more"]


def _hash_problems(archive: Path, sealed: dict) -> list[str]:
    digest, found = file_sha256(archive), []
    if digest != sealed.get("sha256"):
        found.append(f"{archive.name}: sha256 is {digest}, {sealed.get('sha256')} when it was sealed")
    beside = archive.with_name(archive.name + ".sha256")
    try:
        noted = beside.read_text(encoding="ascii").split()[0]
    except (OSError, UnicodeError, IndexError):
        return [*found, f"{beside.name}: can't be read"]
    return found if noted == sealed.get("sha256") else [*found, f"{beside.name}: differs from the custody record"]


class _Range(io.RawIOBase):
    """A stretch of a file, feeding a digest with what is read."""

    def __init__(self, stream: t.BinaryIO, offset: int, size: int):
        stream.seek(offset)
        self._stream, self._left, self.digest = stream, size, hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> int:
        data = self._stream.read(min(len(buffer), self._left))
        buffer[:len(data)] = data
        self._left -= len(data)
        self.digest.update(data)
        return len(data)


def _part_problems(archive: Path, part: dict) -> list[str]:
    """A part inside the archive: its hash, and each of its items against the manifest."""
    name = str(part.get("part"))
    with open(archive, "rb") as stream:
        stretch = _Range(stream, int(part["offset"]), int(part["size"]))
        try:
            found = [f"{name}: {problem}" for problem in _item_problems(io.BufferedReader(stretch, CHUNK))]
        except (Torn, Malformed) as error:
            found = [f"{name}: {error}"]
        while stretch.read(CHUNK):
            pass
    if stretch.digest.hexdigest() != part.get("sha256"):
        found.append(f"{name}: its bytes in the archive differ from those that were sealed")
    return found


def _item_problems(stream: t.BinaryIO) -> list[str]:
    items: dict[str, tuple[int, str]] = {}
    rows: list[dict] = []
    for entry, body in read_part(stream):
        if entry.kind != REGULAR:
            continue
        if entry.name.startswith(MANIFEST):
            rows += _manifest_rows(io.BufferedReader(body))
        else:
            items[escape(entry.name)] = entry.size, _digest(body)
    return [problem for row in rows if (problem := _mismatch(row, items))]


def _manifest_rows(stream: t.BinaryIO) -> list[dict]:
    rows = []
    for line in stream:
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict) and "archived" in row:
            rows.append(row)
    return rows


def _digest(body: t.BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := body.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _mismatch(row: dict, items: dict[str, tuple[int, str]]) -> str | None:
    name = str(row["archived"])
    if name not in items:
        return f"{name} is in the manifest but not in the archive"
    size, digest = items[name]
    if row.get("size") != size or row.get("sha256") not in (None, digest):
        return f"{name} differs from its manifest row"
    return None
