# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Services that run on this host's own file system, listen, or would be started by units: what they were started with."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re
from collections import namedtuple

from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _listeners, _procfs
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._process_format import (
    arguments_of, without_deleted,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._process_roots import Roots
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_units import Units

MAX_PROCESSES = 100000
MAX_STARTED = 2000
WAYS = PROCESS, PORT, UNIT = "process", "port", "unit"
_LARGEST = 1 << 18
# Programs that are no service whatever they call themselves: shells, relays, what lies where everybody may write.
_NO_SERVICE = re.compile(
    br"(?:.*/)?(?:(?:ba|rba|da|z|k|mk|lk|c|tc|a|fi)?sh[0-9.]*|nc(?:\.\w+)?|ncat|netcat|socat)\Z"
    br"|/(?:tmp|var/tmp|dev/shm|memfd:)", re.DOTALL
)

# `by` is one of PROCESS, PORT, UNIT; `sign` the port or the unit (bytes); what isn't known is None or empty.
Started = namedtuple("Started", "service by sign pid arguments environment folder")


def find(services, check, view, proc):
    """{service: [`Started`, what runs first]}; `proc` is None for an image, `view` is the host's own."""
    found = {}
    running, listening = _Running(services, check, proc).find() if proc else ([], [])
    for one in _most(running, view, "processes") + listening + _most(_in_units(services, view), view, "commands of units"):
        found.setdefault(one.service, []).append(one)
    return found


def names_of(exe, arguments):
    """The names by which a program may be known: of its file, of its title, of the script that it runs."""
    words = [exe] + [argument.partition(b" ")[0].rstrip(b":") for argument in arguments[:1]]
    words += [argument for argument in arguments[1:2] if argument.startswith(b"/")]
    return set(word.rpartition(b"/")[2] for word in words) - {b""}


class _Running:
    """Processes that are services by their names, and those that listen where a service would."""

    def __init__(self, services, check, proc):
        self._services = services
        self._check = check
        self._proc = proc
        self._roots = Roots(proc)
        self._patience = _procfs.Patience()
        self._by_pid = {}

    def find(self):
        """Lists of a `Started` for each process of each service, and for each of its ports."""
        for pid in _procfs.numbers(self._proc, MAX_PROCESSES)[0]:
            self._check()
            services = [service for service in self._services if service.runs_as(*self._known_as(pid))]
            if services:
                self._by_pid[pid] = services
        found = [
            self._started(service, PROCESS, None, pid)
            for pid in sorted(self._by_pid) if self._is_ours(pid) for service in self._by_pid[pid]
        ]
        return found, self._listening()

    def _known_as(self, pid):
        arguments = self._read(pid, b"cmdline", arguments_of) or []
        exe = without_deleted(_procfs.link(self._folder(pid) + b"/exe") or b"")[0] if arguments else b""
        if _NO_SERVICE.match(exe):
            arguments = [b""] + arguments[1:]
        return names_of(exe, arguments) if arguments else (), arguments

    def _listening(self):
        ports = set(port for service in self._services for port in service.ports)
        held, found = _listeners.holders(ports, self._check, self._proc), []
        for port in sorted(held):
            services = [service for service in self._services if port in service.ports]
            known = [(service, pid) for service in services for pid in held[port] if service in self._by_pid.get(pid, ())]
            found += [Started(service, PORT, port, pid, [], {}, b"/") for service, pid in known]
            # Whatever listens there may be that service under another name, unless it is known as something else.
            if not any(pid in self._by_pid for pid in held[port]):
                found.append(self._started(services[0], PORT, port, min(held[port] or [None])))
        return found

    def _started(self, service, by, sign, pid):
        if pid is None or not self._is_ours(pid):
            return Started(service, by, sign, pid, [], {}, b"/")
        entries = self._read(pid, b"environ", lambda data: data.split(b"\0")) or ()
        environment = dict(entry.partition(b"=")[::2] for entry in entries if b"=" in entry)
        arguments = self._read(pid, b"cmdline", arguments_of) or []
        return Started(service, by, sign, pid, arguments, environment, _procfs.link(self._folder(pid) + b"/cwd") or b"/")

    def _is_ours(self, pid):
        return self._roots.are_ours(self._folder(pid))

    def _read(self, pid, name, parse):
        """What a file of a process says, None when it doesn't in time."""
        try:
            return parse(self._patience.call(_procfs.read, self._folder(pid) + b"/" + name, _LARGEST)[0])
        except _procfs.Hung:
            return None

    def _folder(self, pid):
        return self._proc + b"/%d" % pid


def _in_units(services, view):
    """A `Started` for each command of a unit that starts one of `services`."""
    def wanted(arguments, unit):
        names = names_of(b"", arguments) if arguments else ()
        return [one for one in services if one.starts_by(unit) or one.runs_as(names, arguments)] or None

    found = []
    for unit in Units(view, wanted).find():
        if unit.root in (b"", b"/"):
            folder = unit.folder if unit.folder.startswith(b"/") else b"/"
            found += [Started(one, UNIT, unit.name, None, unit.arguments, unit.environment, folder) for one in unit.family]
    return found


def _most(found, view, what):
    if len(found) > MAX_STARTED:
        more = len(found) - MAX_STARTED
        view.cut("%d %s of services more than %d: what they name is not looked at" % (more, what, MAX_STARTED))
    return found[:MAX_STARTED]


__all__ = ("PORT", "PROCESS", "Started", "UNIT", "WAYS", "find", "names_of")
