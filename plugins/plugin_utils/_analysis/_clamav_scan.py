# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""ClamAV on the control node over the files of a sealed archive. The host is not touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import typing as t
from pathlib import Path

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._archive_stream import hit, host_files

CHUNK = 1 << 20
LARGEST = 256 << 20
SECONDS = 3600
FOUND = b" FOUND"


class ClamavError(Exception):
    """Why nothing was scanned, with what to do about it."""


def scan_archive(archive: Path, signatures: Path | None, scratch: Path) -> list[dict[str, t.Any]]:
    """Rows of ``av_hits`` for the files of the host in `archive`; `signatures` is a folder, or those of this machine.

    Files are unpacked one after the other under numbers, never under names of the host, into a folder below `scratch`
    that is gone afterwards. Raises `ClamavError`.
    """
    program = shutil.which("clamscan")
    if program is None:
        raise ClamavError("there is no clamscan on the control node; on Debian: apt-get install clamav")
    with tempfile.TemporaryDirectory(dir=scratch, prefix="clamav-") as folder:
        names, large = _unpack(archive, Path(folder))
        return large + [_row(names, line) for line in _scan(program, signatures, folder) if line.endswith(FOUND)]


def _unpack(archive: Path, folder: Path) -> tuple[list[str], list[dict[str, t.Any]]]:
    """The names of the files that lie in `folder` now, each under its place in this list; rows of those that are too large."""
    names: list[str] = []
    large = []
    for file in host_files(archive):
        if file.size > LARGEST:
            large.append({**hit("clamav", file.name), "kind": "warning", "message": f"not scanned: more than {LARGEST >> 20} MiB"})
            continue
        if shutil.disk_usage(folder).free < 2 * LARGEST + file.size:
            raise ClamavError(f"{folder.parent} has too little room to unpack {archive}")
        with open(folder / str(len(names)), "xb", opener=_private) as target:
            shutil.copyfileobj(file.content, target, CHUNK)
        names.append(file.name)
    return names, large


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _scan(program: str, signatures: Path | None, folder: str) -> list[bytes]:
    options = ["--recursive", "--infected", "--no-summary", "--stdout", f"--max-filesize={LARGEST >> 20}M"]
    if signatures is not None:
        options.append(f"--database={signatures}")
    try:
        done = subprocess.run([program, *options, folder], capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise ClamavError(f"clamscan did not end after {SECONDS} seconds") from error
    if done.returncode not in (0, 1):
        last = (done.stderr or done.stdout).decode("utf-8", "backslashreplace").strip().splitlines()[-1:]
        raise ClamavError(f"clamscan failed: {''.join(last) or done.returncode}")
    return done.stdout.splitlines()


def _row(names: list[str], line: bytes) -> dict[str, t.Any]:
    place, _colon, signature = line[:-len(FOUND)].decode("ascii", "backslashreplace").rpartition(": ")
    return {**hit("clamav", names[int(place.rpartition("/")[2])]), "kind": "infected", "signature": signature}
