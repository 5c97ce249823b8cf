# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  bundle:
    description: A bundle that M(csirt.linux_triage.bundle_send) sent.
    type: path
  bundle_sha256:
    description: Its SHA-256. Without it the bundle is not used.
    type: str
    default: ""
"""
