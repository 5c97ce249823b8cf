# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The collector ``web_services``: which web servers there are, what they serve, and where they write what they did.

Every configuration file that was read goes home as bytes; the columns of the rows are documented with the module.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape, joined
from ansible_collections.csirt.linux_triage.plugins.module_utils._web import _web_programs, _web_strangers
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_paths import normal
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_servers import Survey

MAX_ROWS = 200000
MAX_ARGUMENTS = 2000
_ARTIFACT = "web server configuration"
_WITH_PATH = frozenset(("root", "alias", "script_alias", "log", "module", "handler"))
_WHAT_TO_ADD = "name its configuration with triage_webservices, or its document roots with triage_webroots"


def collect(collection, options, proc=None):
    """Collects everything; `options` as documented for the module ``web_services``. An image has no processes."""
    _WebServices(collection, options, proc or (b"/proc" if collection.root == b"/" else None)).collect()


class _WebServices:
    def __init__(self, collection, options, proc):
        self._collection = collection
        self._table = collection.table("web_services")
        self._added = _paths(options.get("webroots"))
        self._survey = Survey(collection, _paths(options.get("webservices")), proc)
        self._ports = options.get("ports") or ()
        self._forwarders = [name.encode("utf-8") for name in options.get("forwarders") or ()]
        self._proc = proc
        self._roots = []
        self._services = []
        self._counts = {"virtual_hosts": 0, "unresolved": 0}
        self._warnings = []
        self._taken = {}
        self._prefixes = {}

    def collect(self):
        """Writes the rows and copies the files of one server after the other."""
        handover = self._survey.handover()
        try:
            self._add_roots()
            servers = self._survey.find()
            for server in servers:
                self._collection.attempt("web server %s" % server.name, self._read, server, handover)
            handover.finish(len(servers))
            for problem in self._survey.problems:
                self._warn(None, problem)
            if self._proc is not None:
                self._collection.attempt("ports of web servers", self._warn_of_strangers)
        finally:
            handover.abandon()
            self._survey.close()
            self._summarise()

    def _read(self, server, handover):
        server.read()
        handover.add(server)
        self._take(server)

    def _summarise(self):
        self._collection.summary.update(self._counts)
        self._collection.summary.update(
            webroots=joined(self._roots), webservices=joined(self._services), warnings=joined(self._warnings, " | ", 5, 300),
        )

    def _add_roots(self):
        """The document roots that the user names."""
        view = self._survey.host_view()
        for path in self._added:
            if view.is_folder(path):
                self._row(None, view, {"kind": "root", "role": "added", "path": path})
            else:
                self._warn(None, "%s, named as a document root, is no folder" % escape(path))

    def _take(self, server):
        view = server.instance.view
        start = server.instance.start
        prefix = self._prefix(view, start.config) if start else view.prefix
        self._row(server, view, dict(_server_row(server), view=prefix))
        for path, role, where in server.reading.files:
            self._take_file(server, path, role, where)
        for path in server.instance.unit.files if server.instance.unit else ():
            self._take_file(server, path, "unit", None, self._survey.host_view())
        for row in server.rows:
            self._row(server, view, row)
        self._services.append(self._shown(server))
        if server.instance.process is not None and server.instance.family != _web_programs.PHP_FPM:
            self._warn_if_empty(server)

    def _take_file(self, server, path, role, where, view=None):
        """One configuration file: its bytes once, a row for each server that reads it."""
        view = view or server.instance.view
        if (view, path) not in self._taken:
            self._taken[view, path] = view.take(self._collection, path, _ARTIFACT)
        item = self._taken[view, path]
        row = {
            "kind": "config", "path": path, "role": role, "state": item.state, "reason": item.reason, "size": item.size,
            "view": self._prefix(view, path),
        }
        if where is not None:
            row.update(file=where.file, line=where.line)
        self._row(server, view, row)

    def _row(self, server, view, row):
        """Writes one row as text; counts and remembers what the operator is told."""
        if self._table.rows >= MAX_ROWS:
            if self._table.rows == MAX_ROWS:
                self._collection.note(None, _state.SKIPPED_BUDGET, "more than %d rows" % MAX_ROWS, "web_services")
                self._table.rows += 1
            return
        found = dict((name, _text(value)) for name, value in row.items() if value not in (None, b"", []))
        if server is not None:
            found.update(server=server.name, family=server.instance.family)
        prefix = self._prefix(view, row["path"]) if row["kind"] in _WITH_PATH and row.get("path") else None
        if prefix:
            found["view"] = escape(prefix)
        self._table.row(found)
        if row["kind"] == "root":
            shown = escape((prefix or b"") + (row.get("glob") or row["path"]))
            self._roots += [shown] if shown not in self._roots and len(self._roots) < 10000 else []
        self._counts["virtual_hosts"] += row["kind"] == "vhost"
        self._counts["unresolved"] += row["kind"] == "unresolved"

    def _prefix(self, view, path):
        """What comes before a path to find it on the host; asked once for each."""
        if not view.prefix:
            return b""
        if (view, path) not in self._prefixes:
            self._prefixes[view, path] = view.shown_prefix(self._collection, path)
        return self._prefixes[view, path]

    def _shown(self, server):
        instance, start = server.instance, server.instance.start
        what = escape(self._prefix(instance.view, start.config) + start.config) if start else instance.shown()
        return "%s %s (%s)" % (instance.family, what, "running" if instance.process else "not running")

    def _warn_of_strangers(self):
        for one in _web_strangers.find(self._ports, self._forwarders, self._collection.check, self._proc):
            who = "process %d (%s)" % (one.pid, escape(one.program)[:MAX_ARGUMENTS]) if one.pid is not None else "no process that can be seen"
            self._warn(None, "%s is served by %s, no web server that is known; %s" % (one.port, who, _WHAT_TO_ADD), one.pid)

    def _warn(self, server, text, pid=None):
        self._warnings.append(text)
        pid = server.instance.process.pid if server else pid
        self._row(server, None, {"kind": "warning", "reason": text, "pid": pid})

    def _warn_if_empty(self, server):
        """A web server runs and nothing of what it serves was found: which one, why, and what helps."""
        if server.served():
            return
        start = server.instance.start
        states = server.instance.view.states
        state, reason = states.get(start.config if start else None, (_state.ABSENT, "not asked for"))
        if start is None:
            why = server.instance.problem or "this kind of server's configuration is not read"
        elif state not in (_state.COLLECTED, _state.TRUNCATED):
            why = "its configuration %s was not read (%s: %s)" % (escape(start.config), state, reason)
        elif any(row["kind"] in ("upstream", "handler") for row in server.rows):
            why = "its configuration has no document root, it hands requests on"
        else:
            why = "no document root was found in its configuration"
        self._warn(server, "%s: %s; %s" % (server.instance.shown(), why, _WHAT_TO_ADD))


def _server_row(server):
    instance = server.instance
    start, process = instance.start, instance.process
    built_in = start.built_in if start else None
    return {
        "kind": "server", "program": instance.program, "config": start.config if start else None,
        "base": start.base if start else None, "sources": instance.sources, "running": process is not None,
        "pid": process.pid if process else None, "processes": process.processes if process else None,
        "deleted": process.deleted if process else None, "arguments": b" ".join(instance.arguments)[:MAX_ARGUMENTS],
        "unit": instance.unit.name if instance.unit else None, "listen": server.listen,
        "version": ".".join(str(number) for number in built_in.version) if built_in and built_in.version else None,
    }


def _paths(texts):
    return [normal(text.encode("utf-8")) for text in texts or ()]


def _text(value):
    """Names as text; everything else as it is."""
    if isinstance(value, (list, tuple)):
        return [_text(one) for one in value]
    return escape(value) if isinstance(value, bytes) else value


__all__ = ("collect",)
