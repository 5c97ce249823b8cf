# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Paths as configurations write them: relative ones, ones with variables in them, and logs that aren't files."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_shell import words

# Groups of a regular expression in what replaces it; parts of a host's name (mod_vhost_alias); parts of a date.
CAPTURES = re.compile(br"\$(?:[0-9]|\{[^}]{0,200}\})|\\[0-9]")
HOST_PARTS = re.compile(br"%(?:p|-?[0-9]+\+?(?:\.-?[0-9]+\+?)?)")
DATE_PARTS = re.compile(br"%[-_0^#EO]?[A-Za-z]")
# Programs that write what they read to the file their first plain argument names, with % for parts of the date.
_ROTATORS = (b"rotatelogs", b"rotatelogs2", b"cronolog", b"httplog", b"cronosplit")
_WITH_VALUE = (
    b"-n", b"-p", b"-L", b"-S", b"-z", b"-H", b"--link", b"--symlink", b"--hardlink", b"--period", b"--delay",
)


def normal(path):
    """An absolute path without empty parts, dots and what leads upwards."""
    kept = []
    for part in path.split(b"/"):
        if part == b"..":
            kept[-1:] = []
        elif part not in (b"", b"."):
            kept.append(part)
    return b"/" + b"/".join(kept)


def below(folder, path):
    """A path as seen from a folder: absolute ones stay as they are."""
    return normal(path if path.startswith(b"/") else folder + b"/" + path)


def folder_of(path):
    """The folder in which a path lies."""
    return path.rpartition(b"/")[0] or b"/"


def place_values(path, marks=None):
    """The columns of a row for an absolute path in which a regular expression finds the variable parts.

    ``path`` is what stands before the first of them, up to a slash (``/`` when that is nothing). Then ``variable`` is
    true, and ``glob`` is the path with ``*`` for each variable part.
    """
    match = marks.search(path) if marks else None
    if not match:
        return {"path": normal(path)}
    glob = re.sub(br"\*+", b"*", marks.sub(b"*", path))
    return {"path": normal(path[:path.rfind(b"/", 0, match.start()) + 1]), "glob": normal(glob), "variable": True}


def log_values(text, base):
    """The columns of a row for what a log is written to: a file, a pipe, a service.

    ``target`` is one of ``file``, ``pipe``, ``syslog``, ``journald``, ``memory``, ``stderr``, ``stdout``, ``off``.
    ``path`` is there for files, and for pipes to programs that are known to write files; ``command`` for pipes.
    """
    if text.startswith(b"|"):
        command = text.lstrip(b"|").lstrip(b"$").strip()
        return dict(_piped(command, base), target="pipe", command=command)
    service = text.partition(b":")[0].lower()
    if service in (b"syslog", b"journald", b"memory"):
        return {"target": service.decode("ascii"), "service": text}
    if text in (b"off", b"none", b"/dev/null"):
        return {"target": "off"}
    if text in (b"-", b"stderr", b"stdout") or text.startswith((b"/dev/std", b"/proc/self/fd/", b"/dev/fd/")):
        return {"target": "stdout" if text.endswith((b"out", b"/1")) else "stderr"}
    return {"target": "file", "path": below(base, text)}


def _piped(command, base):
    arguments = words(command)
    for position, word in enumerate(arguments[:4]):
        if word.rpartition(b"/")[2] in _ROTATORS:
            break
    else:
        return {}
    before = b""
    for word in arguments[position + 1:]:
        if not word.startswith(b"-") and before not in _WITH_VALUE:
            return place_values(below(base, word), DATE_PARTS)
        before = word
    return {}


__all__ = ("CAPTURES", "DATE_PARTS", "HOST_PARTS", "below", "folder_of", "log_values", "normal", "place_values")
