# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What a path that a host named must look like before it is used in a command on that host."""

from __future__ import annotations

import re

_WORKSPACE = re.compile(r"(/[A-Za-z0-9._-]+){0,16}/\.linux_triage-[0-9a-z]{16,64}")
_PROGRAM = re.compile(r"(/[A-Za-z0-9._+-]+){1,16}")


def is_workspace(path: str) -> bool:
    """Whether a path can be one of our workspaces: absolute, plain characters, no ``..``, our name at the end."""
    return len(path) < 256 and _WORKSPACE.fullmatch(path) is not None and "/../" not in path


def is_program(path: str) -> bool:
    """Whether a path can name an interpreter: absolute and plain."""
    return len(path) < 256 and _PROGRAM.fullmatch(path) is not None and "/../" not in path
