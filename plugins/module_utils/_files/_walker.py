# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The inside of a process that walks: it does what its parent says and writes rows into a spool file of its own.

Parent and worker talk over a socket that keeps messages whole; the fields of a message are separated by NUL, which no
name contains:

* parent to worker: ``start`` path; ``resume`` path, names of folders in it; ``end``
* worker to parent: ``idle``; ``share`` path, names of folders in it; ``note`` path, state, reason; ``failed`` reason
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import mmap
import os
import struct

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._streams import write_whole
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._file_rows import Rows
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._programs import Programs
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._walk import Walk

MESSAGE_SIZE = 96 << 10
SHARE_SIZE = 24 << 10
MAX_UNVISITED = 100
_ON, _OFF = b"\1", b"\0"


class Halt(Exception):
    """The parent wants the workers to end."""


class Board(object):
    """Memory that parent and workers share, so that a look at it costs no system call.

    `hungry`: somebody has nothing to do. `stop`: end now. A worker's `progress`: bytes of its spool file that are
    whole gzip members, names, folders and errors in them.
    """

    _PROGRESS = struct.Struct("=4Q")

    def __init__(self, workers):
        self._memory = mmap.mmap(-1, 64 + workers * self._PROGRESS.size)

    def quiet(self):
        return self._memory[:2] == b"\0\0"

    hungry = property(lambda self: self._memory[:1] == _ON, lambda self, value: self._set(0, value))
    stop = property(lambda self: self._memory[1:2] == _ON, lambda self, value: self._set(1, value))

    def _set(self, position, value):
        self._memory[position:position + 1] = _ON if value else _OFF

    def publish(self, index, *progress):
        start = 64 + index * self._PROGRESS.size
        self._memory[start:start + self._PROGRESS.size] = self._PROGRESS.pack(*progress)

    def progress(self, index):
        start = 64 + index * self._PROGRESS.size
        return self._PROGRESS.unpack(self._memory[start:start + self._PROGRESS.size])


class Walker(object):
    """The inside of a worker process."""

    def __init__(self, channel, board, index, spool, root, plan):
        self._channel = channel
        self._board = board
        self._index = index
        self._parent = os.getppid()
        self._size = 0
        self._spool = os.open(spool, os.O_WRONLY)
        self._rows = Rows(self._write, Programs(os.path.dirname(spool), index))
        self._walk = Walk(root, plan, self._rows, self._note, self._pause)

    def serve(self):
        """Does what the parent says until the end."""
        while True:
            self._say(b"idle")
            message = self._channel.recv(MESSAGE_SIZE).split(b"\0")
            try:
                if message[0] == b"start":
                    self._walk.start(message[1])
                elif message[0] == b"resume":
                    self._walk.resume(message[1], message[2:])
                else:
                    break
            except Halt:
                self._abandon()
        self._rows.flush()

    def _say(self, *fields):
        self._channel.send(b"\0".join(fields))

    def _note(self, path, state, reason):
        self._say(b"note", path, state.encode("ascii"), reason.encode("ascii"))

    def _pause(self):
        if self._board.quiet():
            return
        if self._board.stop:
            raise Halt()
        share = self._walk.share(SHARE_SIZE)
        if share is not None:
            self._board.hungry = False
            self._say(b"share", share[0], *share[1])

    def _abandon(self):
        left = self._walk.abandon()
        for path, folders, done in left[:MAX_UNVISITED]:
            names = "" if done else ", and not all of its names were read"
            self._note(path, _state.TIMED_OUT, "stopped: %d folders in it were not visited%s" % (folders, names))
        if len(left) > MAX_UNVISITED:
            self._note(b"", _state.TIMED_OUT, "stopped: the same in %d folders more" % (len(left) - MAX_UNVISITED))

    def _write(self, data):
        if os.getppid() != self._parent:
            os._exit(1)
        self._size += len(data)
        write_whole(self._spool, data)
        rows = self._rows
        self._board.publish(self._index, self._size, rows.entries, rows.folders, rows.errors)


__all__ = ("Board", "MESSAGE_SIZE", "Walker")
