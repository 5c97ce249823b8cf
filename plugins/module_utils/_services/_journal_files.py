# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Files of systemd's journal: which there are, and what time they are of, by their own headers.

Format: systemd, "Journal File Format" (JOURNAL_FILE_FORMAT.md), struct Header.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import struct
from collections import namedtuple

PATTERNS = (
    b"/var/log/journal/*.journal*", b"/var/log/journal/*/*.journal*", b"/run/log/journal/*.journal*",
    b"/run/log/journal/*/*.journal*",
)
SIZE = 200
_SIGNATURE = b"LPKSHHRH"
# Signature, state, number of entries, time of the first and of the last (microseconds since the epoch).
_HEADER = struct.Struct("<8s8xB135xQ24xQQ")
_STATES = {0: "offline", 1: "online", 2: "archived"}

# `first` and `last` are seconds since the epoch, None in an empty journal.
Header = namedtuple("Header", "state entries first last")


def header_of(data):
    """The `Header` in the first `SIZE` bytes of a file; None for what is no journal."""
    if len(data) < SIZE or not data.startswith(_SIGNATURE):
        return None
    _signature, state, entries, first, last = _HEADER.unpack(data[:SIZE])
    times = (first / 1e6, last / 1e6) if entries else (None, None)
    return Header(_STATES.get(state, "unknown"), entries, *times)


__all__ = ("Header", "PATTERNS", "SIZE", "header_of")
