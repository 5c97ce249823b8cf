-- Copyright (c) 2026, the csirt.linux_triage authors
-- GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- Lines of logs; what several logs have (a journal, syslog and kern.log) is one row.
SELECT
    host, run, min(time) AS host_time, 'log: ' || replace(kind, '_', ' ') AS time_desc, 'log_events' AS source,
    concat(program || ': ', message, CASE WHEN max(n) > 1 THEN concat(' [', max(n), ' times',
        strftime(max(last_time), ', the last at %Y-%m-%d %H:%M:%S'), ', as ' || array_to_string(any_value(users), ', '), ']') END) AS message,
    arg_min(path, member) AS path, any_value(user_name) AS user_name,
    concat(min(member), ' line ', arg_min(line, member), ' (time: ' || arg_min(derived, member) || ')') AS evidence
FROM log_events
GROUP BY host, run, epoch_ns(time) // 1000000000, kind, program, message
