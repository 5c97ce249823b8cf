# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What the clock runs: crontabs (crontab(5)) of all makes, jobs of at, anacron, incron."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timezone

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._found import Found, Text

_SETTING = re.compile(rb"([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)\Z", re.DOTALL)
_AT_NAME = re.compile(rb"[a-zA-Z=][0-9a-f]{5}([0-9a-f]{8})")
_TELLING = frozenset((b"SHELL", b"PATH", b"LD_PRELOAD", b"LD_LIBRARY_PATH", b"BASH_ENV", b"ENV"))
_USUAL = frozenset((
    b"/usr/local/sbin", b"/usr/local/bin", b"/usr/sbin", b"/usr/bin", b"/sbin", b"/bin", b"/bin/sh", b"/bin/bash",
    b"/usr/bin/bash",
))
_AT_ENDS = (b"}", b"marcinDELIMITER")


def read_system_crontab(text: Text) -> Iterator[Found]:
    """A crontab with the user in a field of its own."""
    return _crontab(text, None)


def read_user_crontab(text: Text) -> Iterator[Found]:
    """A crontab of the user that it is called after."""
    return _crontab(text, text.name)


def _crontab(text: Text, user: bytes | None) -> Iterator[Found]:
    for number, raw in text.lines:
        line = raw.strip(b" \t")
        if not line or line.startswith(b"#"):
            continue
        setting = _SETTING.match(line)
        if setting:
            values = setting.group(2).strip(b"\"'\r ").split(b":")
            if setting.group(1) in _TELLING and not _USUAL.issuperset(values):
                yield Found(number, line, "environment of the lines below", tuple(set(values) - _USUAL), user=user)
            continue
        times, fields = (1, 2) if line.startswith(b"@") else (5, 6)
        words = line.split(None, times if user is not None else fields)
        if len(words) <= (times if user is not None else fields):
            yield Found(number, line, "no crontab line", (), user=user)
            continue
        when = b" ".join(words[:times]).decode("utf-8", "replace")
        yield Found(number, words[-1], when, user=user if user is not None else words[times])


def read_anacrontab(text: Text) -> Iterator[Found]:
    """Lines of period, delay, name and command (anacrontab(5))."""
    for number, line in text.code():
        words = line.split(None, 3)
        if len(words) == 4 and not _SETTING.match(line):
            yield Found(number, words[3], "every %s days" % words[0].decode("utf-8", "replace"), user=b"root")


def read_incrontab(text: Text) -> Iterator[Found]:
    """Lines of path, events and command (incrontab(5))."""
    for number, line in text.code():
        words = line.split(None, 2)
        if len(words) == 3:
            yield Found(number, words[2], b" ".join(words[:2]).decode("utf-8", "replace"), user=text.name)


def read_at_job(text: Text) -> Iterator[Found]:
    """A job of at or batch: its name says when, its beginning says who, its end says what."""
    match = _AT_NAME.match(text.name)
    when = datetime.fromtimestamp(int(match.group(1), 16) * 60, timezone.utc).strftime("%Y-%m-%dT%H:%MZ") if match else "?"
    lines = text.lines
    user = next((line.partition(b"uid=")[2].split()[0] for _number, line in lines[:4] if b" uid=" in line), None)
    ends = [index for index, (_number, line) in enumerate(lines) if line.startswith(_AT_ENDS) or b"${SHELL:-" in line]
    for number, line in lines[ends[0] + 1 if ends else 1:]:
        command = line.strip()
        if command and not command.startswith(b"#") and b"marcinDELIMITER" not in command:
            yield Found(number, command, "at " + when, user=b"uid " + user if user else None)


__all__ = ("read_anacrontab", "read_at_job", "read_incrontab", "read_system_crontab", "read_user_crontab")
