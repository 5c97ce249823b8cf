# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.
"""Logs of package managers: dpkg, apt, yum, dnf, zypper, pacman."""

from __future__ import annotations

import datetime
import re

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._log_clock import (
    MONTHS, NO_YEAR, Stamp, local, zoned,
)
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._log_found import Event, Found

KIND = "package"
_DPKG = re.compile(rb"([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9:]{8}) ((install|upgrade|remove|purge|[a-z-]{1,30}) .*)", re.DOTALL)
_DPKG_ACTIONS = (b"install", b"upgrade", b"remove", b"purge")
_ZYPP = re.compile(rb"([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9:]{8})\|((?:install|remove |command|radd|rremove)\|.*)", re.DOTALL)
_DNF = re.compile(
    rb"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9:]{8})(Z|[+-][0-9]{4}) [A-Z]{1,10} ((?:Installed|Upgrade|Upgraded|Downgraded|Reinstalled"
    rb"|Erase|Erased|Obsoleted|Removed): .*)", re.DOTALL,
)
_YUM = re.compile(
    rb"([A-Z][a-z]{2}) ([ 0-9][0-9]) ([0-9]{2}):([0-9]{2}):([0-9]{2}) "
    rb"((?:Installed|Updated|Erased|Dep-Installed|Obsoleted): .*)", re.DOTALL,
)
_PACMAN = re.compile(
    rb"\[([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9:]{8})(Z|[+-][0-9]{4})\] (\[ALPM\] (?:installed|upgraded|removed|downgraded|"
    rb"reinstalled) .*|\[PACMAN\] Running .*)", re.DOTALL,
)
_APT_START = re.compile(rb"Start-Date: ([0-9]{4}-[0-9]{2}-[0-9]{2}) {1,2}([0-9:]{8})")
_APT_FIELD = re.compile(rb"(Commandline|Requested-By|Install|Remove|Purge|Upgrade|Downgrade|Reinstall): ", re.DOTALL)
_APT_USER = re.compile(rb"Requested-By: (\S{1,256})")


class Packages:
    """A line an action, of all of them but apt."""

    def __init__(self, found: Found) -> None:
        self._found = found

    @staticmethod
    def fits(line: bytes) -> bool:
        """Whether a line is of this kind."""
        return any(pattern.match(line) for pattern in (_DPKG, _ZYPP, _DNF, _YUM, _PACMAN))

    def read(self, number: int, line: bytes) -> None:
        """Takes the next line."""
        if match := _DPKG.match(line):
            if match[4] in _DPKG_ACTIONS:
                self._add(number, local(match[1], match[2]), match[3], b"dpkg")
        elif match := _ZYPP.match(line):
            self._add(number, local(match[1], match[2]), match[3], b"zypper")
        elif match := _DNF.match(line) or _PACMAN.match(line):
            self._add(number, zoned(*match.groups()[:3]), match[4], b"dnf" if match.re is _DNF else b"pacman")
        elif match := _YUM.match(line):
            self._add(number, self._yum_stamp(match), match[6], b"yum")

    def finish(self) -> None:
        """The file has ended."""

    def _add(self, number: int, stamp: Stamp | None, message: bytes, program: bytes) -> None:
        if stamp is not None:
            self._found.add(Event(number, stamp, KIND, message, program))

    def _yum_stamp(self, match: re.Match[bytes]) -> Stamp | None:
        try:
            time = datetime.datetime(NO_YEAR, MONTHS[match[1]], *(int(match[place]) for place in range(2, 6)))
        except (KeyError, ValueError):
            return None
        return self._found.clock.without_year(time)


class AptHistory:
    """history.log of apt: an event a stanza, with the command line, who asked for it, and what it did."""

    def __init__(self, found: Found) -> None:
        self._found = found
        self._start: tuple[int, Stamp] | None = None
        self._said: list[bytes] = []

    @staticmethod
    def fits(line: bytes) -> bool:
        """Whether a line is of this kind."""
        return bool(_APT_START.match(line))

    def read(self, number: int, line: bytes) -> None:
        """Takes the next line."""
        if match := _APT_START.match(line):
            self.finish()
            stamp = local(match[1], match[2])
            self._start = (number, stamp) if stamp else None
        elif _APT_FIELD.match(line) and len(self._said) < 10:
            self._said.append(line[:1000])

    def finish(self) -> None:
        """The stanza has ended."""
        if self._start and self._said:
            message = b"; ".join(self._said)
            user = _APT_USER.search(message)
            self._found.add(Event(*self._start, KIND, message, b"apt", user[1] if user else b""))
        self._start, self._said = None, []


__all__ = ("AptHistory", "KIND", "Packages")
