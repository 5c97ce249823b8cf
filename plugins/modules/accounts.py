#!/usr/bin/python

# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: accounts
short_description: Collect accounts, histories, SSH files and login records of a suspect host
version_added: 0.1.0
description:
  - Finds every home (of passwd and its backups, of directories, of removed users, of services, of running processes)
    and takes from each the artifacts of a catalogue, byte by byte. What a link leads to outside a home is not taken.
  - Finds histories also where start-up files and the environments of processes put them (C(HISTFILE) and the like), and
    says of each history what was done to it. Files are taken from there if they are regular, local and no secret.
  - Reads the SSH server's configuration as the server does, with all Include files and Match blocks, and takes the
    files that it points to.
  - No password hash, no private key and nothing listed in O(withheld) goes home, only facts about them.
  - Users, logins and histories become tables on the control node, from the bytes.
author:
  - The csirt.linux_triage authors (@csirt)
extends_documentation_fragment:
  - csirt.linux_triage.attributes
  - csirt.linux_triage.attributes.collectors
  - csirt.linux_triage.collector
options:
  home_artifacts:
    description: What to take from every home.
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
          - Paths or globs below a home. C(*), C(?) and C([...]) match within a name, C(**) any number of folders.
          - Of folders that everybody shares, like V(/) or V(/tmp), only hidden names directly below are taken.
        type: list
        elements: str
        required: true
      limit:
        description: Bytes of one file that are taken at the most. 64 MiB when not set.
        type: int
      history:
        description: Whether each file gets a row in the table C(history_files).
        type: bool
        default: false
      shells:
        description: Users of these shells should have the first of O(home_artifacts[].paths) without wildcards.
        type: list
        elements: str
        default: []
      settings:
        description: Whether these are start-up files, to be searched for the places of histories.
        type: bool
        default: false
      why:
        description: What it is wanted for. For readers of the catalogue.
        type: str
  artifacts:
    description: What to take from the rest of the system.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: A short name for the manifest.
        type: str
        required: true
      paths:
        description: Absolute paths or globs. One that begins with V(~/) is looked for in every home.
        type: list
        elements: str
        required: true
      limit:
        description: Bytes of one file that are taken at the most. O(max_file_size) when not set.
        type: int
      settings:
        description: Whether these are start-up files for all users, to be searched for the places of histories.
        type: bool
        default: false
      why:
        description: What it is wanted for. For readers of the catalogue.
        type: str
  withheld:
    description:
      - Secrets. Each file gets a row in the table C(withheld_files), and its bytes are not taken under any other name.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: A short name for the manifest.
        type: str
        required: true
      paths:
        description: Absolute paths or globs. One that begins with V(~/) is looked for in every home.
        type: list
        elements: str
        required: true
      why:
        description: Why they are of interest. For readers of the catalogue.
        type: str
  private_keys:
    description:
      - Absolute paths or globs of files that may be private keys. One that begins with V(~/) is meant for every home.
      - What is a private key, by its content, gets a row in the table C(private_keys).
    type: list
    elements: str
    default: []
  commands:
    description: Programs of the host to run as a second opinion. Not run when O(root) is not V(/).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the file with the output, C(live/commands/<name>.txt).
        type: str
        required: true
      argv:
        description: The program and its arguments.
        type: list
        elements: str
        required: true
      timeout:
        description: Seconds after which it is ended.
        type: int
        default: 20
      each:
        description: Globs. The program is run once for each file that they match, its path in the place of V({path}).
        type: list
        elements: str
        default: []
      passwd:
        description:
          - Whether the output is in the format of passwd or group. Hashes in it are replaced by their methods, and
            homes that it names are looked at.
        type: bool
        default: false
      why:
        description: What it is wanted for. For readers of the catalogue.
        type: str
seealso:
  - module: csirt.linux_triage.workspace
  - module: csirt.linux_triage.evidence_fetch
"""

EXAMPLES = r"""
- name: Collect what root typed
  csirt.linux_triage.accounts:
    workspace: "{{ workspace.path }}"
    part: 20-accounts
    home_artifacts:
      - name: bash history
        history: true
        shells: [bash]
        paths: [.bash_history, .bash_history*]
    withheld:
      - name: credentials of users
        paths: [~/.netrc]
    private_keys: [~/.ssh/**, /etc/ssh/**]
"""

RETURN = r"""
part:
  description: The part in the workspace, its C(name), C(size), C(sha256) and number of C(entries).
  returned: always
  type: dict
  sample: {"name": "20-accounts", "size": 81920, "sha256": "9f86d081884c7d65...", "entries": 212}
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
  sample: {"collected": 131, "absent": 74, "withheld": 6}
summary:
  description: Number of C(homes), of files in C(histories), and of C(private_keys).
  returned: success
  type: dict
  sample: {"homes": 14, "histories": 9, "private_keys": 5}
seconds:
  description: How long it took.
  returned: success
  type: float
  sample: 2.31
"""

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _module
from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts._accounts import collect

_NAMED = dict(
    name=dict(type="str", required=True), paths=dict(type="list", elements="str", required=True), why=dict(type="str")
)
_LIMITED = dict(_NAMED, limit=dict(type="int"), settings=dict(type="bool", default=False))
_HOME = dict(
    _LIMITED, history=dict(type="bool", default=False), shells=dict(type="list", elements="str", default=[])
)
_COMMAND = dict(
    name=dict(type="str", required=True),
    argv=dict(type="list", elements="str", required=True),
    timeout=dict(type="int", default=20),
    each=dict(type="list", elements="str", default=[]),
    passwd=dict(type="bool", default=False, no_log=False),
    why=dict(type="str"),
)


def main():
    _module.run("accounts", collect, dict(
        home_artifacts=dict(type="list", elements="dict", default=[], options=_HOME),
        artifacts=dict(type="list", elements="dict", default=[], options=_LIMITED),
        withheld=dict(type="list", elements="dict", default=[], options=_NAMED),
        private_keys=dict(type="list", elements="str", default=[], no_log=False),
        commands=dict(type="list", elements="dict", default=[], options=_COMMAND),
    ))


if __name__ == "__main__":
    main()
