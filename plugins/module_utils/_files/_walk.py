# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""A walk down a tree of folders, from inside: the process stands in the folder whose names it looks at.

So names stay short however deep the tree is, and no link on the way matters. Memory is bounded: of a folder one buffer
of names is held, the place to read on is a descriptor (near the top) or a position (deep down, where the way back is
``..``, checked by device and inode). Nothing is opened but folders.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import os

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._file_rows import json_text
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._frame import Frame, enter, open_folder
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._inode import names_reader

OPEN_FOLDERS = 64  # as many folders from the top down keep their descriptor
MAX_PATH = 8 * 4096  # bytes; what lies deeper is named but not entered
_GONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)  # since its name was read; the row says so


class Walk(object):
    """Walks one subtree after the other and changes the current folder of the process on the way.

    root: bytes, a real path. plan: `_mount_plan.Plan`. rows: `_file_rows.Rows`. note: function of path (bytes, seen
    from root), state and reason, for what can't be walked. pause: function that is called before each buffer of names.
    """

    def __init__(self, root, plan, rows, note, pause):
        self.path = b""
        self.frames = []
        self._root = root
        self._plan = plan
        self._rows = rows
        self._note = note
        self._pause = pause
        self._names = names_reader()

    def start(self, path):
        """Walks a start of the plan, its own row included."""
        folder, _separator, name = path.rpartition(b"/")
        try:
            os.close(enter(self._root, folder))
            if self._rows.add_start(path, name or b".") and path not in self._plan.stops:
                self._push(enter(self._root, path), path.rstrip(b"/"))
        except OSError as error:
            self._failed(path, error)
        self._run()

    def resume(self, path, names):
        """Walks the folders `names` in the folder `path`, as `share` of another process has given them away."""
        try:
            self._push(enter(self._root, path), path)
        except OSError as error:
            self._failed(path, error)
            return
        self.frames[0].pending, self.frames[0].done = names, True
        self._run()

    def share(self, limit):
        """(path, names) of folders that another process may walk, from as near to the top as possible; or None.

        Half of the names that wait in one folder are given away, up to `limit` bytes of them.
        """
        for position, frame in enumerate(self.frames):
            count = len(frame.pending)
            if count > 1 or count and frame is not self.frames[-1]:
                names = _within(frame.pending[:(count + 1) // 2], limit)
                del frame.pending[:len(names)]
                return self._path_of(position), names
        return None

    def abandon(self):
        """Gives up; returns [(path, number of known folders in it that were not entered, whether it was read)]."""
        left = [
            (self._path_of(position) or b"/", len(frame.pending), frame.done)
            for position, frame in enumerate(self.frames) if frame.pending or not frame.done
        ]
        while self.frames:
            self._pop()
        return left

    def _run(self):
        while self.frames:
            frame = self.frames[-1]
            if frame.pending:
                self._enter(frame, frame.pending.pop())
            elif frame.done:
                self._leave()
            else:
                self._pause()
                self._read_on(frame)

    def _read_on(self, frame):
        stops = self._plan.folders.get(self.path or b"/")
        kinds = {} if stops else None
        try:
            names, frame.offset = self._names(frame.fd, kinds)
        except OSError as error:
            self._failed(self.path or b"/", error)
            frame.done = True
            return
        frame.done = frame.offset is None
        if not names:
            return
        if stops:
            names = [name for name in names if not self._untouchable(name, stops, kinds)]
        frame.pending = self._rows.add(self.path, names)
        if stops:
            frame.pending = [name for name in frame.pending if name not in stops]

    def _untouchable(self, name, stops, kinds):
        if name not in stops or stops[name].touch:
            return False
        self._rows.add_untouched(self.path + b"/" + name, kinds.get(name, 0), stops[name].reason)
        return True

    def _enter(self, frame, name):
        path = self.path + b"/" + name
        if len(path) > MAX_PATH:
            self._note(path, _state.SKIPPED_BUDGET, "deeper than %d bytes of path" % MAX_PATH)
            return
        try:
            fd = open_folder(name)
        except OSError as error:
            self._failed(path, error)
            return
        status = os.fstat(fd)
        if status.st_dev != frame.device and not self._may_cross(path, status.st_dev, frame.device):
            os.close(fd)
            self._note(path, _state.SKIPPED_TYPE, "another file system that mountinfo didn't name")
            return
        try:
            os.fchdir(fd)
        except OSError as error:
            self._read_names(fd, path, error)
            return
        if len(self.frames) > OPEN_FOLDERS:
            frame.close()
        self._push(fd, path, status)

    def _read_names(self, fd, path, reason):
        """Of a folder that may be read but not entered."""
        self._failed(path, reason)
        kinds, offset = {}, 0
        try:
            while offset is not None:
                self._pause()
                kinds.clear()
                names, offset = self._names(fd, kinds)
                for name in names:
                    self._rows.add_untouched(path + b"/" + name, kinds.get(name, 0), os.strerror(reason.errno))
        except OSError as error:
            self._failed(path, error)
        finally:
            os.close(fd)

    def _may_cross(self, path, device, above):
        return path in self._plan.crossings or self._plan.subvolumes and not (os.major(device) or os.major(above))

    def _push(self, fd, path, status=None):
        self.frames.append(Frame(fd, status or os.fstat(fd), len(self.path)))
        self.path = path

    def _pop(self):
        frame = self.frames.pop()
        self.path = self.path[:frame.length]
        frame.close()

    def _leave(self):
        self._pop()
        lost = None
        while self.frames and not self.frames[-1].enter_from_below():
            lost = lost or self.path or b"/"
            self._pop()
        if lost is not None:
            self._note(lost, _state.CHANGED, "moved or locked while it was walked: the rest of it isn't listed")

    def _path_of(self, position):
        return self.path if position + 1 == len(self.frames) else self.path[:self.frames[position + 1].length]

    def _failed(self, path, error):
        self._rows.add_error(json_text(path), error)
        if error.errno not in _GONE:
            denied = error.errno in (errno.EACCES, errno.EPERM)
            self._note(path, _state.DENIED if denied else _state.FAILED, os.strerror(error.errno))


def _within(names, limit):
    """As many of the names, and at least one, as have `limit` bytes together."""
    count, size = 0, 0
    while count < len(names) and (not count or size + len(names[count]) < limit):
        size += len(names[count]) + 1
        count += 1
    return names[:count]


__all__ = ("MAX_PATH", "Walk")
