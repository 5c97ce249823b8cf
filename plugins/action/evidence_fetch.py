# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings one part home, verifies it, records it, and only then removes it from the host."""

from __future__ import annotations

import datetime
import shlex
import time
from pathlib import Path

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _custody, _transfer
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import (
    CaseError, file_sha256, flush, now, part_of_piece, part_path,
)
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._customs import COLLECTOR, admitted
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._host import guarded, say
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._paths import is_workspace
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._warnings import warnings

ATTEMPTS = 2
PAUSE = 3
RESULTS = {"webroots": "WEBROOTs", "webservices": "WEBSERVICEs", "backup": "BACKUP"}
ARGUMENTS = {
    "folder": {"type": "path", "required": True},
    "workspace": {"type": "str", "required": True},
    "part": {"type": "str", "required": True},
    "collected": {"type": "dict"},
    "max_size": {"type": "int", "default": 8192},
    "max_total": {"type": "int", "default": 102400},
    "max_seconds": {"type": "int", "default": 14400},
}


class ActionModule(ActionBase):
    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        self._host = (task_vars or {}).get("inventory_hostname", "?")
        return guarded(self._fetch)

    def _fetch(self) -> dict:
        _unused, options = self.validate_argument_spec(ARGUMENTS)
        if not is_workspace(options["workspace"]):
            raise AnsibleActionFail(f"{options['workspace']!r} is no workspace of this collection")
        self._folder = Path(options["folder"])
        self._part = options["part"]
        self._source = f"{options['workspace']}/{self._part}.tar.gz"
        try:
            self._target = part_path(self._folder, self._part)
        except CaseError as error:
            raise AnsibleActionFail(str(error)) from None
        self._partial = self._target.with_suffix(".partial")
        self._limit = options["max_size"] << 20
        self._most, self._seconds = options["max_total"] << 20, options["max_seconds"]
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
        try:
            problem = self._attempts(size, sha256)
        except AnsibleConnectionFailure:
            self._keep_cut()
            raise
        if problem:
            self._keep_cut()
            self._record("part_missing", problem=problem, left_on_host=self._source)
            return {"failed": True, "lost": False, "msg": f"{self._part} is not home: {problem}. It lies in {self._source}"}
        seconds = time.monotonic() - begin
        facts = {"size": size, "sha256": sha256, "fetch_seconds": round(seconds, 3), **{
            key: collected.get(key) for key in ("complete", "problem", "seconds", "states", "summary")
        }}
        more = bool(collected.get("summary", {}).get("more"))
        if part_of_piece(self._part):
            more = self._join(facts, more)
        else:
            self._record("part", **facts)
        self._remove_source()
        state = "home" if collected.get("complete") else f"home, cut: {collected.get('problem')}"
        say(self._host, f"{self._part} {state}, {size / 2 ** 20:.1f} MiB, {collected.get('seconds', 0):.1f} s collected, "
                        f"{seconds:.1f} s fetched, sha256 {sha256[:16]}…")
        self._tell(collected.get("summary", {}))
        return {"changed": True, "path": str(self._target), "size": size, "sha256": sha256, "more": more}

    def _join(self, facts: dict, more: bool) -> bool:
        """Lays a piece behind those that came before it; whether to ask for another one. They are a part when the last is home."""
        name = part_of_piece(self._part)
        whole = part_path(self._folder, name)
        pieces = whole.with_suffix(".pieces")
        _transfer.append(self._target, pieces)
        _custody.record(self._folder, "piece", part=name, piece=self._part, kept=pieces.name, **facts)
        self._target.unlink()
        if not more:
            pieces.rename(whole)
            _custody.record(
                self._folder, "part", part=name, size=whole.stat().st_size, sha256=file_sha256(whole),
                complete=facts["complete"], problem=facts["problem"],
            )
            return False
        enough = self._enough(name, pieces.stat().st_size)
        if enough:
            _custody.record(self._folder, "problem", step=name, msg=enough)
            say(self._host, f"WARNING: {name} ends here: {enough}")
        return not enough

    def _enough(self, name: str, size: int) -> str | None:
        """Why no further piece is asked for: a host can have another one for ever."""
        if size >= self._most:
            return f"{size >> 20} MiB came home, the limit is {self._most >> 20} MiB (triage_max_backup_size)"
        pieces = (event for event in _custody.events(self._folder) if event["event"] == "piece" and event.get("part") == name)
        begun = datetime.datetime.fromisoformat(next(pieces)["time"].removesuffix("Z") + "+00:00")
        if (now() - begun).total_seconds() >= self._seconds:
            return f"it takes longer than {self._seconds} s (triage_max_backup_seconds)"
        return None

    def _tell(self, summary: dict) -> None:
        """What the operator waits for."""
        for key, title in RESULTS.items():
            if key in summary:
                say(self._host, f"RESULT {title}: [{summary[key]}]", limit=1000)
        for line in warnings(summary):
            say(self._host, f"WARNING: {line}", limit=2000)

    def _attempts(self, size: int, sha256: str) -> str | None:
        """Tries until what arrived is what was announced; else says what is wrong."""
        problem = None
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(PAUSE)
            try:
                problem = self._attempt(size, sha256)
            except AnsibleConnectionFailure as error:
                if attempt + 1 == ATTEMPTS:
                    raise
                problem = str(error)
            if problem is None:
                return None
            say(self._host, f"{self._part}: {problem}")
        return problem

    def _attempt(self, size: int, sha256: str) -> str | None:
        partial = self._partial
        try:
            _transfer.require_room(self._folder, size)
            try:
                _transfer.stream(self._connection, self._source, partial, size)
            except _transfer.TransferError:
                _transfer.keep_longest(partial)
                _transfer.pull(self._execute, self._source, partial, size + 1)
        except _transfer.TransferError as error:
            _transfer.keep_longest(partial)
            return str(error)
        arrived = partial.stat().st_size, file_sha256(partial)
        if arrived != (size, sha256):
            altered = self._target.with_suffix(f".altered-{time.time_ns()}")
            partial.rename(altered)
            self._record("part_altered", announced=[size, sha256], arrived=list(arrived), kept=altered.name)
            return f"announced {size} bytes with sha256 {sha256[:16]}…, arrived {arrived[0]} with {arrived[1][:16]}…"
        flush(partial)
        partial.rename(self._target)
        partial.with_suffix(".cut").unlink(missing_ok=True)
        return None

    def _keep_cut(self) -> None:
        """What arrived of a part that never came whole is evidence all the same."""
        cut = _transfer.keep_longest(self._partial)
        if cut.exists():
            self._record_torn(cut.replace(self._target.with_suffix(".torn")))

    def _record_torn(self, torn: Path) -> dict:
        facts = {"size": torn.stat().st_size, "sha256": file_sha256(torn)}
        self._record("part_torn", kept=torn.name, **facts)
        say(self._host, f"{self._part} was torn: {facts['size']} bytes saved")
        return facts

    def _salvage(self) -> dict:
        """What a collector that died left behind: an unfinished part, taken as it is."""
        torn = self._target.with_suffix(".torn")
        try:
            _transfer.pull(self._execute, self._source, torn, self._limit)
        except _transfer.TransferError as error:
            problem = str(error)
        except AnsibleConnectionFailure:
            self._saved(torn)
            raise
        else:
            problem = ""
        facts = self._saved(torn)
        if not problem:
            self._remove_source()
        if not facts:
            return {"changed": False, "size": 0, "msg": f"{self._part}: nothing was written on the host. {problem}".rstrip()}
        return {"changed": True, "path": str(torn), **facts}

    def _saved(self, torn: Path) -> dict:
        if torn.exists() and torn.stat().st_size:
            return self._record_torn(torn)
        torn.unlink(missing_ok=True)
        return {}

    def _execute(self, command: str) -> dict:
        return self._low_level_execute_command(command, sudoable=True)

    def _remove_source(self) -> None:
        self._execute(f"rm -f -- {shlex.quote(self._source)}")

    def _record(self, event: str, **facts) -> None:
        _custody.record(self._folder, event, part=self._part, **facts)
