#!/usr/bin/python

# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: evidence_verify
short_description: Verify sealed evidence
version_added: 0.1.0
description:
  - For every run at or below a folder, follows the chain of custody, compares the archive's SHA-256, the bytes of each
    part in it, and each item with its manifest row, and names what was altered.
  - Reads only, on the control node. Can be repeated at any time.
author:
  - The csirt.linux_triage authors (@csirt)
extends_documentation_fragment:
  - csirt.linux_triage.attributes
  - csirt.linux_triage.attributes.action
options:
  path:
    description: A run's folder, a host's, a case's, or the folder of all evidence.
    type: path
    required: true
"""

EXAMPLES = r"""
- name: Verify a case
  csirt.linux_triage.evidence_verify:
    path: /srv/evidence/acme-2026-11
"""

RETURN = r"""
runs:
  description: Every run with what was altered, damaged or lost in it.
  returned: always
  type: list
  elements: dict
  sample: [{"folder": "/srv/evidence/acme-2026-11/web01/20261123T045133Z", "problems": []}]
"""

# Carried out on the control node: plugins/action/evidence_verify.py
