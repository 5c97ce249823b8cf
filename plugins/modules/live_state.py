#!/usr/bin/python

# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: live_state
short_description: Collect what only the running system of a suspect host knows
version_added: 0.1.0
description:
  - Takes, in order of volatility, identity and clocks, how honest its own view can be, every process with its threads,
    open and mapped files, the sockets of every network namespace joined with their processes, mounts of every mount
    namespace, kernel messages, modules and settings.
  - Recovers programs that run, files that are mapped, and files that are open, but have lost their names (deleted, or
    never on a disk). Hashes every program that runs.
  - Compares views. Processes that are listed with those that answer to their number, folders as libc and as the kernel
    lists them, names of processes with their programs, shells with sockets, lists of kernel modules with each other.
    Each difference is a row of the table C(cross_views), each comparison one of the table C(checks).
  - Programs of the host are run last, as a second opinion.
author:
  - The csirt.linux_triage authors (@csirt)
extends_documentation_fragment:
  - csirt.linux_triage.attributes
  - csirt.linux_triage.attributes.collectors
  - csirt.linux_triage.collector
options:
  artifacts:
    description: Files to take, of C(/proc) and C(/sys) and elsewhere.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: A short name for the manifest.
        type: str
        required: true
      paths:
        description: Absolute paths or globs. C(*), C(?) and C([...]) match within a name, C(**) any number of folders.
        type: list
        elements: str
        required: true
      limit:
        description: Bytes of one file that are taken at the most. O(max_file_size) when not set.
        type: int
      why:
        description: What it is wanted for. For readers of the catalogue.
        type: str
  listings:
    description: Globs. The paths that match them are listed in C(live/listings.txt).
    type: list
    elements: str
    default: []
  commands:
    description: Programs of the host to run as a second opinion, in this order.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the file with the output, C(live/commands/<name>.txt).
        type: str
        required: true
      argv:
        description:
          - The program and its arguments.
          - V({modules}) as an argument stands for the names of all loaded kernel modules.
        type: list
        elements: str
        required: true
      timeout:
        description: Seconds after which it is ended.
        type: int
        default: 20
      modules:
        description:
          - Kernel modules of which one must be loaded or built in. For programs that would make the kernel load them.
        type: list
        elements: str
        default: []
      processes:
        description: Names of processes of which one must run. For programs that would start a service.
        type: list
        elements: str
        default: []
      local:
        description: Whether it is left out where network file systems are mounted. For programs that ask every mount.
        type: bool
        default: false
      why:
        description: What it is wanted for. For readers of the catalogue.
        type: str
  environ:
    description:
      - What goes home of the environments of processes, where applications keep passwords.
      - With V(interesting), the names of all variables and the values of those that say how a process was started, from
        where, and what was loaded into it.
    type: str
    choices: [all, interesting, none]
    default: interesting
  max_recovered:
    description: MiB of one file without a name that are recovered at the most. Of open files 64 at the most.
    type: int
    default: 256
  max_recovered_total:
    description: MiB of files without a name that are recovered in all.
    type: int
    default: 1024
  sweep_seconds:
    description:
      - Seconds that asking for every process number may take. What wasn't reached is named in the table C(checks).
    type: int
    default: 5
notes:
  - Processes and files of network file systems, of automounts and of FUSE are named, but their files aren't touched.
seealso:
  - module: csirt.linux_triage.workspace
  - module: csirt.linux_triage.evidence_fetch
"""

EXAMPLES = r"""
- name: Collect the live state
  csirt.linux_triage.live_state:
    workspace: "{{ workspace.path }}"
    part: 10-live_state
    artifacts:
      - name: load
        paths: [/proc/loadavg, /proc/pressure/*]
    commands:
      - name: ss
        argv: [ss, -n, -a, -p]
        timeout: 60

- name: Collect the live state without running any program of the host
  csirt.linux_triage.live_state:
    workspace: "{{ workspace.path }}"
    part: 10-live_state
    environ: none
"""

RETURN = r"""
part:
  description: The part in the workspace, its C(name), C(size), C(sha256) and number of C(entries).
  returned: always
  type: dict
  sample:
    name: 10-live_state
    size: 1369127
    sha256: 3218d62323a8f32605049b552011b89e67c7be63b73af4c0a2afd8c69b32ee67
    entries: 391
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
  sample: {"collected": 376, "absent": 32}
summary:
  description: Number of C(processes), C(sockets), C(modules), of C(recovered) files, and of C(cross_views) that differ.
  returned: success
  type: dict
  sample: {"processes": 148, "sockets": 307, "modules": 92, "recovered": 1, "cross_views": 0}
seconds:
  description: How long it took.
  returned: success
  type: float
  sample: 2.31
"""

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _module
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._live_state import collect

_ARTIFACT = dict(
    name=dict(type="str", required=True),
    paths=dict(type="list", elements="str", required=True),
    limit=dict(type="int"),
    why=dict(type="str"),
)
_COMMAND = dict(
    name=dict(type="str", required=True),
    argv=dict(type="list", elements="str", required=True),
    timeout=dict(type="int", default=20),
    modules=dict(type="list", elements="str", default=[]),
    processes=dict(type="list", elements="str", default=[]),
    local=dict(type="bool", default=False),
    why=dict(type="str"),
)


def main():
    _module.run("live_state", collect, dict(
        artifacts=dict(type="list", elements="dict", default=[], options=_ARTIFACT),
        listings=dict(type="list", elements="str", default=[]),
        commands=dict(type="list", elements="dict", default=[], options=_COMMAND),
        environ=dict(type="str", choices=["all", "interesting", "none"], default="interesting"),
        max_recovered=dict(type="int", default=256),
        max_recovered_total=dict(type="int", default=1024),
        sweep_seconds=dict(type="int", default=5),
    ))


if __name__ == "__main__":
    main()
