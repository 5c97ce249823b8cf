# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _cross_views
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection import Stopped
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.live_state_helpers import Workbench


def _brought(function):
    with Workbench() as bench:
        answer = _cross_views.compare(bench.collection, "D0", "one against another", function)
        return bench.finish(), answer


def test_agreement_is_a_row_too():
    def agree(check):
        check.subjects, check.reason = 7, "all of them"
        return 42

    brought, answer = _brought(agree)
    row = brought.row("checks")
    assert (row["check"], row["subjects"], row["differences"], row["result"]) == ("D0", 7, 0, "agreed")
    assert row["reason"] == "all of them" and answer == 42 and "cross_views" not in brought.tables


def test_differences():
    brought, _answer = _brought(lambda check: check.differs(5, "a", "there", "b", "not there", "why", pid=5))
    assert brought.row("checks")["result"] == "disagreed"
    assert brought.row("cross_views") == {
        "check": "D0", "subject": 5, "view_a": "a", "says_a": "there", "view_b": "b", "says_b": "not there",
        "detail": "why",
        "pid": 5,
    }


def test_rows_are_capped_and_counted():
    def differ(check):
        for number in range(5000):
            check.differs(number, "a", "", "b", "")

    brought, _answer = _brought(differ)
    assert len(brought.tables["cross_views"]) == _cross_views.MAX_ROWS
    assert brought.row("checks")["differences"] == 5000


def test_what_is_not_possible_says_why():
    def refuse(_check):
        raise _cross_views.NotPossible("no such view here")

    row = _brought(refuse)[0].row("checks")
    assert (row["result"], row["reason"]) == ("not_possible", "no such view here")


def test_a_failure_is_kept_to_itself():
    brought, answer = _brought(lambda check: 1 // 0)
    assert brought.row("checks")["result"] == "failed" and answer is None
    assert [row["state"] for row in brought.manifest if row.get("artifact", "").startswith("D0")] == ["failed"]


def test_the_end_of_the_collector_is_not():
    def stop(_check):
        raise Stopped("timed_out", "time is up")

    with pytest.raises(Stopped):
        _brought(stop)
