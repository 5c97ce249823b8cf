#!/usr/bin/python

# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: web_content
short_description: Take the scripts and programs in folders that are served and in drop zones
version_added: 0.1.0
description:
  - Looks through everything that the host's web servers serve or run (document roots, aliases, script paths, folders of
    users, of containers as well), through C(/tmp), C(/var/tmp), C(/dev/shm), C(/run) and C(/dev), and through hidden files
    and folders in homes.
  - In served folders every name is a row of the table C(web_files). Scripts, by their name, their first line or a script
    tag in them, go home as bytes, and so do programs (ELF, shared objects, PE32).
  - Elsewhere what is a program or script by its content has a row and goes home, and every regular file in C(/dev).
  - Scripts hold secrets as well, C(wp-config.php) for one. They go home as they are. Private keys don't.
  - Files of containers are in C(live/web/<pid>/root/).
  - No link is followed out of a tree. Network file systems are not touched. What is mounted in a drop zone for a container
    or as an image of a program is not entered.
  - Each tree has its share of time and bytes, so that none can be filled to hide what lies in another one. Scripts come
    first, and the files that changed last (by ctime). What was left is in the manifest.
author:
  - The csirt.linux_triage authors (@csirt)
extends_documentation_fragment:
  - csirt.linux_triage.attributes
  - csirt.linux_triage.attributes.collectors
  - csirt.linux_triage.collector
  - csirt.linux_triage.web_servers.webroots
  - csirt.linux_triage.web_servers
seealso:
  - module: csirt.linux_triage.web_services
  - module: csirt.linux_triage.evidence_fetch
"""

EXAMPLES = r"""
- name: Take web content, also of a folder that no configuration names
  csirt.linux_triage.web_content:
    workspace: "{{ workspace.path }}"
    part: 41-web_content
    webroots: [/data/shop/htdocs]
"""

RETURN = r"""
part:
  description: The part in the workspace, its C(name), C(size), C(sha256) and number of C(entries).
  returned: always
  type: dict
  sample: {"name": "41-web_content", "size": 20480, "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "entries": 61}
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
  sample: {"collected": 57, "absent": 1}
summary:
  description: Number of C(files) with a row, of C(scripts) and C(programs) among them, and of files that were C(taken).
  returned: success
  type: dict
  sample:
    files: 5120
    scripts: 1893
    programs: 2
    taken: 1895
seconds:
  description: How long it took.
  returned: success
  type: float
  sample: 2.4
"""

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _module
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_content import collect


def main():
    _module.run("web_content", collect, dict(
        webroots=dict(type="list", elements="str", default=[]),
        webservices=dict(type="list", elements="str", default=[]),
    ))


if __name__ == "__main__":
    main()
