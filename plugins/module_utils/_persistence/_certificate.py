# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Certificates (RFC 5280) in text: where they are, and who they are for."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import base64
import binascii
import hashlib
import re
from collections import namedtuple

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

MOST = 2000  # certificates of one file
_PEM = re.compile(br"-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----\s([A-Za-z0-9+/=\s]{1,65536})-----END ")
_BOOLEAN, _VERSION, _EXTENSIONS = 0x01, 0xA0, 0xA3
_UTC_TIME = 0x17
_BASIC_CONSTRAINTS = bytearray(b"\x55\x1d\x13")
_ATTRIBUTES = {3: "CN", 6: "C", 7: "L", 8: "ST", 10: "O", 11: "OU"}  # 2.5.4.x
_VALUE = 200

# line: where it begins in its text, from 1. sha256: of its bytes (DER), as tools say the fingerprint. data: these bytes.
Certificate = namedtuple("Certificate", "line sha256 data")
_Element = namedtuple("_Element", "tag start end")


def certificates_in(text):
    """A `Certificate` for each that stands in a text (bytes)."""
    line, position = 1, 0
    for number, match in enumerate(_PEM.finditer(text)):
        if number == MOST:
            return
        line += text.count(b"\n", position, match.start())
        position = match.start()
        try:
            data = base64.b64decode(b"".join(match.group(1).split()))
            data = data[:_element(bytearray(data), 0).end]  # behind a trusted one stands what it is trusted for
        except (ValueError, TypeError, IndexError):
            continue
        yield Certificate(line, hashlib.sha256(data).hexdigest(), data)


def facts_of(data):
    """Subject, issuer, times, and whether it may vouch for others (``authority``); {} for bytes that are no certificate."""
    data = bytearray(data)
    try:
        fields = _children(data, _children(data, _element(data, 0))[0])
        has_version = fields[0].tag == _VERSION
        _serial, _algorithm, issuer, validity, subject = fields[has_version:has_version + 5]
        begin, end = (_time(data, one) for one in _children(data, validity))
        facts = {
            "subject": _name(data, subject), "issuer": _name(data, issuer), "not_before": begin, "not_after": end,
            "authority": _is_authority(data, fields) if has_version else True,
        }
    except (ValueError, IndexError):
        return {}
    return dict((name, value) for name, value in facts.items() if value is not None)


def _element(data, position):
    """The element of DER that begins at a position. Raises `ValueError`, `IndexError`."""
    tag, length, start = data[position], data[position + 1], position + 2
    if length & 0x80:
        size = length & 0x7F
        if not 1 <= size <= 4:
            raise ValueError("a length of %d bytes" % size)
        length = int(binascii.hexlify(data[start:start + size]), 16)
        start += size
    if start + length > len(data):
        raise ValueError("longer than its data")
    return _Element(tag, start, start + length)


def _children(data, parent):
    found, position = [], parent.start
    while position < parent.end:
        found.append(_element(data, position))
        position = found[-1].end
    return found


def _name(data, name):
    """``CN=..., O=...``, what has no short name is left out."""
    parts = []
    for group in _children(data, name)[:20]:
        for attribute in _children(data, group)[:5]:
            kind, value = _children(data, attribute)[:2]
            oid = data[kind.start:kind.end]
            if oid[:2] == b"\x55\x04" and len(oid) == 3 and oid[2] in _ATTRIBUTES:
                parts.append("%s=%s" % (_ATTRIBUTES[oid[2]], escape(bytes(data[value.start:value.end][:_VALUE]))))
    return ", ".join(parts) or None


def _time(data, element):
    text = bytes(data[element.start:element.end]).decode("ascii", "replace")
    if element.tag == _UTC_TIME:
        text = ("19" if text[:1] >= "5" else "20") + text
    return "%s-%s-%sT%s:%s:%sZ" % (text[:4], text[4:6], text[6:8], text[8:10], text[10:12], text[12:14])


def _is_authority(data, fields):
    """What the basic constraints say; false without them."""
    for holder in fields:
        if holder.tag == _EXTENSIONS:
            for extension in _children(data, _children(data, holder)[0]):
                parts = _children(data, extension)
                if data[parts[0].start:parts[0].end] == _BASIC_CONSTRAINTS:
                    constraints = _children(data, _element(data, parts[-1].start))
                    return bool(constraints) and constraints[0].tag == _BOOLEAN and data[constraints[0].start] != 0
    return False


__all__ = ("Certificate", "certificates_in", "facts_of")
