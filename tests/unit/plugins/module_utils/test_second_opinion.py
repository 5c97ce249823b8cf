# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._second_opinion import (
    SecondOpinion, list_names,
)
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.live_state_helpers import Workbench


def _ran(has_network=False, modules=(), **command):
    with Workbench() as bench:
        SecondOpinion(bench.collection, modules, set(["systemd", "sshd"]), has_network).run(command)
        brought = bench.finish()
    return brought, brought.manifest[-1]


def test_output_comes_home():
    brought, row = _ran(name="greeting", argv=["printf", "%s", "hello world"])
    assert brought.files[b"live/commands/greeting.txt"] == b"hello world"
    assert (row["state"], row["exit_code"]) == ("collected", 0)


@pytest.mark.parametrize("conditions, reason", [
    (dict(processes=["dockerd"]), "it could start dockerd, which doesn't run"),
    (dict(local=True, has_network=True), "network file systems are mounted, and it would touch them"),
])
def test_what_would_change_something_is_left_out(conditions, reason):
    brought, row = _ran(name="x", argv=["true"], **conditions)
    assert (row["state"], row["reason"], row["artifact"]) == ("absent", reason, "command x")
    assert not [name for name in brought.files if name.startswith(b"live/commands")]


def test_what_changes_nothing_is_run():
    assert _ran(name="x", argv=["true"], processes=["cron", "sshd"], local=True)[1]["state"] == "collected"


def test_modules_are_filled_in():
    brought, _row = _ran(name="x", argv=["printf", "%s,", "{modules}", "end"], modules=["b", "a", "-x y", "../z"])
    assert brought.files[b"live/commands/x.txt"] == b"a,b,end,"
    assert _ran(name="x", argv=["modinfo", "{modules}"])[1]["reason"] == "no kernel modules are loaded"


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "", "a\n", "x" * 65])
def test_names_are_only_names(name):
    brought, row = _ran(name=name, argv=["true"])
    assert row["state"] == "failed" and not [name for name in brought.files if name.startswith(b"live/")]


def test_listings(tmpdir):
    tmpdir.mkdir("a").join("new\nline").write("")
    with Workbench() as bench:
        list_names(bench.collection, [str(tmpdir) + "/**", "/no/such/*"])
        brought = bench.finish()
    lines = brought.files[b"live/listings.txt"].decode("utf-8").splitlines()
    assert str(tmpdir) + "/a/new\\x0aline" in lines and str(tmpdir) + "/a" in lines
    assert brought.states("/no/such/*") == ["absent"]
