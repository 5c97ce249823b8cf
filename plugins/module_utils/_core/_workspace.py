# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The one folder on the host that is ours: where it is made, what lies in it, how it goes away."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import os
import re
import shutil
import signal
import stat
import time

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import elapsed
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead, Reader

PREFIX = b".linux_triage-"
NAME = re.compile(br"^\.linux_triage-[0-9a-z]{16,64}\Z")
# Parts, spool files of collectors, Ansible's own temporary folders (TMPDIR points here), and the running mark.
OWN = re.compile(br"^(?:[0-9]{2}-[a-z_]+(?:-[0-9]+)?\.tar\.gz|[a-z_.]+-[A-Za-z0-9_]{6,8}|ansible[A-Za-z0-9_.-]*|tmp[A-Za-z0-9_]{6,8}|running)\Z")
MARK = b"running"


class WorkspaceError(Exception):
    """Why no workspace can be made or removed, with what to do about it."""


def make(candidates, token, min_free):
    """Makes ``.linux_triage-<token>`` under the roomiest candidate folder; returns (path, free bytes).

    Raises `WorkspaceError` with the figures of every candidate when none has `min_free` bytes.
    """
    if not NAME.match(PREFIX + token.encode("utf-8")):
        raise WorkspaceError("A workspace's token is 16 to 64 small letters and digits")
    rooms = [_room(path) for path in candidates]
    usable = [room for room in rooms if room[1] is not None]
    best = max(usable, key=lambda room: room[1]) if usable else None
    if best is None or best[1] < min_free:
        figures = "; ".join(_figure(room) for room in rooms)
        raise WorkspaceError("%d MiB must be free for the workspace: %s" % (min_free >> 20, figures))
    path = os.path.join(best[0], PREFIX + token.encode("ascii"))
    try:
        os.mkdir(path, 0o700)
        os.chmod(path, 0o711)
    except OSError as error:
        raise WorkspaceError("The workspace %s can't be made: %s" % (path.decode("utf-8", "replace"), error.strerror))
    return path, best[1]


def _room(candidate):
    """(real path, free bytes, None), or (candidate, None, why it can't be used)."""
    try:
        with Reader().find(candidate) as found:
            if not stat.S_ISDIR(found.status.st_mode):
                return candidate, None, "not a folder"
            if found.status.st_mode & stat.S_IWOTH and not found.status.st_mode & stat.S_ISVTX:
                return candidate, None, "writable by everybody, who could exchange the workspace"
            path = found.path
    except NotRead as error:
        return candidate, None, error.reason
    if not os.access(path, os.W_OK | os.X_OK):
        return candidate, None, "not writable"
    state = os.statvfs(path)
    return path, state.f_bavail * state.f_frsize, None


def _figure(room):
    path, free, reason = room
    return "%s has %s" % (path.decode("utf-8", "replace"), reason if free is None else "%d MiB" % (free >> 20))


def leftovers(candidates):
    """Workspaces of this user's other runs under the candidate folders: (path, bytes in it)."""
    found = []
    for candidate in candidates:
        try:
            names = Reader().listdir(candidate)
        except NotRead:
            continue
        for name in names:
            path = os.path.join(candidate, name)
            if NAME.match(name) and _is_ours(path):
                found.append((path, _content_size(path)))
    return found


def _is_ours(path):
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()


def _content_size(path):
    try:
        return sum(os.lstat(os.path.join(path, name)).st_size for name in os.listdir(path))
    except OSError:
        return 0


def mark_running(workspace):
    """Notes which process works here, so that one that lost its controller can be ended later."""
    with open(os.path.join(workspace, MARK), "wb") as stream:
        stream.write(("%d %s" % (os.getpid(), _start_time(os.getpid()))).encode("ascii"))


def unmark_running(workspace):
    """Takes the note away."""
    try:
        os.unlink(os.path.join(workspace, MARK))
    except OSError:  # the part is finished: nothing may keep the result from home now
        pass


def _start_time(pid):
    """Field 22 of ``/proc/PID/stat`` (proc(5)): with the pid it names one process for ever. Empty when it has ended."""
    try:
        with open("/proc/%d/stat" % pid, "rb") as stream:
            fields = stream.read().rpartition(b")")[2].split()
        return "" if fields[0] in (b"Z", b"X") else fields[19].decode("ascii")
    except (IOError, OSError, IndexError):
        return ""


def stop(path):
    """Ends the collector that still works there, if one does, and leaves everything where it is; whether there is a workspace.

    Raises `WorkspaceError` for a path that is no workspace.
    """
    if not NAME.match(os.path.basename(path)):
        raise WorkspaceError("%s is not the name of a workspace" % path.decode("utf-8", "replace"))
    try:
        status = os.lstat(path)
    except OSError as error:
        if error.errno == errno.ENOENT:
            return False
        raise WorkspaceError("%s: %s" % (path.decode("utf-8", "replace"), error.strerror))
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise WorkspaceError("%s is not a folder of ours" % path.decode("utf-8", "replace"))
    _end_running(path)
    return True


def remove(path):
    """Ends what still works there and removes the workspace: its own files, nothing else. Returns names it left.

    Raises `WorkspaceError` for a path that is no workspace.
    """
    if not stop(path):
        return []
    try:
        left = [name for name in os.listdir(path) if not _remove_entry(path, name)]
        if not left:
            os.rmdir(path)
    except (OSError, IOError) as error:
        raise WorkspaceError("%s can't be removed: %s" % (path.decode("utf-8", "replace"), error))
    return sorted(left)


def _remove_entry(folder, name):
    if not OWN.match(name):
        return False
    path = os.path.join(folder, name)
    if stat.S_ISDIR(os.lstat(path).st_mode):
        shutil.rmtree(path)
    else:
        os.unlink(path)
    return True


def _end_running(workspace):
    try:
        with open(os.path.join(workspace, MARK), "rb") as stream:
            pid, start = stream.read(64).decode("ascii").split(" ")
        if start and _start_time(int(pid)) == start and int(pid) != os.getpid():
            os.kill(int(pid), signal.SIGKILL)
            _await_end(int(pid), start)
    except (IOError, OSError, ValueError):
        return


def _await_end(pid, start):
    """What is killed may still be writing."""
    deadline = elapsed() + 5
    while _start_time(pid) == start and elapsed() < deadline:
        time.sleep(0.02)


__all__ = ("WorkspaceError", "leftovers", "make", "mark_running", "remove", "stop", "unmark_running")
