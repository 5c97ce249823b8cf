-- Copyright (c) 2026, the csirt.linux_triage authors
-- GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- Commands of histories that say when they were typed.
SELECT
    host, run, time AS host_time, 'history: typed' AS time_desc, 'history' AS source,
    concat_ws(' ', coalesce("user", home, '?') || ' in ' || coalesce(program, 'history') || ':', command) AS message, path,
    "user" AS user_name, concat('tables/history.jsonl line ', source_row, ', ', path, ' line ', line) AS evidence
FROM history
