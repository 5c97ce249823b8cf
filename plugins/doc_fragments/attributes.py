# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
    support: full
  diff_mode:
    description: Returns details on what has changed, or possibly needs changing, in C(diff) mode.
    support: none
  platform:
    description: The systems the module works on.
    platforms: Linux
    support: full
"""

    # For modules that are carried out on the control node by an action plugin.
    ACTION = r"""
options: {}
attributes:
  action:
    description: Has an action plugin that does its work on the control node.
    support: full
"""

    COLLECTORS = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/csirt.linux_triage.collectors) in C(module_defaults) to set defaults for these modules.
    support: full
    membership:
      - csirt.linux_triage.collectors
"""
