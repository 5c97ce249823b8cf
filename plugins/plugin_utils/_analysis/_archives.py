# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""A sealed archive at home: whether it is still what was sealed, and the tables in it."""

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


class NotSealed(NotReadable):
    """There is no record of a seal. Without a reason it is simply that the run ended before."""


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
    """One sealed run. `problems` is what its verification found; raises `NotReadable` where it can't be taken for one."""

    def __init__(self, folder: Path, verify: bool = True):
        self.folder = folder
        self.run = folder.name
        self._sealed = _sealed(folder)
        self.path = folder / Path(str(self._sealed.get("archive"))).name
        if not self.path.is_file():
            raise NotReadable(f"its archive {printable(self.path.name)} is gone")
        self.facts = _run_facts(folder / "run.json")
        self.host = str(self.facts.get("host") or folder.parent.name)
        self.size = self._sealed.get("size")
        self.sha256 = self._sealed.get("sha256")
        self.sealed = self._sealed.get("sealed")
        self.is_empty = not self._sealed["parts"]
        self.problems = _verify.problems(folder) if verify else []
        self.identity: dict = {}

    def members(self) -> t.Iterator[Member | str]:
        """Every table and manifest, its bytes to be read before the next one; text where a part stops being one."""
        for part in self._sealed["parts"]:
            yield from self._guarded(read_part, part["part"], part["offset"], part["size"])
        closing = self._sealed["closing"]
        yield from self._guarded(read_closing, "", closing["offset"], closing["size"])

    def entries(self, *parts: str) -> t.Iterator[tuple[t.Any, t.BinaryIO]]:
        """Every file in the parts of these names, or in all, its bytes to be read before the next one; as far as a part is one."""
        for part in self._sealed["parts"]:
            if not parts or part["part"] in parts:
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
    """The record of the seal, with a place in the archive for each part and for the closing entries."""
    try:
        events = _custody.events(folder)
    except OSError as error:
        raise NotReadable(f"its {_custody.NAME} can't be read: {error.strerror}") from error
    sealed = [event for event in events if event["event"] == "sealed"]
    if not sealed:
        raise NotSealed(_why_not_sealed(folder, events))
    parts = sealed[-1].get("parts")
    places = [*parts, sealed[-1].get("closing")] if isinstance(parts, list) else [None]
    if not all(isinstance(place, dict) and _is_place(place.get("offset"), place.get("size")) for place in places):
        raise NotReadable(f"what its {_custody.NAME} says of the sealed parts can't be read")
    return {**sealed[-1], "parts": [{**part, "part": str(part.get("part"))} for part in parts]}


def _why_not_sealed(folder: Path, events: list[dict]) -> str:
    if not events:
        return f"its {_custody.NAME} is gone or empty"
    if any(event["event"] == "unreadable" for event in events):
        return f"its {_custody.NAME} is damaged, and has no record of the seal"
    if any(folder.glob("*.tar.gz")):
        return f"an archive is there, but {_custody.NAME} has no record of its seal"
    return ""


def _is_place(*numbers: t.Any) -> bool:
    return all(isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 1 << 62 for number in numbers)


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
