# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What apk wrote down about the files of its packages: apk-v2(5), "installed"."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import binascii

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._database import (
    CONFIGURATION, Database, MAX_CONFIGURATIONS,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._lines import blocks_of_lines
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._expected import Expected

DATABASES = (b"/lib/apk/db/installed", b"/usr/lib/apk/db/installed")


class Apk(Database):
    """The database of a host."""

    manager = "apk"
    databases = DATABASES
    originals = DATABASES

    def owners(self, wanted):
        """(path, package name) of each canonical path in the collection `wanted` that a package lists."""
        for path, package, _version, _digest in self._files():
            if path in wanted:
                yield path, package

    def configurations(self, wants):
        """(package name, [its files in /etc]) of each package with files whose name `wants`."""
        found = {}
        for path, package, _version, _digest in self._files():
            if wants(package):
                paths = found.setdefault(package, [])
                if path.startswith(CONFIGURATION) and len(paths) < MAX_CONFIGURATIONS:
                    paths.append(path)
        return sorted(found.items())

    def expected(self, take):
        """Calls `take` with an `Expected` for every file of which apk knows the digest; a link's is of where it leads."""
        for path, package, version, digest in self._files():
            if digest:
                take(Expected(path, digest, package, version, self.manager, path.startswith(b"/etc/")))

    def _files(self):
        """(path, package, version, digest) of every file, digest is empty where none is known."""
        for database in DATABASES:
            package = version = folder = name = digest = b""
            for line in self._lines(database):
                field, value = line[:2], line[2:]
                if name and field in (b"R:", b"F:", b""):
                    yield self._aliases.canonical(b"/" + folder + name), package, version, digest
                    name = digest = b""
                if field == b"P:":
                    package, folder = value, b""
                elif field == b"V:":
                    version = value
                elif field == b"F:":
                    folder = value + b"/" if value else b""
                elif field == b"R:":
                    name = value
                elif field == b"Z:":
                    digest = _hexadecimal(value)

    def _lines(self, database):
        """The lines, and an empty one at the end."""
        try:
            for block in blocks_of_lines(self._collection, database):
                for line in block:  # pylint: disable=unknown-option-value,use-yield-from  # Python 2 has none
                    yield line
            yield b""
        except NotRead as error:
            if error.state != _state.ABSENT:
                self._collection.note(database, error.state, error.reason)


def _hexadecimal(value):
    """``Q1`` and a SHA-1 in base64, ``Q2`` and a SHA-256; empty for what is neither."""
    try:
        return binascii.hexlify(binascii.a2b_base64(value[2:])) if value[:2] in (b"Q1", b"Q2") else b""
    except (ValueError, binascii.Error):  # two things in Python 2
        return b""


__all__ = ("Apk",)
