# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What an nginx configuration says of hosts, folders, logs, modules and handlers, as rows of a `Reading`."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._nginx_reader import NginxReader
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._nginx_variables import (
    MAPS, VARIABLE, candidates, map_values, name_of, set_values, with_slashes,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_paths import (
    below, folder_of, log_values, place_values,
)

_PASSES = {
    b"fastcgi_pass": "handler", b"uwsgi_pass": "handler", b"scgi_pass": "handler", b"proxy_pass": "upstream",
    b"grpc_pass": "upstream", b"memcached_pass": "upstream",
}
_LOGS = {b"access_log": "access", b"error_log": "error"}
_SCRIPTS = frozenset((b"js_import", b"js_include", b"perl_require", b"passenger_app_root"))
_CODE = frozenset((b"js_content", b"perl", b"perl_set", b"js_set"))
_PARAMETERS = frozenset((b"script_filename", b"php_value", b"php_admin_value"))
_KEPT = frozenset(_PASSES) | frozenset(_LOGS) | _SCRIPTS | _CODE | frozenset((
    b"root", b"alias", b"server_name", b"listen", b"set", b"load_module", b"return", b"fastcgi_param", b"server",
))
_NO_PLACES = frozenset(MAPS) | frozenset((b"upstream", b"types", b"charset_map"))
_PORT = re.compile(br"(?:^|:)([0-9]{1,5})\Z")
_UPSTREAM = re.compile(br"(?:[a-z]+://)?([^/:]+)")


def is_wanted(name, block):
    """Whether a directive says something that becomes a row, or helps to."""
    return name in _KEPT or block.name in MAPS or name.endswith(b"_by_lua_file")


class Server:
    """One ``server`` block of ``http``."""

    def __init__(self, block):
        self.block = block
        self.names = [name for directive in block.all(b"server_name") for name in directive.arguments if name]
        self.listen = [b" ".join(directive.arguments) for directive in block.all(b"listen")]

    def ports(self):
        """The ports it listens on; 80 when nothing is said."""
        found = set()
        for listen in self.listen or [b"80"]:
            address = listen.split(b" ")[0]
            match = _PORT.search(address)
            if not address.startswith(b"unix:"):
                found.add(int(match.group(1)) if match else 80)
        return sorted(found)

    def label(self):
        """Its name and port in one text."""
        name = self.names[0] if self.names else b"_"
        return name + b"".join(b":%d" % port for port in self.ports()[:1])


class NginxConfig:
    """Reads a configuration into a `Reading`.

    `prefix` is what paths are relative to, `default_logs` the (access, error) logs that the program has built in.
    """

    def __init__(self, reading, prefix, default_logs=(b"logs/access.log", b"logs/error.log")):
        self._reading = reading
        self._prefix = prefix
        self._default_logs = default_logs
        self._maps = {}
        self._upstreams = {}
        self._sets = {}
        self._known = {}
        self._has_log = set()
        self.listen = []

    def read(self, path, directives=b""):
        """Reads everything and adds the rows; `directives` are those of the option ``-g``."""
        tree = NginxReader(self._reading, is_wanted).read(path, directives)
        outer = [tree] + [block for block in tree.blocks if block.name in (b"http", b"stream", b"mail")]
        groups = [block for part in outer for block in part.blocks]
        self._maps = map_values(groups)
        for block in groups:
            if block.name == b"upstream" and block.arguments:
                servers = [b" ".join(one.arguments) for one in block.all(b"server")]
                self._upstreams[block.arguments[0]] = servers
                self._reading.add("upstream", block.where, name=block.arguments[0], servers=servers)
        self._walk(tree)
        self._add_default_logs()

    def _walk(self, tree):
        """Every block once, a parent before what lies in it; `root` is the directive that holds where it begins."""
        pending = [(tree, None, None, b"http")]
        while pending:
            self._reading.view.check()
            block, server, root, part = pending.pop()
            part = block.name if block.name in (b"http", b"stream", b"mail") else part
            root = block.last(b"root") or root
            if block.name == b"server" and server is None and part == b"http":
                server = Server(block)
                self._sets = set_values([block])
                self._add_server(server, root)
            self._add_block(block, server)
            pending += [(inner, server, root, part) for inner in reversed(block.blocks) if inner.name not in _NO_PLACES]

    def _add_server(self, server, root):
        if len(self.listen) < 1000:
            self.listen += [listen for listen in server.listen if listen not in self.listen]
        folders = self._places(root.arguments[0], server) if root and root.arguments else []
        is_default = not folders and root is None and self._serves_default(server.block)
        if is_default:
            folders = [{"path": below(self._prefix, b"html")}]
            self._reading.add(
                "root", server.block.where, role="document_root", vhost=server.label(), default=True, **folders[0]
            )
        first = folders[0] if folders else {}
        self._reading.add(
            "vhost", server.block.where, name=server.names[0] if server.names else None, names=server.names,
            listen=server.listen, ports=server.ports(), vhost=server.label(), default=is_default,
            inherited=root is not None and root not in server.block.directives,
            document_root=first.get("path"), variable=first.get("variable"), pattern=first.get("pattern"),
        )

    def _serves_default(self, block):
        """Whether a server without any root can hand out files of ``html``, and there is such a folder."""
        ends = [inner for inner in block.blocks if inner.name == b"location" and inner.arguments[-1:] == [b"/"]]
        for inner in [block] + ends:
            if inner.all(b"return") or any(inner.all(name) for name in _PASSES):
                return False
        has_root = any(inner.all(b"root") for inner in ends)
        return not has_root and self._reading.view.is_folder(below(self._prefix, b"html"))

    def _add_block(self, block, server):
        context = None if block.name in (b"", b"http", b"server") else block.shown()
        values = {"vhost": server.label() if server else None, "context": context}
        if block.name.endswith(b"_by_lua_block"):
            self._reading.add("handler", block.where, handler=block.name, **dict(values, context=_outside(block)))
        for directive in block.directives:
            if directive.arguments:
                self._add_directive(block, directive, server, values)

    def _add_directive(self, block, directive, server, values):
        name, first = directive.name, directive.arguments[0]
        if name == b"root":
            role = "document_root" if values["context"] is None else "location_root"
            for place in self._places(first, server, directive, values):
                self._reading.add("root", directive.where, role=role, **dict(values, **place))
        elif name == b"alias":
            url = block.arguments[-1] if block.arguments else None
            for place in self._places(first, server, directive, values):
                self._reading.add("alias", directive.where, url=url, **dict(values, **place))
        elif name in _LOGS:
            self._add_log(directive, server, values)
        elif name in _PASSES:
            self._add_pass(directive, values)
        elif name == b"fastcgi_param":
            self._add_parameter(directive, server, values)
        elif name == b"load_module":
            self._reading.add("module", directive.where, path=below(self._prefix, first))
        elif name in _SCRIPTS or name.endswith(b"_by_lua_file"):
            path = directive.arguments[-1]
            self._reading.add("handler", directive.where, handler=name, path=below(self._prefix, path), **values)
        elif name in _CODE:
            code = b" ".join(directive.arguments)[:1000]
            self._reading.add("handler", directive.where, handler=name, target=code, **values)

    def _places(self, text, server, directive=None, values=None):
        """The columns ``path``, ``glob``, ``variable`` and ``pattern`` of all folders that a text can mean."""
        if b"$" not in text:
            return [place_values(below(self._prefix, text))]
        if (server, text) not in self._known:
            if len(self._known) > 10000:
                self._known.clear()
            self._known[server, text] = self._variable_places(text, server)
        places, left = self._known[server, text]
        for one in left if directive is not None else ():
            self._tell_open(one, directive, values)
        return places

    def _variable_places(self, text, server):
        """(places, texts that begin with what nobody knows) of a text with variables."""
        known = [self._maps]
        if server:
            is_plain = server.names and not server.names[0].startswith((b"~", b"*", b"."))
            known = [self._sets, {b"server_name": server.names[:1]} if is_plain else {}, self._maps]
        found, left = [], []
        for one, is_sure in candidates(text, known):
            one = with_slashes(one)
            place = None if one.startswith(b"$") else place_values(below(self._prefix, one), VARIABLE)
            if place is None or place["path"] == b"/" and place.get("variable"):
                left.append(one)
            elif not any(place["path"] == other["path"] and place.get("glob") == other.get("glob") for other in found):
                found.append(dict(place, pattern=text, variable=bool(place.get("variable") or not is_sure)))
        return found, left

    def _tell_open(self, text, directive, values):
        names = b", ".join(b"$" + name_of(match) for match in VARIABLE.finditer(text))
        reason = "%s is known only at a request" % escape(names)
        self._reading.unresolved(
            directive.where, b" ".join(directive.arguments), reason, directive=directive.name, **values
        )

    def _add_log(self, directive, server, values):
        text, rest = directive.arguments[0], directive.arguments[1:]
        kind = _LOGS[directive.name]
        if values["vhost"] is None:
            self._has_log.add(kind)
        log_format = rest[0] if kind == "access" and rest and b"=" not in rest[0] else None
        targets = [log_values(text, self._prefix)]
        if targets[0]["target"] == "file" and b"$" in text:
            targets = [dict(place, target="file") for place in self._places(text, server, directive, values)]
        for target in targets:
            self._reading.add("log", directive.where, log=kind, format=log_format, **dict(values, **target))

    def _add_pass(self, directive, values):
        target = directive.arguments[0]
        match = _UPSTREAM.match(target)
        servers = self._upstreams.get(match.group(1)) if match else None
        kind = _PASSES[directive.name]
        handler = directive.name if kind == "handler" else None
        self._reading.add(kind, directive.where, target=target, servers=servers, handler=handler, **values)

    def _add_parameter(self, directive, server, values):
        """Scripts that are given to FastCGI by a path of their own, and settings of PHP."""
        name, text = directive.arguments[0].lower(), directive.arguments[1] if len(directive.arguments) > 1 else b""
        if name not in _PARAMETERS or not text:
            return
        if name != b"script_filename":
            self._reading.add("handler", directive.where, handler=b"php", setting=text, **values)
        elif text.startswith(b"/"):
            for place in self._places(text, server, directive, values):
                if not place.get("glob"):
                    place.update(script=place["path"], path=folder_of(place["path"]))
                self._reading.add("root", directive.where, role="fcgi", **dict(values, **place))

    def _add_default_logs(self):
        for kind, text in zip(("access", "error"), self._default_logs):
            values = log_values(text, self._prefix) if text and kind not in self._has_log else {}
            if values.get("path") and self._reading.view.is_file(values["path"]):
                self._reading.add("log", None, log=kind, default=True, **values)


def _outside(block):
    return block.parent.shown() if block.parent is not None and block.parent.name else None


__all__ = ("NginxConfig", "is_wanted")
