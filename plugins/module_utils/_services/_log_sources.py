# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Where logs lie by the configurations of those who write and rotate them: logrotate, rsyslog, syslog-ng."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re
from collections import namedtuple

from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_shell import words

LOGROTATE = (b"/etc/logrotate.conf", b"/etc/logrotate.d/*", b"/etc/logrotate.hourly.d/*")
SYSLOG = (
    b"/etc/rsyslog.conf", b"/etc/rsyslog.d/*.conf", b"/etc/syslog.conf", b"/etc/syslog-ng/syslog-ng.conf",
    b"/etc/syslog-ng/conf.d/*.conf",
)
MAX_LINES = 5000
MAX_LINE = 4096
_SCRIPTS = (b"prerotate", b"postrotate", b"firstaction", b"lastaction", b"preremove")
_FILE = re.compile(br"\b(?:file|dynafile)\s{0,9}[=(]\s{0,9}\"(/[^\"\s]{1,999})\"", re.IGNORECASE)
_QUOTED = re.compile(br"\"(/[^\"\s]{1,999})\"")
_PARTS = re.compile(br"%[^%]{0,99}%|\$\{?[A-Za-z_.]+\}?")
_NO_FILES = (b"/dev/", b"/proc/", b"/sys/", b"/run/")

# `pattern` of a log, `folder` where its rotations are put (None: beside it).
Rotated = namedtuple("Rotated", "pattern folder")


def rotated_logs(data):
    """A list of `Rotated` from a configuration of logrotate(8)."""
    found, patterns, folder, is_inside, is_script = [], [], None, False, False
    for line in data.split(b"\n")[:MAX_LINES]:
        line = line.strip()[:MAX_LINE]
        first = line.split(b" ", 1)[0].split(b"\t", 1)[0]
        if is_script:
            is_script = first != b"endscript"
        elif is_inside and first == b"}":
            found += [Rotated(pattern, folder) for pattern in patterns]
            patterns, folder, is_inside = [], None, False
        elif is_inside:
            is_script = first in _SCRIPTS
            folder = (words(line) + [None, None])[1] if first == b"olddir" else folder
        elif line[:1] in (b"/", b'"', b"'", b"{"):
            paths, brace, _rest = line.partition(b"{")
            patterns += [path for path in words(paths) if path.startswith(b"/")]
            is_inside = bool(brace)
    return found


def written_logs(data):
    """Paths that a configuration of a syslog service writes to, as globs where a template has variable parts."""
    found = []
    for line in data.replace(b"\\\n", b" ").split(b"\n")[:MAX_LINES]:
        line = line.strip()[:MAX_LINE]
        if line and line[:1] != b"#":
            found += [_PARTS.sub(b"*", path) for path in _written_by(line)]
    return [path for path in found if path.startswith(b"/") and not path.startswith(_NO_FILES) and path.strip(b"/*")]


def _written_by(line):
    if line.lower().startswith((b"$template", b"template(", b"template ")):
        return [path for path in _QUOTED.findall(line) if b"%" in path]
    if line[:1] == b"$":
        return []
    # A line may also be: selector  -/path;template
    return _FILE.findall(line) or [line.split()[-1].lstrip(b"-").partition(b";")[0]]


__all__ = ("LOGROTATE", "MAX_LINES", "Rotated", "SYSLOG", "rotated_logs", "written_logs")
