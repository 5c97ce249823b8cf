# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Settings of the kernel and its messages."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import os
import re
import stat

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state, _syscalls
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _procfs
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import O_CLOEXEC, NotRead, state_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

MAX_SETTINGS = 10000
KMSG_LIMIT = 16 << 20
_BINFMT = b"/proc/sys/fs/binfmt_misc"
MAX_HANDLERS = 1000
# Reading it makes every processor work.
_NOT_READ = frozenset((b"/proc/sys/vm/stat_refresh",))
# One folder for each interface; those of containers come by the thousand.
_PER_INTERFACE = re.compile(br"/proc/sys/net/ipv[46]/(?:conf|neigh)/(?!(?:all|default|lo)/)")


def collect_settings(collection):
    """Every value below /proc/sys as a row of the table ``kernel_settings``; of interfaces only all, default and lo."""
    table = collection.table("kernel_settings")
    for folder, folders, files in os.walk(b"/proc/sys"):
        collection.check()
        folders[:] = sorted(name for name in folders if _is_entered(folder + b"/" + name))
        for name in sorted(files):
            path = folder + b"/" + name
            if table.rows >= MAX_SETTINGS:
                collection.note(b"/proc/sys", _state.SKIPPED_BUDGET, "more than %d settings" % MAX_SETTINGS)
                return
            _setting(table, path)
    _handlers(collection, table)


def _is_entered(folder):
    return folder != _BINFMT and not _PER_INTERFACE.match(folder + b"/")


def _setting(table, path):
    if path in _NOT_READ or not os.lstat(path).st_mode & 0o444:
        return
    data, state = _procfs.read(path, 4096)
    if data or state == _state.COLLECTED:
        table.row({"path": escape(path), "value": escape(data.rstrip(b"\n"))})


def _handlers(collection, table):
    """Programs that the kernel starts for a kind of file. Where an automount waits it is left alone."""
    try:
        found = collection.listdir(_BINFMT)
    except NotRead as error:
        collection.note(_BINFMT, error.state, error.reason)
        return
    if len(found) > MAX_HANDLERS:
        collection.note(_BINFMT, _state.SKIPPED_BUDGET, "%d of %d kinds of programs" % (MAX_HANDLERS, len(found)))
    for name in found[:MAX_HANDLERS]:
        _setting(table, _BINFMT + b"/" + name)


def collect_messages(collection, kernel):
    """The kernel's message buffer as /dev/kmsg has it, or through syslog(2) where that device isn't there."""
    try:
        data, source = _device_messages(collection), b"/dev/kmsg"
    except OSError as error:
        collection.note(b"/dev/kmsg", state_of(error), error.strerror)
        data, source = _syslog_messages(), b"syslog(2)"
    if data is None:
        collection.note(b"syslog(2)", _state.DENIED, None)
        return
    kernel.messages = data
    state = _state.TRUNCATED if len(data) >= KMSG_LIMIT else _state.COLLECTED
    collection.capture("kmsg.txt", data, source=source, state=state)


def _device_messages(collection):
    """The only device that is opened: it is what it should be by its number, and reading it takes nothing away."""
    status = os.stat(b"/dev/kmsg")
    if not stat.S_ISCHR(status.st_mode) or status.st_rdev != os.makedev(1, 11):
        raise OSError(errno.ENOENT, "not the kernel's message device")
    descriptor = os.open(b"/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK | O_CLOEXEC)
    pieces, size = [], 0
    try:
        while size < KMSG_LIMIT:
            collection.check()
            try:
                record = os.read(descriptor, 16384)
            except OSError as error:
                if error.errno == errno.EPIPE:  # overwritten while it was read: the next one follows
                    continue
                if error.errno == errno.EAGAIN:
                    break
                raise
            pieces.append(record)
            size += len(record)
    finally:
        os.close(descriptor)
    return b"".join(pieces)


def _syslog_messages():
    if _syscalls.LIBC is None:
        return None
    block = _syscalls.ctypes.create_string_buffer(KMSG_LIMIT)
    size = _syscalls.LIBC.klogctl(3, block, KMSG_LIMIT)
    return block.raw[:size] if size >= 0 else None


__all__ = ("collect_messages", "collect_settings")
