#!/usr/bin/python

# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: evidence_summary
short_description: Show what came home from each host
version_added: 0.1.0
description:
  - Prints one row a host, those first whose evidence is incomplete, with the archive's path and SHA-256.
  - Works on the control node, from what lies there.
author:
  - The csirt.linux_triage authors (@csirt)
extends_documentation_fragment:
  - csirt.linux_triage.attributes
  - csirt.linux_triage.attributes.action
options:
  folders:
    description: For every host the folder of its run, or nothing where it has none.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what came home
  csirt.linux_triage.evidence_summary:
    folders:
      web01: /srv/evidence/acme-2026-11/web01/20261123T045133Z
  run_once: true
"""

RETURN = r"""
incomplete:
  description: Hosts whose evidence is incomplete.
  returned: success
  type: list
  elements: str
  sample: [web02]
"""

# Carried out on the control node: plugins/action/evidence_summary.py
