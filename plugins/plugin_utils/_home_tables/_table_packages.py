# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The table ``packages``: what the databases of dpkg and apk say, as bytes, and what rpm said.

Formats: deb822(5) and dpkg-query(1), apk-v2(5) "installed", and the query in roles/live_state/vars/main.yml for rpm and for
dpkg where its database itself didn't come home. dpkg writes down no time of installation, the host's table
``package_times`` has the time at which each package's list was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_rows import Rows, accepted, text
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_streams import (
    Source, json_object, lines,
)
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_times import iso

TABLE = "packages"
MAX_PACKAGES = 200_000
DPKG_STATUS = b"/var/lib/dpkg/status"
APK_INSTALLED = (b"/lib/apk/db/installed", b"/usr/lib/apk/db/installed")
DPKG_QUERY, RPM_QUERY = b"live/commands/dpkg-query.txt", b"live/commands/rpm-qa.txt"
TIMES = b"tables/package_times.jsonl"
_FIELD = re.compile(rb"([A-Za-z][A-Za-z0-9-]*):[ \t]*(.*)", re.DOTALL)
_VALUE = 256
# The first word of dpkg-query's abbreviation is made of what is wanted and what is the case.
_WANTED = {"u": "unknown", "i": "install", "h": "hold", "r": "deinstall", "p": "purge"}
_STATUS = {
    "n": "not-installed", "c": "config-files", "H": "half-installed", "U": "unpacked", "F": "half-configured",
    "W": "triggers-awaited", "t": "triggers-pending", "i": "installed",
}


class Packages:
    """Reads the databases; dpkg's packages are written at the end, with their times."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._dpkg: list[dict[str, Any]] = []
        self._queried: list[dict[str, Any]] = []
        self._times: dict[str, str] = {}

    def dpkg_status(self, stream: Source) -> None:
        """``/var/lib/dpkg/status``."""
        self._dpkg += [
            {
                "manager": "dpkg", "name": found.get("package"), "version": found.get("version"),
                "arch": found.get("architecture"), "status": found.get("status"), "vendor": found.get("maintainer"),
                "source": found.get("source", found.get("package")), "essential": found.get("essential") == "yes" or None,
            }
            for found in self._bounded(_paragraphs(stream), DPKG_STATUS) if "package" in found
        ]

    def dpkg_query(self, stream: Source) -> None:
        """What dpkg-query said: abbreviation of the status, name with architecture, version, architecture, maintainer."""
        for fields in self._bounded(_fields(stream, 5), DPKG_QUERY):
            state, name, version, arch, vendor = fields
            wanted, status, error = (state + "   ")[:3]
            self._queried.append({
                "manager": "dpkg", "name": name.partition(":")[0], "version": version, "arch": arch, "vendor": vendor,
                "status": f"{_WANTED.get(wanted, wanted)} {'ok' if error == ' ' else 'reinstreq'} {_STATUS.get(status, status)}",
            })

    def rpm_query(self, stream: Source) -> None:
        """What rpm said: name, epoch, version, release, architecture, time of installation, vendor, host, signature."""
        for fields in self._bounded(_fields(stream, 9), RPM_QUERY):
            name, epoch, version, release, arch, installed, vendor = fields[:7]
            prefix = f"{epoch}:" if epoch not in ("0", "(none)", "") else ""
            self._rows.row(TABLE, {
                "manager": "rpm", "name": name, "version": f"{prefix}{version}-{release}",
                "arch": None if arch == "(none)" else arch, "status": "installed",
                "installed": iso(int(installed)) if installed.isdigit() and len(installed) < 12 else None,
                "vendor": None if vendor == "(none)" else vendor,
            })

    def apk_installed(self, stream: Source) -> None:
        """apk's ``installed``."""
        for found in self._bounded(_paragraphs(stream), APK_INSTALLED[0]):
            if "p" in found:
                self._rows.row(TABLE, {
                    "manager": "apk", "name": found["p"], "version": found.get("v"), "arch": found.get("a"),
                    "status": "installed", "source": found.get("o"), "vendor": found.get("m"),
                })

    def times(self, stream: Source) -> None:
        """The host's table ``package_times``."""
        for number, line, cut in lines(stream):
            row = None if cut else json_object(line)
            facts, bad = accepted(row or {}, {"package": str, "installed": str})
            if bad or len(facts) < 2:
                self._rows.problem("package_times", TIMES, "no row of a package", line=number, cut=True)
            elif len(self._times) < MAX_PACKAGES:
                self._times[facts["package"]] = facts["installed"]

    def finish(self) -> None:
        """Writes dpkg's packages."""
        for row in self._dpkg or self._queried:
            name = row["name"]
            row["installed"] = self._times.get(f"{name}:{row['arch']}") or self._times.get(name)
            self._rows.row(TABLE, row)

    def _bounded(self, found: Iterator[Any], member: bytes) -> Iterator[Any]:
        for number, one in enumerate(found):
            if number == MAX_PACKAGES:
                self._rows.problem(TABLE, member, f"more than {MAX_PACKAGES} packages, the others are not read", cut=True)
                return
            yield one


def _paragraphs(stream: Source) -> Iterator[dict[str, str]]:
    """Fields by their names in small letters, of each paragraph; of a field the first one, and its first line, counts."""
    found: dict[str, str] = {}
    for _number, line, _cut in lines(stream, 4096):
        if not line.strip():
            if found:
                yield found
            found = {}
        elif match := _FIELD.fullmatch(line):
            found.setdefault(match.group(1).decode("ascii").lower(), text(match.group(2), _VALUE))
    if found:
        yield found


def _fields(stream: Source, count: int) -> Iterator[list[str]]:
    for _number, line, _cut in lines(stream, 4096):
        fields = [text(field, _VALUE) for field in line.split(b"\t")]
        if len(fields) >= count and fields[1]:
            yield fields[:count]


__all__ = ("APK_INSTALLED", "DPKG_QUERY", "DPKG_STATUS", "Packages", "RPM_QUERY", "TABLE", "TIMES")
