# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What only the host knew: the rows of ``persistence_files`` and ``persistence_targets``, found by path or by name."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._names import unescape
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_rows import Rows, accepted
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_streams import (
    Source, json_object, lines,
)

MAX_ROWS = 100_000
_FACTS = {
    "path": str, "real_path": str, "type": str, "mode": str, "uid": int, "gid": int, "mtime": str, "ctime": str, "btime": str,
    "sha256": str, "package": str, "exists": bool, "magic": str, "archived": str, "target": str, "names": list,
}
_USUAL_PATH = tuple(folder + b"/" for folder in (
    b"/usr/local/sbin", b"/usr/local/bin", b"/usr/sbin", b"/usr/bin", b"/sbin", b"/bin",
))
# Where a name without a folder is looked for before the usual PATH.
_FOLDERS = {
    "pam": re.compile(rb"/security/[^/]+\Z"), "udev": re.compile(rb"/udev/[^/]+\Z"), "nss": re.compile(rb"/libnss_[^/]+\Z"),
    "modules_load": re.compile(rb"/modules/.*\.ko(?:\.\w+)?\Z"), "web_config": re.compile(rb"/php/.*\.so\Z"),
    "sudo_plugin": re.compile(rb"/sudo/[^/]+\Z"),
}
_BY_MODE = frozenset(("cron", "motd", "network_hook", "systemd_generator", "rc_local", "git", "kernel_hook", "needrestart"))
_OCTAL = re.compile(r"[0-7]{1,6}")
_READ_ONLY = re.compile(
    rb"/etc/(?:crontab|cron\.d/|anacrontab|incron|network/interfaces)|/var/spool/|.*\.conf\Z|.*config\Z", re.DOTALL
)
_RUN_LEVEL = re.compile(rb"/etc/(?:rc\.d/)?rc[0-6S]\.d/S[^/]*\Z")


class Targets:
    """Files and targets by their paths as bytes."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._files: dict[bytes, dict[str, Any]] = {}
        self._targets: dict[bytes, dict[str, Any]] = {}
        self._named: dict[bytes, list[bytes]] = {}
        self._payloads: dict[bytes, dict[str, Any]] = {}
        self._has_owners = False
        self.links: dict[bytes, bytes] = {}

    def files(self, stream: Source, member: bytes) -> None:
        """The host's table ``persistence_files``."""
        for path, row in self._read(stream, member, self._files):
            self._files[path] = row
            if row.get("type") == "link":
                self.links[path] = unescape(row.get("target", ""))

    def targets(self, stream: Source, member: bytes) -> None:
        """The host's table ``persistence_targets``."""
        for path, row in self._read(stream, member, self._targets):
            self._targets[path] = row
            if "archived" in row:
                self._payloads[unescape(row.get("real_path", row["path"]))] = row
            for name in row.pop("names", ()):
                self._named.setdefault(unescape(name), []).append(path)
            self._named.setdefault(path.rpartition(b"/")[2], []).append(path)

    def _read(self, stream: Source, member: bytes, into: dict) -> Any:
        for number, line, cut in lines(stream):
            row = None if cut else json_object(line)
            facts, bad = accepted(row or {}, _FACTS)
            if row is None or bad or "path" not in facts or len(into) >= MAX_ROWS:
                self._rows.problem("persistence", member, "no row of a file, or too many", line=number, cut=True)
                continue
            self._has_owners = self._has_owners or "package" in facts
            yield unescape(facts["path"]), facts

    def file(self, path: bytes) -> dict[str, Any]:
        """What is known of a file that makes something run."""
        return self._owned(self._files.get(path) or self._targets.get(path) or {})

    def payload(self, path: bytes) -> dict[str, Any] | None:
        """What is known of a program of no package whose bytes came because something starts it; None for any other file."""
        found = self._payloads.get(path)
        return None if found is None else self._owned(found)

    def resolve(self, program: bytes, mechanism: str) -> dict[str, Any] | None:
        """What is known of a program, given as a path or as a name; None when the host was not asked."""
        found = self._targets.get(program) or self._files.get(program)
        if found is None and b"/" not in program:
            found = self._by_name(program, mechanism)
        return None if found is None else self._owned(found if "exists" in found else found | {"exists": True})

    def _by_name(self, name: bytes, mechanism: str) -> dict[str, Any] | None:
        paths = sorted(set(self._named.get(name, ())))
        where = _FOLDERS.get(mechanism)
        in_folder = [path for path in paths if where and where.search(path)]
        usual = [folder + name for folder in _USUAL_PATH if folder + name in paths]
        chosen = next(iter(in_folder + usual), None)
        return self._targets.get(chosen) if chosen else None

    def _owned(self, row: dict[str, Any]) -> dict[str, Any]:
        """Without an owner means something only where owners are known at all, and for files and programs."""
        known = self._has_owners and "package" not in row and "sha256" in row
        return row | {"unowned": True} if known else row

    def is_started(self, mechanism: str, name: bytes, file: dict[str, Any]) -> bool | None:
        """Whether a script of init has a link that starts it, and a program in a folder of programs may be run.

        Of everything else it is enough that it is there.
        """
        if mechanism == "init" and name.startswith(b"/etc/init.d/"):
            script = name.rpartition(b"/")[2]
            links = [link for link, target in self.links.items() if target.rpartition(b"/")[2] == script]
            return any(_RUN_LEVEL.match(link) for link in links) if links else None
        mode = file.get("mode")
        by_mode = mechanism in _BY_MODE and not _is_table(name) and mode is not None and _OCTAL.fullmatch(mode)
        return bool(int(mode, 8) & 0o111) if by_mode else True


def _is_table(name: bytes) -> bool:
    """Files that are read, not run, among those of a mechanism that runs programs."""
    return _READ_ONLY.match(name) is not None


__all__ = ("Targets",)
