# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import time

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _procfs


def test_reads_files_of_the_kernel():
    data, state = _procfs.read(b"/proc/self/stat")
    assert state == "collected" and data.startswith(b"%d (" % os.getpid())


def test_says_why_nothing_came(tmpdir):
    assert _procfs.read(b"/proc/self/no-such-file") == (b"", "absent")
    assert _procfs.read(b"/dev/null") == (b"", "skipped_type")
    fifo = str(tmpdir.join("fifo")).encode("ascii")
    os.mkfifo(fifo)
    assert _procfs.read(fifo) == (b"", "skipped_type")


def test_stops_at_the_limit():
    data, state = _procfs.read(b"/proc/self/status", 10)
    assert (len(data), state) == (10, "truncated")


def test_numbers_are_sorted_and_capped(tmpdir):
    for name in ("10", "9", "x", "100"):
        tmpdir.mkdir(name)
    folder = str(tmpdir).encode("ascii")
    assert _procfs.numbers(folder) == ([9, 10, 100], False)
    found, cut = _procfs.numbers(folder, 2)
    assert cut and len(found) <= 2


@pytest.mark.parametrize("target, number", [
    (b"socket:[123]", 123), (b"net:[4026531840]", 4026531840), (b"/tmp/a:[1]b", None), (b"pipe:[]", None), (None, None),
    (b"anon_inode:[eventpoll]", None),
])
def test_number_in_brackets(target, number):
    assert _procfs.bracketed(target) == number


def test_paths_below_a_copy_have_their_usual_names():
    assert _procfs.plain(b"/proc/self/fd/4/1636/exe") == b"/proc/1636/exe"
    assert _procfs.plain(b"/proc/1636/fd/4") == b"/proc/1636/fd/4" and _procfs.plain(b"/proc/self/fd/4") == b"/proc/self/fd/4"


def test_patience_hands_over_results_and_errors():
    patience = _procfs.Patience()
    assert patience.call(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        patience.call(divmod, 7, 0)
    assert patience.call(divmod, 9, 2) == (4, 1)


def test_patience_ends_and_is_limited():
    patience = _procfs.Patience(seconds=0.1, total=0.25)
    start = time.time()
    for _unused in range(20):
        with pytest.raises(_procfs.Hung):
            patience.call(time.sleep, 5)
    assert time.time() - start < 2


def test_patience_goes_on_after_a_hung_call():
    patience = _procfs.Patience(seconds=0.2)
    with pytest.raises(_procfs.Hung):
        patience.call(time.sleep, 2)
    assert patience.call(divmod, 7, 2) == (3, 1)


def test_patience_waits_for_what_goes_on():
    steps = []

    def work():
        for number in range(6):
            steps.append(number)
            time.sleep(0.1)
        return "done"

    assert _procfs.Patience(seconds=0.2).watch(lambda: len(steps), work) == "done"
    with pytest.raises(_procfs.Hung):
        _procfs.Patience(seconds=0.2, longest=0.1).watch(lambda: len(steps), work)
