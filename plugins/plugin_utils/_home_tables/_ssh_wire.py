# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.


"""Public keys of SSH in their wire format: type, size, fingerprint, and what a certificate says.

Formats: RFC 4253 6.6, RFC 5656, RFC 8709, OpenSSH's PROTOCOL.u2f and PROTOCOL.certkeys. A certificate's fingerprint
is that of the key inside, as ssh-keygen prints it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from typing import Any, NamedTuple

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_rows import text
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_times import iso

LONGEST = 1 << 18
_CERTIFICATE = b"-cert-v01@openssh.com"
_FOREVER = (1 << 64) - 1
_PRINCIPALS = 1000
# How many strings follow the type in the public part.
_FIELDS = {
    b"ssh-rsa": 2, b"ssh-dss": 4, b"ssh-ed25519": 1, b"ssh-ed448": 1, b"ssh-xmss@openssh.com": 2,
    b"ecdsa-sha2-nistp256": 2, b"ecdsa-sha2-nistp384": 2, b"ecdsa-sha2-nistp521": 2,
    b"sk-ssh-ed25519@openssh.com": 2, b"sk-ecdsa-sha2-nistp256@openssh.com": 3,
}
_BITS = {
    b"ssh-ed25519": 256, b"ecdsa-sha2-nistp256": 256, b"ecdsa-sha2-nistp384": 384, b"ecdsa-sha2-nistp521": 521,
    b"sk-ssh-ed25519@openssh.com": 256, b"sk-ecdsa-sha2-nistp256@openssh.com": 256, b"ssh-ed448": 456,
}


class Key(NamedTuple):
    """A public key: its type as written inside, bits, fingerprint (``SHA256:…``) and columns of a certificate."""

    type: bytes
    bits: int | None
    fingerprint: str
    certificate: dict[str, Any]


class Malformed(ValueError):
    """The bytes are no public key."""


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    def string(self) -> bytes:
        start = self.position + 4
        end = start + self.number(">I")
        if end > len(self._data):
            raise Malformed("a field ends beyond the key")
        self.position = end
        return self._data[start:end]

    def number(self, form: str) -> int:
        try:
            value = struct.unpack_from(form, self._data, self.position)[0]
        except struct.error:
            raise Malformed("the key ends early") from None
        self.position += struct.calcsize(form)
        return value

    def strings(self) -> list[bytes]:
        inner = _Reader(self.string())
        found: list[bytes] = []
        while inner.position < len(inner._data) and len(found) < _PRINCIPALS:
            found.append(inner.string())
        return found


def fingerprint(blob: bytes) -> str:
    """``SHA256:`` and the digest in base64 without padding."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).rstrip(b"=").decode("ascii")


def _plain(kind: bytes) -> bytes:
    """The type of key that a certificate's type stands for; a key's type as it is."""
    if not kind.endswith(_CERTIFICATE):
        return kind
    plain = kind.removesuffix(_CERTIFICATE)
    return plain + b"@openssh.com" if plain.startswith(b"sk-") else plain


def is_key_type(word: bytes) -> bool:
    """Whether a word names a type of key or certificate."""
    return _plain(word) in _FIELDS


def decode(word: bytes) -> Key:
    """The key in a word of base64. Raises `Malformed` when there is none."""
    if len(word) > LONGEST:
        raise Malformed("longer than %d bytes" % LONGEST)
    try:
        blob = base64.b64decode(word, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("no base64") from None
    reader = _Reader(blob)
    kind = reader.string()
    is_certificate = kind.endswith(_CERTIFICATE)
    plain = _plain(kind)
    if plain not in _FIELDS:
        return Key(kind, None, fingerprint(blob), {})
    if is_certificate:
        reader.string()
    fields = [reader.string() for _number in range(_FIELDS[plain])]
    if not is_certificate:
        return Key(kind, _bits(plain, fields), fingerprint(blob), {})
    inner = b"".join(struct.pack(">I", len(field)) + field for field in [plain, *fields])
    return Key(kind, _bits(plain, fields), fingerprint(inner), _certificate(reader))


def _bits(kind: bytes, fields: list[bytes]) -> int | None:
    if kind in (b"ssh-rsa", b"ssh-dss"):
        return int.from_bytes(fields[1 if kind == b"ssh-rsa" else 0], "big").bit_length()
    return _BITS.get(kind)


def _certificate(reader: _Reader) -> dict[str, Any]:
    """The columns for what follows the key in a certificate."""
    columns: dict[str, Any] = {"certificate_serial": str(reader.number(">Q"))}
    columns["certificate_type"] = {1: "user", 2: "host"}.get(reader.number(">I"), "unknown")
    columns["certificate_id"] = text(reader.string(), 4096)
    columns["certificate_principals"] = [text(name, 4096) for name in reader.strings()]
    after, before = reader.number(">Q"), reader.number(">Q")
    columns["valid_after"] = iso(after) if after else None
    columns["valid_before"] = iso(before) if before != _FOREVER else None
    for _options in ("critical options", "extensions", "reserved"):
        reader.string()
    columns["certificate_ca"] = fingerprint(reader.string())
    return columns


__all__ = ("Key", "Malformed", "decode", "fingerprint", "is_key_type")
