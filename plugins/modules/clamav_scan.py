#!/usr/bin/python

# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: clamav_scan
short_description: Let ClamAV look at the files of a suspect host
version_added: 0.1.0
description:
  - Runs C(clamscan), that of a bundle if one was sent, else the host's own, over local file systems.
  - Nothing is installed. A bundle is unpacked in the workspace; with O(fetch) the host's apt fetches what is missing into the
    workspace, with its lists and its log there too.
  - The scanner runs in a mount namespace of its own where the host is read only, access times stay as they were and network
    file systems are not there. Where the kernel forbids that, it runs without, and C(view) in the row of C(av_runs) is
    V(plain); access times change then.
  - Each hit is a row of the table C(av_hits) and goes home as bytes. C(av_runs) has a row for the scan itself.
author:
  - The csirt.linux_triage authors (@csirt)
extends_documentation_fragment:
  - csirt.linux_triage.attributes
  - csirt.linux_triage.attributes.collectors
  - csirt.linux_triage.collector
  - csirt.linux_triage.scanner
options:
  fetch:
    description: Whether apt may fetch C(clamav) into the workspace where the host has none.
    type: bool
    default: false
  freshclam:
    description: Whether signatures may be fetched into the workspace where there are none.
    type: bool
    default: false
  signature_urls:
    description: Addresses of signature files for O(freshclam), instead of the official ones.
    type: list
    elements: str
    default: []
  paths:
    description: Absolute paths to scan.
    type: list
    elements: str
    default: [/]
  exclude:
    description: Absolute paths of folders to leave out.
    type: list
    elements: str
    default: []
  max_scan_size:
    description: MiB of the largest file that is scanned.
    type: int
    default: 100
seealso:
  - module: csirt.linux_triage.bundle_send
  - module: csirt.linux_triage.rkhunter_scan
"""

EXAMPLES = r"""
- name: Scan with what is on the host
  csirt.linux_triage.clamav_scan:
    workspace: "{{ workspace.path }}"
    part: 70-clamav_scan
    max_seconds: 3600
"""

RETURN = r"""
part:
  description: The part in the workspace, its C(name), C(size), C(sha256) and number of C(entries).
  returned: always
  type: dict
  sample: {"name": "70-clamav_scan", "size": 20480, "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "entries": 6}
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
from ansible_collections.csirt.linux_triage.plugins.module_utils._malware._clamav_scan import collect


def main():
    _module.run("clamav_scan", collect, dict(
        bundle=dict(type="path"),
        bundle_sha256=dict(type="str", default=""),
        fetch=dict(type="bool", default=False),
        freshclam=dict(type="bool", default=False),
        signature_urls=dict(type="list", elements="str", default=[]),
        paths=dict(type="list", elements="str", default=["/"]),
        exclude=dict(type="list", elements="str", default=[]),
        max_scan_size=dict(type="int", default=100),
    ))


if __name__ == "__main__":
    main()
