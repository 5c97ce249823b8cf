# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What a Tomcat's server.xml says of hosts, applications and logs.

Tags are found by a scan: an XML parser would follow what an attacker wrote into the file (entities that grow, files).
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_paths import below, folder_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_reading import Where
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_shell import substituted

MAX_TAG = 1 << 15
_BEGIN = re.compile(br"<!--|<(/?)([A-Za-z]+)(?=[\s/>])")
_ATTRIBUTE = re.compile(br"([A-Za-z]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_PROPERTY = re.compile(br"\$\{([^}]{0,200})\}")


def tags(data):
    """(line, name, attributes, is_end) of each tag outside comments."""
    position, line, counted = 0, 1, 0
    while True:
        match = _BEGIN.search(data, position)
        if match is None:
            return
        line, counted = line + data.count(b"\n", counted, match.start()), match.start()
        closing = b"-->" if match.group() == b"<!--" else b">"
        end = data.find(closing, match.end())
        position = len(data) if end < 0 else end + len(closing)
        if closing == b">":
            inside = data[match.end():position][:MAX_TAG]
            found = dict((name, double or single) for name, double, single in _ATTRIBUTE.findall(inside))
            yield line, match.group(2), found, bool(match.group(1))


class TomcatConfig:
    """Reads a server into a `Reading`; `properties` are its -D options, ``catalina.base`` among them."""

    def __init__(self, reading, base, properties=None):
        self._reading = reading
        self._base = base
        self._properties = dict(properties or {})
        self._properties.setdefault(b"catalina.base", base)
        self._properties.setdefault(b"catalina.home", base)
        self.listen = []

    def read(self, path):
        """Adds the rows of a server.xml and of the Context files beside it."""
        folder = folder_of(path)
        data = self._reading.read(below(folder, b"catalina.properties"), "environment", needed=False) or b""
        for line in data.split(b"\n")[:5000]:
            name, equals, value = line[:4096].partition(b"=")
            if equals:
                self._properties.setdefault(name.strip(), value.strip())
        host = None
        for line, name, attributes, is_end in tags(self._reading.read(path, "main") or b""):
            if not self._reading.count_line():
                return
            if name == b"Host":
                host = None if is_end else self._add_host(Where(path, line), attributes)
            elif not is_end:
                self._tag(Where(path, line), name, attributes, host)
        if self._reading.view.is_folder(self._base + b"/logs"):
            self._reading.add("log", None, log="error", target="file", path=self._base + b"/logs", default=True)
        for context in self._reading.matching(folder + b"/*/*/*.xml")[0]:
            self._read_context(context)

    def _path(self, text, base):
        def value(match):
            return self._properties.get(match.group(1), match.group())
        return below(base, substituted(_PROPERTY, value, text, MAX_TAG))

    def _add_host(self, where, attributes):
        """A Host; (name, folder of its applications)."""
        name = attributes.get(b"name", b"")
        folder = self._path(attributes.get(b"appBase") or b"webapps", self._base)
        self._reading.add("vhost", where, name=name, names=[name], document_root=folder, vhost=name)
        self._add_root(where, "webapps", folder, name)
        return name, folder

    def _add_root(self, where, role, path, host):
        if b"${" in path:
            self._reading.unresolved(where, path, "a property that nothing sets", vhost=host)
        else:
            self._reading.add_root(where, role, path, vhost=host)

    def _tag(self, where, name, attributes, host):
        if name == b"Connector" and b"port" in attributes:
            self.listen.append(attributes[b"port"] + b" " + attributes.get(b"protocol", b"HTTP/1.1"))
        elif name == b"Context" and attributes.get(b"docBase"):
            folder = host[1] if host else self._base + b"/webapps"
            self._add_root(where, "webapp", self._path(attributes[b"docBase"], folder), host[0] if host else None)
        elif name == b"Valve" and b"AccessLogValve" in attributes.get(b"className", b""):
            folder = self._path(attributes.get(b"directory") or b"logs", self._base)
            pattern = b"%s/%s*%s" % (folder, attributes.get(b"prefix", b"access_log"), attributes.get(b"suffix", b""))
            self._reading.add(
                "log", where, log="access", target="file", vhost=host[0] if host else None, path=folder, glob=pattern,
                variable=True,
            )

    def _read_context(self, path):
        for line, name, attributes, is_end in tags(self._reading.read(path, "include") or b""):
            if name == b"Context" and not is_end:
                self._tag(Where(path, line), name, attributes, None)


__all__ = ("TomcatConfig", "tags")
