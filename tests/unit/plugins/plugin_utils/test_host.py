# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import resource
import signal
import time

import pytest
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._host import (
    ANSWER_LIMIT, answered_within, guarded, memory_limit,
)


@pytest.fixture(autouse=True)
def limits_stay():
    before = resource.getrlimit(resource.RLIMIT_AS)
    yield
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def _raising(error):
    def work():
        raise error

    return work


def test_a_result_passes():
    assert guarded(lambda: {"changed": True}) == {"changed": True}


@pytest.mark.parametrize("error, lost, words", [
    (AnsibleConnectionFailure("reset \x1b[2J"), True, "can't be reached: reset \\x1b[2J"), (AnsibleError("why \x07."), False, "why \\x07."),
    (OSError(28, "No space left on device"), False, "No space left"), (MemoryError(), False, "more than the control node takes in"),
])
def test_errors_become_results(error, lost, words):
    result = guarded(_raising(error))
    assert result["failed"] and result["lost"] is lost and words in result["msg"]


def test_an_answer_without_end():
    pieces = []

    def work():
        while True:
            pieces.append(bytes(256 << 20))

    result = guarded(work)
    assert result["failed"] and len(pieces) << 28 <= ANSWER_LIMIT
    del pieces[:]


def test_limits_may_lie_in_one_another():
    with memory_limit(2 << 30), memory_limit(1 << 30):
        assert resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY


def test_a_host_that_says_nothing():
    def waits():
        with answered_within(1):
            while True:
                try:
                    time.sleep(30)
                except Exception:  # a library that goes on, whatever happens
                    pass

    result = guarded(waits)
    assert result["failed"] and result["lost"] is False and "more than 1 s" in result["msg"]
    assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL


def test_a_host_that_answers():
    with answered_within(1):
        pass
    assert signal.alarm(0) == 0
