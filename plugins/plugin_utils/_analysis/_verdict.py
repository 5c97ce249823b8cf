# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The report's first lines on the terminal: five for each host, the worst first."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._analyse import Report
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._runs import UNREADABLE
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._printable import printable

LINE = 500
# Hosts with all their lines; of further ones the first line.
WHOLE = 50


def told(report: Report) -> list[str]:
    """The lines. What came from hosts can't speak to the terminal."""
    lines = [f"VERDICT on {len(report.ranking)} hosts, {report.findings} findings, the worst first. Report: {report.folder}"]
    lines += [f"ALTERED, and taken all the same: {problem}" for problem in report.altered]
    lines += [f"RULE FAILED {rule}: {reason}" for rule, reason in report.failed_rules.items()]
    lines += [f"NOT DONE {name}: {reason}" for name, reason in report.failed_outputs.items()]
    lines += [_not_home(row) for row in report.not_home[:WHOLE]]
    if len(report.not_home) > WHOLE:
        lines.append(f"NOTHING CAME HOME, or nothing that can be read, from {len(report.not_home) - WHOLE} more hosts")
    for row in report.ranking:
        lines += ["", *_host(row, row["rank"] <= WHOLE)]
    return [printable(line, LINE) for line in lines]


def _not_home(row: dict) -> str:
    instead = f"; what is said of it here is of its run {row['older_run']}" if row["older_run"] else ""
    told = "NOT READABLE is the run {run} of" if row["state"] == UNREADABLE else "NOTHING CAME HOME from"
    return f"{told.format(run=row['run'])} {row['host']}{instead}: {row['reason']}"


def _host(row: dict, whole: bool) -> t.Iterator[str]:
    yield f"{row['rank']}. {row['host']}  {row['verdict'].upper()}  {row['score']}"
    yield from (f"   {line}" for line in row["lines"][:None if whole else 1])
    weakened = json.loads(row["weakened"])
    if weakened and whole:
        yield f"   Weaker than it looks: {'; '.join(weakened)}"
