# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The host's files in a sealed archive, for scanners: one after the other, nothing is unpacked."""

from __future__ import annotations

import typing as t

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._archives import Archive
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._names import escape

WANTED = (b"[root]/", b"live/recovered/")


class HostFile(t.NamedTuple):
    """`name` in the archive, as text that stands for its bytes, `size` in bytes, and its content, to be read before the next file."""

    name: str
    size: int
    content: t.BinaryIO


def host_files(archive: Archive) -> t.Iterator[HostFile]:
    """Every file of the host, as far as a part is one."""
    for entry, content in archive.entries():
        if entry.name.startswith(WANTED):
            yield HostFile(entry.name.decode("utf-8", "surrogateescape"), entry.size, content)


def hit(engine: str, name: str) -> dict[str, t.Any]:
    """The columns of ``av_hits`` that say which file it was."""
    member = name.encode("utf-8", "surrogateescape")
    return {"engine": engine, "where": "home", "archived": escape(member), "path": escape(member.removeprefix(b"[root]"))}
