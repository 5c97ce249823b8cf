# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The hosts of a case in the order in which to look at them."""

from __future__ import annotations

import collections
import hashlib
import re
import typing as t

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import file_name
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._report._findings import SEVERITIES
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._report._rows import listed, records

_LABELLED = re.compile(r"(What|Why|Proof|Began|First): (.*)", re.DOTALL)
_HOSTS = """
    WITH placed AS (
        SELECT host, run, first_seen, list_position(['critical', 'high', 'medium'], severity) AS place FROM findings
    ), weighty AS (
        SELECT host, run, coalesce(min(first_seen) FILTER (place = worst), min(first_seen)) AS since
        FROM (SELECT *, min(place) OVER (PARTITION BY host, run) AS worst FROM placed WHERE place IS NOT NULL)
        GROUP BY ALL
    ), found AS (
        SELECT host, run, list(severity) AS severities FROM findings GROUP BY ALL
    )
    SELECT host, run, rank, score, verdict, lines, parts, weakened, unseen, archive, missing, problems, os, kernel, kind, clock_offset,
           sha256,
           strftime(begun, '%Y-%m-%d %H:%M:%S') AS begun, round(epoch(sealed), 3) AS sealed, severities,
           strftime(since, '%Y-%m-%d %H:%M') AS since, round(epoch(since), 3) AS since_seconds
    FROM ranking FULL JOIN hosts USING (host, run) LEFT JOIN found USING (host, run) LEFT JOIN weighty USING (host, run)
    ORDER BY rank NULLS LAST, host, run
"""


def ranked_hosts(connection: t.Any) -> list[dict]:
    """A row a run on a host, worst first, with ``page`` (a file name of its own), ``counts`` of findings, ``trouble``.

    ``since`` is when the first of the worst findings was seen.
    """
    hosts = records(connection, _HOSTS)
    runs = collections.Counter(host["host"] for host in hosts)
    pages: set[str] = set()
    for host in hosts:
        host["several"] = runs[host["host"]] > 1
        host["page"] = _page_name(host, pages)
        found = host["severities"] or []
        host["counts"] = {severity: found.count(severity) for severity in SEVERITIES if severity in found}
        host["worst"] = next(iter(host["counts"]), "none")
        host["lines"] = [_labelled(line) for line in host["lines"] or []]
        host["parts"], host["weakened"] = listed(host["parts"]), listed(host["weakened"])
        host["trouble"] = (host["missing"] or []) + (host["problems"] or []) + listed(host["unseen"])
    return hosts


def _labelled(line: str) -> tuple[str, str]:
    found = _LABELLED.fullmatch(line)
    return (found.group(1), found.group(2)) if found else ("", line)


def _page_name(host: dict, taken: set[str]) -> str:
    """Unique also where a file system doesn't tell small letters from capital ones."""
    name = file_name(str(host["host"])) + (f"-{file_name(str(host['run']))}" if host["several"] else "")
    if name.lower() in taken:
        name += "-" + hashlib.sha256(f"{host['host']}\0{host['run']}".encode("utf-8", "replace")).hexdigest()[:16]
    taken.add(name.lower())
    return name + ".html"
