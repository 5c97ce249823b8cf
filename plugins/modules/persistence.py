#!/usr/bin/python

# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: persistence
short_description: Collect every file that makes a suspect host run something, and what it runs
version_added: 0.1.0
description:
  - Takes the files of a catalogue, byte by byte, from the system and from every home. The commands in them are read on the
    control node, see the table C(persistence).
  - Each file is a row of the table C(persistence_files), with its time of birth, the package that owns it, and the
    target of a link.
  - Each absolute path that such a file names, and each name of a program, module or library that is found where such
    are looked for, is a row of the table C(persistence_targets), with what it leads to, its hash, and its package.
  - Programs and scripts among these that no package owns are taken as well, when they are small.
  - Packages are read from the databases of dpkg, apk and rpm. Nothing of the host is run but rpm, where there is one.
author:
  - The csirt.linux_triage authors (@csirt)
extends_documentation_fragment:
  - csirt.linux_triage.attributes
  - csirt.linux_triage.attributes.collectors
  - csirt.linux_triage.collector
options:
  artifacts:
    description: What to take.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: A short name for the manifest.
        type: str
        required: true
      paths:
        description:
          - Absolute paths or globs. C(*), C(?) and C([...]) match within a name, C(**) any number of folders.
          - One that begins with V(~/) is looked for in every home.
        type: list
        elements: str
        required: true
      limit:
        description: Bytes of one file that are taken at the most. 4 MiB when not set.
        type: int
      count:
        description: Files of one pattern (in one home) that are taken at the most, the newest and the oldest. 1000 when not set.
        type: int
      lookup:
        description:
          - Where a word in these files may be found as a file, besides the usual PATH. Each is a path whose folder may be
            a glob, with V({}) for the word.
        type: list
        elements: str
        default: []
      modules:
        description: Whether words in these files are names of kernel modules.
        type: bool
        default: false
      taken_by:
        description: The part that has the bytes of these files. They are only looked at.
        type: str
      only:
        description:
          - Which of the files are taken, where most are as they were installed. All of them when not set.
          - V(unowned) for those that no package owns.
          - V(deviating) for scripts in the database of dpkg that were written after their package was installed, belong to
            no package, are all that their package has, or open connections. The column C(deviation) says which it is.
        type: str
        choices: [unowned, deviating]
      why:
        description: What it is wanted for. For readers of the catalogue.
        type: str
  certificates:
    description:
      - Where certificates are that programs of the host trust. Each of them that no package brought is a row of the table
        C(certificates), and is taken.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: A short name. For readers of the catalogue.
        type: str
        required: true
      paths:
        description: Absolute paths or globs, as in O(artifacts[].paths).
        type: list
        elements: str
        required: true
      packaged:
        description: Whether packages put certificates there. The others are compared with those of them that a package owns.
        type: bool
        default: false
      why:
        description: What it is wanted for. For readers of the catalogue.
        type: str
seealso:
  - module: csirt.linux_triage.workspace
  - module: csirt.linux_triage.accounts
  - module: csirt.linux_triage.evidence_fetch
"""

EXAMPLES = r"""
- name: Collect what PAM and the clock run
  csirt.linux_triage.persistence:
    workspace: "{{ workspace.path }}"
    part: 30-persistence
    artifacts:
      - name: cron
        paths: [/etc/crontab, /etc/cron.d/**, /var/spool/cron/**]
      - name: pam
        paths: [/etc/pam.d/**]
        lookup: ["/usr/lib/*/security/{}"]
"""

RETURN = r"""
part:
  description: The part in the workspace, its C(name), C(size), C(sha256) and number of C(entries).
  returned: always
  type: dict
  sample: {"name": "30-persistence", "size": 409600, "sha256": "9f86d081884c7d65...", "entries": 1022}
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
  sample: {"collected": 1015, "absent": 7}
summary:
  description:
    - Number of C(files), of paths that they name (C(targets)), and of programs without a package that were taken
      (C(payloads)).
  returned: success
  type: dict
  sample: {"files": 1010, "targets": 802, "payloads": 3}
seconds:
  description: How long it took.
  returned: success
  type: float
  sample: 2.31
"""

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _module
from ansible_collections.csirt.linux_triage.plugins.module_utils._persistence._persistence import collect


def main():
    _module.run("persistence", collect, dict(
        artifacts=dict(type="list", elements="dict", default=[], options=dict(
            name=dict(type="str", required=True),
            paths=dict(type="list", elements="str", required=True),
            limit=dict(type="int"),
            count=dict(type="int"),
            lookup=dict(type="list", elements="str", default=[]),
            modules=dict(type="bool", default=False),
            taken_by=dict(type="str"),
            only=dict(type="str", choices=["unowned", "deviating"]),
            why=dict(type="str"),
        )),
        certificates=dict(type="list", elements="dict", default=[], options=dict(
            name=dict(type="str", required=True),
            paths=dict(type="list", elements="str", required=True),
            packaged=dict(type="bool", default=False),
            why=dict(type="str"),
        )),
    ))


if __name__ == "__main__":
    main()
