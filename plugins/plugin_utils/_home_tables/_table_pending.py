# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.


"""Files that may turn out to be histories: kept until the host's rows say so, under whatever name they came."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._names import key_of, unescape
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_streams import (
    CHUNK, LINE, Source, json_object, lines,
)

FILE_BYTES = 64 << 20
ALL_BYTES = 512 << 20
MAX_FILES = 100_000


class Pending:
    """Keeps files in one spool file, by the name of the archive's member.

    The host's table ``history_files`` names histories as they were asked for; the manifest, which comes after it, says
    under which name in the archive each one is.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "pending"
        self._stream = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")
        self._kept: dict[bytes, tuple[int, int]] = {}  # by `key_of`
        self._refused: set[bytes] = set()
        self._wanted: set[str] = set()
        self._left = ALL_BYTES

    def keep(self, member: bytes, size: int, stream: Source) -> None:
        """Keeps a file while there is room; once the histories were named, nothing more is needed."""
        if self._wanted or len(self._kept) + len(self._refused) >= MAX_FILES:
            return
        if size > min(FILE_BYTES, self._left):
            self._refused.add(key_of(member))
            return
        start = self._stream.seek(0, os.SEEK_END)
        while data := stream.read(CHUNK):
            self._stream.write(data)
        self._kept[key_of(member)] = start, self._stream.tell() - start
        self._left -= size

    def want(self, stream: Source) -> None:
        """The host's table ``history_files``."""
        for _number, line, _cut in lines(stream, LINE):
            path = (json_object(line) or {}).get("path")
            if isinstance(path, str) and len(self._wanted) < MAX_FILES:
                self._wanted.add(path)

    def named(self, row: dict[str, Any]) -> bytes | None:
        """The member of the archive that a row of the manifest has for a history, or None when it is about none."""
        path, archived = row.get("path"), row.get("archived")
        if not isinstance(path, str) or path not in self._wanted or not isinstance(archived, str):
            return None
        return unescape(archived)

    def was_refused(self, member: bytes) -> bool:
        """Whether there was no room for a file."""
        return key_of(member) in self._refused

    def taken(self, member: bytes) -> io.BytesIO | None:
        """The bytes of a file that was kept; each is given once."""
        place = self._kept.pop(key_of(member), None)
        if place is None:
            return None
        self._stream.seek(place[0])
        return io.BytesIO(self._stream.read(place[1]))

    def close(self) -> None:
        """Removes the spool file."""
        self._stream.close()
        self._path.unlink()


__all__ = ("Pending",)
