# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What is run: a row for every path that trigger files name, and the bytes of what no package owns."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import hashlib
import os
import stat

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._status import birth_of, columns
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._streams import chunks_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape
from ansible_collections.csirt.linux_triage.plugins.module_utils._persistence._choice import both_ends
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_scripts import HEAD, magic_of

MAX_TARGETS = 20000
RESERVED = 5000  # of these, for the first paths of each file
HASHED = 64 << 20
PAYLOAD_SIZE = 8 << 20
MAX_PAYLOADS = 400
ALL_PAYLOADS = 256 << 20
ARTIFACT = "persistence target"
_KERNEL = (b"/proc/", b"/sys/", b"/dev/")
_PROGRAM_ENDS = (b".sh", b".py", b".pl", b".rb", b".php", b".lua", b".js", b".so", b".jar", b".pyc", b".ko", b".ko.xz", b".ko.gz", b".ko.zst")


class Target:
    """One path as it was named, and what it leads to."""

    def __init__(self, path, real=None, row=None):
        self.path = path
        self.real = real
        self.row = row or {}
        self.is_program = False
        self.ctime = 0


class Targets:
    """Gathers paths; `look` finds out about each, once."""

    def __init__(self, collection):
        self._collection = collection
        self._paths = {}
        self._refused = 0
        self.found = []
        self.payloads = 0
        self._payload_bytes = 0

    def add(self, path, name=None, reserved=False):
        """A path that is named somewhere; `name` when it was found for a name without a folder; `reserved` for a file's first."""
        if path in self._paths or len(self._paths) < (MAX_TARGETS if reserved else MAX_TARGETS - RESERVED):
            self._paths.setdefault(path, set()).update(() if name is None else (name,))
        else:
            self._refused += 1

    def look(self):
        """Makes `found` of all paths."""
        if self._refused:
            reason = "more than %d paths: %d times another one was left out" % (len(self._paths), self._refused)
            self._collection.note(None, _state.SKIPPED_BUDGET, reason, ARTIFACT)
        for path in sorted(self._paths):
            self._collection.check()
            if not path.startswith(_KERNEL):
                self.found.append(self._target(path))

    def _target(self, path):
        row = {"path": escape(path), "names": [escape(name) for name in sorted(self._paths[path])] or None}
        target = Target(path, row=row)
        try:
            with self._collection.reader.find(path) as found:
                row.update(described(found), exists=True)
                target.real, target.ctime = found.path, found.status.st_ctime
                row["real_path"] = escape(found.path) if found.path != path else None
                if stat.S_ISREG(found.status.st_mode):
                    self._look_into(found, target)
        except NotRead as error:
            # Whether something is there is known only when the answer was that it isn't.
            row.update(exists=False if error.state == _state.ABSENT else None, reason=error.reason)
        return target

    def _look_into(self, found, target):
        descriptor = self._collection.reader.open_regular(found)
        try:
            target.row["magic"] = magic_of(os.read(descriptor, HEAD))
            os.lseek(descriptor, 0, os.SEEK_SET)
            target.is_program = bool(
                target.row["magic"] or found.status.st_mode & 0o111 or found.path.endswith(_PROGRAM_ENDS)
            )
            if target.is_program and found.status.st_size <= HASHED:
                digest, size = hashlib.sha256(), 0
                for chunk in chunks_of(descriptor, found.status.st_size, digest, self._collection.deadline):
                    size += len(chunk)
                target.row["sha256"] = digest.hexdigest() if size == found.status.st_size else None
        except OSError as error:
            raise NotRead.of(error)
        finally:
            os.close(descriptor)

    def write(self, owners):
        """Rows of the table ``persistence_targets``, and the payloads: small programs without an owner, from both ends."""
        table = self._collection.table("persistence_targets")
        for target in self.found:
            target.row["package"] = owner(owners, target.path, target.real)
        unowned = [one for one in self.found if one.is_program and one.row["package"] is None]
        try:
            for target in both_ends(unowned, lambda one: one.ctime):
                self._take(target)
        finally:
            for target in self.found:
                table.row(dict((name, value) for name, value in target.row.items() if value is not None))

    def _take(self, target):
        size = target.row["size"]
        if size > PAYLOAD_SIZE or self.payloads >= MAX_PAYLOADS or self._payload_bytes + size > ALL_PAYLOADS:
            many = "%d payloads of %d bytes in all were taken" % (self.payloads, self._payload_bytes)
            reason = "%d bytes" % size if size > PAYLOAD_SIZE else many
            self._collection.note(target.path, _state.SKIPPED_BUDGET, reason, ARTIFACT)
            return
        item = self._collection.copy(target.path, limit=PAYLOAD_SIZE, artifact=ARTIFACT)
        target.row["archived"] = escape(item.archived) if item.archived is not None else None
        self.payloads += 1
        self._payload_bytes += size


def owner(owners, path, real):
    """The package of a file, by its name without links or by the name that leads to it."""
    package = owners.get(real) or owners.get(path)
    return escape(package) if isinstance(package, bytes) else package


def described(found):
    """Columns of a `Found` as in every table of files."""
    return columns(found.status, birth_of(b"", found.descriptor))


__all__ = ("Targets", "described", "owner")
