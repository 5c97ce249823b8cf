#!/usr/bin/python

# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: file_listing
short_description: List every file of a suspect host with its times, owner, mode, attributes and capabilities
version_added: 0.1.0
description:
  - Walks once over all local file systems and writes one row for each name into the table C(files), as gzip'd JSON lines.
  - Names and status are asked of the kernel itself where that is known how, so that a preloaded library that hides
    files from the system's programs hides nothing here. Times have nanoseconds, birth is there where the kernel knows it.
  - Which mounts are entered is decided from mountinfo. Network file systems and views of the kernel are not touched. What
    is mounted in two places is walked in one. The manifest names everything that was left out.
  - Opens nothing but directories, follows no links, and leaves access times where the kernel permits that. Kernels before
    4.11 tell attributes only of open files, there regular files of a few places (V(/etc), V(/tmp), homes, programs) are
    opened too, but not read.
  - Memory stays small however large the tree or a directory is, and paths may be longer than the kernel's limit.
author:
  - The csirt.linux_triage authors (@csirt)
extends_documentation_fragment:
  - csirt.linux_triage.attributes
  - csirt.linux_triage.attributes.collectors
  - csirt.linux_triage.collector
options:
  exclude_paths:
    description:
      - Absolute paths that are listed themselves but not entered, neither are file systems that are mounted in them.
      - Compared letter by letter with the paths that the walk takes, links are not resolved.
    type: list
    elements: str
    default: []
  workers:
    description: Number of processes that walk. With V(0) one for each processor, but not more than two.
    type: int
    default: 0
seealso:
  - module: csirt.linux_triage.workspace
  - module: csirt.linux_triage.evidence_fetch
"""

EXAMPLES = r"""
- name: List all files but the backups
  csirt.linux_triage.file_listing:
    workspace: "{{ workspace.path }}"
    part: 50-file_listing
    exclude_paths:
      - /srv/backup
"""

RETURN = r"""
part:
  description: The part in the workspace, its C(name), C(size), C(sha256) and number of C(entries).
  returned: always
  type: dict
  sample: {"name": "50-file_listing", "size": 9437184, "sha256": "9f86d081884c7d65...", "entries": 2}
complete:
  description: Whether the collector came to its end.
  returned: always
  type: bool
  sample: true
problem:
  description: What kept it from its end, in one line.
  returned: always
  type: str
  sample: ""
states:
  description: Number of items by what became of them. Here, of what was not listed.
  returned: success
  type: dict
  sample: {"skipped_type": 12}
summary:
  description:
    - Number of C(names) with a row, of C(folders) among them, and of C(errors), which are names without a status and
      folders that could not be read.
  returned: success
  type: dict
  sample: {"names": 412077, "folders": 38112, "errors": 3}
seconds:
  description: How long it took.
  returned: success
  type: float
  sample: 3.42
"""

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _module
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._file_listing import collect


def main():
    _module.run("file_listing", collect, dict(
        exclude_paths=dict(type="list", elements="str", default=[]),
        workers=dict(type="int", default=0),
    ))


if __name__ == "__main__":
    main()
