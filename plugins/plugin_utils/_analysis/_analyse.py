# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Evidence at home to a report: tables loaded, hosts compared, rules run, hosts ranked, everything written."""

from __future__ import annotations

import shutil
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _verify
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis import _findings, _hosts, _ranking
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._archives import Archive
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._case_db import Case, open_case
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._loading import Loader
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._logs import read_logs
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._rules import Rule
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._runs import EXPECTED, row_of
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._scans import TABLE, Scans, scan
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._stack import fill_stack
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._timeline import write_timelines
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._report._html import write_report

FINDINGS = "findings.jsonl"
OUTPUTS = {"timelines": write_timelines, "pages": write_report}


class NotAnalysed(Exception):
    """Why there is no report, and what to do."""


@dataclass
class Report:
    """What the operator is told: hosts in order (``host``, ``rank``, ``score``, ``verdict``, ``weakened``, ``lines``)."""

    folder: Path
    ranking: list[dict] = field(default_factory=list)
    findings: int = 0
    failed_rules: dict[str, str] = field(default_factory=dict)
    failed_outputs: dict[str, str] = field(default_factory=dict)
    altered: list[str] = field(default_factory=list)
    not_home: list[dict] = field(default_factory=list)


def make_report(folder: Path, runs: t.Sequence[Path], rules: t.Sequence[Rule], role_groups: t.Sequence[str] = (),
                accept_altered: bool = False, scans: Scans = Scans(), not_home: t.Sequence[dict] = ()) -> Report:
    """The report on runs into `folder`, in place of an earlier one, which stays until the new one is whole.

    `not_home`: rows of hosts of which there is nothing; those of `runs` that can't be read are added.

    Raises `NotAnalysed`, and `NoDatabase`.
    """
    archives, unreadable = _opened(runs)
    not_home = [*not_home, *unreadable]
    if not archives:
        told = "; ".join(f"{row['host']}, run {row['run']}: {row['reason']}" for row in not_home[:5])
        raise NotAnalysed(f"no sealed evidence can be read. {told.rstrip('.') or 'None was found'}. {EXPECTED}")
    altered = [f"{archive.path}: {problem}" for archive in archives for problem in archive.problems]
    if altered and not accept_altered:
        raise NotAnalysed(f"ALTERED OR DAMAGED, so no report is made of it: {'; '.join(altered[:5])}. "
                          "-e triage_accept_altered=true makes one all the same, which says so.")
    if _verify.run_folders(folder):
        raise NotAnalysed(f"{folder} holds evidence; a report would replace it")
    new = folder.with_name(folder.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    report = Report(folder, altered=altered, not_home=not_home)
    with open_case(new) as case:
        _analyse(case, archives, rules, role_groups, scans, report)
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)
    return report


def _opened(runs: t.Sequence[Path]) -> tuple[list[Archive], list[dict]]:
    """The archives of runs, and a row of ``not_home`` for each run that can't be read."""
    archives, unreadable = [], []
    for run in runs:
        try:
            archives.append(Archive(run))
        except Exception as error:  # whatever is wrong with one run must not keep the others away
            unreadable.append(row_of(run, error))
    return archives, unreadable


def _analyse(case: Case, archives: t.Sequence[Archive], rules: t.Sequence[Rule], role_groups: t.Sequence[str],
             scans: Scans, report: Report) -> None:
    loader = Loader(case)
    undone = []
    for archive in archives:
        _make(f"all tables of {archive.host}", lambda archive=archive: _load(case, loader, archive, role_groups), report)
        hits, problems = scan(archive, scans, case.folder)
        loader.take(archive, TABLE, hits)
        report.failed_outputs.update((f"{scanner} over {archive.host}", problem) for scanner, problem in problems.items())
        undone += [(archive.host, f"{scanner} did not look at all of it: {problem}") for scanner, problem in problems.items()]
        if (cut := f"all tables of {archive.host}") in report.failed_outputs:
            undone.append((archive.host, f"its tables could not be read to their end: {report.failed_outputs[cut]}"))
    _hosts.add_not_home(case, report.not_home)
    loader.finish()
    _hosts.add_coverage(case)
    for name, work, missing in (
        ("rarity", lambda: fill_stack(case), "it was not compared with other hosts"),
        ("logs", lambda: read_logs(case), "its logs could not be read"),
    ):
        _make(name, work, report)
        if name in report.failed_outputs:
            undone += [(archive.host, missing) for archive in archives]
    report.failed_rules = _findings.run_rules(case, rules)
    _ranking.fill_ranking(case, len(rules), report.failed_rules, undone)
    report.findings = _findings.write_findings(case, case.folder / FINDINGS)
    report.ranking = case.rows("SELECT host, run, rank, score, verdict, weakened, lines FROM ranking ORDER BY rank")
    for name, write in OUTPUTS.items():
        _make(name, lambda write=write: write(case, case.folder), report)


def _load(case: Case, loader: Loader, archive: Archive, role_groups: t.Sequence[str]) -> None:
    """What can be read of an archive; its host is there in any case."""
    try:
        loader.load(archive)
    finally:
        _hosts.add_host(case, archive, role_groups)


def _make(name: str, work: t.Callable[[], t.Any], report: Report) -> None:
    """A step whose fault, whatever a hostile host's rows led to, keeps neither the others nor the verdict away."""
    try:
        work()
    except Exception as error:
        report.failed_outputs[name] = f"{type(error).__name__}: {error}"
