# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The folders that UserDir of mod_userdir makes out of accounts: ``~/public_html`` and the like."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

MAX_ACCOUNTS = 5000
_STAR = re.compile(br"\*")


class UserDirs:
    """Collects the settings of all hosts; a host without its own has those of the main server, where rows are."""

    def __init__(self, reading):
        self._reading = reading
        self._settings = []

    def add(self, where, host, parts):
        """One directive: patterns, or ``enabled`` and ``disabled`` with names."""
        if parts and len(self._settings) < 1000:
            self._settings.append((where, host, parts))

    def finish(self):
        """The rows of all hosts."""
        done = []
        for _where, host, _parts in self._settings:
            if host in done:
                continue
            done.append(host)
            mine = [(where, parts) for where, one, parts in self._settings if one is host]
            words = [(parts[0].lower(), parts[1:]) for _where, parts in mine]
            is_off = (b"disabled", []) in words
            enabled = set(name for word, names in words if word == b"enabled" for name in names)
            disabled = set(name for word, names in words if word == b"disabled" for name in names)
            if is_off and not enabled:
                continue
            for where, parts in mine:
                if parts[0].lower() not in (b"enabled", b"disabled"):
                    for pattern in parts:
                        self._add_pattern(where, host, pattern, enabled if is_off else None, disabled)

    def _add_pattern(self, where, host, pattern, only, never):
        if b"://" in pattern:
            return
        if pattern.startswith(b"/"):
            glob = pattern if b"*" in pattern else pattern.rstrip(b"/") + b"/*"
            self._reading.add_root(where, "user_dir", glob, _STAR, vhost=host)
            return
        for name, home in self._accounts():
            path = home.rstrip(b"/") + b"/" + pattern
            if name not in never and (only is None or name in only) and self._reading.view.is_folder(path):
                self._reading.add_root(where, "user_dir", path, vhost=host, user=name)

    def _accounts(self):
        """(name, home) of the accounts in passwd, each home once."""
        found, homes = [], set()
        lines = (self._reading.view.read(b"/etc/passwd") or b"").split(b"\n")
        if len(lines) > MAX_ACCOUNTS:
            self._reading.view.cut("more than %d accounts: those after them have no folder of a user" % MAX_ACCOUNTS)
        for line in lines[:MAX_ACCOUNTS]:
            fields = line.split(b":")
            if len(fields) > 5 and fields[5].startswith(b"/") and fields[5] not in homes:
                homes.add(fields[5])
                found.append((fields[0], fields[5]))
        return found


__all__ = ("UserDirs",)
