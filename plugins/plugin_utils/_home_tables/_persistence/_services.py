# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The table ``services``: units of systemd, whether something enables them, and what systemd said about them."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._targets import Targets
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_rows import Rows, text
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_streams import Source, lines

TABLE = "services"
MAX_UNITS = 50_000
_WANTED = re.compile(rb"/([^/]+)\.(?:wants|requires|upholds)/([^/]+)\Z")
_UNIT = re.compile(rb"/systemd/(?:system|user|transient|generator[^/]*|[^/]*\.control|[^/]*\.attached)/([^/]+\.\w+)\Z")
_INSTANCE = re.compile(rb"@[^@]+\.")


class Services:
    """Gathers units by name."""

    def __init__(self, rows: Rows, targets: Targets) -> None:
        self._rows = rows
        self._targets = targets
        self._programs: dict[tuple[bytes, bool], tuple[bytes, ...]] = {}
        self._commands: dict[bytes, bytes] = {}
        self._said: dict[bytes, dict[str, Any]] = {}
        self._wanted: dict[bytes, list[bytes]] | None = None
        self._masked: set[bytes] = set()
        self._aliases: dict[bytes, bytes] = {}

    def runs(self, unit: bytes, of_users: bool, trigger: str, command: bytes, run: tuple[bytes, ...]) -> None:
        """A unit's command; what it starts with counts more than what comes before and after."""
        is_main = trigger.startswith("ExecStart of ")
        if len(self._programs) < MAX_UNITS and (is_main or (unit, of_users) not in self._programs):
            self._programs[unit, of_users] = run
            if not of_users:
                self._commands[unit] = command

    def programs_of(self, unit: bytes, of_users: bool) -> tuple[bytes, ...]:
        """What a unit runs; of an alias or an instance, what is behind it."""
        self._look_at_links()
        unit = self._aliases.get(unit, unit)
        template = _INSTANCE.sub(b"@.", unit)
        return self._programs.get((unit, of_users)) or self._programs.get((template, of_users), ())

    def unit_files(self, stream: Source) -> None:
        """The output of ``systemctl list-unit-files``."""
        for _number, line, _cut in lines(stream, 4096):
            words = line.split()
            if len(words) >= 2:
                self._say(words[0], enabled_state=text(words[1], 64))

    def units(self, stream: Source) -> None:
        """The output of ``systemctl list-units``."""
        for _number, line, _cut in lines(stream, 4096):
            words = line.split(None, 4)
            if len(words) >= 4 and b"." in words[0]:
                names = (b"load", b"active", b"sub")
                self._say(words[0], **{name.decode(): text(word, 64) for name, word in zip(names, words[1:4])},
                          description=text(words[4], 500) if len(words) > 4 else None)

    def _say(self, unit: bytes, **facts: Any) -> None:
        if unit in self._said or len(self._said) < MAX_UNITS:
            self._said.setdefault(unit, {}).update(facts)

    def _look_at_links(self) -> dict[bytes, list[bytes]]:
        """Which units want a unit, from the links of the host; notes what is masked, and aliases."""
        if self._wanted is not None:
            return self._wanted
        wanted = self._wanted = {}
        for path, target in self._targets.links.items():
            wants, unit = b"/systemd/" in path and _WANTED.search(path), _UNIT.search(path)
            if wants:
                wanted.setdefault(wants.group(2), []).append(wants.group(1))
                if target.rpartition(b"/")[2] != wants.group(2):
                    wanted.setdefault(target.rpartition(b"/")[2], []).append(wants.group(1))
            elif unit and target == b"/dev/null":
                self._masked.add(unit.group(1))
            elif unit:
                self._aliases[unit.group(1)] = target.rpartition(b"/")[2]
        return wanted

    def enabled(self, unit: bytes) -> bool | None:
        """Whether something wants a unit, or it is masked, as far as links and systemd say; None when neither does."""
        wanted = self._look_at_links()
        if unit in self._masked:
            return False
        if unit in wanted:
            return True
        state = self._said.get(unit, {}).get("enabled_state")
        return {"enabled": True, "enabled-runtime": True, "disabled": False, "masked": False}.get(state or "")

    def finish(self) -> None:
        """Writes a row a unit."""
        wanted = self._look_at_links()
        for unit in sorted(set(self._said) | set(self._commands) | set(wanted) | self._masked):
            wanted_by = sorted({text(name, 512) for name in wanted.get(unit, ())})
            self._rows.row(TABLE, {
                "unit": text(unit, 512), "enabled": self.enabled(unit), "masked": True if unit in self._masked else None,
                "wanted_by": wanted_by or None, "command": text(self._commands[unit], 4096) if unit in self._commands else None,
            } | self._said.get(unit, {}))


__all__ = ("Services", "TABLE")
