# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The lines of a package manager's files, many at once: a list of them is searched faster than each by itself."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

LONGEST = 1 << 16
FILE_BYTES = 256 << 20


class Lines:
    """Cuts pieces of text into lines; one that is longer than 64 KiB is left out, as nobody means it."""

    def __init__(self):
        self._rest = b""

    def of(self, piece):
        """The lines that end in this piece."""
        lines = (self._rest + piece).split(b"\n")
        self._rest = lines.pop() if len(lines[-1]) <= LONGEST else lines.pop()[:0]
        return lines

    def last(self):
        """The line that nothing ends."""
        return [self._rest] if self._rest else []


def blocks_of_lines(collection, path):
    """Lists of lines (bytes, without their ends) of a regular file of the host; `NotRead` when it can't be read."""
    return collection.read_lines(path, FILE_BYTES, cutter=Lines())


__all__ = ("Lines", "blocks_of_lines")
