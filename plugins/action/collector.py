# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The customs office: runs a collector on the host and lets through only what collectors may say."""

from __future__ import annotations

import json

from ansible.plugins.action import ActionBase

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._customs import (
    COLLECTOR, WORKSPACE, admitted, module_output,
)
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._host import guarded, say


class ActionModule(ActionBase):
    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        return guarded(lambda: self._collect(task_vars or {}))

    def _collect(self, task_vars: dict) -> dict:
        module = self._task.action.rpartition(".")[2]
        self._schema = WORKSPACE if module == "workspace" else COLLECTOR
        self._announce(task_vars)
        answer = self._execute_module(module_name=self._task.action, task_vars=task_vars)
        result = admitted(answer, self._schema)
        result["_ansible_parsed"] = True
        result.setdefault("changed", False)
        return result

    def _announce(self, task_vars: dict) -> None:
        part = self._task.args.get("part")
        if part:
            number = task_vars.get("__triage_number")
            of = len(self._templar.template(task_vars.get("__triage_collectors", [])))
            say(task_vars.get("inventory_hostname", "?"), f"{part} begins" + (f" ({number + 1} of {of})" if of else ""))

    def _low_level_execute_command(self, cmd, sudoable=True, in_data=None, *args, **kwargs):
        """Through the connection comes a program for the interpreter: it runs without what the host puts into Python's start.

        An intruder's .pth file or sitecustomize would be part of every collector, or keep it from ending. Only the interpreter of
        a virtual environment of Python 2 finds its own library in no other way.
        """
        if in_data is not None:
            alone = f"{cmd} -E -S"
            cmd = f"if {alone} -c 'import json' </dev/null >/dev/null 2>&1; then {alone}; else {cmd} -E; fi"
        return super()._low_level_execute_command(cmd, sudoable, in_data, *args, **kwargs)

    def _parse_returned_data(self, res, *args, **kwargs):
        """Before ansible-core sees it: it would show warnings and other lines of the output as they are."""
        clean = dict(res, stdout=json.dumps(module_output(res.get("stdout", ""), self._schema)), stderr="")
        clean.pop("stdout_lines", None)
        return super()._parse_returned_data(clean, *args, **kwargs)
