# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The list of files to read, written to the workspace by one process and read by those that hash, piece by piece.

A record is `FIELDS` byte strings, each ended by a zero byte: path, expected digest, package, version, manager, and marks.
What isn't known is empty.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

FIELDS = 6
JOB_BYTES = 1 << 12  # some fifty files: with larger jobs one process waits for the other at the end
# Marks, one letter each: the package means it to be changed; a unit or a table of cron names it; no package has it,
# though it lies where the system's programs are; it lies where anybody's are.
CONFFILE, TARGET, UNOWNED, ELSEWHERE = b"c", b"t", b"u", b"e"


class Plan(object):
    """Writes records and gives away every `JOB_BYTES` of them as a job.

    stream: a file open for writing. give: function of start and end of a job, bytes in the file.
    """

    def __init__(self, stream, give):
        self._stream = stream
        self._give = give
        self._held = []
        self._size = self._expected = 0
        self._jobs = {}

    def add(self, path, digest, *fields):
        """One record."""
        record = b"\0".join((path, digest) + fields) + b"\0"
        self._held.append(record)
        self._size += len(record)
        self._expected += bool(digest)
        if self._size >= JOB_BYTES:
            self.flush()

    def flush(self):
        """Gives away what is held."""
        if not self._held:
            return
        start = self._stream.tell()
        self._stream.write(b"".join(self._held))
        self._stream.flush()
        self._jobs[start, start + self._size] = len(self._held), self._expected
        self._give(start, start + self._size)
        self._held, self._size, self._expected = [], 0, 0

    def unfinished(self, done):
        """Number of files in jobs that are not `done` (a set), or were not given away."""
        return len(self._held) + sum(files for job, (files, _expected) in self._jobs.items() if job not in done)

    def verified(self, done):
        """Number of files in jobs that are `done` whose digest was expected."""
        return sum(expected for job, (_files, expected) in self._jobs.items() if job in done)


def records(data):
    """The records in the bytes of a job."""
    fields = data.split(b"\0")
    return zip(*[iter(fields)] * FIELDS)


__all__ = ("CONFFILE", "ELSEWHERE", "Plan", "TARGET", "UNOWNED", "records")
