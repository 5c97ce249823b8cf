# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Adds one event to a run's chain of custody."""

from __future__ import annotations

from pathlib import Path

from ansible.plugins.action import ActionBase

from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _custody
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._host import guarded, say

ARGUMENTS = {
    "folder": {"type": "path", "required": True},
    "event": {"type": "str", "required": True, "choices": ["problem", "workspace", "workspace_removed"]},
    "facts": {"type": "dict", "default": {}},
}


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        return guarded(lambda: self._note((task_vars or {})["inventory_hostname"]))

    def _note(self, host: str) -> dict:
        _unused, options = self.validate_argument_spec(ARGUMENTS)
        _custody.record(Path(options["folder"]), options["event"], **options["facts"])
        if options["event"] == "problem":
            say(host, f"PROBLEM {options['facts'].get('step', '')}: {options['facts'].get('msg', '')}")
        return {"changed": True}
