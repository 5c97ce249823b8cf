# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The collector ``service_configs``: the configurations of services, where they usually lie and where these read them.

The columns of the rows are documented with the module.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape, joined
from ansible_collections.csirt.linux_triage.plugins.module_utils._services import _started
from ansible_collections.csirt.linux_triage.plugins.module_utils._services._catalogue import Service
from ansible_collections.csirt.linux_triage.plugins.module_utils._services._file_row import file_row
from ansible_collections.csirt.linux_triage.plugins.module_utils._services._service_files import CONFIG_SIZE, ServiceFiles
from ansible_collections.csirt.linux_triage.plugins.module_utils._web import _web_glob
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_paths import normal
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_servers import Survey

LIMIT = 8 << 20
MAX_ROWS = 100000
_WITHHELD = "a store of passwords"
_KEY_LINE = re.compile(br"^([ \t]*(?:PrivateKey|PresharedKey)[ \t]*=[ \t]*)[^\r\n]*", re.MULTILINE | re.IGNORECASE)


def collect(collection, options, proc=None):
    """Collects everything; `options` as documented for the module ``service_configs``. An image has no processes."""
    _ServiceConfigs(collection, options, proc or (b"/proc" if collection.root == b"/" else None)).collect()


class _ServiceConfigs:
    def __init__(self, collection, options, proc):
        self._collection = collection
        self._services = [Service(row) for row in options.get("services") or ()]
        self._withheld = _globs(options.get("withheld"))
        self._masked = _globs(options.get("masked"))
        named = [normal(text.encode("utf-8")) for text in options.get("webservices") or ()]
        self._survey = Survey(collection, named, proc)
        self._view = self._survey.host_view()
        self._proc = proc
        self._elsewhere = set()
        self._table = collection.table("service_configs")
        self._found = []
        self._counts = {"files": 0, "running": 0, "withheld": 0, "warnings": 0}

    def collect(self):
        """Copies the files of one service after the other, and writes a row for each."""
        try:
            self._collection.attempt("web servers", self._read_web_servers)
            started = _started.find(self._services, self._collection.check, self._view, self._proc)
            for service in self._services:
                self._collection.attempt(service.name, self._take, service, started.get(service, []))
        finally:
            self._survey.close()
            self._collection.summary.update(self._counts, services=joined(self._found))

    def _read_web_servers(self):
        """What the collector ``web_services`` takes is not taken again."""
        for server in self._survey.servers():
            server.read()
            if server.instance.view is self._view:
                self._elsewhere.update(self._view.real(path) for path, _role, _where in server.reading.files)

    def _take(self, service, started):
        files = ServiceFiles(self._collection, self._view, service)
        files.find(started)
        pids = [one.pid for one in started if one.pid is not None]
        self._counts["running"] += bool(pids)
        for file in files.files:
            self._take_file(service, file, bool(pids))
        if files.files or pids:
            self._found.append("%s (%s)" % (service.name, "running" if pids else "not running"))
        if pids and not files.files:
            self._counts["warnings"] += 1
            reason = "%s runs (process %d), and no configuration of it was found" % (service.name, pids[0])
            self._row({"service": service.name, "kind": service.kind, "role": "warning", "pid": pids[0], "reason": reason})
        if not files.files and service.paths:
            self._collection.note(service.paths[0], _state.ABSENT, "nor another configuration of it", service.name)

    def _take_file(self, service, file, is_running):
        self._collection.check()
        real = self._view.real(file.path)
        if real in self._elsewhere:
            return
        row = dict(
            file_row(self._collection.reader, file.path), service=service.name, kind=service.kind, running=is_running or None,
            path=escape(file.path), role=file.role, line=file.line, pid=file.pid,
            file=escape(file.source) if file.source is not None else None,
        )
        if _is_among(self._withheld, file.path, real):
            self._counts["withheld"] += 1
            item = self._collection.note(file.path, _state.WITHHELD, _WITHHELD, service.name)
        elif _is_among(self._masked, file.path, real):
            self._counts["withheld"] += 1
            item = self._mask(service, file.path)
        else:
            limit = min(service.limit or LIMIT, self._collection.limits.file_bytes)
            item = self._collection.copy(file.path, limit=limit, artifact=service.name)
            self._counts["files"] += item.archived is not None
        archived = escape(item.archived) if item.archived is not None else None
        self._row(dict(row, state=item.state, reason=item.reason, archived=archived))

    def _mask(self, service, path):
        """The file without its keys into ``live/masked/<path>``."""
        try:
            data = self._collection.read(path, CONFIG_SIZE)
        except NotRead as error:
            return self._collection.note(path, error.state, error.reason, service.name)
        masked, count = _KEY_LINE.subn(br"\1(withheld)", data)
        name = "masked" + escape(path)
        self._collection.capture(name, masked, source=path, reason="%d keys replaced" % count)
        return self._collection.note(path, _state.WITHHELD, "%d keys: without them it is live/%s" % (count, name), service.name)

    def _row(self, row):
        if self._table.rows < MAX_ROWS:
            self._table.row(dict((name, value) for name, value in row.items() if value is not None))


def _globs(texts):
    return [_web_glob.compiled(text.encode("utf-8")) for text in texts or ()]


def _is_among(globs, *paths):
    return any(_web_glob.matches(path, one) for one in globs for path in paths)


__all__ = ("collect",)
