# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What listens where web servers do and is none that is known: what it serves can't be read from a configuration."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from collections import namedtuple

from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _listeners, _procfs
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._process_format import (
    arguments_of, without_deleted,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._web import _web_glob
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_processes import family_of

_LARGEST = 1 << 18

# `pid` and `program` (bytes) are None where no process that can be seen holds the port.
Stranger = namedtuple("Stranger", "port pid program")


def find(ports, forwarders, check, proc=b"/proc"):
    """A `Stranger` for each of `ports` (``80/tcp``) that neither a web server holds nor one of `forwarders`.

    Forwarders are globs (bytes) for names of programs that hand on what they get.
    """
    known = [_web_glob.compiled(name) for name in forwarders]
    held, patience, found = _listeners.holders(ports, check, proc), _procfs.Patience(), []
    for port in sorted(held):
        programs = [(pid,) + _program(pid, patience, proc) for pid in held[port]]
        if not any(is_server or _is_among(program, known) for _pid, program, is_server in programs):
            pid, program = programs[0][:2] if programs else (None, None)
            found.append(Stranger(port, pid, program))
    return found


def _program(pid, patience, proc):
    """(path or title, whether it is a web server)"""
    folder = proc + b"/%d" % pid
    try:
        arguments = arguments_of(patience.call(_procfs.read, folder + b"/cmdline", _LARGEST)[0])
    except _procfs.Hung:
        arguments = []
    exe = without_deleted(_procfs.link(folder + b"/exe") or b"")[0]
    try:
        family = patience.call(family_of, folder, exe, arguments)
    except _procfs.Hung:
        family = None
    return exe or b"".join(arguments[:1]), family is not None


def _is_among(program, globs):
    return any(_web_glob.matches(program.rpartition(b"/")[2], one) for one in globs)


__all__ = ("Stranger", "find")
