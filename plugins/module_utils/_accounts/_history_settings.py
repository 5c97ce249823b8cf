# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Where start-up files and environments put histories, when that isn't the usual place.

Start-up files are searched line by line for assignments of known variables, in the syntax of the Bourne shells,
csh, fish and xonsh; nothing is evaluated. What only the shell could tell (a date, a process id) becomes ``*``.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re
from collections import namedtuple

VARIABLES = frozenset((
    b"HISTFILE", b"XONSH_HISTORY_FILE", b"LESSHISTFILE", b"MYSQL_HISTFILE", b"MARIADB_HISTFILE", b"MYCLI_HISTFILE",
    b"PSQL_HISTORY", b"SQLITE_HISTORY", b"PYTHON_HISTORY", b"NODE_REPL_HISTORY", b"TS_NODE_HISTORY",
    b"REDISCLI_HISTFILE", b"GDBHISTFILE", b"R_HISTFILE", b"OCTAVE_HISTFILE", b"CALCHISTFILE",
    b"CLICKHOUSE_HISTORY_FILE",
))
LONGEST_LINE = 1 << 14
LONGEST_PATH = 4096
MAX_SETTINGS = 64

_NAMES = b"|".join(sorted(VARIABLES))
_VALUE = (
    br"((?:\"[^\"]{0,4096}\"|'[^']{0,4096}'|\\.|\$\{[^}]{0,256}\}|\$\([^)]{0,256}\)|[^\s;&|\"'])*)"
)
_QUOTED = re.compile(br"\"([^\"]*)\"|'([^']*)'|(\\.)|\\$", re.DOTALL)
_ASSIGNMENT = re.compile(br"(?:^|[\s;&|({])\$?(" + _NAMES + br")\s?=\s?" + _VALUE)
_SETENV = re.compile(br"(?:^|[\s;&|({])(?:setenv|set(?:\s+-\w+)+)\s+(" + _NAMES + br")\s+" + _VALUE)
_CSH = re.compile(br"(?:^|[\s;&|({])set\s+histfile\s*=\s*" + _VALUE)
_EXPANSION = re.compile(
    br"\$\{(\w+)(?::?[-=]([^{}]{0,256}))?\}|\$(\w+)|(\$\([^)]{0,256}\)|\$\{[^}]{0,256}\}|`[^`]{0,256}`|\$[$@?!#*-])"
)

# Folders that are where they are unless somebody says otherwise (XDG base directory specification).
_FOLDERS = (
    (b"HOME", b""), (b"ZDOTDIR", b""), (b"XDG_STATE_HOME", b"/.local/state"), (b"XDG_DATA_HOME", b"/.local/share"),
    (b"XDG_CACHE_HOME", b"/.cache"), (b"XDG_CONFIG_HOME", b"/.config"),
)

Setting = namedtuple("Setting", "variable value line")


def find(data):
    """`Setting` of each assignment in a start-up file's bytes, at most `MAX_SETTINGS`; `value` without its quotes."""
    found = []
    for number, line in enumerate(data.split(b"\n"), 1):
        line = line[:LONGEST_LINE]
        if line.lstrip().startswith(b"#") or b"HIST" not in line.upper():
            continue
        for pattern in (_ASSIGNMENT, _SETENV):
            found += [Setting(match.group(1), _unquoted(match.group(2)), number) for match in pattern.finditer(line)]
        found += [Setting(b"histfile", _unquoted(match.group(1)), number) for match in _CSH.finditer(line)]
        if len(found) >= MAX_SETTINGS:
            break
    return found[:MAX_SETTINGS]


def _unquoted(value):
    """A word as a shell would see it; a dollar sign that stands for itself keeps its backslash."""
    def replacement(match):
        double, single, escaped = match.groups()
        if single is not None:
            return single.replace(b"$", b"\\$")
        if escaped:
            return escaped if escaped == b"\\$" else escaped[1:]
        return double or b""

    return _QUOTED.sub(replacement, value)


def target(value, home, variables=None):
    """The absolute path, or glob, that a value means for a user's home; None where it means no file of its own.

    `home` is bytes and absolute; `variables` are further known values (``USER``, ``ZDOTDIR``), by name in bytes.
    Unknown parts may only stand in the last component, beside something that is known.
    """
    home = home.rstrip(b"/")
    known = dict((name, home + path) for name, path in _FOLDERS)
    known.update(variables or {})
    if value[:1] == b"~" and value[1:2] in (b"", b"/"):
        value = home + value[1:]
    path = _expanded(value, known)
    if not path or b"\0" in path or len(path) > LONGEST_PATH or path in (b"-", b"/"):
        return None
    path = path if path.startswith(b"/") else home + b"/" + path
    folder, _slash, name = path.rpartition(b"/")
    return None if b"*" in folder or not name.strip(b"*") else path


def _expanded(value, known):
    def replacement(match):
        braced, default, plain, dynamic = match.groups()
        name = braced or plain
        if dynamic is None and name in known:
            return known[name]
        if default is not None and b"$" not in default:
            return default
        return b"*"

    pieces = value.split(b"\\$")
    return b"$".join(_EXPANSION.sub(replacement, piece) for piece in pieces)


__all__ = ("Setting", "VARIABLES", "find", "target")
