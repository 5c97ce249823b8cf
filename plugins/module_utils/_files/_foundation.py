# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Files that this very process runs on: if one of them was altered, nothing that it says can be trusted."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import sys


def foundation():
    """Real paths (bytes) of the interpreter, of the libraries and the loader in its memory, and of its own modules."""
    paths = set([os.path.realpath(sys.executable or "/proc/self/exe")])
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if path:
            paths.add(os.path.realpath(path[:-1] if path.endswith(".pyc") else path))
    found = set(path if isinstance(path, bytes) else path.encode("utf-8", "surrogateescape") for path in paths)
    try:
        with open("/proc/self/maps", "rb") as stream:
            found.update(line.split(None, 5)[5].rstrip(b"\n") for line in stream if b" /" in line)
    except (IOError, OSError):
        pass
    return frozenset(found)


__all__ = ("foundation",)
