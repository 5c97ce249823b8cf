# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Names of the host, which are bytes, as printable text that can be turned back (the format of the host side)."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_PLAIN = re.compile(rb"[\x20-\x5b\x5d-\x7e]*\Z")
_ESCAPED = re.compile(r"\\(?:x([0-9a-f]{2})|(\\))")
_UNUSUAL = re.compile("[^\x20-\x7e]+")
_INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


class _Shown(dict):
    """Character -> the text that stands for it. Bytes that are not UTF-8 come as by ``surrogateescape`` (PEP 383)."""

    def __missing__(self, character: str) -> str:
        if len(self) >= 20_000:
            self.clear()
        self[character] = text = _text_for(character)
        return text


def _text_for(character: str) -> str:
    if unicodedata.category(character) not in _INVISIBLE:
        return character
    if "\udc80" <= character <= "\udcff":
        return "\\x%02x" % (ord(character) & 0xFF)
    raw = character.encode("utf-8", "surrogatepass")
    return "".join("\\x%02x" % byte for byte in raw)


_shown = _Shown().__getitem__


def _visible(match: re.Match) -> str:
    return "".join(map(_shown, match.group()))


def escape(raw: bytes) -> str:
    """Text for bytes: valid UTF-8 stays, everything else becomes ``\\xHH``.

    Written as ``\\xHH``, byte by byte: what is not UTF-8, control characters, and characters that are
    invisible or change the direction of writing. A backslash is doubled. `unescape` gives the bytes back.
    """
    if _PLAIN.match(raw):
        return raw.decode("ascii")
    text = raw.replace(b"\\", b"\\\\").decode("utf-8", "surrogateescape")
    return _UNUSUAL.sub(_visible, text)


def unescape(text: str) -> bytes:
    """The bytes that `escape` was given."""
    parts = []
    position = 0
    for match in _ESCAPED.finditer(text):
        parts.append(text[position:match.start()].encode("utf-8", "surrogatepass"))
        parts.append(bytes([int(match.group(1), 16)]) if match.group(1) else b"\\")
        position = match.end()
    parts.append(text[position:].encode("utf-8", "surrogatepass"))
    return b"".join(parts)


def harmless(text: str) -> str:
    """Text that a host sent as escaped already, made harmless if it was not: backslashes stay as they are."""
    return text if text.isascii() and text.isprintable() else _UNUSUAL.sub(_visible, text)


def key_of(name: bytes) -> bytes:
    """What stands for a name where many are remembered: a host's may be as long as it likes."""
    return hashlib.blake2b(name, digest_size=16).digest()


__all__ = ("escape", "harmless", "key_of", "unescape")
