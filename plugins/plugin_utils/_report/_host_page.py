# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What the page of a host shows."""

from __future__ import annotations

import collections
import functools
import typing as t
from pathlib import Path

import yaml

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._report._findings import by_rule
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._report._pages import HERE
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._report._rows import shown, table_data
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._report._timeline_rows import timeline_rows

_MARKED = 5000


@functools.cache
def sections() -> list[dict]:
    """The parts of the page as ``sections.yml`` has them."""
    return yaml.safe_load((HERE / "sections.yml").read_text(encoding="utf-8"))


def content(connection: t.Any, host: dict, findings: list[dict], hosts: list[dict], folder: Path) -> dict[str, t.Any]:
    """The values for the template."""
    used = collections.Counter(technique for finding in findings for technique in finding["attack"] or [])
    paths = {path for finding in findings for path in finding["paths"]}
    rows = _marked_rows(findings)
    return {
        "host": host, "fleet": len(hosts), "facts": _facts(host), "folder": str(folder.absolute().parent),
        "score": _score(host, findings), "findings": findings, "groups": by_rule(findings), "techniques": sorted(used.items()),
        "timeline": timeline_rows(connection, host, paths), "files": _timeline_files(host, folder), "view": _view(host),
        "marks": [_mark(finding) for finding in findings[:_MARKED]],
        "sections": [_section(connection, section, host, rows) for section in sections()],
    }


def _score(host: dict, findings: list[dict]) -> list[dict]:
    """The parts of the host's sum, those of one rule together, the biggest first."""
    known = {finding["id"]: finding for finding in findings}
    sums: dict[str, dict] = {}
    for part in host["parts"]:
        finding = known.get(part["finding"])
        if finding is not None:
            row = sums.setdefault(finding["title"], {
                "title": finding["title"], "severity": finding["severity"], "anchor": finding["anchor"], "score": 0, "number": 0,
            })
            row["score"] += part["score"]
            row["number"] += 1
    return sorted(sums.values(), key=lambda row: -row["score"])


def _marked_rows(findings: list[dict]) -> dict[str, set[int]]:
    """Table -> numbers of the rows that findings are made of."""
    rows: dict[str, set[int]] = {}
    for finding in findings:
        for proof in finding["proofs"]:
            if proof["row"] is not None:
                rows.setdefault(proof["table"], set()).add(proof["row"])
    return rows


def _section(connection: t.Any, section: dict, host: dict, marked: dict[str, set[int]]) -> dict:
    tables = [
        {**spec, "data": table_data(connection, spec, host, marked.get(spec["table"], ()))} for spec in section["tables"]
    ]
    return {
        "id": section["id"], "title": section["title"], "tables": [table for table in tables if table["data"]["rows"]],
        "empty": [table["title"] for table in tables if not table["data"]["rows"]],
    }


def _facts(host: dict) -> list[tuple[str, str]]:
    facts = {
        "system": " · ".join(text for text in (host["os"], host["kernel"]) if text), "compared with": host["kind"],
        "collected": f"{host['begun']} UTC" if host["begun"] else None, "run": host["run"] if host["several"] else None,
        "clock": _clock(host["clock_offset"]), "not complete": ", ".join(host["trouble"]), "archive": host["archive"],
        "sha256": host["sha256"],
    }
    return [(name, value) for name, value in facts.items() if value]


def _clock(offset: float | None) -> str | None:
    if offset is None:
        return "not compared"
    return f"{abs(offset):.1f} s {'ahead of' if offset > 0 else 'behind'} ours" if abs(offset) >= 0.1 else "as ours"


def _mark(finding: dict) -> dict:
    """A finding for the picture of the timeline, and for the cells and rows that it is ``about``."""
    rows = [f"{proof['table']}:{proof['row']}" for proof in finding["proofs"] if proof["row"] is not None]
    about = {finding["subject"] or "", *rows, *(f"timeline:{path}" for path in finding["paths"])} - {""}
    return {
        "anchor": finding["anchor"], "severity": finding["severity"], "title": shown(finding["title"]),
        "time": finding["seconds"], "about": sorted(shown(text) for text in about),
    }


def _view(host: dict) -> list[float] | None:
    """The part of the timeline to begin with: from a tenth before the first finding of weight to the collection."""
    since, sealed = host["since_seconds"], host["sealed"]
    if since is None or sealed is None or since >= sealed:
        return None
    return [since - max((sealed - since) / 10, 600), sealed]


def _timeline_files(host: dict, folder: Path) -> list[str]:
    name = host["page"].removesuffix(".html")
    return [f"{name}.{kind}" for kind in ("csv", "jsonl", "body") if (folder / "timeline" / f"{name}.{kind}").is_file()]
