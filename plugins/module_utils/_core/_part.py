# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The part: what one collector call brings home, a stream of gzip members that hold tar entries.

Entries are in GNU tar format (``tar`` info page, "Basic Tar Format"; names as raw bytes, long names as ``L``/``K``
entries) and there are no end-of-archive blocks, so that parts laid one behind the other are one ``.tar.gz``.
Each gzip member (RFC 1952) is compressed on its own, in threads: zlib releases the interpreter's lock.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import collections
import hashlib
import os
import threading
import zlib

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._streams import write_whole

BLOCK = 512
MEMBER_SIZE = 1 << 18
# Beside gzip's 6 on logs, sources and programs: 9 % more bytes for less than half of the time. Level 1 saves a sixth of that
# and costs another 6 %; larger members save 0.5 %.
LEVEL = 3
REGULAR, SYMLINK, DIRECTORY = b"0", b"2", b"5"
_GZIP = 31  # zlib's wbits for a gzip member
_ZEROS = b"\0" * MEMBER_SIZE
_SAMPLE = 1 << 12
_WORTH_IT = 0.99


def tar_header(name, size, mode=0o600, uid=0, gid=0, mtime=0, kind=REGULAR, target=b""):
    """The 512-byte header of an entry, with the entries for a long name or link target before it."""
    blocks = [_long_entry(b"K", target), _long_entry(b"L", name)]
    header = b"".join((
        name[:100].ljust(100, b"\0"), _number(mode & 0o7777, 8), _number(uid, 8), _number(gid, 8), _number(size, 12),
        _number(mtime, 12), b" " * 8, kind, target[:100].ljust(100, b"\0"), b"ustar  \0",
    )).ljust(BLOCK, b"\0")
    checksum = ("%06o\0 " % sum(bytearray(header))).encode("ascii")
    blocks.append(header[:148] + checksum + header[156:])
    return b"".join(blocks)


def _long_entry(kind, value):
    if len(value) <= 100:
        return b""
    data = value + b"\0"
    return tar_header(b"././@LongLink", len(data), kind=kind) + data + padding(len(data))


def _number(value, width):
    """Octal digits, or base-256 (GNU) for what octal can't hold: negative times, very large sizes and ids."""
    if 0 <= value < 8 ** (width - 1):
        return ("%0*o" % (width - 1, value)).encode("ascii") + b"\0"
    digits = bytearray()
    for _unused in range(width - 1):
        digits.insert(0, value & 0xFF)
        value >>= 8
    return bytes(bytearray([0xFF if value < 0 else 0x80]) + digits)


def padding(size):
    """The zero bytes that fill an entry's data up to a whole block."""
    return b"\0" * (-size % BLOCK)


class _Job:
    def __init__(self, data):
        self.data = data
        self.error = None
        self.done = threading.Event()


def _shrinks(block):
    """Whether compression pays, by a sample from the middle: spool files and rotated logs are compressed already."""
    sample = block[len(block) // 2:][:_SAMPLE]
    return len(sample) < _SAMPLE or len(zlib.compress(sample, 1)) <= _WORTH_IT * len(sample)


def _packed(block, level):
    packer = zlib.compressobj(level, zlib.DEFLATED, _GZIP)
    return packer.compress(block) + packer.flush()


class MemberStream:
    """Bytes in, gzip members out, in order; at most ``2 * threads`` blocks are in memory at once."""

    def __init__(self, output, threads=2, level=LEVEL):
        self._output = output
        self._level = level
        self._packed_zeros = None
        self._buffer = bytearray()
        self._jobs = collections.deque()
        self._todo = collections.deque()
        self._ready = threading.Semaphore(0)
        self._limit = 2 * threads
        self._threads = [threading.Thread(target=self._work) for _unused in range(threads)]
        for thread in self._threads:
            thread.daemon = True
            thread.start()

    def write(self, data):
        self._buffer += data
        while len(self._buffer) >= MEMBER_SIZE:
            block = bytes(self._buffer[:MEMBER_SIZE])
            del self._buffer[:MEMBER_SIZE]
            self._submit(block)

    def close(self):
        """Writes what is left and ends the threads."""
        try:
            if self._buffer:
                self._submit(bytes(self._buffer))
            while self._jobs:
                self._write_oldest()
        finally:
            self.stop()

    def stop(self):
        """Ends the threads and forgets what was not written."""
        for _unused in self._threads:
            self._todo.append(None)
            self._ready.release()
        self._buffer = bytearray()
        self._jobs.clear()

    def _submit(self, block):
        job = _Job(block)
        self._jobs.append(job)
        self._todo.append(job)
        self._ready.release()
        while len(self._jobs) > self._limit or self._jobs and self._jobs[0].done.is_set():
            self._write_oldest()

    def _write_oldest(self):
        job = self._jobs[0]
        job.done.wait()
        if job.error is not None:
            raise job.error
        self._output(job.data)
        self._jobs.popleft()

    def _work(self):
        while True:
            self._ready.acquire()
            job = self._todo.popleft()
            if job is None:
                return
            try:
                job.data = self._pack(job.data)
            except Exception as error:  # handed to whoever waits for the job
                job.error = error
            job.done.set()

    def _pack(self, block):
        """Sparse files and what can't be read are zeros by the gigabyte: these are compressed once."""
        if block != _ZEROS:
            return _packed(block, self._level if _shrinks(block) else 0)
        if self._packed_zeros is None:
            self._packed_zeros = _packed(block, self._level)
        return self._packed_zeros


class Part:
    """A part file in the workspace. The file must not exist; it is readable by its owner alone until `close`."""

    def __init__(self, path, threads=2, reserve=0):
        self.path = path
        self.size = 0
        self.entries = 0
        self._reserve = reserve
        self._unchecked = 0
        self._error = None
        self._hash = hashlib.sha256()
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        self._stream = MemberStream(self._write_out, threads)

    def _write_out(self, data):
        """One gzip member, whole or not at all; after an error nothing more, since what follows would not fit."""
        if self._error is not None:
            raise self._error
        try:
            write_whole(self._file, data)
        except OSError as error:
            self._error = error
            os.ftruncate(self._file, self.size)
            raise
        self._hash.update(data)
        self.size += len(data)
        self._unchecked += len(data)

    def room(self):
        """Whether more than the reserve is free where the part lies; asked of the kernel once every 4 MiB."""
        if self._unchecked >= (4 << 20) and self.has_room():
            self._unchecked = 0
        return self._unchecked < (4 << 20)

    def has_room(self):
        """The same, asked of the kernel now."""
        return free_bytes(self._file) > self._reserve

    def add(self, name, data, **header):
        """An entry whose bytes are at hand."""
        self._stream.write(tar_header(name, len(data), **header) + data + padding(len(data)))
        self.entries += 1

    def add_link(self, name, target, **header):
        """A symbolic link as an entry."""
        self._stream.write(tar_header(name, 0, kind=SYMLINK, target=target, **header))
        self.entries += 1

    def add_stream(self, name, size, chunks, **header):
        """An entry of exactly `size` bytes from an iterator of byte strings; returns how many it really gave.

        What is missing is filled with zeros, what is too much is not asked for.
        """
        self.begin(name, size, **header)
        written = 0
        try:
            while written < size:
                chunk = next(chunks)[:size - written]
                self.write(chunk)
                written += len(chunk)
        except StopIteration:
            pass
        finally:
            self.end(size, size - written)
        return written

    def begin(self, name, size, **header):
        """The header of an entry of `size` bytes, which come by `write`, in this part or in ones that are laid behind it."""
        self._stream.write(tar_header(name, size, **header))
        self.entries += 1

    def write(self, data):
        """Bytes of the entry that was begun."""
        self._stream.write(data)

    def end(self, size, missing=0):
        """Fills an entry of `size` bytes with zeros for what is `missing`, and up to a whole block."""
        while missing:
            step = min(missing, len(_ZEROS))
            self._stream.write(_ZEROS[:step])
            missing -= step
        self._stream.write(padding(size))

    def close(self, owner=None):
        """Ends the part and hands it to user id `owner`, read-only; returns its SHA-256 in hexadecimal."""
        try:
            self._stream.close()
            os.fchmod(self._file, 0o400)
            if owner is not None and os.geteuid() == 0:
                os.fchown(self._file, owner, -1)
        finally:
            os.close(self._file)
        return self._hash.hexdigest()

    def abandon(self):
        """Ends the threads and leaves the file as it is: whole gzip members, cut at the last one written."""
        self._stream.stop()
        os.close(self._file)


def free_bytes(descriptor):
    """Bytes an unprivileged writer may still use on the file system of an open file."""
    state = os.fstatvfs(descriptor)
    return state.f_bavail * state.f_frsize


__all__ = ("MEMBER_SIZE", "DIRECTORY", "REGULAR", "SYMLINK", "MemberStream", "Part", "free_bytes", "padding", "tar_header")
