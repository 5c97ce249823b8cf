# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Opening what lies on a host that may lie: no device, no FIFO, no network mount, no way out of a folder.

A path is walked component by component with ``O_PATH | O_NOFOLLOW`` and links are resolved here, inside `root`.
The descriptor that comes out was checked before anything was opened for reading, so that no exchange of
names in between matters (open(2), "O_PATH"; ``/proc/self/fd`` stands for openat(2), which Python 2.7 lacks).
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import fnmatch
import itertools
import os
import stat

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state, _syscalls
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._mounts import network_points, parse_mountinfo
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._streams import read_all
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

O_PATH = getattr(os, "O_PATH", 0o10000000)
O_CLOEXEC = getattr(os, "O_CLOEXEC", 0o2000000)
O_NOATIME = getattr(os, "O_NOATIME", 0o1000000)
MAX_LINKS = 40
MAX_UPWARDS = 256
MAX_PATH = 1 << 15
MAX_DEPTH = 64
MAX_UNREAD = 1000
MAX_FENCES = 1000  # folders of which it is remembered where they really are
MAX_NAMES = 100000
_KINDS = (
    (stat.S_ISDIR, "directory"), (stat.S_ISLNK, "link"), (stat.S_ISFIFO, "FIFO"), (stat.S_ISSOCK, "socket"),
    (stat.S_ISCHR, "character device"), (stat.S_ISBLK, "block device"),
)


_WORDS = frozenset([word for _matches_kind, word in _KINDS] + ["regular file"])


class NotRead(Exception):
    """Why something was not read: `state` is a state of an item, `reason` one line for people."""

    def __init__(self, state, reason, links=()):
        # In ASCII: Python 2 can't print an exception with anything else in it.
        Exception.__init__(self, str(("%s: %s" % (state, reason)).encode("ascii", "backslashreplace").decode("ascii")))
        self.state = state
        self.reason = reason
        self.links = links

    @classmethod
    def of(cls, error, links=()):
        """For an operating system's error."""
        return cls(state_of(error), os.strerror(error.errno), links)


def is_missed(error):
    """Whether a `NotRead` of a folder means that there is one, which is not looked into."""
    return error.state != _state.ABSENT and error.reason not in _WORDS


class Found:
    """A resolved path: `descriptor` (``O_PATH``), `path` seen from root without links, `status`, `links` on the way."""

    def __init__(self, descriptor, path, links):
        self.descriptor = descriptor
        self.path = path
        self.links = links
        self.status = os.fstat(descriptor)

    def __enter__(self):
        return self

    def __exit__(self, *_unused):
        os.close(self.descriptor)


def kind_of(mode):
    """The file type in a word, for people."""
    for matches, word in _KINDS:
        if matches(mode):
            return word
    return "regular file"


class Reader:
    """Reads below `root`. Network mounts are known from mountinfo and never touched."""

    def __init__(self, root=b"/", network_mounts=None):
        self.root = root
        self._network = _network_mounts(root) if network_mounts is None else network_mounts
        self._fences = {}

    def find(self, path, beneath=None, follow=True):
        """The `Found` for an absolute path; raises `NotRead`. With `beneath`, no link leads out of that folder."""
        if b"\0" in path:
            raise NotRead(_state.ABSENT, "no name has a zero byte")
        fence, links = self._real(beneath) if beneath is not None else ([], ())
        wanted, links = _below(path, beneath, fence), list(links)
        for _unused in range(MAX_UPWARDS):
            found = self._step(wanted, links, follow)
            if isinstance(found, Found):
                return found
            wanted = found
            if len(links) > MAX_LINKS:
                raise NotRead(_state.SKIPPED_TYPE, "more than %d links in a row" % MAX_LINKS, links)
            if b".." not in wanted and wanted[:len(fence)] != fence:
                reason = "link out of %s to %s" % (_show(fence), _show(wanted))
                raise NotRead(_state.SKIPPED_TYPE, reason, links)
        raise NotRead(_state.SKIPPED_TYPE, "more than %d steps upwards" % MAX_UPWARDS, links)

    def _real(self, folder):
        if folder not in self._fences:
            if len(self._fences) >= MAX_FENCES:
                self._fences.clear()
            with self.find(folder) as found:
                self._fences[folder] = _parts(found.path), found.links
        return self._fences[folder]

    def _step(self, wanted, links, follow):
        if len(b"/".join(wanted)) > MAX_PATH:
            raise NotRead(_state.SKIPPED_TYPE, "a path of more than %d bytes" % MAX_PATH, links)
        try:
            return self._walk(wanted, links, follow)
        except OSError as error:
            raise NotRead.of(error, links)

    def _walk(self, wanted, links, follow):
        """`Found`, or where to go on when a link or a step upwards was met."""
        here = _open(self.root, O_PATH | os.O_DIRECTORY, links)
        try:
            for position, name in enumerate(wanted):
                if name == b"..":
                    return wanted[:max(position - 1, 0)] + wanted[position + 1:]
                self._refuse_network(wanted[:position + 1], links)
                there = _open(_inside(here, name), O_PATH | os.O_NOFOLLOW, links)
                above, here = here, there
                try:
                    last = position + 1 == len(wanted)
                    if stat.S_ISLNK(os.fstat(there).st_mode) and (follow or not last):
                        return _follow(above, wanted, position, links)
                finally:
                    os.close(above)
            found, here = Found(here, b"/" + b"/".join(wanted), links), None
            return found
        finally:
            if here is not None:
                os.close(here)

    def _refuse_network(self, parts, links):
        fstype = self._network.get(b"/" + b"/".join(parts))
        if fstype is not None:
            raise NotRead(_state.SKIPPED_TYPE, "network file system %s at %s" % (fstype, _show(parts)), links)

    def open_regular(self, found):
        """A descriptor for reading the regular file that was found; access time stays where the kernel permits it."""
        if not stat.S_ISREG(found.status.st_mode):
            raise NotRead(_state.SKIPPED_TYPE, kind_of(found.status.st_mode), found.links)
        return _reopen(found, os.O_RDONLY | os.O_NONBLOCK)

    def content(self, found, limit):
        """The first `limit` bytes of the regular file that was found."""
        descriptor = self.open_regular(found)
        try:
            return read_all(descriptor, limit)
        except OSError as error:
            raise NotRead.of(error)
        finally:
            os.close(descriptor)

    def open_directory(self, found):
        """A descriptor for listing the directory that was found."""
        if not stat.S_ISDIR(found.status.st_mode):
            raise NotRead(_state.SKIPPED_TYPE, kind_of(found.status.st_mode), found.links)
        return _reopen(found, os.O_RDONLY | os.O_NONBLOCK | os.O_DIRECTORY)

    def listdir(self, path, beneath=None, limit=MAX_NAMES):
        """Sorted names in a directory, read past libc; of a larger directory the first `limit` the kernel gives."""
        with self.find(path, beneath) as found:
            descriptor = self.open_directory(found)
            try:
                return sorted(itertools.islice(entry_names(descriptor), limit))
            except OSError as error:
                raise NotRead.of(error, found.links)
            finally:
                os.close(descriptor)

    def matches(self, pattern, beneath=None, limit=20000, check=None):
        """The `Matches` of a glob: ``* ? [...]`` in a component, ``**`` for any depth; at most `limit` paths.

        The path of `beneath` at the beginning of `pattern` is no pattern. `check` is called for every folder.
        """
        parts, base = _parts(pattern), []
        if beneath is not None and parts[:len(_parts(beneath))] == _parts(beneath):
            base = _parts(beneath)
        parts = parts[len(base):]
        found = Matches(self, beneath, limit, check)
        found.walk(b"".join(b"/" + name for name in base), parts + [b"*"] if parts[-1:] == [b"**"] else parts, 0)
        return found


class Matches:
    """`paths` in order; `cut` says why when the host holds more than was looked at, `unread` has (folder, `NotRead`)."""

    def __init__(self, reader, beneath, limit, check=None):
        self._reader = reader
        self._beneath = beneath
        self._limit = limit
        self._check = check
        self.paths = []
        self.cut = None
        self.unread = []

    def walk(self, base, parts, depth):
        """Adds what matches the pattern's `parts` below `base`."""
        if len(self.paths) >= self._limit:
            self.cut = "more than %d matches" % self._limit
        elif depth > MAX_DEPTH:
            self.cut = "deeper than %d folders" % MAX_DEPTH
        elif not parts:
            self.paths.append(base or b"/")
        elif parts[0] == b"**":
            self.walk(base, parts[1:], depth)
            # A list of the folders alone is held while one of them is walked.
            for name in [name for name in self._names(base) if self._is_directory(base + b"/" + name)]:
                self.walk(base + b"/" + name, parts, depth + 1)
        elif _is_pattern(parts[0]):
            for name in [name for name in self._names(base) if _matches(name, parts[0])]:
                self.walk(base + b"/" + name, parts[1:], depth + 1)
        else:
            self._literal(base, parts, depth)

    def _literal(self, base, parts, depth):
        path = base + b"/" + parts[0]
        if len(parts) > 1 or self._exists(path):
            self.walk(path, parts[1:], depth + 1)

    def _names(self, base):
        if self._check is not None:
            self._check()
        try:
            names = self._reader.listdir(base or b"/", self._beneath)
        except NotRead as error:
            self._miss(base, error)
            return []
        if len(names) == MAX_NAMES:
            self.cut = "more than %d names in one folder" % MAX_NAMES
        return names

    def _miss(self, folder, error):
        """Remembers a folder that is there and isn't looked into."""
        if is_missed(error) and len(self.unread) < MAX_UNREAD:
            self.unread.append((folder or b"/", error))

    def _is_directory(self, path):
        """Not through links: ``**`` stays in its tree."""
        try:
            with self._reader.find(path, self._beneath, follow=False) as found:
                return stat.S_ISDIR(found.status.st_mode)
        except NotRead as error:
            self._miss(path, error)
            return False

    def _exists(self, path):
        try:
            with self._reader.find(path, self._beneath, follow=False):
                return True
        except NotRead as error:
            return error.state != _state.ABSENT


def _is_pattern(name):
    return any(character in name for character in (b"*", b"?", b"["))


def _matches(name, pattern):
    """A leading dot is matched by ``*`` as well: hidden names are what is looked for."""
    return fnmatch.fnmatchcase(name, pattern)


def entry_names(descriptor):
    """Names in an open directory, one by one from the kernel where that is known how, else through libc."""
    if _syscalls.available("getdents64"):
        return (name for _inode, _kind, name in _syscalls.getdents64(descriptor) if name not in (b".", b".."))
    return iter(os.listdir(b"/proc/self/fd/" + _ascii(descriptor)))


def state_of(error):
    """The state of an item for an operating system's error."""
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENXIO, errno.ESRCH, errno.ENAMETOOLONG):
        return _state.ABSENT
    if error.errno in (errno.EACCES, errno.EPERM):
        return _state.DENIED
    return _state.FAILED


def _network_mounts(root):
    if root != b"/":
        return {}
    try:
        with open("/proc/self/mountinfo", "rb") as stream:
            return network_points(parse_mountinfo(stream.read()))
    except (IOError, OSError):
        return {}


def _parts(path):
    """The components of a path; ``..`` stays: what it means is known when the folder before it is."""
    return [part for part in path.split(b"/") if part not in (b"", b".")]


def _below(path, beneath, fence):
    """The components of `path`, which must begin with `beneath`, seen from where that folder really is."""
    if b"\0" in path:
        raise NotRead(_state.ABSENT, "no path: a zero byte in it")
    wanted, folder = _parts(path), _parts(beneath or b"")
    if wanted[:len(folder)] != folder:
        raise NotRead(_state.SKIPPED_TYPE, "not in %s" % escape(beneath))
    return fence + wanted[len(folder):]


def _show(parts):
    return escape(b"/" + b"/".join(parts))


def _follow(above, wanted, position, links):
    """Where the link `wanted[position]` in the open directory `above` leads."""
    try:
        target = os.readlink(_inside(above, wanted[position]))
    except OSError as error:
        raise NotRead.of(error, links)
    links.append((b"/" + b"/".join(wanted[:position + 1]), target))
    start = [] if target.startswith(b"/") else wanted[:position]
    return start + _parts(target) + wanted[position + 1:]


def _ascii(number):
    return str(number).encode("ascii")


def _inside(descriptor, name):
    return b"/proc/self/fd/" + _ascii(descriptor) + b"/" + name


def _open(path, flags, links):
    try:
        return os.open(path, flags | O_CLOEXEC)
    except OSError as error:
        raise NotRead.of(error, links)


def _reopen(found, flags):
    path = b"/proc/self/fd/" + _ascii(found.descriptor)
    try:
        return os.open(path, flags | O_CLOEXEC | O_NOATIME)
    except OSError as error:
        if error.errno != errno.EPERM:
            raise NotRead.of(error, found.links)
    return _open(path, flags, found.links)


__all__ = ("Found", "Matches", "NotRead", "Reader", "entry_names", "is_missed", "kind_of", "state_of")
