# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Lines of configurations that lead to other files, whatever the syntax: ``word value``, ``word = "value";`` and the like."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re
from collections import namedtuple

MAX_LINES = 20000
MAX_LINE = 4096
MAX_VALUES = 20
FOLDER, DATA, LOG = "folder", "data", "log"
_COMMENTS = (b"#", b";", b"//", b"--")
_SPLIT = re.compile(br"[-{\s\"']*([^\s=:(\"']+)[\"']?[\s=:(]*")
_END = re.compile(br"\s#")

# `word` begins a line (without regard to case); it leads to a "file" that is a configuration as well (or a glob of such), to
# a folder of files with these `names`, to a folder of data, in which more is looked for, or to a log or a folder of logs.
Directive = namedtuple("Directive", "word leads_to names")
# `values` are what may be meant: all behind the word, and each word of it.
Found = namedtuple("Found", "directive values line")


def directives_in(data, directives):
    """A `Found` for each line of a file that one of the directives begins."""
    known = dict((directive.word.lower(), directive) for directive in directives)
    found = []
    for number, line in enumerate(data.split(b"\n")[:MAX_LINES]):
        line = line.strip()[:MAX_LINE]
        match = None if line.startswith(_COMMENTS) else _SPLIT.match(line)
        directive = known.get(match.group(1).lower()) if match else None
        if directive is not None:
            values = _values(line[match.end():])
            if values:
                found.append(Found(directive, values, number + 1))
    return found


def _values(text):
    text = _END.split(text)[0].strip()
    if text[:1] in (b'"', b"'"):
        return [text[1:].partition(text[:1])[0]]
    text = text.rstrip(b");,} \t")
    words = [word.strip(b"\"',;") for word in text.split()]
    return [value for value in ([text] if len(words) > 1 else []) + words if value][:MAX_VALUES]


__all__ = ("DATA", "Directive", "FOLDER", "Found", "LOG", "directives_in")
