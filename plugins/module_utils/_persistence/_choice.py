# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Which of too many things are taken. Whoever plants thousands to push one out has to know which ones are left."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type


def both_ends(things, time):
    """`things` in turn the newest and the oldest that are left, by `time(thing)`."""
    newest = sorted(things, key=time, reverse=True)
    half = (len(newest) + 1) // 2
    turns = [None] * len(newest)
    turns[::2], turns[1::2] = newest[:half], newest[:half - 1:-1]
    return turns


__all__ = ("both_ends",)
