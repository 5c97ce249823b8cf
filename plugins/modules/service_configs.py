#!/usr/bin/python

# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: service_configs
short_description: Collect the configurations of a suspect host's services, also where no catalogue would look for them
version_added: 0.1.0
description:
  - Takes the configurations of the services in a catalogue, byte by byte, from where they usually lie, from where running
    processes were told to read them (arguments and environment), from where units of systemd would tell them to, from
    what its packages have in /etc, and from everything that these files include or name.
  - A service is found by its processes, by what listens at its ports under whatever name, by its units, by its packages,
    and by its files.
  - Processes with another root file system (containers) are passed over, since their paths mean other files.
  - None of the host's programs is run. What M(csirt.linux_triage.web_services) takes is not taken again.
  - Private keys and stores of passwords are named and stay on the host. A password within a configuration comes home
    with it.
  - 'Each file is a row of the table C(service_configs): C(service), C(kind), C(path), C(role) (place, folder, argument,
    environment, package, include), C(file) and C(line) of what includes it, C(pid) whose argument it is, C(running) (a process
    of the service runs), C(state), C(reason), C(archived) (name in the archive), and the columns of its status. A row
    with the role C(service) is a service: C(found_by) (process, port, unit, package, place), C(ports), C(units),
    C(packages), C(running), C(pid). A row with the role C(warning) says in C(reason) that a service runs while no
    configuration of it was found, or that its ports are open while no process of it was found.'
author:
  - The csirt.linux_triage authors (@csirt)
extends_documentation_fragment:
  - csirt.linux_triage.attributes
  - csirt.linux_triage.attributes.collectors
  - csirt.linux_triage.collector
  - csirt.linux_triage.web_servers
options:
  services:
    description: The catalogue.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The service.
        type: str
        required: true
      kind:
        description: Of what sort it is.
        type: str
        default: other
      paths:
        description: Globs of configuration files where they usually lie.
        type: list
        elements: str
        default: []
      programs:
        description: Globs for names of its programs.
        type: list
        elements: str
        default: []
      arguments:
        description: Globs for arguments by which it is recognised when an interpreter runs it.
        type: list
        elements: str
        default: []
      packages:
        description: Globs for names of packages of dpkg, rpm or apk that bring it. What they have in /etc is taken.
        type: list
        elements: str
        default: []
      units:
        description: Globs for names of units of systemd that start it, without V(.service).
        type: list
        elements: str
        default: []
      ports:
        description: Where it usually listens, like V(3306/tcp) or V(53/udp).
        type: list
        elements: str
        default: []
      file_options:
        description:
          - Options that name a configuration file, like V(-f), V(--config), V(-Dpath.conf=) (the rest of the argument), or
            V(-c config_file=) (the rest of that option's value).
        type: list
        elements: str
        default: []
      file_variables:
        description: Variables of the environment that name a configuration file.
        type: list
        elements: str
        default: []
      first_argument:
        description: Whether the first argument that is no option is a configuration file.
        type: bool
        default: false
      folder_options:
        description: Options that name a folder, written like O(services[].file_options).
        type: list
        elements: str
        default: []
      folder_variables:
        description: Variables of the environment that name a folder.
        type: list
        elements: str
        default: []
      folders:
        description: Globs of such folders where they usually lie.
        type: list
        elements: str
        default: []
      inside:
        description: Globs of what is taken from each of these folders.
        type: list
        elements: str
        default: []
      logs_inside:
        description: Globs of logs in each of these folders, for M(csirt.linux_triage.service_logs).
        type: list
        elements: str
        default: []
      log_options:
        description: Options that name a log, written like O(services[].file_options), for M(csirt.linux_triage.service_logs).
        type: list
        elements: str
        default: []
      directives:
        description: Lines of its configuration that lead to more.
        type: list
        elements: dict
        default: []
        suboptions:
          word:
            description: What a line, or a statement of a block within one line, begins with, without regard to case.
            type: str
            required: true
          leads_to:
            description:
              - A V(file) that is a configuration as well (or a glob, or a folder of such), a V(folder) of files, a folder of
                V(data) in which O(services[].inside) is looked for, or a V(log), for M(csirt.linux_triage.service_logs).
              - The V(base) that other relative paths may be seen from.
              - A V(list), which is a file as well, but the word stands anywhere in a line and is joined to the name (V(@names.txt)).
            type: str
            choices: [file, folder, data, log, base, list]
            required: true
          names:
            description: Glob for the files in a V(folder).
            type: str
            default: "*"
      limit:
        description: Bytes of one file that are taken at the most. 8 MiB when not set.
        type: int
      why:
        description: What they are wanted for. For readers of the catalogue.
        type: str
  withheld:
    description: Globs of files that stay on the host, where V(*) stands for any part of a path.
    type: list
    elements: str
    default: []
  masked:
    description:
      - Globs, written like O(withheld), of configurations with lines of private keys (C(PrivateKey=), C(PresharedKey=)). They
        come without these, as C(live/masked/<path>).
    type: list
    elements: str
    default: []
seealso:
  - module: csirt.linux_triage.web_services
  - module: csirt.linux_triage.workspace
  - module: csirt.linux_triage.evidence_fetch
"""

EXAMPLES = r"""
- name: Collect the configuration of a database
  csirt.linux_triage.service_configs:
    workspace: "{{ workspace.path }}"
    part: 45-service_configs
    services:
      - name: postgresql
        kind: database
        programs: [postgres]
        packages: [postgresql*]
        units: [postgresql*]
        ports: [5432/tcp]
        folder_options: [-D]
        inside: [postgresql*.conf, pg_hba.conf]
        paths: [/etc/postgresql/**]
        directives:
          - {word: include, leads_to: file}
          - {word: data_directory, leads_to: data}
"""

RETURN = r"""
part:
  description: The part in the workspace, its C(name), C(size), C(sha256) and number of C(entries).
  returned: always
  type: dict
  sample: {"name": "45-service_configs", "size": 40960, "sha256": "9f86d081884c7d65...", "entries": 143}
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
  sample: {"collected": 139, "absent": 31, "withheld": 2}
summary:
  description:
    - C(services), each with whether it runs, and C(warnings), each in one line, what doesn't fit is counted.
    - Number of C(files) that were taken, of services C(running), and of files C(withheld) or masked.
  returned: success
  type: dict
  sample:
    services: mysql (running), postgresql (not running), squid (running)
    files: 139
    running: 2
    withheld: 1
    warnings: ""
seconds:
  description: How long it took.
  returned: success
  type: float
  sample: 0.87
"""

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _module
from ansible_collections.csirt.linux_triage.plugins.module_utils._services._service_configs import collect

_TEXTS = dict(type="list", elements="str", default=[])
_DIRECTIVE = dict(
    word=dict(type="str", required=True),
    leads_to=dict(type="str", choices=["file", "folder", "data", "log", "base", "list"], required=True),
    names=dict(type="str", default="*"),
)
_SERVICE = dict(
    name=dict(type="str", required=True), kind=dict(type="str", default="other"), paths=_TEXTS, programs=_TEXTS,
    arguments=_TEXTS, packages=_TEXTS, units=_TEXTS, ports=_TEXTS, file_options=_TEXTS, file_variables=_TEXTS, first_argument=dict(type="bool", default=False),
    folder_options=_TEXTS, folder_variables=_TEXTS, folders=_TEXTS, inside=_TEXTS, logs_inside=_TEXTS, log_options=_TEXTS,
    directives=dict(type="list", elements="dict", default=[], options=_DIRECTIVE),
    limit=dict(type="int"), why=dict(type="str"),
)


def main():
    _module.run("service_configs", collect, dict(
        services=dict(type="list", elements="dict", default=[], options=_SERVICE),
        withheld=_TEXTS,
        masked=_TEXTS,
        webservices=_TEXTS,
    ))


if __name__ == "__main__":
    main()
