-- Copyright (c) 2026, the csirt.linux_triage authors
-- GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- Times of files that came or changed lately, those of packages that are as their package brought them left out, and what
-- every installation and every day brings unless it can be executed or is hidden.
WITH recent AS (
    SELECT f.host, f.run, f.source_row, f.path, f.target, f.mode, f.uid, f.size, f.mtime, f.atime, f.ctime, f.btime
    FROM files f
    JOIN timeline_clocks c USING (host, run)
    WHERE greatest(f.ctime, f.btime) >= c.since
        AND (NOT regexp_matches(f.path, getvariable('timeline_dull'))
            OR f.type = 'file' AND regexp_matches(f.mode, '[1357][0-7]{0,2}$') OR contains(f.path, '/.'))
        AND NOT EXISTS (SELECT 1 FROM timeline_owned o WHERE (o.host, o.run, o.path) = (f.host, f.run, f.path))
        AND NOT EXISTS (SELECT 1 FROM timeline t WHERE (t.host, t.run, t.path) = (f.host, f.run, f.path) AND t.time_desc LIKE 'file: %')
    QUALIFY row_number() OVER (PARTITION BY f.host, f.run ORDER BY greatest(f.ctime, f.btime) DESC) <= getvariable('timeline_recent_files')
)
SELECT
    host, run, file_moment(second, mtime, atime, ctime, btime) AS host_time, file_words(letters) AS time_desc, 'files' AS source,
    file_message(letters, mode, uid, size, path, target) AS message, path, NULL AS user_name,
    concat('tables/files.jsonl.gz line ', source_row) AS evidence
FROM (
    SELECT *, file_letters(second, mtime, atime, ctime, btime) AS letters
    FROM (SELECT *, unnest(file_seconds(mtime, atime, ctime, btime)) AS second FROM recent)
)
