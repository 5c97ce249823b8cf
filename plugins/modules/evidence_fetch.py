#!/usr/bin/python

# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: evidence_fetch
short_description: Bring one part of the evidence home and verify it
version_added: 0.1.0
description:
  - Streams a finished part over the connection's own file transfer, as the login user, and compares its SHA-256 with the
    one that the collector announced. What the login user can't read, or where there is no file transfer, is pulled in
    chunks of 4 MiB. Neither machine holds a part in memory.
  - The part is removed from the host only when it was verified at home.
  - Without O(collected) it saves what an unfinished collector left.
author:
  - The csirt.linux_triage authors (@csirt)
extends_documentation_fragment:
  - csirt.linux_triage.attributes
  - csirt.linux_triage.attributes.action
attributes:
  check_mode:
    support: none
options:
  folder:
    description: The run's folder on the control node, from M(csirt.linux_triage.preflight).
    type: path
    required: true
  workspace:
    description: The workspace on the host.
    type: str
    required: true
  part:
    description: Name of the part.
    type: str
    required: true
  collected:
    description: The registered result of the collector.
    type: dict
  max_size:
    description: MiB that a part may have at the most.
    type: int
    default: 8192
  max_total:
    description: MiB that a part which comes in pieces may have. No further piece is asked for then.
    type: int
    default: 102400
  max_seconds:
    description: Seconds from its first piece after which no further piece of a part is asked for.
    type: int
    default: 14400
"""

EXAMPLES = r"""
- name: Bring the part home
  csirt.linux_triage.evidence_fetch:
    folder: "{{ preflight.folder }}"
    workspace: "{{ workspace.path }}"
    part: 20-accounts
    collected: "{{ accounts }}"
"""

RETURN = r"""
path:
  description: The part at home.
  returned: success
  type: str
  sample: /srv/evidence/acme-2026-11/web01/20261123T045133Z/parts/20-accounts.tar.gz
size:
  description: Its bytes.
  returned: success
  type: int
  sample: 1048576
more:
  description: Whether another piece is to be asked for.
  returned: when a collector announced the part
  type: bool
  sample: false
sha256:
  description: Its SHA-256.
  returned: success
  type: str
  sample: 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824
"""

# Carried out on the control node: plugins/action/evidence_fetch.py
