# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Every home on a host: what passwd says, what lies where homes lie, and what running processes call their home.

A user that was removed leaves a home behind, a service account has one where nobody looks, and an intruder may have
put one anywhere.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import array
import stat
from collections import namedtuple

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._status import columns
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._streams import lines_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

MAX_HOMES = 20000
MAX_GONE = 10000  # homes that passwd names and that aren't there
MAX_ACCOUNTS = 200  # of one home
MAX_UIDS = 1000000
MAX_BYTES = 8 << 20  # of all paths, each with
NAMED_BYTES = 100  # for being kept
MAX_NAMES = 10000
LONGEST_LINE = 1 << 14
LONGEST_PATH = 4096
# Each folder in these is a home, or holds homes (one folder a domain).
HOME_FOLDERS = (b"/home", b"/srv/home", b"/export/home", b"/var/home", b"/usr/home")
# Folders in these are homes when they show marks of one.
OTHER_FOLDERS = (
    b"/var/lib", b"/var", b"/opt", b"/srv", b"/usr/local", b"/tmp", b"/var/tmp", b"/dev/shm", b"/mnt", b"/",
)
# Shared by everybody: of these, when passwd or a process calls them a home, only known names directly below are taken.
SHARED = frozenset((
    b"/", b"/bin", b"/boot", b"/dev", b"/dev/shm", b"/etc", b"/home", b"/lib", b"/media", b"/mnt", b"/opt", b"/run",
    b"/sbin", b"/srv", b"/tmp", b"/usr", b"/usr/bin", b"/usr/games", b"/usr/lib", b"/usr/local", b"/usr/sbin",
    b"/usr/share", b"/var", b"/var/cache", b"/var/lib", b"/var/log", b"/var/mail", b"/var/run", b"/var/spool",
    b"/var/tmp",
))
KERNEL_FOLDERS = (b"/proc", b"/sys")
_MARKS = frozenset((
    b".ssh", b".bashrc", b".profile", b".bash_profile", b".histfile", b".lesshst", b".viminfo",
))

Account = namedtuple("Account", "name uid gid home shell")


def accounts(data):
    """`Account` of each line of a passwd file (bytes) that follows its format, see passwd(5); one by one."""
    for line in lines_of(data):
        fields = line.rstrip(b"\r").split(b":")
        if len(fields) != 7 or len(line) > LONGEST_LINE or b"\0" in line:
            continue
        try:
            yield Account(fields[0], int(fields[2]), int(fields[3]), fields[5], fields[6])
        except ValueError:
            continue


class Home:
    """One home. `path` as it was named first, `real` without links, None where there is no such folder; `uid` is its owner's.

    `more` counts the accounts beyond `MAX_ACCOUNTS`.
    """

    __slots__ = ("path", "real", "uid", "state", "reason", "accounts", "more", "sources")

    def __init__(self, path, real=None, uid=None):
        self.path = path
        self.real = real
        self.uid = uid
        self.state = _state.COLLECTED
        self.reason = ""
        self.accounts = []
        self.more = 0
        self.sources = []

    @property
    def shared(self):
        return self.real in SHARED

    def users(self):
        """Names of the accounts, each once."""
        return sorted(set(account.name for account in self.accounts))


class Homes:
    """Gathers homes; those that exist are in `found`, each once whatever names lead to it."""

    def __init__(self, collection):
        self._collection = collection
        self._by_path = {}
        self._by_real = {}
        self._uids = array.array("I")
        self._gone = 0
        self._room = MAX_BYTES
        self.found = []
        self.left = 0

    def add_accounts(self, data, source):
        """The homes in the bytes of a passwd file; `source` (text) is where they come from."""
        for account in accounts(data):
            self._collection.check()
            if source != "passwd backup" and 0 <= account.uid < 1 << 32 and len(self._uids) < MAX_UIDS:
                self._uids.append(account.uid)
            self.add(account.home, source, account)

    def add_folders(self):
        """Whatever lies where homes lie."""
        self.add(b"/root", "folder")
        for base in HOME_FOLDERS:
            for path in self._folders(base):
                self.add(path, "folder")
                if path in self._by_path and not self._by_path[path].accounts and not self._has_marks(path):
                    self._add_marked(path, "folder")
        for base in OTHER_FOLDERS:
            if self._has_marks(base):
                self.add(base, "marks")
            self._add_marked(base, "marks")

    def _add_marked(self, base, source):
        for path in self._folders(base):
            if self._has_marks(path):
                self.add(path, source)

    def add_processes(self, hints):
        """What processes call their home, in the `Hint` rows of `_process_hints`."""
        for hint in hints:
            if b"HOME" in hint.environment:
                self.add(hint.environment[b"HOME"], "process")

    def add(self, path, source, account=None):
        """Adds a home by its path; one that is none is remembered as such."""
        home = self._by_path.get(path)
        if home is None:
            home = self._resolved(path) if len(path) <= self._room else None
            if home is None or home.real is None and self._gone >= MAX_GONE:
                self.left += 1
                return
            self._by_path[path] = home
            self._room -= len(path) + NAMED_BYTES
            self._gone += home.real is None
        if account is not None and len(home.accounts) >= MAX_ACCOUNTS:
            home.more += 1
        elif account is not None and account not in home.accounts:
            home.accounts.append(account)
        if source not in home.sources:
            home.sources.append(source)

    def _resolved(self, path):
        """The `Home` of a path, None when there are too many."""
        problem = _problem(path)
        if problem:
            return self._unusable(path, _state.SKIPPED_TYPE, problem)
        try:
            with self._collection.reader.find(path) as found:
                real, status = found.path, found.status
        except NotRead as error:
            return self._unusable(path, error.state, error.reason)
        if real in self._by_real:
            return self._by_real[real]
        if not stat.S_ISDIR(status.st_mode):
            return self._unusable(path, _state.SKIPPED_TYPE, "not a folder")
        if real.startswith(tuple(folder + b"/" for folder in KERNEL_FOLDERS)) or real in KERNEL_FOLDERS:
            return self._unusable(path, _state.SKIPPED_TYPE, "a view of the kernel")
        if len(self.found) >= MAX_HOMES:
            return None
        home = self._by_real[real] = Home(path, real, status.st_uid)
        self.found.append(home)
        return home

    def _unusable(self, path, state, reason):
        home = Home(path)
        home.state, home.reason = state, reason
        return home

    def write_rows(self):
        """The table ``homes``: one row a home, also of those that don't exist; processes' only when they do."""
        table = self._collection.table("homes")
        if self.left:
            reason = "%d more than %d homes, %d that aren't there, or %d bytes of paths" % (self.left, MAX_HOMES, MAX_GONE, MAX_BYTES)
            self._collection.note(None, _state.SKIPPED_BUDGET, reason, "homes")
        owners = set(home.uid for home in self.found).intersection(self._uids)
        written = set()
        for path in sorted(self._by_path):
            home = self._by_path[path]
            self._collection.check()
            if home not in written and (home.real is not None or home.sources != ["process"]):
                written.add(home)
                table.row(self._row(home, owners))
                if home.more:
                    reason = "%d accounts more than %d have it" % (home.more, MAX_ACCOUNTS)
                    self._collection.note(home.path, _state.SKIPPED_BUDGET, reason, "homes")

    def _row(self, home, owners):
        row = {
            "path": escape(home.path[:LONGEST_PATH]), "exists": home.real is not None,
            "users": [escape(name) for name in home.users()], "sources": sorted(home.sources),
            "user_uids": sorted(set(account.uid for account in home.accounts)),
            "shells": [escape(shell) for shell in sorted(set(account.shell for account in home.accounts))],
        }
        row.update(self._columns(home))
        if home.real is None:
            row.update(state=home.state, reason=home.reason, network=home.reason.startswith("network"))
        else:
            row.update(
                real_path=escape(home.real), network=False, shared=home.shared,
                owner_known=home.uid in owners,
            )
        return row

    def _columns(self, home):
        """Asked for now: twenty thousand of them would be 10 MiB."""
        try:
            return columns(self._collection.stat(home.real or home.path))
        except NotRead:
            return {}

    def _folders(self, base):
        """Paths of the folders in a folder, links to folders included."""
        self._collection.check()
        try:
            names = self._collection.listdir(base)[:MAX_NAMES]
        except NotRead as error:
            if error.state != _state.ABSENT:
                self._collection.note(base, error.state, error.reason, "homes")
            return []
        return [path for path in (base.rstrip(b"/") + b"/" + name for name in names) if self._is_folder(path)]

    def _is_folder(self, path):
        try:
            return stat.S_ISDIR(self._collection.stat(path).st_mode)
        except NotRead as error:
            return error.reason.startswith("network")

    def _has_marks(self, path):
        self._collection.check()
        try:
            names = self._collection.listdir(path)
        except NotRead:
            return False
        return any(name in _MARKS or name[:1] == b"." and name.endswith(b"history") for name in names)


def _problem(path):
    """Why a path can't be a home, or None."""
    if not path.startswith(b"/"):
        return "not an absolute path"
    if b"\0" in path:
        return "a zero byte in the path"
    return "longer than %d bytes" % LONGEST_PATH if len(path) > LONGEST_PATH else None


__all__ = ("Account", "Home", "Homes", "accounts")
