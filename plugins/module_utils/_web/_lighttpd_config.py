# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What a lighttpd configuration says of folders, logs and handlers: its assignments, under whatever condition.

Programs that make configuration (``include_shell``) are not run; of Debian's, the files that it would put out are read.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_paths import (
    HOST_PARTS, below, folder_of, log_values,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_reading import Where

MAX_DEPTH = 16
_TOKEN = re.compile(
    br"#[^\n]*|\"((?:[^\"\\\n]|\\.){0,4096})\"?|'([^'\n]{0,4096})'?|([A-Za-z_][\w.-]*|[0-9]+)"
    br"|(\+=|:=|=>|=~|==|!=|!~|[=+(){},\[\]$])|\n"
)
_ENABLED = {b"include-conf-enabled": b"conf-enabled/*.conf"}
_ROOTS = {
    b"server.document-root": "document_root", b"simple-vhost.server-root": "virtual_document_root",
    b"evhost.path-pattern": "virtual_document_root", b"server.chroot": "chroot",
}
_LOGS = {b"server.errorlog": "error", b"accesslog.filename": "access", b"server.breakagelog": "error"}
_HANDLERS = frozenset((b"fastcgi.server", b"scgi.server", b"cgi.assign", b"magnet.attract-raw-url-to"))


class LighttpdConfig:
    """Reads a configuration into a `Reading`."""

    def __init__(self, reading):
        self._reading = reading
        self._variables = {}
        self._folder = b"/"
        self._opened = set()
        self.listen = []

    def read(self, path):
        """Adds the rows of a main file and of what it includes."""
        self._folder = folder_of(path)
        stack = [self._tokens(path, "main", None)]
        while stack:
            statement = next(stack[-1], None)
            if statement is None:
                stack.pop()
                continue
            where, name, values = statement
            if name == b"include" and len(stack) <= MAX_DEPTH:
                stack += [self._tokens(one, "include", where) for one in reversed(self._included(values))]
            elif name == b"include_shell":
                stack += self._shell(where, values)
            else:
                self._assign(where, name, values)

    def _included(self, values):
        return self._reading.matching(below(self._folder, b"".join(values)))[0]

    def _shell(self, where, values):
        """What Debian's script puts out is known; for any other there is a row that says it was not run."""
        command = b"".join(values)
        for name, pattern in _ENABLED.items():
            if name in command:
                paths = self._reading.matching(below(self._folder, pattern))[0]
                return [self._tokens(one, "include", where) for one in reversed(paths)]
        if b"create-mime" not in command and b"use-ipv6" not in command:
            self._reading.unresolved(where, command, "a program that makes configuration")
        return []

    def _tokens(self, path, role, where):
        """(where, name, values) of each assignment and include of a file; ``key => value`` are two values."""
        if path in self._opened:
            return
        self._opened.add(path)
        line, name, values, begin, depth = 1, None, [], None, 0
        for match in _TOKEN.finditer(self._reading.read(path, role, where) or b""):
            double, single, word, operator = match.groups()
            text = match.group()
            if text == b"\n":
                line += 1
                if name is not None and depth <= 0 and values:
                    yield begin, name, values
                    name, values = None, []
                if not self._reading.count_line():
                    return
            elif operator in (b"(", b")"):
                depth += 1 if operator == b"(" else -1
            elif operator == b"{" or operator == b"}":
                name, values = None, []
            elif operator in (b"=", b"+=", b":="):
                values = []
            elif operator == b"+" and values:
                values.append(None)
            elif double is not None or single is not None or word is not None:
                name, begin = self._piece(match, name, values, Where(path, line), begin)
        if name is not None and values:
            yield begin, name, values

    def _piece(self, match, name, values, here, begin):
        """Puts a word or string to the name or the values of an assignment."""
        double, single, word, _operator = match.groups()
        if name is None:
            return (word, here) if word is not None else (None, None)
        piece = double.replace(b'\\"', b'"') if double is not None else single
        if piece is None:
            piece = self._variables.get(word, self._variables.get(b"var." + word, word))
        if values[-1:] == [None]:
            values.pop()
            if values:
                piece = values.pop() + piece
        if len(values) < 5000:
            values.append(piece[:65536])
        return name, begin

    def _assign(self, where, name, values):
        values = [value for value in values if value is not None]
        if not values:
            return
        if len(self._variables) < 5000 and len(values) == 1:
            self._variables[name] = values[0]
        if name in _ROOTS:
            self._reading.add_root(where, _ROOTS[name], below(self._folder, values[0]), HOST_PARTS)
        elif name in _LOGS:
            self._reading.add("log", where, log=_LOGS[name], **log_values(values[0], self._folder))
        elif name == b"alias.url":
            for url, path in zip(values[::2], values[1::2]):
                self._reading.add("alias", where, url=url, path=below(self._folder, path))
        elif name == b"server.modules":
            for module in values:
                self._reading.add("module", where, name=module)
        elif name in _HANDLERS:
            self._reading.add("handler", where, handler=name, settings=values[:100])
        elif name == b"server.port":
            self.listen.append(values[0])


__all__ = ("LighttpdConfig",)
