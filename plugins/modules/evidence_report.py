#!/usr/bin/python

# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: evidence_report
short_description: Say which hosts are compromised, and why
version_added: 0.1.0
description:
  - Verifies sealed archives at home, loads their tables into a database, compares the hosts of each kind with each other, runs
    the rules, and ranks the hosts by what was found.
  - Writes C(report/) into the case's folder, in place of an earlier report, with C(index.html), a page for each host,
    C(timeline/), C(findings.jsonl) and the database C(case.duckdb). Prints five lines for each host, the worst first.
  - The same evidence and the same rules give the same findings, whenever it is made.
  - Works on the control node, and needs DuckDB there. The hosts are not touched.
author:
  - The csirt.linux_triage authors (@csirt)
extends_documentation_fragment:
  - csirt.linux_triage.attributes
  - csirt.linux_triage.attributes.action
attributes:
  check_mode:
    support: none
options:
  output:
    description: Folder of all evidence.
    type: path
    default: evidence
  case:
    description:
      - Name of the case. Of each of its hosts the newest sealed run is taken.
      - The case with the newest run when empty.
    type: str
    default: ""
  archives:
    description: Sealed archives, or folders of runs, to take instead of those of a case.
    type: list
    elements: path
    default: []
  rules:
    description: Folder with the rules, one YAML file a rule.
    type: path
    required: true
  rules_dirs:
    description: Further folders with rules.
    type: list
    elements: path
    default: []
  role_groups:
    description: Groups of the inventory that tell kinds of hosts apart. Hosts are compared within their distribution, release and these.
    type: list
    elements: str
    default: []
  accept_altered:
    description: Make the report also on archives that are not what was sealed. It says so.
    type: bool
    default: false
  yara_rules:
    description: Files with YARA rules to try on the files that came home. Needs C(yara-x) on the control node.
    type: list
    elements: path
    default: []
  clamav:
    description: Whether C(clamscan) of the control node looks at the files that came home.
    type: bool
    default: false
  clamav_signatures:
    description: A folder with signatures for it, instead of this machine's own.
    type: path
seealso:
  - module: csirt.linux_triage.evidence_verify
"""

EXAMPLES = r"""
- name: Report on a case
  csirt.linux_triage.evidence_report:
    output: /srv/evidence
    case: acme-2026-11
    rules: roles/report/files/rules
    rules_dirs: [/srv/rules]
"""

RETURN = r"""
folder:
  description: Where the report lies.
  returned: success
  type: str
  sample: /srv/evidence/acme-2026-11/report
findings:
  description: How many there are.
  returned: success
  type: int
  sample: 17
hosts:
  description: The hosts, the worst first, with C(rank), C(score), C(verdict), the five C(lines), and what has C(weakened) the verdict.
  returned: success
  type: list
  elements: dict
  sample:
    - host: web02
      rank: 1
      score: 290
      verdict: compromised
      lines: ["What: compromised, sum 290 (3 critical): ..."]
      weakened: []
failed_rules:
  description: Rules that could not run, each with the reason.
  returned: success
  type: dict
  sample: {}
failed_outputs:
  description: What of C(logs), C(timelines) and C(pages) could not be made, each with the reason.
  returned: success
  type: dict
  sample: {}
not_home:
  description: Hosts of the case whose newest run brought nothing home.
  returned: success
  type: list
  elements: str
  sample: []
not_readable:
  description: Hosts of which a run can't be read, with the reason in the report.
  returned: success
  type: list
  elements: str
  sample: []
altered:
  description: What is not as it was sealed, where O(accept_altered) let it pass.
  returned: success
  type: list
  elements: str
  sample: []
"""

# Carried out on the control node: plugins/action/evidence_report.py
