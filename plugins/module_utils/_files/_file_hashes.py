# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""SHA-256 of programs and libraries, and what differs from its package: tables ``hashes`` and ``package_files``.

One process makes the list of what is to be read, from the package managers' databases and from what the listing left in
the workspace; two read, each file once, for both purposes.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import iso_ns, nanoseconds
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._crew import Crew, processors
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._foundation import foundation
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._hash_plan import Plan
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._hash_planner import Planner
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._hash_results import take_results
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._hash_worker import HashWorker, Terms
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._aliases import Aliases
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._owners import MANAGERS

ELSEWHERE_BYTES = 8 << 30
RPM_VERIFY = ["rpm", "-Va", "--noscripts", "--nodeps"]
RPM_SECONDS = 600
# What nobody misses, and images are often stripped of.
_DOCUMENTS = tuple(b"/usr/share/" + name for name in (b"doc/", b"help/", b"info/", b"lintian/", b"locale/", b"man/"))


def collect(collection, options):
    """Brings ``tables/hashes.jsonl`` and ``tables/package_files.jsonl`` home, and the bytes of programs that deviate.

    options: ``critical`` (list of text: globs of files whose alteration matters most), ``targets`` (list of text: globs of
    files that name programs which start by themselves), ``workers`` (number of processes; 0: one for each processor, at
    most two), ``second_view`` (whether rpm's own verification is asked for as well, where there is an rpm database).
    """
    aliases = Aliases(collection.reader)
    managers = [manager for manager in (make(collection, aliases) for make in MANAGERS) if manager.exists()]
    planner = Planner(collection, managers, aliases, _raw(options.get("targets")))
    terms = _terms(collection, managers, _raw(options.get("critical")))
    path = collection.spool("hash_plan")
    spools = [
        [collection.spool(name) for name in ("hashes", "deviations", "notes")]
        for _unused in range(options.get("workers") or processors())
    ]
    crew = Crew(len(spools), lambda index: HashWorker(collection.reader, path, spools[index], terms))
    with open(path, "wb") as stream:
        late = []
        plans = Plan(stream, crew.give), Plan(stream, lambda *job: late.append(job))
        try:
            _bring_databases(collection, managers)
            planner.plan(*plans)
            for job in late:
                crew.give(*job)
            crew.finish(collection.check)
        finally:
            crew.stop()
            os.unlink(path)
            evidence = take_results(collection, spools, crew, plans, bool(managers))
    evidence.bring(collection)
    if options.get("second_view") and any(manager.manager == "rpm" for manager in managers):
        collection.command("rpm-Va", RPM_VERIFY, RPM_SECONDS)


def _raw(texts):
    return [text.encode("utf-8") for text in texts or ()]


def _terms(collection, managers, critical):
    missing = dict((manager.manager, manager.may_be_missing()) for manager in managers)
    return Terms(
        collection.deadline, collection.limits.file_bytes, ELSEWHERE_BYTES // 2, critical, foundation(),
        lambda manager, path: path.startswith(_DOCUMENTS) or missing[manager](path),
    )


def _bring_databases(collection, managers):
    """The originals from which the table ``packages`` is made at home, and the times which only the host knows."""
    if not managers:
        reason = "no database of dpkg, apk or rpm: nothing to compare with"
        collection.note(None, _state.ABSENT, reason, "packages")
    for manager in managers:
        for path in manager.originals:
            collection.copy(path, artifact="packages")
        for package, status in manager.times():
            installed = iso_ns(nanoseconds(status, "mtime"))
            collection.table("package_times").row({"package": escape(package), "installed": installed})


__all__ = ("collect",)
