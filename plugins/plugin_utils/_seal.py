# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The seal: parts joined into one archive, the tables made from the bytes, what is missing said, all of it hashed."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
import time
import typing as t
from collections import Counter
from pathlib import Path

from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _custody
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import (
    PARTS, file_sha256, flush, iso, new_file, now,
)
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._names import escape
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._part_reader import (
    REGULAR, SYMLINK, Body, Entry, Malformed, Torn, read_part, unpacked, whole_length,
)
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._run_report import (
    SHOWN, item_line, run_facts, script_errors,
)
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._tables import HomeTables, NoTables

MANIFEST = b"manifest/"
MANIFEST_LINE = 1 << 20
TREE_SIZE = 1 << 30
CHUNK = 1 << 20
STATES = frozenset((
    "collected", "absent", "denied", "truncated", "timed_out", "skipped_budget", "skipped_type", "changed", "withheld",
    "failed",
))
# A whole part, what could be saved of one, and pieces of one of which the last is not home.
SUFFIXES = (".gz", ".torn", ".pieces")
BESIDE = ("0_SCRIPT-ERRORS.txt", "run.json")


class SealError(Exception):
    """Why a run can't be sealed."""


class Contents:
    """What was seen while the parts were read once: states, problems, the list of all files, the tables at home."""

    def __init__(self, spool: Path, tables: HomeTables | NoTables):
        self.states: Counter[str] = Counter()
        self.not_collected: list[str] = []
        self.not_shown = 0
        self.damaged: list[dict] = []
        self.entries = 0
        self.tree = spool / "1_OUTPUT-TREE.txt"
        self.tables = tables
        self._tree_size = 0
        self._tree = open(self.tree, "w", encoding="utf-8", opener=lambda path, _flags: new_file(Path(path)))

    def take(self, entry: Entry, body: Body) -> None:
        """Looks at one entry; what it has to do with a table goes there."""
        self.entries += 1
        self._show(f"{entry.size:>14} {escape(entry.name)}\n")
        if entry.kind == SYMLINK:
            self.tables.linked(entry.name, entry.target)
        if entry.kind != REGULAR:
            return
        if entry.name.startswith(MANIFEST):
            self._read_manifest(io.BufferedReader(body))
        else:
            self.tables.offer(entry.name, entry, io.BufferedReader(body))

    def _show(self, line: str) -> None:
        self._tree_size += len(line)
        if self._tree_size < TREE_SIZE:
            self._tree.write(line)

    def look_through(self, path: Path) -> str | None:
        """Takes every entry of a part; what is wrong with the part, or None."""
        try:
            for entry, body in read_part(path):
                self.take(entry, body)
        except (Torn, Malformed) as error:
            return str(error)
        return None

    def _read_manifest(self, stream: t.BinaryIO) -> None:
        while line := stream.readline(MANIFEST_LINE):
            try:
                row = json.loads(line)
                state = row["state"] if row["state"] in STATES else "failed"
            except (ValueError, TypeError, KeyError, RecursionError):
                row, state = {"path": "a manifest row that can't be read"}, "failed"
            self.states[state] += 1
            self.tables.noted(row)
            if state not in ("collected", "absent"):
                self._list(row)

    def _list(self, row: dict) -> None:
        if len(self.not_collected) < SHOWN:
            self.not_collected.append(item_line(row))
        else:
            self.not_shown += 1

    def finish(self) -> list[tuple[str, Path]]:
        """Ends the tables; every file made at home with its name in the archive."""
        self._tree.close()
        return [("1_OUTPUT-TREE.txt", self.tree), *self.tables.finish()]


def seal(folder: Path, host: str, expected: t.Sequence[str]) -> dict:
    """Seals a run's folder; returns facts for the operator. The parts go away once they are inside the archive.

    `expected` are the names of the parts that a complete run has.
    """
    archive = folder / f"{host}.tar.gz"
    is_recorded = any(event["event"] == "sealed" for event in _custody.events(folder))
    if is_recorded or archive.exists() and not any((folder / PARTS).glob("*")):
        raise SealError(f"{archive} exists: this run is sealed")
    spool = folder / "sealing"
    contents, parts, made = _gathered(folder, spool, archive.name)
    facts = run_facts(folder, parts, contents, expected)
    closing = _close(spool / archive.name, spool, made, facts, contents)
    return _settle(folder, spool, archive, facts, closing)


def _gathered(folder: Path, spool: Path, name: str) -> tuple[Contents, list[dict], list[tuple[str, Path]]]:
    """What is in the parts, where they lie in the archive, and what was made of them; without tables where those fail."""
    try:
        return _gather(folder, spool, name, HomeTables)
    except (SealError, OSError):
        raise
    except Exception as error:  # evidence is sealed, whatever a hostile host's bytes did to the tables or to the memory
        problem = f"the tables that are made at home are missing: {type(error).__name__}"
    _custody.record(folder, "problem", step="seal", msg=problem)
    return _gather(folder, spool, name, lambda tables: NoTables(tables, problem))


def _gather(folder: Path, spool: Path, name: str, tables: t.Callable[[Path], t.Any]) \
        -> tuple[Contents, list[dict], list[tuple[str, Path]]]:
    shutil.rmtree(spool, ignore_errors=True)
    spool.mkdir(mode=0o700)
    (spool / "tables").mkdir(mode=0o700)
    contents = Contents(spool, tables(spool / "tables"))
    return contents, _join(folder, spool / name, contents), contents.finish()


def _join(folder: Path, target: Path, contents: Contents) -> list[dict]:
    """Lays the parts one behind the other, of damaged ones what is whole; where each one lies in the archive."""
    fetched = _fetched(folder)
    parts = []
    with open(target, "wb", opener=lambda path, _flags: new_file(Path(path))) as output:
        for path in sorted(path for path in (folder / PARTS).glob("*") if path.suffix in SUFFIXES):
            name = path.name.partition(".")[0]
            broken = contents.look_through(path)
            problem = _alteration(path, fetched.get(path.name)) or broken
            if problem:
                contents.damaged.append({"part": name, "problem": problem})
            usable = _mended(path, target.parent) if broken else path
            if usable is not None:
                parts.append({"part": name, "offset": output.tell(), **_append(usable, output)})
    return parts


def _fetched(folder: Path) -> dict[str, dict]:
    """What was recorded when parts came home, by the names of their files."""
    events = _custody.events(folder)
    found = {f"{event.get('part')}.tar.gz": event for event in events if event["event"] == "part"}
    for event in events:
        kept = str(event.get("kept"))
        if event["event"] == "part_torn":
            found[kept] = event
        elif event["event"] == "piece":
            found[kept] = {"pieces": [*found.get(kept, {}).get("pieces", ()), event]}
    return found


def _alteration(path: Path, event: dict | None) -> str | None:
    """What a part at home has against what was recorded when it came."""
    if event is None:
        return "came home without a record"
    is_same = _are_these(path, event["pieces"]) if "pieces" in event else file_sha256(path) == event.get("sha256")
    return None if is_same else "differs from what came home"


def _are_these(path: Path, pieces: t.Sequence[dict]) -> bool:
    """Whether a file holds these pieces, one behind the other, and nothing else."""
    with open(path, "rb") as stream:
        for piece in pieces:
            digest = hashlib.sha256()
            for start in range(0, piece["size"], CHUNK):
                digest.update(stream.read(min(CHUNK, piece["size"] - start)))
            if digest.hexdigest() != piece.get("sha256"):
                return False
        return not stream.read(1)


def _mended(path: Path, spool: Path) -> Path | None:
    """The whole entries of a torn or malformed part as a part of its own; None when there is none."""
    length = whole_length(path)
    if not length:
        return None
    target = spool / f"{path.name}.mended"
    with gzip.open(target, "wb", compresslevel=1) as output:
        for chunk in unpacked(path, length):
            output.write(chunk)
    return target


def _append(path: Path, output: t.BinaryIO) -> dict:
    digest, size = hashlib.sha256(), 0
    with open(path, "rb") as source:
        while chunk := source.read(CHUNK):
            output.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return {"size": size, "sha256": digest.hexdigest()}


def _close(archive: Path, spool: Path, made: list[tuple[str, Path]], facts: dict, contents: Contents) -> dict:
    """Adds what was made at home, and the end of the archive; where this lies in it."""
    texts = script_errors(facts, contents), json.dumps(facts, indent=2, sort_keys=True) + "\n"
    for name, text in zip(BESIDE, texts):
        _write(spool / name, text)
    packed_file = spool / "closing"
    with gzip.GzipFile(packed_file, mode="wb", compresslevel=1, mtime=0) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar:
            for name, path in [*((name, spool / name) for name in BESIDE), *made]:
                _add_file(tar, name, path)
    with open(archive, "ab") as output:
        return {"offset": output.tell(), **_append(packed_file, output)}


def _add_file(tar: tarfile.TarFile, name: str, path: Path) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = path.stat().st_size, int(time.time()), 0o600
    with open(path, "rb") as stream:
        tar.addfile(entry, stream)


def _settle(folder: Path, spool: Path, archive: Path, facts: dict, closing: dict) -> dict:
    """Puts the archive into its place, writes its hash and the custody event, and removes what is inside it now."""
    flush(spool / archive.name)
    sha256 = file_sha256(spool / archive.name)
    beside = {name: file_sha256(spool / name) for name in BESIDE}
    _write(spool / "sha256", f"{sha256}  {archive.name}\n").replace(archive.with_name(archive.name + ".sha256"))
    for name in (*BESIDE, archive.name):
        (spool / name).replace(folder / name)
    size = archive.stat().st_size
    anchor = _custody.record(
        folder, "sealed", archive=archive.name, size=size, sha256=sha256, complete=facts["complete"],
        parts=facts["parts"], closing=closing, beside=beside, sealed=iso(now()),
    )
    _write(spool / "anchor", f"{anchor}\n").replace(folder / _custody.ANCHOR)
    shutil.rmtree(spool)
    _remove_parts(folder / PARTS, facts)
    return {"archive": str(archive), "size": size, "sha256": sha256, "custody": anchor, **facts}


def _write(path: Path, text: str) -> Path:
    with open(new_file(path), "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    return path


def _remove_parts(parts: Path, facts: dict) -> None:
    """Of a damaged part the archive has what is whole: the part itself stays."""
    damaged = [row["part"] for row in facts["damaged"]]
    for part in facts["parts"]:
        if part["part"] not in damaged:
            for suffix in (".gz", ".pieces"):
                (parts / f"{part['part']}.tar{suffix}").unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        parts.rmdir()
