# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  webservices:
    description:
      - Configuration files of web servers, or folders with some, in addition to those that are found.
      - Which server one is for is seen from its name or its content.
    type: list
    elements: str
    default: []
"""

    WEBROOTS = r"""
options:
  webroots:
    description: Folders that are served, in addition to those that are found.
    type: list
    elements: str
    default: []
"""
