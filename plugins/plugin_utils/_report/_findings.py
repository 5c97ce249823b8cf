# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Findings as the pages show them: those of one rule together, each with its proof."""

from __future__ import annotations

import hashlib
import re
import shlex
import typing as t

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._names import harmless
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._report._rows import listed, records

SEVERITIES = ("critical", "high", "medium", "low", "info")
_FINDINGS = """
    SELECT *, strftime(first_seen, '%Y-%m-%d %H:%M:%S') AS seen, round(epoch(first_seen), 3) AS seconds
    FROM findings WHERE host = ? AND run IS NOT DISTINCT FROM ?
    ORDER BY list_position(['critical', 'high', 'medium', 'low', 'info'], severity), score DESC, first_seen, id
"""
_OF_A_RULE = ("severity", "rule", "title", "attack", "why", "harmless", "next")
_ANCHOR = re.compile(r"[A-Za-z0-9_-]{1,64}")


def anchor(identity: t.Any) -> str:
    """The name of a finding's place in its host's page."""
    text = str(identity)
    return f"f-{text}" if _ANCHOR.fullmatch(text) else "f-" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def findings_of(connection: t.Any, host: dict) -> list[dict]:
    """The findings of a host, worst first, with ``anchor``, ``seen``, ``proofs`` and ``paths`` that they are about."""
    rows = records(connection, _FINDINGS, [host["host"], host["run"]])
    for row in rows:
        row["anchor"] = anchor(row["id"])
        row["proofs"] = [_proof(item) for item in listed(row["evidence"]) if isinstance(item, dict)]
        row["paths"] = {text for text in (row["subject"], *(proof["path"] for proof in row["proofs"])) if isinstance(text, str)}
    return rows


def by_rule(findings: list[dict]) -> list[dict]:
    """Groups of findings that one rule made and that only differ in what was found."""
    groups: dict[tuple, dict] = {}
    for finding in findings:
        key = tuple(str(finding[name]) for name in _OF_A_RULE)
        group = groups.setdefault(key, {**{name: finding[name] for name in _OF_A_RULE}, "findings": []})
        group["findings"].append(finding)
    return list(groups.values())


def counted(findings: t.Iterable[dict]) -> dict[str, int]:
    """Severity -> number of findings, worst first, without those that have none."""
    found = [finding["severity"] for finding in findings]
    return {severity: found.count(severity) for severity in SEVERITIES if severity in found}


def _proof(item: dict) -> dict:
    """Where a finding's proof lies: ``place`` for the clipboard, ``command`` that shows the bytes, ``row`` of a table."""
    archive, member, line = str(item.get("archive") or ""), str(item.get("member") or ""), item.get("line")
    number = f":{line}" if isinstance(line, int) else ""
    place = " ".join(part for part in (archive, member + number) if part)
    return {
        "archive": archive, "member": member + number, "path": item.get("path"), "table": item.get("table"),
        "row": line if isinstance(line, int) and item.get("table") else None, "place": harmless(place),
        "command": _command(archive, member, line) if archive and member else None,
    }


def _command(archive: str, member: str, line: t.Any) -> str:
    unpack = " | zcat" if member.endswith(".gz") else ""
    position = f" +{line}" if isinstance(line, int) else ""
    return f"tar -xzOf {_quoted(archive)} {_quoted(member)}{unpack} | less -N{position}"


def _quoted(name: str) -> str:
    """An escaped name for the shell. What is written as ``\\xHH`` is the byte there, too."""
    name = harmless(name)
    if "\\" not in name:
        return shlex.quote(name)
    return "$'" + name.replace("'", "\\'") + "'"
