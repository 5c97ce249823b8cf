# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import os
import sys
import time

from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _identity, _view
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.live_state_helpers import (
    UNIT,
    Workbench,
    own_mounts,
    python,
)


def test_clocks():
    facts = _identity.clocks()
    assert abs(facts["epoch"] - time.time()) < 2
    assert abs(facts["btime"] - facts["boot_epoch"]) < 2


def test_identity():
    with Workbench() as bench:
        _identity.collect(bench.collection, own_mounts().is_local)
        facts = json.loads(bench.finish().files[b"live/identity.json"].decode("ascii"))
    with open("/proc/sys/kernel/random/boot_id") as stream:
        assert facts["machine"]["boot_id"] == stream.read().strip()
    assert facts["machine"]["uname"] == list(os.uname())
    ancestors = facts["footprint"]["ancestors"]
    assert [entry["pid"] for entry in ancestors[:2]] == [os.getpid(), os.getppid()]
    assert facts["footprint"]["python_version"] == sys.version.split()[0]
    assert facts["free_bytes"]["/"] > 0


def test_who_is_connected():
    code = (
        "from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _identity\n"
        "print(json.dumps(_identity.footprint()))\n"
    )
    environment = dict(os.environ, SSH_CONNECTION="192.0.2.1 50000 192.0.2.2 22", SUDO_USER="bob")
    own = python(code, env=environment)["ancestors"][0]
    assert (own["ssh_connection"], own["sudo_user"]) == ("192.0.2.1 50000 192.0.2.2 22", "bob")


def test_the_view():
    with Workbench() as bench:
        _view.collect(bench.collection)
        brought = bench.finish()
    facts = dict((row["subject"], row) for row in brought.tables["view"])
    assert facts["proc"]["value"] == "own"
    assert facts["ld.so.preload through libc"]["value"] == facts["ld.so.preload past libc"]["value"]
    assert [row for row in brought.rows("view", subject="own executable mapping") if "libc" in row["value"]]
    assert facts["namespace net"]["value"].startswith("net:[")
    assert brought.files[b"live/self/status"].startswith(b"Name:")


def test_what_was_loaded_into_the_view():
    code = (
        "from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _view\n"
        "from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.live_state_helpers import Workbench\n"
        "with Workbench() as bench:\n    _view.collect(bench.collection)\n"
        "    print(json.dumps(bench.finish().rows('view', subject='environment')))\n"
    )
    rows = python(code, env=dict(os.environ, LD_LIBRARY_PATH=os.environ.get("LD_LIBRARY_PATH", "") + ":/nowhere"))
    assert [row for row in rows if row["value"].startswith("LD_LIBRARY_PATH=")] and os.path.isdir(UNIT)
