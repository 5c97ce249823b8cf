# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What is known of an nginx configuration's variables before a request: constants of ``set``, results of ``map``."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

MAPS = (b"map", b"geo", b"split_clients")
MAX_VALUES = 32
MAX_ROUNDS = 8
VARIABLE = re.compile(br"\$(?:\{([A-Za-z0-9_]+)\}|([A-Za-z0-9_]+))")
# Variables whose values begin with a slash.
_PATHS = frozenset((b"uri", b"document_uri", b"request_uri", b"fastcgi_script_name", b"fastcgi_path_info"))


def name_of(match):
    """The name that a match of `VARIABLE` has found."""
    return match.group(1) or match.group(2)


def with_slashes(text):
    """A text in which a slash stands before each variable whose value begins with one: where a folder's name ends."""
    return VARIABLE.sub(lambda match: (b"/" if name_of(match) in _PATHS else b"") + match.group(), text)


def set_values(blocks):
    """{name: values} of every ``set`` in some blocks and in all that lie in them."""
    found, pending = {}, list(blocks)
    while pending:
        block = pending.pop()
        pending += block.blocks
        for directive in block.all(b"set"):
            if len(directive.arguments) == 2 and directive.arguments[0].startswith(b"$"):
                _put(found, directive.arguments[0][1:], directive.arguments[1])
    return found


def map_values(blocks):
    """{name: values} of the `MAPS` among some blocks: what they may turn a request into."""
    found = {}
    for block in blocks:
        if block.name in MAPS and block.arguments and block.arguments[-1].startswith(b"$"):
            for entry in block.directives:
                if entry.arguments:
                    _put(found, block.arguments[-1][1:], entry.arguments[0])
    return found


def _put(found, name, value):
    values = found.setdefault(name.strip(b"{}"), [])
    if value not in values and len(values) < MAX_VALUES:
        values.append(value)


def candidates(text, known):
    """[(text, is_sure)]: what a text can become with the known values put in, some of its variables may be left.

    `known` are dicts {name: values}, the first that has a name counts. One is sure when no variable in it had several
    values.
    """
    found = [(text, True)]
    for _round in range(MAX_ROUNDS):
        step = []
        for one, is_sure in found:
            step += _with_first(one, is_sure, known)
        if step == found:
            break
        found = step[:MAX_VALUES]
    return found


def _with_first(text, is_sure, known):
    """The texts that come from putting in the values of the first variable of which any are known."""
    for match in VARIABLE.finditer(text):
        values = next((one[name_of(match)] for one in known if name_of(match) in one), ())
        values = [value for value in values if b"$" + name_of(match) not in value]
        if values and len(text) < 4096:
            is_sure = is_sure and len(values) == 1
            return [(text[:match.start()] + value + text[match.end():], is_sure) for value in values]
    return [(text, is_sure)]


__all__ = ("MAPS", "VARIABLE", "candidates", "map_values", "name_of", "set_values", "with_slashes")
