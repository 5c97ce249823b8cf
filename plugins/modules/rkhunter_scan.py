#!/usr/bin/python

# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: rkhunter_scan
short_description: Let rkhunter look at a suspect host
version_added: 0.1.0
description:
  - Runs rkhunter, that of a bundle if one was sent, else the host's own. All that it writes goes to the workspace.
  - Nothing is installed, and the baseline of file properties is never renewed.
  - It runs in the same quiet view as M(csirt.linux_triage.clamav_scan). rkhunter is a shell script that asks the host's own
    programs, so what it says is worth as much as they are.
  - Its warnings are rows of the table C(av_hits), its log is C(live/rkhunter/rkhunter.log).
author:
  - The csirt.linux_triage authors (@csirt)
extends_documentation_fragment:
  - csirt.linux_triage.attributes
  - csirt.linux_triage.attributes.collectors
  - csirt.linux_triage.collector
  - csirt.linux_triage.scanner
options:
  fetch:
    description: Whether apt may fetch C(rkhunter) into the workspace where the host has none.
    type: bool
    default: false
seealso:
  - module: csirt.linux_triage.bundle_send
  - module: csirt.linux_triage.clamav_scan
"""

EXAMPLES = r"""
- name: Scan with what is on the host
  csirt.linux_triage.rkhunter_scan:
    workspace: "{{ workspace.path }}"
    part: 71-rkhunter_scan
"""

RETURN = r"""
part:
  description: The part in the workspace, its C(name), C(size), C(sha256) and number of C(entries).
  returned: always
  type: dict
  sample: {"name": "71-rkhunter_scan", "size": 20480, "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "entries": 6}
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
  sample: {"collected": 3}
summary:
  description: C(hits), C(scanner) (V(workspace) or V(host)), C(view) (V(quiet) or V(plain)).
  returned: success
  type: dict
  sample: {"hits": 1, "scanner": "workspace", "view": "quiet"}
seconds:
  description: How long it took.
  returned: success
  type: float
  sample: 412.7
"""

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _module
from ansible_collections.csirt.linux_triage.plugins.module_utils._malware._rkhunter_scan import collect


def main():
    _module.run("rkhunter_scan", collect, dict(
        bundle=dict(type="path"),
        bundle_sha256=dict(type="str", default=""),
        fetch=dict(type="bool", default=False),
    ))


if __name__ == "__main__":
    main()
