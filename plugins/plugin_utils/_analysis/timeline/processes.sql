-- Copyright (c) 2026, the csirt.linux_triage authors
-- GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- Starts of processes, and what kernels say of executables that are deleted or never were on a disk.
SELECT
    p.host, p.run, t.moment AS host_time, t.what AS time_desc, 'processes' AS source,
    concat_ws(' ', 'process', p.pid, 'of', p.ppid, '[' || p.comm || ']', nullif(array_to_string(p.cmdline, ' '), ''),
        CASE WHEN p.exe_memfd THEN '[never was on a disk: ' || p.exe || ']'
             WHEN p.exe_deleted THEN '[executable deleted: ' || p.exe || ']' END) AS message,
    regexp_replace(p.exe, ' \(deleted\)$', '') AS path, u.name AS user_name, concat('tables/processes.jsonl line ', p.source_row) AS evidence
FROM processes p
LEFT JOIN timeline_users u ON (u.host, u.run, u.uid) = (p.host, p.run, p.uids[1])
CROSS JOIN LATERAL (
    SELECT
        unnest([p.started, CASE WHEN p.exe_deleted THEN p.exe_mtime END, CASE WHEN p.exe_deleted THEN p.exe_ctime END]) AS moment,
        unnest(['process: started', 'deleted executable: modified', 'deleted executable: changed']) AS what
) t
WHERE NOT coalesce(p.kernel_thread, false)
