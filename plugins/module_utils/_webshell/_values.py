# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What is known of a value in a script without running it: its text when that is constant, and where it comes from.

Scripts are native strings, one character a byte.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

REQUEST = 1  # the client chooses it
UPLOAD = 2  # a file that the client sent
REMOTE = 4  # fetched from the network
FILE = 8  # content of a file
COMPUTED = 16  # made of characters, by arithmetic, or put in another order
DECODED = 32  # came out of a decoder
JOINED = 64  # put together from constant pieces
SERVER = 128  # of the server's environment, the client may choose a part of it
STREAM = 512  # begins like an address whose content is the rest of it
SCRIPT_NAME = 1024  # ends like the name of a script
TEMPORARY = 2048  # begins like the path of a folder that everybody may write to
GLOBALS = 4096  # the list of all global variables
PICTURE_NAME = 8192  # ends like the name of a picture, or of something in one
WRAPPED = 256  # put together from a constant and something else
STORED = 16384  # out of a store that keeps what it was given before
CHECKED = 32768  # a number, or quoted: harmless wherever it came from
FIRST_PARAMETER = 1 << 16
MAX_PARAMETERS = 16
PARAMETERS = ((1 << MAX_PARAMETERS) - 1) << 16
FROM_OUTSIDE = REQUEST | UPLOAD | REMOTE
SOURCES = (
    (REQUEST, "request"), (UPLOAD, "upload"), (REMOTE, "remote"), (DECODED, "decoded"), (COMPUTED, "computed"),
    (FILE, "file"), (STORED, "stored"),
)
SCRIPT_ENDINGS = (
    ".php", ".phtml", ".php5", ".php7", ".phar", ".pht", ".inc", ".htaccess", ".user.ini", ".jsp", ".jspx", ".aspx", ".shtml",
    ".cgi", ".asp", ".ashx", "/authorized_keys",
)
TEMPORARY_FOLDERS = ("/tmp/", "/var/tmp/", "/dev/shm/")
_PICTURE = re.compile(r"\.(?:ico|png|jpe?g|gif|bmp|webp|ttf|woff2?)(?:[/#][^/]{0,80})?\Z", re.I)
MAX_TEXT = 1 << 20
MAX_ITEMS = 4096


class Value:
    """`text` is None when it isn't constant; `flags` say where it comes from; `items` of a constant list by key;
    `function` is the `Function` that a closure is."""

    __slots__ = ("text", "flags", "items", "function")

    def __init__(self, text=None, flags=0, items=None, function=None):
        self.text = text
        self.flags = flags
        self.items = items
        self.function = function


UNKNOWN = Value()


def source_of(flags):
    """The name of the most telling source among `flags`, or None."""
    for flag, name in SOURCES:
        if flags & flag:
            return name
    return None


def is_unknown(value):
    """Whether nothing is known of a value, neither its text nor where it comes from."""
    return value.text is None and not value.flags & (CHECKED | PARAMETERS) and source_of(value.flags) is None


def either(one, other):
    """A value that is one or the other."""
    if one is UNKNOWN and other is UNKNOWN:
        return UNKNOWN
    flags = one.flags | other.flags
    text = None if flags & FROM_OUTSIDE else other.text if other.text is not None else one.text
    return Value(text, flags, other.items or one.items, other.function or one.function)


def joined(one, other, work):
    """One text behind the other; `work` pays for it."""
    flags = one.flags | other.flags
    if one.text is None or other.text is None or not work.pays(len(one.text) + len(other.text)):
        if one.text or other.text:
            flags |= WRAPPED
        flags = flags & ~(SCRIPT_NAME | PICTURE_NAME) if other.text else flags
        flags |= _address(one.text) | _ending(other.text)
        return Value(None, flags)
    if one.text and other.text:
        flags |= JOINED
    return Value(one.text + other.text, flags)


def _address(text):
    """What the beginning of a path says of the rest."""
    if not text:
        return 0
    if text[:5].lower() == "data:" or text in ("string:", "eval:") or "://" in text[:16]:
        return STREAM
    return TEMPORARY if text.startswith(TEMPORARY_FOLDERS) else 0


def _ending(text):
    """What the end of a path says of it."""
    if not text:
        return 0
    if text.lower().endswith(SCRIPT_ENDINGS):
        return SCRIPT_NAME
    return PICTURE_NAME if _PICTURE.search(text[-100:]) else 0


def bitwise(one, other, operator, work):
    """``^ & |`` of two strings, as PHP has it: what hides names without letters."""
    flags = one.flags | other.flags | COMPUTED
    if one.text is None or other.text is None or not work.pays(len(one.text) + len(other.text)):
        return Value(None, flags)
    return Value("".join(chr(_BITWISE[operator](ord(a), ord(b))) for a, b in zip(one.text, other.text)), flags)


def inverted(value, work):
    """``~`` of a string."""
    if value.text is None or not work.pays(len(value.text)):
        return Value(None, value.flags | COMPUTED)
    return Value("".join(chr(~ord(character) & 255) for character in value.text), value.flags | COMPUTED)


def arithmetic(one, other, operator):
    """A number when both are; text of numbers is their decimal notation."""
    flags = (one.flags | other.flags) & ~JOINED
    a, b = number(one.text), number(other.text)
    if a is None or b is None or operator in "/%" and not b:
        return Value(None, flags)
    return Value(str(_ARITHMETIC[operator](a, b)), flags)


def number(text):
    """The whole number that a short text is, or None."""
    if text is None or len(text) > 12:
        return None
    try:
        return int(text, 0) if text[:2].lower() == "0x" else int(text)
    except ValueError:
        return None


class Work:
    """How many characters may still be copied while constants are worked out."""

    def __init__(self, characters):
        self.left = characters

    def pays(self, characters):
        self.left -= characters
        return characters <= MAX_TEXT and self.left > 0


_BITWISE = {
    "^": lambda a, b: a ^ b,
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
}
_ARITHMETIC = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a // b,
    "%": lambda a, b: a % b,
}

__all__ = (
    "CHECKED", "COMPUTED", "DECODED", "FILE", "FIRST_PARAMETER", "FROM_OUTSIDE", "GLOBALS", "JOINED", "MAX_ITEMS",
    "MAX_PARAMETERS", "MAX_TEXT", "PARAMETERS", "PICTURE_NAME", "REMOTE", "REQUEST", "SCRIPT_ENDINGS", "SCRIPT_NAME", "SERVER",
    "STORED", "STREAM", "TEMPORARY", "UNKNOWN", "UPLOAD", "Value", "WRAPPED", "Work", "arithmetic", "bitwise", "either",
    "inverted", "is_unknown", "joined", "number", "source_of",
)
