# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The seal: parts joined into one archive, the tables made from the bytes, what is missing said, all of it hashed."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import tarfile
import time
import typing as t
from collections import Counter
from pathlib import Path

from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _custody
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import PARTS, file_sha256, iso, new_file, now
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._names import escape
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._part_reader import (
    REGULAR, Body, Entry, Malformed, Torn, read_part, whole_length,
)
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._run_report import run_facts, script_errors
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._tables import HomeTables

MANIFEST = b"manifest/"
MANIFEST_LINE = 1 << 16
CHUNK = 1 << 20


class SealError(Exception):
    """Why a run can't be sealed."""


class Contents:
    """What was seen while the parts were read once: states, problems, the list of all files, the tables at home."""

    def __init__(self, spool: Path):
        self.states: Counter[str] = Counter()
        self.not_collected: list[dict] = []
        self.damaged: list[dict] = []
        self.entries = 0
        self.tree = spool / "1_OUTPUT-TREE.txt"
        self.tables = HomeTables(spool / "tables")
        self._tree = open(self.tree, "w", encoding="utf-8", opener=lambda path, _flags: new_file(Path(path)))

    def take(self, entry: Entry, body: Body) -> None:
        """Looks at one entry; what it has to do with a table goes there."""
        self.entries += 1
        self._tree.write(f"{entry.size:>14} {escape(entry.name)}\n")
        if entry.kind != REGULAR:
            return
        if entry.name.startswith(MANIFEST):
            self._read_manifest(io.BufferedReader(body))
        else:
            self.tables.offer(entry.name, entry, io.BufferedReader(body))

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
                state = row["state"]
            except (ValueError, TypeError, KeyError, RecursionError):
                row, state = {"path": "a manifest row that can't be read"}, "failed"
            self.states[str(state)[:20]] += 1
            if state not in ("collected", "absent"):
                self.not_collected.append(row)

    def finish(self) -> list[tuple[str, Path]]:
        """Ends the tables; every file made at home with its name in the archive."""
        self._tree.close()
        return [("1_OUTPUT-TREE.txt", self.tree), *self.tables.finish()]


def seal(folder: Path, host: str, expected: t.Sequence[str]) -> dict:
    """Seals a run's folder; returns facts for the operator. The parts go away once they are inside the archive.

    `expected` are the names of the parts that a complete run has.
    """
    archive = folder / f"{host}.tar.gz"
    if archive.exists():
        raise SealError(f"{archive} exists: this run is sealed")
    spool = folder / "sealing"
    shutil.rmtree(spool, ignore_errors=True)
    (spool / "tables").mkdir(mode=0o700, parents=True)
    contents = Contents(spool)
    parts = _join(folder, spool / archive.name, contents)
    made = contents.finish()
    facts = run_facts(folder, parts, contents, expected)
    _close(spool / archive.name, spool, made, facts, contents)
    return _settle(folder, spool, archive, facts)


def _join(folder: Path, target: Path, contents: Contents) -> list[dict]:
    """Lays the parts one behind the other, of damaged ones what is whole; where each one lies in the archive."""
    fetched = {event["part"]: event for event in _custody.events(folder) if event.get("event") == "part"}
    parts = []
    with open(target, "wb", opener=lambda path, _flags: new_file(Path(path))) as output:
        for path in sorted(path for path in (folder / PARTS).iterdir() if path.suffix in (".gz", ".torn")):
            name = path.name.partition(".")[0]
            broken = contents.look_through(path)
            problem = _alteration(path, fetched.get(name)) or broken
            if problem:
                contents.damaged.append({"part": name, "problem": problem})
            usable = _mended(path, target.parent) if broken else path
            if usable is not None:
                parts.append({"part": name, "offset": output.tell(), **_append(usable, output)})
    return parts


def _alteration(path: Path, event: dict | None) -> str | None:
    """What a part at home has against what was recorded when it came; a torn one was never whole."""
    if path.suffix == ".torn":
        return None
    if event is None:
        return "came home without a record"
    return None if file_sha256(path) == event.get("sha256") else "differs from what came home"


def _mended(path: Path, spool: Path) -> Path | None:
    """The whole entries of a torn or malformed part as a part of its own; None when there is none."""
    length = whole_length(path)
    if not length:
        return None
    target = spool / f"{path.name}.mended"
    with gzip.open(path, "rb") as source, gzip.open(target, "wb", compresslevel=1) as output:
        while length:
            chunk = source.read(min(length, CHUNK))
            output.write(chunk)
            length -= len(chunk)
    return target


def _append(path: Path, output: t.BinaryIO) -> dict:
    digest, size = hashlib.sha256(), 0
    with open(path, "rb") as source:
        while chunk := source.read(CHUNK):
            output.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return {"size": size, "sha256": digest.hexdigest()}


def _close(archive: Path, spool: Path, made: list[tuple[str, Path]], facts: dict, contents: Contents) -> None:
    """Adds what was made at home, and the end of the archive."""
    errors = spool / "0_SCRIPT-ERRORS.txt"
    errors.write_text(script_errors(facts, contents), encoding="utf-8")
    run = spool / "run.json"
    run.write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    with open(archive, "ab") as output, gzip.GzipFile(fileobj=output, mode="wb", compresslevel=1, mtime=0) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar:
            for name, path in [("0_SCRIPT-ERRORS.txt", errors), ("run.json", run), *made]:
                _add_file(tar, name, path)


def _add_file(tar: tarfile.TarFile, name: str, path: Path) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = path.stat().st_size, int(time.time()), 0o600
    with open(path, "rb") as stream:
        tar.addfile(entry, stream)


def _settle(folder: Path, spool: Path, archive: Path, facts: dict) -> dict:
    """Puts the archive into its place, writes its hash and the custody event, and removes what is inside it now."""
    for name in ("0_SCRIPT-ERRORS.txt", "run.json"):
        (spool / name).chmod(0o600)
        (spool / name).replace(folder / name)
    (spool / archive.name).replace(archive)
    sha256 = file_sha256(archive)
    with open(new_file(archive.with_name(archive.name + ".sha256")), "w", encoding="utf-8") as stream:
        stream.write(f"{sha256}  {archive.name}\n")
    size = archive.stat().st_size
    anchor = _custody.record(
        folder, "sealed", archive=archive.name, size=size, sha256=sha256, complete=facts["complete"],
        parts=facts["parts"], sealed=iso(now()),
    )
    shutil.rmtree(spool)
    for part in facts["parts"]:
        (folder / PARTS / f"{part['part']}.tar.gz").unlink(missing_ok=True)
    if not any((folder / PARTS).iterdir()):
        (folder / PARTS).rmdir()
    return {"archive": str(archive), "size": size, "sha256": sha256, "custody": anchor, **facts}
