-- Copyright (c) 2026, the csirt.linux_triage authors
-- GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- What the queries of this folder share.

CREATE OR REPLACE TEMP MACRO file_seconds(modified, accessed, changed, born) AS
    list_distinct([epoch_ns(modified) // 1000000000, epoch_ns(accessed) // 1000000000, epoch_ns(changed) // 1000000000,
        epoch_ns(born) // 1000000000]);

-- The first moment within a second.
CREATE OR REPLACE TEMP MACRO file_moment(second, modified, accessed, changed, born) AS
    make_timestamp_ns(list_min(list_filter([epoch_ns(modified), epoch_ns(accessed), epoch_ns(changed), epoch_ns(born)],
        lambda moment: moment // 1000000000 = second)));

-- As mactime writes it.
CREATE OR REPLACE TEMP MACRO file_letters(second, modified, accessed, changed, born) AS concat(
    CASE WHEN epoch_ns(modified) // 1000000000 = second THEN 'm' ELSE '.' END,
    CASE WHEN epoch_ns(accessed) // 1000000000 = second THEN 'a' ELSE '.' END,
    CASE WHEN epoch_ns(changed) // 1000000000 = second THEN 'c' ELSE '.' END,
    CASE WHEN epoch_ns(born) // 1000000000 = second THEN 'b' ELSE '.' END);

CREATE OR REPLACE TEMP MACRO file_words(letters) AS 'file: ' || concat_ws(', ',
    CASE WHEN letters[1] = 'm' THEN 'modified' END, CASE WHEN letters[2] = 'a' THEN 'accessed' END,
    CASE WHEN letters[3] = 'c' THEN 'changed' END, CASE WHEN letters[4] = 'b' THEN 'born' END);

CREATE OR REPLACE TEMP MACRO file_message(letters, mode, uid, size, path, target) AS
    concat_ws(' ', letters, mode, 'uid ' || uid, size || ' bytes', path || coalesce(' -> ' || target, ''));

CREATE OR REPLACE TEMP TABLE timeline_users AS
    SELECT host, run, uid::VARCHAR AS uid, min("user") AS name
    FROM users WHERE source = 'passwd' AND file = '/etc/passwd' AND uid IS NOT NULL GROUP BY ALL;

-- Files that are as their package brought them.
CREATE OR REPLACE TEMP TABLE timeline_owned AS
    SELECT DISTINCT host, run, path FROM hashes WHERE package IS NOT NULL
    EXCEPT SELECT host, run, path FROM package_files;
