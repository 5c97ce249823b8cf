# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Who may come in by SSH: keys, authorities and programs, wherever the server's configuration puts them."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts import _sshd_config
from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts._selection import is_glob
from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _private_keys, _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._status import columns
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

CONFIGURATIONS = (b"/etc/ssh/sshd_config", b"/usr/etc/ssh/sshd_config")
USUAL_KEY_FILES = (b".ssh/authorized_keys", b".ssh/authorized_keys2")
LIMIT = 4 << 20
MAX_PATTERNS = 64
_FILES = ("trustedusercakeys", "revokedkeys", "hostcertificate", "hostkey", "banner")
_PROGRAMS = ("authorizedkeyscommand", "authorizedprincipalscommand", "forcecommand")
_KERNEL = (b"/proc/", b"/sys/", b"/dev/")


class SshFiles:
    """Copies what sshd's configurations point to and writes the table ``private_keys``."""

    def __init__(self, selection):
        self._selection = selection
        self._collection = selection.collection
        self._described = set()
        self.private_keys = 0

    def collect_server(self, homes, hints):
        """Configurations (also those that a running sshd was started with) and the files that they name."""
        survey = _sshd_config.Survey(self._read, self._expand)
        for path in CONFIGURATIONS:
            survey.add(path)
        for hint in hints:
            files, settings = _sshd_config.command_line_options(hint.arguments)
            survey.settings += settings
            for path in files:
                survey.add(path if path.startswith(b"/") else (hint.cwd or b"") + b"/" + path)
        if survey.cut:
            self._collection.note(None, _state.SKIPPED_BUDGET, "too many Include files", "sshd configuration")
        for path in survey.files:
            self._take(path, "sshd configuration")
        for keyword in _FILES:
            for path in survey.values(keyword):
                self._take(path, "sshd " + keyword)
        for keyword in _PROGRAMS:
            for path in survey.programs(keyword):
                self._take(path, "sshd " + keyword)
        self._take_user_files(survey, homes)

    def _read(self, path):
        try:
            return self._collection.read(path, LIMIT) if b"\0" not in path else None
        except NotRead:
            return None

    def _expand(self, pattern):
        self._collection.check()
        return self._selection.matches(pattern) if is_glob(pattern) else [pattern]

    def _take(self, path, artifact, beneath=None):
        if path.startswith(b"/") and not path.startswith(_KERNEL):
            self._selection.take(path, artifact, beneath, LIMIT)

    def _take_user_files(self, survey, homes):
        done = set()
        patterns = self._bounded(survey, "authorizedkeysfile")
        for path, home in self._for_users(list(USUAL_KEY_FILES) + patterns, homes, done):
            self._take_key_file(path, home)
        for path, _home in self._for_users(self._bounded(survey, "authorizedprincipalsfile"), homes, done):
            self._take(path, "sshd authorizedprincipalsfile")
        for pattern in patterns:
            self._take_all_of(pattern, done)

    def _bounded(self, survey, keyword):
        patterns = survey.values(keyword)
        if len(patterns) > MAX_PATTERNS:
            reason = "more than %d values of %s" % (MAX_PATTERNS, keyword)
            self._collection.note(None, _state.SKIPPED_BUDGET, reason, "sshd " + keyword)
        return patterns[:MAX_PATTERNS]

    def _for_users(self, patterns, homes, done):
        """(path, home) of each path that patterns mean for any user and that isn't `done`."""
        for pattern in patterns:
            for path, home in _for_users(pattern, homes):
                self._collection.check()
                if path not in done:
                    done.add(path)
                    yield path, home

    def _take_key_file(self, path, home):
        """sshd follows links out of a home, so it is done here as well, but only for what is a list of keys."""
        if path.startswith(_KERNEL) or self._selection.status(path, follow=False) is None:
            return
        fence = home.real if path.startswith(home.path.rstrip(b"/") + b"/") and home.real != b"/" else None
        data = self._read(path)
        if fence is None or data and any(_private_keys.public_blob(line) for line in data.split(b"\n")[:10000]):
            self._take(path, "sshd authorizedkeysfile")
        else:
            self._take(path, "sshd authorizedkeysfile", fence)

    def _take_all_of(self, pattern, done):
        """A folder with a file for each user holds also those of users that passwd doesn't know."""
        folder, token, rest = pattern.partition(b"%u")
        if not token or folder.count(b"/") < 3 or b"%" in folder + rest or is_glob(folder):
            return
        for path in self._selection.matches(folder + b"*" + rest):
            if path not in done:
                self._take(path, "sshd authorizedkeysfile")

    def collect_private_keys(self, patterns, homes):
        """A row for each private key in the files that globs match; ``~/`` at the beginning stands for every home."""
        for pattern in patterns:
            if pattern.startswith(b"~/"):
                for home in homes:
                    if not home.shared or b"**" not in pattern:
                        for path in self._selection.matches_below(home.real, pattern[2:]):
                            self._describe(path, home.real)
            else:
                for path in self._selection.matches(pattern):
                    self._describe(path, None)
        for path, beneath in self._selection.keys:
            self._describe(path, beneath)

    def _describe(self, path, beneath):
        self._collection.check()
        status = self._selection.status(path, beneath)
        if path in self._described or status is None or not 0 < status.st_size <= _private_keys.LARGEST:
            return
        self._described.add(path)
        keys = _private_keys.describe(self._read_beneath(path, beneath))
        for key in keys:
            row = dict(
                columns(status), path=escape(path), home=escape(beneath) if beneath else None, format=key.format,
                key_type=key.type, encrypted=key.encrypted, fingerprint=key.fingerprint,
                fingerprint_source="key" if key.fingerprint else None,
            )
            if key.fingerprint is None and len(keys) == 1:
                row.update(self._from_public(path + b".pub", beneath))
            self._collection.table("private_keys").row(row)
            self.private_keys += 1

    def _from_public(self, path, beneath):
        blob = _private_keys.public_blob(self._read_beneath(path, beneath))
        return {"fingerprint": _private_keys.fingerprint(blob), "fingerprint_source": "public key"} if blob else {}

    def _read_beneath(self, path, beneath):
        try:
            return self._collection.read(path, _private_keys.LARGEST, beneath)
        except NotRead:
            return b""


def _for_users(pattern, homes):
    """(path, home) for each home and user that a pattern of sshd can mean."""
    for home in homes:
        for account in home.accounts:
            path = _sshd_config.expand_tokens(pattern, account.name, str(account.uid).encode("ascii"), home.path)
            if path is not None:
                yield path, home
        if not home.accounts and b"%" not in pattern.replace(b"%h", b""):
            path = _sshd_config.expand_tokens(pattern, b"", b"", home.path)
            if path is not None:
                yield path, home


__all__ = ("SshFiles",)
