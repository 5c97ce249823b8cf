# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The table ``persistence``: every command that the host runs by itself, joined with whose it is and what it hashes to."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from typing import Any

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._names import escape, unescape
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._commands import programs
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._found import Found, Text
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._kinds import Kind, kind_of
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._payloads import Payloads
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._services import Services
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._targets import Targets
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._units import UNIT, unit_name
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_rows import Rows, accepted, text
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_streams import (
    Source, json_object, lines,
)

TABLE = "persistence"
FILE_BYTES = 256 << 10
COMMAND = 4096
ROWS_OF_A_FILE = 2000
# What each file has for itself, so that decoys can't push it out; more of it comes out of what its mechanism has.
SHARE_BYTES = 4 << 10
SHARE_ROWS = 10
BYTES_OF_A_MECHANISM = 4 << 20
ROWS_OF_A_MECHANISM = 20_000
MAX_LINKS = 30_000
MAX_FILES = 40_000
_LONGEST = 1 << 12
_PROGRAM = b"\x7fELF"
_MAKES_FILES = frozenset(("tmpfiles",))  # what these name is a program only when it looks like one
_OF_UNIT = re.compile(UNIT + rb"(?:\.d/[^/]+)?\Z")
_ENABLES = re.compile(rb"\.(?:wants|requires|upholds)/[^/]+\Z|/rc[0-6S]\.d/")
_HOME = re.compile(rb"(/.*?)/\.[^/]")
_IN_HOME = re.compile(rb"\A(?:~|\$HOME|\$\{HOME\}|%h)/")


class Persistence:
    """Takes files as they come out of the archive, and the host's tables; the rows are joined at the end."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._links: dict[bytes, bytes] = {}
        self._seen: set[bytes] = set()
        self._counts: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self._left_out: Counter[tuple[bytes, str]] = Counter()
        self.targets = Targets(rows)
        self.payloads = Payloads(rows)
        self.services = Services(rows, self.targets)

    def linked(self, path: bytes, target: bytes) -> None:
        """A symbolic link of the host: what it leads to comes after it, under its own name."""
        if len(path) + len(target) < _LONGEST and kind_of(path):
            if len(self._links) >= MAX_LINKS:
                self._left_out[b"", "links beyond %d" % MAX_LINKS] += 1
                return
            real = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            if real not in self._links or _ENABLES.search(self._links[real]):
                self._links[real] = path

    def names(self, path: bytes) -> bytes | None:
        """The name by which a file makes something run: its own, or that of a link to it; None when it does not."""
        return next((name for name in (path, self._links.get(path)) if name is not None and kind_of(name)), None)

    def read(self, path: bytes, name: bytes, data: bytes, size: int) -> None:
        """A file of the host, of which `data` is the beginning; `name` is what `names` said."""
        kind = kind_of(name)
        if kind is None or path in self._seen:
            return
        if len(self._seen) >= MAX_FILES:
            self._left_out[b"", "files beyond %d" % MAX_FILES] += 1
            return
        self._seen.add(path)
        whole, data = data, self._affordable(kind.mechanism, data)
        if len(data) < len(whole):
            what = "files of which only the first %d bytes are read" % SHARE_BYTES
            self._left_out[kind.mechanism.encode("ascii"), what] += 1
        elif size > len(data):
            what = "longer than %d bytes, the rest is not read" % len(data)
            self._rows.problem(TABLE, path, what, cut=not data.startswith(_PROGRAM))
        for number, found in enumerate(kind.reader(Text(name, data))):
            if number >= ROWS_OF_A_FILE:
                self._rows.problem(TABLE, path, "more than %d commands, the others are left out" % number, cut=True)
                return
            self._add(kind, path, name, found, number < SHARE_ROWS)

    def _affordable(self, mechanism: str, data: bytes) -> bytes:
        """The data, or whole lines at their beginning where other files of the mechanism took what there was."""
        more = len(data) - SHARE_BYTES
        if more <= 0 or self._bytes[mechanism] + more <= BYTES_OF_A_MECHANISM:
            self._bytes[mechanism] += max(0, more)
            return data
        share = data[:SHARE_BYTES]
        return share[:share.rfind(b"\n") + 1] or share

    def web_services(self, stream: Source) -> None:
        """The host's table ``web_services``: logs that are piped to a program."""
        for _number, line, _cut in lines(stream):
            row, _bad = accepted(json_object(line) or {}, {"kind": str, "target": str, "command": str, "file": str, "line": int})
            if row.get("kind") == "log" and row.get("target") == "pipe" and row.get("command"):
                path = unescape(row.get("file", ""))
                found = Found(row.get("line"), unescape(row["command"]), "a web server writes a log")
                self._add(Kind("web_config", "T1505.003", iter), path, path, found)

    def _add(self, kind: Kind, path: bytes, name: bytes, found: Found, own: bool = False) -> None:
        """A row, of its file's `own` share or of what the mechanism has."""
        mechanism = found.mechanism or kind.mechanism
        if not own:
            if self._counts[mechanism] >= ROWS_OF_A_MECHANISM:
                self._left_out[mechanism.encode("ascii"), "commands beyond %d and %d a file" % (ROWS_OF_A_MECHANISM, SHARE_ROWS)] += 1
                return
            self._counts[mechanism] += 1
        run = tuple(programs(found.command)) if found.programs is None else found.programs
        unit = unit_name(name) if _OF_UNIT.search(name) else b""
        home = _HOME.match(name)
        if home:
            run = tuple(_IN_HOME.sub(lambda _match: home.group(1) + b"/", program) for program in run)
        if unit and run and found.trigger.startswith("Exec"):
            self.services.runs(unit, _is_of_users(name), found.trigger, found.command, run)
        self._rows.hold(TABLE, _key(mechanism, path, name, unit, found.starts or b"", found.enabled, run), {
            "mechanism": mechanism, "trigger": escape(found.trigger.encode("utf-8", "replace")), "path": text(name, _LONGEST),
            "real_path": text(path, _LONGEST) if path != name else None, "line": found.line,
            "command": text(found.command, COMMAND), "user": text(found.user, 256) if found.user else None,
            "starts": text(found.starts, 512) if found.starts else None, "attack": found.attack or kind.attack,
        })

    def finish(self) -> None:
        """Writes the rows, and how many are missing."""
        for (member, what), count in self._left_out.items():
            self._rows.problem(TABLE, member, "%d %s" % (count, what), cut=True)
        self._rows.release(TABLE, self._facts)
        self.payloads.write(TABLE, self.targets)
        self.services.finish()

    def _facts(self, key: bytes) -> dict[str, Any]:
        """What the host knows about the file of a row, and about what it runs."""
        mechanism, path, name, unit, starts, enabled, *run = key.split(b"\0")
        file = self.targets.file(path) or self.targets.file(name)
        if starts:
            run = list(self.services.programs_of(starts, _is_of_users(name)))
        facts = {
            "enabled": self._enabled(mechanism.decode("ascii"), name, unit, enabled, file),
            "package": file.get("package"), "unowned": file.get("unowned"), "sha256": file.get("sha256"),
        } | {column: file.get(column) for column in ("mtime", "ctime", "btime", "mode", "uid", "gid")}
        return facts | self._executable(mechanism.decode("ascii"), run)

    def _enabled(self, mechanism: str, name: bytes, unit: bytes, said: bytes, file: dict[str, Any]) -> bool | None:
        if said:
            return said == b"1"
        if unit:
            return self.services.enabled(unit)
        return self.targets.is_started(mechanism, name, file)

    def _executable(self, mechanism: str, run: list[bytes]) -> dict[str, Any]:
        resolved = [(program, self.targets.resolve(program, mechanism)) for program in run]
        if not run:
            return {}
        program, found = resolved[0]
        if mechanism in _MAKES_FILES and not (found or {}).get("magic"):
            return {}
        if found is None:  # the host was not asked
            found = {"path": text(program, _LONGEST) if program.startswith(b"/") else None}
        also = [row["path"] for _program, row in resolved[1:] if row is not None and row.get("exists")]
        return {
            "executable": found.get("path"), "executable_real_path": found.get("real_path"), "exists": found.get("exists"),
            "executable_package": found.get("package"), "executable_unowned": found.get("unowned"), "magic": found.get("magic"),
            "archived": found.get("archived"), "also": also or None,
        } | {"executable_" + column: found.get(column) for column in ("sha256", "mtime", "ctime", "btime", "mode", "uid")}


def _is_of_users(name: bytes) -> bool:
    """Whether a unit belongs to the managers of users."""
    return b"/systemd/user" in name or name.startswith(b"/run/user/")


def _key(
    mechanism: str, path: bytes, name: bytes, unit: bytes, starts: bytes, enabled: bool | None, run: tuple[bytes, ...],
) -> bytes:
    """What `Persistence._facts` needs to know of a row, as one value."""
    parts = (mechanism.encode("ascii"), path, name, unit, starts, b"" if enabled is None else b"%d" % enabled, *run[:12])
    return b"\0".join(part.replace(b"\0", b" ")[:_LONGEST] for part in parts)


__all__ = ("FILE_BYTES", "Persistence", "TABLE")
