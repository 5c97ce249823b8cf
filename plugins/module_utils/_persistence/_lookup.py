# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Names without a folder: where the program, library or kernel module lies that is meant."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead

# As systemd searches, and with /bin and /sbin for hosts that have these still.
PROGRAMS = tuple(folder + b"/{}" for folder in (
    b"/usr/local/sbin", b"/usr/local/bin", b"/usr/sbin", b"/usr/bin", b"/sbin", b"/bin",
))
MODULES = b"/lib/modules/*/modules.dep"
MAX_MODULES = 50000
_LIST_SIZE = 4 << 20


class Lookup:
    """Finds names by templates: a path, its folder perhaps a glob, with ``{}`` for the name in its last component."""

    def __init__(self, collection):
        self._collection = collection
        self._folders = {}
        self._names = {}
        self._modules = None

    def find(self, words, templates):
        """(name, path) of every one of the names (a set of bytes) that a template has a file for."""
        found = set()
        for template in templates:
            glob, _slash, last = template.rpartition(b"/")
            before, _braces, after = last.partition(b"{}")
            for folder in self._matching(glob):
                names = self._listed(folder)
                found.update(
                    (word, folder + b"/" + before + word + after) for word in words if before + word + after in names
                )
        return found

    def find_modules(self, words):
        """(name, path) of the kernel modules that are called so, of every kernel, as its list of modules has them."""
        if self._modules is None:
            self._modules = {}
            for path in self._collection.reader.matches(MODULES, limit=16, check=self._collection.check).paths:
                self._read_modules(path)
        return set((word, path) for word in words for path in self._modules.get(word.replace(b"-", b"_"), ()))

    def _read_modules(self, path):
        folder = path.rpartition(b"/")[0]
        try:
            data = self._collection.read(path, _LIST_SIZE)
        except NotRead:
            return
        for line in data.split(b"\n"):
            file = line.partition(b":")[0]
            name = file.rpartition(b"/")[2].partition(b".ko")[0].replace(b"-", b"_")
            if name and len(self._modules) < MAX_MODULES:
                self._modules.setdefault(name, []).append(file if file.startswith(b"/") else folder + b"/" + file)

    def _matching(self, glob):
        """Folders that a glob leads to, each once however many links lead to it."""
        if glob not in self._folders:
            real = []
            for path in self._collection.reader.matches(glob, limit=64, check=self._collection.check).paths:
                try:
                    with self._collection.reader.find(path) as found:
                        real += [found.path] if found.path not in real else []
                except NotRead:
                    continue
            self._folders[glob] = real
        return self._folders[glob]

    def _listed(self, folder):
        if folder not in self._names:
            try:
                self._names[folder] = frozenset(self._collection.listdir(folder))
            except NotRead:
                self._names[folder] = frozenset()
        return self._names[folder]


__all__ = ("Lookup", "PROGRAMS")
