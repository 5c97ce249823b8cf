# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  workspace:
    description: The folder that M(csirt.linux_triage.workspace) made on the host.
    type: path
    required: true
  part:
    description: Name of the part, two digits for its place in the archive, a dash, the collector's name.
    type: str
    required: true
  owner:
    description: User id that may read the finished part, the login user's.
    type: int
  root:
    description: Where the system to look at begins, V(/) or the mount point of an image.
    type: path
    default: /
  max_seconds:
    description: Time after which the collector stops and what it has goes home.
    type: int
    default: 900
  max_file_size:
    description: MiB of one file that are taken at the most. Of larger files the beginning is taken.
    type: int
    default: 1024
  max_part_size:
    description: MiB of file contents that this collector takes at the most.
    type: int
    default: 8192
  reserve:
    description: MiB that stay free where the workspace lies. The collector stops before it takes them.
    type: int
    default: 128
notes:
  - Reads only. Writes nothing outside O(workspace).
  - What became of each item is in the part, under C(manifest/).
"""
