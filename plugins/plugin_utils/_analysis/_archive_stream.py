# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The host's files in a sealed archive, for scanners: one after the other, nothing is unpacked."""

from __future__ import annotations

import gzip
import tarfile
import typing as t
from pathlib import Path

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._names import escape

WANTED = ("[root]/", "live/recovered/")


class HostFile(t.NamedTuple):
    """`name` in the archive, `size` in bytes, and its content as a stream, to be read before the next file."""

    name: str
    size: int
    content: t.IO[bytes]


def host_files(archive: Path) -> t.Iterator[HostFile]:
    """Every file of the host. tarfile by itself reads the first gzip member only, and ours are many."""
    with gzip.open(archive, "rb") as packed:
        with tarfile.open(fileobj=packed, mode="r|", encoding="utf-8", errors="surrogateescape") as tar:
            for member in tar:
                if member.isfile() and member.name.startswith(WANTED):
                    yield HostFile(member.name, member.size, t.cast(t.IO[bytes], tar.extractfile(member)))


def hit(engine: str, name: str) -> dict[str, t.Any]:
    """The columns of ``av_hits`` that say which file it was."""
    member = name.encode("utf-8", "surrogateescape")
    return {"engine": engine, "where": "home", "archived": escape(member), "path": escape(member.removeprefix(b"[root]"))}
