#!/usr/bin/python

# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: preflight
short_description: Say what stands in the way of a triage before a host is touched
version_added: 0.1.0
description:
  - Checks the names and types of all O(ignore:triage_*) options and of the ancestor's flags, the dates among them, and whether what they
    name on the control node is there; makes the run's folder on the control node, and asks the host's shell who it is logged in as,
    which Pythons there are, and what time it is.
  - Changes nothing on the host.
author:
  - The csirt.linux_triage authors (@csirt)
extends_documentation_fragment:
  - csirt.linux_triage.attributes
  - csirt.linux_triage.attributes.action
attributes:
  check_mode:
    support: none
options:
  output:
    description: Folder on the control node below which evidence is kept.
    type: path
    default: evidence
  case:
    description: Name of the case. The day in UTC when empty, for example V(triage-20261123).
    type: str
    default: ""
  unprivileged:
    description: Go on without root on the host.
    type: bool
    default: false
  options:
    description:
      - The options of the run as they are to be recorded in the chain of custody.
      - C(triage_since) and C(triage_until) among them are read as dates.
    type: dict
    default: {}
  only_options:
    description: Check the options and nothing else.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Look at the options and the host
  csirt.linux_triage.preflight:
    output: /srv/evidence
    case: acme-2026-11
  become: true
  register: preflight
"""

RETURN = r"""
folder:
  description: The run's folder on the control node.
  returned: unless O(only_options=true)
  type: str
  sample: /srv/evidence/acme-2026-11/web01/20261123T045133Z
case:
  description: Name of the case.
  returned: always
  type: str
  sample: acme-2026-11
since:
  description: Where the window of the logs begins, in UTC. Empty when nothing was said.
  returned: unless O(only_options=true)
  type: str
  sample: "2026-03-28T23:00:00Z"
until:
  description: Where it ends.
  returned: unless O(only_options=true)
  type: str
  sample: ""
uid:
  description: User id of the login user on the host.
  returned: success
  type: int
  sample: 1000
python:
  description: The Python on the host that the collectors will use.
  returned: success
  type: str
  sample: /usr/bin/python3
python_version:
  description: Its version.
  returned: success
  type: str
  sample: 3.11.2
kernel:
  description: Name, release and machine of the host's kernel.
  returned: success
  type: str
  sample: Linux 6.1.0-18-amd64 x86_64
clock:
  description: The host's clock minus the control node's, and how exact that is, in seconds.
  returned: success
  type: dict
  sample: {"offset": -0.42, "uncertainty": 0.02, "measured": 1763873493.5}
token:
  description: Random name for the workspace.
  returned: success
  type: str
  sample: 0f3c9a7be2d14c5896ab01ef
"""

# Carried out on the control node: plugins/action/preflight.py
