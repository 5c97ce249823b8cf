# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What the kernel offers and Python's library doesn't, asked by system call.

The calls go through ``syscall()`` of the C library that was loaded under its own name, so that neither the library's
readdir and stat nor a preloaded replacement of them stands between. Where ctypes, the number for this processor or the
kernel's support is missing, a function raises `OSError` with ``ENOSYS``; `available` says so beforehand.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import fcntl
import itertools
import os
import platform
import signal
import struct
from collections import namedtuple

try:
    import ctypes
except ImportError:
    ctypes = None

_WIDE = struct.calcsize("P") == 8
_NAMES = ("getdents64", "statx", "ioprio_set", "mincore", "lgetxattr", "llistxattr")
# Machine as uname says it, and whether the process is a 64 bit one -> numbers in the order of _NAMES.
_X86, _ARM, _GENERIC, _PPC = (
    (220, 383, 289, 218, 230, 233), (217, 397, 314, 219, 230, 233), (61, 291, 30, 232, 9, 12),
    (202, 383, 273, 206, 213, 216),
)
_NUMBERS = {
    ("x86_64", True): (217, 332, 251, 27, 192, 195),
    ("x86_64", False): _X86, ("i686", False): _X86, ("i586", False): _X86, ("i386", False): _X86,
    ("aarch64", True): _GENERIC, ("riscv64", True): _GENERIC, ("loongarch64", True): _GENERIC,
    ("aarch64", False): _ARM, ("armv8l", False): _ARM, ("armv7l", False): _ARM, ("armv6l", False): _ARM,
    ("ppc64le", True): _PPC, ("ppc64", True): _PPC,
    ("s390x", True): (220, 379, 282, 218, 228, 231),
}
NUMBERS = dict(zip(_NAMES, _NUMBERS.get((platform.machine(), _WIDE), ())))

AT_FDCWD = -100
# AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC: ask what is here, wake nobody.
STATX_FLAGS = 0x100 | 0x800 | 0x4000
AT_EMPTY_PATH = 0x1000
STATX_BASIC, STATX_BTIME = 0x7FF, 0x800
ATTRIBUTE_IMMUTABLE, ATTRIBUTE_APPEND = 0x10, 0x20
FLAG_IMMUTABLE, FLAG_APPEND = 0x10, 0x20
# struct statx of linux/stat.h: mask, attributes, links, uid, gid, mode, inode, size, blocks, attributes_mask, then
# seconds and nanoseconds of atime, btime, ctime, mtime, then major and minor of the node itself and of its device.
STATX = struct.Struct("=I4xQIIIH2xQQQQqI4xqI4xqI4xqI4xIIII")
STATX_SIZE = 256
Statx = namedtuple(
    "Statx",
    "mask attributes links uid gid mode inode size blocks attributes_mask atime atime_ns btime btime_ns ctime ctime_ns"
    " mtime mtime_ns node_major node_minor major minor",
)
# struct linux_dirent64 up to the name: inode, offset of the next entry, length of this one, type.
DIRENT = struct.Struct("=QqHB")
_FS_IOC_GETFLAGS = (0x40006601 if platform.machine().startswith(("ppc", "mips")) else 0x80006601) + (
    0x80000 if _WIDE else 0x40000
)
_DONTNEED = 6 if platform.machine() == "s390x" and _WIDE else 4
_WINDOW = 64 << 20
_INTEGERS = (int, type(1 << 64))


def _load():
    if ctypes is None:
        return None
    for name in ("libc.so.6", "libc.so", None):
        try:
            found = ctypes.CDLL(name, use_errno=True)
            found.syscall.restype = ctypes.c_long
            return found
        except (OSError, AttributeError):
            continue
    return None


LIBC = _load()


def available(name):
    """Whether a system call of `NUMBERS` can be tried; the kernel itself may still answer with ``ENOSYS``."""
    return LIBC is not None and name in NUMBERS


HAS_GETDENTS64, HAS_STATX = available("getdents64"), available("statx")


def raw_syscall():
    """(``syscall()`` as it is, function that prepares an integer for it), for loops where `call` is too slow.

    Result -1 says that the call failed, not why. The interpreter's lock is kept.
    """
    return ctypes.PyDLL(LIBC._name).syscall, ctypes.c_long.from_param


def call(name, *arguments):
    """Result of a system call; integers are handed over as long, everything else as ctypes takes it."""
    if not available(name):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    result = LIBC.syscall(
        ctypes.c_long(NUMBERS[name]),
        *[ctypes.c_long(value) if isinstance(value, _INTEGERS) else value for value in arguments]
    )
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def getdents64(fd, size=65536):
    """(inode, type, name) of every entry of an open folder as the kernel hands them out, ``.`` and ``..`` included.

    ``type`` is DT_* of readdir(3) (4 folder, 8 file, 10 link, 0 unknown), ``name`` bytes. Memory stays at ``size``
    bytes however many entries there are.
    """
    return itertools.chain.from_iterable(_blocks_of_entries(fd, size))


def _blocks_of_entries(fd, size):
    block = ctypes.create_string_buffer(size) if ctypes else None
    while True:
        filled = call("getdents64", fd, block, size)
        if not filled:
            return
        yield entries(block.raw[:filled])


def entries(raw):
    """(inode, type, name) of each ``struct linux_dirent64`` in a buffer filled by getdents64."""
    found = []
    position, end = 0, len(raw)
    unpack, header = DIRENT.unpack_from, DIRENT.size
    while position + header < end:
        inode, _offset, length, kind = unpack(raw, position)
        start = position + header
        found.append((inode, kind, raw[start:raw.find(b"\0", start)]))
        position += length or end
    return found


def statx(name, fd=AT_FDCWD):
    """`Statx` of a name (bytes) seen from an open folder; links aren't followed, no automount is triggered.

    An empty name means what `fd` itself is open on.
    ``btime`` counts only when ``mask & STATX_BTIME``, an attribute only when it is set in ``attributes_mask``.
    """
    block = ctypes.create_string_buffer(STATX_SIZE) if ctypes else None
    call("statx", fd, name, STATX_FLAGS if name else STATX_FLAGS | AT_EMPTY_PATH, STATX_BASIC | STATX_BTIME, block)
    return Statx(*STATX.unpack_from(block))


def birth_time(name, fd=AT_FDCWD):
    """(seconds, nanoseconds) of a file's birth; None where file system or kernel don't know it. `name` as for `statx`."""
    try:
        found = statx(name, fd)
    except OSError as error:
        if error.errno == errno.ENOSYS:
            return None
        raise
    known = found.mask & STATX_BTIME and (found.btime or found.btime_ns)
    return (found.btime, found.btime_ns) if known else None


def _grown(function, *arguments):
    block = ctypes.create_string_buffer(4096) if ctypes else None
    try:
        size = call(function, *(arguments + (block, 4096)))
    except OSError as error:
        if error.errno != errno.ERANGE:
            raise
        block = ctypes.create_string_buffer(65536)
        size = call(function, *(arguments + (block, 65536)))
    return block.raw[:size]


def lgetxattr(path, name):
    """Value (bytes) of an extended attribute; a link isn't followed. `OSError` ``ENODATA`` when there is none."""
    return _grown("lgetxattr", path, name)


def llistxattr(path):
    """Names (bytes) of a file's extended attributes; a link isn't followed."""
    return [name for name in _grown("llistxattr", path).split(b"\0") if name]


def inode_flags(fd):
    """Flags of ``FS_IOC_GETFLAGS`` (bits of chattr(1), `FLAG_IMMUTABLE`, `FLAG_APPEND`) of an open file or folder."""
    return struct.unpack("=I", fcntl.ioctl(fd, _FS_IOC_GETFLAGS, b"\0" * 8)[:4])[0]


def die_with_parent():
    """Lets the kernel end this process when the one that forked it ends; whether that worked."""
    return LIBC is not None and hasattr(LIBC, "prctl") and LIBC.prctl(1, signal.SIGKILL, 0, 0, 0) == 0


def io_priority_idle():
    """Puts this process (and its future children) into the idle class of the I/O scheduler; whether that worked."""
    try:
        call("ioprio_set", 1, 0, 3 << 13)
    except OSError:
        return False
    return True


def fadvise_dontneed(fd, offset=0, length=0):
    """Lets go of the page cache of a file's range (``length`` 0: to the end); whether the kernel was asked."""
    try:
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(fd, offset, length, os.POSIX_FADV_DONTNEED)
        elif LIBC is None:
            return False
        else:
            wide = getattr(LIBC, "posix_fadvise64", None) or LIBC.posix_fadvise
            wide(fd, ctypes.c_int64(offset), ctypes.c_int64(length), _DONTNEED)
    except (OSError, AttributeError):
        return False
    return True


def page_cache_residency(fd, size):
    """One byte per page of the file's first ``size`` bytes, odd when the page is in memory; None where unknown.

    Nothing is read: the file is mapped and mincore(2) asked, in windows of 64 MiB.
    """
    if LIBC is None or not available("mincore"):
        return None
    page = os.sysconf("SC_PAGE_SIZE")
    found = []
    for start in range(0, size, _WINDOW):
        length = min(_WINDOW, size - start)
        pages = _resident(fd, start, length, (length + page - 1) // page)
        if pages is None:
            return None
        found.append(pages)
    return b"".join(found)


def _resident(fd, start, length, count):
    wide = getattr(LIBC, "mmap64", None) or LIBC.mmap
    wide.restype = ctypes.c_void_p
    address = wide(None, ctypes.c_size_t(length), 1, 1, fd, ctypes.c_int64(start))
    if address is None or address == ctypes.c_void_p(-1).value:
        return None
    block = ctypes.create_string_buffer(count)
    try:
        call("mincore", ctypes.c_void_p(address), ctypes.c_size_t(length), block)
    except OSError:
        return None
    finally:
        LIBC.munmap(ctypes.c_void_p(address), ctypes.c_size_t(length))
    return block.raw


__all__ = (
    "HAS_GETDENTS64", "HAS_STATX", "LIBC", "NUMBERS", "Statx", "available", "birth_time", "call", "die_with_parent",
    "entries", "fadvise_dontneed", "getdents64", "inode_flags", "io_priority_idle", "lgetxattr", "llistxattr",
    "page_cache_residency", "raw_syscall", "statx",
)
