# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import random
import unicodedata

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import describe, escape, joined, unescape


@pytest.mark.parametrize("raw, text", [
    (b"", u""),
    (b"/var/log/messages", u"/var/log/messages"),
    (b"two words", u"two words"),
    (u"Gr\u00fc\u00dfe \u65e5\u672c".encode("utf-8"), u"Gr\u00fc\u00dfe \u65e5\u672c"),
    (u"\U0001d11e".encode("utf-8"), u"\U0001d11e"),
    (b"back\\slash", u"back\\\\slash"),
    (b"\\x41", u"\\\\x41"),
    (b"line\nline\r\t", u"line\\x0aline\\x0d\\x09"),
    (b"\x1b[2J\x07", u"\\x1b[2J\\x07"),
    (b"\x00\x7f", u"\\x00\\x7f"),
    (b"\xff\xfe", u"\\xff\\xfe"),
    (b"a\xc3", u"a\\xc3"),
    (b"\xed\xa0\xbd\xed\xb8\x80", u"\\xed\\xa0\\xbd\\xed\\xb8\\x80"),  # surrogates: no UTF-8
    (b"\xc0\xaf", u"\\xc0\\xaf"),  # a slash in too many bytes
    (u"\u202egpj.exe".encode("utf-8"), u"\\xe2\\x80\\xaegpj.exe"),
    (u"zero\u200bwidth \u2028\ue000".encode("utf-8"), u"zero\\xe2\\x80\\x8bwidth \\xe2\\x80\\xa8\\xee\\x80\\x80"),
    (b"\xc2\x9b31m", u"\\xc2\\x9b31m"),  # CSI as one character
])
def test_known_names(raw, text):
    assert escape(raw) == text
    assert unescape(text) == raw


def test_every_name_can_be_turned_back_and_harms_no_terminal():
    chance = random.Random(1)
    pieces = [b"\\", b"\\x", b"\\x1b", b"\n", b"\x1b]0;", b"\xe2\x80\xae", b"\xff", b"a", b"/", b" ", b"\xf0\x9f\x98\x80"]
    for _unused in range(3000):
        raw = b"".join(
            chance.choice(pieces) if chance.random() < 0.7 else bytes(bytearray([chance.randrange(256)]))
            for _number in range(chance.randrange(20))
        )
        text = escape(raw)
        assert unescape(text) == raw
        assert not [one for one in text if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")]
        assert json.loads(json.dumps(text)) == text


def test_an_old_python_may_escape_more():
    raw = u"\U0001f600".encode("utf-8")  # Python 2.7 doesn't know this character yet
    assert escape(raw) in (u"\U0001f600", u"\\xf0\\x9f\\x98\\x80")
    assert unescape(escape(raw)) == unescape(u"\\xf0\\x9f\\x98\\x80") == raw


def test_every_single_byte():
    for number in range(256):
        raw = bytes(bytearray([number]))
        assert unescape(escape(raw)) == raw


@pytest.mark.parametrize("texts, line", [
    ([], ""), (["a"], "a"), (list("abc"), "a, b, c"), (list("abcde"), "a, b, c, and 2 more"), (["x" * 9, "y"], "xxxxx..., y"),
])
def test_what_people_read_is_short(texts, line):
    assert joined(texts, most=3, longest=5) == line


class Unprintable(Exception):
    def __str__(self):
        return u"\u00e9".encode("latin-1") if str is bytes else "\xe9\udcff\n"


@pytest.mark.parametrize("error", [
    ValueError(u"caf\u00e9"), ValueError("plain"), OSError(2, "No such file"), Unprintable(), KeyError(b"\xff"),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
])
def test_every_exception_has_a_description(error):
    text = describe(error)
    assert text.startswith(type(error).__name__)
    assert isinstance(text, type(u""))
    text.encode("ascii")
