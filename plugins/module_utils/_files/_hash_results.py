# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What the workers wrote: into the part, the manifest and the summary."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import os

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._notes import Notes
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import unescape
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._hash_evidence import Evidence
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._hash_planner import ARTIFACT

DEVIATIONS = ("changed", "missing", "link", "unowned")
SAID = 10  # paths that the summary names


def take_results(collection, spools, crew, plans, has_packages):
    """spools: for each worker the paths of its hashes, deviations and notes. Takes them away from the workspace.

    has_packages: whether it says anything that a file belongs to none. Returns the `Evidence` that is worth bringing home.
    """
    hashes, deviations, notes = zip(*spools)
    _take_notes(collection, notes, crew, plans)
    summary = collection.summary
    summary.update(hashed=sum(1 for _row in _rows(hashes)), verified=sum(plan.verified(crew.done) for plan in plans))
    _summarise(summary, _rows(deviations))
    evidence = Evidence(_rows(deviations), _rows(hashes if has_packages else ()))
    for artifact, done in (("hashes", "%(hashed)d files hashed"), ("package_files", "%(verified)d files compared")):
        collection.note(None, _state.COLLECTED, done % summary, artifact)
    for name, paths in (("hashes", hashes), ("package_files", deviations)):
        if any(os.path.getsize(path) for path in paths):
            collection.add_spool("tables/%s.jsonl" % name, paths)
        else:
            _remove(paths)
    return evidence


def _take_notes(collection, paths, crew, plans):
    notes = Notes(collection, ARTIFACT)
    for how in crew.failures:
        notes.add(None, _state.FAILED, "a hashing process ended: %s" % how)
    left = sum(plan.unfinished(crew.done) for plan in plans)
    if left:
        notes.add(None, _state.TIMED_OUT, "%d files were not looked at, or not all of them" % left)
    for row in _rows(paths):
        notes.add(unescape(row["path"]), row["state"], row["reason"])
    notes.finish()
    _remove(paths)


def _remove(paths):
    for path in paths:
        os.unlink(path)


def _summarise(summary, rows):
    """Counts, and the names of what an operator must not miss."""
    summary.update((word, 0) for word in DEVIATIONS + ("conffiles",))
    altered, untrusted = [], []
    for row in rows:
        if row.get("conffile"):
            summary["conffiles"] += 1
            continue
        summary[row["deviation"]] += 1
        if row.get("foundation"):
            untrusted.append(row["path"])
        if row.get("critical") and row["deviation"] != "unowned":
            altered.append(row["path"])
    for word, paths in (("altered", altered), ("untrusted", untrusted)):
        if paths:
            more = ["and %d more" % (len(paths) - SAID)] if len(paths) > SAID else []
            summary[word] = ", ".join(paths[:SAID] + more)


def _rows(paths):
    """Of what whole lines there are: a process that was killed may have left a part of one."""
    for path in paths:
        with open(path, "rb") as stream:
            for line in stream:
                if line.endswith(b"\n"):
                    yield json.loads(line.decode("ascii"))


__all__ = ("take_results",)
