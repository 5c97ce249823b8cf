# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.


"""The table ``ssh_keys``: who may log in with which key, which hosts were known, and what else public lies about.

Formats: sshd(8) "AUTHORIZED_KEYS FILE FORMAT" and "SSH_KNOWN_HOSTS FILE FORMAT".
"""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables import _ssh_wire
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_rows import Rows, text
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_streams import (
    Source, Unpacked, lines,
)

TABLE = "ssh_keys"
AUTHORIZED, KNOWN_HOST, PUBLIC, OTHER = "authorized", "known_host", "public", "other"
LONGEST = 1 << 19
MEMBER_ROWS = 1_000_000
# What a file is when its name doesn't tell, by the keyword of sshd_config that named it.
KINDS = {
    "sshd authorizedkeysfile": AUTHORIZED, "sshd trustedusercakeys": "ca", "sshd revokedkeys": "revoked",
    "sshd hostkey": PUBLIC, "sshd hostcertificate": PUBLIC,
}
_KEY_ON_A_LINE = re.compile(
    rb"(?:^|[\n ])(?:ssh-(?:rsa|dss|ed25519|ed448)|ecdsa-sha2-nistp(?:256|384|521)|sk-(?:ssh|ecdsa)-[\w@.-]{1,40})"
    rb"(?:-cert-v01@openssh\.com)? AAAA"
)
_WORD = re.compile(rb'(?:[^\s"\\]|\\.|"(?:[^"\\]|\\.)*"?|\\\Z)+')
_OPTION = re.compile(rb'([A-Za-z0-9_-]{1,64})(?:=("(?:[^"\\]|\\.)*"?|[^,]*))?(?:,|\Z)')
_FLAGS = {
    b"command": "has_command", b"from": "has_from", b"environment": "has_environment",
    b"cert-authority": "cert_authority",
}


def kind_by_name(path: bytes) -> str | None:
    """The kind of a file, by its path on the host, or None when the name tells nothing."""
    folder, _slash, name = path.rpartition(b"/")
    if name.startswith(b"authorized_keys") or folder.rpartition(b"/")[2] in (b"authorized_keys", b"authorized_keys.d"):
        return AUTHORIZED
    if name.startswith((b"known_hosts", b"ssh_known_hosts")):
        return KNOWN_HOST
    return PUBLIC if name.endswith(b".pub") and (b"/.ssh/" in path or b"/ssh/" in path) else None


def holds_keys(data: bytes) -> bool:
    """Whether a file of any name has a line with a public key."""
    return b" AAAA" in data and bool(_KEY_ON_A_LINE.search(data))


class SshKeys:
    """Reads one file with public keys after the other into the table."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def read(self, path: bytes, kind: str, stream: Source) -> None:
        """A file of a `kind`; only ``other`` may become another at the end, and has no row for lines without a key."""
        unpacked = Unpacked(stream)
        written = 0
        for number, line, cut in lines(unpacked, LONGEST):
            line = line.strip()
            if not line or line[:1] == b"#":
                continue
            facts = _cut() if cut else _known_host(line) if kind == KNOWN_HOST else _authorized(line)
            if kind == OTHER and "fingerprint" not in facts:
                continue
            written += 1
            if written > MEMBER_ROWS:
                self._problem(path, "more than %d keys, the rest is not read" % MEMBER_ROWS, cut=True)
                break
            self._rows.hold(TABLE, path, {"path": text(path), "line": number} | facts)
        if unpacked.problem:
            self._problem(path, unpacked.problem, unpacked.cut)

    def _problem(self, path: bytes, what: str, cut: bool = False) -> None:
        self._rows.problem(TABLE, b"[root]" + path, what, cut=cut)


def _cut() -> dict[str, Any]:
    return {"malformed": "longer than %d bytes" % LONGEST}


def _authorized(line: bytes) -> dict[str, Any]:
    """``[options] type key [comment]``"""
    first = _WORD.match(line)
    word = first.group() if first else b""
    if _ssh_wire.is_key_type(word):
        return _key(line)
    rest = line[len(word):].lstrip()
    options = {"options": text(word, 1 << 14), **_option_flags(word)}
    facts = _key(rest)
    if "fingerprint" in facts:
        return options | facts
    return {"malformed": facts["malformed"], "raw": text(line, 1024)}


def _option_flags(options: bytes) -> dict[str, Any]:
    """What the options of a line allow and force."""
    flags: dict[str, Any] = {}
    for match in _OPTION.finditer(options):
        name = _FLAGS.get(match.group(1).lower())
        if name:
            flags[name] = True
        if name == "has_command" and match.group(2):
            flags["command"] = text(re.sub(rb'\\(")', rb"\1", match.group(2).removeprefix(b'"').removesuffix(b'"')))
    return flags


def _known_host(line: bytes) -> dict[str, Any]:
    """``[marker] hosts type key [comment]``"""
    marker, words = None, line.split(None, 1)
    if words[0] in (b"@cert-authority", b"@revoked") and len(words) == 2:
        marker, words = words[0][1:].decode("ascii"), words[1].split(None, 1)
    facts: dict[str, Any] = _key(words[1]) if len(words) == 2 else {"malformed": "no key"}
    facts.update(marker=marker, hosts=text(words[0], 1 << 14), hashed=words[0].startswith(b"|1|"))
    return facts if "fingerprint" in facts else facts | {"raw": text(line, 1024)}


def _key(rest: bytes) -> dict[str, Any]:
    """``type key [comment]``"""
    words = rest.split(None, 2)
    if len(words) < 2:
        return {"malformed": "no key"}
    try:
        key = _ssh_wire.decode(words[1])
    except _ssh_wire.Malformed as error:
        return {"malformed": str(error)}
    other = None if key.type == words[0] else "the key inside is of another type than %s" % text(words[0], 256)
    return {
        "type": text(key.type, 256), "bits": key.bits, "fingerprint": key.fingerprint,
        "comment": text(words[2], 4096) if len(words) > 2 else None, **key.certificate,
        "malformed": other,
    }


__all__ = ("AUTHORIZED", "KINDS", "KNOWN_HOST", "OTHER", "PUBLIC", "SshKeys", "TABLE", "holds_keys", "kind_by_name")
