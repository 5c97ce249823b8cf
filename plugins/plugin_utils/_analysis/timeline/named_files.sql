-- Copyright (c) 2026, the csirt.linux_triage authors
-- GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- Times of files of one host that another table names: what starts programs, scripts and dropped files, altered and unowned
-- files, keys.
WITH named AS (
    SELECT
        host, run, path, 'persistence' AS source, source_row, 'runs by ' || mechanism AS reason, mtime, NULL AS atime, ctime, btime
    FROM persistence WHERE package IS NULL AND path NOT LIKE '/proc/%'
    UNION ALL
    SELECT
        host, run, executable, 'persistence', source_row, 'is run by ' || mechanism, executable_mtime, NULL, NULL, executable_btime
    FROM persistence WHERE executable_package IS NULL AND executable <> path
    UNION ALL
    SELECT host, run, path, 'webshell_hits', source_row, concat('signs of a web shell, score ', score), mtime, NULL, NULL, NULL
    FROM webshell_hits
    UNION ALL
    SELECT host, run, path, 'package_files', source_row, concat_ws(' ', deviation, package), mtime, atime, ctime, btime
    FROM package_files
    UNION ALL
    SELECT host, run, path, 'web_files', source_row, concat_ws(' ', zone, script, magic), mtime, atime, ctime, btime
    FROM web_files
    WHERE (script IS NOT NULL OR magic IS NOT NULL OR zone IN ('shm', 'dev', 'hidden_home'))
        AND (zone <> 'web' OR greatest(ctime, btime) >= $since)
    UNION ALL
    SELECT host, run, path, 'av_hits', source_row, signature, NULL, NULL, NULL, NULL FROM av_hits WHERE kind = 'infected'
    UNION ALL
    SELECT host, run, path, 'ssh_keys', source_row, concat_ws(' ', 'authorized keys of', "user"), NULL, NULL, NULL, NULL
    FROM ssh_keys WHERE kind = 'authorized'
    UNION ALL
    SELECT host, run, subject, 'findings', NULL, title, NULL, NULL, NULL, NULL FROM findings WHERE subject LIKE '/%'
),
files_named AS (
    SELECT
        host, run, path, min(source) AS source, arg_min(source_row, source) AS source_row,
        array_to_string(list_sort(list_distinct(list(reason))), ', ') AS reasons,
        max(mtime) AS mtime, max(atime) AS atime, max(ctime) AS ctime, max(btime) AS btime
    FROM named
    WHERE host = $host AND run = $run AND path IS NOT NULL
    GROUP BY host, run, path
),
with_times AS (
    SELECT
        n.host, n.run, n.path, n.source, n.source_row, n.reasons, f.mode, f.uid, f.size, f.target,
        coalesce(f.mtime, n.mtime) AS mtime, coalesce(f.atime, n.atime) AS atime, coalesce(f.ctime, n.ctime) AS ctime,
        coalesce(f.btime, n.btime) AS btime
    FROM files_named n
    LEFT JOIN (
        SELECT path, mode, uid, size, target, mtime, atime, ctime, btime FROM files WHERE host = $host AND run = $run
    ) f USING (path)
    ORDER BY greatest(f.ctime, f.btime, n.ctime, n.mtime) DESC NULLS LAST
    LIMIT getvariable('timeline_named_files')
)
SELECT
    host, run, file_moment(second, mtime, atime, ctime, btime) AS host_time, file_words(letters) AS time_desc, source,
    file_message(letters, mode, uid, size, path, target) || coalesce(' [' || left(reasons, 300) || ']', '') AS message, path,
    NULL AS user_name,
    concat('tables/', source, '.jsonl line ', source_row) AS evidence
FROM (
    SELECT *, file_letters(second, mtime, atime, ctime, btime) AS letters
    FROM (SELECT *, unnest(file_seconds(mtime, atime, ctime, btime)) AS second FROM with_times)
)
