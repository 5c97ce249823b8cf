# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.
"""The table ``timeline`` and the files made of it: body files, JSON lines for Timesketch, CSV for people.

Each query of `EVENTS` gives moments by the host's clock. A host's clock offset, measured when the triage began, is taken
from them when it is more than the measurement's uncertainty.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._archives import NotReadable
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._case_db import Case
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._logs import archive_of, read_logs
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._timeline_body import NAME, write_body
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import file_name, new_file

FOLDER = "timeline"
FLEET = "fleet"
QUERIES = Path(__file__).parent / FOLDER
EVENTS = ("triage", "findings", "logins", "failed_logins", "history", "packages", "log_events", "processes", "users")
# For one host at a time, so that memory doesn't grow with the fleet. In this order: files that the first one tells of the second
# one doesn't tell of again.
EVENTS_OF_HOST = ("named_files", "recent_files")
DAYS = 30
SECONDS = 900  # for one query
# Of one host.
NAMED_FILES, RECENT_FILES = 20_000, 20_000
# What every installation and every day brings.
DULL = (
    "^(?:/(?:proc|sys)/|/run/(?:systemd|udev|user)/|/usr/share/(?:doc|man|locale|i18n|zoneinfo|icons|info|bash-completion|perl)/"
    "|/var/(?:cache|lib/apt/lists|lib/dpkg|lib/rpm|lib/systemd|lib/mysql|lib/postgresql)/|/usr/lib/python[0-9.]*/"
    "|/usr/(?:include|src)/|.*/__pycache__/|.*/node_modules/|.*/\\.git/objects/)"
)
_OPTIONS = {
    "timeline_dull": DULL, "timeline_named_files": NAMED_FILES, "timeline_recent_files": RECENT_FILES,
}
_COLUMNS = (
    "host, run, time, time_desc, source, message, path, user_name, evidence, clock_offset, host_time"
)
# For Timesketch: message, datetime and timestamp_desc must be there; timestamp is in microseconds.
_JSON = """
    SELECT message, strftime(time, '%Y-%m-%dT%H:%M:%S.%f+00:00') AS datetime, time_desc AS timestamp_desc,
        epoch_us(time) AS timestamp, host, source, path, user_name, evidence, clock_offset,
        strftime(host_time, '%Y-%m-%dT%H:%M:%S.%f+00:00') AS host_time, run
"""
# A cell that no spreadsheet takes for a formula, with signs of any width, also where it takes a semicolon for the end of a cell.
_CELL = r"""
    CREATE OR REPLACE TEMP MACRO cell(content) AS regexp_replace(content, '(^|;)([=+@\t\r\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}-])', '\1''\2', 'g')
"""
_CSV = """
    SELECT strftime(time, '%Y-%m-%d %H:%M:%S.%f') AS time_utc, clock_offset,
        strftime(host_time, '%Y-%m-%d %H:%M:%S.%f') AS host_time, cell(host) AS host, source, cell(time_desc) AS what,
        cell(user_name) AS user, cell(message) AS message, cell(path) AS path, cell(evidence) AS evidence, run
"""
_FORMATS = {"jsonl": (_JSON, "FORMAT json"), "csv": (_CSV, "FORMAT csv, HEADER")}


def write_timelines(case: Case, folder: Path) -> dict[str, int]:
    """Fills ``log_events`` and ``timeline`` and writes ``timeline/`` below `folder`; how many moments each host has.

    Files: ``<host>.body`` (all files of the listing), ``<host>.jsonl``, ``<host>.csv``
    (with the run behind the name where a host has several), and ``fleet.jsonl``, ``fleet.csv``
    with all rows but those that only the listing has.
    """
    if not case.rows("SELECT 1 FROM log_events LIMIT 1"):
        read_logs(case)
    fill_timeline(case)
    write_files(case, folder)
    return {row["host"]: row["n"] for row in case.rows("SELECT host, count(*) AS n FROM timeline GROUP BY host")}


def write_files(case: Case, folder: Path) -> None:
    """``timeline/`` below `folder`, from the tables of the case."""
    target = folder / FOLDER
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(mode=0o700)
    case.connection.execute(_CELL)
    taken = {FLEET}
    for host in case.rows("SELECT host, run, archive, count(*) OVER (PARTITION BY host) AS runs FROM hosts ORDER BY ALL"):
        name = _name(host, taken)
        _copy(case, target / name, "host = ? AND run = ?", [host["host"], host["run"]])
        _copy_body(case, host, target / f"{name}.body")
    _copy(case, target / FLEET, "source <> 'files'", [])


def fill_timeline(case: Case) -> None:
    """The table ``timeline`` from all other tables."""
    connection = case.connection
    _note_clocks(case)
    for name, value in _OPTIONS.items():
        connection.execute(f"SET VARIABLE {name} = {_literal(value)}")
    connection.execute((QUERIES / "setup.sql").read_text(encoding="utf-8"))
    connection.execute("DELETE FROM timeline")
    for name in EVENTS:
        _insert(case, name, {})
    for host in case.rows("SELECT host, run, since FROM timeline_clocks ORDER BY ALL"):
        for name in EVENTS_OF_HOST:
            _insert(case, name, host)


def _insert(case: Case, name: str, parameters: dict[str, Any]) -> None:
    """What a query finds, into the timeline."""
    query = (QUERIES / f"{name}.sql").read_text(encoding="utf-8")
    with case.for_seconds(SECONDS):
        case.connection.execute(f"""
            INSERT INTO timeline ({_COLUMNS})
            SELECT host, run, make_timestamp_ns(TRY_CAST(epoch_ns(host_time)::HUGEINT - nanoseconds AS BIGINT)) AS ours, time_desc,
                source, message, path, user_name, evidence, seconds, host_time
            FROM ({query}) JOIN timeline_clocks USING (host, run)
            WHERE host_time BETWEEN TIMESTAMP_NS '1678-01-01' AND TIMESTAMP_NS '2261-12-31' AND ours IS NOT NULL
        """, parameters)


def _note_clocks(case: Case) -> None:
    """The table ``timeline_clocks``: what is taken from the times of each host, and since when files count as recent."""
    case.connection.execute(
        "CREATE OR REPLACE TEMP TABLE timeline_clocks "
        "(host VARCHAR, run VARCHAR, seconds DOUBLE, nanoseconds BIGINT, since TIMESTAMP_NS)"
    )
    for host in case.rows("SELECT host, run, archive FROM hosts"):
        seconds = _clock_offset(case, host)
        case.connection.execute(
            "INSERT INTO timeline_clocks "
            "SELECT host, run, $seconds, $nanoseconds, (coalesce(begun, sealed) - to_days($days))::TIMESTAMP_NS "
            "FROM hosts WHERE host = $host AND run = $run", {
                "host": host["host"], "run": host["run"], "seconds": seconds, "nanoseconds": round(seconds * 10 ** 9), "days": DAYS,
            },
        )


def _clock_offset(case: Case, host: dict) -> float:
    """Seconds that the host's clock is ahead; 0.0 when that is less than the measurement can tell, or not known."""
    try:
        clock = archive_of(case, host).facts["host_facts"]["clock"]
        offset, uncertainty = float(clock["offset"]), float(clock["uncertainty"])
    except (NotReadable, KeyError, TypeError, ValueError):
        return 0.0
    return offset if uncertainty < abs(offset) < 10 ** 9 else 0.0


def _name(host: dict, taken: set[str]) -> str:
    """Of the host's files; unique also where a file system doesn't tell small letters from capital ones."""
    name = file_name(host["host"]) + (f"-{file_name(host['run'])}" if host["runs"] > 1 else "")
    if name.lower() in taken:
        name += "-" + hashlib.sha256(f"{host['host']}\0{host['run']}".encode("utf-8", "replace")).hexdigest()[:16]
    taken.add(name.lower())
    return name


def _copy(case: Case, path: Path, condition: str, parameters: list[Any]) -> None:
    """Rows of the timeline in every format, in the order of time."""
    for ending, (columns, options) in _FORMATS.items():
        target = path.with_name(f"{path.name}.{ending}")
        os.close(new_file(target))
        case.connection.execute(
            f"COPY ({columns} FROM timeline WHERE {condition} ORDER BY timeline.time, timeline.host, timeline.message) "
            f"TO {_literal(str(target))} ({options}, USE_TMP_FILE false)", parameters,
        )


def _copy_body(case: Case, host: dict, path: Path) -> None:
    try:
        for entry, body in archive_of(case, host).made_at_home():
            if entry.name == NAME:
                problem = write_body(body, path, _clock_offset(case, host))
                break
        else:
            problem = "no listing of files came home"
    except (NotReadable, OSError) as error:
        problem = str(error)
    if problem:
        case.connection.execute("INSERT INTO load_problems VALUES (?, 'files', ?, 1)", [host["host"], f"body file: {problem}"])


def _literal(value: str | int) -> str:
    return str(value) if isinstance(value, int) else "'%s'" % value.replace("'", "''")


__all__ = ("fill_timeline", "write_files", "write_timelines")
