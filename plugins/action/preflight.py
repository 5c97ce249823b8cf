# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at the options, the place at home and the host, and says what stands in the way before anything is touched."""

from __future__ import annotations

import secrets

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.release import __version__ as core_version

from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _custody, _probe
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import CaseError, make_run_folder, now
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._host import answered_within, guarded, say
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._options import option_errors
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._printable import printable
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._window import WindowError, window

ARGUMENTS = {
    "output": {"type": "path", "default": "evidence"},
    "case": {"type": "str", "default": ""},
    "unprivileged": {"type": "bool", "default": False},
    "options": {"type": "dict", "default": {}},
    "only_options": {"type": "bool", "default": False},
}
# Connecting, four short questions and a password: a host under load takes a while.
PATIENCE = 120
CORE = tuple(int(number) for number in core_version.split(".")[:2])


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        return guarded(lambda: self._check(task_vars or {}))

    def _check(self, task_vars: dict) -> dict:
        _unused, options = self.validate_argument_spec(ARGUMENTS)
        errors, wanted = option_errors(task_vars, self._templar.template), options["options"]
        try:
            logs_of = window(wanted.get("triage_since"), wanted.get("triage_until"))
        except WindowError as error:
            errors.append(str(error))
        if errors:
            raise AnsibleActionFail("Nothing was touched. " + " ".join(errors))
        if self._task.check_mode:
            raise AnsibleActionFail("Nothing was touched. The options are in order; evidence is collected without --check.")
        case = options["case"] or now().strftime("triage-%Y%m%d")
        if options["only_options"]:
            return {"changed": False, "case": case}
        return {**self._begin(task_vars, options, case), **logs_of}

    def _begin(self, task_vars: dict, options: dict, case: str) -> dict:
        host = task_vars["inventory_hostname"]
        try:
            folder = make_run_folder(options["output"], case, host)
        except CaseError as error:
            raise AnsibleActionFail(str(error)) from None
        _custody.record(
            folder, "begin", case=case, host=host, address=str(task_vars.get("ansible_host", host)),
            ansible_core=core_version, options=options["options"], unprivileged=options["unprivileged"],
            groups=sorted(map(str, task_vars.get("group_names") or ())),
        )
        result = guarded(lambda: self._look(task_vars, options["unprivileged"]))
        event = "refused" if result.get("failed") else "host"
        _custody.record(folder, event, **{key: value for key, value in result.items() if key != "changed"})
        if not result.get("failed"):
            say(host, f"begin: {result['kernel']}, Python {result['python_version']}, clock {_clock(result['clock'])}")
        return {**result, "folder": str(folder), "case": case, "token": secrets.token_hex(12)}

    def _look(self, task_vars: dict, unprivileged: bool) -> dict:
        with answered_within(PATIENCE):
            return self._ask(task_vars, unprivileged)

    def _ask(self, task_vars: dict, unprivileged: bool) -> dict:
        chosen = str(self._templar.template(task_vars.get("ansible_python_interpreter")) or "auto")
        pythons = _probe.PYTHONS if chosen.startswith("auto") else (chosen,)
        answer = self._low_level_execute_command(_probe.script(pythons), sudoable=False)
        found = _probe.parse(answer.get("stdout", ""))
        if found["uid"] is None:
            raise AnsibleActionFail(f"the host's shell doesn't answer: {printable(answer.get('stderr', ''), 300)}")
        usable = [(path, version) for path, version in found["pythons"] if _probe.drivable(version, CORE)]
        if not usable:
            raise AnsibleActionFail(_probe.python_problem(found["pythons"], CORE, pythons))
        if found["uid"] != 0 and not unprivileged:
            self._require_root(found["uid"])
        clock = _probe.clock_offset(
            lambda: self._low_level_execute_command("date +%s.%N", sudoable=False).get("stdout", "")
        )
        path, version = usable[0]
        return {
            "changed": False, "uid": found["uid"], "kernel": found["kernel"], "python": path,
            "python_version": ".".join(map(str, version)), "clock": clock,
        }

    def _require_root(self, uid: int) -> None:
        try:
            answer = self._low_level_execute_command("id -u", sudoable=True)
        except AnsibleError as error:
            answer = {"stdout": "", "stderr": str(error)}
        if answer.get("stdout", "").strip().splitlines()[-1:] == ["0"]:
            return
        reason = printable((answer.get("stderr", "") or answer.get("stdout", "")).strip() or "no answer", 300)
        raise AnsibleActionFail(
            f"no root privilege on the host (user id {uid}; {reason}). Give the password with -K, log in as a user with "
            "sudo, or go on without: -e triage_unprivileged=true; what only root may read is then marked as denied."
        )


def _clock(clock: dict) -> str:
    if "offset" not in clock:
        return clock["problem"]
    return f"{clock['offset']:+.3f} s (±{clock['uncertainty']:.3f})"
