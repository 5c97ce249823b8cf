# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What rows tell of a file: type, size, owner, mode and times."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import stat

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _syscalls
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import iso, iso_ns, nanoseconds

_TYPES = (
    (stat.S_ISREG, "file"), (stat.S_ISDIR, "directory"), (stat.S_ISLNK, "link"), (stat.S_ISFIFO, "fifo"),
    (stat.S_ISSOCK, "socket"), (stat.S_ISCHR, "char"), (stat.S_ISBLK, "block"),
)


def columns(status, birth=None):
    """The columns of a stat result; `birth` is (seconds, nanoseconds) or None."""
    mode = status.st_mode
    row = {
        "type": next((word for matches, word in _TYPES if matches(mode)), "unknown"), "size": status.st_size,
        "uid": status.st_uid, "gid": status.st_gid, "mode": "%04o" % stat.S_IMODE(mode),
    }
    for name in ("mtime", "ctime", "atime"):
        row[name] = iso_ns(nanoseconds(status, name))
    if birth is not None:
        row["btime"] = iso(*birth)
    return row


def birth_of(name, folder):
    """`birth` for `columns` of a name (bytes) in an open folder; links aren't followed."""
    try:
        return _syscalls.birth_time(name, folder)
    except OSError:
        return None


__all__ = ("birth_of", "columns")
