-- Copyright (c) 2026, the csirt.linux_triage authors
-- GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- Failed logins, those of an hour from one address in one row.
SELECT
    host, run, min(time) AS host_time, 'login record: failed' AS time_desc, 'logins' AS source,
    concat(count(*), ' failed from ', coalesce(nullif(remote_host, ''), any_value(address), any_value(line), '?'), ' as ',
        array_to_string(list_slice(list_sort(list_distinct(list("user"))), 1, 10), ', '),
        CASE WHEN count(DISTINCT "user") > 10 THEN concat(' and ', count(DISTINCT "user") - 10, ' other users') END,
        CASE WHEN count(*) > 1 THEN strftime(max(time), ', the last at %H:%M:%S') END) AS message,
    any_value(file) AS path, CASE WHEN count(DISTINCT "user") = 1 THEN any_value("user") END AS user_name,
    concat('tables/logins.jsonl line ', min(source_row), ', ', any_value(file)) AS evidence
FROM logins
WHERE event = 'failed'
GROUP BY host, run, epoch_ns(time) // 3600000000000, remote_host
