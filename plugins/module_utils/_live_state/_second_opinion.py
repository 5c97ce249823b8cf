# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What the host's own programs say, from a catalogue: asked last, and only where asking changes nothing."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _kernel_modules
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import Reader
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

MODULES = "{modules}"
MAX_ARGUMENTS = 4000
MAX_LISTED = 20000
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")


class SecondOpinion:
    """Runs commands of the catalogue; a command that would start or load something, or could hang, is left out."""

    def __init__(self, collection, modules, running, has_network):
        self._collection = collection
        self._modules = modules
        self._running = running
        self._has_network = has_network

    def run(self, command):
        """One row of the catalogue, its keys as in the documentation of the module."""
        if not _NAME.match(command["name"]) or not command["argv"]:
            self._note(command, _state.FAILED, "not a name for a file, or no program")
            return
        reason = self._against(command)
        if reason is None:
            self._collection.command(command["name"], self._filled(command["argv"]), command.get("timeout") or 20)
        else:
            self._note(command, _state.ABSENT, reason)

    def _note(self, command, state, reason):
        self._collection.note(None, state, reason, artifact="command %s" % command["name"])

    def _against(self, command):
        """Why a command isn't run, or None."""
        modules, processes = command.get("modules"), command.get("processes")
        if modules and not any(_kernel_modules.has_module(name) for name in modules):
            return "the kernel would load %s for it" % " or ".join(modules)
        if processes and not self._running.intersection(processes):
            return "it could start %s, which doesn't run" % " or ".join(processes)
        if command.get("local") and self._has_network:
            return "network file systems are mounted, and it would touch them"
        if MODULES in command["argv"] and not self._modules:
            return "no kernel modules are loaded"
        return None

    def _filled(self, argv):
        """Arguments with ``{modules}`` replaced by the names of the loaded modules."""
        names = sorted(name for name in self._modules if _kernel_modules.MODULE.match(name))[:MAX_ARGUMENTS]
        place = argv.index(MODULES) if MODULES in argv else len(argv)
        return argv[:place] + (names if place < len(argv) else []) + argv[place + 1:]


def list_names(collection, patterns):
    """``live/listings.txt``: paths that match, where the name itself is the fact and there is nothing to copy."""
    reader, lines = Reader(), []
    for pattern in patterns:
        collection.check()
        found = reader.matches(pattern.encode("utf-8"), limit=MAX_LISTED)
        if found.cut:
            collection.note(pattern.encode("utf-8"), _state.SKIPPED_BUDGET, found.cut)
        elif not found.paths:
            collection.note(pattern.encode("utf-8"), _state.ABSENT, "nothing matches")
        lines += [escape(path) for path in found.paths]
    collection.capture("listings.txt", "".join(line + "\n" for line in lines).encode("utf-8"))


__all__ = ("SecondOpinion", "list_names")
