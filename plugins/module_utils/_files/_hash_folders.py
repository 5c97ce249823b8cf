# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Files in folders that stay open for a while: a folder is looked for once, safely, and then has many files to read."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import stat

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import O_CLOEXEC, O_PATH, Found, NotRead
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._status import birth_of, columns

MAX_FOLDERS = 100


class Seen(object):
    """A name in an open folder: `path` as it really is, `status`, and what was `found`, to be closed by ``with``."""

    def __init__(self, folder, found):
        self.found = found
        self.path = found.path
        self.status = found.status
        self._folder = folder
        self._columns = None

    def __enter__(self):
        return self

    def __exit__(self, *_unused):
        os.close(self.found.descriptor)

    def columns(self):
        """The columns of a row."""
        if self._columns is None:
            self._columns = columns(self.status, birth_of(self.path.rpartition(b"/")[2], self._folder.descriptor))
        return self._columns

    def target(self):
        """Where the name leads, which is that of a link."""
        return os.readlink(_inside(self._folder, self.path.rpartition(b"/")[2]))


class Folders(object):
    """Keeps the last folders open."""

    def __init__(self, reader):
        self._reader = reader
        self._known = {}

    def find(self, path):
        """The `Seen` of a path; links on the way to it are followed, but not its own. Raises `NotRead`."""
        above, _slash, name = path.rpartition(b"/")
        folder = self._known.get(above) or self._enter(above)
        try:
            descriptor = os.open(_inside(folder, name), O_PATH | os.O_NOFOLLOW | O_CLOEXEC)
        except OSError as error:
            raise NotRead.of(error)
        found = Found(descriptor, folder.path.rstrip(b"/") + b"/" + name, ())
        if found.status.st_dev != folder.status.st_dev:
            # Something is mounted on it: the long way knows whether it may be touched.
            os.close(descriptor)
            found = self._reader.find(path, follow=False)
        return Seen(folder, found)

    def _enter(self, path):
        if len(self._known) >= MAX_FOLDERS:
            self.close()
        folder = self._reader.find(path or b"/")
        if not stat.S_ISDIR(folder.status.st_mode):
            os.close(folder.descriptor)
            raise NotRead(_state.ABSENT, "no folder")
        self._known[path] = folder
        return folder

    def close(self):
        """Closes all of them."""
        for folder in self._known.values():
            os.close(folder.descriptor)
        self._known.clear()


def _inside(folder, name):
    return b"/proc/self/fd/" + str(folder.descriptor).encode("ascii") + b"/" + name


__all__ = ("Folders", "Seen")
