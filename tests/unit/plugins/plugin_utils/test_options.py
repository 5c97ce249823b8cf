# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._options import (
    ANCESTOR, folder_errors, known_options, option_errors,
)


def test_the_roles_options_are_known():
    known = known_options()
    assert "triage_output" in known and "triage_case" in known
    assert all(name.startswith("triage_") for name in known)
    assert option_errors(dict.fromkeys(known, "x")) == []


@pytest.mark.parametrize("variables", [
    {}, {"ansible_host": "x", "inventory_hostname": "y", "__triage_run": {}, "my_triage_x": 1, "triage": 1, "group_names": []},
    dict.fromkeys(ANCESTOR, 1), dict.fromkeys(("HTTP_PROXY", "STAGE", "ROOT"), 1),
])
def test_nothing_to_say(variables):
    assert option_errors(variables) == []


@pytest.mark.parametrize("name, hint", [
    ("triage_outptu", "triage_output"), ("triage_Case", "triage_case"), ("CLAMAFLAG", "CLAMAVFLAG"),
    ("BACKUPFLG", "BACKUPFLAG"), ("STARDATE", "STARTDATE"), ("triage_qqqqqqqqqqqqqqqq", "Options are"),
])
def test_misspelt_options(name, hint):
    [error] = option_errors({name: 0})
    assert error.startswith(f"{name} is no option") and hint in error


def test_every_error_is_told_at_once():
    assert len(option_errors({"triage_outptu": 1, "HASCHFLAG": 1, "triage_case": "x", "CLAMFLAG": "1"})) == 3


def test_a_folder_that_is_not_there_is_named_before_anything_is_touched(tmp_path):
    options = {
        "triage_clamav_bundle": str(tmp_path), "triage_clamav_signatures": "/nowhere", "triage_rkhunter_bundle": "",
        "triage_yara_rules": [str(tmp_path), "/nothing.yar"],
    }
    signatures, rules = folder_errors(options)
    assert "triage_clamav_signatures" in signatures and "/nowhere" in signatures
    assert "triage_yara_rules" in rules and "/nothing.yar" in rules
