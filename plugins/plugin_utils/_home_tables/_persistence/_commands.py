# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Which programs a command line runs: past assignments, past wrappers like ``nohup`` and ``sudo``, into ``sh -c``."""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST = 8 << 10
MOST = 12
DEPTH = 4
# Operators and newlines between simple commands, redirections, or a word with its quotes.
_TOKEN = re.compile(
    rb"(?P<end>[;&|()\n`]+|\$\()|(?P<redirect>[0-9]*[<>]+&?)|"
    rb"(?P<word>(?:\\.|'[^']*'|\"(?:[^\"\\]|\\.)*\"|[^\s;&|()<>`'\"\\])+)", re.DOTALL
)
_QUOTES = re.compile(rb"'([^']*)'|\"((?:[^\"\\]|\\.)*)\"|\\(.)", re.DOTALL)
_ASSIGNMENT = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*\+?=")
_KEYWORDS = frozenset((b"if", b"then", b"else", b"elif", b"do", b"while", b"until", b"!", b"{", b"}", b"fi", b"done"))
_SHELLS = frozenset((b"sh", b"bash", b"dash", b"ash", b"zsh", b"ksh", b"mksh", b"rbash"))
_INTERPRETER = re.compile(rb"(?:python|perl|ruby|php|node|nodejs|lua|tclsh|expect|gawk|awk)[0-9.]*\Z")
# What runs another program: its options that are followed by a value, and how many arguments come before the program.
_WRAPPERS: dict[bytes, tuple[frozenset[bytes], int]] = {
    name: (frozenset(options), arguments) for names, options, arguments in (
        ((b"env",), (b"-u", b"-C"), 0), ((b"exec",), (b"-a",), 0), ((b"nice",), (b"-n",), 0),
        ((b"ionice",), (b"-c", b"-n", b"-p"), 0), ((b"sudo", b"doas"), (b"-u", b"-g", b"-p", b"-C", b"-h"), 0),
        ((b"nohup", b"setsid", b"command", b"time", b"busybox", b"unbuffer", b"eval", b"then"), (), 0),
        ((b"timeout",), (b"-k", b"-s"), 1), ((b"flock",), (b"-w", b"-E"), 1), ((b"chrt",), (b"-p",), 1),
        ((b"stdbuf",), (b"-i", b"-o", b"-e"), 0), ((b"taskset",), (), 1), ((b"chroot",), (), 1),
        ((b"setuidgid", b"chpst"), (b"-u", b"-e"), 0), ((b"runuser",), (b"-u", b"-g"), 0),
        ((b"systemd-run", b"systemd-cat"), (b"-t", b"-p", b"-u", b"-M"), 0), ((b"xargs",), (b"-I", b"-n", b"-P"), 0),
        ((b".", b"source"), (), 0), ((b"run-parts",), (), 0), ((b"setarch", b"linux64"), (), 0),
    ) for name in names
}
_SYSTEM = re.compile(rb"\A(?:/usr)?/bin/(?=[^/]+\Z)")
# Said often, and never the reason why a line is there.
_BY_THE_WAY = frozenset((
    b"test", b"[", b"[[", b"cd", b":", b"true", b"false", b"echo", b"printf", b"export", b"set", b"unset", b"umask", b"ulimit",
    b"sleep", b"exit", b"return", b"local", b"read", b"shift", b"trap", b"alias", b"for", b"case", b"esac", b"in", b"break",
    b"continue", b"logger", b"date", b"mkdir", b"eval", b"exec", b"command",
))


def unquoted(word: bytes) -> bytes:
    """A word of a shell as the program gets it; variables stay as they are written."""
    return _QUOTES.sub(lambda match: next((part for part in match.groups() if part is not None), b""), word)


def programs(command: bytes) -> list[bytes]:
    """What a command line runs, paths or names, the one that matters first; scripts come before their interpreters."""
    found = list(dict.fromkeys(_programs(command[:LONGEST].replace(b"\\\n", b" "), DEPTH)))[:MOST]
    by_the_way = [one for one in found if _SYSTEM.sub(b"", one) in _BY_THE_WAY]
    return [one for one in found if one not in by_the_way] or by_the_way[:1]


def _programs(command: bytes, depth: int) -> Iterator[bytes]:
    words: list[bytes] = []
    skip = False
    for match in _TOKEN.finditer(command):
        if match.lastgroup == "word":
            if not skip:
                words.append(unquoted(match.group()))
            skip = False
        elif match.lastgroup == "redirect":
            skip = True
        else:
            yield from _of_words(words, depth)
            words, skip = [], False
    yield from _of_words(words, depth)


def _of_words(words: list[bytes], depth: int) -> Iterator[bytes]:
    """The programs of one simple command."""
    while words and (words[0] in _KEYWORDS or _ASSIGNMENT.match(words[0])):
        words = words[1:]
    if not words or depth == 0:
        return
    name = words[0].rpartition(b"/")[2]
    if name in _WRAPPERS:
        yield from _of_words(_behind_wrapper(words[1:], *_WRAPPERS[name]), depth - 1)
    elif name in _SHELLS or name == b"su":
        yield from _of_shell(words[1:], depth)
    elif _INTERPRETER.match(name):
        yield from _script(words[1:])
    yield words[0]


def _behind_wrapper(words: list[bytes], with_value: frozenset[bytes], arguments: int) -> list[bytes]:
    while words and (words[0].startswith(b"-") or _ASSIGNMENT.match(words[0]) or arguments):
        if not words[0].startswith(b"-") and not _ASSIGNMENT.match(words[0]):
            arguments -= 1
        words = words[2 if words[0] in with_value else 1:]
    return words


def _of_shell(words: list[bytes], depth: int) -> Iterator[bytes]:
    for position, word in enumerate(words):
        if word.startswith(b"-") and not word.startswith(b"--") and word.endswith(b"c"):
            yield from _programs(b"".join(words[position + 1:position + 2]), depth - 1)
            return
    yield from _script(words)


def _script(words: list[bytes]) -> Iterator[bytes]:
    """The file that an interpreter is to run, unless the program is in its arguments."""
    for word in words:
        if word in (b"-c", b"-e", b"-m", b"-r", b"-n"):
            return
        if not word.startswith(b"-"):
            if b"/" in word:
                yield word
            return


__all__ = ("programs", "unquoted")
