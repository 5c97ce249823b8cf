# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What rpm knows of the files of its packages. Its database has many formats: rpm itself is asked, piece by piece."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re
import stat

from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._database import (
    CONFIGURATION, Database, MAX_CONFIGURATIONS,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._lines import Lines
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._expected import Expected

DATABASES = tuple(
    folder + b"/" + name for folder in (b"/var/lib/rpm", b"/usr/lib/sysimage/rpm", b"/usr/share/rpm")
    for name in (b"rpmdb.sqlite", b"Packages.db", b"Packages")
)
NAMES = r"%{NAME}\n"
OWNERS = r"[%{FILENAMES}\t%{=NAME}\n]"
# The path comes last: it may have tabs in it. States, flags and modes are numbers.
FILES = r"[%{FILESTATES}\t%{FILEFLAGS}\t%{FILEMODES}\t%{FILEDIGESTS}\t%{=NAME}\t%{=VERSION}-%{=RELEASE}\t%{FILENAMES}\n]"
NORMAL = b"0"  # RPMFILE_STATE_NORMAL: neither replaced nor left out when the package was installed
CONFIG, GHOST = 1 << 0, 1 << 6  # RPMFILE_*
SECONDS = 120
MAX_PACKAGES = 500
_NAME = re.compile(br"[A-Za-z0-9][A-Za-z0-9._+-]{0,200}\Z")
OUTPUT = 512 << 20


class Rpm(Database):
    """The database of a host; asked only where there is one."""

    manager = "rpm"
    databases = DATABASES
    originals = ()  # its database is large, what it says comes home as the output of a command

    def owners(self, wanted):
        """(path, package name) of each canonical path in the collection `wanted` that a package lists."""
        found = []

        def take(line):
            listed, _tab, package = line.rpartition(b"\t")
            path = self._aliases.canonical(listed)
            if path in wanted:
                found.append((path, package))

        self._ask(OWNERS, take)
        return found

    def configurations(self, wants):
        """(package name, [its files in /etc]) of each package whose name `wants`."""
        found = {}

        def take(line):
            path, _tab, package = line.rpartition(b"\t")
            paths = found.get(package, ())
            if path.startswith(CONFIGURATION) and package in found and len(paths) < MAX_CONFIGURATIONS:
                paths.append(path)

        def take_name(name):
            if len(found) < MAX_PACKAGES and _NAME.match(name) and wants(name):
                found[name] = []

        self._ask(NAMES, take_name)
        if found:
            self._ask(OWNERS, take, ["-q"] + [name.decode("ascii") for name in sorted(found)])
        return sorted(found.items())

    def expected(self, take):
        """Calls `take` with an `Expected` for every file of which rpm knows the digest."""
        def take_line(line):
            fields = line.split(b"\t", 6)
            try:
                state, flags, mode = fields[0], int(fields[1]), int(fields[2]) & 0xFFFF
                digest, package, version, path = fields[3:]
            except (ValueError, IndexError):
                return
            if state == NORMAL and digest and stat.S_ISREG(mode) and not flags & GHOST:
                path = self._aliases.canonical(path)
                take(Expected(path, digest.lower(), package, version, self.manager, bool(flags & CONFIG)))

        self._ask(FILES, take_line)

    def _ask(self, form, take, which=("-qa",)):
        if not self.exists():
            return
        lines = Lines()

        def take_piece(piece):
            for line in lines.of(piece):
                take(line)

        self._collection.ask(["rpm"] + list(which) + ["--qf", form], take_piece, SECONDS, OUTPUT)


__all__ = ("Rpm",)
