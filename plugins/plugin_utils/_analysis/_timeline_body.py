# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.
"""The body file of a host for mactime: that of the archive, with the host's clock put right."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import new_file
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_streams import Source, Unpacked, blocks

NAME = b"bodyfile.txt.gz"
UNPACKED = 64 << 30
_TIMES = re.compile(rb"\|(-?[0-9]+)\|(-?[0-9]+)\|(-?[0-9]+)\|(-?[0-9]+)\n")


def write_body(source: Source, path: Path, offset: float) -> str | None:
    """Writes the unpacked body file; `offset` seconds, rounded, are taken from all times but those that are not known (0).

    What was wrong with it, or None.
    """
    seconds = round(offset)
    unpacked = Unpacked(source, UNPACKED)
    with os.fdopen(new_file(path), "wb", 1 << 20) as stream:
        for block in blocks(unpacked):
            stream.write(_TIMES.sub(lambda match: _earlier(match, seconds), block) if seconds else block)
    return unpacked.problem


def _earlier(match: re.Match[bytes], seconds: int) -> bytes:
    times = [int(time) for time in match.groups()]
    return b"|%d|%d|%d|%d\n" % tuple(time and time - seconds for time in times)


__all__ = ("NAME", "write_body")
