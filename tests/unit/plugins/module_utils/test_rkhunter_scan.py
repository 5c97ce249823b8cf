# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._malware import _rkhunter_scan
from ansible_collections.csirt.linux_triage.plugins.module_utils._malware._rkhunter_scan import warnings_of


@pytest.mark.parametrize("log, expected", [
    (b"[08:24:05]   Checking for suspicious files        [ None found ]\n", []),
    (b"[08:25:43] Warning: The modules folder is empty.\n[08:25:43]   Checking x   [ OK ]\n", [b"The modules folder is empty."]),
    (
        b"[08:25:48]   Checking /dev for suspicious file types         [ Warning ]\n"
        b"[08:25:48] Warning: Suspicious file types found in /dev:\n"
        b"[08:25:48]          /dev/shm/x: ASCII text\n"
        b"[08:25:48]          /dev/shm/y: data\n"
        b"[08:25:48]   Checking for hidden files   [ None found ]\n",
        [b"Suspicious file types found in /dev: /dev/shm/x: ASCII text /dev/shm/y: data"],
    ),
    (b"[08:25:47] Warning: one\n[08:25:47] Warning: two", [b"one", b"two"]),
    (b"\x1b[31m\xff\nWarning: not at its place\n", []),
])
def test_warnings_of_a_log(log, expected):
    assert list(warnings_of(log)) == expected


def test_databases_of_a_hostile_host_are_copied_without_links_and_pipes(tmpdir):
    source, target = str(tmpdir.mkdir("db")), str(tmpdir.join("copy"))
    os.mkdir(os.path.join(source, "i18n"))
    for name in ("mirrors.dat", "i18n/en"):
        with open(os.path.join(source, name), "w") as stream:
            stream.write("x")
    os.symlink("/dev/zero", os.path.join(source, "zero"))
    os.mkfifo(os.path.join(source, "pipe"))
    _rkhunter_scan._copy_databases(source, target)
    assert sorted(os.listdir(target)) == ["i18n", "mirrors.dat"] and os.listdir(os.path.join(target, "i18n")) == ["en"]
