# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What running processes say about places that no file names: homes, histories, configurations of sshd.

Only processes that see the same root file system count: a path in a container means another file.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
from collections import namedtuple

from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _procfs
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._process_roots import Roots

_LARGEST = 1 << 18
_SSHD = (b"sshd", b"sshd:", b"sshd-session", b"sshd-session:")

# `environment`: those of the wanted variables that are set; `arguments`: those of an sshd, else none.
Hint = namedtuple("Hint", "pid uid environment arguments cwd")


def find(variables, proc=b"/proc", check=None):
    """A `Hint` for each process that has one of `variables` (bytes) or is an sshd, and has the root of this process.

    `check` is called before each process. A process whose memory can't be read in time is passed over.
    """
    roots, patience = Roots(proc), _procfs.Patience()
    found = []
    for pid in _procfs.numbers(proc)[0]:
        if check:
            check()
        folder = proc + ("/%d" % pid).encode("ascii")
        try:
            hint = patience.call(_hint, pid, folder, variables)
        except _procfs.Hung:
            continue
        if hint and roots.are_ours(folder):
            found.append(hint)
    return found


def _hint(pid, folder, variables):
    environment = {}
    for entry in _procfs.read(folder + b"/environ", _LARGEST)[0].split(b"\0"):
        key, separator, value = entry.partition(b"=")
        if separator and key in variables:
            environment[key] = value
    arguments = _procfs.read(folder + b"/cmdline", _LARGEST)[0].split(b"\0")
    if arguments[0].split(b" ")[0].rsplit(b"/", 1)[-1] not in _SSHD:
        arguments = []
    if not environment and not arguments:
        return None
    return Hint(pid, _uid(folder), environment, arguments, _procfs.link(folder + b"/cwd"))


def _uid(folder):
    try:
        return os.stat(folder).st_uid
    except OSError:
        return None


__all__ = ("Hint", "find")
