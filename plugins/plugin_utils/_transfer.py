# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""A part's way home: streamed by the connection, or pulled in chunks; never more bytes than were announced."""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import resource
import shlex
import typing as t
from pathlib import Path

from ansible.errors import AnsibleError

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._printable import printable

CHUNK = 4 << 20
BLOCK = 1 << 16
SLACK = 1 << 16
ENOUGH = 64 << 20
LARGE = 32 << 20


class TransferError(Exception):
    """Why a part did not arrive. Some of the words may be the host's."""

    def __init__(self, message: str):
        super().__init__(printable(message, 1000))


def require_room(folder: Path, size: int) -> None:
    """Refuses, with figures, what would leave the control node without space."""
    state = os.statvfs(folder)
    free = state.f_bavail * state.f_frsize
    if free < size + ENOUGH:
        raise TransferError(f"{folder} has {free >> 20} MiB free, the part needs {size >> 20} MiB")


def stream(connection: t.Any, source: str, target: Path, size: int) -> None:
    """Fetches the host's file `source` of `size` bytes as the login user, by each way the connection knows."""
    problems = []
    for method in _methods(connection, size):
        keep_longest(target)
        try:
            with _file_size_limit(size + SLACK):
                connection.fetch_file(source, str(target))
            target.chmod(0o600)
            return
        except (AnsibleError, OSError) as error:
            problems.append(f"{method}: {error}")
    raise TransferError("; ".join(problems))


def keep_longest(partial: Path) -> Path:
    """Puts aside what arrived until a transfer was cut: of several tries the longest piece; where it lies, if there is one."""
    kept = partial.with_suffix(".cut")
    size = kept.stat().st_size if kept.exists() else 0
    if partial.exists() and partial.stat().st_size > size:
        partial.chmod(0o600)
        partial.replace(kept)
    partial.unlink(missing_ok=True)
    return kept


def _methods(connection: t.Any, size: int) -> t.Iterator[str]:
    """Sets up the connection for one way after the other. Not ssh's third one, which holds the whole file in memory."""
    try:
        chosen, arguments = connection.get_option("ssh_transfer_method"), connection.get_option("ssh_args")
    except (KeyError, AnsibleError):
        yield "connection"
        return
    plain = _without_compression(arguments)
    try:
        if plain != arguments and size >= LARGE:
            _set(connection, "sftp", plain)
            yield "sftp of its own"
        for method in ("sftp", "scp"):
            _set(connection, method, arguments)
            yield method
    finally:
        _set(connection, chosen, arguments)


def _set(connection: t.Any, method: str, arguments: str) -> None:
    connection.set_option("ssh_transfer_method", method)
    connection.set_option("ssh_args", arguments)


def _without_compression(arguments: str) -> str:
    """ssh's arguments for a connection of its own that doesn't compress: a part is compressed, again costs minutes."""
    words = shlex.split(arguments or "")
    if "-C" not in words:
        return arguments
    rest = [word for word in words if word != "-C"]
    return shlex.join(["-o", "ControlMaster=no", "-o", "ControlPath=none", *rest])


@contextlib.contextmanager
def _file_size_limit(size: int) -> t.Iterator[None]:
    """A file on the host that grows for ever fails here, in whatever program writes the copy."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    set_before = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_FSIZE, (min([size, *set_before]), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def pull(execute: t.Callable[[str], dict], source: str, target: Path, limit: int) -> int:
    """Reads the host's file in chunks through the command `execute` (as root where the play has it).

    At most `limit` bytes; returns how many there were.
    """
    written = 0
    with open(target, "wb", opener=_private) as output:
        while written < limit:
            chunk = _chunk(execute, source, written)
            output.write(chunk[:limit - written])
            written += len(chunk)
            if len(chunk) < CHUNK:
                break
    return min(written, limit)


def _chunk(execute: t.Callable[[str], dict], source: str, offset: int) -> bytes:
    name = shlex.quote(source)
    command = f"[ -f {name} ] && dd if={name} bs={BLOCK} skip={offset // BLOCK} count={CHUNK // BLOCK} 2>/dev/null | base64"
    answer = execute(command)
    if answer["rc"] != 0:
        raise TransferError(f"reading {source} on the host failed: {answer.get('stderr', '')[-300:]}")
    try:
        chunk = base64.b64decode("".join(answer["stdout"].split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise TransferError(f"the host's answer is no base64: {error}") from error
    if len(chunk) > CHUNK:
        raise TransferError("the host sent more than was asked for")
    return chunk


def append(source: Path, target: Path) -> None:
    """Adds a file's bytes to another file's, which are on the disk afterwards."""
    with open(source, "rb") as stream, open(target, "ab", opener=_private) as output:
        while block := stream.read(CHUNK):
            output.write(block)
        output.flush()
        os.fsync(output.fileno())


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)
