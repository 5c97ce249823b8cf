# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Lines of configurations that lead to other files, whatever the syntax: ``word value``, ``word = "value";`` and the like.

A `LIST` stands anywhere in a line, its word joined to the name: ``host @names.txt all`` (pg_hba.conf, "Database lists").
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re
from collections import namedtuple

MAX_LINES = 20000
MAX_LINE = 4096
MAX_VALUES = 20
FOLDER, DATA, LOG, LIST, BASE = "folder", "data", "log", "list", "base"
_COMMENTS = (b"#", b";", b"//", b"--")
_SPLIT = re.compile(br"[-{\s\"']*([^\s=:(\"']+)[\"']?[\s=:(]*")
_END = re.compile(br"\s#")
_BLOCK = re.compile(br"[{;]")

# `word` begins a line (without regard to case); it leads to a "file" that is a configuration as well (or a glob of such), to
# a folder of files with these `names`, to a folder of data, in which more is looked for, or to a log or a folder of logs.
Directive = namedtuple("Directive", "word leads_to names")
# `values` are what may be meant: all behind the word, and each word of it.
Found = namedtuple("Found", "directive values line")


def directives_in(data, directives):
    """A `Found` for each line of a file, or statement of a block within one line, that one of the directives begins."""
    known = dict((directive.word.lower(), directive) for directive in directives if directive.leads_to != LIST)
    lists = [(one, _listed(one.word)) for one in directives if one.leads_to == LIST]
    found = []
    for number, line in enumerate(data.split(b"\n")[:MAX_LINES]):
        line = line.strip()[:MAX_LINE]
        if line.startswith(_COMMENTS):
            continue
        led = _led([line], known) or (_led(_BLOCK.split(line)[1:MAX_VALUES], known) if b"{" in line else [])
        found += [Found(directive, values, number + 1) for directive, values in led]
        for directive, pattern in lists:
            names = pattern.findall(_END.split(line)[0])[:MAX_VALUES]
            found += [Found(directive, [name.strip(b'"')], number + 1) for name in names]
    return found


def _led(statements, known):
    """(directive, values) of each statement that one of the directives begins."""
    found = []
    for text in statements:
        match = _SPLIT.match(text)
        directive = known.get(match.group(1).lower()) if match else None
        values = _values(text[match.end():]) if directive is not None else []
        if values:
            found.append((directive, values))
    return found


def _listed(word):
    return re.compile(br"(?:^|(?<=[\s,]))" + re.escape(word) + br"(\"[^\"]+|[^\s,\"#]+)")


def _values(text):
    text = _END.split(text)[0].strip()
    if text[:1] in (b'"', b"'"):
        return [text[1:].partition(text[:1])[0]]
    text = text.rstrip(b");,} \t")
    words = [word.strip(b"\"',;") for word in text.split()]
    return [value for value in ([text] if len(words) > 1 else []) + words if value][:MAX_VALUES]


__all__ = ("BASE", "DATA", "Directive", "FOLDER", "Found", "LIST", "LOG", "MAX_LINES", "directives_in")
