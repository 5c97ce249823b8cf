# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Rows of the table ``files``: one JSON object for each name, written by a prepared format and compressed in blocks.

A million rows go through here, so that what nearly every name has is one operation, and everything else (links,
devices, attributes, names that aren't plain ASCII) goes through slower functions that add to it.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import binascii
import json
import os
import zlib

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _syscalls
from ansible_collections.csirt.linux_triage.plugins.module_utils._files import _capabilities
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import iso
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._inode import (
    DEVICE, NO_TIME, OWNERSHIP, TIME, status_readers, xattrs_reader,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

BLOCK_SIZE = 1 << 17  # characters of rows that are compressed as one gzip member
CACHED = 2000
# Where the attributes of files are looked up even if each one must be opened for it (kernels before 4.11).
WORTH_OPENING = (
    b"/bin", b"/boot", b"/dev/shm", b"/etc", b"/home", b"/lib/systemd", b"/root", b"/sbin", b"/tmp", b"/usr/bin",
    b"/usr/lib/systemd", b"/usr/sbin", b"/var/spool/cron", b"/var/tmp",
)
DIRECTORY, FILE, LINK, DEVICES = 4, 8, 10, (2, 6)
# Letters of lsattr(1) for the attributes that keep a file from being changed.
_ATTRIBUTES = ((_syscalls.ATTRIBUTE_IMMUTABLE, "i"), (_syscalls.ATTRIBUTE_APPEND, "a"))
_PINNED = _syscalls.ATTRIBUTE_IMMUTABLE | _syscalls.ATTRIBUTE_APPEND
# Turns what may stand in JSON as it is into letters, everything else into something that is none.
_PLAIN = bytes(bytearray(97 if 32 <= code < 127 and code not in (34, 92) else 48 for code in range(256)))
_OWNERSHIP = '","type":"%s","mode":"%04o","uid":%d,"gid":%d,"links":%d,"device":"%d:%d","size":'
# Between bytes and text where these are two types.
_ascii = (lambda raw: raw) if str is bytes else (lambda raw: raw.decode("ascii"))
_bytes = (lambda text: text) if str is bytes else (lambda text: text.encode("ascii"))


class _Types(dict):
    def __missing__(self, _kind):
        return "unknown"


# By the four upper bits of the mode, which are DT_* of readdir(3) as well.
TYPES = _Types({1: "fifo", 2: "char", DIRECTORY: "directory", 6: "block", FILE: "file", LINK: "link", 12: "socket"})


class _Said(dict):
    """What was said about a packed part of a status; asks `say` when it is a new one."""

    def __init__(self, say):
        dict.__init__(self)
        self._say = say

    def __missing__(self, packed):
        if len(self) >= CACHED:
            self.clear()
        self[packed] = said = self._say(packed)
        return said


def _say_seconds(seconds):
    text = iso(seconds)
    return "epoch%+d.%%09d" % seconds if text is None else text[:-1] + ".%09dZ"


_SECONDS = _Said(_say_seconds)


def say_time(packed):
    """``2026-11-23T04:51:33.123456789Z``; ``epoch+99999999999999.123456789`` for what no calendar has."""
    seconds, nanoseconds = TIME.unpack(packed)
    return _SECONDS[seconds] % nanoseconds


def _field(name, times):
    """What says of a packed time that it is the one called `name`; nothing of one that isn't known."""
    def say(packed):
        return "" if packed == NO_TIME and name == "btime" else ',"%s":"%s"' % (name, times[packed])

    return _Said(say)


def _say_ownership(packed):
    """(text, type, whether rows of such files have nothing more to say)"""
    links, uid, gid, mode = OWNERSHIP.unpack(packed[:OWNERSHIP.size])
    kind = mode >> 12
    text = _OWNERSHIP % ((TYPES[kind], mode & 0o7777, uid, gid, links) + DEVICE.unpack(packed[OWNERSHIP.size:]))
    return text, kind, kind == FILE and not mode & 0o111


class Rows(object):
    """Writes rows; `write` is called with a gzip member (bytes) whenever enough of them are there.

    `programs`, if given, gets the names of programs among them, see `_programs.Programs`.

    `entries`: names with a row, `folders`: how many of them are folders, `errors`: how many have no status.
    """

    def __init__(self, write, programs=None):
        self.entries = self.folders = self.errors = 0
        self._write = write
        self._programs = programs
        self._read, self._read_more = status_readers()
        self._xattrs = xattrs_reader()
        self._ownerships, self._blocks = _Said(_say_ownership), _Said(lambda blocks: ',"blocks":%d,"inode":' % blocks)
        times = _Said(say_time)
        self._times = [_field(name, times) for name in ("atime", "mtime", "ctime", "btime")]
        self._rows = []
        self._size = 0

    def add(self, folder, names):
        """A row for each name (bytes) in `folder` (its path), the current one; returns the names that are folders."""
        prefix = json_text(folder)
        step = 1 + BLOCK_SIZE // (len(prefix) + 400)
        if len(names) <= step:
            return self._add(folder, prefix + "/", names, _texts(names))
        return [
            name for start in range(0, len(names), step)
            for name in self.add(folder, names[start:start + step])
        ]

    def add_start(self, path, name):
        """The row for the beginning of a walk: `path` in the table, `name` in the current folder; true for a folder."""
        return bool(self._add(path, "", [name], [json_text(path)]))

    def add_untouched(self, path, kind, reason):
        """The row of a name whose status isn't asked for; `kind` is DT_* of readdir(3)."""
        facts = {"path": escape(path), "type": TYPES[kind], "skipped": reason}
        self._append(json.dumps(facts, sort_keys=True) + "\n")
        self.entries += 1

    def add_error(self, path, error):
        """The row of a name that has no status, or of a folder that can't be listed (which has a row already)."""
        self._append('{"path":"%s","error":"%s"}\n' % (path, os.strerror(error.errno)))
        self.errors += 1

    def _append(self, row):
        self._rows.append(row)
        self._size += len(row)
        if self._size > BLOCK_SIZE:
            self.flush()

    def flush(self):
        """Hands over all rows that were not handed over yet."""
        if self._programs is not None:
            self._programs.flush()
        if self._rows:
            # The fastest level, a gzip member, tables so small that they stay in the processor's cache.
            packer = zlib.compressobj(1, zlib.DEFLATED, 31, 6)
            self._write(packer.compress(_bytes("".join(self._rows))) + packer.flush())
        del self._rows[:]
        self._size = 0

    def _reader(self, folder):
        if self._read is self._read_more or not folder.startswith(WORTH_OPENING):
            return self._read
        return self._read_more

    def _add(self, folder, prefix, names, texts):
        write = self._rows.extend
        ownerships, said_blocks = self._ownerships, self._blocks
        atimes, mtimes, ctimes, btimes = self._times
        opening = '{"path":"' + prefix
        folders, executables = [], []
        for name, text, status in zip(names, texts, self._reader(folder)(names)):
            try:
                attributes, ownership, inode, size, blocks, atime, btime, ctime, mtime, node, device = status
            except (TypeError, ValueError):  # an error, which Python 2 takes apart too
                self.add_error(prefix + text, status)
                continue
            shared, kind, plain = ownerships[ownership + device]
            more = "}\n"
            if not plain or attributes & _PINNED:
                if kind == DIRECTORY:
                    folders.append(name)
                elif kind == FILE and not plain:
                    executables.append((name, OWNERSHIP.unpack(ownership)[3]))
                more = _more(name, kind, attributes, node, self._xattrs) + more
            # Joined later: a third faster than a format with as many fields.
            write((
                opening, text, shared, str(size), said_blocks[blocks], str(inode), atimes[atime], mtimes[mtime],
                ctimes[ctime], btimes[btime], more,
            ))
        self.entries += len(names)
        self.folders += len(folders)
        if self._programs is not None and prefix:
            self._programs.add(folder, names, executables)
        self._size += len(names) * (len(prefix) + 350)
        if self._size > BLOCK_SIZE:
            self.flush()
        return folders


def _more(name, kind, attributes, node, xattrs):
    """What only some names have, as a continuation of the row."""
    facts = []
    if attributes & _PINNED:
        facts.append(("attributes", "".join(letter for bit, letter in _ATTRIBUTES if attributes & bit)))
    if kind == LINK:
        facts.append(("target", _target(name)))
    elif kind in DEVICES:
        facts.append(("node", "%d:%d" % DEVICE.unpack(node)))
    elif kind == FILE:
        facts.extend(_extended(name, xattrs(name)))
    return "".join(',"%s":"%s"' % fact for fact in facts)


def _target(name):
    try:
        return json_text(os.readlink(name))
    except OSError:
        return ""


def _extended(name, names):
    """Capabilities, and the names of other extended attributes than SELinux labels, of a program."""
    if b"security.capability" in names:
        try:
            value = _syscalls.lgetxattr(name, b"security.capability")
            yield "capabilities", _capabilities.describe(value) or "malformed"
            yield "capabilities_raw", _ascii(binascii.hexlify(value))
        except OSError:
            pass
    others = [other for other in names if other not in (b"security.capability", b"security.selinux")]
    if others:
        yield "xattrs", json_text(b" ".join(sorted(others)))


def _texts(names):
    """`json_text` of many names, at once when all are plain."""
    joined = b"/".join(names)
    if joined.translate(_PLAIN).isalpha():
        return _ascii(joined).split("/")
    return [json_text(name) for name in names]


def json_text(raw):
    """`_text.escape` of bytes as it stands between the quotes of JSON."""
    if raw.translate(_PLAIN).isalpha():
        return _ascii(raw)
    return json.dumps(escape(raw))[1:-1]


__all__ = ("Rows", "TYPES", "json_text", "say_time")
