# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Scanners of the control node over what came home, when the operator asks for them: rows of ``av_hits``."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._archives import Archive
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._clamav_scan import ClamavError
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._clamav_scan import scan_archive as clamav_scan
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._yara_scan import YaraError
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._yara_scan import scan_archive as yara_scan

TABLE = "av_hits"


@dataclass(frozen=True)
class Scans:
    """What is asked for: files of YARA rules; ClamAV, with a folder of signatures or those of this machine."""

    yara_rules: tuple[Path, ...] = ()
    clamav: bool = False
    clamav_signatures: Path | None = None


def scan(archive: Archive, scans: Scans, scratch: Path) -> tuple[list[dict[str, t.Any]], dict[str, str]]:
    """Rows of all scanners, and for each one that could not scan all why; what it unpacks lies below `scratch` for a while."""
    rows: list[dict[str, t.Any]] = []
    problems = {}
    wanted = {
        "YARA": lambda: yara_scan(archive, scans.yara_rules) if scans.yara_rules else (),
        "ClamAV": lambda: clamav_scan(archive, scans.clamav_signatures, scratch) if scans.clamav else (),
    }
    for name, found in wanted.items():
        try:
            for row in found():
                rows.append(row)
        except Exception as error:  # a file that a hostile host made must not keep the report away
            problems[name] = _told(error)
    return rows, problems


def _told(error: Exception) -> str:
    known = isinstance(error, (ClamavError, YaraError, OSError))
    return str(error) if known else f"{type(error).__name__}: {error}"
