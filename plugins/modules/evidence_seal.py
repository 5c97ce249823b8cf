#!/usr/bin/python

# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: evidence_seal
short_description: Join the parts of a run into one sealed archive
version_added: 0.1.0
description:
  - Compares every part with what came home, joins them, makes the tables that can be made from the bytes, adds
    C(0_SCRIPT-ERRORS.txt), C(1_OUTPUT-TREE.txt), C(run.json) and the bodyfile, and writes the archive's SHA-256.
  - A run with parts missing or torn is sealed as well, and says so.
  - Works on the control node. The host is not touched.
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
  expected:
    description: Names of the parts that a complete run has.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Seal the run
  csirt.linux_triage.evidence_seal:
    folder: "{{ preflight.folder }}"
    expected: [10-live_state, 20-accounts, 50-file_listing]
"""

RETURN = r"""
archive:
  description: The sealed archive.
  returned: success
  type: str
  sample: /srv/evidence/acme-2026-11/web01/20261123T045133Z/web01.tar.gz
size:
  description: Its bytes.
  returned: success
  type: int
  sample: 5242880
sha256:
  description: Its SHA-256.
  returned: success
  type: str
  sample: 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824
custody:
  description: SHA-256 of the last line of the chain of custody. Noted elsewhere, it fixes the whole chain.
  returned: success
  type: str
  sample: 037d604c1c026b9f815eaeda9bad221290c9f6354587d3ca87f54c4b7466fad4
complete:
  description: Whether every expected part is home and whole.
  returned: success
  type: bool
  sample: true
missing:
  description: Parts that are not home.
  returned: success
  type: list
  elements: str
  sample: []
cut:
  description: Parts whose collector stopped before its end.
  returned: success
  type: list
  elements: str
  sample: []
states:
  description: Number of items by state.
  returned: success
  type: dict
  sample: {"collected": 812, "absent": 120}
"""

# Carried out on the control node: plugins/action/evidence_seal.py
