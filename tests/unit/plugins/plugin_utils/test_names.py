# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

import pytest

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _text
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables import _names

NAMES = [
    b"",
    b"plain",
    b"back\\slash",
    b"\\x41",
    b"new\nline",
    b"esc\x1b[31m",
    b"bad\xff\xfe",
    b"\xc3\xa4",
    b"half\xc3",
    b"\0",
    "bidi\u202e\u2066".encode(),
    "zero\u200bwidth".encode(),
    "\U0001f600".encode(),
    b"\xed\xa0\x80",
    b"a|b%41",
    b"\x7f",
    "\u2028\ue000\uffff".encode(),
    bytes(range(256)),
]


@pytest.mark.parametrize("raw", NAMES)
def test_the_two_sides_write_the_same(raw):
    text = _names.escape(raw)
    assert text == _text.escape(raw)
    assert text.isprintable()
    assert _names.unescape(text) == _text.unescape(text) == raw


def test_the_two_sides_agree_on_random_bytes():
    for _number in range(2000):
        raw = os.urandom(20)
        assert _names.escape(raw) == _text.escape(raw)
        assert _names.unescape(_names.escape(raw)) == raw


@pytest.mark.parametrize("raw", NAMES)
def test_harmless_leaves_escaped_text_alone(raw):
    assert _names.harmless(_names.escape(raw)) == _names.escape(raw)


def test_harmless_takes_the_teeth_out_of_raw_text():
    assert _names.harmless("a\nb\x1b[0m\u202e\ud800\\x41") == "a\\x0ab\\x1b[0m\\xe2\\x80\\xae\\xed\\xa0\\x80\\x41"
