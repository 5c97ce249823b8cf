#!/usr/bin/python

# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: webshell_scan
short_description: Tell web shells among the scripts that a suspect host serves
version_added: 0.1.0
description:
  - Reads every script in the folders that the host's web servers serve, by name or content, also in pictures, and settings
    such as C(.htaccess) and C(.user.ini), and follows values through it without running anything. No PHP is needed.
  - A shell is told by what it does (request data that is run, names that are hidden, files that are written), not by its
    name. Constants are worked out, code that a script would unpack is unpacked and read as well, layer by layer.
  - Each hit of a rule is a row of the table C(webshell_hits), with the score of its file. Rules see different signals;
    several signals make a high score, one alone seldom does. From 60 on a file is likely a web shell, from 30 on it is
    worth a look.
  - C(webshell_trees) has a row for each folder that was looked through, so that a missing hit means something.
  - A file has ten seconds of CPU time. Of files larger than 8 MiB the beginning and the end are read. The manifest names
    them.
  - Of a C(.jar) or C(.war) the packed files are not read; a server that unpacks one serves what it unpacked, which is.
author:
  - The csirt.linux_triage authors (@csirt)
extends_documentation_fragment:
  - csirt.linux_triage.attributes
  - csirt.linux_triage.attributes.collectors
  - csirt.linux_triage.collector
  - csirt.linux_triage.web_servers.webroots
  - csirt.linux_triage.web_servers
options:
  rules:
    description: The rules. Those of the collection are in C(roles/web/vars/main.yml), with the names of facts.
    type: list
    elements: dict
    required: true
    suboptions:
      id:
        description: A short name.
        type: str
        required: true
      title:
        description: What a hit means, in one line.
        type: str
        required: true
      weight:
        description: From 0 to 100, how sure one hit makes that the file is a web shell.
        type: int
        required: true
      language:
        description: Only files in this language. All when left out.
        type: str
        choices: [php, jsp, asp, python, perl, ruby, shell, lua, go, js, htaccess, user_ini, other]
      attack:
        description: The technique of ATT&CK.
        type: str
      signal:
        description: Rules of one signal see the same thing, the heaviest counts. The O(rules[].id) when left out.
        type: str
      why:
        description: Why it is suspicious, and what else it may be.
        type: str
      facts:
        description: Facts of which O(rules[].at_least) make a hit.
        type: list
        elements: str
      at_least:
        description: How many of O(rules[].facts) are needed.
        type: int
        default: 1
      patterns:
        description: Regular expressions of which one that matches the file makes a hit.
        type: list
        elements: str
      max_size:
        description: Bytes of a file beyond which the rule says nothing.
        type: int
seealso:
  - module: csirt.linux_triage.web_content
  - module: csirt.linux_triage.evidence_fetch
"""

EXAMPLES = r"""
- name: Look for scripts that run what the request says
  csirt.linux_triage.webshell_scan:
    workspace: "{{ workspace.path }}"
    part: 42-webshell_scan
    rules:
      - id: request-command
        title: Request data is run as a command
        weight: 84
        attack: T1505.003
        facts: [command.request]
      - id: our-incident
        title: The shell of last week
        weight: 90
        language: php
        patterns: ['X-Cache-Token-7f3a']
"""

RETURN = r"""
part:
  description: The part in the workspace, its C(name), C(size), C(sha256) and number of C(entries).
  returned: always
  type: dict
  sample: {"name": "42-webshell_scan", "size": 20480, "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "entries": 3}
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
  sample: {"truncated": 1}
summary:
  description: Number of C(scripts) that were read, and of those that are C(likely) web shells or C(suspicious).
  returned: success
  type: dict
  sample:
    scripts: 1893
    likely: 1
    suspicious: 2
seconds:
  description: How long it took.
  returned: success
  type: float
  sample: 9.4
"""

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _module
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._webshell_scan import collect

LANGUAGES = (
    "php", "jsp", "asp", "python", "perl", "ruby", "shell", "lua", "go", "js", "htaccess", "user_ini", "other",
)


def main():
    _module.run("webshell_scan", collect, dict(
        rules=dict(type="list", elements="dict", required=True, options=dict(
            id=dict(type="str", required=True),
            title=dict(type="str", required=True),
            weight=dict(type="int", required=True),
            language=dict(type="str", choices=list(LANGUAGES)),
            attack=dict(type="str"),
            signal=dict(type="str"),
            why=dict(type="str"),
            facts=dict(type="list", elements="str"),
            at_least=dict(type="int", default=1),
            patterns=dict(type="list", elements="str"),
            max_size=dict(type="int"),
        )),
        webroots=dict(type="list", elements="str", default=[]),
        webservices=dict(type="list", elements="str", default=[]),
    ))


if __name__ == "__main__":
    main()
