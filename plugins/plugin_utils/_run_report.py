# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""A run in words: ``run.json`` for programs, ``0_SCRIPT-ERRORS.txt`` for people. Both are made from the custody events."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _custody
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._printable import printable

SHOWN = 20000
_EVENTS = ("part", "piece", "part_missing", "part_altered", "part_torn", "problem", "workspace", "workspace_removed")


def run_facts(folder: Path, parts: list[dict], contents: t.Any, expected: t.Sequence[str]) -> dict:
    """Who, when, from where, with which options, both clocks, what came home and what didn't."""
    events = _custody.events(folder)
    begin = next((event for event in events if event["event"] == "begin"), {})
    home = {str(event.get("part")): event for event in events if event["event"] == "part"}
    missing = [name for name in expected if name not in home and name not in [part["part"] for part in parts]]
    damaged = [row["part"] for row in contents.damaged]
    torn = [part["part"] for part in parts if part["part"] not in home and part["part"] not in damaged]
    cut = [name for name, event in home.items() if not event.get("complete")] + torn
    return {
        **{key: value for key, value in begin.items() if key not in ("event", "previous")},
        "host_facts": next((event for event in events if event["event"] == "host"), {}),
        "identity": next((event.get("identity") for event in events if event["event"] == "workspace"), None),
        "events": [event for event in events if event["event"] in _EVENTS],
        "parts": parts, "missing": missing, "cut": cut, "damaged": contents.damaged,
        "complete": not (missing or cut or contents.damaged),
        "states": dict(sorted(contents.states.items())), "entries": contents.entries,
        "ended": events[-1].get("time") if events else None,
    }


def script_errors(facts: dict, contents: t.Any) -> str:
    """What was done, step by step, and everything that went wrong."""
    lines = [
        f"{facts.get('host')}: {'complete' if facts['complete'] else 'INCOMPLETE'}",
        f"begun {facts.get('time')} by {facts.get('by')}, ended {facts.get('ended')}", "",
    ]
    lines += [f"MISSING {name}: nothing of it is in this archive" for name in facts["missing"]]
    lines += [f"CUT {name}: see below" for name in facts["cut"]]
    lines += [f"DAMAGED {row['part']}: {row['problem']}" for row in facts["damaged"]]
    lines += ["", "Steps:", *(_step(event) for event in facts["events"])]
    lines += ["", "Items by state: " + (", ".join(f"{state} {n}" for state, n in facts["states"].items()) or "none")]
    lines += ["", "Items that are not whole in this archive (those absent on the host are in manifest/):"]
    lines += contents.not_collected
    if contents.not_shown:
        lines.append(f"… and {contents.not_shown} more: see manifest/")
    return "\n".join(lines) + "\n"


def _step(event: dict) -> str:
    facts = {key: value for key, value in event.items() if key not in ("time", "event", "by", "previous", "part")}
    shown = ", ".join(f"{key}={value}" for key, value in facts.items() if value not in (None, "", {}, []))
    return printable(f"{event.get('time')} {event['event']} {event.get('part', '')}: {shown}", 2000)


def item_line(row: dict) -> str:
    """A row of the manifest for people."""
    text = {key: value for key, value in row.items() if isinstance(value, str)}
    what = text.get("path") or text.get("command") or text.get("artifact") or "-"
    return printable(f"{text.get('state')} {text.get('collector')} {what}: {text.get('reason', '')}", 1000)
