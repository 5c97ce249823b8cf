# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trees of configuration files, and what is read from them, in a form that tests can compare."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import Reader
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._apache_config import ApacheConfig
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._nginx_config import NginxConfig
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_reading import Reading
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_view import Budget, View

APACHE = "/etc/apache2/apache2.conf"
NGINX = "/etc/nginx/nginx.conf"


def write(root, files):
    """Files {path: content}; a content that begins with ``-> `` is a link, a path that ends in a slash a folder."""
    for path, content in files.items():
        place = os.path.join(root, path.strip("/"))
        folder = place if path.endswith("/") else os.path.dirname(place)
        if not os.path.isdir(folder):
            os.makedirs(folder)
        if path.endswith("/"):
            continue
        if not isinstance(content, bytes):
            content = content.encode("utf-8")
        if content.startswith(b"-> "):
            os.symlink(content[3:], place.encode("utf-8"))
        else:
            with open(place, "wb") as stream:
                stream.write(content)


def reading(root):
    """A `Reading` of a tree."""
    return Reading(View(Reader(root.encode("utf-8")), Budget(lambda: None)))


def read_apache(root, files, config=APACHE, server_root="/etc/apache2", **options):
    """The `Reading` of an Apache configuration; files that are one text are the main file."""
    write(root, files if isinstance(files, dict) else {config: files})
    found = reading(root)
    before, after = options.pop("before", ()), options.pop("after", ())
    ApacheConfig(found, server_root.encode("utf-8"), **options).read(config.encode("utf-8"), before, after)
    return found


def read_nginx(root, files, config=NGINX, prefix="/usr/share/nginx", directives=b"", logs=(b"stderr", b"stderr")):
    """The `Reading` of an nginx configuration."""
    write(root, files if isinstance(files, dict) else {config: files})
    found = reading(root)
    NginxConfig(found, prefix.encode("utf-8"), logs).read(config.encode("utf-8"), directives)
    return found


def text(value):
    """Bytes as text, also in lists."""
    if isinstance(value, list):
        return [text(one) for one in value]
    return value.decode("utf-8") if isinstance(value, bytes) else value


def paths(found, *kinds):
    """The paths (or the globs, where there is one) of the rows of some kinds, sorted, each once."""
    rows = [row for row in found.rows if row["kind"] in kinds]
    return sorted(set(text(row.get("glob") or row.get("path") or row.get("target")) for row in rows))


def hosts(found):
    """{name or addresses: document root} of all virtual hosts."""
    rows = [row for row in found.rows if row["kind"] == "vhost" and not row.get("main")]
    return dict((text(row["vhost"]), text(row.get("document_root"))) for row in rows)


def unresolved(found):
    """What could not be resolved, sorted."""
    return sorted(text(row.get("what", b"")) for row in found.rows if row["kind"] == "unresolved")


def files(found):
    """The files that were read, in order."""
    return [text(path) for path, _role, _where in found.files]


def process(proc, pid, exe, arguments, **facts):
    """A folder as /proc has it. `facts`: parent, environment (dict), root (a path), namespace (a number), folder, sockets (inodes)."""
    here = os.path.join(proc, str(pid))
    os.makedirs(os.path.join(here, "ns"))
    contents = {
        "cmdline": b"".join(argument.encode("utf-8") + b"\0" for argument in arguments),
        "environ": b"".join(
            ("%s=%s\0" % pair).encode("utf-8") for pair in sorted(facts.get("environment", {}).items())
        ),
        "stat": ("%d (x) S %d " % (pid, facts.get("parent", 1)) + "0 " * 40).encode("ascii"),
        "mountinfo": facts.get("mountinfo", b""),
    }
    for name, content in contents.items():
        with open(os.path.join(here, name), "wb") as stream:
            stream.write(content)
    links = {
        "exe": exe,
        "cwd": facts.get("folder", "/"),
        "root": facts.get("root", "/"),
        "ns/mnt": "mnt:[%d]" % facts.get("namespace", 1),
    }
    for name, target in links.items():
        os.symlink(target, os.path.join(here, name))
    os.mkdir(os.path.join(here, "fd"))
    for number, inode in enumerate(facts.get("sockets", ())):
        os.symlink("socket:[%d]" % inode, os.path.join(here, "fd", str(number)))


def listen(proc, sockets):
    """Open ports as /proc/net has them; sockets: {inode: port like ``3306/tcp``}."""
    write(proc, dict(("self/net/" + protocol, "heading\n" + "".join(
        " 0: 00000000:%04X 00000000:0000 %s 00000000:00000000 00:00000000 00000000 0 0 %d 1\n" % (
            int(port.partition("/")[0]), "0A" if protocol == "tcp" else "07", inode,
        ) for inode, port in sockets.items() if port.endswith(protocol)
    )) for protocol in ("tcp", "udp")))


def make_proc(root):
    """An empty folder for processes, with the link that tells our own mount namespace."""
    proc = os.path.join(root, "fake_proc")
    os.makedirs(os.path.join(proc, "self", "ns"))
    os.symlink("mnt:[1]", os.path.join(proc, "self", "ns", "mnt"))
    return proc
