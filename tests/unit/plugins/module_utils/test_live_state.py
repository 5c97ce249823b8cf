# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import time

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _live_state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection import Limits, Stopped
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.live_state_helpers import (
    OPTIONS,
    Running,
    Workbench,
    needs_root,
    sleep_at,
)

STEPS = [
    "identity", "view", "read_processes", "read_sockets", "find_hidden", "recover", "compare_names", "read_mounts",
    "read_messages", "read_modules", "compare_files", "hash", "take_artifacts", "take_names", "read_settings",
    "read_symbols", "compare_modules", "run_commands",
]


@needs_root
def test_everything_at_once(tmpdir):
    program = sleep_at(str(tmpdir.join("dropper")))
    options = dict(
        OPTIONS, artifacts=[{"name": "load", "paths": ["/proc/loadavg", "/proc/pressure/*"]}],
        listings=["/sys/class/net/*"],
        commands=[{"name": "uname", "argv": ["uname", "-a"], "timeout": 5}],
    )
    with Workbench() as bench, Running([program, "1e3"]) as running:
        os.unlink(program)
        start = time.time()
        _live_state.collect(bench.collection, options)
        seconds = time.time() - start
        summary = dict(bench.collection.summary)
        brought = bench.finish()
    assert [row["step"] for row in brought.tables["steps"]] == STEPS
    assert set(row["state"] for row in brought.tables["steps"]) == set(["collected"])
    assert not [row for row in brought.manifest if row["state"] == "failed"]
    assert brought.row("recovered", pid=running.pid, kind="exe")["path"] == program
    assert brought.files[b"live/proc/loadavg"] and brought.files[b"live/commands/uname.txt"]
    assert b"/sys/class/net/lo\n" in brought.files[b"live/listings.txt"]
    assert (summary["processes"], summary["cross_views"]) == (
        len(brought.tables["processes"]), len(brought.rows("cross_views"))
    )
    assert seconds < 60


def test_without_privileges_it_comes_to_its_end():
    if os.geteuid() == 0:
        pytest.skip("is root")
    with Workbench() as bench:
        _live_state.collect(bench.collection, OPTIONS)
        brought = bench.finish()
    assert [row["step"] for row in brought.tables["steps"]] == STEPS


def test_a_step_that_fails_does_not_keep_the_others():
    with Workbench() as bench:
        _live_state.collect(bench.collection, dict(OPTIONS, artifacts=[{"name": "no paths"}]))
        brought = bench.finish()
    states = dict((row["step"], row["state"]) for row in brought.tables["steps"])
    assert states.pop("take_artifacts") == "failed" and set(states.values()) == set(["collected"])
    assert [row["state"] for row in brought.manifest if row.get("artifact") == "take_artifacts"] == ["failed"]


def test_the_end_of_its_time_is_the_end():
    with Workbench(Limits(seconds=0)) as bench:
        time.sleep(0.05)
        with pytest.raises(Stopped):
            _live_state.collect(bench.collection, OPTIONS)
        brought = bench.finish()
    assert brought.tables["steps"][-1]["state"] == "timed_out"


def test_an_image_has_no_live_state(tmpdir):
    with Workbench() as bench:
        bench.collection.root = str(tmpdir).encode("ascii")
        _live_state.collect(bench.collection, OPTIONS)
        brought = bench.finish()
    assert [row["state"] for row in brought.manifest] == ["skipped_type"] and not brought.tables
