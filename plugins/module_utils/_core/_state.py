# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What became of an item that was asked for. Different things, never one empty file."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

COLLECTED = "collected"  # every byte is in the archive
ABSENT = "absent"  # there is no such thing on the host
DENIED = "denied"  # the host's permissions forbid it
TRUNCATED = "truncated"  # longer than its cap: the first bytes are in the archive
TIMED_OUT = "timed_out"  # cut by a time budget
SKIPPED_BUDGET = "skipped_budget"  # not taken: a size or space budget was used up
SKIPPED_TYPE = "skipped_type"  # not a regular file, behind a link that leads out, or on a network file system
CHANGED = "changed"  # changed while it was read: the bytes in the archive may mix two moments
WITHHELD = "withheld"  # a secret (private key, password hashes): facts about it go home, its bytes don't
FAILED = "failed"  # an error that none of the others names

STATES = (
    COLLECTED, ABSENT, DENIED, TRUNCATED, TIMED_OUT, SKIPPED_BUDGET, SKIPPED_TYPE, CHANGED, WITHHELD, FAILED,
)

__all__ = (
    "ABSENT", "CHANGED", "COLLECTED", "DENIED", "FAILED", "SKIPPED_BUDGET", "SKIPPED_TYPE", "STATES", "TIMED_OUT",
    "TRUNCATED", "WITHHELD",
)
