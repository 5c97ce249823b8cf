-- Copyright (c) 2026, the csirt.linux_triage authors
-- GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- Days on which passwords were changed last.
SELECT DISTINCT
    host, run, TRY_CAST(last_change || ' 00:00:00' AS TIMESTAMP_NS) AS host_time, 'account: password changed (day)' AS time_desc,
    'users' AS source, 'password of ' || "user" || ' changed, by shadow' AS message, file AS path, "user" AS user_name,
    concat('tables/users.jsonl line ', source_row) AS evidence
FROM users
WHERE source = 'passwd' AND has_hash
