# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What shell files set and command lines say, as far as that can be known without running a shell.

For ``envvars`` of Apache, files below /etc/default and /etc/sysconfig, ``EnvironmentFile`` and ``ExecStart`` of units.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

MAX_VALUE = 1 << 13
_SPACE = re.compile(br"\s+")
_PLAIN = re.compile(br"[^\s\\\"']+")
_ENDS = re.compile(br"[\s;&]")
_NAME = re.compile(br"[A-Za-z_][A-Za-z0-9_]*\Z")
_ASSIGNMENT = re.compile(br"([A-Za-z_][A-Za-z0-9_]*)=")
_DEFAULT = re.compile(br":\s+\"?\$\{([A-Za-z_][A-Za-z0-9_]*):?=([^}]*)\}\"?\s*\Z")
_VARIABLE = re.compile(br"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?:(##?|:?[-=+])([^}]*))?\})")
_TEST = re.compile(br"(?:el)?if\s+(?:\[|test)\s+(\"[^\"]*\"|\S+)\s+(!?=)=?\s+(\"[^\"]*\"|[^\s;\]]+)")


def substituted(pattern, value_of, text, limit):
    """`text` with ``value_of(match)`` in the place of each match; ends at `limit` bytes, however large values are."""
    pieces, position, size = [], 0, 0
    for match in pattern.finditer(text):
        value = value_of(match)
        pieces += [text[position:match.start()], value]
        size += match.start() - position + len(value)
        position = match.end()
        if size > limit:
            break
    else:
        pieces.append(text[position:])
    return b"".join(pieces)[:limit]


def words(text, keep_quotes=False):
    """The words of a command line: white space outside quotes parts them, a backslash takes the next byte as it is."""
    found, word, position, text = [], None, 0, text[:1 << 20]
    while position < len(text):
        space = _SPACE.match(text, position)
        if space:
            if word is not None:
                found.append(b"".join(word))
            word, position = None, space.end()
            continue
        piece, position = _piece(text, position, keep_quotes)
        word = [piece] if word is None else word + [piece]
    return found + ([b"".join(word)] if word is not None else [])


def _piece(text, position, keep_quotes):
    """(bytes, where to go on) of the plain, quoted or escaped piece of a word at a position."""
    plain = _PLAIN.match(text, position)
    if plain:
        return plain.group(), plain.end()
    quote = text[position:position + 1]
    if quote == b"\\":
        return text[position + (0 if keep_quotes else 1):position + 2], position + 2
    end = text.find(quote, position + 1)
    end = len(text) if end < 0 else end
    return text[position:end + 1] if keep_quotes else text[position + 1:end], end + 1


def expand(text, variables):
    """A value with ``$NAME``, ``${NAME}``, ``${NAME:-value}``, ``${NAME##prefix}`` put in; unknown names are empty.

    None when it holds what only a shell can say.
    """
    if b"$(" in text or b"`" in text:
        return None
    return substituted(_VARIABLE, lambda match: _value(match, variables), text, MAX_VALUE)


def _value(match, variables):
    plain, braced, operator, operand = match.groups()
    value = variables.get(plain or braced, b"")
    if operator in (b"#", b"##"):
        return value[len(operand):] if operand and value.startswith(operand) else value
    if operator in (b"-", b"=", b":-", b":="):
        return value or operand
    if operator:
        return operand if value else b""
    return value


def _assigned(text, variables):
    """The value behind a ``=``: quotes undone, variables put in unless the quotes are single ones."""
    pieces, position = [], 0
    while position < len(text) and not _ENDS.match(text, position):
        quote = text[position:position + 1]
        end = position + 1
        if quote in (b"'", b'"'):
            end = text.find(quote, position + 1)
            end = len(text) if end < 0 else end
            piece, end = text[position + 1:end], end + 1
        else:
            piece = (_PLAIN.match(text, position) or _ANY.match(text, position)).group()
            piece = piece.partition(b";")[0] or piece
            end = position + len(piece)
        piece = piece if quote == b"'" else expand(piece, variables)
        if piece is None:
            return None
        pieces.append(piece)
        position = end
    return b"".join(pieces)[:MAX_VALUE]


_ANY = re.compile(br".", re.DOTALL)


def read_assignments(data, variables):
    """Puts what a shell file assigns into the dict `variables`.

    Of ``if [ A = B ]`` the branch that holds is read, of other conditions all are: what comes last wins, as it mostly
    does in such files. Values that come from commands are passed over.
    """
    branches = []
    for line in data.replace(b"\\\n", b" ").split(b"\n")[:20000]:
        line = line.strip()[:MAX_VALUE]
        if line.startswith((b"if ", b"elif ")):
            branches[len(branches) - line.startswith(b"elif "):] = [_holds(line, variables)]
        elif line.startswith(b"else") and branches:
            branches[-1] = None if branches[-1] is None else not branches[-1]
        elif line == b"fi" or line.startswith((b"fi ", b"fi;")):
            del branches[-1:]
        elif False not in branches:
            _read_line(line, variables)


def _holds(line, variables):
    """Whether a comparison of two words holds; None when that can't be said."""
    match = _TEST.match(line)
    if not match:
        return None
    left, right = (expand(match.group(number).strip(b'"'), variables) for number in (1, 3))
    return None if left is None or right is None else (left == right) == (match.group(2) == b"=")


def _read_line(line, variables):
    default = _DEFAULT.match(line)
    if default:
        if not variables.get(default.group(1)):
            variables[default.group(1)] = expand(default.group(2), variables) or b""
        return
    for keyword in (b"export ", b"declare -x ", b"readonly "):
        if line.startswith(keyword):
            line = line[len(keyword):].lstrip()
    for word in words(line, keep_quotes=True):
        match = _ASSIGNMENT.match(word)
        if not match:
            return
        value = _assigned(word[match.end():], variables)
        if value is not None and len(variables) < 5000:
            variables[match.group(1)] = value


def put_in(arguments, variables):
    """The arguments of a unit's command line with variables put in, as systemd.service(5) has it.

    ``$NAME`` alone becomes as many words as its value has, ``${NAME}`` and the like stay one.
    """
    found = []
    for argument in arguments:
        if argument.startswith(b"$") and _NAME.match(argument[1:]):
            found += words(variables.get(argument[1:], b""))
        else:
            found.append(expand(argument, variables) or b"")
    return found


__all__ = ("expand", "put_in", "read_assignments", "substituted", "words")
