# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What rows tell of a file: type, size, owner, mode and times, and where it leads when it is a link."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import stat

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._status import birth_of, columns
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

_NULL = os.makedev(1, 3)


def file_row(reader, path):
    """The columns of the file that a path leads to; of a link that leads nowhere its own, nothing of what isn't there.

    ``target`` is there for links, ``to_null`` and ``empty`` where they hold.
    """
    try:
        with reader.find(path, follow=False) as found:
            row, here, is_link = _columns(found), found.path, stat.S_ISLNK(found.status.st_mode)
        if is_link:
            row = _link_columns(reader, path, here, row)
    except NotRead:
        return {}
    return dict((name, value) for name, value in row.items() if value is not None)


def _link_columns(reader, path, here, row):
    try:
        with reader.find(path) as found:
            row, links = _columns(found), found.links
    except NotRead as error:
        links = error.links
    target = dict(links).get(here, b"")
    row["target"] = escape(target)
    row["to_null"] = row.get("to_null") or target == b"/dev/null" or None
    return row


def _columns(found):
    """Of an open file (`Found`); the status of its descriptor is no other file's."""
    status = found.status
    row = columns(status, birth_of(b"", found.descriptor))
    row["empty"] = stat.S_ISREG(status.st_mode) and not status.st_size or None
    row["to_null"] = stat.S_ISCHR(status.st_mode) and status.st_rdev == _NULL or None
    return row


__all__ = ("file_row",)
