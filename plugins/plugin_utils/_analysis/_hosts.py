# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The tables ``hosts`` and ``coverage``: which hosts a case has, of what kind they are, and how whole their evidence is."""

from __future__ import annotations

import datetime
import os
import typing as t

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._archives import Archive
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._case_db import Case
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._printable import printable

TEXT = 200


def add_host(case: Case, archive: Archive, role_groups: t.Sequence[str]) -> None:
    """The row of a host whose tables were loaded. `role_groups`: groups of the inventory that tell kinds of hosts apart."""
    facts = archive.facts
    missing = [*_texts(facts.get("missing")), *_texts(facts.get("cut"))]
    damaged = facts.get("damaged")
    missing += _texts([row.get("part") for row in damaged if isinstance(row, dict)] if isinstance(damaged, list) else None)
    release = _release(archive)
    roles = [group for group in role_groups if group in _texts(facts.get("groups"))]
    case.connection.execute("INSERT INTO hosts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [
        archive.host, archive.run, place(archive, case), facts.get("complete") is True, missing, _os(archive), release,
        _text(_mapping(facts, "host_facts").get("kernel")), ", ".join([release or "unknown", *roles]), _clock_offset(facts),
        _moment(facts.get("time")), _moment(archive.sealed), _whole(archive.size), _text(archive.sha256), archive.problems,
        facts.get("unprivileged") is True,
    ])


def add_not_home(case: Case, rows: t.Sequence[dict]) -> None:
    """The hosts of which nothing came home, or nothing that can be read."""
    for row in rows:
        values = [row["host"], row["run"], row["reason"], row["older_run"], row["state"]]
        case.connection.execute("INSERT INTO not_home VALUES (?, ?, ?, ?, ?)", values)


def add_coverage(case: Case) -> None:
    """How many items of each part came to which end; a part that is not there has a row of its own."""
    case.connection.execute("""
        INSERT INTO coverage
        SELECT host, part, state, count(*) FROM items GROUP BY ALL
        UNION ALL SELECT host, unnest(missing), 'missing', 0 FROM hosts
    """)


def place(archive: Archive, case: Case) -> str:
    """The archive as seen from the folder of the case, which may move as a whole; else its absolute path."""
    folder = case.folder.absolute().parent
    path = archive.path.absolute()
    return os.path.relpath(path, folder) if path.is_relative_to(folder) else str(path)


def _mapping(facts: dict, name: str) -> dict:
    found = facts.get(name)
    return found if isinstance(found, dict) else {}


def _texts(value: t.Any) -> list[str]:
    return [printable(one, TEXT) for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _text(value: t.Any) -> str | None:
    return printable(value, TEXT) if isinstance(value, str) else None


def _whole(value: t.Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63 else None


def _os_release(archive: Archive) -> dict:
    return _mapping(_mapping(archive.identity, "machine"), "os_release")


def _os(archive: Archive) -> str | None:
    return _text(_os_release(archive).get("PRETTY_NAME")) or _text(_mapping(archive.facts, "identity").get("os"))


def _release(archive: Archive) -> str | None:
    names = [_text(_os_release(archive).get(key)) for key in ("ID", "VERSION_ID")]
    return " ".join(name for name in names if name) or _os(archive)


def _clock_offset(facts: dict) -> float | None:
    offset = _mapping(_mapping(facts, "host_facts"), "clock").get("offset")
    return float(offset) if type(offset) in (int, float) and abs(offset) < 1e12 else None


def _moment(value: t.Any) -> datetime.datetime | None:
    try:
        return datetime.datetime.fromisoformat(value.rstrip("Z"))
    except (AttributeError, ValueError):
        return None
