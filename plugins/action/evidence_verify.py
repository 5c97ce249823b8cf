# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verifies sealed evidence on the control node."""

from __future__ import annotations

from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _verify
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._host import guarded


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        return guarded(self._verify)

    def _verify(self) -> dict:
        _unused, options = self.validate_argument_spec({"path": {"type": "path", "required": True}})
        path = Path(options["path"])
        folders = _verify.run_folders(path)
        if not folders:
            raise AnsibleActionFail(f"{path} holds no evidence: no run's custody.jsonl is there or below")
        runs = [{"folder": str(folder), "problems": _verify.problems(folder)} for folder in folders]
        told = _verify.told(runs)
        return {"changed": False, "failed": bool(told), "msg": told or f"{len(runs)} runs verified, nothing was altered", "runs": runs}
