# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sends a scanner and signatures from the control node into the workspace of a host."""

from __future__ import annotations

import shlex
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._bundle import BundleError, build
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import file_sha256
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._host import guarded, say
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._paths import is_workspace
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._printable import printable

SLACK = 64 << 20
ARGUMENTS = {
    "workspace": {"type": "str", "required": True},
    "owner": {"type": "int", "required": True},
    "folder": {"type": "path", "required": True},
    "tree": {"type": "path"},
    "signatures": {"type": "path"},
}


class ActionModule(ActionBase):
    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        self._host = (task_vars or {}).get("inventory_hostname", "?")
        return guarded(self._send)

    def _send(self) -> dict:
        _unused, options = self.validate_argument_spec(ARGUMENTS)
        if not is_workspace(options["workspace"]):
            raise AnsibleActionFail(f"{options['workspace']!r} is no workspace of this collection")
        try:
            bundle = build(
                Path(options["folder"]).parents[1] / "bundles",
                *(Path(options[name]) if options[name] else None for name in ("tree", "signatures")),
            )
        except BundleError as error:
            raise AnsibleActionFail(str(error)) from None
        size, sha256 = bundle.stat().st_size, file_sha256(bundle)
        self._require_room(options["workspace"], size)
        folder = f"{options['workspace']}/incoming-{sha256[:8]}"
        self._require(f"mkdir -m 0700 {shlex.quote(folder)} && chown {options['owner']} {shlex.quote(folder)}")
        self._connection.put_file(str(bundle), f"{folder}/bundle.tar.gz")
        say(self._host, f"scanner sent, {size / 2 ** 20:.1f} MiB")
        return {"changed": True, "path": f"{folder}/bundle.tar.gz", "sha256": sha256, "size": size}

    def _require_room(self, workspace: str, size: int) -> None:
        answer = self._require(f"df -Pk {shlex.quote(workspace)}")
        try:
            free = int(answer.strip().splitlines()[-1].split()[3]) << 10
        except (IndexError, ValueError) as error:
            raise AnsibleActionFail("how much is free in the workspace is not known") from error
        if free < size + SLACK:
            raise AnsibleActionFail(f"the scanner takes {size >> 20} MiB in {workspace} and {free >> 20} MiB are free")

    def _require(self, command: str) -> str:
        answer = self._low_level_execute_command(command, sudoable=True)
        if answer.get("rc"):
            raise AnsibleActionFail(f"the host refuses: {printable(answer.get('stderr', ''), 300)}")
        return answer.get("stdout", "")
