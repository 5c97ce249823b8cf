#!/usr/bin/python

# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: evidence_note
short_description: Add an event to a run's chain of custody
version_added: 0.1.0
description:
  - Writes one line to C(custody.jsonl) in the run's folder on the control node.
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
    description: The run's folder on the control node.
    type: path
    required: true
  event:
    description: What happened.
    type: str
    choices:
      - problem
      - workspace
      - workspace_removed
    required: true
  facts:
    description: What is to be said of it.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Note that a collector died
  csirt.linux_triage.evidence_note:
    folder: "{{ preflight.folder }}"
    event: problem
    facts:
      step: 20-accounts
      msg: the module ended without a result
"""

RETURN = r""" # """

# Carried out on the control node: plugins/action/evidence_note.py
