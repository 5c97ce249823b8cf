# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""PHP-FPM: the pools of a php-fpm.conf and what it includes (ini files with sections)."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_paths import (
    DATE_PARTS, below, log_values, place_values,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_reading import Where

MAX_DEPTH = 16
_SECTION = re.compile(br"\[([^\]]*)\]")
_PLAIN = (b"listen", b"user", b"group")
_FOLDERS = (b"chroot", b"chdir")
_LOGS = {
    b"error_log": "error", b"slowlog": "slow", b"access.log": "access", b"php_admin_value[error_log]": "php",
    b"php_value[error_log]": "php",
}
# Settings of PHP; not those of the environment, in which secrets are.
_TELLING = re.compile(br"php_(?:admin_)?(?:value|flag)\[[^\]]+\]\Z")


class PhpFpm:
    """Reads the configuration of one FPM master into a `Reading`; `prefix` is what its paths are relative to."""

    def __init__(self, reading, prefix):
        self._reading = reading
        self._prefix = prefix
        self._pools = {}
        self._order = []
        self._section = b"global"
        self.listen = []

    def read(self, path):
        """Adds the rows of a main file."""
        self._read_file(path, "main", None)
        for name in self._order:
            self._add_pool(name, self._pools[name])

    def _read_file(self, path, role, where):
        """All files in the order of their inclusion; a section goes on behind the file that it was begun in."""
        pending = [(path, role, where, 0)]
        opened = set()
        while pending:
            path, role, where, depth = pending.pop()
            if path in opened:
                continue
            opened.add(path)
            included = []
            for number, line in enumerate((self._reading.read(path, role, where) or b"").split(b"\n"), 1):
                if not self._reading.count_line():
                    return
                included += self._line(line.strip(), Where(path, number))
            if depth < MAX_DEPTH:
                pending += [(one, "include", at, depth + 1) for one, at in reversed(included)]

    def _line(self, line, where):
        """Notes a setting; (path, where) of the files that an include means."""
        if line[:1] in (b"", b";", b"#") or len(line) > 65536:
            return []
        section = _SECTION.match(line)
        if section:
            self._section = section.group(1)
            return []
        name, equals, value = line.partition(b"=")
        if not equals:
            return []
        name, value = name.strip(), _value(value.strip())
        if name == b"include":
            paths, is_pattern = self._reading.matching(below(self._prefix, value))
            return [(path, where) for path in (sorted(paths) if is_pattern else paths)]
        self._set(name, value, where)
        return []

    def _set(self, name, value, where):
        if self._section not in self._pools:
            if len(self._order) >= 5000:
                return
            self._pools[self._section] = {b"": (b"", where)}
            self._order.append(self._section)
        if len(self._pools[self._section]) < 500:
            self._pools[self._section][name] = (value.replace(b"$pool", self._section), where)

    def _add_pool(self, name, settings):
        base = below(self._prefix, settings[b"prefix"][0]) if b"prefix" in settings else self._prefix
        pool = name if name != b"global" else None
        if pool:
            values = dict((key.decode("ascii"), settings[key][0]) for key in _PLAIN if key in settings)
            values.update((key.decode("ascii"), below(base, settings[key][0])) for key in _FOLDERS if key in settings)
            telling = [key + b"=" + settings[key][0] for key in sorted(settings) if _TELLING.match(key)]
            self.listen += [values["listen"]] if "listen" in values else []
            self._reading.add("fpm_pool", settings[b""][1], name=name, settings=telling[:100], **values)
        for key in sorted(_LOGS):
            if settings.get(key, (b"",))[0]:
                text, where = settings[key]
                target = log_values(text, base)
                if target["target"] == "file" and b"%" in text:
                    target.update(place_values(target["path"], DATE_PARTS))
                self._reading.add("log", where, log=_LOGS[key], pool=pool, directive=key, **target)


def _value(text):
    """A value without quotes, or without the comment behind it."""
    quote = text[:1]
    if quote in (b'"', b"'") and quote in text[1:]:
        return text[1:text.index(quote, 1)]
    return text.partition(b";")[0].strip()


__all__ = ("PhpFpm",)
