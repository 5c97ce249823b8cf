# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What the page of the fleet shows."""

from __future__ import annotations

import typing as t

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._report._findings import SEVERITIES
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._report._rows import records, shown, table_data

HEAVY = ("critical", "high")
UNFOLDED = (*HEAVY, "medium")
_MOST_FINDINGS = 20_000
_TABLES = (
    {
        "id": "stack", "title": "What only few hosts of a kind have", "section": "rarity", "table": "stack",
        "columns": ["hosts_with", "hosts_of", "kind", "value", "host", "kind_group", "first_seen"],
        "order": "hosts_with / greatest(hosts_of, 1), hosts_with, hosts_of DESC, kind, value, host", "limit": 60_000, "per_host": 200,
        "facets": ["kind", "host", "kind_group"], "kinds": {"host": "host"},
    },
    {
        "id": "items", "title": "Items that are not whole in the archives", "section": "coverage", "table": "items",
        "columns": ["host", "part", "state", "path", "artifact", "command", "reason", "exit_code"],
        "where": "state NOT IN ('collected', 'absent')", "limit": 60_000, "per_host": 200,
        "order": "list_position(['skipped_type', 'withheld'], state) NULLS FIRST, host, part, state, path",
        "facets": ["host", "part", "state"], "kinds": {"host": "host"},
    },
    {
        "id": "coverage_states", "title": "Items by host, part and state", "section": "coverage", "table": "coverage",
        "columns": ["host", "part", "state", "items"], "pivot": ("state", "items"), "limit": 50_000, "per_host": 500,
        "order": "host, part, list_position(['collected', 'absent'], state) NULLS LAST, state",
        "facets": ["host", "part"], "kinds": {"host": "host"},
    },
    {
        "id": "load_problems", "title": "Rows that were not what their table holds", "section": "coverage",
        "table": "load_problems", "columns": ["host", "tbl", "problem", "n"], "order": "n DESC, host, tbl",
        "per_host": 50, "facets": ["host", "tbl"], "kinds": {"host": "host"},
    },
)


def short(finding: dict, host: dict) -> dict:
    """What the fleet's page needs of a finding."""
    kept = ("severity", "rule", "title", "attack", "subject", "seen")
    return {**{name: finding[name] for name in kept}, "host": host["host"], "link": f"hosts/{host['page']}#{finding['anchor']}"}


def content(connection: t.Any, hosts: list[dict], findings: list[dict], attack: dict[str, dict]) -> dict[str, t.Any]:
    """The values for the template."""
    return {
        "hosts": hosts, "heavy": [host for host in hosts if host["worst"] in HEAVY],
        "unfolded": [host for host in hosts if host["worst"] in UNFOLDED],
        "folded": [host for host in hosts if host["worst"] not in UNFOLDED],
        "not_home": records(connection, "SELECT * FROM not_home ORDER BY host, run"),
        "trouble": [host for host in hosts if host["trouble"]],
        "rules": _by_rule(findings), "techniques": _by_technique(findings, attack), "all_findings": _findings_table(findings),
        "total": len(findings), "pages": {shown(host["host"]): f"hosts/{host['page']}" for host in reversed(hosts)},
        "tables": [{**spec, "data": table_data(connection, spec)} for spec in _TABLES],
    }


def _grouped(findings: list[dict], keys: t.Callable[[dict], t.Iterable[str]]) -> dict[str, list[dict]]:
    groups: dict[str, list[dict]] = {}
    for finding in findings:
        for key in keys(finding):
            groups.setdefault(key, []).append(finding)
    return groups


def _hosts_of(findings: list[dict]) -> dict[str, str]:
    """Host -> link to the first of the findings there."""
    found: dict[str, str] = {}
    for finding in findings:
        found.setdefault(finding["host"], finding["link"])
    return found


def _worst(findings: list[dict]) -> int:
    return min(SEVERITIES.index(finding["severity"]) for finding in findings)


def _by_rule(findings: list[dict]) -> list[dict]:
    groups = _grouped(findings, lambda finding: [f"{finding['severity']} {finding['rule']}"])
    rows = [
        {
            **{name: group[0][name] for name in ("severity", "rule", "title", "attack")}, "number": len(group),
            "hosts": _hosts_of(group),
        }
        for group in groups.values()
    ]
    return sorted(rows, key=lambda row: (SEVERITIES.index(row["severity"]), len(row["hosts"]), row["title"]))


def _by_technique(findings: list[dict], attack: dict[str, dict]) -> list[dict]:
    """In the order in which an intrusion goes on: by tactic, then by number."""
    tactics = list(dict.fromkeys(facts["tactic"] for facts in attack.values()))
    rows = [
        {
            "id": identity, "tactic": attack.get(identity, {}).get("tactic", ""), "severity": SEVERITIES[_worst(group)],
            "number": len(group), "hosts": _hosts_of(group),
        }
        for identity, group in _grouped(findings, lambda finding: finding["attack"] or []).items()
    ]
    return sorted(rows, key=lambda row: (tactics.index(row["tactic"]) if row["tactic"] else len(tactics), row["id"]))


def _findings_table(findings: list[dict]) -> dict:
    """All findings of all hosts, worst first, as a table of `table_data`."""
    ordered = sorted(findings, key=lambda finding: SEVERITIES.index(finding["severity"]))
    columns = {
        "severity": "severity", "host": "host", "title": "text", "subject": "text", "first seen": "time", "technique": "text",
        "proof": "open",
    }
    rows = [
        [
            finding["severity"], shown(finding["host"]), shown(finding["title"]), shown(finding["subject"]), finding["seen"],
            shown(", ".join(finding["attack"] or [])), finding["link"],
        ]
        for finding in ordered[:_MOST_FINDINGS]
    ]
    return {
        "columns": [{"name": name, "kind": kind} for name, kind in columns.items()], "rows": rows, "total": len(findings),
        "facets": ["severity", "host", "title", "technique"],
    }
