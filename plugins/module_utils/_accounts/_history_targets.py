# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Histories that somebody's settings put elsewhere: taken from where the settings point to."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from collections import namedtuple

from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts import _history_settings
from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead
from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts._selection import is_glob
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

LIMIT = 64 << 20
SETTINGS_LIMIT = 1 << 18
MAX_TARGETS = 2000
_KERNEL = (b"/proc/", b"/sys/")

# `is_sure`: it is set for this home, so that the history should be there.
Target = namedtuple("Target", "home path source is_pattern is_sure")


class HistoryTargets:
    """Gathers the places that settings name, then copies what is there.

    They may be anywhere. What is no regular file, not on this host, or a secret, isn't taken, as with everything else.
    """

    def __init__(self, selection, rows):
        self._selection = selection
        self._collection = selection.collection
        self._rows = rows
        self._targets = []
        self._paths = set()

    def add_file(self, path, homes, beneath=None):
        """Searches a start-up file: that of one home (in which no link leads out of `beneath`) or of all of them."""
        try:
            data = self._collection.read(path, SETTINGS_LIMIT, beneath)
        except NotRead:
            return
        for setting in _history_settings.find(data):
            source = "%s in %s, line %d" % (setting.variable.decode("ascii"), escape(path), setting.line)
            for home in homes:
                self._collection.check()
                self._add_setting(setting, source, home, beneath is not None)

    def _add_setting(self, setting, source, home, is_own):
        names = home.users()
        known = {b"USER": names[0], b"LOGNAME": names[0]} if names else {}
        target = _history_settings.target(setting.value, home.path, known)
        if target is not None:
            # What /etc says for every home isn't missing in each of them.
            is_sure = is_own or not target.startswith(home.path.rstrip(b"/") + b"/")
            self._add(Target(home, target, source, is_glob(target), is_sure))

    def add_processes(self, hints):
        """The environments of running processes (`Hint` of `_process_hints`)."""
        for hint in hints:
            for variable in sorted(_history_settings.VARIABLES.intersection(hint.environment)):
                value = hint.environment[variable]
                path = value if value.startswith(b"/") else (hint.cwd or b"") + b"/" + value
                if value not in (b"", b"-") and path.startswith(b"/"):
                    source = "%s of process %d" % (variable.decode("ascii"), hint.pid)
                    self._add(Target(None, path, source, is_pattern=False, is_sure=True))

    def _add(self, target):
        if len(self._targets) < MAX_TARGETS and target.path not in self._paths:
            self._paths.add(target.path)
            self._targets.append(target)

    def collect(self):
        """Copies the histories and writes their rows."""
        for target in self._targets:
            paths = self._selection.matches(target.path) if target.is_pattern else [target.path]
            for path in paths or [target.path]:
                if path not in self._rows.paths:
                    self._collect_one(target, path)
        if len(self._targets) == MAX_TARGETS:
            reason = "more than %d settings" % MAX_TARGETS
            self._collection.note(None, _state.SKIPPED_BUDGET, reason, "history settings")

    def _collect_one(self, target, path):
        if not target.is_sure and self._selection.status(path, follow=False) is None:
            return
        if path.startswith(_KERNEL):
            item = self._collection.note(path, _state.SKIPPED_TYPE, "a view of the kernel", target.source)
        else:
            item = self._selection.take(path, target.source, limit=LIMIT)
        self._rows.write(path, target.source, item.state, target.home, expected=target.is_sure)


__all__ = ("HistoryTargets",)
