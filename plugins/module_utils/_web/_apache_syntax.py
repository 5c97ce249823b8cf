# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The grammar of Apache's configuration files, as ``ap_cfg_getline`` and ``ap_getword_conf`` of httpd 2.4 have it.

A line ends at its newline unless a backslash stands right before it; a line whose first character is ``#`` is a
comment, continued ones included; a ``#`` anywhere else is part of an argument. Quotes count only at the beginning of a
word.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_shell import substituted

MAX_LINE = 1 << 16
_BLANK = b" \t\n\v\f\r"
_VARIABLE = re.compile(br"\$\{([^}]{0,200})\}")
_SPECIAL = {b'"': re.compile(br'["\\]'), b"'": re.compile(br"['\\]")}
_BARE = re.compile(br"[^ \t\n\v\f\r]+")


def lines(data):
    """(number, text) of each logical line that isn't empty nor a comment; `number` is the one it begins on.

    Of a line longer than `MAX_LINE` only the beginning is given.
    """
    position = number = 0
    while position < len(data):
        first, pieces, size = number + 1, [], 0
        while position < len(data):
            end = data.find(b"\n", position)
            end = len(data) if end < 0 else end
            piece, complete = data[position:end], end < len(data)
            position, number = end + 1, number + 1
            if piece.endswith(b"\r"):
                piece = piece[:-1]
            continued = complete and piece.endswith(b"\\")
            if size < MAX_LINE:
                pieces.append((piece[:-1] if continued else piece)[:MAX_LINE])
                size += len(pieces[-1])
            if not continued:
                break
        text = b"".join(pieces)[:MAX_LINE].strip(_BLANK)
        if text and not text.startswith(b"#"):
            yield first, text


def next_word(text):
    """(word, rest): quotes undone, white space before and behind it removed."""
    text = text.lstrip(_BLANK)
    special = _SPECIAL.get(text[:1])
    if special is None:
        match = _BARE.match(text)
        word, rest = (match.group(), text[match.end():]) if match else (b"", b"")
        return word.replace(b"\\\\", b"\\"), rest.lstrip(_BLANK)
    quote, pieces, position = text[:1], [], 1
    while True:
        match = special.search(text, position)
        if match is None:
            return b"".join(pieces) + text[position:], b""
        pieces.append(text[position:match.start()])
        if match.group() == quote:
            return b"".join(pieces), text[match.end():].lstrip(_BLANK)
        following = text[match.end():match.end() + 1]
        pieces.append(following if following in (quote, b"\\") else b"\\" + following)
        position = match.end() + 1


def words(text):
    """All words of a directive's arguments."""
    found = []
    while text:
        word, text = next_word(text)
        found.append(word)
    return found


def section(text):
    """(name, arguments, is_end) of ``<Name arguments>`` or ``</Name>``; None for anything else."""
    if not text.startswith(b"<"):
        return None
    is_end = text.startswith(b"</")
    inside = text[2 if is_end else 1:]
    inside = inside[:inside.rfind(b">")] if b">" in inside else inside
    name, arguments = next_word(inside)
    return name, arguments, is_end


def resolve(text, variables):
    """``${NAME}`` put in from a list of dicts, the first that has it wins; unknown ones stay as they are."""
    def value(match):
        for known in variables:
            if match.group(1) in known:
                return known[match.group(1)]
        return match.group()
    return substituted(_VARIABLE, value, text, MAX_LINE) if b"${" in text else text


def variables_left(text):
    """Names of the variables that are still in a text."""
    return [name for name in _VARIABLE.findall(text) if b":" not in name]


def replace_parameters(text, parameters, values):
    """A line of a macro with its parameters put in: of two that match, the longer one."""
    if not parameters:
        return text
    known = dict(list(zip(parameters, values))[:100])
    names = b"|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
    return substituted(re.compile(names), lambda match: known[match.group()], text, MAX_LINE)


__all__ = (
    "MAX_LINE", "lines", "next_word", "replace_parameters", "resolve", "section", "variables_left", "words",
)
