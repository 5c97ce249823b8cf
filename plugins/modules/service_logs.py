#!/usr/bin/python

# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: service_logs
short_description: Collect the logs of a suspect host and its services, with all rotations, of the time that is wanted
version_added: 0.1.0
description:
  - Takes the logs of a catalogue, those that the configurations of web servers name (read as M(csirt.linux_triage.web_services)
    does, also in containers and other root folders), those that syslog services write and logrotate rotates, and the
    files of the journal, on disk or in memory. All rotations come with each, under their full paths.
  - A log is taken when it may have anything of the window. It was written to since its beginning, by its time of change
    or by a date in its name, and it was not begun after its end, as the rotation before it shows. A date in a name is
    taken as that of any time zone. Where times and names of rotations contradict each other, more is taken.
  - What the catalogue marks as C(always) is taken whatever its date, and first. Then comes the journal, then the logs that
    are named somewhere, then what else the catalogue marks as C(other), each of them the last written first.
  - Of a log beyond O(max_log_size) the first and the last half of it are taken, the end as C(live/tail/<path>@<offset>).
    Of a packed one only the beginning is of use.
  - Logs that were deleted and are held open come home with M(csirt.linux_triage.live_state), login records with
    M(csirt.linux_triage.accounts).
  - 'Each log is a row of the table C(log_files): C(path), C(service), C(kind), the columns of its status (C(type),
    C(size), C(uid), C(gid), C(mode), C(mtime), C(ctime), C(atime), C(btime)), C(packed) (V(gz), V(xz), V(bz2), V(zst)),
    C(empty), C(target) of a link, C(to_null) for what leads to /dev/null, C(state) (that of an item, or V(left_out)),
    C(reason), C(archived) and C(tail) (names in the archive). Of a file of the journal also C(first), C(last),
    C(entries), C(journal_state).'
author:
  - The csirt.linux_triage authors (@csirt)
extends_documentation_fragment:
  - csirt.linux_triage.attributes
  - csirt.linux_triage.attributes.collectors
  - csirt.linux_triage.collector
  - csirt.linux_triage.web_servers
options:
  artifacts:
    description: What to take. Each log belongs to the first one that names it.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: A short name for the manifest.
        type: str
        required: true
      paths:
        description:
          - Absolute paths or globs of live logs. Their rotations are found by themselves.
          - C(*), C(?) and C([...]) match within a name, C(**) at the end is everything below.
        type: list
        elements: str
        required: true
      service:
        description: Which service writes them.
        type: str
        default: other
      kind:
        description: Of what sort they are.
        type: str
        default: other
      always:
        description: Whether they are taken whatever their date.
        type: bool
        default: false
      messages:
        description: Whether they are taken only with O(messages).
        type: bool
        default: false
      other:
        description: Whether they come after all that is named elsewhere.
        type: bool
        default: false
      limit:
        description: Bytes of one file that are taken at the most. O(max_log_size) when not set, and never more.
        type: int
      why:
        description: What they are wanted for. For readers of the catalogue.
        type: str
  services:
    description:
      - The catalogue of services, as documented for M(csirt.linux_triage.service_configs). Logs that their configurations
        and command lines name are taken, and those in their folders of data.
    type: list
    elements: dict
    default: []
  elsewhere:
    description: Paths or globs of what is no log for this collector. Rotations belong to it, as in O(artifacts[].paths).
    type: list
    elements: str
    default: []
  since:
    description: Where the window begins, like V(2025-11-25T00:00:00Z). A year before now by the host's clock when empty.
    type: str
    default: ""
  until:
    description: Where the window ends, in the same form. It has no end when empty.
    type: str
    default: ""
  messages:
    description: Whether messages and syslog are wanted.
    type: bool
    default: true
  max_log_size:
    description: MiB that are taken of one log.
    type: int
    default: 512
  max_journal_size:
    description: MiB that are taken of the journal, whole files, the last written first.
    type: int
    default: 1024
seealso:
  - module: csirt.linux_triage.web_services
  - module: csirt.linux_triage.workspace
  - module: csirt.linux_triage.evidence_fetch
"""

EXAMPLES = r"""
- name: Collect the logs of one week
  csirt.linux_triage.service_logs:
    workspace: "{{ workspace.path }}"
    part: 46-service_logs
    since: "2025-11-17T00:00:00Z"
    until: "2025-11-24T00:00:00Z"
    artifacts:
      - name: authentication log
        service: auth
        kind: auth
        always: true
        paths: [/var/log/auth.log, /var/log/secure]
"""

RETURN = r"""
part:
  description: The part in the workspace, its C(name), C(size), C(sha256) and number of C(entries).
  returned: always
  type: dict
  sample: {"name": "46-service_logs", "size": 2097152, "sha256": "9f86d081884c7d65...", "entries": 87}
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
  sample: {"collected": 71, "absent": 38, "changed": 2}
summary:
  description:
    - Number of C(logs) and files of the journal (C(journals)) that were taken, their C(bytes), how many were C(left_out) or
      C(cut).
    - The window, C(since) and C(until).
  returned: success
  type: dict
  sample: {"logs": 69, "journals": 4, "bytes": 20971520, "left_out": 12, "cut": 0, "since": "2024-11-25T08:00:00Z", "until": ""}
seconds:
  description: How long it took.
  returned: success
  type: float
  sample: 1.94
"""

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _module
from ansible_collections.csirt.linux_triage.plugins.module_utils._services._service_logs import collect

_ARTIFACT = dict(
    name=dict(type="str", required=True),
    paths=dict(type="list", elements="str", required=True),
    service=dict(type="str", default="other"),
    kind=dict(type="str", default="other"),
    always=dict(type="bool", default=False),
    messages=dict(type="bool", default=False),
    other=dict(type="bool", default=False),
    limit=dict(type="int"),
    why=dict(type="str"),
)


def main():
    _module.run("service_logs", collect, dict(
        artifacts=dict(type="list", elements="dict", default=[], options=_ARTIFACT),
        services=dict(type="list", elements="dict", default=[]),
        elsewhere=dict(type="list", elements="str", default=[]),
        since=dict(type="str", default=""),
        until=dict(type="str", default=""),
        messages=dict(type="bool", default=True),
        max_log_size=dict(type="int", default=512),
        max_journal_size=dict(type="int", default=1024),
        webservices=dict(type="list", elements="str", default=[]),
    ))


if __name__ == "__main__":
    main()
