# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _kernel, _kernel_modules
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.live_state_helpers import (
    Workbench,
    needs_root,
)


def test_settings():
    with Workbench() as bench:
        _kernel.collect_settings(bench.collection)
        rows = bench.finish().tables["kernel_settings"]
    values = dict((row["path"], row["value"]) for row in rows)
    with open("/proc/sys/kernel/core_pattern") as stream:
        assert values["/proc/sys/kernel/core_pattern"] == stream.read().rstrip("\n").replace("\\", "\\\\")
    assert "/proc/sys/vm/stat_refresh" not in values and len(values) == len(rows) > 100
    assert not [path for path in values if "/conf/eth" in path or "/conf/veth" in path]


@needs_root
def test_messages():
    with Workbench() as bench:
        kernel = _kernel_modules.Kernel()
        _kernel.collect_messages(bench.collection, kernel)
        brought = bench.finish()
    row = brought.manifest[-1]
    if row["state"] == "denied":
        pytest.skip("messages of the kernel are not for us")
    assert brought.files[b"live/kmsg.txt"] == kernel.messages and kernel.messages


def test_what_the_kernel_would_load():
    assert _kernel_modules.has_module(os.listdir("/sys/module")[0])
    assert _kernel_modules.has_module("no_such_module_at_all") == (not os.path.exists("/proc/modules"))


def test_symbols_of_modules_only():
    with Workbench() as bench:
        kernel = _kernel_modules.Kernel()
        _kernel_modules.collect_symbols(bench.collection, kernel)
        data = bench.finish().files[b"live/kallsyms_modules.txt"]
    assert all(line.endswith(b"]") for line in data.splitlines())
    assert not data or kernel.tagged["kallsyms"]
