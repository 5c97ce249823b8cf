# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What a file of commands names, whatever its syntax: absolute paths and words that may be the names of programs.

The syntax is read at home. Here it is enough to miss nothing that is run; what is named besides costs a row.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

SCANNED = 1 << 18
LONGEST_LINE = 1 << 14
MAX_PATHS = 500
MAX_WORDS = 2000
_ENDS = br"\s\"'`<>|;&()\[\]{}$*?,:\\\x00-\x1f"
# A path begins where no name and no URL goes on.
_PATH = re.compile(br"(?:(?<![\w./%}*?~-])|(?<=[=\s]-))(/(?!/)[^" + _ENDS + br"]{1,4095})")
_QUOTED = (re.compile(br"\"(/(?!/)[^\"\\\x00-\x1f]{1,4095})\""), re.compile(br"'(/(?!/)[^'\\\x00-\x1f]{1,4095})'"))
_IN_HOME = re.compile(br"(?:(?<![\w/.~])~|\$HOME|\$\{HOME\}|%h)(/[^" + _ENDS + br"]{1,4095})")
_WORD = re.compile(br"(?<![\w/.$%-])[A-Za-z0-9_][\w.+-]{0,63}(?![\w/=(])")
_COMMENTS = (b"#", b";", b"//")


def named(data, home=None):
    """Two sets for the bytes of a file: absolute paths, and words; `home` stands for ``~``, ``$HOME`` and ``%h``."""
    paths, words = set(), set()
    if data.startswith(b"\x7fELF"):
        return paths, words
    for line in data[:SCANNED].split(b"\n"):
        line = line[:LONGEST_LINE].replace(b"\0", b" ")
        if line.lstrip().startswith(_COMMENTS) and not line.startswith(b"#!"):
            continue
        if len(paths) < MAX_PATHS:
            paths.update(_paths(line, home))
        if len(words) < MAX_WORDS:
            words.update(_WORD.findall(line))
    return paths, words


def _paths(line, home):
    found = _PATH.findall(line)
    for quoted in _QUOTED:
        found += quoted.findall(line)
    if home is not None:
        found += [home.rstrip(b"/") + path for path in _IN_HOME.findall(line)]
    return found


__all__ = ("SCANNED", "named")
