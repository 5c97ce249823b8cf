# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What a reader of trigger files is given, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

LINE = 16 << 10
LINES = 50_000


class Found(NamedTuple):
    """One command that a file makes the host run.

    `line` is None for the file as a whole. `programs` are what it runs, paths or names without a folder, the first one
    being what matters; None: whatever `command` starts with. `starts` is a unit of systemd instead of a program.
    `mechanism` and `attack` are given where they differ from those of the file.
    """

    line: int | None
    command: bytes
    trigger: str
    programs: tuple[bytes, ...] | None = None
    user: bytes | None = None
    enabled: bool | None = None
    starts: bytes | None = None
    mechanism: str | None = None
    attack: str | None = None


class Text:
    """A file's `path` on the host, its `data` (as much as is read of any), and `lines`: (number, bytes)."""

    def __init__(self, path: bytes, data: bytes) -> None:
        self.path = path
        self.data = data

    @property
    def name(self) -> bytes:
        """The last component of the path."""
        return self.path.rpartition(b"/")[2]

    @property
    def lines(self) -> list[tuple[int, bytes]]:
        """The lines, of a longer one the beginning, without newlines. Carriage returns stay: they hide commands."""
        return [(number, line[:LINE]) for number, line in enumerate(self.data.split(b"\n", LINES)[:LINES], 1)]

    def code(self, *comments: bytes) -> Iterator[tuple[int, bytes]]:
        """Number and text of each logical line: without blanks around it, continued ones joined, no comments."""
        start, joined = 0, b""
        for number, line in self.lines:
            text = line.strip(b" \t\r")
            if text.startswith(comments or (b"#",)):
                continue
            if text.endswith(b"\\") and len(joined) < LINE:
                start, joined = start or number, joined + text[:-1] + b" "
                continue
            text = (joined + text).strip()
            if text:
                yield start or number, text
            start, joined = 0, b""
        if joined.strip():
            yield start, joined.strip()

    def sections(self) -> Iterator[tuple[int, bytes, bytes, bytes]]:
        """Line, section, key and value of a file of ``[Section]`` and ``Key=Value``; what is no setting is left out."""
        section = b""
        for number, line in self.code(b"#", b";"):
            if line.startswith(b"[") and line.endswith(b"]"):
                section = line[1:-1]
                continue
            key, equals, value = line.partition(b"=")
            if equals:
                yield number, section, key.strip(), value.strip()


Reader = Callable[[Text], Iterator[Found]]

__all__ = ("Found", "LINE", "Reader", "Text")
