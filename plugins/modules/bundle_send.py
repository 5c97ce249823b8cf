#!/usr/bin/python

# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: bundle_send
short_description: Send a scanner and its signatures into the workspace of a host
version_added: 0.1.0
description:
  - Packages are unpacked on the control node, never installed. What arrives on the host lies in the workspace and goes away
    with it.
  - The bundle is made once for all hosts of a case and kept in the folder C(bundles) of the case.
author:
  - The csirt.linux_triage authors (@csirt)
extends_documentation_fragment:
  - csirt.linux_triage.attributes
  - csirt.linux_triage.attributes.action
attributes:
  check_mode:
    support: none
options:
  workspace:
    description: The folder that M(csirt.linux_triage.workspace) made on the host.
    type: str
    required: true
  owner:
    description: User id of the login user, who sends it.
    type: int
    required: true
  folder:
    description: The run's folder on the control node.
    type: path
    required: true
  tree:
    description:
      - A folder with packages (C(.deb)) of the scanner and of the libraries that hosts lack, a folder in which they are
        unpacked already, or a tar file of one.
    type: path
  signatures:
    description: A folder with signatures.
    type: path
seealso:
  - module: csirt.linux_triage.clamav_scan
  - module: csirt.linux_triage.rkhunter_scan
"""

EXAMPLES = r"""
- name: Send ClamAV
  csirt.linux_triage.bundle_send:
    workspace: "{{ workspace.path }}"
    owner: 1000
    folder: "{{ preflight.folder }}"
    tree: /srv/tools/clamav-debs
    signatures: /var/lib/clamav
  register: bundle
"""

RETURN = r"""
path:
  description: Where it lies on the host.
  returned: success
  type: str
  sample: /var/tmp/.linux_triage-0123456789abcdef01234567/incoming-0a1b2c3d/bundle.tar.gz
sha256:
  description: SHA-256 of what was sent.
  returned: success
  type: str
  sample: 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824
size:
  description: Its bytes.
  returned: success
  type: int
  sample: 231211008
"""
