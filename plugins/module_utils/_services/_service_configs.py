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
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._configurations import configurations
from ansible_collections.csirt.linux_triage.plugins.module_utils._services import _started
from ansible_collections.csirt.linux_triage.plugins.module_utils._services._catalogue import Service
from ansible_collections.csirt.linux_triage.plugins.module_utils._services._file_row import file_row
from ansible_collections.csirt.linux_triage.plugins.module_utils._services._service_files import CONFIG_SIZE, ServiceFiles
from ansible_collections.csirt.linux_triage.plugins.module_utils._web import _web_glob
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_paths import normal
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_servers import Survey

LIMIT = 8 << 20
MAX_ROWS = 100000
MAX_NAMES = 100
MAX_TITLE = 200
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
        self._packages = {}
        self._table = collection.table("service_configs")
        self._found = []
        self._dropped = 0
        self._warnings = []
        self._counts = {"files": 0, "running": 0, "withheld": 0}

    def collect(self):
        """Copies the files of one service after the other, and writes a row for each."""
        try:
            self._collection.attempt("web servers", self._read_web_servers)
            self._collection.attempt("packages of services", self._find_packages)
            started = _started.find(self._services, self._collection.check, self._view, self._proc)
            for service in self._services:
                self._collection.attempt(service.name, self._take, service, started.get(service, []))
        finally:
            self._survey.close()
            if self._dropped:
                self._collection.note(None, _state.SKIPPED_BUDGET, "%d rows more than %d" % (self._dropped, MAX_ROWS), "service_configs")
            self._collection.summary.update(
                self._counts, services=joined(self._found, most=60), warnings=joined(self._warnings, " | ", 5, 300),
            )

    def _read_web_servers(self):
        """What the collector ``web_services`` takes is not taken again."""
        for server in self._survey.servers():
            server.read()
            if server.instance.view is self._view:
                self._elsewhere.update(self._view.real(path) for path, _role, _where in server.reading.files)

    def _find_packages(self):
        """{service: {package: its files in /etc}}"""
        def wants(package):
            return any(service.comes_in(package) for service in self._services)

        for package, paths in configurations(self._collection, wants):
            for service in self._services:
                if service.comes_in(package):
                    self._packages.setdefault(service, {})[package] = paths

    def _take(self, service, started):
        files, packages = ServiceFiles(self._collection, self._view, service), self._packages.get(service, {})
        files.find(started, [path for package in sorted(packages) for path in packages[package]])
        is_running = any(one.by == _started.PROCESS for one in started)
        self._counts["running"] += is_running
        if files.files or started or packages:
            self._found.append("%s (%s)" % (service.name, "running" if is_running else "not running"))
            self._tell(service, started, packages, files.files)
        for file in files.files:
            self._take_file(service, file, is_running)
        if not files.files and service.paths:
            self._collection.note(service.paths[0], _state.ABSENT, "nor another configuration of it", service.name)

    def _tell(self, service, started, packages, files):
        """The row of a service: by what it was found; and what is odd about that."""
        signs, pids = dict((by, []) for by in _started.WAYS), [one.pid for one in started if one.pid is not None]
        for one in started:
            signs[one.by].append(one.sign)
        ways = [by for by in _started.WAYS if signs[by]] + ["package"] * bool(packages)
        ways += ["place"] * any(file.role in ("place", "folder") for file in files)
        self._row({
            "service": service.name, "kind": service.kind, "role": "service", "running": _started.PROCESS in ways or None,
            "pid": pids[0] if pids else None, "found_by": ways, "packages": _shown(packages),
            "units": _shown(signs[_started.UNIT]), "ports": sorted(set(signs[_started.PORT])) or None,
        })
        if _started.PROCESS in ways and not files:
            self._warn(service, pids[0], "%s runs (process %d), and no configuration of it was found" % (service.name, pids[0]))
        if _started.PORT in ways and _started.PROCESS not in ways:
            self._warn(service, pids[0] if pids else None, _unknown(service, [one for one in started if one.by == _started.PORT]))

    def _warn(self, service, pid, reason):
        self._warnings.append(reason)
        self._row({"service": service.name, "kind": service.kind, "role": "warning", "pid": pid, "reason": reason})

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
        self._dropped += self._table.rows >= MAX_ROWS
        if self._table.rows < MAX_ROWS:
            self._table.row(dict((name, value) for name, value in row.items() if value is not None))


def _shown(names):
    """Names (bytes) as a column."""
    return [escape(name) for name in sorted(set(names))[:MAX_NAMES]] or None


def _unknown(service, started):
    """What listens at the ports of a service of which no process was found."""
    holders = [
        "%s by process %d (%s)" % (one.sign, one.pid, escape(b" ".join(one.arguments[:1])[:MAX_TITLE]) or "of another root")
        if one.pid is not None else "%s by no process that can be seen" % one.sign for one in started
    ]
    return "ports of %s are open, and no process of it was found on the host's own file system: %s" % (service.name, joined(holders))


def _globs(texts):
    return [_web_glob.compiled(text.encode("utf-8")) for text in texts or ()]


def _is_among(globs, *paths):
    return any(_web_glob.matches(path, one) for one in globs for path in paths)


__all__ = ("collect",)
