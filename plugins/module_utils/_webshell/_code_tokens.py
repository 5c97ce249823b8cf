# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Pieces of programs in Java, C#, Visual Basic, JavaScript, Python and Perl, as `_php_tokens` has them; ``\\n`` ends a line.

What a string in Perl has of variables comes as a group of pieces. Each character is looked at a bounded number of times.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._php_tokens import GROUP, closing_quote, unescaped

MAX_STRING = 1 << 20
_REST = r"|(?P<p>[()\[\]{},;])|(?P<l>\r?\n)|(?P<o>=>|->|==|!=|=~|<=|>=|\?\?=?|\?\.(?!\d)|&&|\|\||::|\+\+|[-+*/.%&|^]=|.)"
_WORD = r"(?P<n>[A-Za-z_\x80-\xff][\w\x80-\xff]*)|(?P<d>0[xX][0-9a-fA-F]+|\d[\w.]*)"
C_LIKE, BASIC, PYTHON, PERL = "c", "basic", "python", "perl"
_TOKENS = {
    C_LIKE: r"[ \t\f\x00]+|(?P<c>//|/\*)|[@$]?(?P<q>[\"'`])|"
            + _WORD.replace("A-Za-z_", "A-Za-z_$").replace(r"\w", r"\w$") + _REST,
    BASIC: r"[ \t\f\x00]+|(?P<c>'|\brem\b)|(?P<q>\")|_[ \t]*\r?\n|" + _WORD + _REST,
    PYTHON: r"[ \t\f\x00]+|(?P<c>#)|\\\r?\n|(?:[rRbBuUfF]{1,2})?(?P<q>\"\"\"|'''|[\"'])|" + _WORD + _REST,
    PERL: r"[ \t\f\x00]+|(?P<c>#|(?<=\n)=[a-z]|\b__(?:END|DATA)__\b)"
          r"|(?P<w>\b(?:qq|qx|qw|q|m|s|tr|y)\b(?!\s*(?:=>|,|=[^~]|\)|;))\s{0,9}(?=[^\w\s,;)]))"
          r"|(?P<q>[\"'`])|(?P<v>[$@%&]\{?\^?[A-Za-z_][\w:]*|[$@][0-9_!&@])|" + _WORD + _REST,
}
_COMPILED = dict((name, re.compile(pattern, re.S | (re.I if name == BASIC else 0))) for name, pattern in _TOKENS.items())
_LINE_END = re.compile(r"\r?\n")
_IN_STRING = re.compile(r"\\.|[$@]\{?([A-Za-z_]\w*)\}?(?:(?:->)?[\[{]['\"]?([^\]}'\"]{1,80})['\"]?[\]}])?", re.S)
_PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}
_BEFORE_PATTERN = frozenset(("=~", "(", ",", "!", "&&", "||", "split", "if", "unless", "and", "or", "grep", "{", ";", "\n"))


def code_tokens(text, style, position=0, end=None):
    """The tokens of a program, or of a part of it, in one of the styles C_LIKE, BASIC, PYTHON, PERL."""
    end = len(text) if end is None else end
    match, before = _COMPILED[style].match, ";"
    while position < end:
        found = match(text, position, end)
        kind, start = found.lastgroup, position
        position = found.end()
        if kind is None:
            continue
        value = found.group(kind)
        if kind == "c":
            position = _after_comment(text, found.start("c"), position, end)
            continue
        if kind == "q":
            closing = _string_end(text, position, end, value, style)
            for token, content, place in _string(text, start, position, closing, value, style):
                yield token, content, place
            position = closing + len(value)
        elif kind == "w":
            position, tokens = _quote_like(text, start, position, end)
            for token, content, place in tokens:
                yield token, content, place
        elif kind == "o" and value[0] == "/" and style == PERL and before in _BEFORE_PATTERN:
            position = min(closing_quote(text, start + 1, _line_end(text, start, end), "/") + 1, end)
        elif kind == "p":
            yield value, None, start
        elif kind == "l":
            yield "\n", None, start
        elif kind == "v":
            yield "v", value.lstrip("$@%&{^"), start
            if "{" in value:
                position = min(position + 1, end)
        else:
            yield kind, value, start
        before = value


def _line_end(text, position, end):
    found = _LINE_END.search(text, position, end)
    return found.start() if found else end


def _after_comment(text, start, position, end):
    if text.startswith("/*", start):
        closing = text.find("*/", position, end)
        return end if closing < 0 else closing + 2
    if text.startswith("__", start):
        return end
    if text.startswith("=", start):
        closing = text.find("\n=cut", position, end)
        return end if closing < 0 else closing + 5
    return _line_end(text, position, end)


def _string_end(text, position, end, quote, style):
    if style == BASIC:
        closing = text.find(quote, position, _line_end(text, position, end))
        return closing if closing >= 0 else _line_end(text, position, end)
    if style != PERL and len(quote) == 1 and quote != "`":
        end = _line_end(text, position, end)
    return closing_quote(text, position, end, quote)


def _string(text, start, begin, end, quote, style):
    body = text[begin:min(end, begin + MAX_STRING)]
    if style != PERL or quote == "'":
        yield "s", body if style == BASIC else unescaped(body), start
        return
    for token, content, place in _perl_template(body, start, quote == "`"):
        yield token, content, place


def _perl_template(body, start, runs):
    """Pieces of a string with variables; of one that is run as a call."""
    if runs:
        yield "n", "qx", start
    yield "(", None if runs else GROUP, start
    done = 0
    for found in _IN_STRING.finditer(body):
        if not found.group(1):
            continue
        yield "s", unescaped(body[done:found.start()]), start
        yield "o", ".", start
        yield "v", found.group(1), start
        if found.group(2):
            yield "{", None, start
            yield ("v", found.group(2)[1:], start) if found.group(2).startswith("$") else ("s", found.group(2), start)
            yield "}", None, start
        yield "o", ".", start
        done = found.end()
    yield "s", unescaped(body[done:]), start
    yield ")", None, start


def _quote_like(text, start, position, end):
    """(where the code goes on, tokens) of ``q{...}`` and its like; patterns are passed over."""
    word = text[start:position].strip()
    opening = text[position:position + 1]
    closing = _balanced(text, position + 1, end, opening)
    body = text[position + 1:min(closing, position + 1 + MAX_STRING)]
    if word in ("s", "tr", "y"):
        begin = closing
        if opening in _PAIRS:
            begin = text.find(text[closing + 1:closing + 2].strip() or opening, closing + 1, end)
            opening = text[begin:begin + 1] or opening
        second = _balanced(text, begin + 1, end, opening) if begin >= 0 else closing
        return second + 1, [("s", "", start)]
    if word in ("qq", "qx"):
        return closing + 1, list(_perl_template(body, start, word == "qx"))
    return closing + 1, [("s", body, start)]


def _balanced(text, position, end, opening):
    """Where a delimiter closes; those that come in pairs may be nested."""
    closing = _PAIRS.get(opening)
    if closing is None:
        return closing_quote(text, position, end, opening)
    depth = 1
    for found in re.compile("[" + re.escape(opening + closing) + "]").finditer(text, position, end):
        depth += 1 if found.group() == opening else -1
        if not depth:
            return found.start()
    return end


__all__ = ("BASIC", "C_LIKE", "PERL", "PYTHON", "code_tokens")
