# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Sealed archives at home: which there are, whether they are still what was sealed, and the tables in them."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import re
import typing as t
import zlib
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _custody, _verify
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import CaseError, file_name
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._names import escape
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._part_reader import (
    REGULAR, Malformed, Torn, read_closing, read_part,
)
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._printable import printable

MAX_FACTS = 16 << 20
# Unpacked bytes of one table of one archive.
MAX_TABLE = 16 << 30
# What reading a member may raise.
DAMAGES = (EOFError, gzip.BadGzipFile, zlib.error, Torn, Malformed)
IDENTITY = b"live/identity.json"
# A table that several collectors write has the collector's name behind its own.
_TABLE = re.compile(rb"tables/([a-z0-9_]{1,64})(?:\.[a-z0-9_]{1,64})?\.jsonl(\.gz)?")
_MANIFEST = re.compile(rb"manifest/([0-9]{2}-[a-z_]{1,64})\.jsonl")


class NotReadable(Exception):
    """Why an archive can't be read as evidence."""


@dataclass(frozen=True)
class Member:
    """A table's bytes in an archive: `table` (``items`` for a manifest), the `part` it lies in ("" when made at home)."""

    name: str
    table: str
    part: str
    stream: t.BinaryIO


class _Whole(io.RawIOBase):
    """The bytes of a file in a part, up to where the part stops being one."""

    def __init__(self, body: io.RawIOBase):
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> int:
        try:
            return self._body.readinto(buffer) or 0
        except (Torn, Malformed):
            return 0


class Archive:
    """One sealed run. `problems` is what its verification found; raises `NotReadable` where no seal was recorded."""

    def __init__(self, folder: Path, verify: bool = True):
        self.folder = folder
        self.run = folder.name
        self._sealed = _sealed(folder)
        self.path = folder / Path(str(self._sealed.get("archive"))).name
        self.facts = _run_facts(folder / "run.json")
        self.host = str(self.facts.get("host") or folder.parent.name)
        self.size = self._sealed.get("size")
        self.sha256 = self._sealed.get("sha256")
        self.sealed = self._sealed.get("sealed")
        self.problems = _verify.problems(folder) if verify else []
        self.identity: dict = {}

    def members(self) -> t.Iterator[Member | str]:
        """Every table and manifest, its bytes to be read before the next one; text where a part stops being one."""
        for part in self._sealed["parts"]:
            yield from self._guarded(read_part, str(part["part"]), part["offset"], part["size"])
        closing = self._sealed["closing"]
        yield from self._guarded(read_closing, "", closing["offset"], closing["size"])

    def entries(self, *parts: str) -> t.Iterator[tuple[t.Any, t.BinaryIO]]:
        """Every file in the parts of these names, its bytes to be read before the next one; as far as a part is one."""
        for part in self._sealed["parts"]:
            if part["part"] in parts:
                yield from self._files(read_part, part)

    def made_at_home(self) -> t.Iterator[tuple[t.Any, t.BinaryIO]]:
        """The same for what the seal added."""
        yield from self._files(read_closing, self._sealed["closing"])

    def _files(self, read: t.Callable, place: dict) -> t.Iterator[tuple[t.Any, t.BinaryIO]]:
        with _verify.Range(self.path, place["offset"], place["size"]) as stretch, contextlib.suppress(Torn, Malformed):
            for entry, body in read(stretch):
                if entry.kind == REGULAR:
                    yield entry, io.BufferedReader(_Whole(body), 1 << 18)

    def _guarded(self, read: t.Callable, part: str, offset: int, size: int) -> t.Iterator[Member | str]:
        try:
            with _verify.Range(self.path, offset, size) as stretch:
                for entry, body in read(stretch):
                    yield from self._member(entry, body, part)
        except (Torn, Malformed, OSError) as error:
            yield f"{part or 'what was made at home'}: {error}"

    def _member(self, entry: t.Any, body: t.Any, part: str) -> t.Iterator[Member]:
        if entry.kind != REGULAR:
            return
        name = escape(entry.name)
        table, manifest = _TABLE.fullmatch(entry.name), _MANIFEST.fullmatch(entry.name)
        if table:
            stream = io.BufferedReader(body, 1 << 18)
            yield Member(name, table[1].decode("ascii"), part, _unpacked(stream) if table[2] else stream)
        elif manifest and part:
            yield Member(name, "items", part, io.BufferedReader(body, 1 << 18))
        elif entry.name == IDENTITY and entry.size <= MAX_FACTS:
            self.identity = _mapping(body.read())


def _sealed(folder: Path) -> dict:
    for event in reversed(_custody.events(folder)):
        if event.get("event") == "sealed":
            return event
    raise NotReadable(f"{folder} holds no sealed run")


def _run_facts(path: Path) -> dict:
    try:
        with open(path, "rb") as stream:
            return _mapping(stream.read(MAX_FACTS))
    except OSError:
        return {}


def _mapping(data: bytes) -> dict:
    try:
        found = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _unpacked(stream: t.BinaryIO) -> t.BinaryIO:
    return t.cast(t.BinaryIO, gzip.GzipFile(fileobj=stream))


def newest_case(output: Path) -> str:
    """The name of the case whose run began last."""
    runs = _verify.run_folders(output)
    if not runs:
        raise CaseError(f"{output} holds no evidence: no run's custody.jsonl is there or below")
    return max(runs, key=_order).parent.parent.name


def case_folder(output: Path, case: str) -> Path:
    """A case's folder, which must be there."""
    folder = output / file_name(case)
    if not folder.is_dir():
        raise CaseError(f"{folder}: there is no such case")
    return folder


def newest_runs(case: Path) -> list[Path]:
    """Of every host of a case the run that was sealed last."""
    newest: dict[Path, Path] = {}
    for folder in _verify.run_folders(case):
        if any(event.get("event") == "sealed" for event in _custody.events(folder)):
            newest[folder.parent] = max(folder, newest.get(folder.parent, folder), key=_order)
    return sorted(newest.values())


def came_to_nothing(case: Path) -> list[dict]:
    """Rows of ``not_home``: of every host of a case whose newest run was never sealed."""
    runs: dict[Path, list[Path]] = {}
    for folder in _verify.run_folders(case):
        runs.setdefault(folder.parent, []).append(folder)
    sealed = {folder.parent: folder for folder in newest_runs(case)}
    newest = {host: max(folders, key=_order) for host, folders in runs.items()}
    return [
        {**_refusal(folder), "run": folder.name, "older_run": sealed[host].name if host in sealed else None}
        for host, folder in sorted(newest.items()) if sealed.get(host) != folder
    ]


def _refusal(folder: Path) -> dict:
    """Which host it was, and why the run ended."""
    events = _custody.events(folder)
    host = next((event.get("host") for event in events if event["event"] == "begin"), None)
    reason = next((event.get("msg") for event in reversed(events) if event["event"] == "refused"), None)
    return {
        "host": printable(str(host or folder.parent.name), 200),
        "reason": printable(str(reason or "the run ended before anything was sealed"), 500),
    }


def _order(folder: Path) -> tuple[str, int]:
    """Runs of one second have a number behind their time."""
    stamp, _dash, number = folder.name.partition("-")
    return stamp, int(number) if number.isdigit() else 1


def run_of(path: Path) -> Path:
    """The folder of a run for its archive, or for itself."""
    return path if path.is_dir() else path.parent
