# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings one part home, verifies it, records it, and only then removes it from the host."""

from __future__ import annotations

import shlex
import time
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _custody, _transfer
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import file_sha256, part_path
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._customs import COLLECTOR, admitted
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._host import guarded, say
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._paths import is_workspace

ATTEMPTS = 2
PAUSE = 3
ARGUMENTS = {
    "folder": {"type": "path", "required": True},
    "workspace": {"type": "str", "required": True},
    "part": {"type": "str", "required": True},
    "collected": {"type": "dict"},
    "max_size": {"type": "int", "default": 8192},
}


class ActionModule(ActionBase):
    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        self._host = (task_vars or {}).get("inventory_hostname", "?")
        return guarded(self, self._fetch)

    def _fetch(self) -> dict:
        _unused, options = self.validate_argument_spec(ARGUMENTS)
        if not is_workspace(options["workspace"]):
            raise AnsibleActionFail(f"{options['workspace']!r} is no workspace of this collection")
        self._folder = Path(options["folder"])
        self._part = options["part"]
        self._source = f"{options['workspace']}/{self._part}.tar.gz"
        self._target = part_path(self._folder, self._part)
        self._limit = options["max_size"] << 20
        if self._target.exists():
            raise AnsibleActionFail(f"{self._target} exists: this part came home before")
        collected = admitted(options["collected"], COLLECTOR) if options["collected"] else None
        return self._whole(collected) if collected and "part" in collected else self._salvage()

    def _whole(self, collected: dict) -> dict:
        """A part whose size and hash the collector announced."""
        size, sha256 = collected["part"].get("size", -1), collected["part"].get("sha256", "")
        if not 0 <= size <= self._limit:
            raise AnsibleActionFail(f"the host announces a part of {size} bytes, the limit is {self._limit}")
        begin = time.monotonic()
        problem = self._attempts(size, sha256)
        if problem:
            self._record("part_missing", problem=problem, left_on_host=self._source)
            return {"failed": True, "lost": False, "msg": f"{self._part} is not home: {problem}. It lies in {self._source}"}
        seconds = time.monotonic() - begin
        self._record("part", size=size, sha256=sha256, fetch_seconds=round(seconds, 3), **{
            key: collected.get(key) for key in ("complete", "problem", "seconds", "states", "summary")
        })
        self._remove_source()
        state = "home" if collected.get("complete") else f"home, cut: {collected.get('problem')}"
        say(self._host, f"{self._part} {state}, {size / 2 ** 20:.1f} MiB, {collected.get('seconds', 0):.1f} s collected, "
                        f"{seconds:.1f} s fetched, sha256 {sha256[:16]}…")
        return {"changed": True, "path": str(self._target), "size": size, "sha256": sha256}

    def _attempts(self, size: int, sha256: str) -> str | None:
        """Tries until what arrived is what was announced; else says what is wrong."""
        problem = None
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(PAUSE)
            problem = self._attempt(size, sha256)
            if problem is None:
                return None
            say(self._host, f"{self._part}: {problem}")
        return problem

    def _attempt(self, size: int, sha256: str) -> str | None:
        partial = self._target.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        try:
            _transfer.require_room(self._folder, size)
            try:
                _transfer.stream(self._connection, self._source, partial, size)
            except _transfer.TransferError:
                _transfer.pull(self._execute, self._source, partial, size + 1)
        except _transfer.TransferError as error:
            return str(error)
        arrived = partial.stat().st_size, file_sha256(partial)
        if arrived != (size, sha256):
            altered = self._target.with_suffix(f".altered-{time.time_ns()}")
            partial.rename(altered)
            self._record("part_altered", announced=[size, sha256], arrived=list(arrived), kept=altered.name)
            return f"announced {size} bytes with sha256 {sha256[:16]}…, arrived {arrived[0]} with {arrived[1][:16]}…"
        partial.rename(self._target)
        return None

    def _salvage(self) -> dict:
        """What a collector that died left behind: an unfinished part, taken as it is."""
        torn = self._target.with_suffix(".torn")
        try:
            size = _transfer.pull(self._execute, self._source, torn, self._limit)
        except _transfer.TransferError:
            size = 0
        if not size:
            torn.unlink(missing_ok=True)
            return {"changed": False, "size": 0, "msg": f"{self._part}: nothing was written on the host"}
        sha256 = file_sha256(torn)
        self._record("part_torn", size=size, sha256=sha256, kept=torn.name)
        self._remove_source()
        say(self._host, f"{self._part} was torn: {size} bytes saved")
        return {"changed": True, "path": str(torn), "size": size, "sha256": sha256}

    def _execute(self, command: str) -> dict:
        return self._low_level_execute_command(command, sudoable=True)

    def _remove_source(self) -> None:
        self._execute(f"rm -f -- {shlex.quote(self._source)}")

    def _record(self, event: str, **facts) -> None:
        _custody.record(self._folder, event, part=self._part, **facts)
