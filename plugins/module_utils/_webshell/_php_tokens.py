# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""PHP in pieces, tolerant of whatever isn't PHP: comments gone, strings as what they mean, templates as expressions.

A token is (kind, value, position): ``v`` variable, ``n`` name, ``s`` string, ``d`` number, ``o`` operator, and brackets,
``,`` and ``;`` as themselves. The value of ``(`` is GROUP where it can't be the bracket of a call. Each character is looked
at a bounded number of times.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

GROUP = "group"
MAX_NESTED = 4
MAX_STRING = 1 << 20
MAX_PART = 1 << 16
_TOKEN = re.compile(
    r"[\s\x00]+"
    r"|(?P<c>//|/\*|#(?!\[))"
    r"|(?P<v>\$[A-Za-z_\x80-\xff][\w\x80-\xff]*)"
    r"|(?P<n>[\\A-Za-z_\x80-\xff][\w\x80-\xff\\]*)"
    r"|(?P<d>0[xX][0-9a-fA-F]+|0[bB][01]+|\d+(?:\.\d+)?)"
    r"|(?P<q>['\"`])"
    r"|(?P<h><<<[ \t]*(?P<quote>['\"]?)(?P<word>[A-Za-z_]\w*)(?P=quote)\r?\n)"
    r"|(?P<p>[()\[\]{},;])"
    r"|(?P<e>\?>\n?)"
    r"|(?P<o>\?->|\?\?=?|===|!==|<=>|\*\*=?|<<=?|>>=?|->|=>|::|[-+*/.%&|^=!<>]=|&&|\|\||\+\+|--|\.\.\.|.)",
    re.S,
)
OPEN = re.compile(
    r"<\?(?:php(?=\s|\Z)|=|(?!xml))|<%|<script\s[^>]{0,200}?language\s{0,9}=\s{0,9}['\"]?php['\"]?[^>]{0,200}>", re.I
)
_LINE_END = re.compile(r"\n|\?>")
_BRACES = re.compile(r"[{}]")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|u\{([0-9a-fA-F]{1,6})\}|(.))", re.S)
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", "v": "\v", "f": "\f", "e": "\x1b", "\\": "\\", "$": "$", '"': '"'}
_SINGLE = re.compile(r"\\([\\'])")
_CODE_PART = re.compile(r"\{\$|\$\{")
_PART = re.compile(
    r"(?P<code>\{(?=\$)|\$\{)|\$(?P<v>[A-Za-z_\x80-\xff][\w\x80-\xff]*)"
    r"(?:\[(?P<key>[^\]\['\"]{1,80})\]|->(?P<m>[A-Za-z_]\w{0,80}))?|\\.", re.S
)


def php_tokens(text, in_code=False, position=0, end=None, nested=0):
    """The tokens of the PHP in a page, or of code without tags around it."""
    end = len(text) if end is None else end
    if not in_code:
        position = _next_code(text, position, end)
    match = _TOKEN.match
    while position < end:
        found = match(text, position, end)
        kind, start = found.lastgroup, position
        position = found.end()
        if kind is None:
            continue
        if kind == "v":
            yield "v", text[start + 1:position], start
        elif kind == "p":
            yield text[start], None, start
        elif kind == "q":
            closing = closing_quote(text, position, end, text[start])
            if text[start] != "'":
                closing = _template_end(text, position, closing, end, text[start])
            for token, content, place in _string(text, start, closing, nested):
                yield token, content, place
            position = closing + 1
        elif kind == "c":
            position = _after_comment(text, start, position, end)
        elif kind == "h":
            body, position = _heredoc(text, position, end, found.group("word"))
            for token, content, place in _heredoc_tokens(text, found, body, nested):
                yield token, content, place
        elif kind == "e":
            yield ";", None, start
            position = _next_code(text, position, end)
        else:
            yield kind, found.group(), start


def _next_code(text, position, end):
    found = OPEN.search(text, position, end)
    return found.end() if found else end


def _after_comment(text, start, position, end):
    if text.startswith("/*", start):
        closing = text.find("*/", position, end)
        return end if closing < 0 else closing + 2
    closing = _LINE_END.search(text, position, end)
    return closing.start() if closing else end


def closing_quote(text, position, end, quote):
    """Where the string whose content begins at `position` ends: at its quote, or at `end`."""
    while True:
        closing = text.find(quote, position, end)
        if closing < 0:
            return end
        slashes = closing
        while slashes > position and text[slashes - 1] == "\\":
            slashes -= 1
        if (closing - slashes) % 2 == 0:
            return closing
        position = closing + 1


def _template_end(text, position, closing, end, quote):
    """The same for a template: code in it may have quotes of its own."""
    while True:
        found = _CODE_PART.search(text, position, closing)
        if found is None:
            return closing
        position = _brace(text, found.end(), min(end, found.end() + MAX_PART)) + 1
        if position > closing:
            closing = closing_quote(text, position, end, quote)


def unescaped(text):
    """What a string in double quotes means."""
    return _ESCAPE.sub(_escape, text) if "\\" in text else text


def _escape(match):
    hexadecimal, octal, point, plain = match.groups()
    if hexadecimal:
        return chr(int(hexadecimal, 16))
    if octal:
        return chr(int(octal, 8) & 255)
    if point:
        return chr(int(point, 16) & 255)
    return _PLAIN.get(plain, match.group())


def _string(text, start, end, nested):
    quote, begin = text[start], start + 1
    if quote == "'":
        body = text[begin:min(end, begin + MAX_STRING)]
        yield "s", _SINGLE.sub(r"\1", body) if "\\" in body else body, start
        return
    if quote == "`":
        yield "n", "shell_exec", start
        yield "(", None, start
    for token, content, place in _template(text, begin, end, start, nested):
        yield token, content, place
    if quote == "`":
        yield ")", None, end


def _heredoc(text, position, end, word):
    """((begin, end), where the code goes on)."""
    closing = re.compile(r"^[ \t]*" + word + r"\b", re.M).search(text, position, end)
    if closing is None:
        return (position, end), end
    return (position, max(closing.start() - 1, position)), closing.end()


def _heredoc_tokens(text, found, body, nested):
    begin, end = body
    if found.group("quote") == "'":
        yield "s", text[begin:min(end, begin + MAX_STRING)], begin
        return
    for token, content, place in _template(text, begin, end, begin, nested):
        yield token, content, place


def _template(text, begin, end, start, nested):
    """A string with variables in it: a group of pieces that are joined."""
    if text.find("$", begin, end) < 0 or nested >= MAX_NESTED:
        yield "s", unescaped(text[begin:min(end, begin + MAX_STRING)]), start
        return
    yield "(", GROUP, start
    position = done = begin
    while position < end:
        found = _PART.search(text, position, end)
        if found is None:
            break
        position = found.end()
        if found.lastgroup is None:
            continue
        yield "s", unescaped(text[done:found.start()]), done
        yield "o", ".", done
        closing = _brace(text, position, end) if found.group("code") else position
        for token, content, place in _code_part(text, found, closing, nested) if found.group("code") else _variable_part(found):
            yield token, content, place
        position = done = closing + 1 if found.group("code") else position
        yield "o", ".", found.start()
    yield "s", unescaped(text[done:end]), done
    yield ")", None, end


def _code_part(text, found, closing, nested):
    is_name = found.group("code") == "${"
    if is_name:
        yield "o", "$", found.start()
    yield "{" if is_name else "(", GROUP, found.start()
    for token, content, place in php_tokens(text, True, found.end(), closing, nested + 1):
        yield token, content, place
    yield "}" if is_name else ")", None, closing


def _variable_part(found):
    start = found.start()
    yield "v", found.group("v"), start
    key = found.group("key")
    if key:
        yield "[", None, start
        yield ("v", key[1:], start) if key.startswith("$") else ("s", key, start)
        yield "]", None, start
    elif found.group("m"):
        yield "o", "->", start
        yield "n", found.group("m"), start


def _brace(text, position, end):
    """The brace that closes the one before `position`."""
    depth = 1
    for found in _BRACES.finditer(text, position, end):
        depth += 1 if found.group() == "{" else -1
        if not depth:
            return found.start()
    return end


__all__ = ("GROUP", "OPEN", "closing_quote", "php_tokens", "unescaped")
