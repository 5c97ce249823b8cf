# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What one collector call brings home: bytes, tables and a manifest row for everything that was asked for."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import fnmatch
import hashlib
import json
import os
import stat
import tempfile

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _command, _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import elapsed, iso_ns, nanoseconds
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._part import Part
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._private_keys import looks_like_private_key
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead, Reader
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._shadow import HASH_FILES
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._streams import (
    CHUNK, WholeLines, chunks_of, read_all,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import describe, escape

IN_MEMORY = 1 << 20
REMEMBERED = 5000
MAX_MISSED = 1000
KEY_SIZE = 1 << 16
VIRTUAL = (b"/proc/", b"/sys/")
VIRTUAL_LIMIT = 8 << 20
# Reading these takes something away from the host, or never ends.
CONSUMED = frozenset((b"kmsg", b"kcore", b"kpagecount", b"kpageflags", b"kpagecgroup", b"mem", b"pagemap", b"trace_pipe"))
LOOK_AT_ROOM = 0.25  # seconds


class Stopped(Exception):
    """The collector's time, or the room for its part, is used up: close what there is and go home."""

    def __init__(self, state, reason):
        Exception.__init__(self, reason)
        self.state = state
        self.reason = reason


class Limits:
    """What a collector may use: seconds, bytes of one file, bytes in all, bytes that must stay free on the host."""

    def __init__(self, seconds=900, file_bytes=1 << 30, total_bytes=8 << 30, reserve_bytes=128 << 20):
        self.seconds = seconds
        self.file_bytes = file_bytes
        self.total_bytes = total_bytes
        self.reserve_bytes = reserve_bytes


class Item:
    """What became of one thing that was asked for; a row of the manifest. `tail` is the `Item` of a cut file's end."""

    def __init__(self, path=None, artifact=None, command=None):
        self.path = path
        self.artifact = artifact
        self.command = command
        self.state = _state.FAILED
        self.reason = None
        self.archived = None
        self.size = None
        self.sha256 = None
        self.mtime = None
        self.exit_code = None
        self.seconds = None
        self.tail = None

    def settle(self, state, reason=None):
        self.state, self.reason = state, reason
        return self

    def row(self, collector):
        """The manifest row; what doesn't apply is left out."""
        facts = {
            "collector": collector, "path": escape(self.path) if self.path is not None else None,
            "artifact": self.artifact, "command": self.command, "state": self.state, "reason": self.reason,
            "archived": escape(self.archived) if self.archived is not None else None, "size": self.size,
            "sha256": self.sha256, "mtime": iso_ns(self.mtime) if self.mtime is not None else None,
            "exit_code": self.exit_code, "seconds": round(self.seconds, 3) if self.seconds is not None else None,
        }
        return dict((key, value) for key, value in facts.items() if value is not None)


class Table:
    """Rows as JSON objects, one a line; in memory at first, in the workspace (without a name) past 1 MiB."""

    def __init__(self, folder):
        self.rows = 0
        self.stream = _scratch(folder)

    def row(self, facts):
        self.rows += 1
        self.stream.write(json.dumps(facts, sort_keys=True).encode("ascii") + b"\n")


class Collection:
    """One part in the making. See `Part` for its format and DESIGN for the folders inside."""

    def __init__(self, workspace, name, collector, root=b"/", limits=None, threads=2):
        self.root = root
        self.workspace = workspace
        self.summary = {}
        self.states = dict.fromkeys(_state.STATES, 0)
        self.limits = limits or Limits()
        self.deadline = elapsed() + self.limits.seconds
        self.reader = Reader(root)
        self._name = name
        self._collector = collector
        self._part = Part(os.path.join(workspace, name + b".tar.gz"), threads, self.limits.reserve_bytes)
        self._manifest = Table(workspace)
        self._tables = {}
        self._taken = {}
        self._links = set()
        self._missed = set()
        self._total = 0
        self._is_open = False
        self._look_again = 0
        self._hash_files = self._find_hash_files()

    def check(self):
        """Raises `Stopped` when this collector must end. For every loop over what the host holds."""
        now = elapsed()
        if now > self.deadline:
            raise Stopped(_state.TIMED_OUT, "%d seconds used up" % self.limits.seconds)
        # Tables and spool files grow as well, not the part alone.
        is_time = now >= self._look_again
        if is_time:
            self._look_again = now + LOOK_AT_ROOM
        if not (self._part.has_room() if is_time else self._part.room()):
            raise Stopped(_state.SKIPPED_BUDGET, "less than %d MiB free in the workspace" % (self.limits.reserve_bytes >> 20))

    def copy(self, path, beneath=None, limit=None, artifact=None, tail=0):
        """The bytes of a regular file into ``[root]/``; with `beneath`, no link may lead out of that folder.

        Of a file beyond `limit`, the last `tail` bytes of the limit are its end: ``live/tail/<path>@<offset>``.
        """
        self.check()
        item = Item(path, artifact)
        try:
            with self.reader.find(path, beneath) as found:
                self._keep_links(found.links)
                self._copy_found(found, item, limit or self.limits.file_bytes, tail)
        except NotRead as error:
            self._keep_links(error.links)
            item.settle(error.state, error.reason)
        return self._record(item)

    def copy_matching(self, pattern, beneath=None, limit=None, artifact=None):
        """Every regular file that a glob matches (folders are passed over); nothing matched is one ``absent`` row."""
        if not any(character in pattern for character in (b"*", b"?", b"[")):
            return [self.copy(pattern, beneath, limit, artifact)]
        matches = self.reader.matches(pattern, beneath, check=self.check)
        self.note_missed(pattern, matches, artifact)
        items = [self.copy(path, beneath, limit, artifact) for path in matches.paths if not self._is_folder(path)]
        if not items:
            self.note(pattern, _state.ABSENT, "nothing matches", artifact)
        return items

    def note_missed(self, pattern, matches, artifact=None):
        """Manifest rows for what some `Matches` did not look at: too much, and each folder once that is not to be looked into."""
        if matches.cut:
            self.note(pattern, _state.SKIPPED_BUDGET, matches.cut, artifact)
        for folder, error in matches.unread:
            if not self._is_missed(folder) and len(self._missed) <= MAX_MISSED:
                self._missed.add(folder)
                is_last = len(self._missed) > MAX_MISSED
                reason = "more than %d folders were not looked into" % MAX_MISSED if is_last else "not looked into: " + error.reason
                self.note(folder, error.state, reason, artifact)

    def _is_missed(self, folder):
        """Whether it, or a folder that it is in, was told already."""
        while folder and folder not in self._missed:
            folder = folder.rpartition(b"/")[0]
        return bool(folder)

    def copy_link(self, path, beneath=None, artifact=None):
        """A symbolic link itself into ``[root]/``, whatever it leads to."""
        self.check()
        item = Item(path, artifact)
        try:
            with self.reader.find(path, beneath) as found:
                links = found.links
        except NotRead as error:
            links = error.links
            item.settle(error.state, error.reason)
        if links:
            self._keep_links(links)
            item.settle(_state.COLLECTED, "a link to %s" % escape(links[-1][1]))
        return self._record(item)

    def read(self, path, limit, beneath=None):
        """The first `limit` bytes of a regular file, for the collector's own eyes."""
        with self.reader.find(path, beneath) as found:
            return self.reader.content(found, limit)

    def read_lines(self, path, limit, beneath=None, cutter=None):
        """The same in pieces of 128 KiB or as long as a line is, as `cutter` makes them: whole lines, or what is like `WholeLines`."""
        with self.reader.find(path, beneath) as found:
            descriptor = self.reader.open_regular(found)
        lines, left = cutter or WholeLines(), limit
        try:
            while left > 0:
                self.check()
                piece = os.read(descriptor, min(left, CHUNK))
                if not piece:
                    break
                left -= len(piece)
                yield lines.of(piece)
            yield lines.last()
        except OSError as error:
            raise NotRead.of(error)
        finally:
            os.close(descriptor)

    def listdir(self, path, beneath=None):
        """Sorted names in a folder."""
        return self.reader.listdir(path, beneath)

    def stat(self, path, beneath=None, follow=True):
        """The status of what a path leads to, or of the link itself."""
        with self.reader.find(path, beneath, follow) as found:
            return found.status

    def capture(self, name, data, source=None, state=_state.COLLECTED, reason=None):
        """Bytes at hand into ``live/<name>``."""
        self.check()
        item = Item(source).settle(state, reason)
        self._add(item, b"live/" + name.encode("utf-8"), data)
        return self._record(item)

    def scratch(self):
        """A file without a name for what is then given to `capture_stream`; in memory at first, in the workspace past 1 MiB."""
        return _scratch(self.workspace)

    def capture_stream(self, name, stream, source=None, state=_state.COLLECTED, reason=None):
        """What was written to a file of `scratch`, which is closed, into ``live/<name>``."""
        self.check()
        item, digest = Item(source).settle(state, reason), hashlib.sha256()
        item.archived, item.size = b"live/" + name.encode("utf-8"), stream.tell()
        stream.seek(0)
        self._part.add_stream(item.archived, item.size, _hashed(iter(lambda: stream.read(CHUNK), b""), digest))
        stream.close()
        item.sha256 = digest.hexdigest()
        return self._record(item)

    def capture_fd(self, name, descriptor, limit, source=None, tail=0):
        """The bytes behind an open descriptor of a regular file into ``live/<name>``, at most `limit` of them.

        Of a longer one, the last `tail` bytes of the limit are its end: ``live/<name>@<offset>``.
        """
        self.check()
        item = Item(source)
        try:
            self._stream_ends(item, b"live/" + name.encode("utf-8"), descriptor, os.fstat(descriptor), limit, tail)
        except NotRead as error:
            item.settle(error.state, error.reason)
        return self._record(item)

    def link(self, path, target):
        """A symbolic link into ``[root]/``, by itself and once."""
        self._keep_links([(path, target)])

    @property
    def written(self):
        """Bytes of the part so far, compressed; a little less than what it will have."""
        return self._part.size

    def begin_entry(self, archived, status, size):
        """Begins an entry of `size` bytes that may go on in the next part; nothing else goes into this part behind it.

        Its bytes come by `write_entry`, its end by `end_entry`.
        """
        self._part.begin(
            archived, size, mode=stat.S_IMODE(status.st_mode) if archived.startswith(b"[root]") else 0o600,
            uid=status.st_uid, gid=status.st_gid, mtime=nanoseconds(status, "mtime") // 10 ** 9,
        )
        self._is_open = True

    def write_entry(self, data):
        """Bytes of an entry that was begun in this part or in an earlier one."""
        self._is_open = True
        self._part.write(data)

    def end_entry(self, item, missing):
        """Ends an entry whose last `missing` bytes there are none for, and records its `Item`."""
        self._part.end(item.size, missing)
        self._is_open = False
        return self._record(item)

    def command(self, name, argv, timeout=20, limit=VIRTUAL_LIMIT):
        """A program's output into ``live/commands/<name>.txt``, what it complained of beside it."""
        result, item = self._run(argv, timeout, limit)
        if result.stdout or result.state == _state.COLLECTED:
            self._add(item, ("live/commands/%s.txt" % name).encode("utf-8"), result.stdout)
        self._record(item)
        if result.stderr:
            self.capture("commands/%s.stderr" % name, result.stderr)
        return result

    def ask(self, argv, take, timeout=20, limit=VIRTUAL_LIMIT):
        """A program's output piece by piece to the function `take`, for the collector's own eyes."""
        result, item = self._run(argv, timeout, limit, take)
        self._record(item)
        return result

    def table(self, name):
        """The `Table` of that name; it goes into the part when the collection is closed."""
        if name not in self._tables:
            self._tables[name] = Table(self.workspace)
        return self._tables[name]

    def spool(self, name):
        """The path of a new empty file in the workspace, for bulk that workers write."""
        descriptor, path = tempfile.mkstemp(prefix=name + "-", dir=self.workspace.decode("ascii"))
        os.close(descriptor)
        return path.encode("ascii")

    def add_spool(self, name, paths):
        """Spool files, one behind the other, as the entry `name`; they are removed."""
        size = sum(os.path.getsize(path) for path in paths)
        self._part.add_stream(name.encode("utf-8"), size, _chunks_of_files(paths))
        for path in paths:
            os.unlink(path)

    def note(self, path, state, reason, artifact=None):
        """A manifest row for something of which no bytes go home."""
        return self._record(Item(path, artifact).settle(state, reason))

    def fail(self, what, error):
        """A step that didn't work: the row says which; the others go on."""
        return self._record(Item(artifact=what).settle(_state.FAILED, describe(error)))

    def attempt(self, what, work, *arguments):
        """Calls `work`: one step that goes wrong on a hostile host costs itself and not the others. Raises `Stopped`."""
        try:
            work(*arguments)
        except Stopped:
            raise
        except Exception as error:
            self.fail(what, error)

    def close(self, owner=None):
        """Tables and manifest into the part, the part to its reader; returns its facts for the result.

        A part that ends in the middle of an entry has neither of them.
        """
        try:
            if not self._is_open:
                for name in sorted(self._tables):
                    self._add_table("tables/%s.jsonl" % name, self._tables[name])
                self._add_table("manifest/%s.jsonl" % self._name.decode("ascii"), self._manifest)
        except Exception:
            self._part.abandon()
            raise
        digest = self._part.close(owner)
        return {"name": self._name.decode("ascii"), "size": self._part.size, "sha256": digest, "entries": self._part.entries}

    def _run(self, argv, timeout, limit, take=None):
        self.check()
        if self.root == b"/":
            result = _command.run(argv, min(timeout, max(1, self.deadline - elapsed())), limit, take)
        else:
            result = _command.not_run(_state.SKIPPED_TYPE, "an image has no running system to ask")
        item = Item(command=" ".join(argv)).settle(result.state, result.reason)
        item.exit_code, item.seconds = result.exit_code, result.seconds
        return result, item

    def _add_table(self, name, table):
        size = table.stream.tell()
        table.stream.seek(0)
        self._part.add_stream(name.encode("utf-8"), size, iter(lambda: table.stream.read(1 << 16), b""))
        table.stream.close()

    def _copy_found(self, found, item, limit, tail):
        before = self._taken.get(found.path)
        if before is not None:
            item.archived, item.size, item.sha256, item.mtime, state, reason = before
            item.settle(state, "in this part already" + (": " + reason if reason else ""))
            return
        if self._holds_hashes(found):
            raise NotRead(_state.WITHHELD, "password hashes")
        descriptor = self.reader.open_regular(found)
        try:
            if self.root == b"/" and found.path.startswith(VIRTUAL):
                self._copy_virtual(found, item, descriptor, limit)
            else:
                self._refuse_private_key(descriptor, found.status.st_size)
                self._stream_ends(item, b"[root]" + found.path, descriptor, found.status, limit, tail)
        finally:
            os.close(descriptor)
        if len(self._taken) >= REMEMBERED:
            # What is asked for twice is asked for soon after; what was taken long ago may come twice.
            self._taken.clear()
        self._taken[found.path] = item.archived, item.size, item.sha256, item.mtime, item.state, item.reason

    def _copy_virtual(self, found, item, descriptor, limit):
        """Files of /proc and /sys: their size is known only once they were read."""
        if os.path.basename(found.path) in CONSUMED:
            raise NotRead(_state.SKIPPED_TYPE, "reading it would change the host or never end")
        try:
            data = read_all(descriptor, min(limit, VIRTUAL_LIMIT) + 1)
        except OSError as error:
            raise NotRead.of(error)
        item.settle(_state.COLLECTED)
        if len(data) > min(limit, VIRTUAL_LIMIT):
            data = data[:-1]
            item.settle(_state.TRUNCATED, "longer than %d bytes" % len(data))
        self._add(item, b"live" + found.path, data)

    def _refuse_private_key(self, descriptor, size):
        if not 0 < size <= KEY_SIZE:
            return
        try:
            data = read_all(descriptor, KEY_SIZE)
            os.lseek(descriptor, 0, os.SEEK_SET)
        except OSError as error:
            raise NotRead.of(error)
        if looks_like_private_key(data):
            raise NotRead(_state.WITHHELD, "private key")

    def _stream_ends(self, item, archived, descriptor, status, limit, tail):
        """The whole file, or its beginning, and as an item of its own its end."""
        if status.st_size <= limit or not tail:
            self._stream(item, archived, descriptor, status, limit)
            return
        self._stream(item, archived, descriptor, status, limit - tail)
        if item.state != _state.TRUNCATED:
            return
        offset = status.st_size - tail
        name = archived if archived.startswith(b"live/") else b"live/tail" + escape(archived[len(b"[root]"):]).encode("utf-8")
        item.tail = Item(item.path, item.artifact)
        try:
            os.lseek(descriptor, offset, os.SEEK_SET)
            self._stream(item.tail, name + b"@%d" % offset, descriptor, status, tail, offset)
        except NotRead as error:
            item.tail.settle(error.state, error.reason)
        item.reason += ", and the last %d as another item" % tail
        self._record(item.tail)

    def _stream(self, item, archived, descriptor, status, limit, offset=0):
        size = min(status.st_size - offset, limit)
        if self._total + size > self.limits.total_bytes:
            raise NotRead(_state.SKIPPED_BUDGET, "%d bytes of this collector used up" % self.limits.total_bytes)
        self._total += size
        digest = hashlib.sha256()
        source = self._while_room(chunks_of(descriptor, size, digest, self.deadline, offset))
        # What was recovered must not become a program again when the archive is unpacked.
        mode = stat.S_IMODE(status.st_mode) if archived.startswith(b"[root]") else 0o600
        written = self._part.add_stream(
            archived, size, source, mode=mode, uid=status.st_uid, gid=status.st_gid,
            mtime=nanoseconds(status, "mtime") // 10 ** 9,
        )
        item.archived, item.size, item.mtime = archived, size, nanoseconds(status, "mtime")
        item.sha256 = digest.hexdigest() if written == size else None
        item.settle(*_outcome(status, os.fstat(descriptor), size, written, self._cut_by(), offset))

    def _while_room(self, chunks):
        for chunk in chunks:
            yield chunk
            if not self._part.room():
                return

    def _cut_by(self):
        """The state of a file that ended too early because of this collector's limits, or None."""
        if elapsed() > self.deadline:
            return _state.TIMED_OUT
        return None if self._part.room() else _state.SKIPPED_BUDGET

    def _add(self, item, archived, data):
        self._part.add(archived, data)
        item.archived, item.size, item.sha256 = archived, len(data), hashlib.sha256(data).hexdigest()

    def _keep_links(self, links):
        for path, target in links:
            if path not in self._links:
                if len(self._links) >= REMEMBERED:
                    self._links.clear()
                self._links.add(path)
                self._part.add_link(b"[root]" + path, target, mode=0o777)

    def _record(self, item):
        self.states[item.state] += 1
        self._manifest.row(item.row(self._collector))
        return item

    def _is_folder(self, path):
        try:
            with self.reader.find(path, follow=False) as found:
                return stat.S_ISDIR(found.status.st_mode)
        except NotRead:
            return False

    def _holds_hashes(self, found):
        """By inode under any name, and by name: the file may have been replaced since."""
        return (found.status.st_dev, found.status.st_ino) in self._hash_files or any(
            fnmatch.fnmatchcase(found.path, pattern) and found.path.count(b"/") == pattern.count(b"/")
            for pattern in HASH_FILES
        )

    def _find_hash_files(self):
        """Device and inode of every file with password hashes, so that a link under another name changes nothing."""
        known = set()
        for pattern in HASH_FILES:
            for path in self.reader.matches(pattern).paths:
                try:
                    status = self.stat(path)
                    known.add((status.st_dev, status.st_ino))
                except NotRead:
                    continue
        return known


def _outcome(before, after, size, written, limit, offset):
    """State and reason of `size` bytes that were streamed from `offset` on, from the file's status before and after.

    `limit` is the state that the collector's limits give it, or None.
    """
    if limit is not None and written < size:
        return limit, "%d of %d bytes, the rest is zeros" % (written, size)
    if written < size:
        return _state.CHANGED, "shrank or could not be read on: %d of %d bytes, the rest is zeros" % (written, size)
    if before.st_size > offset + size:
        return _state.TRUNCATED, "the first %d of %d bytes" % (size, before.st_size)
    if (before.st_size, nanoseconds(before, "mtime")) != (after.st_size, nanoseconds(after, "mtime")):
        return _state.CHANGED, "%d bytes when it was opened, %d at the end" % (before.st_size, after.st_size)
    return _state.COLLECTED, "the last %d of %d bytes" % (size, before.st_size) if offset else None


def _scratch(folder):
    return tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, dir=folder)


def _hashed(chunks, digest):
    for chunk in chunks:
        digest.update(chunk)
        yield chunk


def _chunks_of_files(paths):
    for path in paths:
        with open(path, "rb") as stream:
            chunk = stream.read(1 << 17)
            while chunk:
                yield chunk
                chunk = stream.read(1 << 17)


__all__ = ("Collection", "Item", "Limits", "NotRead", "Stopped", "Table")
