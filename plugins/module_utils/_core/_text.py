# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Names of the host, which are bytes, as printable text that can be turned back."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import codecs
import re
import unicodedata

_PLAIN = re.compile(br"^[\x20-\x5b\x5d-\x7e]*\Z")
_ESCAPED = re.compile(r"\\(?:x([0-9a-f]{2})|(\\))")
_UNUSUAL = re.compile(u"[^\x20-\x7e]")
_INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


def _hexadecimal(raw):
    return u"".join(u"\\x%02x" % byte for byte in bytearray(raw))


def _undecodable(error):
    return _hexadecimal(error.object[error.start:error.end]), error.end


codecs.register_error("csirt.linux_triage.escape", _undecodable)


def _visible(match):
    character = match.group()
    if unicodedata.category(character) in _INVISIBLE:
        return _hexadecimal(character.encode("utf-8"))
    return character


def escape(raw):
    """Text for bytes: valid UTF-8 stays, everything else becomes ``\\xHH``.

    Written as ``\\xHH``, byte by byte: what is not UTF-8, control characters, and characters that are
    invisible or change the direction of writing. A backslash is doubled. `unescape` gives the bytes back.
    """
    if _PLAIN.match(raw):
        return raw.decode("ascii")
    text = raw.replace(b"\\", b"\\\\").decode("utf-8", "csirt.linux_triage.escape")
    return _UNUSUAL.sub(_visible, text)


def unescape(text):
    """The bytes that `escape` was given."""
    parts = []
    position = 0
    for match in _ESCAPED.finditer(text):
        parts.append(text[position:match.start()].encode("utf-8"))
        parts.append(bytes(bytearray([int(match.group(1), 16)])) if match.group(1) else b"\\")
        position = match.end()
    parts.append(text[position:].encode("utf-8"))
    return b"".join(parts)


def joined(texts, separator=", ", most=10, longest=150):
    """The first texts in one line for people, each cut at `longest` characters, and how many more there are."""
    shown = [text if len(text) <= longest else text[:longest] + "..." for text in texts[:most]]
    if len(texts) > most:
        shown.append("and %d more" % (len(texts) - most))
    return separator.join(shown)


def describe(error):
    """``Type: message`` of an exception, in ASCII. Python 2 can't print every exception, nor every text."""
    try:
        text = "%s: %s" % (type(error).__name__, error)
    except UnicodeError:
        text = repr(error)
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    return text.encode("ascii", "backslashreplace").decode("ascii")


__all__ = ("describe", "escape", "joined", "unescape")
