# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Inside a process that hashes: reads each file of its jobs once, and writes down what it is and how it deviates."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import fnmatch
import json
import os
import stat

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import elapsed
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._streams import write_whole
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import describe, escape
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._digests import ALGORITHMS, Digests, new
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._hash_folders import Folders
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._hash_plan import (
    CONFFILE, ELSEWHERE, TARGET, UNOWNED, records,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._hash_reasons import reasons

BUFFER = 1 << 16
_encode = json.JSONEncoder(sort_keys=True).encode  # json.dumps makes one for each row


class Terms(object):
    """What workers go by.

    deadline: of `elapsed`. file_bytes: of one file. elsewhere_bytes: of all files that lie where anybody's are.
    critical: globs (bytes) of files whose alteration matters most. foundation: paths of files that this very process
    runs on. dispensable: function of manager (text) and path, whether that file of a package may be missing.
    """

    def __init__(self, deadline, file_bytes, elsewhere_bytes, critical, foundation, dispensable):
        self.deadline = deadline
        self.file_bytes = file_bytes
        self.elsewhere_bytes = elsewhere_bytes
        self.critical = critical
        self.foundation = foundation
        self.dispensable = dispensable


class _Asked(object):
    """A record of the plan."""

    def __init__(self, record):
        self.path, digest, self.package, self.version, manager, self.marks = record
        self.digest, self.manager = digest.decode("ascii"), manager.decode("ascii")
        self.algorithm = ALGORITHMS.get(len(digest))

    def columns(self):
        """What the package manager says of the file."""
        if not self.package:
            return {}
        return {"package": escape(self.package), "manager": self.manager}


class HashWorker(object):
    """plan: path of the list of files. spools: paths of empty files, for hashes, deviations and notes. terms: `Terms`."""

    def __init__(self, reader, plan, spools, terms):
        self._plan = os.open(plan, os.O_RDONLY)
        self._folders = Folders(reader)
        self._digests = Digests(reader, terms.deadline)
        self._hashes, self._deviations, self._notes = [_Rows(path) for path in spools]
        self._terms = terms
        self._left_elsewhere = terms.elsewhere_bytes
        self._stopped = False

    def do(self, start, end):
        """Looks at the files of a job; false when there was no time for all of them."""
        os.lseek(self._plan, start, os.SEEK_SET)
        for record in records(os.read(self._plan, end - start)):
            if self._stopped or elapsed() > self._terms.deadline:
                return False
            self._look_at(_Asked(record))
        return True

    def stop(self):
        """Lets `do` return soon."""
        self._stopped = True

    def close(self):
        """Writes down what is held."""
        self._folders.close()
        for rows in (self._hashes, self._deviations, self._notes):
            rows.flush()
        os.close(self._plan)

    def _look_at(self, asked):
        try:
            with self._folders.find(asked.path) as seen:
                if stat.S_ISREG(seen.status.st_mode):
                    self._look_at_file(asked, seen)
                elif asked.digest:
                    self._look_at_other(asked, seen)
        except NotRead as error:
            self._not_seen(asked, error)
        except Exception as error:  # whatever it is, it costs this file only
            self._note(asked.path, _state.FAILED, describe(error))

    def _not_seen(self, asked, error):
        if error.state != _state.ABSENT:
            self._note(asked.path, error.state, error.reason)
        elif not asked.digest:
            if TARGET not in asked.marks:  # what a unit names need not exist
                self._note(asked.path, error.state, "gone since it was listed")
        elif not self._terms.dispensable(asked.manager, asked.path):
            self._deviates(asked, "missing", asked.path, {})

    def _look_at_file(self, asked, seen):
        why = reasons(seen.path, seen.status.st_mode) + (["target"] if TARGET in asked.marks else [])
        names = set(["sha256"] if why else [])
        if asked.algorithm is not None:
            names.add(asked.algorithm)
        if not names:
            return
        try:
            self._refuse_large(asked, seen.status.st_size)
            found = self._digests.of(seen.found, names)
        except NotRead as error:
            self._note(seen.path, error.state, error.reason)
            found = {"state": error.state, "reason": error.reason}
        if why:
            row = {"path": escape(seen.path), "why": why}
            self._hashes.add(dict(row, **dict(asked.columns(), **dict(seen.columns(), **found))))
        if asked.digest and found.get(asked.algorithm, asked.digest) != asked.digest:
            facts = dict(seen.columns(), expected=asked.digest, found=found[asked.algorithm])
            self._deviates(asked, "changed", seen.path, facts)
        elif UNOWNED in asked.marks and ("executable" in why or "library" in why or "kernel_module" in why):
            self._deviates(asked, "unowned", seen.path, seen.columns())

    def _look_at_other(self, asked, seen):
        """Something else in the place of a file. apk's digest of a link is that of where it leads."""
        if not stat.S_ISLNK(seen.status.st_mode):
            reason = "a %s in its place" % seen.columns()["type"]
            self._deviates(asked, "changed", seen.path, dict(seen.columns(), reason=reason))
            return
        target = seen.target()
        digest = new(asked.algorithm)
        digest.update(target)
        if digest.hexdigest() != asked.digest:
            facts = dict(seen.columns(), reason="a link to %s in its place" % escape(target))
            self._deviates(asked, "link", seen.path, facts)

    def _refuse_large(self, asked, size):
        if size > self._terms.file_bytes:
            raise NotRead(_state.SKIPPED_BUDGET, "more than %d bytes" % self._terms.file_bytes)
        if ELSEWHERE not in asked.marks:
            return
        if size > self._left_elsewhere:
            raise NotRead(_state.SKIPPED_BUDGET, "the bytes for programs outside the system's folders are used up")
        self._left_elsewhere -= size

    def _deviates(self, asked, deviation, path, facts):
        row = dict(asked.columns(), path=escape(path), deviation=deviation, **facts)
        if asked.version:
            row["version"] = escape(asked.version)
        if CONFFILE in asked.marks:
            row["conffile"] = True
        if any(fnmatch.fnmatchcase(path, pattern) for pattern in self._terms.critical):
            row["critical"] = True
        if path in self._terms.foundation:
            row["critical"] = row["foundation"] = True
        self._deviations.add(row)

    def _note(self, path, state, reason):
        self._notes.add({"path": escape(path), "state": state, "reason": reason})


class _Rows(object):
    """JSON objects, one a line, written in blocks."""

    def __init__(self, path):
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND)
        self._held = []
        self._size = 0

    def add(self, row):
        line = _encode(row).encode("ascii") + b"\n"
        self._held.append(line)
        self._size += len(line)
        if self._size > BUFFER:
            self.flush()

    def flush(self):
        write_whole(self._fd, b"".join(self._held))
        self._held, self._size = [], 0


__all__ = ("HashWorker", "Terms")
