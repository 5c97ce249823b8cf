-- Copyright (c) 2026, the csirt.linux_triage authors
-- GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- When what was found began, as far as that is known.
SELECT
    host, run, first_seen AS host_time, 'finding: first seen' AS time_desc, 'findings' AS source,
    upper(severity) || ' ' || title || ': ' || coalesce(summary, subject, '') AS message, subject AS path, NULL AS user_name,
    'finding ' || id AS evidence
FROM findings
