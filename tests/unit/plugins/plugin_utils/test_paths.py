# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._paths import is_program, is_workspace

NAME = "/.linux_triage-0123456789abcdef"


@pytest.mark.parametrize("path", ["/var/tmp" + NAME, NAME, "/dev/shm" + NAME, "/a/b-c/d.e/f_g" + NAME, "/tmp" + NAME + "0" * 48])
def test_workspaces(path):
    assert is_workspace(path)


@pytest.mark.parametrize("path", [
    "", "/", "/tmp", NAME[1:], "tmp" + NAME, "/tmp/../etc" + NAME, "/.." + NAME, "/tmp" + NAME + "/..", "/tmp" + NAME + "/",
    "/tmp/a b" + NAME, "/tmp/$(id)" + NAME, "/tmp/`id`" + NAME, "/tmp;id" + NAME, "/tmp/\n" + NAME, "/tmp" + NAME + "\n",
    "/tmp" + NAME[:-1], "/tmp" + NAME + "X", "/tmp" + NAME + "0" * 49, "/tmp/'" + NAME, "/a" * 17 + NAME, "/" + "x" * 250 + NAME,
    "//tmp" + NAME, "/tmp/\x1b" + NAME, "/tmp/é" + NAME, "/tmp/-rf/*" + NAME,
])
def test_what_is_none(path):
    assert not is_workspace(path)


@pytest.mark.parametrize("path", ["/usr/bin/python3", "/opt/rh/rh-python38/root/usr/bin/python3.8", "/usr/bin/g++"])
def test_programs(path):
    assert is_program(path)


@pytest.mark.parametrize("path", [
    "", "python3", "/usr/bin/../../tmp/x", "/usr/bin/py thon", "/usr/bin/python;id", "/usr/bin/$x", "/x\n", "/x\x1b", "/", "/x/",
    "/" + "x" * 256,
])
def test_what_is_no_program(path):
    assert not is_program(path)
