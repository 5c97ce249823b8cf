#!/usr/bin/python

# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: workspace
short_description: Make or remove the one folder on a suspect host that is ours
version_added: 0.1.0
description:
  - Makes a folder with an unguessable name under the roomiest of some candidate folders, after it has seen
    that there is room enough, or removes it again with what the collectors left in it and nothing else.
  - Network file systems are never candidates and are not touched.
author:
  - The csirt.linux_triage authors (@csirt)
extends_documentation_fragment:
  - csirt.linux_triage.attributes
attributes:
  check_mode:
    support: full
options:
  state:
    description:
      - Whether the workspace should be there.
      - With V(stopped), a collector that lost its control node and still works there is ended, and its files stay.
    type: str
    choices:
      - present
      - stopped
      - absent
    default: present
  token:
    description: Random small letters and digits, 16 to 64 of them, that end the folder's name. Needed with O(state=present).
    type: str
  candidates:
    description: Folders to choose from. Leftovers of other runs are looked for in all of them.
    type: list
    elements: path
    default:
      - /var/tmp
      - /tmp
      - /dev/shm
      - /run
  min_space:
    description: MiB that must be free. With V(0) nothing is demanded.
    type: int
    default: 512
  path:
    description: The workspace to stop or to remove. Needed with O(state=stopped) and O(state=absent).
    type: path
seealso:
  - module: csirt.linux_triage.evidence_fetch
"""

EXAMPLES = r"""
- name: Make the workspace
  csirt.linux_triage.workspace:
    token: "{{ lookup('ansible.builtin.password', '/dev/null', chars=['ascii_lowercase', 'digits'], length=24) }}"
  register: workspace

- name: Remove it
  csirt.linux_triage.workspace:
    state: absent
    path: "{{ workspace.path }}"
"""

RETURN = r"""
path:
  description: The workspace.
  returned: O(state=present)
  type: str
  sample: /var/tmp/.linux_triage-0f3c9a7be2d14c5896ab01ef
free:
  description: Bytes that were free there.
  returned: O(state=present)
  type: int
  sample: 53687091200
leftovers:
  description: Workspaces of other runs that lie on the host.
  returned: O(state=present)
  type: list
  elements: dict
  sample: [{"path": "/var/tmp/.linux_triage-00112233445566778899aabb", "size": 1048576}]
identity:
  description: What tells this host from others, C(hostname), C(machine_id), C(boot_id), C(os).
  returned: O(state=present)
  type: dict
  sample: {"hostname": "web01", "machine_id": "b08dfa6083e7567a1921a715000001fb"}
left:
  description: Names in the workspace that are not ours. The folder stays when there are any.
  returned: O(state=absent)
  type: list
  elements: str
  sample: []
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _workspace
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

IDENTITY = (
    ("hostname", "/proc/sys/kernel/hostname"), ("machine_id", "/etc/machine-id"),
    ("boot_id", "/proc/sys/kernel/random/boot_id"), ("os", "/etc/os-release"),
)


def identity():
    facts = {}
    for name, path in IDENTITY:
        try:
            with open(path, "rb") as stream:
                content = stream.read(4096)
        except (IOError, OSError):
            continue
        if name == "os":
            content = b"".join(line[12:] for line in content.splitlines() if line.startswith(b"PRETTY_NAME=")).strip(b'"')
        facts[name] = escape(content.strip()[:200])
    return facts


def present(module):
    candidates = [path.encode("utf-8") for path in module.params["candidates"]]
    leftovers = [dict(path=escape(path), size=size) for path, size in _workspace.leftovers(candidates)]
    if module.check_mode:
        module.exit_json(changed=True, leftovers=leftovers)
    path, free = _workspace.make(candidates, module.params["token"], module.params["min_space"] << 20)
    module.exit_json(changed=True, path=path.decode("utf-8"), free=free, leftovers=leftovers, identity=identity())


def stopped(module):
    if not module.check_mode:
        _workspace.stop(module.params["path"].encode("utf-8"))
    module.exit_json(changed=True)


def absent(module):
    path = module.params["path"].encode("utf-8")
    if module.check_mode:
        module.exit_json(changed=True, left=[])
    left = _workspace.remove(path)
    module.exit_json(changed=True, left=[escape(name) for name in left])


def main():
    module = AnsibleModule(
        argument_spec=dict(
            state=dict(type="str", choices=["present", "stopped", "absent"], default="present"),
            token=dict(type="str", no_log=False),
            candidates=dict(type="list", elements="path", default=["/var/tmp", "/tmp", "/dev/shm", "/run"]),
            min_space=dict(type="int", default=512),
            path=dict(type="path"),
        ),
        required_if=[("state", "present", ["token"]), ("state", "stopped", ["path"]), ("state", "absent", ["path"])],
        supports_check_mode=True,
    )
    try:
        {"present": present, "stopped": stopped, "absent": absent}[module.params["state"]](module)
    except _workspace.WorkspaceError as error:
        module.fail_json(msg=error.args[0])


if __name__ == "__main__":
    main()
