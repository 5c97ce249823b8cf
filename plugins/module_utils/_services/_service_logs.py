# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The collector ``service_logs``: logs of the system and its services, of the time that is wanted, with all rotations.

Which logs there are is known from a catalogue, from the configurations of web servers, of syslog services and of
logrotate, and from what else lies in /var/log. The columns of the rows are documented with the module.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import time

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import elapsed, iso
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape
from ansible_collections.csirt.linux_triage.plugins.module_utils._services import _journal_files, _log_sources, _started
from ansible_collections.csirt.linux_triage.plugins.module_utils._services._catalogue import Service
from ansible_collections.csirt.linux_triage.plugins.module_utils._services._file_row import file_row
from ansible_collections.csirt.linux_triage.plugins.module_utils._services._log_finder import (
    ALWAYS, Kind, LogFinder, NAMED, OTHER,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._services._log_window import Window
from ansible_collections.csirt.linux_triage.plugins.module_utils._services._service_files import ServiceFiles
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_paths import below, normal
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_servers import Survey

LEFT_OUT = "left_out"
MAX_ROWS = 100000
LOOKING = 0.4  # of the time
_CONFIG_SIZE = 1 << 20
_MIB = 1 << 20
_MESSAGES_OFF = "messages and syslog are not wanted"
_JOURNAL = Kind("journal", "journald", "journal", ALWAYS, None)


def collect(collection, options, proc=None, now=None):
    """Collects everything; `options` as documented for the module ``service_logs``. An image has no processes."""
    _ServiceLogs(
        collection, options, proc or (b"/proc" if collection.root == b"/" else None), time.time() if now is None else now
    ).collect()


class _ServiceLogs:
    def __init__(self, collection, options, proc, now):
        self._collection = collection
        self._options = options
        self._window = Window.of(options.get("since"), options.get("until"), now)
        self._limit = max(1, options.get("max_log_size") or 512) * _MIB
        self._look_until = elapsed() + LOOKING * collection.limits.seconds
        self._journal_left = max(1, options.get("max_journal_size") or 1024) * _MIB
        named = [normal(text.encode("utf-8")) for text in options.get("webservices") or ()]
        self._proc = proc
        self._survey = Survey(collection, named, proc)
        self._host = self._survey.host_view()
        self._finder = LogFinder(collection, self._host)
        self._table = collection.table("log_files")
        self._dropped = 0
        self._counts = {"logs": 0, "journals": 0, "bytes": 0, "left_out": 0, "cut": 0}

    def collect(self):
        """Takes what has no date limits, then looks for everything else, chooses by date, takes that, newest first."""
        # What has a promise of its own comes first: no configuration of a service can claim it, or use up its time.
        ranked = [[], [], []]
        for artifact in self._options.get("artifacts") or []:
            is_first = artifact.get("always") or artifact.get("messages")
            ranked[0 if is_first else 2 if artifact.get("other") else 1].append(artifact)
        try:
            self._add_artifacts(ranked[0])
            self._take(ALWAYS)
            self._collection.attempt("the journal", self._take_journal)
            self._find(*ranked[1:])
            self._choose()
            self._take(NAMED)
            self._take(OTHER)
        finally:
            self._survey.close()
            if self._dropped:
                self._collection.note(None, _state.SKIPPED_BUDGET, "%d rows more than %d" % (self._dropped, MAX_ROWS), "log_files")
            self._collection.summary.update(
                self._counts, since=iso(self._window.since),
                until=iso(self._window.until) if self._window.until is not None else "",
            )

    def _find(self, named, other):
        for path in self._options.get("elsewhere") or ():
            self._finder.claim(self._host, path.encode("utf-8"))
        self._collection.attempt("logs of web servers", self._add_servers)
        self._add_artifacts(named)
        self._collection.attempt("logs of services", self._add_services)
        self._collection.attempt("logs of the syslog service", self._add_written)
        self._collection.attempt("logs that are rotated", self._add_rotated)
        self._add_artifacts(other)

    def _in_time(self, what):
        """Each of `what` as long as looking around leaves most of the time for taking."""
        for position, one in enumerate(what):
            if elapsed() > self._look_until:
                reason = "%d configurations were not searched for logs: no time" % (len(what) - position)
                self._collection.note(None, _state.TIMED_OUT, reason)
                return
            yield one

    def _add_artifacts(self, artifacts):
        for artifact in artifacts:
            rank = ALWAYS if artifact.get("always") else OTHER if artifact.get("other") else NAMED
            kind = Kind(
                artifact["name"], artifact.get("service") or "other", artifact.get("kind") or "other", rank,
                artifact.get("limit"),
            )
            is_unwanted = artifact.get("messages") and not self._options.get("messages", True)
            found = [
                self._finder.add(self._host, path.encode("utf-8"), kind, _MESSAGES_OFF if is_unwanted else None)
                for path in artifact["paths"]
            ]
            if not any(found):
                self._collection.note(
                    artifact["paths"][0].encode("utf-8"), _state.ABSENT, "nor another log of its kind", artifact["name"]
                )

    def _add_servers(self):
        for server in self._in_time(self._survey.servers()):
            self._collection.attempt("logs of web server %s" % server.name, self._add_server, server)

    def _add_server(self, server):
        """The logs that a web server's configuration names, in the file system that it sees."""
        server.read()
        for row in server.rows:
            place = row.get("glob") or row.get("path")
            if row["kind"] == "log" and place:
                kind = row.get("log") or "other"
                artifact = "%s log of %s" % (kind, server.name)
                self._add(server.instance.view, place, Kind(artifact, server.instance.family, kind, NAMED, None))

    def _add_services(self):
        """The logs that configurations and command lines of services name, and those in their folders of data."""
        services = [service for service in map(Service, self._options.get("services") or ()) if service.has_logs]
        started = _started.find(services, self._collection.check, self._host, self._proc)
        for service in self._in_time(services):
            files = ServiceFiles(self._collection, self._host, service)
            files.find(started.get(service, []))
            kind = Kind("log of %s" % service.name, service.name, service.kind, NAMED, None)
            for pattern in files.logs:
                self._finder.add(self._host, pattern, kind)

    def _add(self, view, pattern, kind):
        """The logs of one path or glob; a row in the manifest when there are none."""
        if not self._finder.add(view, pattern, kind):
            self._collection.note(view.prefix + pattern, _state.ABSENT, "no such log", kind.artifact)

    def _contents(self, patterns):
        for pattern in patterns:
            for path in self._host.expand(pattern):
                try:
                    data = self._collection.read(path, _CONFIG_SIZE)
                except NotRead as error:
                    self._collection.note(path, error.state, error.reason, "searched for logs")
                    continue
                if len(data) == _CONFIG_SIZE or data.count(b"\n") >= _log_sources.MAX_LINES:
                    self._collection.note(path, _state.SKIPPED_BUDGET, "only the beginning was searched", "searched for logs")
                yield path, data

    def _add_written(self):
        for _path, data in self._contents(_log_sources.SYSLOG):
            for path in _log_sources.written_logs(data):
                self._add(self._host, normal(path), Kind("log of syslog", "syslog", "other", NAMED, None))

    def _add_rotated(self):
        for config, data in self._contents(_log_sources.LOGROTATE):
            service = escape(config.rpartition(b"/")[2])
            kind = Kind("log that %s rotates" % escape(config), service, "other", NAMED, None)
            for log in _log_sources.rotated_logs(data):
                pattern = normal(log.pattern)
                self._add(self._host, pattern, kind)
                if log.folder is not None:
                    folder, _slash, name = pattern.rpartition(b"/")
                    self._finder.add(self._host, below(folder, log.folder) + b"/" + name, kind)

    def _choose(self):
        groups = {}
        for log in self._finder.logs:
            if log.kind.rank != ALWAYS:
                groups.setdefault(log.group, []).append(log)
        for logs in groups.values():
            self._window.choose(logs)

    def _take(self, rank):
        logs = [log for log in self._finder.logs if log.kind.rank == rank]
        for log in sorted(logs, key=lambda log: (-log.mtime, log.path)):
            self._collection.attempt(log.kind.artifact, self._take_log, log)

    def _take_log(self, log):
        row = self._row(log.view, log.path, log.kind)
        row["packed"] = log.name.packed
        if log.reason is not None:
            self._write(dict(row, state=LEFT_OUT, reason=log.reason))
            return
        limit = min(log.kind.limit or self._limit, self._limit)
        # The end of a packed log is of no use without its beginning.
        tail = 0 if log.name.packed else limit // 2
        item = log.view.take(self._collection, log.path, log.kind.artifact, limit, tail)
        self._counts["logs"] += 1
        self._write_taken(row, item)

    def _row(self, view, path, kind):
        prefix = view.shown_prefix(self._collection, path) if view.prefix else b""
        return dict(file_row(view.reader, path), path=escape(prefix + path), service=kind.service, kind=kind.kind)

    def _write_taken(self, row, item):
        tail = item.tail
        row.update(
            state=item.state, reason=item.reason,
            archived=escape(item.archived) if item.archived is not None else None,
            tail=escape(tail.archived) if tail is not None and tail.archived is not None else None,
        )
        self._counts["bytes"] += (item.size or 0) + (tail.size or 0 if tail is not None else 0)
        self._counts["cut"] += item.state == _state.TRUNCATED
        self._write(row)

    def _write(self, row):
        self._counts["left_out"] += row["state"] == LEFT_OUT
        self._dropped += self._table.rows >= MAX_ROWS
        if self._table.rows < MAX_ROWS:
            self._table.row(dict((name, value) for name, value in row.items() if value is not None))

    def _take_journal(self):
        """The files of the journal that have anything of the window, the last written first."""
        found = []
        for pattern in _journal_files.PATTERNS:
            for path in self._host.expand(pattern):
                header = _journal_files.header_of(self._host.peek(path, _journal_files.SIZE))
                status = self._host.status(path)
                if status is not None:
                    found.append((status.st_mtime, path, header, status.st_size))
        if not found:
            self._collection.note(_journal_files.PATTERNS[1], _state.ABSENT, "no journal", _JOURNAL.artifact)
        for mtime, path, header, size in sorted(found, key=lambda one: one[:2], reverse=True):
            self._take_journal_file(path, header, mtime, size)

    def _take_journal_file(self, path, header, mtime, size):
        row = self._row(self._host, path, _JOURNAL)
        last, first = mtime, None
        if header is not None:
            row.update(entries=header.entries, journal_state=header.state)
            first, last = header.first, max(mtime, header.last or 0)
            row.update(first=iso(first) if first else None, last=iso(header.last) if header.last else None)
        if last < self._window.since:
            self._write(dict(row, state=LEFT_OUT, reason="last written before the window"))
        elif first is not None and self._window.until is not None and first >= self._window.until:
            self._write(dict(row, state=LEFT_OUT, reason="begun after the window"))
        elif size > self._journal_left:
            reason = "%d MiB of the journal used up" % (self._options.get("max_journal_size") or 1024)
            self._write_taken(row, self._collection.note(path, _state.SKIPPED_BUDGET, reason, _JOURNAL.artifact))
        else:
            self._journal_left -= size
            self._counts["journals"] += 1
            self._write_taken(row, self._collection.copy(path, limit=size + _MIB, artifact=_JOURNAL.artifact))


__all__ = ("collect",)
