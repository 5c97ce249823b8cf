# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: progress
type: stdout
short_description: One line for what matters in a triage
version_added: 0.1.0
description:
  - Shows the lines that the collection prints itself (which host is at which collector, what came home, what went wrong)
    and failures, and not the tasks between them.
  - Made for forty hosts at once. The default callback shows every task of every host.
author:
  - The csirt.linux_triage authors (@csirt)
requirements:
  - Set as stdout callback, for example by C(ANSIBLE_STDOUT_CALLBACK=csirt.linux_triage.progress).
extends_documentation_fragment:
  - ansible.builtin.default_callback
  - ansible.builtin.result_format_callback
"""

import atexit
import os

from ansible.plugins.callback.default import CallbackModule as DefaultCallback

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._printable import printable

MESSAGE = 2000


class CallbackModule(DefaultCallback):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "csirt.linux_triage.progress"
    _told_of_no_hosts = False
    _ended = False

    def v2_playbook_on_start(self, playbook):
        super().v2_playbook_on_start(playbook)
        atexit.register(self._say_how_to_go_on, os.getpid())

    def v2_playbook_on_stats(self, stats):
        self._ended = True
        super().v2_playbook_on_stats(stats)

    def _say_how_to_go_on(self, process):
        """After Ctrl-C nothing else of a play runs."""
        if not self._ended and os.getpid() == process:
            self._display.display(
                "INTERRUPTED: what came home stays, and playbooks/report.yml reports on it. Hosts may keep a workspace: the next run names it, and "
                "removes it with -e triage_leftover=remove.", color="red",
            )

    def v2_playbook_on_no_hosts_matched(self):
        if not self._told_of_no_hosts:
            self._told_of_no_hosts = True
            self._display.display("NO HOST: nothing was done. Name the hosts with -i INVENTORY, and those of them with -l PATTERN.", color="red")

    def v2_playbook_on_task_start(self, task, is_conditional):
        pass

    def v2_playbook_on_include(self, included_file):
        pass

    def v2_runner_on_start(self, host, task):
        pass

    def v2_runner_on_ok(self, result):
        if result._task.action in ("debug", "ansible.builtin.debug"):
            self._line(result, str(result._result.get("msg", "")))

    def v2_runner_item_on_ok(self, result):
        pass

    def v2_runner_on_skipped(self, result):
        pass

    def v2_runner_item_on_skipped(self, result):
        pass

    def v2_runner_on_failed(self, result, ignore_errors=False):
        if not ignore_errors:
            self._line(result, f"FAILED: {result._task.get_name()}: {result._result.get('msg', '')}")

    def v2_runner_item_on_failed(self, result):
        pass

    def v2_runner_on_unreachable(self, result):
        self._line(result, f"UNREACHABLE: {result._result.get('msg', '')}")

    def _line(self, result, text: str) -> None:
        self._display.display(f"[{result._host.get_name()}] {printable(text, MESSAGE)}")
