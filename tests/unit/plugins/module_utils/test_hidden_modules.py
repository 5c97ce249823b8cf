# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import (
    _cross_views, _hidden_modules, _kernel_modules,
)
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.live_state_helpers import Workbench

MODULES = (
    b"nf_tables 278528 12 nft_compat,nft_chain_nat, Live 0xffffffffc0a00000\n"
    b"vboxguest 45056 0 - Live 0xffffffffc0b00000 (OE)\n"
    b"ext4 1011712 1 - Live 0xffffffffc0c00000\n"
)


def _made(function, *arguments):
    with Workbench() as bench:
        _cross_views.compare(bench.collection, "D12", "test", function, *arguments)
        brought = bench.finish()
    return brought.rows("cross_views"), brought.row("checks")


def _kernel_with(taint, modules=MODULES, messages=b""):
    kernel = _kernel_modules.Kernel()
    kernel.taint, kernel.messages, kernel.modules_state = taint, messages, "collected"
    kernel.modules = dict((module.name, module) for module in _kernel_modules.parse_modules(modules))
    return kernel


@pytest.fixture
def trees(tmpdir):
    """(/proc/modules, /sys/module) as a kernel with these modules has them."""
    proc, sys = tmpdir.join("modules"), tmpdir.mkdir("module")
    proc.write(MODULES.decode("ascii"))
    for name in ("nf_tables", "vboxguest", "ext4"):
        sys.mkdir(name).join("initstate").write("live\n")
    sys.mkdir("kernel")
    return str(proc).encode("ascii"), str(sys).encode("ascii")


def test_parsing():
    tables, guest, _ext4 = _kernel_modules.parse_modules(MODULES + b"not a module\n\n")
    assert (tables.name, tables.size, tables.users, tables.taints) == ("nf_tables", 278528, ["nft_compat", "nft_chain_nat"], "")
    assert (guest.users, guest.taints, guest.status) == ([], "OE", "Live")


def test_taint_letters():
    assert [letter for letter, _meaning in _kernel_modules.taint_letters(12289)] == ["P", "O", "E"]


def test_taint_that_modules_account_for():
    differences, check = _made(_hidden_modules.taint, _kernel_with(1 << 12 | 1 << 13 | 1 << 9))
    assert not differences and (check["result"], check["subjects"]) == ("agreed", 3)


def test_taint_without_a_module():
    messages = b"6,1,1,-;diamorphine: loading out-of-tree module taints kernel.\n6,2,2,-;vboxguest: module verification failed\n"
    differences, _check = _made(_hidden_modules.taint, _kernel_with(1 | 1 << 12, b"", messages))
    assert [row["subject"] for row in differences] == ["O", "P"]
    assert "diamorphine, vboxguest" in differences[0]["detail"]


def test_taint_that_is_not_known():
    assert _made(_hidden_modules.taint, _kernel_with(None))[1]["result"] == "not_possible"


def test_lists_that_agree(trees):
    differences, check = _made(_hidden_modules.lists, *trees)
    assert not differences and check["subjects"] == 3


def test_a_module_that_proc_does_not_list(trees):
    path = os.path.join(trees[1], b"rootkit")
    os.mkdir(path)
    with open(os.path.join(path, b"initstate"), "w") as stream:
        stream.write("live\n")
    row, = _made(_hidden_modules.lists, *trees)[0]
    assert (row["subject"], row["says_a"], row["says_b"]) == ("rootkit", "not there", "loaded")


def test_a_module_that_sysfs_does_not_have(trees):
    with open(trees[0], "ab") as stream:
        stream.write(b"rootkit 16384 0 - Live 0x0 (O)\n")
    row, = _made(_hidden_modules.lists, *trees)[0]
    assert (row["subject"], row["says_a"], row["says_b"]) == ("rootkit", "loaded", "not there")


def test_symbols_of_a_module_that_is_not_listed(trees):
    kernel = _kernel_with(0)
    kernel.tagged["kallsyms"] = set(("ext4", "bpf", "__builtin__kprobes", "rootkit"))
    row, = _made(_hidden_modules.tags, kernel, "kallsyms", trees[0])[0]
    assert (row["subject"], row["view_b"]) == ("rootkit", "kallsyms")


def test_link_count(trees):
    if os.stat(trees[1]).st_nlink != 6:
        pytest.skip("this file system doesn't count folders")
    assert _made(_hidden_modules.link_count, trees[1])[1]["result"] == "agreed"


def test_this_kernel_hides_nothing():
    with Workbench() as bench:
        kernel = _kernel_modules.Kernel()
        _kernel_modules.collect_modules(bench.collection, kernel)
        _kernel_modules.collect_tracing(bench.collection, kernel)
        _kernel_modules.collect_symbols(bench.collection, kernel)
        _hidden_modules.collect(bench.collection, kernel)
        brought = bench.finish()
    # Taint stays when a module is unloaded: no other check may differ.
    assert [row for row in brought.rows("cross_views") if row["view_a"] != "taint of the kernel"] == []
