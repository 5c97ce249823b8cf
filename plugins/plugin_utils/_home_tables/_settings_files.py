# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Which file decides who may do what and what is watched, and what stands in it."""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._found import Text
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._structured_files import (
    documents,
)

# Levels of a structured file, and entries of one of its lists.
DEPTH = 12
ENTRIES = 100
# In a file of sudo `#` begins a comment, an include of old, or the number of a user (sudoers(5)).
_NO_COMMENT = re.compile(rb"^([ \t]*)#(?=include(?:dir)?[ \t]|-?[0-9])", re.MULTILINE)
_WHO = re.compile(rb"((?:[^\s,\\\"]|\\.|\"[^\"]*\")+(?:\s*,\s*(?:[^\s,\\\"]|\\.|\"[^\"]*\")+)*)\s+(.*)\Z", re.DOTALL)
_INCLUDED = re.compile(rb"\"([^\"]+)\"|((?:\\.|[^\s\\])+)")
_PAM = re.compile(rb"-?(auth|account|password|session)\s+(\[[^\]]*\]|\S+)\s+(.*)\Z")
# Functions of a file of polkit, and bytes of one.
FUNCTIONS, LARGEST_BLOCK = 200, 16 << 10
_POLKIT_COMMENT = re.compile(rb"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
# Blanks are bounded: where two runs of them may be one, a long one would cost its square.
_POLKIT_RULE = re.compile((
    r"\baddRule_\(_(?:function\b_\w{0,99}_)?\(_(\w{0,99})_(?:,_(\w{0,99})_)?\)_(?:=>_)?\{".replace("_", r"\s{0,99}")
).encode("ascii"), re.ASCII)
_POLKIT_YES = re.compile(rb"\bResult\s{0,99}\.\s{0,99}YES\b|\breturn\s{0,99}\(?\s{0,99}[\"']yes[\"']")
_PKLA_ANY = re.compile(rb"(?:\A|;)\s*(?:unix-user:)?\*\s*(?:;|\Z)")
_NFT_BLOCK = re.compile(rb"(table|chain|set|map)\s+([^{]*?)\s*\{")
_NFT_NO_RULE = re.compile(rb"type\s+\w+\s+hook|policy\s|\}|flush\s|include\s|define\s|#|(?:elements|type|typeof|flags)\b")


class Setting(NamedTuple):
    """`name` and `value` as written; `section` is what they stand in; `line` is None where nobody counts."""

    line: int | None
    section: bytes
    name: bytes
    value: bytes


Reader = Callable[[Text], Iterator[Setting]]


def _sudo(text: Text) -> Iterator[Setting]:
    """Who, and what for: the first word of a logical line and the rest."""
    plain = Text(text.path, _NO_COMMENT.sub(rb"\1\\#", text.data))
    for number, line in plain.code():
        line = re.sub(rb"\A\\#(?=include)", b"@", line)
        match = _WHO.match(line)
        if match:
            yield Setting(number, b"", match.group(1).replace(b"\\#", b"#"), match.group(2))


def _words(text: Text) -> Iterator[Setting]:
    """A keyword and what stands behind it, as in sshd_config(5), whose ``Match`` begins a section."""
    section = b""
    for number, line in text.code():
        name, _blank, value = re.sub(rb"\A(\w+)\s*=\s*", rb"\1 ", line).partition(b" ")
        name, _tab, rest = name.partition(b"\t")
        value = (rest + b" " + value).strip().strip(b'"')
        if name.lower() == b"match":
            section = value
        else:
            yield Setting(number, section, name.lower(), value)


def _sections(text: Text) -> Iterator[Setting]:
    for number, section, name, value in text.sections():
        yield Setting(number, section, name, value)


def _pam(text: Text) -> Iterator[Setting]:
    """Type of a module; its control and the module with its arguments (pam.d(5))."""
    for number, line in text.code():
        match = _PAM.match(line)
        if match:
            yield Setting(number, text.name, match.group(1), match.group(2) + b" " + match.group(3))


def _polkit(text: Text) -> Iterator[Setting]:
    """Each function of a file of rules that says yes: in the section what it asks about the action, in the name about the user.

    The value is its body. ``any`` is said of what it doesn't ask about: with ``any`` and ``any`` it says yes to everything.
    """
    code = _POLKIT_COMMENT.sub(lambda match: match.group() if match.group()[:1] in b"\"'" else b"\n" * match.group().count(b"\n"), text.data)
    for match in itertools.islice(_POLKIT_RULE.finditer(code), FUNCTIONS):
        body = _block(code, match.end())
        if _POLKIT_YES.search(body):
            asked = [b"some" if name and re.search(rb"\b%s\b" % re.escape(name), body) else b"any" for name in match.groups()]
            yield Setting(code.count(b"\n", 0, match.start()) + 1, b"actions: " + asked[0], b"users: " + asked[1], b" ".join(body.split()))


def _block(code: bytes, start: int) -> bytes:
    """What stands between the brace before `start` and the one that closes it."""
    depth = 1
    for match in re.finditer(rb"[{}]", code[start:start + LARGEST_BLOCK]):
        depth += 1 if match.group() == b"{" else -1
        if not depth:
            return code[start:start + match.start()]
    return code[start:start + LARGEST_BLOCK]


def _pkla(text: Text) -> Iterator[Setting]:
    """Of each entry of a local authority that says yes the same (pklocalauthority(8))."""
    entries: dict[bytes, tuple[int, dict[bytes, bytes]]] = {}
    for number, section, name, value in text.sections():
        entries.setdefault(section, (number, {}))[1][name] = value
    for number, settings in entries.values():
        yes = [name + b"=" + value for name, value in settings.items() if name.startswith(b"Result") and value == b"yes"]
        if yes:
            actions, users = settings.get(b"Action", b""), settings.get(b"Identity", b"")
            asked = [b"any" if _PKLA_ANY.search(one) else b"some" for one in (actions, users)]
            yield Setting(number, b"actions: " + asked[0], b"users: " + asked[1], b"; ".join([users, actions, *yes]))


def _nft(text: Text) -> Iterator[Setting]:
    """The rules of a ruleset, each in its table and chain (nft(8))."""
    blocks: list[bytes] = []
    for number, line in text.code():
        match = _NFT_BLOCK.match(line)
        if match:
            blocks = [*blocks, match.group(2)][:8]
            line = line[match.end():].strip()
        if line and not _NFT_NO_RULE.match(line):
            yield Setting(number, b" ".join(blocks), b"rule", line.rstrip(b"} \t"))
        blocks = blocks[:len(blocks) - line.count(b"}") + line.count(b"{")] if line.count(b"}") > line.count(b"{") else blocks


def _iptables(text: Text) -> Iterator[Setting]:
    """The rules of ``iptables-save``, each in its table."""
    table = b""
    for number, line in text.code():
        if line.startswith(b"*"):
            table = line[1:]
        match = re.search(rb"(?:\A|\s)-[AI]\s+(\S+)\s*(.*)\Z", line)
        if match:
            yield Setting(number, table, b"rule", match.group(1) + b" " + match.group(2))


def _structured(text: Text) -> Iterator[Setting]:
    """Every leaf of YAML or JSON; its name is the way to it, ``spec.containers.0.image``."""
    for document in documents(text.data):
        yield from _leaves(document, (), DEPTH)


def _leaves(value: Any, way: tuple[str, ...], depth: int) -> Iterator[Setting]:
    if depth and isinstance(value, dict):
        for key, one in list(value.items())[:ENTRIES]:
            yield from _leaves(one, (*way, str(key)), depth - 1)
    elif depth and isinstance(value, list):
        for number, one in enumerate(value[:ENTRIES]):
            yield from _leaves(one, (*way, str(number)), depth - 1)
    elif way and not isinstance(value, (dict, list)):
        shown = str(value).lower() if isinstance(value, bool) else str(value)[:4096]
        name, shown_bytes = (one.encode("utf-8", "surrogatepass") for one in (".".join(way), shown))
        yield Setting(None, b"", name, shown_bytes)


# The first row whose pattern is the whole name in the archive counts.
_KINDS: tuple[tuple[str, str, Reader], ...] = (
    ("sudo", r"\[root\](?:/usr/local)?/etc/sudoers(?:\.d/.+)?", _sudo),
    ("doas", r"\[root\](?:/usr/local)?/etc/doas(?:\.conf|\.d/.+\.conf)", _words),
    ("sshd", r"\[root\](?:/usr)?/etc/ssh/sshd_config(?:\.d/[^/]+\.conf)?", _words),
    ("pam", r"\[root\](?:/usr)?/etc/pam\.d/[^/]+", _pam),
    ("polkit", r"\[root\]/(?:etc|run|var/lib|usr/(?:local/)?(?:share|lib))/polkit-1/.+\.rules", _polkit),
    ("polkit", r"\[root\]/(?:etc|var/lib)/polkit-1/.+\.pkla", _pkla),
    ("audit", r"\[root\]/etc/audit/(?:audit\.rules|rules\.d/[^/]+\.rules)", _words),
    ("journald", r"\[root\](?:/etc|/run|/usr/lib|/usr/local/lib)/systemd/journald\.conf(?:\.d/[^/]+\.conf)?", _sections),
    ("hosts", r"\[root\]/etc/hosts", _words),
    ("apt_source", r"\[root\]/etc/apt/sources\.list(?:\.d/[^/]+\.list)?", _words),
    ("docker", r"\[root\]/etc/docker/daemon\.json", _structured),
    ("kubelet", r"\[root\]/(?:var/lib/kubelet/config\.ya?ml|etc/kubernetes/kubelet[^/]*\.ya?ml)", _structured),
    ("pod", r"\[root\]/(?:etc/kubernetes|var/lib/rancher/[^/]+/agent/pod|var/lib/rancher/[^/]+)/(?:.*/)?[^/]+\.(?:ya?ml|json)", _structured),
    ("container", r"\[root\]/var/lib/docker/containers/[0-9a-f]+/hostconfig\.json", _structured),
    ("firewall_file", r"\[root\]/etc/(?:sysconfig/)?nftables(?:\.conf|/.+\.(?:nft|conf))", _nft),
    ("firewall_file", r"\[root\]/etc/(?:iptables/rules\.v[46]|sysconfig/ip6?tables)", _iptables),
    ("firewall_live", r"live/commands/nft-ruleset\.txt", _nft),
    ("firewall_live", r"live/commands/ip6?tables(?:-legacy)?-save\.txt", _iptables),
)
# What `kind_of` says of a file of sudo, for one that lies elsewhere.
SUDO = "sudo", _sudo
_WHICH = re.compile("|".join("(?P<k%d>%s)" % (number, row[1]) for number, row in enumerate(_KINDS)).encode("ascii"), re.DOTALL)


def included(setting: Setting, path: bytes) -> bytes | None:
    """Where more rules of sudo lie that a line of the file `path` includes: a file, or a folder; None for any other line."""
    if setting.name not in (b"@include", b"@includedir"):
        return None
    match = _INCLUDED.match(setting.value)
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), (match.group(1) or match.group(2)).replace(b"\\", b""))) if match else None


def kind_of(member: bytes) -> tuple[str, Reader] | None:
    """What a member of the archive decides and what reads it, or None."""
    match = _WHICH.fullmatch(member)
    if not match or not match.lastgroup:
        return None
    kind, _pattern, reader = _KINDS[int(match.lastgroup[1:])]
    return kind, reader


__all__ = ("Reader", "SUDO", "Setting", "included", "kind_of")
