# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Where evidence lies on the control node: ``<output>/<case>/<host>/<run>/``, all 0700, files 0600."""

from __future__ import annotations

import datetime
import hashlib
import os
import re
from pathlib import Path

PARTS = "parts"
_PART = re.compile(r"([0-9]{2}-[a-z_]+)(-[0-9]{3,6})?")
REPORT = "report"
# Names in a case's folder that are no host's.
_TAKEN = frozenset((REPORT, REPORT + ".new", "bundles"))
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


class CaseError(Exception):
    """What is wrong with the place for the evidence, and what to do."""


def file_name(name: str) -> str:
    """A name that is one harmless path component; one that had to be altered ends in a digest of the original."""
    safe = _UNSAFE.sub("_", name)[:100].lstrip(".-")
    if safe and safe == name and safe not in _TAKEN:
        return safe
    return f"{safe or 'host'}-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"


def now() -> datetime.datetime:
    """This moment in UTC."""
    return datetime.datetime.now(datetime.timezone.utc)


def iso(moment: datetime.datetime) -> str:
    """``2026-11-23T04:51:33.123456Z``"""
    return moment.astimezone(datetime.timezone.utc).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def make_run_folder(output: str, case: str, host: str) -> Path:
    """A new folder for one run on one host. Earlier runs are never touched."""
    base = Path(output).expanduser().absolute()
    parent = base / file_name(case) / file_name(host)
    try:
        _make_private(parent)
        folder = _new_folder(parent, now().strftime("%Y%m%dT%H%M%SZ"))
        (folder / PARTS).mkdir(mode=0o700)
    except OSError as error:
        raise CaseError(f"The evidence can't be kept in {base}: {error.strerror}. Give another folder: "
                        "-e triage_output=FOLDER") from error
    return folder


def make_report_folder(output: str, case: str) -> Path:
    """Where a case's report goes, its parents made; the report of archives of no case lies beside the cases."""
    base = Path(output).expanduser().absolute()
    parent = base / file_name(case) if case else base
    try:
        _make_private(parent)
    except OSError as error:
        raise CaseError(f"The report can't be written below {base}: {error.strerror}") from error
    return parent / REPORT


def _make_private(folder: Path) -> None:
    """Like mkdir(parents=True), which would give the folders above the last one to everybody."""
    if not folder.is_dir():
        _make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _new_folder(parent: Path, stamp: str) -> Path:
    for number in range(1, 1000):
        folder = parent / (stamp if number == 1 else f"{stamp}-{number}")
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return folder
    raise CaseError(f"1000 runs began in one second in {parent}")


def part_path(folder: Path, name: str) -> Path:
    """Where a part, or a piece of one, lies at home. `name` is the play's, never the host's."""
    if not _PART.fullmatch(name):
        raise CaseError(f"{name!r} is no name of a part: two digits, a dash, small letters; of a piece: a dash, digits")
    return folder / PARTS / f"{name}.tar.gz"


def part_of_piece(name: str) -> str | None:
    """``80-backup`` for ``80-backup-003``; None for what is no piece."""
    match = _PART.fullmatch(name)
    return match[1] if match and match[2] else None


def new_file(path: Path) -> int:
    """A descriptor for a file that must not exist yet."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)


def flush(path: Path) -> None:
    """Returns when the file's bytes are on the disk: what they replace may go then."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file in hexadecimal, in bounded memory."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else _digest(stream)


def _digest(stream) -> str:
    digest = hashlib.sha256()
    for chunk in iter(lambda: stream.read(1 << 20), b""):
        digest.update(chunk)
    return digest.hexdigest()
