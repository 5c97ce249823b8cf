# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""SHA-256 of programs and libraries, and what differs from its package: tables ``hashes`` and ``package_files``.

One process makes the list of what is to be read, from the package managers' databases and from what the listing left in
the workspace; two read, each file once, for both purposes. Programs come first, then what belongs to no package, then
the other files of packages, so that what the time budget cuts off is what matters least.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import os

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import iso_ns, nanoseconds
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._crew import Crew, processors
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._notes import Notes
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape, unescape
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._foundation import foundation
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._hash_plan import CONFFILE, ELSEWHERE, TARGET, UNOWNED, Plan
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._hash_reasons import reasons
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._hash_targets import targets_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._hash_worker import HashWorker, Terms
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._programs import ELSEWHERE as LISTED_ELSEWHERE
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._programs import SYSTEM as LISTED_SYSTEM
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._programs import programs, was_listed
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._aliases import Aliases
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._owners import MANAGERS

ARTIFACT = "hashes"
MAX_SYSTEM, MAX_ELSEWHERE = 200000, 100000  # paths held in memory
ELSEWHERE_BYTES = 8 << 30
DEVIATIONS = ("changed", "missing", "link", "unowned")
SAID = 10  # paths that the summary names
_DOCUMENTS = tuple(b"/usr/share/" + name for name in (b"doc/", b"help/", b"info/", b"lintian/", b"locale/", b"man/"))
# What a package manager doesn't fill: the administrator's own, sources.
_NOBODYS = (b"/usr/local/", b"/usr/src/")
_PACKAGED = (b"/usr/", b"/bin/", b"/sbin/", b"/lib/", b"/lib32/", b"/lib64/", b"/libx32/")
RPM_VERIFY = ["rpm", "-Va", "--noscripts", "--nodeps"]
RPM_SECONDS = 600


def collect(collection, options):
    """Brings ``tables/hashes.jsonl`` and ``tables/package_files.jsonl`` home.

    options: ``critical`` (list of text: globs of files whose alteration matters most), ``targets`` (list of text: globs of
    files that name programs which start by themselves), ``workers`` (number of processes; 0: one for each processor, at
    most two), ``second_view`` (whether rpm's own verification is asked for as well, where there is an rpm database).
    """
    run = _HashRun(collection, options)
    run.run()
    if options.get("second_view") and "rpm" in run.managers:
        collection.command("rpm-Va", RPM_VERIFY, RPM_SECONDS)


class _HashRun(object):
    def __init__(self, collection, options):
        self._collection = collection
        self._options = options
        self._aliases = Aliases(collection.reader)
        managers = [manager(collection, self._aliases) for manager in MANAGERS]
        self._managers = [manager for manager in managers if manager.exists()]
        self._late = []
        self._targets = set()
        self._elsewhere = set()

    @property
    def managers(self):
        """The names of the package managers that the host has."""
        return [manager.manager for manager in self._managers]

    def run(self):
        """Plans, lets workers read, and takes what they wrote."""
        collection = self._collection
        path = collection.spool("hash_plan")
        spools = [
            [collection.spool(name) for name in ("hashes", "deviations", "notes")]
            for _unused in range(self._options.get("workers") or processors())
        ]
        terms = self._terms()
        crew = Crew(len(spools), lambda index: HashWorker(collection.reader, path, spools[index], terms))
        with open(path, "wb") as stream:
            first, last = Plan(stream, crew.give), Plan(stream, lambda *job: self._late.append(job))
            try:
                self._plan(first, last)
                for job in self._late:
                    crew.give(*job)
                crew.finish(collection.check)
            finally:
                crew.stop()
                os.unlink(path)
                _Results(collection, spools).take(crew, [first, last])

    def _terms(self):
        missing = dict((manager.manager, manager.may_be_missing()) for manager in self._managers)
        return Terms(
            self._collection.deadline, self._collection.limits.file_bytes, ELSEWHERE_BYTES // 2,
            [pattern.encode("utf-8") for pattern in self._options.get("critical") or ()], foundation(),
            lambda manager, path: path.startswith(_DOCUMENTS) or missing[manager](path),
        )

    def _plan(self, first, last):
        collection = self._collection
        if not was_listed(collection.workspace):
            reason = "no listing was made in this workspace before: only files that packages list are looked at"
            collection.note(None, _state.FAILED, reason, ARTIFACT)
        if not self._managers:
            collection.note(None, _state.ABSENT, "no database of dpkg, apk or rpm: nothing to compare with", ARTIFACT)
        self._bring_databases()
        patterns = [pattern.encode("utf-8") for pattern in self._options.get("targets") or ()]
        self._targets = set(self._aliases.all_canonical(targets_of(collection, patterns)))
        listed = self._listed(LISTED_SYSTEM, MAX_SYSTEM)
        self._targets -= set(self._add_all_expected(listed, first, last))
        self._targets -= set(self._add_rest(listed, first, b""))
        listed = self._listed(LISTED_ELSEWHERE, MAX_ELSEWHERE)
        for path in self._elsewhere:
            listed.pop(path, None)
        listed.update((path, None) for path in self._targets)
        self._add_rest(listed, first, ELSEWHERE)
        first.flush()
        last.flush()

    def _bring_databases(self):
        """The originals from which the table ``packages`` is made at home, and the times which only the host knows."""
        for manager in self._managers:
            for path in manager.originals:
                self._collection.copy(path, artifact="packages")
            for package, status in manager.times():
                installed = iso_ns(nanoseconds(status, "mtime"))
                self._collection.table("package_times").row({"package": escape(package), "installed": installed})

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
            if not path.startswith(_PACKAGED) and len(self._elsewhere) < MAX_ELSEWHERE:
                self._elsewhere.add(path)
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


class _Results(object):
    """What the workers wrote."""

    def __init__(self, collection, spools):
        self._collection = collection
        self._hashes, self._deviations, self._notes = zip(*spools)

    def take(self, crew, plans):
        """Into the part, the manifest and the summary."""
        notes = Notes(self._collection, ARTIFACT)
        for how in crew.failures:
            notes.add(None, _state.FAILED, "a hashing process ended: %s" % how)
        left = sum(plan.unfinished(crew.done) for plan in plans)
        if left:
            notes.add(None, _state.TIMED_OUT, "%d files were not looked at, or not all of them" % left)
        for row in self._rows(self._notes):
            notes.add(unescape(row["path"]), row["state"], row["reason"])
        notes.finish()
        for path in self._notes:
            os.unlink(path)
        self._summarise(sum(plan.verified(crew.done) for plan in plans))
        summary = self._collection.summary
        for artifact, done in (("hashes", "%(hashed)d files hashed"), ("package_files", "%(verified)d files compared")):
            self._collection.note(None, _state.COLLECTED, done % summary, artifact)
        self._collection.add_spool("tables/hashes.jsonl", self._hashes)
        self._collection.add_spool("tables/package_files.jsonl", self._deviations)

    def _summarise(self, verified):
        summary = self._collection.summary
        summary.update(hashed=sum(1 for _row in self._rows(self._hashes)), verified=verified, conffiles=0)
        summary.update((word, 0) for word in DEVIATIONS)
        altered, untrusted = [], []
        for row in self._rows(self._deviations):
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

    def _rows(self, paths):
        """Of what whole lines there are: a process that was killed may have left a part of one."""
        for path in paths:
            with open(path, "rb") as stream:
                for line in stream:
                    if line.endswith(b"\n"):
                        yield json.loads(line.decode("ascii"))


__all__ = ("collect",)
