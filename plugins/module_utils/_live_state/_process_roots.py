# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Whether a process sees the root file system that this one sees: only then its paths are ours."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._mounts import parse_mountinfo
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _procfs


class Roots:
    """Compares roots by mountinfo alone, so that no file system is asked; once for each mount namespace."""

    def __init__(self, proc):
        self._ours = _root_mount(proc + b"/self")
        self._known = {}

    def are_ours(self, folder):
        """Of the process with this folder (``/proc/PID``)."""
        if _procfs.link(folder + b"/root") != b"/":
            return False
        namespace = _procfs.link(folder + b"/ns/mnt")
        if namespace is None or namespace not in self._known:
            self._known[namespace] = _root_mount(folder) == self._ours
        return self._known[namespace]


def _root_mount(folder):
    """(device, folder on it) of what is mounted last at ``/`` for a process."""
    found = None
    for mount in parse_mountinfo(_procfs.read(folder + b"/mountinfo", 4 << 20)[0]):
        if mount.point == b"/":
            found = mount.device, mount.root
    return found


__all__ = ("Roots",)
