#!/usr/bin/python

# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: file_hashes
short_description: Hash the programs of a suspect host and compare its files with their packages
version_added: 0.1.0
description:
  - Writes the SHA-256 of programs and libraries into the table C(hashes), with the package that each belongs to, and what
    differs from its package into the table C(package_files). Each file is read once for both, by one process for each
    processor.
  - Hashed is every file whose path has C(/bin/) or C(/sbin/) in it, and executables, libraries, modules of PAM and NSS,
    kernel modules and SUID files in the system's folders; also executables in homes, temporary and other places, SUID files
    anywhere, and what units and tables of cron start. Which those are is known from M(csirt.linux_triage.file_listing), which
    has to come before in the same workspace. Without it, files of packages are looked at and nothing else, which the
    manifest says.
  - Compared is every file of which C(dpkg), C(rpm) or C(apk) know the digest, not only programs. The databases of dpkg and apk
    are read, rpm is asked. Diversions, configuration files, files that another package took over, merged folders
    (C(/bin) as a link to C(usr/bin)) and files that dpkg was told not to install are understood.
  - Programs and libraries that no package has, in folders that only packages fill, have a row as well.
  - The bytes of programs and libraries that differ from their package, that no package has, or that are SUID and of no package
    are brought home as well, what matters most first, at most 100 files of 32 MiB and 256 MiB in all.
  - A digest that was altered in the package manager's own database together with the file is not seen, unless the hash is
    compared with one from elsewhere.
author:
  - The csirt.linux_triage authors (@csirt)
extends_documentation_fragment:
  - csirt.linux_triage.attributes
  - csirt.linux_triage.attributes.collectors
  - csirt.linux_triage.collector
options:
  critical:
    description: Globs of files whose alteration matters most. V(*) matches slashes too.
    type: list
    elements: str
    default: []
  targets:
    description: Globs of units, tables of cron and the like. What they name is hashed wherever it lies.
    type: list
    elements: str
    default: []
  second_view:
    description: Whether C(rpm -Va) is asked as well where there is an rpm database. Its output comes home as it is.
    type: bool
    default: true
  workers:
    description: Number of processes that read. With V(0) one for each processor, but not more than two.
    type: int
    default: 0
seealso:
  - module: csirt.linux_triage.file_listing
  - module: csirt.linux_triage.evidence_fetch
"""

EXAMPLES = r"""
- name: Hash programs, compare all files with their packages
  csirt.linux_triage.file_hashes:
    workspace: "{{ workspace.path }}"
    part: 60-file_hashes
    critical:
      - "*/libc.so.6"
      - /usr/sbin/sshd
    targets:
      - /etc/systemd/system/**/*.service
"""

RETURN = r"""
part:
  description: The part in the workspace, its C(name), C(size), C(sha256) and number of C(entries).
  returned: always
  type: dict
  sample: {"name": "60-file_hashes", "size": 1220220, "sha256": "9f86d081884c7d65...", "entries": 3}
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
  description: Number of items by what became of them. Here, of what was not hashed.
  returned: success
  type: dict
  sample: {"collected": 2, "changed": 1}
summary:
  description:
    - How many files were C(hashed), how many C(verified) against a digest of their package, and how many rows there are of each
      deviation, C(changed), C(missing), C(link) and C(unowned). Of configuration files, C(conffiles) is the number of all deviations.
    - C(altered) names critical files that differ from their package. C(untrusted) names those that this collector itself
      runs on. Then nothing that the host says about itself can be trusted.
  returned: success
  type: dict
  sample: {"hashed": 1734, "verified": 11176, "changed": 1, "missing": 0, "link": 0, "unowned": 0, "conffiles": 2, "altered": "/usr/sbin/sshd"}
seconds:
  description: How long it took.
  returned: success
  type: float
  sample: 3.42
"""

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _module
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._file_hashes import collect


def main():
    _module.run("file_hashes", collect, dict(
        critical=dict(type="list", elements="str", default=[]),
        targets=dict(type="list", elements="str", default=[]),
        second_view=dict(type="bool", default=True),
        workers=dict(type="int", default=0),
    ))


if __name__ == "__main__":
    main()
