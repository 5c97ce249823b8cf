# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What a backup still has to take, kept in the workspace from one piece to the next."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import contextlib
import gzip
import json
import os

LIST, CURSOR = b"backup-list_gz", b"backup-cursor"  # names that `_workspace` knows as its own
_CHUNK = 1 << 16


class ToDo(object):
    """The list of paths, written once, and how far the backup has come.

    `done`: how many of the paths are taken. `large`: facts (as JSON has them) of a file that goes on in the next piece.
    """

    def __init__(self, workspace):
        self._list = os.path.join(workspace, LIST)
        self._cursor = os.path.join(workspace, CURSOR)
        self.done = 0
        self.large = None

    @contextlib.contextmanager
    def writing(self):
        """A function that keeps a prefix and a path (bytes), for `paths`."""
        with gzip.open(self._list, "wb", 1) as stream:
            yield lambda prefix, path: stream.write(prefix + b"\0" + path + b"\0")

    def load(self):
        """Goes on where `save` was called."""
        with open(self._cursor, "rb") as stream:
            facts = json.loads(stream.read().decode("ascii"))
        self.done, self.large = facts["done"], facts["large"]

    def save(self):
        """Keeps how far it has come."""
        with open(self._cursor, "wb") as stream:
            stream.write(json.dumps({"done": self.done, "large": self.large}).encode("ascii"))

    def paths(self):
        """The (prefix, path) pairs that are not done yet."""
        for number, pair in enumerate(self._pairs()):
            if number >= self.done:
                yield pair

    def _pairs(self):
        rest, prefix = b"", None
        with gzip.open(self._list, "rb") as stream:
            chunk = stream.read(_CHUNK)
            while chunk:
                fields = (rest + chunk).split(b"\0")
                rest = fields.pop()
                for field in fields:
                    if prefix is None:
                        prefix = field
                    else:
                        yield prefix, field
                        prefix = None
                chunk = stream.read(_CHUNK)


__all__ = ("CURSOR", "LIST", "ToDo")
