# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import time

import pytest
from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _probe
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._probe import (
    clock_offset, drivable, parse, python_problem, script,
)


def _shell(text: str) -> str:
    return subprocess.run(["/bin/sh", "-c", text], capture_output=True, text=True, check=True).stdout


def test_this_machine(tmp_path):
    python = tmp_path / "python 3"
    python.write_text("#!/bin/sh\nexec python3 \"$@\"\n")
    python.chmod(0o755)
    found = parse(_shell(script(("/nonexistent/python3", "python3", str(python), "/etc/passwd"))))
    assert isinstance(found["uid"], int) and found["kernel"].startswith("Linux ")
    [(path, version)] = found["pythons"]  # one found by its name alone; one with a space in its path is not taken
    assert path.startswith("/") and path.endswith("python3") and version >= (3, 6)


def test_what_lies_in_the_start_of_python_is_not_run(tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(f"open({str(tmp_path / 'evil')!r}, 'w')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert parse(_shell(script(("python3",))))["pythons"]
    assert not (tmp_path / "evil").exists()


def test_a_name_is_no_command(tmp_path):
    _shell(script((f"$(touch {tmp_path}/evil)", f"`touch {tmp_path}/evil`", f"; touch {tmp_path}/evil;", "'", "*")))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("output", [
    "", "uid=\nkernel=\npython=\n", "uid=abc", "uid=-1", "uid=99999999999", "python=/usr/bin/python3 ", "python=python3 3.9.1",
    "python=/usr/bin/../python3 3.9.1", "python=/x 3.9", "python=/x 3.9.1; rm", "python=/x\x1b 3.9.1", "python=/x 3.٩.1", "x" * 100000,
    "uid=٥",
])
def test_answers_that_are_none(output):
    found = parse(output)
    assert found["uid"] is None and found["pythons"] == []


def test_a_hostile_answer_is_bounded_and_harmless():
    found = parse("kernel=\x1b[2J" + "x" * 1000 + "\n" + "python=/usr/bin/python3 3.9.1\n" * 100000 + "uid=0\n")
    assert len(found["pythons"]) <= 100 and found["uid"] is None
    assert "\x1b" not in found["kernel"] and len(found["kernel"]) < 200


@pytest.mark.parametrize("version, core, expected", [
    ((2, 7, 18), (2, 16), True), ((2, 7, 18), (2, 17), False), ((3, 6, 8), (2, 16), True), ((3, 6, 8), (2, 17), False),
    ((3, 7, 1), (2, 17), True), ((3, 8, 1), (2, 19), True), ((3, 8, 1), (2, 20), False), ((3, 9, 1), (2, 21), True),
    ((3, 5, 1), (2, 16), False), ((3, 0, 0), (2, 16), False), ((2, 6, 6), (2, 16), False), ((3, 13, 0), (2, 21), True),
    ((3, 9, 1), (2, 99), True), ((3, 8, 1), (2, 99), False),
])
def test_which_core_drives_which_python(version, core, expected):
    assert drivable(version, core) is expected


def test_advice():
    assert "Name one" in python_problem([], (2, 21))
    assert "/opt/py is no Python" in python_problem([], (2, 21), ["/opt/py"])
    assert "ansible-core 2.16" in python_problem([("/usr/bin/python", (2, 7, 5))], (2, 21))
    assert "ansible-core 2.19" in python_problem([("/usr/bin/python", (2, 7, 5)), ("/usr/bin/python3", (3, 8, 1))], (2, 21))
    assert "other means" in python_problem([("/usr/bin/python", (2, 6, 6))], (2, 21))


def test_the_clock():
    found = clock_offset(lambda: _shell("date +%s.%N"))
    assert abs(found["offset"]) < 1 and 0 < found["uncertainty"] < 5 and abs(found["measured"] - time.time()) < 60


@pytest.mark.parametrize("answer, uncertain", [("%d.%%N", True), ("%d.", True), ("%d", True), ("%d.5\n", False), (" %d.123456789 ", False)])
def test_clocks_with_and_without_fractions(answer, uncertain):
    found = clock_offset(lambda: answer % (time.time() + 3600))
    assert abs(found["offset"] - 3600) < 1.5
    assert (found["uncertainty"] >= 0.5) is uncertain


@pytest.mark.parametrize("answer", ["", "x", "-5", "1e9", "٥", "1 2", "12345678901234", "\x1b[2J", "1.2.3", "9" * 100000])
def test_clocks_that_say_nothing(answer):
    found = clock_offset(lambda: answer)
    assert set(found) == {"problem"} and "\x1b" not in found["problem"] and len(found["problem"]) < 150


def test_the_list_of_pythons():
    assert all(_probe.is_program(path) for path in _probe.PYTHONS)
