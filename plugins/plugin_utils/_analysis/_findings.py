# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Runs rules over a case: what each of them finds becomes findings with their evidence; one that fails costs only itself."""

from __future__ import annotations

import hashlib
import json
import os
import typing as t

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._case_db import Case
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._rules import Rule
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._schema import quoted
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._printable import printable

REQUIRED = ("host", "run", "subject", "summary")
OPTIONAL = {
    "path": "VARCHAR", "line": "BIGINT", "tbl": "VARCHAR", "source_row": "BIGINT", "member": "VARCHAR", "first_seen": "TIMESTAMP_NS",
    "weight": "BIGINT",
}
# Of one rule on one host; the rest is one finding that counts them.
MAX_FINDINGS = 100
MAX_EVIDENCE = 20
TEXT = 2000
# Of one rule over all hosts.
SECONDS = 900

_HITS = """
CREATE OR REPLACE TEMP TABLE hits AS
WITH found AS ({sql}), hit AS (
    SELECT * REPLACE (coalesce(subject, path, summary, '(not named)') AS subject)
    FROM (SELECT {columns} FROM found) WHERE host IS NOT NULL AND run IS NOT NULL
), weighed AS (
    SELECT *, max(weight) OVER (PARTITION BY host, run, subject) AS best FROM hit
), numbered AS (
    SELECT *, dense_rank() OVER (PARTITION BY host, run ORDER BY best DESC NULLS LAST, subject) AS number,
        row_number() OVER (PARTITION BY host, run, subject ORDER BY tbl, source_row, path, "line", member) AS piece
    FROM weighed
)
SELECT * FROM numbered WHERE number <= {findings} AND piece <= {evidence}
"""
_COUNTS = """
WITH found AS ({sql}), hit AS (SELECT {columns} FROM found)
SELECT host, run, count(DISTINCT coalesce(subject, path, summary)) AS n FROM hit GROUP BY ALL HAVING n > {findings}
"""
_LINKED = """
WITH collected AS (
    SELECT host, run, path, min(archived) AS archived FROM items
    WHERE archived IS NOT NULL AND path IN (SELECT path FROM hits) GROUP BY ALL
), tables AS (SELECT host, run, tbl, min(member) AS member FROM members GROUP BY ALL)
SELECT h.host, h.run, h.subject, h.summary, h.path, h."line", h.tbl, h.source_row, h.first_seen, h.weight, hosts.archive,
    coalesce(h.member, collected.archived) AS member, tables.member AS table_member
FROM hits h LEFT JOIN hosts USING (host, run) LEFT JOIN collected USING (host, run, path)
    LEFT JOIN tables USING (host, run, tbl)
ORDER BY h.host, h.run, h.number, h.piece
"""
_INSERT = "INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


class RuleFailed(Exception):
    """Why a rule could not run."""


def run_rules(case: Case, rules: t.Sequence[Rule]) -> dict[str, str]:
    """Fills the table ``findings``; returns the rules that failed, with the reason."""
    failed = {}
    for rule in rules:
        try:
            with case.for_seconds(SECONDS):
                run_rule(case, rule)
        except RuleFailed as error:
            failed[rule.id] = str(error)
        except Exception as error:  # whatever rows of a host lead to, the other rules run
            failed[rule.id] = f"{rule.path}: {type(error).__name__}: {printable(str(error), 500)}"
    return failed


def run_rule(case: Case, rule: Rule) -> None:
    """Adds what one rule finds. Raises `RuleFailed`."""
    import duckdb

    try:
        sql = _select(case, rule.sql)
        columns = _columns(case, sql)
        made = _HITS.format(sql=sql, columns=columns, findings=MAX_FINDINGS, evidence=MAX_EVIDENCE)
        found, = case.connection.execute(made).fetchone()
        hits = case.rows(_LINKED) if found else []
        surplus = case.rows(_COUNTS.format(sql=sql, columns=columns, findings=MAX_FINDINGS)) if len(hits) >= MAX_FINDINGS else []
    except duckdb.Error as error:
        raise RuleFailed(f"{rule.path}: {printable(str(error), 500)}") from error
    findings = [_finding(rule, group) for group in _groups(hits)]
    findings += [_more(rule, row) for row in surplus]
    if findings:
        case.connection.executemany(_INSERT, findings)


def _select(case: Case, sql: str) -> str:
    """The one SELECT of a rule."""
    import duckdb

    statements = duckdb.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise RuleFailed("sql must be one SELECT")
    return sql.strip().rstrip(";")


def _columns(case: Case, sql: str) -> str:
    """What a hit has of the rule's columns, and NULL for what the rule doesn't say."""
    cursor = case.connection.execute(f"SELECT * FROM ({sql}) LIMIT 0")
    names = [column[0] for column in cursor.description]
    missing = [name for name in REQUIRED if name not in names]
    unknown = [name for name in names if name not in REQUIRED and name not in OPTIONAL]
    if missing or unknown:
        raise RuleFailed(f"sql must return {', '.join(REQUIRED)}, and may return {', '.join(OPTIONAL)}; "
                         f"missing {', '.join(missing) or 'nothing'}, unknown {', '.join(unknown) or 'nothing'}")
    text = [f"CAST({name} AS VARCHAR) AS {name}" for name in REQUIRED]
    return ", ".join(text + [
        f"CAST({quoted(name) if name in names else 'NULL'} AS {kind}) AS {quoted(name)}" for name, kind in OPTIONAL.items()
    ])


def _groups(hits: list[dict]) -> t.Iterator[list[dict]]:
    """The hits of one subject on one host."""
    group: list[dict] = []
    for hit in hits:
        if group and any(hit[key] != group[0][key] for key in ("host", "run", "subject")):
            yield group
            group = []
        group.append(hit)
    if group:
        yield group


def _finding(rule: Rule, group: list[dict]) -> list:
    first = group[0]
    times = [hit["first_seen"] for hit in group if hit["first_seen"] is not None]
    weights = [hit["weight"] for hit in group if hit["weight"] is not None]
    evidence = [one for hit in group for one in _evidence(hit)]
    return _row(rule, first, first["subject"], first["summary"] or rule.title, evidence, min(times, default=None),
                max(0, min(100, max(weights))) if weights else rule.weight)


def _more(rule: Rule, row: dict) -> list:
    count = row["n"] - MAX_FINDINGS
    return _row(rule, row, f"{count} more", f"{count} more findings of this rule: ask the tables", [], None, 0)


def _row(rule: Rule, origin: dict, subject: str, summary: str, evidence: list[dict], seen: t.Any, weight: int) -> list:
    return [
        finding_id(rule.id, origin["host"], origin["run"], subject), origin["host"], origin["run"], rule.id, rule.title,
        rule.severity, weight, list(rule.attack), subject[:TEXT], summary[:TEXT], rule.why, rule.harmless, rule.next,
        json.dumps(_distinct(evidence)[:MAX_EVIDENCE], sort_keys=True), seen,
    ]


def finding_id(*facts: str) -> str:
    """The same for the same finding, whenever and wherever the report is made."""
    return hashlib.sha256("\0".join(facts).encode("utf-8", "replace")).hexdigest()[:16]


def _evidence(hit: dict) -> t.Iterator[dict]:
    """Where the bytes are at home: the host's file in the archive, and the row of the table."""
    archive = hit["archive"]
    if hit["member"]:
        place = {"archive": archive, "member": hit["member"], "path": hit["path"]}
        yield {**place, "line": hit["line"]} if hit["line"] else place
    if hit["tbl"]:
        row = {"archive": archive, "table": hit["tbl"], "member": hit["table_member"], "line": hit["source_row"]}
        yield {**row, "path": hit["path"]} if hit["path"] and not hit["member"] else row


def _distinct(evidence: list[dict]) -> list[dict]:
    return list({json.dumps(one, sort_keys=True): one for one in evidence}.values())


def write_findings(case: Case, path: t.Any) -> int:
    """``findings.jsonl``, in the order of hosts by rank and findings by score; how many there are."""
    rows = case.rows("""
        SELECT f.* FROM findings f LEFT JOIN ranking r USING (host, run)
        ORDER BY r.rank, f.score DESC, f.rule, f.subject
    """)
    with open(path, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as stream:
        for row in rows:
            seen = row["first_seen"]
            facts = {**row, "evidence": json.loads(row["evidence"]), "first_seen": seen and seen.isoformat() + "Z"}
            stream.write(json.dumps(facts, ensure_ascii=False) + "\n")
    return len(rows)
