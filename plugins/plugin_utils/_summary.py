# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The last lines of a run: which host's evidence is home, and where."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _custody
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._printable import printable
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._warnings import warnings


def host_summary(host: str, folder: str | None) -> dict:
    """What there is to say of one host: ``verdict``, ``items``, ``size``, ``seconds``, ``lines`` below the row."""
    try:
        events = _custody.events(Path(folder)) if folder else []
    except OSError as error:
        return _damaged(host, folder, error)
    sealed = next((event for event in reversed(events) if event.get("event") == "sealed"), None)
    if sealed is None:
        reason = next((event.get("msg") for event in reversed(events) if event.get("event") == "refused"), None)
        return {"host": host, "verdict": "NOTHING", "items": "", "size": "", "seconds": "",
                "lines": [printable(str(reason or "the run ended before anything was sealed"), 600)]}
    try:
        return _sealed_summary(host, Path(folder or ""), events, sealed)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return _damaged(host, folder, error)


def _damaged(host: str, folder: str | None, error: Exception) -> dict:
    return {"host": host, "verdict": "DAMAGED", "items": "", "size": "", "seconds": "",
            "lines": [printable(f"{folder}: run.json or {_custody.NAME} can't be read: {error!r}", 600)]}


def _sealed_summary(host: str, folder: Path, events: list[dict], sealed: dict) -> dict:
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return {
        "host": host, "verdict": "complete" if run["complete"] else "INCOMPLETE",
        "items": ", ".join(f"{count} {state}" for state, count in sorted(run["states"].items(), key=lambda pair: -pair[1])),
        "size": f"{sealed['size'] / 2 ** 20:.1f} MiB", "seconds": f"{_seconds(events[0], sealed):.0f} s",
        "lines": [*_shortcomings(run, events), str(folder / sealed["archive"]), f"sha256 {sealed['sha256']}"],
    }


def _seconds(begin: dict, end: dict) -> float:
    first, last = (datetime.datetime.fromisoformat(event["time"].rstrip("Z")) for event in (begin, end))
    return (last - first).total_seconds()


def _shortcomings(run: dict, events: list[dict]) -> list[str]:
    lines = [f"missing: {name}" for name in run["missing"]]
    reasons = {event.get("part"): event.get("problem") for event in events if event.get("event") == "part"}
    lines += [f"cut: {name}: {reasons.get(name) or 'its collector died'}" for name in run["cut"]]
    lines += [f"damaged: {row['part']}: {row['problem']}" for row in run["damaged"]]
    lines += [f"{event.get('step', '?')}: {event.get('msg', '')}" for event in events if event.get("event") == "problem"]
    lines += [f"left on the host: {event['left_on_host']}" for event in events if event.get("left_on_host")]
    lines += [f"WARNING: {line}" for event in events for line in warnings(event.get("summary") or {})]
    return [printable(line, 400) for line in lines]


def table(rows: list[dict]) -> list[str]:
    """The rows as lines of text, what isn't complete first."""
    rows = sorted(rows, key=lambda row: (row["verdict"] == "complete", row["host"]))
    titles = {"host": "HOST", "verdict": "EVIDENCE", "size": "SIZE", "seconds": "TIME", "items": "ITEMS"}
    widths = {key: max(len(str(row[key])) for row in [titles, *rows]) for key in titles}
    lines = []
    for row in [titles, *rows]:
        lines.append("  ".join(str(row[key]).ljust(widths[key]) for key in titles).rstrip())
        lines += [" " * (widths["host"] + 2) + line for line in row.get("lines", ())]
    return lines
