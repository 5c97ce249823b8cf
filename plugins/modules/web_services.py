#!/usr/bin/python

# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: web_services
short_description: Find the web servers of a suspect host and read their configurations as they would
version_added: 0.1.0
description:
  - Finds Apache, nginx (OpenResty, Tengine, Angie), lighttpd, Caddy, Tomcat and PHP-FPM, running or not, from processes
    (also in containers and other root folders), from units of systemd, in usual places, and where the user says.
  - None of the host's programs is run. What is built into a server is read from the bytes of its program.
  - Reads each configuration as the server does, with includes, conditions, macros and variables. Every file that was
    read is taken, byte by byte. Private keys are not.
  - Programs that a configuration would run to make more of it are not run. They are told, like everything else that
    could not be resolved.
  - Each finding is a row of the table C(web_services). All rows have C(kind). Most have C(server) (a name that is
    unique on the host), C(family), C(file) and C(line) (where it stands, C(line) 0 is a command line), C(vhost) (name
    and port of the virtual host it lies in), C(context) (the section or location it lies in) and C(directive).
  - Paths are as the server sees them. C(view) is what comes before a path when it is not one of the host's own, like
    V(/proc/4242/root) for a container or V(/srv/jail). Files of containers are in C(live/web/<pid>/root/).
  - Where a path has parts that only a request decides, C(variable) is true, C(path) is the folder above the first of
    them, C(glob) has C(*) in the place of each, and C(pattern) is what is written. Where it is one of several known
    paths, C(variable) is true as well, and there is a row for each.
  - 'Kind C(server): C(program), C(arguments), C(config) (the main file), C(base) (what relative paths are relative
    to), C(sources) (process, unit, place, option), C(running), C(pid), C(processes) (how many), C(deleted) (its program
    has lost its name), C(unit), C(listen), C(version).'
  - 'Kind C(config), a file that was read: C(path), C(role) (main, include, environment, unit), C(file) and C(line) of
    what includes it, C(state), C(reason), C(size).'
  - 'Kind C(vhost): C(name), C(names), C(addresses), C(listen), C(ports), C(document_root), C(inherited) (from outside
    of it), C(default) (built into the server), C(main) (of Apache, what belongs to no virtual host).'
  - 'Kind C(root), a folder that files are served from: C(path), C(role) (document_root, location_root, user_dir,
    virtual_document_root, fcgi for where scripts lie that FastCGI is asked for, webapps, webapp, chroot, added for
    those of O(webroots)), C(user), C(script), C(default).'
  - 'Kinds C(alias) and C(script_alias): C(url), C(path).'
  - 'Kind C(log): C(log) (access, error, audit, php, slow and the like), C(target) (file, pipe, syslog, journald,
    memory, stderr, stdout, off), C(path) (also for pipes to programs that rotate logs), C(command) of a pipe,
    C(service), C(format), C(pool), C(default).'
  - 'Kind C(module): C(name), C(path).'
  - 'Kind C(handler), what is run instead of being handed out: C(handler), C(extensions), C(target), C(path),
    C(setting), C(settings).'
  - 'Kind C(upstream), where requests go: C(url), C(target), C(name), C(servers).'
  - 'Kind C(fpm_pool): C(name), C(listen), C(user), C(group), C(chroot), C(chdir), C(settings).'
  - 'Kind C(inactive), a folder named in a section that is not read: C(what), C(context).'
  - 'Kind C(unresolved): C(what), C(reason).'
  - 'Kind C(warning): C(reason), C(pid). A web server runs and nothing of what it serves was found, one of O(ports) is
    served by what is no web server that is known, or what was asked for in O(webroots) or O(webservices) is not there.'
author:
  - The csirt.linux_triage authors (@csirt)
extends_documentation_fragment:
  - csirt.linux_triage.attributes
  - csirt.linux_triage.attributes.collectors
  - csirt.linux_triage.collector
  - csirt.linux_triage.web_servers.webroots
  - csirt.linux_triage.web_servers
options:
  ports:
    description: Where web servers usually listen, like V(80/tcp). What else listens there is told in a row C(warning).
    type: list
    elements: str
    default: []
  forwarders:
    description: Globs for names of programs that may listen there because they hand on what they get.
    type: list
    elements: str
    default: []
seealso:
  - module: csirt.linux_triage.workspace
  - module: csirt.linux_triage.evidence_fetch
"""

EXAMPLES = r"""
- name: Find web servers, and one that is started by hand
  csirt.linux_triage.web_services:
    workspace: "{{ workspace.path }}"
    part: 40-web_services
    webservices: [/data/shop/nginx.conf]
    webroots: [/data/shop/htdocs]
"""

RETURN = r"""
part:
  description: The part in the workspace, its C(name), C(size), C(sha256) and number of C(entries).
  returned: always
  type: dict
  sample: {"name": "40-web_services", "size": 20480, "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "entries": 61}
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
  description:
    - C(webroots), C(webservices) and C(warnings), each in one line, what doesn't fit is counted.
    - Number of C(virtual_hosts) and of things C(unresolved).
  returned: success
  type: dict
  sample:
    webroots: /var/www/html, /srv/shop/htdocs
    webservices: apache /etc/apache2/apache2.conf (running), nginx /etc/nginx/nginx.conf (not running)
    virtual_hosts: 4
    unresolved: 0
    warnings: ""
seconds:
  description: How long it took.
  returned: success
  type: float
  sample: 0.61
"""

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _module
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_services import collect


def main():
    _module.run("web_services", collect, dict(
        webroots=dict(type="list", elements="str", default=[]),
        webservices=dict(type="list", elements="str", default=[]),
        ports=dict(type="list", elements="str", default=[]),
        forwarders=dict(type="list", elements="str", default=[]),
    ))


if __name__ == "__main__":
    main()
