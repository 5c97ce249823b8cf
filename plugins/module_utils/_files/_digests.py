# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Several digests of a file in one reading."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import hashlib
import os

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import elapsed, nanoseconds
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._streams import chunks_of

ALGORITHMS = {32: "md5", 40: "sha1", 56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}  # by hexadecimal digits
MAX_LINKED = 50000  # files with several names whose digests are remembered


class Digests(object):
    """Reads files; what has several names is read once. deadline: of `elapsed`."""

    def __init__(self, reader, deadline):
        self._reader = reader
        self._deadline = deadline
        self._linked = {}

    def of(self, found, names):
        """{algorithm: hexadecimal digest} of a regular file that was found, at least those of `names`.

        Raises `NotRead`, also for a file that changes meanwhile.
        """
        status = found.status
        key = (status.st_dev, status.st_ino) if status.st_nlink > 1 else None
        known = self._linked.get(key, {})
        if not all(name in known for name in names):
            known = self._read(found, names)
            if key is not None and len(self._linked) < MAX_LINKED:
                self._linked[key] = known
        return known

    def _read(self, found, names):
        digest = _Several(names)
        descriptor = self._reader.open_regular(found)
        try:
            size = sum(len(chunk) for chunk in chunks_of(descriptor, found.status.st_size, digest, self._deadline))
            after = os.fstat(descriptor)
        finally:
            os.close(descriptor)
        if size < found.status.st_size and elapsed() >= self._deadline:
            raise NotRead(_state.TIMED_OUT, "%d of %d bytes read" % (size, found.status.st_size))
        if (size, nanoseconds(found.status, "mtime")) != (after.st_size, nanoseconds(after, "mtime")):
            raise NotRead(_state.CHANGED, "%d bytes when it was opened, %d at the end" % (found.status.st_size, after.st_size))
        return digest.hexadecimal()


class _Several(object):
    def __init__(self, names):
        self._digests = [(name, new(name)) for name in names]

    def update(self, data):
        for _name, digest in self._digests:
            digest.update(data)

    def hexadecimal(self):
        return dict((name, digest.hexdigest()) for name, digest in self._digests)


def new(name):
    """A digest that compares and protects nothing: a host in FIPS mode has MD5 for that as well, from Python 3.9 on."""
    try:
        return getattr(hashlib, name)()
    except ValueError:
        pass
    try:
        return hashlib.new(name, usedforsecurity=False)
    except (TypeError, ValueError):
        raise NotRead(_state.DENIED, "this host forbids %s" % name)


__all__ = ("ALGORITHMS", "Digests", "new")
