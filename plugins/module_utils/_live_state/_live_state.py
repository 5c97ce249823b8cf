# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The live state of a host, in order of volatility. Each step is made whatever became of the one before."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import time

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import (
    _disguises, _executables, _hidden_files, _hidden_modules, _hidden_processes, _identity, _kernel,
    _kernel_modules, _mount_views, _network, _second_opinion, _view,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection import Stopped
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._processes import Processes
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._uncovered import CleanProc

MIB = 1 << 20


def collect(collection, options):
    """Collects everything. `options` are those of the module; sizes in MiB."""
    if collection.root != b"/":
        collection.note(collection.root, _state.SKIPPED_TYPE, "only a running system has a live state")
        return
    _LiveState(collection, options).run()


class _LiveState:
    def __init__(self, collection, options):
        self._collection = collection
        self._options = options
        self._boot = 0
        self._clean = self._processes = None
        self._sockets = _network.Sockets()
        self._kernel = _kernel_modules.Kernel()
        self._recovered = {}

    def run(self):
        """Every step, and how long each of them took (table ``steps``)."""
        for step in (
            self._identity, self._view, self._read_processes, self._read_sockets, self._find_hidden, self._recover,
            self._compare_names, self._read_mounts, self._read_messages, self._read_modules, self._compare_files,
            self._hash, self._take_artifacts, self._take_names, self._read_settings, self._read_symbols,
            self._compare_modules,
            self._run_commands,
        ):
            try:
                self._make(step)
            finally:
                self._summarize()

    def _make(self, step):
        start, state = time.time(), _state.COLLECTED
        try:
            step()
        except Stopped:
            state = _state.TIMED_OUT
            raise
        except Exception as error:  # one step that fails doesn't keep the others from being made
            state = _state.FAILED
            self._collection.fail(step.__name__.strip("_"), error)
        finally:
            self._collection.table("steps").row({
                "step": step.__name__.strip("_"), "seconds": round(time.time() - start, 3), "state": state,
            })

    def _summarize(self):
        tables = ("processes", "sockets", "modules", "recovered", "cross_views")
        self._collection.summary.update((name, self._collection.table(name).rows) for name in tables)

    def _identity(self):
        self._boot = _identity.collect(self._collection, _own_mounts().is_local)["boot_epoch"]

    def _view(self):
        _view.collect(self._collection)

    def _read_processes(self):
        self._clean = CleanProc()
        self._processes = Processes(self._collection, self._boot, self._options["environ"], self._clean.base)
        self._processes.read_all(self._clean.covered)

    def _read_sockets(self):
        self._sockets = _network.collect(self._collection, self._processes)

    def _find_hidden(self):
        seconds = self._options["sweep_seconds"]
        for pid in _hidden_processes.collect(self._collection, self._processes, self._clean, seconds):
            self._processes.read(pid, "number")

    def _recover(self):
        self._processes.finish()
        each, total = self._options["max_recovered"] * MIB, self._options["max_recovered_total"] * MIB
        self._recovered = _executables.recover(self._collection, self._processes, each, total)

    def _compare_names(self):
        _disguises.collect(self._collection, self._processes, self._sockets)

    def _read_mounts(self):
        _mount_views.collect(self._collection, self._processes.views)

    def _read_messages(self):
        _kernel.collect_messages(self._collection, self._kernel)

    def _read_modules(self):
        _kernel_modules.collect_modules(self._collection, self._kernel)
        _kernel_modules.collect_tracing(self._collection, self._kernel)

    def _compare_files(self):
        _hidden_files.collect(self._collection, _own_mounts())

    def _hash(self):
        _executables.hash_running(self._collection, self._processes, self._recovered)

    def _take_artifacts(self):
        for artifact in self._options["artifacts"]:
            for path in artifact["paths"]:
                self._collection.copy_matching(
                    path.encode("utf-8"), limit=artifact.get("limit") or None, artifact=artifact["name"]
                )

    def _read_settings(self):
        _kernel.collect_settings(self._collection)

    def _read_symbols(self):
        _kernel_modules.collect_symbols(self._collection, self._kernel)

    def _compare_modules(self):
        _hidden_modules.collect(self._collection, self._kernel)

    def _take_names(self):
        _second_opinion.list_names(self._collection, self._options["listings"])

    def _run_commands(self):
        if self._options["commands"]:
            _hidden_processes.compare_with_ps(self._collection)
        asker = _second_opinion.SecondOpinion(
            self._collection, self._kernel.modules, self._names(), _own_mounts().has_network
        )
        for command in self._options["commands"]:
            asker.run(command)

    def _names(self):
        known = self._processes.known.values() if self._processes else ()
        return set(escape(process.comm) for process in known)


def _own_mounts():
    return _mount_views.MountViews().of(os.getpid(), None)


__all__ = ("collect",)
