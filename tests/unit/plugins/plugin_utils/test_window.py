# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime

import pytest

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._window import WindowError, window


@pytest.mark.parametrize("text, since, until", [
    ("2026-11-08", "2026-11-08T00:00:00Z", "2026-11-09T00:00:00Z"),
    ("2026-08-09", "2026-08-09T00:00:00Z", "2026-08-10T00:00:00Z"),
    ("2026-06-30", "2026-06-30T00:00:00Z", "2026-07-01T00:00:00Z"),
    ("2026-12-31", "2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"),
    ("2026-02-28", "2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z"),
    ("2024-02-28", "2024-02-28T00:00:00Z", "2024-02-29T00:00:00Z"),
    ("2024-02-29", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"),
    (datetime.date(2026, 11, 8), "2026-11-08T00:00:00Z", "2026-11-09T00:00:00Z"),  # YAML makes dates of such texts
    (datetime.datetime(2026, 11, 8, 14, 30), "2026-11-08T14:30:00Z", "2026-11-08T14:30:00Z"),
    ("2026-11-08 14:30", "2026-11-08T14:30:00Z", "2026-11-08T14:30:00Z"),
    ("2026-11-08T14:30:15Z", "2026-11-08T14:30:15Z", "2026-11-08T14:30:15Z"),
    ("2026-11-08T14:30:15+02:00", "2026-11-08T12:30:15Z", "2026-11-08T12:30:15Z"),
    ("2026-11-08 -0530", "2026-11-08T05:30:00Z", "2026-11-09T05:30:00Z"),
    (" 2026-11-08 UTC ", "2026-11-08T00:00:00Z", "2026-11-09T00:00:00Z"),
    ("2026-07-01 Asia/Tokyo", "2026-06-30T15:00:00Z", "2026-07-01T15:00:00Z"),
    # Days of 23 and 25 hours.
    ("2026-03-29 Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
    ("2026-10-25 Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
    # A time that the clock shows twice, and one that it doesn't show: the wider window.
    ("2026-10-25 02:30 Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),
    ("2026-03-29 02:30 Europe/Berlin", "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"),
    ("", "", ""), (None, "", ""),
])
def test_dates(text, since, until):
    assert window(text, None) == {"since": since, "until": ""}
    assert window("", text) == {"since": "", "until": until}


def test_every_day_is_a_whole_window():
    day = datetime.date(2023, 12, 25)
    while day < datetime.date(2026, 1, 5):
        following = day + datetime.timedelta(days=1)
        assert window(day.isoformat(), day.isoformat()) == {"since": f"{day}T00:00:00Z", "until": f"{following}T00:00:00Z"}
        day = following


@pytest.mark.parametrize("text", [
    "yesterday", "20261108", "08.11.2026", "11/08/2026", "2026-1-8", "2026-13-01", "2025-02-29", "2026-04-31", "2026-11-08 25:00", "2026-11-08 14",
    "2026-11-08 Mars/Olympus", "2026-11-08 ../../etc/passwd", "2026-11-08 +99:00", "2026-11-08 14:30 PM", "1", 1.5,
    True, [], "-1 year",
])
def test_what_is_no_date_is_told_with_what_to_write(text):
    for arguments, name in (((text, ""), "triage_since"), (("", text), "triage_until")):
        with pytest.raises(WindowError) as caught:
            window(*arguments)
        assert str(caught.value).startswith(f"{name}: ")
        assert "2026-03-29" in str(caught.value) and "Europe/Berlin" in str(caught.value)


def test_an_end_before_the_beginning():
    with pytest.raises(WindowError, match="triage_until .* is not after triage_since"):
        window("2026-11-08", "2026-11-07")
    assert window("2026-11-08", "2026-11-08")["until"] == "2026-11-09T00:00:00Z"


@pytest.mark.parametrize("since, until", [("0001-01-01 +14:00", ""), ("", "9999-12-31")])
def test_what_no_calendar_can_say(since, until):
    with pytest.raises(WindowError):
        window(since, until)
