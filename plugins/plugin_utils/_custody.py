# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Chain of custody: ``custody.jsonl``, one event a line, each line carrying the SHA-256 of the line before."""

from __future__ import annotations

import fcntl
import getpass
import hashlib
import json
import os
import socket
import typing as t
from pathlib import Path

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import iso, now

NAME = "custody.jsonl"
ANCHOR = "custody.sha256"
FIRST = "0" * 64


def record(folder: Path, event: str, /, **facts: t.Any) -> str:
    """Adds an event to the run's chain; returns the new line's SHA-256. No fact can stand for what the chain itself says."""
    descriptor = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+b") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        chain = stream.read()
        lines = _lines(chain)
        previous = hashlib.sha256(lines[-1]).hexdigest() if lines else FIRST
        entry = {**facts, "time": iso(now()), "event": event, "by": operator(), "previous": previous}
        line = json.dumps(entry, sort_keys=True).encode("ascii")
        # A line that was cut when this machine lost its power stays alone.
        stream.write((b"" if chain.endswith(b"\n") or not chain else b"\n") + line + b"\n")
        stream.flush()
        os.fsync(descriptor)
    return hashlib.sha256(line).hexdigest()


def _lines(chain: bytes) -> list[bytes]:
    return chain.removesuffix(b"\n").split(b"\n") if chain else []


def operator() -> str:
    """``user@machine`` of whoever runs this."""
    try:
        user = getpass.getuser()
    except (KeyError, ImportError, OSError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def events(folder: Path) -> list[dict]:
    """The events in order; what is no JSON object counts as an event ``unreadable``."""
    return [_event(line) for line in _chain(folder)]


def _chain(folder: Path) -> list[bytes]:
    try:
        return _lines((folder / NAME).read_bytes())
    except FileNotFoundError:
        return []


def _event(line: bytes) -> dict:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        entry = None
    return entry if isinstance(entry, dict) and isinstance(entry.get("event"), str) else {"event": "unreadable"}


def broken_links(folder: Path) -> list[int]:
    """Numbers (from 1) of the lines that don't carry the hash of the line before."""
    broken, previous = [], FIRST
    for number, line in enumerate(_chain(folder), 1):
        if _event(line).get("previous") != previous:
            broken.append(number)
        previous = hashlib.sha256(line).hexdigest()
    return broken


def holds(folder: Path, digest: str) -> bool:
    """Whether a line of the chain has this SHA-256."""
    return any(hashlib.sha256(line).hexdigest() == digest for line in _chain(folder))
