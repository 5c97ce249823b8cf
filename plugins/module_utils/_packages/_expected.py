# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What a package manager wrote down about one file of a package."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from collections import namedtuple

# path: canonical, bytes. digest: hexadecimal in small letters, its length tells the algorithm. package, version: bytes.
# manager: text. conffile: whether the package means it to be changed.
Expected = namedtuple("Expected", "path digest package version manager conffile")

__all__ = ("Expected",)
