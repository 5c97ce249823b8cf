# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What lies in a home, by catalogue: histories above all, also when they are hidden or gone."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts._selection import is_glob, is_wild

DEFAULT_LIMIT = 64 << 20


class HomeFiles:
    """Copies the artifacts of homes.

    `artifacts` are rows of the catalogue: ``name``, ``paths`` (below a home), ``limit``, ``history`` (one row for each
    file goes to `rows`), ``shells`` (users of these have the first path without wildcards, or it is missing) and
    ``settings`` (start-up files, handed to `targets`).
    """

    def __init__(self, selection, artifacts, rows, targets):
        self._selection = selection
        self._artifacts = artifacts
        self._rows = rows
        self._targets = targets

    def collect(self, home, seen):
        """Everything of one home; `seen` is what was seen of it already."""
        taken = set()
        for artifact in self._artifacts:
            before = len(taken)
            for pattern in paths_of(artifact):
                if not home.shared or stays_here(pattern):
                    self._take_matching(home, pattern, artifact, seen, taken)
            if artifact.get("history"):
                self._look_for_usual(home, artifact, taken)
            if len(taken) == before:
                reason = "nothing matches in this home"
                self._selection.collection.note(home.real, _state.ABSENT, reason, artifact["name"])

    def _take_matching(self, home, pattern, artifact, seen, taken):
        for path in self._selection.matches_below(home.real, pattern, seen):
            if path not in taken and (artifact.get("history") or not self._selection.is_folder(path, home.real)):
                taken.add(path)
                self._take(home, path, artifact)

    def _take(self, home, path, artifact, listed=True):
        item = self._selection.take(path, artifact["name"], home.real, artifact.get("limit") or DEFAULT_LIMIT)
        if artifact.get("history"):
            expected = path == _usual(home, artifact)
            self._rows.write(path, artifact["name"], item.state, home, home.real, expected=expected, listed=listed)
        if artifact.get("settings"):
            self._targets.add_file(path, [home], home.real)

    def _look_for_usual(self, home, artifact, taken):
        """Asks for the usual history by its name when no folder lists it: what is hidden from lists can be opened."""
        path = _usual(home, artifact)
        if path is None or path in taken:
            return
        if self._selection.status(path, home.real, follow=False) is None:
            self._rows.write(path, artifact["name"], _state.ABSENT, home, home.real, expected=True)
        else:
            taken.add(path)
            self._take(home, path, artifact, listed=False)


def paths_of(artifact):
    """The paths of a row of the catalogue as bytes."""
    return [path.encode("utf-8") for path in artifact["paths"]]


def _usual(home, artifact):
    """The path where users of a home with the artifact's shells have their history, else None."""
    shells = [account.shell.rsplit(b"/", 1)[-1] for account in home.accounts]
    if not any(shell.encode("utf-8") in shells for shell in artifact.get("shells") or ()):
        return None
    usual = [path for path in paths_of(artifact) if not is_glob(path)]
    return home.real.rstrip(b"/") + b"/" + usual[0] if usual else None


def stays_here(pattern):
    """Whether a pattern names something hidden, and looks for nothing in other people's folders."""
    return pattern[:1] == b"." and not is_wild(pattern[1:2]) and b"**" not in pattern


__all__ = ("DEFAULT_LIMIT", "HomeFiles", "paths_of", "stays_here")
