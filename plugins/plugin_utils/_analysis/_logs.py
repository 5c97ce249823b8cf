# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.
"""The table ``log_events``: what the log files that came home tell."""

from __future__ import annotations

import itertools
import json
import shutil
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._archives import Archive, NotReadable
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._case_db import Case
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._log_audit import Audit
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._log_clock import LogClock, Zone, zone_of
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._log_found import Found, LogReader
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._log_journal import SIGNATURE, Journal
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._log_packages import AptHistory, Packages
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._log_syslog import Syslog
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._log_web import Errors, Requests
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._rows import is_time
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import new_file
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._names import escape, unescape
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_streams import (
    Source, Unpacked, lines, peek,
)

TABLE = "log_events"
# From this score on a file counts as a web shell in rules.
LIKELY = 40
PARTS = ("10-live_state", "46-service_logs")
# By the first of its lines that fits a reader a log is told.
READERS: tuple[type[LogReader], ...] = (Audit, AptHistory, Packages, Requests, Errors, Syslog)
FIRST_LINES = 1000
LINE = 8192
# Of one host: unpacked bytes, rows, seconds of CPU time.
BYTES = 8 << 30
ROWS = 500_000
SECONDS = 300.0
_ROOT, _RECOVERED, _IDENTITY = b"[root]/", b"live/recovered/", b"live/identity.json"
_COLUMNS = {
    "host": "VARCHAR", "run": "VARCHAR", "member": "VARCHAR", "path": "VARCHAR", "line": "BIGINT", "time": "TIMESTAMP_NS",
    "derived": "VARCHAR", "kind": "VARCHAR", "program": "VARCHAR", "user_name": "VARCHAR", "users": "VARCHAR[]",
    "address": "VARCHAR", "message": "VARCHAR", "n": "BIGINT", "last_time": "TIMESTAMP_NS",
}


class _Until:
    """A source that ends when the time is up."""

    def __init__(self, source: Source, deadline: float) -> None:
        self._source = source
        self._deadline = deadline
        self.is_late = False

    def read(self, size: int) -> bytes:
        self.is_late = time.process_time() > self._deadline
        return b"" if self.is_late else self._source.read(size)


class HostLogs:
    """Reads the logs of one host; `take` gets its rows. `problems` counts what could not be read."""

    def __init__(self, take: Callable[[dict[str, Any]], None], suspects: frozenset[bytes] = frozenset()) -> None:
        self.problems: Counter[str] = Counter()
        self._take = take
        self._suspects = suspects
        self._zone: Zone = zone_of(b"")
        self._bytes, self._rows = BYTES, ROWS
        self._deadline = time.process_time() + SECONDS

    def offer(self, name: bytes, modified: int, stream: BinaryIO) -> None:
        """Takes one regular member of the archive, in the order of the archive: the host's identity comes first."""
        if name == _IDENTITY:
            self._zone = zone_of(stream.read(1 << 20))
        elif name.startswith((_ROOT, _RECOVERED)):
            unpacked = Unpacked(stream, self._bytes)
            until = _Until(unpacked, self._deadline)
            self._read(name, modified, until)
            self._bytes = unpacked.left
            if unpacked.problem:
                self._problem(name, unpacked.problem)
            if until.is_late:
                self._problem(name, f"the logs of this host took more than {SECONDS:.0f} s of CPU time, the rest is not read")

    def _read(self, name: bytes, modified: int, whole: Source) -> None:
        start, source = peek(whole, len(SIGNATURE))
        found = Found(LogClock(self._zone, modified), self._suspects)
        if start.startswith(SIGNATURE):
            problem = Journal(found).read(source)
            if problem:
                self._problem(name, problem)
        else:
            _read_lines(source, found)
        self._keep(name, found)

    def _keep(self, name: bytes, found: Found) -> None:
        path = escape(name[len(_ROOT) - 1:]) if name.startswith(_ROOT) else None
        odd = 0
        for row in itertools.islice(found.rows(), self._rows):
            if not all(is_time(row[name]) for name in ("time", "last_time") if row[name] is not None):
                odd += 1
                continue
            self._rows -= 1
            self._take({"member": escape(name), "path": path, **row})
        if odd:
            self._problem(name, f"{odd} events of a year before 1700 or after 2261 are not here")
        if not self._rows:
            self.problems[f"more than {ROWS} events, the others are not here"] += 1
        if found.dropped:
            self._problem(name, f"more events than are kept of one log, {found.dropped} are not here")

    def _problem(self, name: bytes, what: str) -> None:
        if len(self.problems) < 1000:
            self.problems[f"{escape(name[:300])}: {what}"] += 1


def _read_lines(source: Source, found: Found) -> None:
    numbered = lines(source, LINE)
    first = list(itertools.islice(numbered, FIRST_LINES))
    reader = next((kind(found) for kind in READERS if any(kind.fits(line) for _number, line, _cut in first)), None)
    if reader is None:
        return
    for number, line, _cut in itertools.chain(first, numbered):
        reader.read(number, line)
    reader.finish()


def read_logs(case: Case) -> None:
    """Fills ``log_events``. What can't be read stands in ``load_problems``."""
    spool = case.folder / "log_events.spool"
    shutil.rmtree(spool, ignore_errors=True)
    spool.mkdir(mode=0o700)
    case.connection.execute(f"DELETE FROM {TABLE}")
    for number, host in enumerate(case.rows("SELECT host, run, archive FROM hosts ORDER BY ALL")):
        try:
            problems = _read_host(case, host, spool / str(number))
        except Exception as error:  # whatever one host's logs lead to, those of the others are read
            problems = Counter({f"its logs could not be read: {type(error).__name__}: {error}": 1})
        if problems:
            rows = [[host["host"], TABLE, problem, n] for problem, n in problems.items()]
            case.connection.executemany("INSERT INTO load_problems VALUES (?, ?, ?, ?)", rows)
    shutil.rmtree(spool)


def _read_host(case: Case, host: dict, path: Path) -> Counter[str]:
    origin = {"host": host["host"], "run": host["run"]}
    with open(new_file(path), "w", encoding="ascii") as stream:
        logs = HostLogs(lambda row: print(json.dumps({**origin, **row}), file=stream), _suspects(case, origin))
        try:
            for entry, body in archive_of(case, host).entries(*PARTS):
                logs.offer(entry.name, entry.mtime, body)
        except (NotReadable, OSError) as error:
            logs.problems[str(error)] += 1
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in _COLUMNS.items())
    case.connection.execute(
        f"INSERT INTO {TABLE} ({', '.join(_COLUMNS)}) SELECT {', '.join(_COLUMNS)} FROM read_json(?, "
        f"format = 'newline_delimited', columns = {{{columns}}})", [str(path)],
    )
    path.unlink()
    return logs.problems


def archive_of(case: Case, host: dict) -> Archive:
    """The archive of a row of ``hosts``. Raises `NotReadable`."""
    return Archive((case.folder.absolute().parent / host["archive"]).parent, verify=False)


def _suspects(case: Case, origin: dict) -> frozenset[bytes]:
    """Paths, below the tree that is served, of what looks like a web shell. Files with one sign alone are in most applications."""
    rows = case.rows(
        "SELECT DISTINCT path FROM webshell_hits WHERE host = $host AND run = $run AND path IS NOT NULL AND score >= $score",
        {**origin, "score": LIKELY})
    roots = case.rows("SELECT DISTINCT path FROM webshell_trees WHERE host = $host AND run = $run AND path IS NOT NULL", origin)
    trees = [unescape(row["path"]).rstrip(b"/") + b"/" for row in roots]
    return frozenset(_below(unescape(row["path"]), trees) for row in rows)


def _below(path: bytes, trees: list[bytes]) -> bytes:
    return path[max((len(tree) - 1 for tree in trees if path.startswith(tree)), default=0):]


__all__ = ("HostLogs", "TABLE", "archive_of", "read_logs")
