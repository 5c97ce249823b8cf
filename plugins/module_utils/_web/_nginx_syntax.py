# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The grammar of nginx's configuration files, as ``ngx_conf_read_token`` has it.

Words end at white space, ``;`` or ``{``. Quotes and ``#`` count only at the beginning of a word; a backslash takes the
next byte with it; the brace of ``${name}`` opens no block. Blocks of ``*_by_lua_block`` hold Lua.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re
from collections import namedtuple

MAX_WORD = 1 << 16
MAX_WORDS = 20000

# `end` is ``;`` or ``{``; a ``}`` comes as a statement without words.
Statement = namedtuple("Statement", "words line end")

_BLANK = re.compile(br"(?:[ \t\r\n]+|#[^\n]*)")
_SIMPLE = re.compile(br"([^ \t\r\n;{}\\$#\"'][^ \t\r\n;{\\$]*)(?=[ \t\r\n;{])")
_PLAIN = re.compile(br"[^ \t\r\n;{\\$]+")
_QUOTED = {b'"': re.compile(br'["\\]'), b"'": re.compile(br"['\\]")}
_ESCAPE = re.compile(br"\\([\"'\\trn])")
_ESCAPED = {b"t": b"\t", b"r": b"\r", b"n": b"\n"}
_LUA = re.compile(br"--|\[=*\[|[\"'{}]")
_LONG_BRACKET = re.compile(br"\[=*\[")
_LUA_STRING = {b'"': re.compile(br'["\\\n]'), b"'": re.compile(br"['\\\n]")}


def _unescaped(word):
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match.group(1), match.group(1)), word) if b"\\" in word else word


class _Scanner:
    """Goes through the bytes once; `line` is the number of the line at `position`."""

    def __init__(self, data):
        self.data = data
        self.position = 0
        self.line = 1

    def move(self, position):
        self.line += self.data.count(b"\n", self.position, position)
        self.position = position

    def skip_blank(self):
        """Goes to the next thing that is neither white space nor comment; False at the end."""
        data, match = self.data, _BLANK.match(self.data, self.position)
        while match is not None:
            self.line += data.count(b"\n", self.position, match.end())
            self.position = match.end()
            match = _BLANK.match(data, self.position)
        return self.position < len(data)

    def peek(self):
        return self.data[self.position:self.position + 1]

    def word(self):
        """The word at the position, escapes undone."""
        simple = _SIMPLE.match(self.data, self.position)
        if simple is not None:
            self.position = simple.end()
            return simple.group()[:MAX_WORD]
        quoted = _QUOTED.get(self.peek())
        start = self.position
        end = self._end_of_quoted(quoted) if quoted else self._end_of_plain()
        text = self.data[start + 1:end] if quoted else self.data[start:end]
        self.move(min(end + 1, len(self.data)) if quoted else end)
        return _unescaped(text[:MAX_WORD])

    def _end_of_quoted(self, special):
        position = self.position + 1
        while True:
            match = special.search(self.data, position)
            if match is None:
                return len(self.data)
            if match.group() != b"\\":
                return match.start()
            position = match.end() + 1

    def _end_of_plain(self):
        position, data = self.position, self.data
        while position < len(data):
            match = _PLAIN.match(data, position)
            if match:
                position = match.end()
                continue
            special = data[position:position + 1]
            if special == b"\\":
                position += 2
            elif special == b"$":
                position += 2 if data[position + 1:position + 2] == b"{" else 1
            else:
                break
        return min(position, len(data))

    def skip_lua(self):
        """Goes behind the brace that closes a block of Lua."""
        position, depth = self.position, 1
        while depth:
            match = _LUA.search(self.data, position)
            if match is None:
                position = len(self.data)
                break
            token, position = match.group(), match.end()
            if token in (b"{", b"}"):
                depth += 1 if token == b"{" else -1
            else:
                position = self._end_of_lua(token, position)
        self.move(position)

    def _end_of_lua(self, token, position):
        """Where a string or comment of Lua ends whose opening ends at a position."""
        data = self.data
        if token in _LUA_STRING:
            match = _LUA_STRING[token].search(data, position)
            while match is not None and match.group() == b"\\":
                match = _LUA_STRING[token].search(data, match.end() + 1)
            return len(data) if match is None else match.end()
        closing = token.replace(b"[", b"]")
        if token == b"--":
            bracket = _LONG_BRACKET.match(data, position)
            closing = bracket.group().replace(b"[", b"]") if bracket else b"\n"
        end = data.find(closing, position)
        return len(data) if end < 0 else end + len(closing)


def statements(data):
    """A `Statement` for each directive, begin and end of a block, in order.

    Never fails: a ``}`` ends what has no ``;`` before it, what the file ends in without one is nothing.
    """
    scanner = _Scanner(data)
    if data.startswith(b"\xef\xbb\xbf"):
        scanner.move(3)
    words, line = [], 0
    while scanner.skip_blank():
        character = scanner.peek()
        if character not in (b";", b"{", b"}"):
            line = line if words else scanner.line
            word = scanner.word()
            if len(words) < MAX_WORDS:
                words.append(word)
            continue
        if character == b"}" and words:
            yield Statement(words, line, b";")
            words = []
        yield Statement(words, line if words else scanner.line, character)
        scanner.move(scanner.position + 1)
        if character == b"{" and words and words[0].endswith(b"_by_lua_block"):
            scanner.skip_lua()
            yield Statement([], scanner.line, b"}")
        words = []


__all__ = ("Statement", "statements")
