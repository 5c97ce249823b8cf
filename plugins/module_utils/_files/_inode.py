# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The names in a folder and their status, a million times: the fastest and most honest way that this host offers.

A reader of status is a function: names (a list of bytes, in the current folder) -> a list with `STATUS` as a tuple for
each, or the `OSError` that kept it from having one. Links aren't followed. In order of preference: statx(2);
newfstatat(2), which knows no birth; Python's lstat, which in 2.7 has no nanoseconds either.

What rows repeat stays packed, as keys of what was said about it before (unpacking and writing numbers is most of the
cost of a row): `OWNERSHIP` (links, uid, gid, mode), `DEVICE` (major, minor), `TIME` (seconds, nanoseconds).
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import itertools
import os
import platform
import struct

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _syscalls
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import nanoseconds

try:
    import ctypes
except ImportError:
    ctypes = None

BUFFER_SIZE = 16384
AT_ONCE = 512  # names whose status is asked for in one go
# Of struct statx (linux/stat.h): attributes, OWNERSHIP, inode, size, blocks, TIME of access, birth, change of status
# and change of content, DEVICE of the node itself and of the file system it lies on.
STATUS = struct.Struct("=8xQ14s2xQQQ8x12s4x12s4x12s4x12s4x8s8s112x")
OWNERSHIP, DEVICE, TIME = struct.Struct("=IIIH"), struct.Struct("=II"), struct.Struct("=qI")
NO_TIME = b"\0" * TIME.size
# Number of newfstatat(2), struct stat of arch/*/include/uapi/asm/stat.h, positions of links and mode in it. The other
# fields are device, inode, _, _, uid, gid, node, size, blocks, then atime, mtime, ctime as seconds and nanoseconds.
_NEWFSTATAT = {
    ("x86_64", 8): (262, struct.Struct("=QQQIII4xQq8xqqI4xqI4xqI28x"), 2, 3),
    ("aarch64", 8): (79, struct.Struct("=QQIIIIQ8xq8xqqI4xqI4xqI12x"), 3, 2),
}
# struct linux_dirent64: inode, offset of the next entry, length of this one, type, name.
_DIRENT, _OFFSET, _NAME_OFFSET = struct.Struct("=16xHB"), struct.Struct("=8xq"), 19
_FILE, _FOLDER, _DOTS = 8, 4, (b".", b"..")
_map = getattr(itertools, "imap", map)
_O_NOATIME, _O_CLOEXEC = getattr(os, "O_NOATIME", 0o1000000), getattr(os, "O_CLOEXEC", 0o2000000)


def status_readers():
    """The best reader of status that works here, and one that knows attributes too if it has to open files for it."""
    if _syscalls.HAS_STATX:
        try:
            _syscalls.statx(b"/")
            return (_statx_reader(),) * 2
        except OSError:  # an older kernel, or a container that forbids it
            pass
    known = _NEWFSTATAT.get((platform.machine(), struct.calcsize("P")))
    status = _newfstatat(*known) if known is not None and _syscalls.LIBC is not None else lstat
    return _one_by_one(status), _one_by_one(_with_attributes(status))


def _one_by_one(status):
    def read(names):
        found = []
        for name in names:
            try:
                found.append(status(name))
            except OSError as error:  # without its traceback, which would keep all of this in memory
                found.append(OSError(error.errno, error.strerror))
        return found

    return read


def _statx_reader():
    syscall, prepared = _syscalls.raw_syscall()
    block = ctypes.create_string_buffer(AT_ONCE * STATUS.size)
    pointers = [ctypes.byref(block, STATUS.size * position) for position in range(AT_ONCE)]
    number, here, flags, mask = [itertools.repeat(prepared(value)) for value in (
        _syscalls.NUMBERS["statx"], _syscalls.AT_FDCWD, _syscalls.STATX_FLAGS,
        _syscalls.STATX_BASIC | _syscalls.STATX_BTIME,
    )]
    again = _one_by_one(lstat)

    def read(names):
        found = []
        for start in range(0, len(names), AT_ONCE):
            some = names[start:start + AT_ONCE]
            failed = list(_map(syscall, number, here, some, flags, mask, pointers))
            found += _unpacked(block, len(some))
            if any(failed):
                for position, result in enumerate(failed):
                    if result:
                        found[start + position] = again([some[position]])[0]
        return found

    return read


def _unpacked(block, count):
    """The first statuses in a block, each of `STATUS.size` bytes."""
    if hasattr(STATUS, "iter_unpack"):
        return STATUS.iter_unpack(block[:count * STATUS.size])
    return [STATUS.unpack_from(block, position * STATUS.size) for position in range(count)]


def _newfstatat(call, layout, links, mode):
    syscall, prepared = _syscalls.raw_syscall()
    block = ctypes.create_string_buffer(256)
    number, here, flags = prepared(call), prepared(_syscalls.AT_FDCWD), prepared(0x900)
    pointer = ctypes.byref(block)

    def read(name):
        if syscall(number, here, name, pointer, flags):
            return lstat(name)
        found = layout.unpack_from(block)
        return _status(
            OWNERSHIP.pack(found[links], found[4], found[5], found[mode]), found[1], found[7], found[8],
            found[9:11], found[13:15], found[11:13], found[6], found[0],
        )

    return read


def lstat(name):
    """The status of a name without system calls of our own."""
    found = os.lstat(name)
    times = [divmod(nanoseconds(found, field), 10 ** 9) for field in ("atime", "ctime", "mtime")]
    ownership = OWNERSHIP.pack(found.st_nlink, found.st_uid, found.st_gid, found.st_mode)
    return _status(
        ownership, found.st_ino, found.st_size, found.st_blocks, times[0], times[1], times[2], found.st_rdev,
        found.st_dev,
    )


def _status(ownership, inode, size, blocks, atime, ctime, mtime, node, device):
    return (
        0, ownership, inode, size, blocks, TIME.pack(*atime), NO_TIME, TIME.pack(*ctime), TIME.pack(*mtime),
        DEVICE.pack(os.major(node), os.minor(node)), DEVICE.pack(os.major(device), os.minor(device)),
    )


def _with_attributes(status):
    def read(name):
        found = status(name)
        if OWNERSHIP.unpack(found[1])[3] >> 12 not in (_FILE, _FOLDER):
            return found
        return (_attributes(name),) + found[1:]

    return read


def _attributes(name):
    """Immutable and append-only; the bits are the same for statx(2) and for FS_IOC_GETFLAGS."""
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY | _O_NOATIME | _O_CLOEXEC)
    except OSError:
        return 0
    try:
        return _syscalls.inode_flags(fd)
    except (OSError, IOError):
        return 0
    finally:
        os.close(fd)


def xattrs_reader():
    """Function: name -> names (bytes) of its extended attributes, none when they can't be read."""
    if not _syscalls.available("llistxattr"):
        return lambda name: ()
    syscall, prepared = _syscalls.raw_syscall()
    block = ctypes.create_string_buffer(1024)
    number, pointer, size = prepared(_syscalls.NUMBERS["llistxattr"]), ctypes.byref(block), prepared(1024)

    def read(name):
        filled = syscall(number, name, pointer, size)
        if filled > 0:
            return block[:filled - 1].split(b"\0")
        return _more_xattrs(name) if filled else ()

    return read


def _more_xattrs(name):
    try:
        return _syscalls.llistxattr(name)
    except OSError:
        return ()


def names_reader():
    """The best function that reads on in a folder: open folder, dict -> (names, offset).

    ``.`` and ``..`` are left out; the dict, unless it is None, gets the names' DT_* of readdir(3). ``offset`` is where
    lseek(2) goes on later: one buffer full is read where the kernel can be asked itself. It is None at the end.
    """
    return _getdents_reader() if _syscalls.HAS_GETDENTS64 else _listdir


def _getdents_reader():
    syscall, prepared = _syscalls.raw_syscall()
    block = ctypes.create_string_buffer(BUFFER_SIZE)
    number, pointer, size = prepared(_syscalls.NUMBERS["getdents64"]), ctypes.byref(block), prepared(BUFFER_SIZE)

    def read(fd, kinds):
        filled = syscall(number, fd, pointer, size)
        if filled < 0:
            filled = _syscalls.call("getdents64", fd, block, BUFFER_SIZE)
        raw = block[:filled]
        if kinds is not None:
            kinds.update((name, kind) for _inode, kind, name in _syscalls.entries(raw))
        return _names(raw)

    return read


def _names(raw):
    if not raw:
        return [], None
    found = []
    start, end = _NAME_OFFSET, len(raw)
    unpack, find = _DIRENT.unpack_from, raw.find
    while start < end:
        length, kind = unpack(raw, start - _NAME_OFFSET)
        name = raw[start:find(b"\0", start)]
        if kind == _FILE or name not in _DOTS:
            found.append(name)
        start += length or end
    return found, _OFFSET.unpack_from(raw, start - length - _NAME_OFFSET)[0] if length else None


def _listdir(fd, _kinds):
    return os.listdir(("/proc/self/fd/%d" % fd).encode("ascii")), None


__all__ = (
    "AT_ONCE", "BUFFER_SIZE", "DEVICE", "NO_TIME", "OWNERSHIP", "STATUS", "TIME", "lstat", "names_reader",
    "status_readers", "xattrs_reader",
)
