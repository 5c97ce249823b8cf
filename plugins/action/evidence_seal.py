# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seals one host's run on the control node."""

from __future__ import annotations

from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import file_name
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._host import guarded, say
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._seal import SealError, seal

ARGUMENTS = {
    "folder": {"type": "path", "required": True},
    "expected": {"type": "list", "elements": "str", "default": []},
}


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        return guarded(lambda: self._seal((task_vars or {})["inventory_hostname"]))

    def _seal(self, host: str) -> dict:
        _unused, options = self.validate_argument_spec(ARGUMENTS)
        try:
            facts = seal(Path(options["folder"]), file_name(host), options["expected"])
        except SealError as error:
            raise AnsibleActionFail(str(error)) from None
        say(host, f"sealed {facts['archive']}, {facts['size'] / 2 ** 20:.1f} MiB, sha256 {facts['sha256']}")
        wanted = ("archive", "size", "sha256", "custody", "complete", "missing", "cut", "states")
        return {"changed": True, **{key: facts[key] for key in wanted}}
