# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table at the end of a triage."""

from __future__ import annotations

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._host import guarded
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._printable import printable
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._summary import host_summary, table

ARGUMENTS = {"folders": {"type": "dict", "required": True}}


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        return guarded(self._summarise)

    def _summarise(self) -> dict:
        _unused, options = self.validate_argument_spec(ARGUMENTS)
        rows = [host_summary(printable(host, 80), folder) for host, folder in options["folders"].items()]
        Display().display("\n" + "\n".join(table(rows)) + "\n")
        return {"changed": False, "incomplete": [row["host"] for row in rows if row["verdict"] != "complete"]}
