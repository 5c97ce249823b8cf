# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Verification that anyone can repeat: custody chain, archive, parts, and every item against its manifest row."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import os
import re
import typing as t
from pathlib import Path

from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _custody
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import file_sha256
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._names import unescape
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._part_reader import (
    REGULAR, Malformed, Torn, read_part, unpacked_limit,
)
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._printable import printable

MANIFEST = b"manifest/"
MANIFEST_LINE = 1 << 20
CHUNK = 1 << 20
SHOWN = 100
NEVER_SEALED = "this run was never sealed"
_RUN = re.compile(r"[0-9]{8}T[0-9]{6}Z(?:-[0-9]+)?")


def run_folders(path: Path) -> list[Path]:
    """The folders of runs at or below a path: by their custody record, and by their names where that is gone."""
    found = []
    for folder, _folders, names in os.walk(path):
        run = Path(folder)
        if _custody.NAME in names and not (run / _custody.NAME).is_symlink() or _RUN.fullmatch(run.name):
            found.append(run)
    return sorted(found)


def told(runs: list[dict]) -> str:
    """What is wrong with runs (`folder`, `problems`) in a line: those that were altered first. Empty if nothing is."""
    altered = [run for run in runs if any(problem != NEVER_SEALED for problem in run["problems"])]
    unsealed = [run["folder"] for run in runs if run["problems"] == [NEVER_SEALED]]
    texts = []
    if altered:
        texts.append("ALTERED OR DAMAGED: " + "; ".join(f"{run['folder']}: {problem}" for run in altered for problem in run["problems"]))
    if unsealed:
        texts.append("NEVER SEALED, since nothing came home or the run was interrupted; if it was not, somebody took the seal away: "
                     + "; ".join(unsealed))
    return ". ".join(texts)


def problems(folder: Path) -> list[str]:
    """What was altered, damaged or lost in a run's folder since it was sealed; an empty list when nothing."""
    try:
        return _problems(folder)
    except Exception as error:  # whatever is wrong with one run must not keep the others from being verified
        return [f"can't be read: {type(error).__name__}: {printable(str(error), 500)}"]


def _problems(folder: Path) -> list[str]:
    if not (folder / _custody.NAME).exists():
        return [f"{_custody.NAME} is gone"]
    found = [f"{_custody.NAME}: line {line} doesn't carry the hash of the line before"
             for line in _custody.broken_links(folder)]
    sealed = [event for event in _custody.events(folder) if event.get("event") == "sealed"]
    if not sealed:
        return [*found, NEVER_SEALED]
    found += _anchor_problems(folder)
    archive = folder / Path(str(sealed[-1].get("archive"))).name
    if not archive.is_file():
        return [*found, f"{printable(archive.name)}: the archive is gone"]
    found += _hash_problems(archive, sealed[-1])
    try:
        found += _stretch_problems(archive, sealed[-1])
    except (KeyError, TypeError, ValueError, AttributeError, OSError):
        found.append(f"{_custody.NAME}: what it says of the sealed parts can't be read")
    return found if len(found) <= SHOWN else [*found[:SHOWN], f"… and {len(found) - SHOWN} more"]


def _anchor_problems(folder: Path) -> list[str]:
    """The chain's last line has none behind it that would carry its hash."""
    try:
        anchor = (folder / _custody.ANCHOR).read_text(encoding="ascii").strip()
    except (OSError, UnicodeError):
        return [f"{_custody.ANCHOR}: can't be read"]
    return [] if _custody.holds(folder, anchor) else [f"{_custody.NAME}: no line has the hash in {_custody.ANCHOR}"]


def _hash_problems(archive: Path, sealed: dict) -> list[str]:
    digest, found = file_sha256(archive), []
    if digest != sealed.get("sha256"):
        found.append(f"{archive.name}: sha256 is {digest}, {printable(str(sealed.get('sha256')))} when it was sealed")
    beside = archive.with_name(archive.name + ".sha256")
    try:
        noted = beside.read_text(encoding="ascii").split()[0]
    except (OSError, UnicodeError, IndexError):
        return [*found, f"{beside.name}: can't be read"]
    return found if noted == sealed.get("sha256") else [*found, f"{beside.name}: differs from the custody record"]


def _stretch_problems(archive: Path, sealed: dict) -> list[str]:
    """Which stretch of the archive was altered: a part and the items in it, or what was made at home; files beside it."""
    found = [problem for part in sealed["parts"] for problem in _part_problems(archive, part)]
    closing = sealed["closing"]
    with Range(archive, closing["offset"], closing["size"]) as stretch:
        digest = _digest(stretch)
    if digest != closing["sha256"]:
        found.append("the end of the archive, which was made at home, differs from what was sealed")
    for name, digest in sealed["beside"].items():
        path = archive.with_name(Path(name).name)
        if not path.is_file() or file_sha256(path) != digest:
            found.append(f"{printable(path.name)}: differs from what was sealed")
    return found


class Range(io.RawIOBase):
    """A stretch of a file, feeding a digest with what is read."""

    def __init__(self, path: Path, offset: int, size: int):
        self._stream, self._left, self.digest = open(path, "rb"), size, hashlib.sha256()
        self._stream.seek(offset)

    def close(self) -> None:
        self._stream.close()
        super().close()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> int:
        data = self._stream.read(max(0, min(len(buffer), self._left)))
        buffer[:len(data)] = data
        self._left -= len(data)
        self.digest.update(data)
        return len(data)


def _part_problems(archive: Path, part: dict) -> list[str]:
    """A part inside the archive: its hash, and each of its items against the manifest."""
    name = printable(str(part["part"]))
    with Range(archive, part["offset"], part["size"]) as stretch:
        try:
            found = [f"{name}: {problem}" for problem in _item_problems(stretch, part["size"])]
        except (Torn, Malformed) as error:
            found = [f"{name}: {error}"]
        while stretch.read(CHUNK):
            pass
    if stretch.digest.hexdigest() != part.get("sha256"):
        found.append(f"{name}: its bytes in the archive differ from those that were sealed")
    return found


def _item_problems(stream: t.BinaryIO, size: int) -> list[str]:
    # The manifest is behind its items. Names as bytes: each Python knows other characters that need no escape.
    items: set[bytes] = set()
    found: list[str] = []
    for entry, body in read_part(stream, unpacked_limit(size)):
        if entry.kind != REGULAR:
            continue
        if entry.name.startswith(MANIFEST):
            mismatches = (_mismatch(row, items) for row in _manifest_rows(io.BufferedReader(body)))
            found += itertools.islice(filter(None, mismatches), SHOWN)
        else:
            items.update(_keys(entry.name, entry.size, _digest(body)))
    return found


def _keys(name: bytes, size: t.Any, digest: t.Any) -> t.Iterator[bytes]:
    """What stands for an item: its name, that and its size, all three. A host's names may be long, and are many."""
    hashed = hashlib.blake2b(name, digest_size=16)
    yield hashed.digest()
    for more in (size, digest):
        hashed.update(repr(more).encode("utf-8", "replace"))
        yield hashed.digest()


def _manifest_rows(stream: t.BinaryIO) -> t.Iterator[dict]:
    while line := stream.readline(MANIFEST_LINE):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict) and isinstance(row.get("archived"), str):
            yield row


def _digest(body: io.RawIOBase) -> str:
    digest = hashlib.sha256()
    while chunk := body.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _mismatch(row: dict, items: set[bytes]) -> str | None:
    name, sized, digested = _keys(unescape(row["archived"]), row.get("size"), row.get("sha256"))
    if name not in items:
        return f"{printable(row['archived'])} is in the manifest but not in the archive"
    if (sized if row.get("sha256") is None else digested) not in items:
        return f"{printable(row['archived'])} differs from its manifest row"
    return None
