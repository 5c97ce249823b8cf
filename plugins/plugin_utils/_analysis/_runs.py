# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Which runs a report is about, and which hosts have none that can be read: none of them is passed over in silence."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _custody, _verify
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._archives import Archive, NotReadable, NotSealed
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import CaseError, file_name
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._printable import printable

# What there is of a host that is not reported on.
NOTHING, UNREADABLE = "nothing", "unreadable"
EXPECTED = f"Wanted is a sealed archive, beside which its {_custody.NAME} and run.json lie, or the folder of such a run."


def newest_case(output: Path) -> str:
    """The name of the case whose run began last."""
    runs = _verify.run_folders(output)
    if not runs:
        raise CaseError(f"{output} holds no evidence: no run's {_custody.NAME} is there or below")
    return max(runs, key=_order).parent.parent.name


def case_folder(output: Path, case: str) -> Path:
    """A case's folder, which must be there."""
    folder = output / file_name(case)
    if not folder.is_dir():
        raise CaseError(f"{folder}: there is no such case")
    return folder


def runs_of(case: Path) -> tuple[list[Path], list[dict]]:
    """Of every host of a case the newest run that can be read; rows of ``not_home`` for those whose newest run can't."""
    by_host: dict[Path, list[Path]] = {}
    for folder in _verify.run_folders(case):
        by_host.setdefault(folder.parent, []).append(folder)
    runs, not_home = [], []
    for _host, folders in sorted(by_host.items()):
        newest, *older = sorted(folders, key=_order, reverse=True)
        error = _obstacle(newest)
        chosen = newest if error is None else next((folder for folder in older if _obstacle(folder) is None), None)
        if error is not None:
            not_home.append(row_of(newest, error, chosen))
        if chosen is not None:
            runs.append(chosen)
    return runs, not_home


def runs_named(paths: t.Sequence[Path]) -> list[Path]:
    """The folders of runs for their archives, or for themselves. Raises `CaseError`."""
    for path in paths:
        if not path.exists():
            raise CaseError(f"{path} does not exist. {EXPECTED}")
    return list(dict.fromkeys((path if path.is_dir() else path.parent).resolve() for path in paths))


def row_of(folder: Path, error: Exception, older: Path | None = None) -> dict:
    """The row of ``not_home`` of a run that there is nothing of, or nothing that can be read."""
    begin, refusal = _said(folder)
    known = str(error) if isinstance(error, (NotReadable, OSError)) else f"{type(error).__name__}: {error}"
    nothing = isinstance(error, NotSealed) and not known
    reason = (refusal or "the run ended before anything was sealed") if nothing else known
    return {
        "host": printable(begin or folder.parent.name, 200), "run": printable(folder.name, 200),
        "reason": printable(reason, 500), "older_run": older.name if older is not None else None,
        "state": NOTHING if nothing else UNREADABLE,
    }


def _obstacle(folder: Path) -> Exception | None:
    """Why a run can't be read, or that nothing is in it: it must not stand before an older one that has evidence."""
    try:
        return NotSealed() if Archive(folder, verify=False).is_empty else None
    except Exception as error:  # whatever is wrong with one run must not keep the others away
        return error


def _said(folder: Path) -> tuple[str, str]:
    """Which host it was, and why the run ended, as far as its record can be read."""
    try:
        events = _custody.events(folder)
    except OSError:
        return "", ""
    host = next((event.get("host") for event in events if event["event"] == "begin"), None)
    was_sealed = any(event["event"] == "sealed" for event in events)
    wanted = ("refused", "problem") if was_sealed else ("refused",)
    reason = next((event.get("msg") for event in reversed(events) if event["event"] in wanted), None)
    return str(host or ""), str(reason or "")


def _order(folder: Path) -> tuple[str, int]:
    """Runs of one second have a number behind their time."""
    stamp, _dash, number = folder.name.partition("-")
    return stamp, int(number) if number.isdecimal() else 1


__all__ = ("EXPECTED", "NOTHING", "UNREADABLE", "case_folder", "newest_case", "row_of", "runs_named", "runs_of")
