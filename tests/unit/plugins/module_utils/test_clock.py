# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import time

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import elapsed, iso, iso_ns, nanoseconds


@pytest.mark.parametrize("seconds, rest, text", [
    (0, 0, "1970-01-01T00:00:00Z"),
    (951782400, 0, "2000-02-29T00:00:00Z"),
    (1795405893, 123456789, "2026-11-23T03:51:33.123456789Z"),
    (1795405893, 5, "2026-11-23T03:51:33.000000005Z"),
    (-1, 0, "1969-12-31T23:59:59Z"),
    (2 ** 31, 0, "2038-01-19T03:14:08Z"),
    (253402300799, 999999999, "9999-12-31T23:59:59.999999999Z"),
    (253402300800, 0, None),
    (-62135596800, 0, "0001-01-01T00:00:00Z"),
    (-62135596801, 0, None),
    (2 ** 63, 0, None),
    (-2 ** 63, 0, None),
    (2 ** 200, 0, None),
])
def test_known_moments(seconds, rest, text):
    assert iso(seconds, rest) == text


def test_nanoseconds_before_the_epoch():
    assert iso_ns(-1) == "1969-12-31T23:59:59.999999999Z"
    assert iso_ns(1500000000) == "1970-01-01T00:00:01.500000000Z"


def test_times_of_a_file(tmpdir):
    path = str(tmpdir.join("file"))
    open(path, "w").close()
    os.utime(path, (1000000000, 1234567890.25))
    status = os.stat(path)
    assert nanoseconds(status, "mtime") == 1234567890250000000
    assert nanoseconds(status, "atime") == 1000000000000000000


def test_the_clock_goes_forward():
    begin = elapsed()
    time.sleep(0.05)
    assert 0.03 <= elapsed() - begin < 5
