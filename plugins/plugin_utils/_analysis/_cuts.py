# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What was cut so that no rule could see it: by collectors (the manifest says so) and by readers at home (table ``errors``).

On every real host something is too large, in no known form or gone before it is read: that weakens a verdict. Here is what
hides what the rules look for.
"""

from __future__ import annotations

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._case_db import Case

# A row without path and command is a step of a collector, or all that is left of something. Large programs are not taken,
# but their rows are; those of packages below /usr are compared with what the package says.
_ITEMS = r"""
SELECT host, run, part, state, count(*) AS n,
       min(concat_ws(': ', coalesce(path, artifact), split_part(trim(reason, chr(10)), chr(10), -1))) AS example
FROM items JOIN hosts USING (host, run)
WHERE command IS NULL AND (
    part <> '80-backup' AND path IS NULL AND state IN ('skipped_budget', 'timed_out', 'failed')
        AND coalesce(reason, '') NOT LIKE '% notes more like these'
    OR part = '30-persistence' AND state IN ('denied', 'truncated', 'timed_out', 'skipped_budget', 'failed')
        AND NOT (artifact = 'persistence target' AND regexp_full_match(coalesce(reason, ''), '\d+ bytes'))
        AND NOT (state = 'truncated' AND path LIKE '/usr/%' AND EXISTS (
            SELECT 1 FROM persistence_files f
            WHERE f.host = items.host AND f.run = items.run AND f.path = items.path AND f.package IS NOT NULL
        ))
    OR part IN ('20-accounts', '50-file_listing') AND state IN ('timed_out', 'skipped_budget')
    OR part IN ('41-web_content', '42-webshell_scan') AND state IN ('timed_out', 'skipped_budget')
        AND regexp_matches(coalesce(reason, ''), 'not looked (at|into)|folders to look through')
    OR part = '10-live_state' AND path IN ('/proc', '/proc/modules', '/proc/*/net') AND state IN ('truncated', 'skipped_budget')
)
GROUP BY ALL ORDER BY host, run, part, state
"""
_ERRORS = """
SELECT host, run, coalesce(cut, false) AS is_cut, count(*) AS n,
       min(concat_ws(': ', "table", nullif(member, ''), problem)) AS example
FROM errors JOIN hosts USING (host, run) GROUP BY ALL ORDER BY host, run
"""


def cuts(case: Case) -> dict[tuple[str, str], list[str]]:
    """What of each run no rule could see, for people; of a host of which there is such nobody can say it is in order."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in case.rows(_ITEMS):
        text = f"{row['part']} is cut: {row['n']} {row['state']}, such as {row['example']}"
        found.setdefault((row["host"], row["run"]), []).append(text)
    for row in case.rows(_ERRORS):
        if row["is_cut"]:
            text = f"{row['n']} times rows are missing in tables made at home (table errors), such as {row['example']}"
            found.setdefault((row["host"], row["run"]), []).append(text)
    return found


def oddities(case: Case) -> dict[tuple[str, str], str]:
    """Of each run that has such: what was in no form that is known. It hides nothing that is in one."""
    return {
        (row["host"], row["run"]): f"{row['n']} times something was in no known form (table errors), such as {row['example']}"
        for row in case.rows(_ERRORS) if not row["is_cut"]
    }


__all__ = ("cuts", "oddities")
