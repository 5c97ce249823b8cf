-- Copyright (c) 2026, the csirt.linux_triage authors
-- GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- Times of files of one host that came or changed lately, those of packages that are as their package brought them left out, and
-- what every installation and every day brings unless it can be executed or is hidden.
WITH owned AS (
    SELECT path FROM hashes WHERE host = $host AND run = $run AND package IS NOT NULL
    EXCEPT SELECT path FROM package_files WHERE host = $host AND run = $run
),
told AS (
    SELECT DISTINCT path FROM timeline WHERE host = $host AND run = $run AND time_desc LIKE 'file: %'
),
recent AS (
    SELECT f.host, f.run, f.source_row, f.path, f.target, f.mode, f.uid, f.size, f.mtime, f.atime, f.ctime, f.btime
    FROM files f
    ANTI JOIN owned USING (path)
    ANTI JOIN told USING (path)
    WHERE f.host = $host AND f.run = $run AND greatest(f.ctime, f.btime) >= $since
        AND (NOT regexp_matches(f.path, getvariable('timeline_dull'))
            OR f.type = 'file' AND regexp_matches(f.mode, '[1357][0-7]{0,2}$') OR contains(f.path, '/.'))
    ORDER BY greatest(f.ctime, f.btime) DESC
    LIMIT getvariable('timeline_recent_files')
)
SELECT
    host, run, file_moment(second, mtime, atime, ctime, btime) AS host_time, file_words(letters) AS time_desc, 'files' AS source,
    file_message(letters, mode, uid, size, path, target) AS message, path, NULL AS user_name,
    concat('tables/files.jsonl.gz line ', source_row) AS evidence
FROM (
    SELECT *, file_letters(second, mtime, atime, ctime, btime) AS letters
    FROM (SELECT *, unnest(file_seconds(mtime, atime, ctime, btime)) AS second FROM recent)
)
