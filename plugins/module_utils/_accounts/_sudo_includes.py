# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Rules of sudo that lie where nobody looks: what its files include (sudoers(5), "Including other files")."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import collections
import posixpath
import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead

MAIN_FILES = (b"/etc/sudoers", b"/usr/local/etc/sudoers", b"/usr/etc/sudoers")
ARTIFACT = "rules of sudo that are included"
MAX_FILES = 500
FILE_LIMIT = 256 << 10
_INCLUDE = re.compile(br"^[ \t]*[@#](include(?:dir)?)[ \t]+(?:\"([^\"\n]+)\"|((?:\\.|[^\s\\])+))", re.MULTILINE)


def take_included(selection):
    """Copies what the files of sudo include, wherever it lies, and what that includes; the main files are in the catalogue."""
    pending, seen, done = collections.deque(MAIN_FILES), set(MAIN_FILES), 0
    while pending:
        if done == MAX_FILES:
            reason = "%d files that are included are left out" % len(pending)
            selection.collection.note(pending[0], _state.SKIPPED_BUDGET, reason, ARTIFACT)
            return
        done += 1
        path = pending.popleft()
        selection.collection.check()
        try:
            data = selection.collection.read(path, FILE_LIMIT)
        except NotRead as error:
            if path not in MAIN_FILES:
                selection.collection.note(path, error.state, error.reason, ARTIFACT)
            continue
        if path not in MAIN_FILES:
            selection.take(path, ARTIFACT, limit=FILE_LIMIT)
        found = [one for one in _included(data, path, selection) if one not in seen]
        pending.extend(found)
        seen.update(found)


def _included(data, path, selection):
    """Paths of the files that the lines of one file include."""
    for word, quoted, plain in _INCLUDE.findall(data):
        target = posixpath.join(posixpath.dirname(path), (quoted or plain).replace(b"\\", b""))
        targets = selection.matches(target.replace(b"%h", b"*")) if b"%h" in target else [target]
        for one in targets:
            if word == b"include":
                yield one
            else:
                for name in _names(one, selection):
                    yield posixpath.join(one, name)


def _names(folder, selection):
    try:
        return selection.collection.listdir(folder)
    except NotRead as error:
        selection.collection.note(folder, error.state, error.reason, ARTIFACT)
        return []


__all__ = ("take_included",)
