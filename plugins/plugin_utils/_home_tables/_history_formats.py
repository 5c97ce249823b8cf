# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.


"""The formats of history files: who writes what how.

bash and ksh: a line a command, before it ``#`` and seconds since the epoch when HISTTIMEFORMAT is set; tcsh: ``#+``
and seconds; zsh: ``: seconds:duration;command`` with EXTENDED_HISTORY, a backslash before the newline of a command of
several lines, and its own encoding of bytes (Meta, 0x83, before a byte with bit 5 turned over); fish: a subset of
YAML; libedit (in mysql, sqlite3, psql and python on some systems): ``_HiStOrY_V2_``, then lines as by vis(3); psql
with readline: 0x01 for newline; prompt_toolkit (mycli, pgcli, ...): ``# local time`` and lines with ``+``; less:
sections after a dot; vim: one character for the kind of a line, bar lines behind with the time; mksh: 0xabcd and
entries of 0xff, a number in four bytes and the command with a NUL; ksh93: 0x8101 and commands that end in newline and
NUL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

Line = tuple[int, bytes, bool]
LONGEST = 1 << 16


class Entry(NamedTuple):
    """A command: first line, how many lines, its bytes, time in seconds since the epoch, and what else is known."""

    line: int
    command: bytes
    lines: int = 1
    seconds: int | None = None
    seconds_source: str | None = None
    local_time: str | None = None
    after: int | None = None
    elapsed: int | None = None
    section: str | None = None
    cut: bool = False
    note: str | None = None


_STAMP = re.compile(rb"#\+?([0-9]{8,20})\Z")
_ZSH = re.compile(rb": *([0-9]{1,20}):([0-9]{1,20});")
_FISH_WHEN = re.compile(rb"  when: *([0-9]{1,20})\Z")
_FISH_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_VIS = re.compile(rb"\\(?:([0-7]{3})|(\\)|M-(.)|M\^(.)|\^(.)|([abfnrstv0]))")
_VIS_LETTERS = dict(zip(map(bytes, zip(b"abfnrstv0")), map(bytes, zip(b"\a\b\f\n\r \t\v\0"))))
_PROMPT_TIME = re.compile(rb"# ([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?)\Z")
_VIM_KINDS = {b":": "command", b"?": "search", b"=": "expression", b"@": "input"}
_MKSH, _KSH = b"\xab\xcd", b"\x81\x01"
_MKSH_ENTRY = re.compile(rb"\xff[\s\S]{4}([^\0]*)\0")
_KSH_MARKER = re.compile(rb"\x82\0[\s\S]{3}\0")
_TIMED = re.compile(rb"#\+?1[0-9]{9}\n|: *1[0-9]{9}:[0-9]+;|- cmd:[^\n]*\n  when: *1[0-9]{9}\n|_HiStOrY_V2_\n")
_VIM_BAR = re.compile(rb"\|2,[0-9],([0-9]{1,20}),")
_VIM_MARK_TIME = re.compile(rb"\t\*\t([0-9]{1,20})\t")


class _Joined:
    """A command of several lines in the making."""

    def __init__(self, number: int, piece: bytes, cut: bool) -> None:
        self.number, self.pieces, self.cut, self.lines = number, [piece], cut, 1
        self._left = LONGEST - len(piece)

    def add(self, piece: bytes, cut: bool) -> None:
        self.lines += 1
        self.cut = self.cut or cut or len(piece) >= self._left
        if self._left > 0:
            self.pieces.append(piece[:self._left])
            self._left -= len(piece) + 1

    def command(self) -> bytes:
        return b"\n".join(self.pieces)


def plain(lines: Iterable[Line]) -> Iterator[Entry]:
    """A line a command; lines of ``#`` and a time give it to the command behind them."""
    stamp, latest = None, None
    for number, line, cut in lines:
        found = _STAMP.match(line)
        if found:
            if stamp is not None:
                yield _lonely(*stamp)
            stamp, latest = (number, line), int(found.group(1))
        elif stamp is not None:
            source = "tcsh" if stamp[1][1:2] == b"+" else "bash"
            yield Entry(number, line, seconds=latest, seconds_source=source, cut=cut)
            stamp = None
        else:
            yield Entry(number, line, after=latest, cut=cut)
    if stamp is not None:
        yield _lonely(*stamp)


def _lonely(number: int, line: bytes) -> Entry:
    return Entry(number, line, note="a timestamp without a command")


def zsh(lines: Iterable[Line]) -> Iterator[Entry]:
    """zsh with or without EXTENDED_HISTORY."""
    joined = None
    for number, line, cut in lines:
        if joined is None:
            joined = _Joined(number, line, cut)
        else:
            joined.add(line, cut)
        if cut or not line.endswith(b"\\"):
            yield _zsh_entry(joined)
            joined = None
    if joined is not None:
        yield _zsh_entry(joined)


def _zsh_entry(joined: _Joined) -> Entry:
    command = unmetafied(joined.command()).replace(b"\\\n", b"\n")
    found = _ZSH.match(command)
    if not found:
        return Entry(joined.number, command, joined.lines, cut=joined.cut)
    seconds, elapsed = (int(group) for group in found.groups())
    return Entry(joined.number, command[found.end():], joined.lines, seconds, "zsh", elapsed=elapsed, cut=joined.cut)


def unmetafied(raw: bytes) -> bytes:
    """The bytes that zsh wrote as Meta (0x83) and the byte with bit 5 turned over."""
    first, *rest = raw.split(b"\x83")
    return first + b"".join(bytes((piece[0] ^ 0x20,)) + piece[1:] if piece else b"\x83" for piece in rest)


def fish(lines: Iterable[Line]) -> Iterator[Entry]:
    """fish since 2.0."""
    entry = None
    for number, line, cut in lines:
        if line.startswith(b"- cmd:"):
            if entry:
                yield entry
            entry = Entry(number, _fish_unescaped(line[6:].removeprefix(b" ")), cut=cut)
        elif entry and line.startswith(b"  "):
            when = _FISH_WHEN.match(line)
            entry = entry._replace(lines=number - entry.line + 1)
            if when and entry.seconds is None:
                entry = entry._replace(seconds=int(when.group(1)), seconds_source="fish")
        else:
            if entry:
                yield entry
            entry = None
            yield Entry(number, line, cut=cut, note="not in the format of fish")
    if entry:
        yield entry


def _fish_unescaped(raw: bytes) -> bytes:
    return _FISH_ESCAPE.sub(lambda match: b"\n" if match.group(1) == b"n" else match.group(1), raw)


def libedit(lines: Iterable[Line]) -> Iterator[Entry]:
    """libedit's ``_HiStOrY_V2_``; the header is passed over."""
    for number, line, cut in lines:
        if number > 1 or line != b"_HiStOrY_V2_":
            yield Entry(number, _VIS.sub(_unvis, line), cut=cut)


def _unvis(match: re.Match) -> bytes:
    octal, backslash, meta, meta_control, control, letter = match.groups()
    if octal:
        return bytes((int(octal, 8) & 0xFF,))
    if backslash:
        return backslash
    if letter:
        return _VIS_LETTERS[letter]
    byte = (meta or meta_control or control)[0]
    if meta is None:
        byte = 0x7F if byte == 0x3F else byte & 0x1F
    return bytes((byte | 0x80 if control is None else byte,))


def psql(lines: Iterable[Line]) -> Iterator[Entry]:
    """psql with readline: 0x01 stands for the newlines of a command."""
    for number, line, cut in lines:
        yield Entry(number, line.replace(b"\x01", b"\n"), cut=cut)


def prompt_toolkit(lines: Iterable[Line]) -> Iterator[Entry]:
    """prompt_toolkit's FileHistory: the local time of the host in a comment, the lines of the command after ``+``."""
    joined, moment = None, None
    for number, line, cut in lines:
        if line.startswith(b"+") and joined is not None:
            joined.add(line[1:], cut)
            continue
        if joined is not None:
            yield Entry(joined.number, joined.command(), joined.lines, local_time=moment, cut=joined.cut)
            joined, moment = None, None
        found = _PROMPT_TIME.match(line)
        if found:
            moment = b"T".join(found.groups()).decode("ascii")
        elif line.startswith(b"+"):
            joined = _Joined(number, line[1:], cut)
        elif line:
            yield Entry(number, line, cut=cut, note="not in the format of prompt_toolkit")
    if joined is not None:
        yield Entry(joined.number, joined.command(), joined.lines, local_time=moment, cut=joined.cut)


def less(lines: Iterable[Line]) -> Iterator[Entry]:
    """less: searches, shell commands and marks."""
    section = None
    for number, line, cut in lines:
        if line.startswith(b"."):
            section = line[1:64].decode("ascii", "replace") if line in (b".search", b".shell", b".mark") else None
        elif line:
            yield Entry(number, line.removeprefix(b'"'), section=section, cut=cut)


def viminfo(lines: Iterable[Line]) -> Iterator[Entry]:
    """vim: command lines, searches and the like, and the files that were edited (``file``), with times since vim 8."""
    entry = None
    for number, line, cut in lines:
        timed = _VIM_BAR.match(line)
        if entry and entry.seconds is None:
            stamp = _VIM_MARK_TIME.match(line) if entry.section == "file" else timed
            if stamp:
                lines_so_far = number - entry.line + 1
                entry = entry._replace(seconds=int(stamp.group(1)), seconds_source="viminfo", lines=lines_so_far)
        if timed or line[:1] in (b"|", b"\t", b"#", b"*", b""):
            continue
        if entry:
            yield entry
        entry = _vim_entry(number, line, cut)
    if entry:
        yield entry


def _vim_entry(number: int, line: bytes, cut: bool) -> Entry | None:
    if line.startswith(b"> "):
        return Entry(number, line[2:], section="file", cut=cut)
    kind = _VIM_KINDS.get(line[:1])
    skipped = 2 if kind == "search" and line[1:2] in (b"/", b" ") else 1
    return Entry(number, line[skipped:], section=kind, cut=cut) if kind else None


def ksh(data: bytes) -> Iterator[Entry]:
    """mksh and ksh93, which are binary; entries are counted instead of lines."""
    if data.startswith(_MKSH):
        commands = [match.group(1) for match in _MKSH_ENTRY.finditer(data)]
    else:
        pieces = _KSH_MARKER.sub(b"\0", data[2:]).split(b"\0")
        commands = [piece.strip(b"\n") for piece in pieces if piece.strip(b"\n")]
    for number, command in enumerate(commands, 1):
        yield Entry(number, command[:LONGEST], cut=len(command) > LONGEST)


Reader = Callable[[Iterable[Line]], Iterator[Entry]]
_BY_CONTENT: tuple[tuple[re.Pattern, Reader], ...] = (
    (re.compile(rb"_HiStOrY_V2_\n"), libedit),
    (re.compile(rb"\.less-history-file:"), less),
    (re.compile(rb"# This viminfo file was generated by Vim"), viminfo),
    (re.compile(rb"\s*# [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]{8,15}\n\+"), prompt_toolkit),
    (re.compile(rb"- cmd:[^\n]*\n  when:"), fish),
    (re.compile(rb": *[0-9]{9,11}:[0-9]+;"), zsh),
)
_BY_NAME: tuple[tuple[re.Pattern, Reader], ...] = (
    (re.compile(rb"zsh|zhist|\.histfile"), zsh),
    (re.compile(rb"fish_history"), fish),
    (re.compile(rb"psql_history"), psql),
    (re.compile(rb"lesshst"), less),
    (re.compile(rb"viminfo"), viminfo),
)


def reader(name: bytes, first: bytes) -> Reader:
    """The reader for a file, by its first bytes or else its name; `plain` for everything unknown."""
    for patterns, subject, find in ((_BY_CONTENT, first, re.Pattern.match), (_BY_NAME, name, re.Pattern.search)):
        for pattern, found in patterns:
            if find(pattern, subject):
                return found
    return plain


def is_ksh(first: bytes) -> bool:
    """Whether this is a binary history of mksh or ksh93."""
    return first.startswith((_MKSH, _KSH))


def looks_like_history(first: bytes) -> bool:
    """Whether a file of any name begins as only histories do: with a command's time."""
    return bool(_TIMED.match(first))


__all__ = ("Entry", "LONGEST", "is_ksh", "ksh", "looks_like_history", "reader")
