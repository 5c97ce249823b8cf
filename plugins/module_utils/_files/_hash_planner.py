# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What is to be read, in the order in which it matters.

Programs of packages come first, then what no package has, then the other files of packages, so that what a time budget
cuts off is what matters least.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._hash_plan import CONFFILE, ELSEWHERE, TARGET, UNOWNED
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._hash_reasons import reasons
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._hash_targets import targets_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._programs import ELSEWHERE as LISTED_ELSEWHERE
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._programs import SYSTEM as LISTED_SYSTEM
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._programs import programs, was_listed

ARTIFACT = "hashes"
MAX_SYSTEM, MAX_ELSEWHERE = 150000, 100000  # paths held in memory, 60 MiB at the most
# What package managers fill, and in it what they don't: the administrator's own, sources.
_PACKAGED = (b"/usr/", b"/bin/", b"/sbin/", b"/lib/", b"/lib32/", b"/lib64/", b"/libx32/")
_NOBODYS = (b"/usr/local/", b"/usr/src/")


class Planner(object):
    """managers: the package managers that the host has. targets: globs (bytes) of files that name programs."""

    def __init__(self, collection, managers, aliases, targets):
        self._collection = collection
        self._managers = managers
        self._aliases = aliases
        self._patterns = targets
        self._targets = set()
        self._packaged_elsewhere = set()

    def plan(self, first, last):
        """Fills two `Plan` objects: what is read at once, and what is read when that was."""
        if not was_listed(self._collection.workspace):
            reason = "no listing was made in this workspace before: only files that packages list are looked at"
            self._collection.note(None, _state.FAILED, reason, ARTIFACT)
        self._targets = set(self._aliases.all_canonical(targets_of(self._collection, self._patterns)))
        self._plan_system(first, last)
        self._plan_elsewhere(first)
        first.flush()
        last.flush()

    def _plan_system(self, first, last):
        listed = self._listed(LISTED_SYSTEM, MAX_SYSTEM)
        self._targets -= set(self._add_all_expected(listed, first, last))
        self._targets -= set(self._add_rest(listed, first, b""))

    def _plan_elsewhere(self, first):
        listed = self._listed(LISTED_ELSEWHERE, MAX_ELSEWHERE)
        for path in self._packaged_elsewhere:
            listed.pop(path, None)
        listed.update((path, None) for path in self._targets)
        self._add_rest(listed, first, ELSEWHERE)

    def _listed(self, kind, limit):
        """{path: None} of what the listing left, at most `limit`."""
        listed = {}
        for path in programs(self._collection.workspace, kind):
            if len(listed) >= limit:
                reason = "more than %d programs and libraries: the others are not hashed" % limit
                self._collection.note(None, _state.SKIPPED_BUDGET, reason, ARTIFACT)
                break
            listed[path] = None
        return listed

    def _add_all_expected(self, listed, first, last):
        """Plans what package managers know the digest of; takes it out of `listed`; returns the targets among it."""
        targets = []

        def take(expected):
            path = expected.path
            is_program = listed.pop(path, self) is not self
            marks = CONFFILE if expected.conffile else b""
            if path in self._targets:
                marks += TARGET
                targets.append(path)
            if not path.startswith(_PACKAGED) and len(self._packaged_elsewhere) < MAX_ELSEWHERE:
                self._packaged_elsewhere.add(path)
            plan = first if marks or is_program or reasons(path) else last
            plan.add(
                path, expected.digest, expected.package, expected.version, expected.manager.encode("ascii"), marks
            )

        for manager in self._managers:
            manager.expected(take)
        return targets

    def _add_rest(self, listed, plan, marks):
        """Plans the other paths, those of no package first; returns the targets among them."""
        for manager in self._managers:
            for path, package in manager.owners(listed):
                listed[path] = listed[path] or (package, manager.manager.encode("ascii"))
        for path in listed:
            if listed[path] is None:
                unowned = UNOWNED if self._is_gap(path) else b""
                plan.add(path, b"", b"", b"", b"", marks + unowned + self._target_mark(path))
        for path in listed:
            if listed[path] is not None:
                package, manager = listed[path]
                plan.add(path, b"", package, b"", manager, marks + self._target_mark(path))
        return [path for path in self._targets if path in listed]

    def _is_gap(self, path):
        """Whether a program that no package has is out of place at `path`."""
        return bool(self._managers) and path.startswith(_PACKAGED) and not path.startswith(_NOBODYS)

    def _target_mark(self, path):
        return TARGET if path in self._targets else b""


__all__ = ("ARTIFACT", "Planner")
