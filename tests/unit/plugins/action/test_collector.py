# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the customs office makes of a command before it goes to the host."""

from __future__ import annotations

import subprocess

import pytest
from ansible.plugins.action import ActionBase
from ansible_collections.csirt.linux_triage.plugins.action.collector import ActionModule


@pytest.fixture()
def run(monkeypatch, tmp_path):
    """Runs commands here instead of on a host, with an implant in Python's start."""
    (tmp_path / "sitecustomize.py").write_text("print('planted')\n")

    def here(_self, cmd, sudoable=True, in_data=None, **_more):
        environment = {"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin"}
        done = subprocess.run(["/bin/sh", "-c", cmd], input=in_data or b"", env=environment, capture_output=True, check=True)
        return done.stdout.decode()

    monkeypatch.setattr(ActionBase, "_low_level_execute_command", here)
    return ActionModule.__new__(ActionModule)._low_level_execute_command


def test_a_collector_runs_without_what_lies_in_the_start_of_python(run):
    assert run("TMPDIR=/x python3", in_data=b"import os; print(os.environ['TMPDIR'])") == "/x\n"


def test_an_interpreter_that_needs_its_start_to_find_its_library_has_it(run, tmp_path):
    needy = tmp_path / "python"
    needy.write_text('#!/bin/sh\ncase "$*" in *-S*) exit 1 ;; esac\nexec python3 "$@"\n')
    needy.chmod(0o755)
    assert run(str(needy), in_data=b"print('collected')") == "collected\n"


def test_other_commands_stay_as_they_are(run):
    assert run("echo a", sudoable=False) == "a\n"
