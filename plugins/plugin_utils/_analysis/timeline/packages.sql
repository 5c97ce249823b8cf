-- Copyright (c) 2026, the csirt.linux_triage authors
-- GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- Installations, where the package manager's database says when.
SELECT
    host, run, installed AS host_time, 'package: installed' AS time_desc, 'packages' AS source,
    concat_ws(' ', manager, 'installed', name, version, arch) AS message, NULL AS path, NULL AS user_name,
    concat('tables/packages.jsonl line ', source_row) AS evidence
FROM packages
