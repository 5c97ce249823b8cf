-- Copyright (c) 2026, the csirt.linux_triage authors
-- GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- Begin and end of the triage itself, so that what it left on the host can be told from the rest. The control node's clock.
SELECT
    h.host, h.run, make_timestamp_ns(epoch_ns(t.moment) + c.nanoseconds) AS host_time, t.what AS time_desc, 'hosts' AS source,
    'triage ' || t.what AS message, h.archive AS path, NULL AS user_name, 'custody.jsonl' AS evidence
FROM hosts h
JOIN timeline_clocks c USING (host, run)
CROSS JOIN LATERAL (SELECT unnest([h.begun, h.sealed]) AS moment, unnest(['begun', 'sealed']) AS what) t
