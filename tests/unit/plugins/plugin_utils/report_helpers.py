# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Case databases with just the rows that a test is about."""

from __future__ import annotations

import json

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._case_db import open_case
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._schema import quoted

RUN = "20261125T040000Z"
LINES = (
    "What: compromised, sum 90 (2 critical): A web shell", "Why: a script in the upload folder runs what it is sent",
    "Proof: [root]/var/www/html/x.php, line 3 in web01.tar.gz", "Began: 2026-11-20T01:02:03Z at the latest",
    "First: cut it off from the network",
)


def make_case(folder, **tables):
    """An open case in ``folder/case/report`` with these rows, dicts that lack what does not matter."""
    report = folder / "case" / "report"
    report.mkdir(parents=True)
    case = open_case(report)
    case.connection.begin()
    for table, rows in tables.items():
        for row in rows:
            names = ", ".join(quoted(name) for name in row)
            case.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})", list(row.values()))
    case.connection.commit()
    return case


def host(name="web01", **facts):
    return {
        "host": name, "run": RUN, "archive": f"{name}/{RUN}/{name}.tar.gz", "complete": True, "missing": [],
        "os": "Debian GNU/Linux 12", "kernel": "6.1.0", "kind": "debian 12", "clock_offset": 0.0,
        "begun": "2026-11-25 04:00:00", "sealed": "2026-11-25 04:05:00", "size": 1, "sha256": "a" * 64, **facts,
    }


def ranking(name="web01", rank=1, **facts):
    return {
        "host": name, "run": RUN, "rank": rank, "score": 90, "verdict": "compromised", "parts": "[]", "weakened": "[]",
        "lines": list(LINES), **facts,
    }


def finding(identity="1", name="web01", **facts):
    return {
        "id": identity, "host": name, "run": RUN, "rule": "webshell", "title": "A web shell", "severity": "critical",
        "score": 60, "attack": ["T1505.003"], "subject": "/var/www/html/x.php", "summary": "runs what it is sent",
        "why": "it is a door", "harmless": "a test of a scanner", "next": "look at the access log",
        "evidence": json.dumps([proof(name)]), "first_seen": "2026-11-20 01:02:03", **facts,
    }


def proof(name="web01", **facts):
    return {
        "archive": f"{name}/{RUN}/{name}.tar.gz", "member": "[root]/var/www/html/x.php", "table": "webshell_hits",
        "path": "/var/www/html/x.php", "line": 3, **facts,
    }


def event(time, message, name="web01", **facts):
    return {
        "host": name, "run": RUN, "time": time, "time_desc": "modified", "source": "files", "message": message, "path": message,
        **facts,
    }
