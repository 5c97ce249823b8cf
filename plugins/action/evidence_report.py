# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict: the report on evidence at home, and its first lines on the terminal."""

from __future__ import annotations

import json
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis import _analyse, _runs
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._case_db import NoDatabase
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._rules import BadRule, read_rules
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._scans import Scans
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._verdict import told
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import CaseError, make_report_folder
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._host import guarded

MEMORY = 8 << 30
ARGUMENTS = {
    "output": {"type": "path", "default": "evidence"},
    "case": {"type": "str", "default": ""},
    "archives": {"type": "list", "elements": "path", "default": []},
    "rules": {"type": "path", "required": True},
    "rules_dirs": {"type": "list", "elements": "path", "default": []},
    "role_groups": {"type": "list", "elements": "str", "default": []},
    "accept_altered": {"type": "bool", "default": False},
    "yara_rules": {"type": "list", "elements": "path", "default": []},
    "clamav": {"type": "bool", "default": False},
    "clamav_signatures": {"type": "path"},
}


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        return guarded(self._report, MEMORY)

    def _report(self) -> dict:
        _unused, options = self.validate_argument_spec(ARGUMENTS)
        try:
            report = self._made(options)
        except (BadRule, NoDatabase, CaseError, _analyse.NotAnalysed) as error:
            raise AnsibleActionFail(str(error)) from None
        Display().display("\n" + "\n".join(told(report)) + "\n")
        hosts = [{"host": row["host"], "rank": row["rank"], "score": row["score"], "verdict": row["verdict"],
                  "lines": row["lines"], "weakened": json.loads(row["weakened"])} for row in report.ranking]
        return {"changed": True, "folder": str(report.folder), "findings": report.findings, "hosts": hosts,
                "failed_rules": report.failed_rules, "failed_outputs": report.failed_outputs, "altered": report.altered,
                "not_home": [row["host"] for row in report.not_home if row["state"] == _runs.NOTHING],
                "not_readable": [row["host"] for row in report.not_home if row["state"] == _runs.UNREADABLE]}

    def _made(self, options: dict) -> _analyse.Report:
        rules = read_rules([Path(folder) for folder in (options["rules"], *options["rules_dirs"])])
        output, case = Path(options["output"]).expanduser(), options["case"]
        if options["archives"]:
            runs, not_home = _runs.runs_named([Path(path) for path in options["archives"]]), []
        else:
            case = case or _runs.newest_case(output)
            runs, not_home = _runs.runs_of(_runs.case_folder(output, case))
        folder = make_report_folder(str(output), case)
        return _analyse.make_report(
            folder, runs, rules, options["role_groups"], options["accept_altered"], _scans(options), not_home,
        )


def _scans(options: dict) -> Scans:
    signatures = options["clamav_signatures"]
    return Scans(
        tuple(Path(path) for path in options["yara_rules"]), options["clamav"], Path(signatures) if signatures else None,
    )
