# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The table ``stack``: what stands on few hosts of a kind and nowhere else (check D20)."""

from __future__ import annotations

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._case_db import Case

# A value is kept when at most so many of a hundred hosts of its kind have it, or one host.
PERCENT = 10
# Values of one kind on one host.
MAX_VALUES = 2000
SECONDS = 900  # for one kind
# SELECTs of host, run, value, path, tbl, source_row, first_seen.
KINDS = {
    "executable": """
        SELECT host, run, exe, exe, 'processes', source_row, started FROM processes
        WHERE exe IS NOT NULL AND NOT coalesce(exe_deleted, false) AND NOT coalesce(exe_memfd, false)
    """,
    "unit": """
        SELECT host, run, path, path, 'files', source_row, coalesce(btime, ctime) FROM files
        WHERE type IN ('file', 'link') AND regexp_matches(path,
            '^/(etc|run|usr/lib|lib|usr/local/lib)/systemd/(system|user)/[^/]+\\.(service|timer|socket|path|mount)$')
            AND NOT starts_with(path, '/run/systemd/system/user')
    """,
    "cron": """
        SELECT host, run, coalesce("user" || ': ', '') || command, path, 'persistence', source_row, coalesce(btime, mtime)
        FROM persistence WHERE mechanism IN ('cron', 'at', 'anacron', 'systemd_timer') AND command IS NOT NULL
    """,
    "listener": """
        SELECT host, run, protocol || ' ' || local_port || ' ' || coalesce(array_to_string(comms, ','), '?'), NULL, 'sockets',
            source_row, NULL
        FROM sockets WHERE family IN ('inet', 'inet6') AND (state = 'listen' OR state = 'unconnected' AND local_port < 32768)
            AND local_port > 0
    """,
    "user": """
        SELECT host, run, "user" || ' (' || uid || ')', "file", 'users', source_row, NULL FROM users
        WHERE source = 'passwd' AND "user" IS NOT NULL AND uid IS NOT NULL
    """,
    "authorized_key": """
        SELECT k.host, k.run, k.fingerprint || coalesce(' for ' || k."user", ' in ' || k.path), k.path, 'ssh_keys', k.source_row,
            coalesce(f.btime, f.ctime)
        FROM ssh_keys k LEFT JOIN files f ON f.host = k.host AND f.run = k.run AND f.path = k.path
        WHERE k.kind = 'authorized' AND k.fingerprint IS NOT NULL
            -- Each host has its own for backups: no terminal, no forwarding, one program.
            AND NOT (coalesce(k.has_command, false) AND regexp_matches(k.options, '(^|,)restrict(,|$)') AND NOT regexp_matches(k.options, ',pty|-forwarding')
                AND NOT regexp_matches(k.command, '\\b(ba|da|z|k)?sh\\b|python|perl|/(tmp|dev|home)/|/\\.'))
    """,
    "sudo": """
        SELECT host, run, name || ' ' || value, path, 'settings', source_row, NULL FROM settings
        WHERE kind = 'sudo' AND contains(value, '=') AND NOT regexp_matches(name, '^(Defaults|@|[A-Z][a-z]+_Alias$)')
    """,
    "kernel_module": """
        SELECT host, run, name, "file", 'modules', source_row, NULL FROM modules WHERE name IS NOT NULL
    """,
    "suid": """
        SELECT host, run, path || ' ' || mode, path, 'files', source_row, coalesce(btime, ctime) FROM files
        WHERE type = 'file' AND mode[1] IN ('2', '4', '6') AND mode[2:4] <> '000'
    """,
    "persistence": """
        SELECT host, run, mechanism || ' ' || CASE WHEN mechanism = 'shell_startup' THEN regexp_replace(path, '^(/home/[^/]+|/root)/', '~/')
            ELSE path END || coalesce(': ' || nullif(command, path), ''), path, 'persistence', source_row, coalesce(btime, mtime)
        FROM persistence WHERE mechanism NOT IN ('cron', 'at', 'anacron', 'systemd_timer') AND path IS NOT NULL
    """,
    "package_file": """
        SELECT host, run, deviation || ' ' || path || coalesce(' ' || found, ''), path, 'package_files', source_row,
            coalesce(btime, ctime)
        FROM package_files WHERE path IS NOT NULL AND deviation IS NOT NULL
    """,
}
_SQL = """
INSERT INTO stack
WITH seen(host, run, value, path, tbl, source_row, first_seen) AS ({sql}),
one AS (
    SELECT host, run, value, min(path) AS path, any_value(tbl) AS tbl, min(source_row) AS source_row,
        min(first_seen) AS first_seen
    FROM seen WHERE value IS NOT NULL GROUP BY host, run, value
),
groups AS (SELECT kind AS kind_group, count(DISTINCT host) AS hosts_of FROM hosts GROUP BY kind),
counted AS (
    SELECT h.kind AS kind_group, one.*, count(DISTINCT one.host) OVER (PARTITION BY h.kind, one.value) AS hosts_with,
        row_number() OVER (PARTITION BY one.host, one.run ORDER BY one.first_seen DESC NULLS LAST, one.value) AS number
    FROM one JOIN hosts h USING (host, run)
)
SELECT '{kind}', kind_group, value, hosts_with, hosts_of, host, first_seen, run, path, tbl, source_row
FROM counted JOIN groups USING (kind_group)
WHERE hosts_of > 1 AND (hosts_with = 1 OR hosts_with * 100 <= hosts_of * {percent})
QUALIFY row_number() OVER (PARTITION BY host, run ORDER BY hosts_with, number) <= {values}
"""


def fill_stack(case: Case) -> None:
    """Compares the hosts of each kind with each other."""
    for kind, sql in KINDS.items():
        with case.for_seconds(SECONDS):
            case.connection.execute(_SQL.format(sql=sql, kind=kind, percent=PERCENT, values=MAX_VALUES))
