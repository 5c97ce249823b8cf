# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Reading open descriptors: bounded, hashed on the way, the host's page cache left as it was."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _syscalls
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import elapsed

CHUNK = 1 << 17
KEPT = 8 << 20
LONGEST_LINE = 4 << 20
READ_AHEAD = 1 << 18  # what a kernel may read when it is asked for the first bytes of a file


def read_all(descriptor, limit):
    """At most `limit` bytes from where the descriptor stands."""
    pieces, left = [], limit
    while left > 0:
        data = os.read(descriptor, min(left, CHUNK))
        if not data:
            break
        pieces.append(data)
        left -= len(data)
    return b"".join(pieces)


def lines_of(data):
    """The lines of bytes, without their ends, one by one: a list of them would take several times the memory."""
    start, end = 0, data.find(b"\n")
    while end >= 0:
        yield data[start:end]
        start, end = end + 1, data.find(b"\n", end + 1)
    yield data[start:]


class WholeLines:
    """Cuts a stream at ends of lines: pieces in, pieces out; a line of more than 4 MiB is cut nevertheless."""

    def __init__(self):
        self._rest = b""

    def of(self, piece):
        """What is whole with this piece, maybe nothing."""
        end = piece.rfind(b"\n") + 1
        if not end and len(self._rest) <= LONGEST_LINE:
            self._rest += piece
            return b""
        end = end or len(piece)
        whole, self._rest = self._rest + piece[:end], piece[end:]
        return whole

    def last(self):
        """What no end of a line follows."""
        return self._rest


def write_whole(descriptor, data):
    """Writes all of `data`, also where the kernel takes it in pieces."""
    view = memoryview(data)
    while len(view):
        view = view[os.write(descriptor, view):]


def _is_cold(descriptor, size):
    """Whether no page of the file was in memory: then none needs to stay there because of us."""
    if _begins_in_memory(descriptor):
        return False
    pages = _syscalls.page_cache_residency(descriptor, size)
    return pages is not None and not any(bytearray(pages))


def _begins_in_memory(descriptor):
    """Whether the first byte can be had without reading: a tenth of what asking for all pages costs. False if unknown."""
    if not hasattr(os, "RWF_NOWAIT"):
        return False
    try:
        return os.preadv(descriptor, [bytearray(1)], 0, os.RWF_NOWAIT) > 0
    except (OSError, NotImplementedError):
        return False


def peek(descriptor, limit):
    """At most `limit` bytes from the beginning of a file."""
    cold = _is_cold(descriptor, limit)
    data = read_all(descriptor, limit)
    if cold:
        _syscalls.fadvise_dontneed(descriptor, 0, max(limit, READ_AHEAD))
    return data


def chunks_of(descriptor, size, digest, deadline, offset=0):
    """`size` bytes at the most from `offset`, where the descriptor stands, fed to `digest` (or None).

    Ends early at the end of the file, an error, or the deadline.
    """
    cold = _is_cold(descriptor, offset + size)
    position = released = 0
    try:
        while position < size and elapsed() < deadline:
            try:
                data = os.read(descriptor, min(CHUNK, size - position))
            except OSError:
                return
            if not data:
                return
            if digest is not None:
                digest.update(data)
            position += len(data)
            if cold and position - released >= KEPT:
                _syscalls.fadvise_dontneed(descriptor, offset + released, position - released)
                released = position
            yield data
    finally:
        if cold and position > released:
            _syscalls.fadvise_dontneed(descriptor, offset + released, position - released)


__all__ = ("CHUNK", "WholeLines", "chunks_of", "lines_of", "peek", "read_all", "write_whole")
