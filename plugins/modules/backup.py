#!/usr/bin/python

# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: backup
short_description: Take configuration, everything that is served, and spools of a suspect host, in pieces of bounded size
version_added: 0.1.0
description:
  - Takes every file in O(artifacts), in the folders that web servers serve, and the configuration files that they read.
    Password hashes and private keys stay on the host.
  - Each call makes one piece. The piece V(000) takes no files. It finds out what there is to take, and keeps the list in
    the workspace. The pieces after it take up the list where the one before them ended.
  - A piece needs not more than O(part_size) on the host, less when there is less room. It has to be taken home and removed
    before the next one is made, as M(csirt.linux_triage.evidence_fetch) does.
  - Pieces that are laid one behind the other in their order are one part. A file that is larger than a piece begins in a
    piece of its own and goes on in the next ones, as one entry. Such a file has no SHA-256 of its own in the manifest.
  - Files of containers are in C(live/web/<pid>/root/).
author:
  - The csirt.linux_triage authors (@csirt)
extends_documentation_fragment:
  - csirt.linux_triage.attributes
  - csirt.linux_triage.attributes.collectors
  - csirt.linux_triage.collector
  - csirt.linux_triage.web_servers.webroots
  - csirt.linux_triage.web_servers
options:
  part:
    description: Name of the part, a dash, and the number of the piece, three digits or more.
    type: str
    required: true
  part_size:
    description: MiB that a piece may have.
    type: int
    default: 512
  max_size:
    description: MiB of files to take in all. What would be more is named in the manifest, and stays.
    type: int
    default: 102400
  artifacts:
    description: What to take besides what is served.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: A short name for the manifest.
        type: str
        required: true
      paths:
        description: Absolute paths or globs of folders, with everything in them, and of files.
        type: list
        elements: str
        required: true
      why:
        description: What they are wanted for.
        type: str
seealso:
  - module: csirt.linux_triage.web_content
  - module: csirt.linux_triage.evidence_fetch
"""

EXAMPLES = r"""
- name: Find out how much there is to take
  csirt.linux_triage.backup:
    workspace: "{{ workspace.path }}"
    part: 80-backup-000
    artifacts:
      - name: configuration
        paths: [/etc]

- name: Take the first piece
  csirt.linux_triage.backup:
    workspace: "{{ workspace.path }}"
    part: 80-backup-001
"""

RETURN = r"""
part:
  description: The piece in the workspace, its C(name), C(size), C(sha256) and number of C(entries).
  returned: always
  type: dict
  sample: {"name": "80-backup-001", "size": 20480, "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "entries": 61}
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
  description: Number of items by what became of them.
  returned: success
  type: dict
  sample: {"collected": 57}
summary:
  description:
    - C(more) is 1 as long as there is something for another piece.
    - Of the piece V(000) also the number of C(files), their C(bytes), the number of C(pieces) at the most, and C(backup), the
      same in words.
    - Of other pieces how many files were C(taken), and how many are C(done) in all.
  returned: success
  type: dict
  sample:
    more: 1
    taken: 8124
    done: 8124
seconds:
  description: How long it took.
  returned: success
  type: float
  sample: 12.4
"""

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _module
from ansible_collections.csirt.linux_triage.plugins.module_utils._backup._backup import collect


def main():
    _module.run("backup", collect, dict(
        part_size=dict(type="int", default=512),
        max_size=dict(type="int", default=102400),
        artifacts=dict(type="list", elements="dict", default=[], options=dict(
            name=dict(type="str", required=True),
            paths=dict(type="list", elements="str", required=True),
            why=dict(type="str"),
        )),
        webroots=dict(type="list", elements="str", default=[]),
        webservices=dict(type="list", elements="str", default=[]),
    ))


if __name__ == "__main__":
    main()
