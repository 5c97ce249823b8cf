# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _clock
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_times import iso, seconds


@pytest.mark.parametrize("moment", [0, 1, -1, 1700000000, 951782399, 253402300799, -62135596800])
def test_both_sides_write_the_same_time(moment):
    assert iso(moment) == _clock.iso(moment)
    assert iso(moment, 5) == _clock.iso(moment, 5)
    assert seconds(iso(moment)) == seconds(iso(moment, 999999999)) == moment


@pytest.mark.parametrize("moment", [253402300800, -62135596801, 292 * 10**18, -(1 << 80)])
def test_what_is_no_date(moment):
    assert iso(moment) is None


def test_fractions():
    assert iso(1700000000, 1500, 6) == "2023-11-14T22:13:20.001500Z"


@pytest.mark.parametrize(
    "value, expected",
    [
        ("epoch+292000000000.000000005", 292000000000),
        ("epoch-99999999999.5", -99999999999),
        (17, 17),
        (17.9, 17),
        (-0.5, -1),
        ("1700000000.123", 1700000000),
        ("1700000000", 1700000000),
        ("", None),
        ("yesterday", None),
        ("2026-13-01T00:00:00Z", None),
        ("2026-01-01T00:00:00+01:00", None),
        (None, None),
        (True, None),
        ([], None),
        (float("nan"), None),
        (float("inf"), None),
        (1 << 70, None),
        ("9" * 5000, None),
        ("2026-01-01T", None),
    ],
)
def test_seconds(value, expected):
    assert seconds(value) == expected
