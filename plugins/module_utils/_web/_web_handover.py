# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What one collector leaves in the workspace of the web servers it has read, for those of the same run that come after it.

Lines of a letter and a JSON value: ``H`` for whom it is, ``S`` a server, ``R`` a row of the server before it, ``E`` how many
servers there are. Bytes are text that begins with ``b``, other text begins with ``t``. The name is that of a spool file,
which a workspace takes away; it is there only when it is whole.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import numbers
import os
import stat

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import O_CLOEXEC

FORMAT = 1
MAX_BYTES = 32 << 20
_NAME = b"web_servers-handover"
_PATHS = ("path", "glob")


class Unusable(Exception):
    """What was left can't be relied on: the servers are to be read again."""


class Handover:
    """Writes down `Server` objects that were read; `whom` is what must be the same for whoever takes it over."""

    def __init__(self, collection, whom):
        self._workspace = collection.workspace
        self._path = collection.spool("web_servers")
        self._stream = open(self._path, "wb")
        self._left = MAX_BYTES
        self._count = 0
        self._write(b"H", [FORMAT, whom])

    def add(self, server):
        """One server that was read."""
        self._count += 1
        files = [path for path, _role, _where in server.reading.files]
        self._write(b"S", [server.name, server.instance.family, server.instance.place(), files])
        for row in server.rows:
            self._write(b"R", row)

    def finish(self, count):
        """Leaves it, when it has all of `count` servers."""
        self._write(b"E", self._count)
        self._stream.close()
        if self._left >= 0 and self._count == count:
            os.rename(self._path, os.path.join(self._workspace, _NAME))
        else:
            os.unlink(self._path)

    def abandon(self):
        """Leaves nothing."""
        if not self._stream.closed:
            self._stream.close()
            os.unlink(self._path)

    def _write(self, letter, value):
        if self._left < 0:
            return
        line = letter + json.dumps(_packed(value)).encode("ascii") + b"\n"
        self._left -= len(line)
        if self._left >= 0:
            self._stream.write(line)


class Left:
    """What was left: `servers` are (name, family, place, files, offset of its rows). Raises `Unusable`."""

    def __init__(self, workspace, whom):
        self.servers = []
        self._stream = os.fdopen(_open(os.path.join(workspace, _NAME)), "rb")
        try:
            self._check(whom)
        except (ValueError, TypeError, AttributeError, KeyError, RuntimeError) as error:
            self.close()
            raise Unusable(str(error))

    def rows(self, offset):
        """The rows of a server."""
        self._stream.seek(offset)
        found = []
        for line in iter(self._stream.readline, b""):
            if line[:1] != b"R":
                break
            found.append(_row(line))
        return found

    def close(self):
        """Gives it back."""
        self._stream.close()

    def _check(self, whom):
        """Everything once, so that nothing is found wrong when half of it is used."""
        if _value(self._stream.readline(), b"H") != [FORMAT, whom]:
            raise ValueError("made for somebody else")
        line = b""
        for line in iter(self._stream.readline, b""):
            if line[:1] == b"S":
                name, family, place, files = _value(line, b"S")
                pid, _namespace, root = place
                if not isinstance(pid, (int, type(None))) or not all(map(_is_path, [root] + files)):
                    raise ValueError("no server")
                self.servers.append((name, family, place, files, self._stream.tell()))
            elif line[:1] == b"R" and self.servers:
                _row(line)
        if _value(line, b"E") != len(self.servers):
            raise ValueError("not all of it")


def _open(path):
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | O_CLOEXEC)
    except OSError as error:
        raise Unusable(os.strerror(error.errno))
    status = os.fstat(descriptor)
    is_ours = stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and status.st_nlink == 1
    if not is_ours or status.st_mode & 0o077 or status.st_size > MAX_BYTES:
        os.close(descriptor)
        raise Unusable("not a file of ours alone")
    return descriptor


def _value(line, letter):
    if line[:1] != letter or line[-1:] != b"\n":
        raise ValueError("no line of the kind that is expected")
    return _unpacked(json.loads(line[1:].decode("ascii")))


def _row(line):
    row = _value(line, b"R")
    if row["kind"] is None or any(name in row and not _is_path(row[name]) for name in _PATHS):
        raise ValueError("no row")
    return row


def _is_path(value):
    return isinstance(value, bytes) and value.startswith(b"/")


def _packed(value):
    if isinstance(value, bytes):
        return u"b" + value.decode("latin-1")
    if isinstance(value, (list, tuple)):
        return [_packed(one) for one in value]
    if isinstance(value, dict):
        return dict((name, _packed(one)) for name, one in value.items())
    return value if value is None or isinstance(value, numbers.Number) else u"t" + value


def _unpacked(value):
    if isinstance(value, list):
        return [_unpacked(one) for one in value]
    if isinstance(value, dict):
        return dict((str(name), _unpacked(one)) for name, one in value.items())
    if value is None or isinstance(value, numbers.Number):
        return value
    return value[1:].encode("latin-1") if value.startswith(u"b") else value[1:]


__all__ = ("Handover", "Left", "MAX_BYTES", "Unusable")
