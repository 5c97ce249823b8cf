# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What an Apache configuration says of hosts, folders, logs, modules and handlers, as rows of a `Reading`."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape
from ansible_collections.csirt.linux_triage.plugins.module_utils._web import _apache_handlers
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._apache_conditions import CONDITIONS
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._apache_reader import ApacheReader
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._apache_syntax import variables_left, words
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._user_dirs import UserDirs
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_paths import (
    CAPTURES, HOST_PARTS, below, log_values, place_values,
)

MAX_HOSTS = 20000
_PORT = re.compile(br":([0-9]+|\*)\Z")
_LOGS = {
    b"errorlog": "error", b"customlog": "access", b"transferlog": "access", b"globallog": "access",
    b"cookielog": "access", b"scriptlog": "script", b"forensiclog": "forensic", b"rewritelog": "rewrite",
    b"secauditlog": "audit", b"secauditlog2": "audit", b"secdebuglog": "debug", b"jklogfile": "debug",
}
_ALIASES = {
    b"alias": ("alias", None), b"aliasmatch": ("alias", CAPTURES), b"scriptalias": ("script_alias", None),
    b"scriptaliasmatch": ("script_alias", CAPTURES), b"wsgiscriptalias": ("script_alias", None),
    b"wsgiscriptaliasmatch": ("script_alias", CAPTURES),
}
_VIRTUAL = {
    b"virtualdocumentroot": "root", b"virtualdocumentrootip": "root", b"virtualscriptalias": "script_alias",
    b"virtualscriptaliasip": "script_alias",
}
# Directives that name folders: in a section that isn't read they are told, in case that was decided wrongly.
_NAMING = frozenset(_ALIASES) | frozenset(_VIRTUAL) | frozenset((b"documentroot", b"userdir"))


class Host:
    """The main server (`section` is None) or one VirtualHost."""

    __slots__ = ("section", "where", "addresses", "names", "root", "logs")

    def __init__(self, section, where):
        self.section = section
        self.where = where
        self.addresses = words(section.arguments) if section else []
        self.names = []
        self.root = None
        self.logs = set()

    def ports(self):
        """The ports of its addresses as numbers; ``*`` and addresses without one are no port of their own."""
        found = [match.group(1) for match in map(_PORT.search, self.addresses) if match]
        return sorted(set(int(port[:6]) for port in found if port != b"*"))

    def label(self):
        """Its name and ports, or its addresses, in one text; the main server has none."""
        if self.section is None:
            return None
        if not self.names:
            return b" ".join(self.addresses[:8])
        return self.names[0] + b"".join(b":%d" % port for port in self.ports()[:1])


class ApacheConfig:
    """Reads a configuration into a `Reading`; `default_root` and `default_log` are what the program has built in."""

    def __init__(self, reading, server_root, default_root=None, default_log=b"logs/error_log", **start):
        self._reading = reading
        self._reader = ApacheReader(reading, server_root, **start)
        self._main = Host(None, None)
        self._latest = self._main
        self._order = []
        self._user_dirs = UserDirs(reading)
        self._default_root = default_root
        self._default_log = default_log
        self._chroot = None
        self.listen = []

    @property
    def server_root(self):
        """ServerRoot as it is at the end."""
        return self._reader.server_root

    def read(self, path, before=(), after=()):
        """Reads everything and adds the rows."""
        for directive in self._reader.read(path, before, after):
            if directive.active:
                self._take(directive)
            elif directive.name in _NAMING:
                self._tell_inactive(directive)
        self._finish()

    def _take(self, directive):
        name = directive.name
        if name == b"<virtualhost":
            self._host(directive)
        elif name in _LOGS:
            self._log(directive)
        elif name in _ALIASES:
            self._alias(directive)
        elif name in _VIRTUAL:
            self._virtual(directive)
        elif name in _apache_handlers.NAMES:
            context, host = self._context(directive), self._host(directive)
            _apache_handlers.add(self._reading, directive, context, host, self._reader.path)
        elif name in _SETTINGS:
            _SETTINGS[name](self, directive, directive.words())

    def _host(self, directive):
        section = directive.section.host if directive.section else None
        if section is None:
            return self._main
        if self._latest.section is not section:
            self._latest = Host(section, section.where)
            if len(self._order) < MAX_HOSTS:
                self._order.append(self._latest)
            elif len(self._order) == MAX_HOSTS:
                reason = "more than %d virtual hosts: the others have no row" % MAX_HOSTS
                self._reading.unresolved(None, section.shown(), reason)
        return self._latest

    def _tell_inactive(self, directive):
        section = directive.section
        while section.parent is not None and not section.parent.active:
            section = section.parent
        self._reading.add(
            "inactive", directive.where, what=directive.arguments, directive=directive.name, context=section.shown()
        )

    @staticmethod
    def _context(directive):
        """The innermost section that isn't a condition nor the host itself."""
        section = directive.section
        while section is not None and (section.name in CONDITIONS or section.name == b"virtualhost"):
            section = section.parent
        return section

    def _is_known(self, directive, text):
        """Whether nothing in a text is left open; else there is a row that says so."""
        left = variables_left(text)
        if left:
            self._reading.unresolved(
                directive.where, text, "nothing sets %s" % escape(b", ".join(left)),
                directive=directive.name, vhost=self._host(directive),
            )
        return not left

    def _document_root(self, directive, parts):
        if parts and self._is_known(directive, parts[0]):
            self._host(directive).root = directive.where, self._reader.path(parts[0])

    def _alias(self, directive):
        kind, marks = _ALIASES[directive.name]
        parts, context = directive.words()[:2], self._context(directive)
        if not parts or not self._is_known(directive, parts[-1]):
            return
        url = parts[0]
        if len(parts) == 1:  # the section around it says for which addresses
            marks = CAPTURES
            url = (words(context.arguments) or [None])[-1] if context is not None else None
        self._reading.add(
            kind, directive.where, vhost=self._host(directive), directive=directive.name, url=url,
            **place_values(self._reader.path(parts[-1]), marks)
        )

    def _virtual(self, directive):
        kind, parts = _VIRTUAL[directive.name], directive.words()
        if not parts or parts[0].lower() == b"none" or not self._is_known(directive, parts[0]):
            return
        path, host = self._reader.path(parts[0]), self._host(directive)
        if kind == "root":
            self._reading.add_root(
                directive.where, "virtual_document_root", path, HOST_PARTS, vhost=host, directive=directive.name
            )
        else:
            self._reading.add(
                kind, directive.where, vhost=host, directive=directive.name, **place_values(path, HOST_PARTS)
            )

    def _log(self, directive):
        parts, host, kind = directive.words(), self._host(directive), _LOGS[directive.name]
        if parts and self._is_known(directive, parts[0]):
            host.logs.add(kind)
            log_format = parts[1] if len(parts) > 1 and not parts[1].startswith((b"env=", b"expr=")) else None
            self._reading.add(
                "log", directive.where, vhost=host, log=kind, format=log_format, directive=directive.name,
                **log_values(parts[0], self._reader.server_root)
            )

    def _server_name(self, directive, parts):
        name = parts[0].rpartition(b"//")[2] if parts else b""
        self._host(directive).names[:0] = [_PORT.sub(b"", name)] if name else []

    def _server_alias(self, directive, parts):
        names = self._host(directive).names
        names += parts[:max(0, 5000 - len(names))]

    def _listen(self, directive, parts):
        if parts and len(self.listen) < 1000:
            self.listen.append(b" ".join(parts[:2]))

    def _user_dir(self, directive, parts):
        self._user_dirs.add(directive.where, self._host(directive), parts)

    def _module(self, directive, parts):
        if len(parts) > 1:
            self._reading.add("module", directive.where, name=parts[0], path=self._reader.path(parts[1]))
        elif parts and directive.name == b"loadfile":
            self._reading.add("module", directive.where, path=self._reader.path(parts[0]))

    def _chroot_dir(self, directive, parts):
        self._chroot = self._reader.path(parts[0]) if parts else None

    def _finish(self):
        self._user_dirs.finish()
        for host in [self._main] + self._order:
            self._finish_host(host)
        if "error" not in self._main.logs:
            values = log_values(self._default_log, self.server_root)
            if values.get("path") and self._reading.view.is_file(values["path"]):
                self._reading.add("log", None, log="error", default=True, **values)
        for row in self._reading.rows:
            host = row.pop("vhost", None)
            label = host.label() if host is not None else None
            if label:
                row["vhost"] = label
            if self._chroot and row["kind"] in ("root", "alias", "script_alias"):
                row.update((name, below(b"/", self._chroot + row[name])) for name in ("path", "glob") if row.get(name))

    def _finish_host(self, host):
        where, root = host.root or (None, None)
        if root is not None:
            self._reading.add_root(where, "document_root", root, vhost=host)
        is_used = host is not self._main or not self._order
        inherited = root is None and self._main.root is not None
        if root is None and is_used:
            root = self._main.root[1] if self._main.root else self._built_in_root()
        self._reading.add(
            "vhost", host.where, main=host is self._main, name=host.names[0] if host.names else None, vhost=host,
            names=host.names, addresses=host.addresses, ports=host.ports(), document_root=root,
            inherited=inherited and root is not None,
        )

    def _built_in_root(self):
        """The document root of a server whose configuration names none, when there is such a folder."""
        path = self._default_root
        if path is None or not self._reading.view.is_folder(path):
            return None
        if not any(row["kind"] == "root" and row.get("default") for row in self._reading.rows):
            self._reading.add_root(None, "document_root", path, default=True)
        return path


_SETTINGS = {
    b"documentroot": ApacheConfig._document_root, b"servername": ApacheConfig._server_name,
    b"serveralias": ApacheConfig._server_alias, b"listen": ApacheConfig._listen, b"userdir": ApacheConfig._user_dir,
    b"loadmodule": ApacheConfig._module, b"loadfile": ApacheConfig._module, b"chrootdir": ApacheConfig._chroot_dir,
}

__all__ = ("ApacheConfig",)
