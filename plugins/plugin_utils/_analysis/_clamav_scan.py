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
import time
import typing as t
from pathlib import Path

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._archive_stream import HostFile, hit, host_files
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._archives import Archive
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._printable import printable

CHUNK = 1 << 20
LARGEST = 256 << 20
# What lies unpacked at one time, and what stays free beside it; clamscan itself unpacks at most `UNPACKED` of one file.
BATCH_BYTES = 1 << 30
BATCH_FILES = 20_000
UNPACKED = 512 << 20
RESERVE = 1 << 30
SECONDS = 3600
OUTPUT = 16 << 20
FAILURES = 3  # one after the other, and it is not tried again
FOUND = b" FOUND"
LIMITS = (
    f"--max-filesize={LARGEST >> 20}M", f"--max-scansize={UNPACKED >> 20}M", "--max-files=10000", "--max-recursion=10",
    "--max-dir-recursion=1", "--max-scantime=60000", "--alert-exceeds-max=yes",
)
_EXCEEDED = "Heuristics.Limits.Exceeded"


class ClamavError(Exception):
    """Why nothing was scanned, or not all, with what to do about it."""


class _Batch:
    """Files of the host in a folder of their own, under numbers, never under names of the host."""

    def __init__(self, scratch: Path):
        self.folder = Path(tempfile.mkdtemp(dir=scratch, prefix="batch-"))
        self.names: list[str] = []
        self._size = 0

    def has_room(self, file: HostFile) -> bool:
        """Whether a file may lie beside what is here."""
        return not self.names or (
            self._size + file.size <= BATCH_BYTES and len(self.names) < BATCH_FILES and _free(self.folder) >= RESERVE + file.size
        )

    def add(self, file: HostFile) -> None:
        if _free(self.folder) < RESERVE + file.size:
            raise ClamavError(f"{self.folder.parent} has less than {RESERVE + file.size >> 20} MiB to unpack files for the scan")
        with open(self.folder / str(len(self.names)), "xb", opener=_private) as target:
            shutil.copyfileobj(file.content, target, CHUNK)
        self.names.append(file.name)
        self._size += file.size

    def remove(self) -> None:
        shutil.rmtree(self.folder)


def scan_archive(archive: Archive, signatures: Path | None, scratch: Path) -> t.Iterator[dict[str, t.Any]]:
    """Rows of ``av_hits`` for the files of the host in `archive`; `signatures` is a folder, or those of this machine.

    Files are unpacked some at a time below `scratch`, where nothing is left of them. Raises `ClamavError`, behind the rows
    of what was scanned.
    """
    program = shutil.which("clamscan")
    if program is None:
        raise ClamavError("there is no clamscan on the control node; on Debian: apt-get install clamav")
    with tempfile.TemporaryDirectory(dir=scratch, prefix="clamav-") as folder:
        scanner = _Scanner(program, signatures, Path(folder))
        for one in _batches(archive, Path(folder)):
            if isinstance(one, _Batch):
                yield from scanner.scan(one)
            else:
                yield {**hit("clamav", one.name), "kind": "warning", "message": f"not scanned: more than {LARGEST >> 20} MiB"}
    if scanner.problems:
        raise ClamavError("; ".join(scanner.problems))


def _batches(archive: Archive, scratch: Path) -> t.Iterator[_Batch | HostFile]:
    """Batches, each gone when the next one comes, and between them what is too large for any."""
    batch = _Batch(scratch)
    for file in host_files(archive):
        if file.size > LARGEST:
            yield file
            continue
        if not batch.has_room(file):
            yield batch
            batch.remove()
            batch = _Batch(scratch)
        batch.add(file)
    if batch.names:
        yield batch
    batch.remove()


class _Scanner:
    """Runs clamscan on one batch after the other, within one time. `problems`: what was not scanned, and why."""

    def __init__(self, program: str, signatures: Path | None, scratch: Path):
        self.problems: list[str] = []
        self._command = [program, "--recursive", "--infected", "--no-summary", "--stdout", *LIMITS, f"--tempdir={scratch}"]
        if signatures is not None:
            self._command.append(f"--database={signatures}")
        self._output = scratch / "output"
        self._deadline = time.monotonic() + SECONDS
        self._failures = 0

    def scan(self, batch: _Batch) -> t.Iterator[dict[str, t.Any]]:
        """Rows of the files that something was found in, also when clamscan doesn't come to its end."""
        problem = self._run(batch.folder)
        with open(self._output, "rb") as output:
            yield from (_row(batch.names, line) for line in output.read(OUTPUT).splitlines() if line.endswith(FOUND))
        self._failures = self._failures + 1 if problem else 0
        if problem:
            first, last = (printable(batch.names[place], 200) for place in (0, -1))
            self.problems.append(f"the files from {first} to {last} were not scanned to their end: {problem}")
        if self._failures == FAILURES or time.monotonic() > self._deadline:
            raise ClamavError("; ".join([*self.problems, "what comes behind them was not scanned"]))

    def _run(self, folder: Path) -> str | None:
        left = self._deadline - time.monotonic()
        with open(self._output, "wb", opener=_private) as output, tempfile.TemporaryFile() as errors:
            try:
                done = subprocess.run(
                    [*self._command, str(folder)], stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
                    timeout=max(1.0, left), check=False,
                )
            except subprocess.TimeoutExpired:
                return f"clamscan took more than what was left of {SECONDS} seconds"
            if done.returncode in (0, 1):
                return None
            errors.seek(0)
            last = errors.read(OUTPUT).decode("utf-8", "backslashreplace").strip().splitlines()[-1:]
        return f"clamscan failed: {printable(''.join(last), 300) or done.returncode}"


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _row(names: list[str], line: bytes) -> dict[str, t.Any]:
    place, _colon, signature = line[:-len(FOUND)].decode("ascii", "backslashreplace").rpartition(": ")
    row = hit("clamav", names[int(place.rpartition("/")[2])])
    if signature.startswith(_EXCEEDED):
        return {**row, "kind": "warning", "message": f"not scanned to its end: {signature}"}
    return {**row, "kind": "infected", "signature": signature}
