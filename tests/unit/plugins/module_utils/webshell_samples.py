# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Web shells of many kinds, written for this collection and harmless where they lie.

Files in tests/webshells hold a family each. In them three characters have others in their place, without which nothing runs
and no scanner is alarmed, and what encoders make of a text stands as ``base64 ...: text`` in double square brackets (U+27E6).
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import base64
import binascii
import codecs
import io
import os
import re
import zlib

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "webshells")
_HARMLESS = ((u"\u2039", u"<"), (u"\u00a7", u"$"), (u"\u2768", u"("))
_HEADING = re.compile(u"^==== (.+)\n", re.MULTILINE)


def families():
    """The names of the families."""
    return sorted(name[:-4] for name in os.listdir(FOLDER) if name.endswith(".txt"))


def samples(family):
    """(name, bytes) of each sample of a family; the name has a folder where its own must be a certain one."""
    with io.open(os.path.join(FOLDER, family + ".txt"), encoding="utf-8") as stream:
        text = stream.read()
    for harmless, real in _HARMLESS:
        text = text.replace(harmless, real)
    pieces = _HEADING.split(text)[1:]
    return [(str(name), _made(body)) for name, body in zip(pieces[::2], pieces[1::2])]


def _made(text):
    """The bytes of a sample: the innermost things that are to be made first."""
    data = text.encode("utf-8")
    start, end = u"\u27e6".encode("utf-8"), u"\u27e7".encode("utf-8")
    while start in data:
        begin = data.rindex(start)
        stop = data.index(end, begin)
        encoders, _colon, body = data[begin + len(start):stop].partition(b":")
        for encoder in encoders.decode("ascii").split():
            body = _ENCODERS[encoder](body)
        data = data[:begin] + body + data[stop + len(end):]
    return data


def _deflated(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def _half(data, first):
    text = base64.b64encode(data)
    return text[:len(text) // 2] if first else text[len(text) // 2:]


_ENCODERS = {
    "b64": base64.b64encode, "b64a": lambda data: _half(data, True), "b64b": lambda data: _half(data, False),
    "deflate": _deflated, "zlib": zlib.compress, "hex": binascii.hexlify, "raw": binascii.unhexlify,
    "rev": lambda data: data[::-1], "rot13": lambda data: codecs.encode(data.decode("latin-1"), "rot_13").encode("latin-1"),
    "url": lambda data: b"".join(b"%" + binascii.hexlify(data[i:i + 1]) for i in range(len(data))),
    "uu": lambda data: b"".join(binascii.b2a_uu(data[i:i + 45]) for i in range(0, len(data), 45)) + b"`\n",
    "not": lambda data: bytes(bytearray(255 - byte for byte in bytearray(data))),
}

__all__ = ("families", "samples")
