-- Copyright (c) 2026, the csirt.linux_triage authors
-- GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- Logins, logouts, boots, clocks that were set. What several files have (utmp, wtmp and its copies) is one row.
SELECT
    host, run, time AS host_time, 'login record: ' || event AS time_desc, 'logins' AS source,
    concat_ws(' ', any_value(source), event, nullif("user", ''), 'on ' || nullif(line, ''), 'from ' || nullif(remote_host, ''),
        '(' || any_value(address) || ')', CASE WHEN bool_or(blanked) THEN '[blanked]' END,
        CASE WHEN bool_or(out_of_order) THEN '[time goes back]' END) AS message,
    any_value(file) AS path, nullif("user", '') AS user_name,
    concat('tables/logins.jsonl line ', min(source_row), ', ', any_value(file), ' record ', min(record)) AS evidence
FROM logins
WHERE event IN ('login', 'logout', 'boot', 'run_level', 'new_time', 'old_time', 'accounting', 'last')
GROUP BY host, run, time, event, "user", line, remote_host
