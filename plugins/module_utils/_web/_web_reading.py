# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What the configuration of one server says, row by row, before it becomes text."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from collections import namedtuple

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._web import _web_glob
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_paths import place_values

MAX_ROWS = 30000
MAX_LESSER_ROWS = 10000
MAX_BYTES = 8 << 20
MAX_VALUE = 1 << 13
MAX_LIST = 1000
MAX_LINES = 1000000

_FIRST = frozenset(("root", "alias", "script_alias", "log", "vhost"))

# Where something stands: a file (bytes) and the line where it begins; a line of 0 is a command line.
Where = namedtuple("Where", "file line")


class Reading:
    """The rows of one server, and the files that were read.

    Rows are dicts; values are text, numbers, bytes, or lists of these. A file is (path, role, where it is included).
    """

    def __init__(self, view):
        self.view = view
        self.rows = []
        self.files = []
        self._seen = set()
        self._dropped = 0
        self._bytes = 0
        self._lesser = 0
        self._lines = 0
        self._unresolved = set()

    def add(self, kind, where, **values):
        """One row. Columns without a value are left out; rows beyond `MAX_ROWS` or `MAX_BYTES` are counted only.

        What says nothing of folders and logs has less room, so that it can't crowd them out.
        """
        row = dict((name, _cut(value)) for name, value in values.items() if value not in (None, b"", [], False))
        self._bytes += sum(_size(value) for value in row.values())
        is_lesser = kind not in _FIRST
        self._lesser += is_lesser
        if len(self.rows) >= MAX_ROWS or self._bytes > MAX_BYTES or is_lesser and self._lesser > MAX_LESSER_ROWS:
            self._dropped += 1
            return
        row["kind"] = kind
        if where is not None:
            row.update(file=where.file, line=where.line)
        self.rows.append(row)

    def add_root(self, where, role, path, marks=None, **values):
        """A folder from which files are served; what has nothing before its first variable can't be named."""
        values.update(place_values(path, marks))
        if values["path"] == b"/" and values.get("variable"):
            self.unresolved(where, path, "nothing is known of this path before the request", **values)
        else:
            self.add("root", where, role=role, **values)

    def unresolved(self, where, what, reason, **values):
        """Something that could not be read or worked out, once for each place and reason."""
        key = (where, what, reason)
        if key not in self._unresolved:
            self._unresolved.add(key)
            values = dict((name, values[name]) for name in ("vhost", "context", "directive") if name in values)
            self.add("unresolved", where, what=what, reason=reason, **values)

    def read(self, path, role, where=None, needed=True):
        """The bytes of a configuration file (None: unread, which is a row unless it is absent and not `needed`)."""
        data = self.view.read(path)
        state, reason = self.view.states[path]
        if path not in self._seen and (needed or state != _state.ABSENT):
            self._seen.add(path)
            self.files.append((path, role, where))
        if state != _state.COLLECTED and (needed or state != _state.ABSENT):
            self.unresolved(where, path, "%s: %s" % (state, reason))
        return data

    def count_line(self):
        """False when the server's configuration has more lines than are read, with all its repetitions."""
        self._lines += 1
        if self._lines % 1024 == 0:
            self.view.check()
        if self._lines == MAX_LINES:
            self.unresolved(None, b"", "more than %d lines: the rest was not read" % MAX_LINES)
        return self._lines < MAX_LINES

    def finish(self):
        """The rows, with one that says how many more there would have been."""
        if self._dropped:
            self.rows.append({"kind": "unresolved", "reason": "%d more rows" % self._dropped})
        return self.rows

    def matching(self, pattern):
        """(paths, is_pattern) for an absolute path or pattern."""
        if not _web_glob.is_pattern(pattern):
            return [pattern], False
        return self.view.expand(pattern), True


def _cut(value):
    if isinstance(value, list):
        return [_cut(one) for one in value[:MAX_LIST]]
    return value[:MAX_VALUE] if isinstance(value, bytes) else value


def _size(value):
    if isinstance(value, list):
        return sum(_size(one) for one in value)
    return len(value) if isinstance(value, bytes) else 0


__all__ = ("MAX_LINES", "MAX_ROWS", "Reading", "Where")
