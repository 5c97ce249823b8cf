# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Hosts in the order of what was found on them: every figure is a sum whose parts are named, and what weakens it is, too."""

from __future__ import annotations

import datetime
import json
import typing as t

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._case_db import Case
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._cuts import cuts, oddities
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._rules import SEVERITIES

# Further findings of a rule add a tenth of its weight each, together at most its weight again.
FURTHER = 10
VERDICTS = {"critical": "compromised", "high": "suspicious", "medium": "look"}
IN_ORDER, INCOMPLETE = "nothing found", "incomplete"
ORDER = (*VERDICTS.values(), INCOMPLETE, IN_ORDER)
SHOWN = 3
LOOKED_AT = ("processes", "sockets", "users", "ssh_keys", "persistence", "web_files", "package_files", "hashes", "files")


def fill_ranking(case: Case, rules: int, failed: t.Mapping[str, str], undone: t.Sequence[tuple[str, str]] = ()) -> None:
    """One row a host: rank, sum, its parts, the verdict and five lines.

    `failed` are rules that could not run, `undone` pairs of a host and what was not done with its evidence.
    """
    hosts = case.rows("SELECT * FROM hosts ORDER BY host, run")
    findings = case.rows("SELECT * EXCLUDE (why, harmless) FROM findings ORDER BY score DESC, rule, subject")
    by_host: dict[tuple[str, str], list[dict]] = {}
    for finding in findings:
        by_host.setdefault((finding["host"], finding["run"]), []).append(finding)
    unseen = _unseen(case, hosts, failed, undone)
    weakened = _weakened(case, hosts, unseen)
    looked = _looked_at(case)
    rows = []
    for host in hosts:
        key = host["host"], host["run"]
        whole = host["complete"] and not host["problems"] and not unseen[key]
        rows.append(_host(host, by_host.get(key, []), weakened[key], looked.get(key, {}), rules - len(failed), whole))
    # A heap of small oddities never stands before one thing that is certain.
    rows.sort(key=lambda row: (ORDER.index(row["verdict"]), -row["score"], row["host"], row["run"]))
    if rows:
        case.connection.executemany("INSERT INTO ranking VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [
            [row["host"], row["run"], rank, row["score"], row["verdict"], json.dumps(row["parts"]), json.dumps(row["weakened"]),
             row["lines"], json.dumps(unseen[row["host"], row["run"]])] for rank, row in enumerate(rows, 1)
        ])


def parts_of(findings: t.Sequence[dict]) -> list[dict]:
    """What each finding adds to the sum of a host; `findings` in falling order of their scores."""
    parts, first, further = [], {}, {}
    for finding in findings:
        rule, weight = finding["rule"], finding["score"]
        if rule not in first:
            first[rule], share = weight, weight
        else:
            share = min(weight // FURTHER, first[rule] - further.get(rule, 0))
            further[rule] = further.get(rule, 0) + share
        parts.append({"finding": finding["id"], "score": share, "text": f"{finding['title']}: {finding['subject']}"})
    return [part for part in parts if part["score"]]


def _host(host: dict, findings: list[dict], weakened: list[str], looked: dict, rules: int, whole: bool) -> dict:
    parts = parts_of(findings)
    verdict = next((VERDICTS[word] for word in VERDICTS if any(one["severity"] == word for one in findings)), None)
    if verdict is None:
        verdict = IN_ORDER if whole else INCOMPLETE
    score = sum(part["score"] for part in parts)
    telling = [one for one in findings if one["severity"] in VERDICTS]
    lines = _guilty(telling, score, verdict) if telling else _innocent(host, findings, weakened, looked, rules, whole)
    return {"host": host["host"], "run": host["run"], "score": score, "verdict": verdict, "parts": parts,
            "weakened": weakened, "lines": lines}


def _guilty(findings: list[dict], score: int, verdict: str) -> list[str]:
    """What, why, proof, since when, what to do first."""
    findings = sorted(findings, key=lambda one: (SEVERITIES.index(one["severity"]), -one["score"], one["rule"]))
    chosen = list({one["rule"]: one for one in reversed(findings)}.values())[::-1]
    counts = [(word, sum(1 for one in findings if one["severity"] == word)) for word in VERDICTS]
    titles = "; ".join(one["title"] for one in chosen[:SHOWN])
    more = f"; and {len(chosen) - SHOWN} other kinds" if len(chosen) > SHOWN else ""
    first = chosen[0]
    return [
        f"What: {verdict}, sum {score} ({', '.join(f'{count} {word}' for word, count in counts if count)}): {titles}{more}",
        "Why: " + "; ".join(one["summary"] for one in chosen[:SHOWN]),
        "Proof: " + "; ".join(filter(None, (_proof(one) for one in chosen[:SHOWN]))),
        "Began: " + _began(findings),
        f"First: {first['next']}",
    ]


def _proof(finding: dict) -> str:
    evidence = json.loads(finding["evidence"])
    if not evidence:
        return ""
    one = evidence[0]
    line = f", line {one['line']}" if one.get("line") else ""
    return f"{one.get('member')}{line} in {one['archive']}"


def _began(findings: list[dict]) -> str:
    worst = findings[0]["severity"]
    times = [(one["first_seen"], one) for one in findings if one["first_seen"] is not None and one["severity"] == worst] \
        or [(one["first_seen"], one) for one in findings if one["first_seen"] is not None]
    if not times:
        return "not known: no finding has a time"
    time, finding = min(times, key=lambda pair: pair[0])
    return f"{_shown(time)} at the latest ({finding['title']}: {finding['subject']})"


def _shown(time: datetime.datetime) -> str:
    return time.replace(microsecond=0).isoformat() + "Z"


def _innocent(host: dict, findings: list[dict], weakened: list[str], looked: dict, rules: int, whole: bool) -> list[str]:
    counts = ", ".join(f"{looked[name]} {name}" for name in LOOKED_AT if looked.get(name))
    minor = f"{len(findings)} minor findings, the report has them" if findings else "no finding at all"
    what = "nothing above low was found" if whole else "nothing above low in what could be looked at, which is not all"
    return [
        f"What: {what}; {minor}",
        f"Why: {rules} rules looked at {counts} and found them in order" if counts else "Why: nothing came home that rules could look at",
        f"Proof: {host['archive']}, sha256 {host['sha256']}",
        "Began: -",
        "First: " + (f"mind what weakens this: {weakened[0]}" if weakened else "nothing; it is the measure for the others"),
    ]


def _unseen(case: Case, hosts: list[dict], failed: t.Mapping[str, str], undone: t.Sequence[tuple[str, str]]) \
        -> dict[tuple[str, str], list[str]]:
    """What of each run no rule could see: of a host of which there is such, nobody can say that nothing was found."""
    problems = {row["host"]: row["n"] for row in case.rows(_UNREAD)}
    cut = cuts(case)
    found: dict[tuple[str, str], list[str]] = {}
    for host in hosts:
        key = host["host"], host["run"]
        told = found[key] = [text for name, text in undone if name == host["host"]] + cut.get(key, [])
        count = problems.get(host["host"], 0) + problems.get("", 0)
        if count:
            told.append(f"{count} values in its tables are not as they should be (table load_problems)")
        if failed:
            told.append(f"{len(failed)} rules could not run: {', '.join(sorted(failed))}")
    return found


def _weakened(case: Case, hosts: list[dict], unseen: dict[tuple[str, str], list[str]]) -> dict[tuple[str, str], list[str]]:
    """What makes a verdict weaker than it looks, for each run."""
    found: dict[tuple[str, str], list[str]] = {
        (host["host"], host["run"]): _of_archive(host) + unseen[host["host"], host["run"]] for host in hosts
    }
    for row in case.rows(_DENIED):
        found[row["host"], row["run"]].append(f"{row['n']} items were {row['state']}")
    for row in case.rows(_NOT_COMPARED):
        found[row["host"], row["run"]].append(f"{row['n']} comparisons could not be made: {row['names']}")
    for key, text in oddities(case).items():
        found[key].append(text)
    problems = {row["host"]: row["n"] for row in case.rows(_LOGS)}
    for host, run in found:
        if problems.get(host):
            found[host, run].append(f"of its logs not all could be read, {problems[host]} times (table load_problems)")
    return found


_DENIED = """
SELECT host, run, state, count(*) AS n FROM items JOIN hosts USING (host, run)
WHERE state IN ('denied', 'truncated', 'timed_out', 'skipped_budget', 'failed') GROUP BY ALL ORDER BY n DESC, state
"""
_NOT_COMPARED = """
SELECT host, run, count(*) AS n,
    array_to_string(list_sort(list(compared || ' (' || coalesce(reason, result) || ')'))[:5], '; ') || if(count(*) > 5, '; and more', '') AS names
FROM checks JOIN hosts USING (host, run) WHERE result IN ('not_possible', 'failed') GROUP BY ALL
"""
# A column that a newer collector writes is no malformed row.
# Logs are read as far as their forms are known: what is left of them is common.
_LOGS = "SELECT host, sum(n)::BIGINT AS n FROM load_problems WHERE tbl = 'log_events' GROUP BY host"
_UNREAD = """
SELECT host, sum(n)::BIGINT AS n FROM load_problems WHERE problem NOT LIKE 'unknown column%' AND tbl <> 'log_events' GROUP BY host
"""


def _of_archive(host: dict) -> list[str]:
    found = []
    if host["problems"]:
        found.append(f"the archive is not what was sealed: {host['problems'][0]}")
    if host["missing"]:
        found.append(f"not whole or missing: {', '.join(host['missing'])}")
    if host["unprivileged"]:
        found.append("collected without root: what only root may read is missing")
    offset = host["clock_offset"]
    if offset is None:
        found.append("the host's clock was not compared")
    elif abs(offset) >= 60:
        found.append(f"the host's clock is {offset:+.0f} s off")
    return found


def _looked_at(case: Case) -> dict[tuple[str, str], dict[str, int]]:
    sql = " UNION ALL ".join(
        f"SELECT '{name}' AS tbl, host, run, count(*) AS n FROM {name} GROUP BY ALL" for name in LOOKED_AT
    )
    found: dict[tuple[str, str], dict[str, int]] = {}
    for row in case.rows(sql):
        found.setdefault((row["host"], row["run"]), {})[row["tbl"]] = row["n"]
    return found
