# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""A sealed archive for scanners, one member after the other."""

from __future__ import annotations

import contextlib
import gzip
import tarfile
import typing as t
from pathlib import Path


@contextlib.contextmanager
def opened(archive: Path) -> t.Iterator[tarfile.TarFile]:
    """The archive as a stream of members. tarfile by itself reads the first gzip member only, and ours are many."""
    with gzip.open(archive, "rb") as packed:
        with tarfile.open(fileobj=packed, mode="r|", encoding="utf-8", errors="surrogateescape") as tar:
            yield tar
