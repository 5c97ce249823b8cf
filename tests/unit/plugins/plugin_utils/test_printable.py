# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import random
import unicodedata

import pytest
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._printable import printable


@pytest.mark.parametrize("text, shown", [
    ("", ""), ("plain text", "plain text"), ("Grüße 日本 😀", "Grüße 日本 😀"),
    ("\x1b[2J\x07", "\\x1b[2J\\x07"), ("a\nb\r\tc", "a\\x0ab\\x0d\\x09c"), ("\x9b31m", "\\x9b31m"),
    ("\u202egpj.exe", "\\u202egpj.exe"), ("\u2028\u200b\ufeff", "\\u2028\\u200b\\ufeff"),
    ("\ud800", "\\ud800"), ("\U000e0041", "\\ue0041"), ("\x7f\x00", "\\x7f\\x00"),
])
def test_known_text(text, shown):
    assert printable(text) == shown


def test_it_is_cut():
    assert printable("x" * 201) == "x" * 200 + "…"
    assert printable("x" * 200) == "x" * 200
    assert printable("\x1b" * 10, 2) == "\\x1b\\x1b…"
    assert len(printable("\x1b" * (1 << 20), 1000)) < 5000


def test_nothing_invisible_passes():
    chance = random.Random(1)
    for _unused in range(300):
        text = "".join(chr(chance.choice((chance.randrange(0x110000), chance.randrange(0x300)))) for _number in range(50))
        shown = printable(text)
        assert not [one for one in shown if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")]
        shown.encode("utf-8")
