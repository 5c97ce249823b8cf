# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._options import (
    ANCESTOR, NOT_YET, known_options, option_errors,
)


def test_the_roles_options_are_known():
    known = known_options()
    assert "triage_output" in known and "triage_case" in known
    assert all(name.startswith("triage_") for name in known)
    assert option_errors(dict.fromkeys(known, "x")) == []


@pytest.mark.parametrize("variables", [
    {}, {"ansible_host": "x", "inventory_hostname": "y", "__triage_run": {}, "my_triage_x": 1, "triage": 1, "group_names": []},
    dict.fromkeys(ANCESTOR, 1), dict.fromkeys(NOT_YET, 0), dict.fromkeys(NOT_YET, "0"), dict.fromkeys(NOT_YET, ""),
    dict.fromkeys(NOT_YET, False), dict.fromkeys(NOT_YET, None), dict.fromkeys(NOT_YET, "no"), dict.fromkeys(NOT_YET, []),
])
def test_nothing_to_say(variables):
    assert option_errors(variables) == []


@pytest.mark.parametrize("name", sorted(NOT_YET))
@pytest.mark.parametrize("value", [1, "1", True, "yes", ["x"], {"a": 1}, "2026-01-01"])
def test_what_is_not_there_yet_is_not_accepted_silently(name, value):
    [error] = option_errors({name: value})
    assert error.startswith(f"{name}: this version can't collect") and "set it to 0" in error


@pytest.mark.parametrize("name, hint", [
    ("triage_outptu", "triage_output"), ("triage_Case", "triage_case"), ("CLAMAFLAG", "CLAMAVFLAG"), ("triage_qqqqqqqqqqqqqqqq", "Options are"),
])
def test_misspelt_options(name, hint):
    [error] = option_errors({name: 0})
    assert error.startswith(f"{name} is no option") and hint in error


def test_every_error_is_told_at_once():
    assert len(option_errors({"triage_outptu": 1, "BACKUPFLAG": 1, "triage_case": "x", "CLAMAVFLAG": "1"})) == 3
