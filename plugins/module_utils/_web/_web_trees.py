# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Which folders web servers hand out or run, and where intruders drop what they bring."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import stat

from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts._homes import Homes
from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead, kind_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_paths import folder_of

WEB, HIDDEN_HOME = "web", "hidden_home"
DROP_ZONES = ((b"/tmp", "tmp"), (b"/var/tmp", "var_tmp"), (b"/dev/shm", "shm"), (b"/run", "run"), (b"/dev", "dev"))
MAX_TREES = 2000
MAX_GLOB = 1000
_FOLDERS_ONLY = frozenset([HIDDEN_HOME] + [zone for _path, zone in DROP_ZONES])
_ARTIFACT = "looked through"
_KERNEL = (b"/proc/", b"/sys/")
# Also when one of these is served it holds the system and not a site.
SYSTEM = frozenset((
    b"/", b"/bin", b"/boot", b"/etc", b"/lib", b"/lib32", b"/lib64", b"/proc", b"/root", b"/sbin", b"/sys", b"/usr",
    b"/usr/bin", b"/usr/lib", b"/usr/lib64", b"/usr/local", b"/usr/sbin", b"/usr/share", b"/var", b"/var/lib",
    b"/var/log",
))


class Tree(object):
    """A folder, or a single file, to look through.

    `path` (bytes) is without links, as its `view` sees it, and `prefix` what comes before it on the host; `zone` is
    ``web``, ``hidden_home`` or one of `DROP_ZONES`; `identity` are its device and inode. Of a home only hidden names are
    looked at.
    """

    def __init__(self, view, path, prefix, zone, status):
        self.view = view
        self.path = path
        self.prefix = prefix
        self.zone = zone
        self.identity = status.st_dev, status.st_ino
        self.is_file = not stat.S_ISDIR(status.st_mode)

    @property
    def folder(self):
        """Where a walk begins."""
        return folder_of(self.path) if self.is_file else self.path

    def prefers(self, name):
        """Whether a name (bytes) directly in `folder` belongs to the tree."""
        if self.is_file:
            return self.path.endswith(b"/" + name)
        return self.zone != HIDDEN_HOME or name.startswith(b".")


def find_trees(collection, survey, webroots=()):
    """The `Tree` list of a host, each folder once: what servers serve, then the drop zones, then the homes.

    survey: `_web_servers.Survey`; its servers are read here. webroots: folders (bytes) that the user names.
    What can't be looked at is in the manifest.
    """
    trees = Trees(collection)
    for path, zone in DROP_ZONES:
        trees.add(survey.host_view(), path, zone)
    for server in trees.add_served(survey, webroots):
        trees.add_drop_zones(server.instance.view)
    trees.add_homes(survey.host_view())
    return trees.in_order()


class Trees(object):
    """Gathers trees, each folder once whatever names lead to it."""

    def __init__(self, collection):
        self._collection = collection
        self._known = {}
        self._asked = set()
        self._found = []

    def in_order(self):
        """Web content first; the rest in the order in which it was added."""
        return sorted(self._found, key=lambda tree: tree.zone != WEB)

    def add(self, view, path, zone):
        """Adds a folder or file, unless it is known under another name, belongs to the kernel or holds the system."""
        if (view, path) in self._asked:
            return
        self._asked.add((view, path))
        try:
            with view.reader.find(path) as found:
                real, status = found.path, found.status
            problem = self._problem(real, status, zone)
            if problem:
                raise NotRead(*problem)
        except NotRead as error:
            self._collection.note(view.prefix + path, error.state, error.reason, _ARTIFACT)
            return
        tree = Tree(view, real, view.shown_prefix(self._collection, real), zone, status)
        if tree.identity not in self._known:
            self._known[tree.identity] = tree
            self._found.append(tree)

    def covers(self, view, path):
        """Whether a path lies in one of the trees."""
        return any(tree.view is view and path.startswith(tree.path.rstrip(b"/") + b"/") for tree in self._found)

    def _problem(self, real, status, zone):
        if len(self._found) >= MAX_TREES:
            return _state.SKIPPED_BUDGET, "more than %d folders to look through" % MAX_TREES
        if (real + b"/").startswith(_KERNEL):
            return _state.SKIPPED_TYPE, "a view of the kernel"
        if zone == WEB and real in SYSTEM:
            return _state.SKIPPED_TYPE, "a folder of the system, not looked through although it is served"
        if not (stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode) and zone not in _FOLDERS_ONLY):
            return _state.SKIPPED_TYPE, kind_of(status.st_mode)
        return None

    def add_served(self, survey, webroots=()):
        """What the user names and what servers serve; returns the servers that could be read."""
        for path in webroots:
            self.add(survey.host_view(), path, WEB)
        read = []
        for server in survey.servers():
            self._collection.attempt("web server %s" % server.name, self._read, server, read)
        return read

    def _read(self, server, read):
        server.read()
        self._add_served(server)
        read.append(server)

    def _add_served(self, server):
        view = server.instance.view
        for row in server.served():
            for path in view.expand(row["glob"], MAX_GLOB) if row.get("glob") else [row["path"]]:
                self.add(view, path, WEB)

    def add_drop_zones(self, view):
        """Where a container, or what is locked into a folder, has drop zones of its own."""
        for path, zone in DROP_ZONES[:3]:
            if view.prefix and view.is_folder(path):
                self.add(view, path, zone)

    def add_homes(self, view):
        """Homes of which hidden files and folders are looked at, unless they are looked through anyway."""
        homes = Homes(self._collection)
        homes.add_accounts(view.read(b"/etc/passwd") or b"", "passwd")
        homes.add_folders()
        for home in homes.found:
            if not home.shared and not self.covers(view, home.real + b"/"):
                self.add(view, home.real, HIDDEN_HOME)


__all__ = ("DROP_ZONES", "HIDDEN_HOME", "Tree", "Trees", "WEB", "find_trees")
