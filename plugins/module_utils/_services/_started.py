# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Services that run on this host's own file system, and those that units would start: what they were started with."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from collections import namedtuple

from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _procfs
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._process_format import (
    arguments_of, without_deleted,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._process_roots import Roots
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_units import Units

MAX_PROCESSES = 100000
MAX_STARTED = 2000
_LARGEST = 1 << 18

# `pid` is None for what a unit would start; `folder` is where it was started.
Started = namedtuple("Started", "service pid arguments environment folder")


def find(services, check, view, proc):
    """{service: [`Started`, what runs first]}; `proc` is None for an image, `view` is the host's own."""
    found = {}
    for one in (_running(services, check, proc) if proc else []) + _in_units(services, view):
        found.setdefault(one.service, []).append(one)
    return found


def names_of(exe, arguments):
    """The names by which a program may be known: of its file, of its title, of the script that it runs."""
    words = [exe] + [argument.partition(b" ")[0].rstrip(b":") for argument in arguments[:1]]
    words += [argument for argument in arguments[1:2] if argument.startswith(b"/")]
    return set(word.rpartition(b"/")[2] for word in words) - {b""}


def _running(services, check, proc):
    """A `Started` for each process that is one of `services`."""
    roots, patience, found = Roots(proc), _procfs.Patience(), []
    for pid in _procfs.numbers(proc, MAX_PROCESSES)[0]:
        check()
        folder = proc + b"/%d" % pid
        try:
            found += patience.call(_look, services, pid, folder)
        except _procfs.Hung:
            continue
    return [one for one in found if roots.are_ours(proc + b"/%d" % one.pid)][:MAX_STARTED]


def _look(services, pid, folder):
    arguments = arguments_of(_procfs.read(folder + b"/cmdline", _LARGEST)[0])
    if not arguments:
        return []
    names = names_of(without_deleted(_procfs.link(folder + b"/exe") or b"")[0], arguments)
    found = [service for service in services if service.runs_as(names, arguments)]
    if not found:
        return []
    entries = _procfs.read(folder + b"/environ", _LARGEST)[0].split(b"\0")
    environment = dict(entry.partition(b"=")[::2] for entry in entries if b"=" in entry)
    where = _procfs.link(folder + b"/cwd") or b"/"
    return [Started(service, pid, arguments, environment, where) for service in found]


def _in_units(services, view):
    """A `Started` for each command of a unit that starts one of `services`."""
    def wanted(arguments):
        names = names_of(b"", arguments) if arguments else ()
        return [service for service in services if service.runs_as(names, arguments)] or None

    found = []
    for unit in Units(view, wanted).find():
        if unit.root in (b"", b"/"):
            folder = unit.folder if unit.folder.startswith(b"/") else b"/"
            found += [Started(service, None, unit.arguments, unit.environment, folder) for service in unit.family]
    return found[:MAX_STARTED]


__all__ = ("Started", "find", "names_of")
