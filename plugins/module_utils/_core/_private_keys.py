# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Private keys, known by their content: so that none leaves the host, and nothing else is held back as one.

A file counts as a private key only when it consists of keys whose structure is sound, with nothing beside them but
certificates, public keys, parameters and plain comments. A BEGIN line in a history hides nothing.

Formats: RFC 7468 and RFC 1421 (PEM), OpenSSH's PROTOCOL.key, PuTTY's appendix C, the armour of RFC 4880,
RFC 4716-like ssh.com keys, and dropbear's own (the fields of RFC 4253 6.6 with the private ones behind).
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import base64
import binascii
import hashlib
import re
import struct
from collections import namedtuple

LARGEST = 1 << 16
_LARGEST_NUMBER = 2049

_OPENSSH_MAGIC = b"openssh-key-v1\0"
_SSHCOM_MAGIC = b"\x3f\x6f\xf9\xeb"
# The text that is let through around keys: no character of a shell's or a template's syntax is among it.
_TEXT = br"[\w @.,+/=:()\"'#!*-]*"
_BEGIN = re.compile(br"^(-----BEGIN ([A-Z0-9 ]{1,40})-----|---- BEGIN ([A-Z0-9 ]{1,40}) ----)\Z")
_COMPANION = re.compile(
    br"^((TRUSTED |X509 |NEW )?CERTIFICATE( REQUEST)?|X509 CRL|((RSA|DSA|EC) )?PUBLIC KEY|(EC|DH|DSA) PARAMETERS)\Z"
)
_HEADER = re.compile(br"^(Proc-Type|DEK-Info|X-[\w-]+|Comment|Subject|Version|Hash|Charset): ?" + _TEXT + br"\\?\Z")
_CONTINUED = re.compile(br"^" + _TEXT + br"\\?\Z")
_BASE64 = re.compile(br"^[A-Za-z0-9+/]+={0,2}\Z")
_CHECKSUM = re.compile(br"^=[A-Za-z0-9+/]{4}\Z")
_BESIDE = re.compile(
    br"^(#" + _TEXT + br"|Bag Attributes|Key Attributes: <No Attributes>|Key Attributes"
    br"|\s+(friendlyName|localKeyID|Microsoft CSP Name|X509v3 Key Usage|[0-9.]+): ?" + _TEXT
    + br"|(subject|issuer)= ?/?[A-Za-z0-9.]+ ?=" + _TEXT + br")?\s*\Z"
)
_PUTTY = re.compile(
    br"^PuTTY-User-Key-File-[123]: (?P<type>[\w@.-]+)\nEncryption: (?P<cipher>[\w-]+)\n"
    br"(?:Comment: " + _TEXT + br"\n)?Public-Lines: \d+\n(?P<public>(?:[A-Za-z0-9+/=]+\n)+)"
    br"(?:(?:Key-Derivation|Argon2-[\w-]+): \w+\n)*Private-Lines: \d+\n(?:[A-Za-z0-9+/=]+\n)+"
    br"Private-(?:MAC|Hash): \w+\s*\Z"
)
# How many fields follow the name of the type in a public blob, and in a private file of dropbear.
_DROPBEAR = {
    b"ssh-rsa": (2, 5), b"ssh-dss": (4, 5), b"ssh-ed25519": (0, 1),
    b"ecdsa-sha2-nistp256": (2, 3), b"ecdsa-sha2-nistp384": (2, 3), b"ecdsa-sha2-nistp521": (2, 3),
}
_TYPES = {b"RSA PRIVATE KEY": "ssh-rsa", b"DSA PRIVATE KEY": "ssh-dss", b"EC PRIVATE KEY": "ecdsa"}

Block = namedtuple("Block", "label headers body")
Key = namedtuple("Key", "format type encrypted fingerprint")


def fingerprint(blob):
    """OpenSSH's name of a public key: ``SHA256:`` and base64 without padding, from the key's wire format (bytes)."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).rstrip(b"=").decode("ascii")


def public_blob(line):
    """The wire format in a line of a ``.pub`` or ``authorized_keys`` file (bytes), or None when there is none."""
    for word in line.split():
        if word.startswith(b"AAAA"):
            return _decoded(word)
    return None


def _decoded(text):
    """The bytes of a base64 text; None when it isn't exactly that (decoders pass over what they don't know)."""
    try:
        data = base64.b64decode(text)
    except (binascii.Error, TypeError):
        return None
    return data if base64.b64encode(data) == text else None


def _strings(data, limit):
    """The length-prefixed strings (RFC 4251 5) at the beginning of ``data``, and what is behind them."""
    found = []
    while len(found) < limit and len(data) >= 4:
        length = struct.unpack(">I", data[:4])[0]
        if length > len(data) - 4:
            break
        found.append(data[4:4 + length])
        data = data[4 + length:]
    return found, data


def _is_whole_der(data):
    """Whether one ASN.1 element fills ``data`` to the last byte."""
    head = bytearray(data[:6])
    if len(head) < 2:
        return False
    if head[1] < 0x80:
        return len(data) == 2 + head[1]
    size = head[1] & 0x7F
    if not 1 <= size <= 4 or len(head) < 2 + size:
        return False
    length = 0
    for byte in head[2:2 + size]:
        length = length << 8 | byte
    return len(data) == 2 + size + length


def _blocks(data):
    """The armoured blocks of a text, or None when there is anything beside them that may be somebody's text."""
    found = []
    lines = iter(data.replace(b"\r\n", b"\n").split(b"\n"))
    for line in lines:
        match = _BEGIN.match(line.strip())
        if match:
            block = _block(lines, line.strip(), match.group(2) or match.group(3))
            if block is None:
                return None
            found.append(block)
        elif not _BESIDE.match(line):
            return None
    return found


def _block(lines, begin, label):
    end = begin.replace(b"BEGIN", b"END", 1)
    headers, body = [], []
    for line in lines:
        line = line.strip()
        continued = not body and headers and headers[-1].endswith(b"\\") and _CONTINUED.match(line)
        if line == end:
            return Block(label, headers, _decoded(b"".join(body)))
        if continued or (not body and _HEADER.match(line)):
            headers.append(line)
        elif _BASE64.match(line):
            body.append(line)
        elif line and not _CHECKSUM.match(line):
            return None
    return None


def _openssh(body):
    """``(cipher, public blob)`` of an openssh-key-v1 body, or None."""
    if not body.startswith(_OPENSSH_MAGIC):
        return None
    strings, rest = _strings(body[len(_OPENSSH_MAGIC):], 3)
    if len(strings) < 3 or len(rest) < 4:
        return None
    count = struct.unpack(">I", rest[:4])[0]
    if not 1 <= count <= 64:
        return None
    keys, rest = _strings(rest[4:], count + 1)
    # An authentication tag may follow the private section.
    if len(keys) != count + 1 or len(rest) > 16:
        return None
    return strings[0], keys[0]


def _is_encrypted_pem(block):
    return any(header.startswith(b"Proc-Type:") and b"ENCRYPTED" in header for header in block.headers)


def _is_sound(block):
    """Whether what is in a block's armour is what its label says."""
    body = block.body
    if not body or not (_is_private(block) or _COMPANION.match(block.label)):
        return False
    if block.label == b"OPENSSH PRIVATE KEY":
        return _openssh(body) is not None
    if block.label == b"PGP PRIVATE KEY BLOCK":
        first = bytearray(body[:1])[0]
        return (first & 0x3F if first & 0x40 else first >> 2 & 0x0F) == 5 and bool(first & 0x80)
    if block.label == b"SSH2 ENCRYPTED PRIVATE KEY":
        return body.startswith(_SSHCOM_MAGIC) and body[4:8] == struct.pack(">I", len(body))
    if _is_encrypted_pem(block):
        return len(body) % 8 == 0
    return _is_whole_der(body) and (body[:1] == b"\x30" or not _is_private(block))


def _is_private(block):
    return block.label.endswith(b"PRIVATE KEY") or block.label == b"PGP PRIVATE KEY BLOCK"


def _armoured(data):
    """The private blocks of a file that holds keys and their company only; otherwise none."""
    if b"PRIVATE KEY" not in data:
        return []
    blocks = _blocks(data)
    if not blocks or not all(_is_sound(block) for block in blocks):
        return []
    return [block for block in blocks if _is_private(block)]


def _describe_block(block):
    if block.label == b"OPENSSH PRIVATE KEY":
        cipher, public = _openssh(block.body)
        kind = (_strings(public, 1)[0] or [b""])[0]
        return Key("OpenSSH", kind.decode("ascii", "replace"), cipher != b"none", fingerprint(public))
    if block.label == b"PGP PRIVATE KEY BLOCK":
        return Key("OpenPGP", None, None, None)
    if block.label == b"SSH2 ENCRYPTED PRIVATE KEY":
        cipher = _strings(block.body[8:], 2)[0][1:]
        return Key("ssh.com", None, cipher != [b"none"], None)
    encrypted = block.label == b"ENCRYPTED PRIVATE KEY" or _is_encrypted_pem(block)
    kind = _TYPES.get(block.label)
    return Key("PEM" if kind else "PKCS#8", kind, encrypted, None)


def _describe_putty(data):
    match = _PUTTY.match(data.replace(b"\r\n", b"\n"))
    if not match:
        return None
    public = _decoded(match.group("public").replace(b"\n", b""))
    return Key(
        "PuTTY", match.group("type").decode("ascii", "replace"), match.group("cipher") != b"none",
        fingerprint(public) if public else None,
    )


def _describe_dropbear(data):
    fields, rest = _strings(data, 7)
    if rest or not fields or fields[0] not in _DROPBEAR:
        return None
    public, private = _DROPBEAR[fields[0]]
    if len(fields) != private + 1 or max(len(field) for field in fields) > _LARGEST_NUMBER:
        return None
    # Ed25519: the seed and the public key in one field.
    shown = fields[:public + 1] if public else [fields[0], fields[1][32:]]
    blob = b"".join(struct.pack(">I", len(field)) + field for field in shown)
    return Key("dropbear", fields[0].decode("ascii"), False, fingerprint(blob))


def describe(data):
    """What may be told about the private keys in a file: a list of `Key`, empty when the file isn't a private key.

    ``data`` is the whole content (bytes); files beyond `LARGEST` are never keys. ``type`` is the SSH name of the
    algorithm, ``encrypted`` whether a passphrase protects it, ``fingerprint`` that of its public part; each is None
    where the format doesn't show it.
    """
    if len(data) > LARGEST:
        return []
    if data.startswith(b"PuTTY-User-Key-File-"):
        key = _describe_putty(data)
        return [key] if key else []
    if data[:3] == b"\0\0\0":
        key = _describe_dropbear(data)
        return [key] if key else []
    return [_describe_block(block) for block in _armoured(data)]


def looks_like_private_key(data):
    """Whether ``data``, the whole content of a file, is a private key and nothing else (see the module's text)."""
    return bool(describe(data))


__all__ = ("LARGEST", "Key", "describe", "fingerprint", "looks_like_private_key", "public_blob")
