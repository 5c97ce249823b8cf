# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What a Caddy configuration (Caddyfile or JSON) says of hosts, folders, logs and handlers."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_paths import (
    below, folder_of, log_values, place_values,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_reading import Where
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_shell import substituted

MAX_DEPTH = 16
MAX_WORD = 1 << 16
MAX_BLOCKS = 64
_WORD = re.compile(
    br"[ \t\r]+|#[^\n]*|\\\n|\n|\"((?:[^\"\\]|\\.){0,4096})\"?|`([^`]{0,65536})`"
    br"|((?:[^\s\\]|\\[^\n])[^\s]{0,4096})"
)
_ENVIRONMENT = re.compile(br"\{\$([A-Za-z_][A-Za-z0-9_]*)(?::([^}]{0,4096}))?\}|\{env\.([A-Za-z_][A-Za-z0-9_]*)\}")
_PLACEHOLDER = re.compile(br"\{[^}]{0,200}\}")


class CaddyConfig:
    """Reads a configuration into a `Reading`; its roots are relative to `folder`, where the server was started."""

    def __init__(self, reading, folder, environment=None):
        self._reading = reading
        self._folder = folder
        self._environment = environment or {}
        self._snippets = {}
        self._collecting = None
        self._too_deep = 0
        self.listen = []

    def read(self, path):
        """Adds the rows of a main file; one that begins with a brace and a quote is JSON."""
        data = self._reading.read(path, "main") or b""
        if re.match(br"\s*\{\s*\"", data) or path.endswith(b".json"):
            self._read_json(Where(path, 1), data)
            return
        stack, blocks = [(path, self._lines(path, "main", None))], []
        while stack:
            words, where = next(stack[-1][1], (None, None))
            if where is None:
                stack.pop()
            elif self._collecting is None and words[0] == b"import" and len(words) > 1:
                stack += self._imported(words[1], where, [name for name, _lines in stack], folder_of(path))
            else:
                self._line(words, where, blocks)

    def _lines(self, path, role, where):
        """(words, where) of each line of a file that has any."""
        words, number, begin = [], 1, 1
        for match in _WORD.finditer(self._reading.read(path, role, where) or b""):
            text = match.group()
            if text == b"\n" and words:
                yield words, Where(path, begin)
                words = []
            quoted = match.group(1) if match.group(1) is not None else match.group(2)
            if quoted is not None or match.group(3) is not None:
                begin = begin if words else number
                words.append(self._put_in(match.group(3) if quoted is None else quoted.replace(b'\\"', b'"')))
            number += text.count(b"\n")
            if not self._reading.count_line():
                return
        if words:
            yield words, Where(path, begin)

    def _put_in(self, word):
        def value(match):
            return self._environment.get(match.group(1) or match.group(3), match.group(2) or b"")
        return substituted(_ENVIRONMENT, value, word, MAX_WORD)

    def _imported(self, name, where, opened, folder):
        """(name, lines) of the snippet or of each file that an import stands for; `opened` are the names around it."""
        is_snippet = name in self._snippets
        names = [name] if is_snippet else sorted(self._reading.matching(below(folder, name))[0])
        found = []
        for one in reversed(names):
            if one in opened or len(opened) > MAX_DEPTH:
                self._reading.unresolved(where, one, "imports itself, or nested deeper than %d" % MAX_DEPTH)
            elif is_snippet:
                found.append((one, iter(self._snippets[one])))
            else:
                found.append((one, self._lines(one, "include", where)))
        return found

    def _line(self, words, where, blocks):
        """One line: begin or end of a block, or a directive in one."""
        if self._collecting is not None:
            self._collect(words, where)
            return
        opens, first = words[-1] == b"{", words[0]
        if self._too_deep or opens and len(blocks) >= MAX_BLOCKS:
            self._too_deep += opens - (first == b"}")
            return
        if first == b"}":
            del blocks[-1:]
            return
        if opens and not blocks and first.startswith(b"("):
            self._collecting = self._snippets.setdefault(first.strip(b"()"), []), [1]
            return
        if not blocks and first != b"{":
            self._add_site([word.rstrip(b",") for word in words if word != b"{"], where)
        elif blocks:
            self._directive(words[:-1] if opens else words, where, blocks)
        if opens:
            blocks.append(words[:-1])

    def _collect(self, words, where):
        lines, depth = self._collecting
        depth[0] += (words[-1] == b"{") - (words[0] == b"}")
        if depth[0] == 0:
            self._collecting = None
        elif len(lines) < 10000:
            lines.append((words, where))

    def _add_site(self, names, where):
        self.listen += names[:1]
        self._reading.add("vhost", where, name=names[0], names=names, vhost=names[0])

    def _directive(self, words, where, blocks):
        site = blocks[0][0].rstrip(b",") if blocks[0] else None
        name, rest = words[0], words[1:]
        inside = [block[0] for block in blocks if block]
        values = {"vhost": site, "context": b" ".join(blocks[-1]) if len(blocks) > 1 else None}
        if name == b"root" and rest:
            self._add_root(where, rest[-1], values)
        elif name == b"output" and rest[:1] == [b"file"] and len(rest) > 1:
            self._reading.add("log", where, log="access", vhost=site, **log_values(rest[1], self._folder))
        elif name == b"file_server":
            self._reading.add("handler", where, handler=name, **values)
        elif name in (b"php_fastcgi", b"reverse_proxy") and b"log" not in inside:
            kind, handler = ("handler", name) if name == b"php_fastcgi" else ("upstream", None)
            self._reading.add(kind, where, target=b" ".join(rest), handler=handler, **values)

    def _add_root(self, where, path, values):
        place = place_values(below(self._folder, path), _PLACEHOLDER)
        if place["path"] == b"/" and place.get("variable"):
            reason = "nothing is known of this path before the request"
            self._reading.unresolved(where, path, reason, vhost=values["vhost"])
        else:
            self._reading.add("root", where, role="document_root", **dict(values, **place))

    def _read_json(self, where, data):
        try:
            pending = [json.loads(data.decode("utf-8"))]
        except (ValueError, RuntimeError) as error:
            self._reading.unresolved(where, where.file, "not JSON: %s" % error)
            return
        while pending:
            value = pending.pop()
            if isinstance(value, dict):
                self._take_object(where, value)
                pending += list(value.values())
            elif isinstance(value, list):
                pending += value

    def _take_object(self, where, value):
        def text(key):
            found = value.get(key)
            return found.encode("utf-8", "replace") if hasattr(found, "encode") else None
        if text("handler") in (b"file_server", b"vars") and text("root"):
            self._add_root(where, text("root"), {"vhost": None})
        elif text("handler") == b"reverse_proxy" and isinstance(value.get("upstreams"), list):
            for upstream in value["upstreams"][:100]:
                dial = upstream.get("dial") if isinstance(upstream, dict) else None
                if hasattr(dial, "encode"):
                    self._reading.add("upstream", where, target=dial.encode("utf-8", "replace"))
        elif text("output") == b"file" and text("filename"):
            self._reading.add("log", where, log="access", **log_values(text("filename"), self._folder))
        if isinstance(value.get("host"), list):
            names = [name.encode("utf-8", "replace") for name in value["host"][:1000] if hasattr(name, "encode")]
            self._reading.add("vhost", where, name=names[0] if names else None, names=names)


__all__ = ("CaddyConfig",)
