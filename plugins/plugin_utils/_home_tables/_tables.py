# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.


"""Tables from the bytes that came home: which member of the archive feeds which reader."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any, BinaryIO, Callable, Protocol

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables import (
    _table_history, _table_packages, _table_ssh_keys,
)
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._bodyfile import Bodyfile
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._names import key_of, unescape
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._payloads import MAGIC, NAMES
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._persistence import (
    FILE_BYTES, Persistence,
)
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._part_reader import Malformed, Torn
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_databases import (
    Databases, is_database,
)
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_history import Histories
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_logins import Logins
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_owners import Owners
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_packages import Packages
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_pending import Pending
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_rows import Rows
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_settings import Settings
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_ssh_keys import SshKeys
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_streams import (
    Source, peek, whole,
)
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_users import Users

ROOT, MASKED = b"[root]", b"live/masked"
MAX_MEMBERS = 500_000
MAX_PATH = 1 << 13  # no path of a real host is as long
KEY_FILE = 64 << 10
RPM_SCRIPTS, RPM_SCRIPTS_BYTES = b"live/commands/rpm-scripts.txt", 4 << 20

_PASSWORD_FILE = re.compile(rb"/(?:etc|var/backups)/(passwd|group)(?:[-.~+][^/]*)?\Z|/etc/n(passwd|group)\Z")
_GETENT = re.compile(rb"live/commands/getent[-_](passwd|group)[^/]*\.txt\Z")
_LOGIN_FILE = re.compile(rb"/(utmp|wtmp|btmp)x?(?:[-._~][^/]*)?\Z")
_LOGIN_FOLDERS = (b"/run/", b"/var/run/", b"/var/log/", b"/var/adm/", b"/etc/utmp", b"/etc/wtmp", b"/etc/btmp")
_BY_UID = re.compile(rb"/(lastlog|faillog|tallylog)(?:[-._~][^/]*)?\Z")
_FAILLOCK = re.compile(rb"(?:/var)?/run/faillock/[^/]+\Z|/var/(?:lib|log)/faillock/[^/]+\Z")
_SPARSE_LASTLOG = re.compile(rb"live/sparse(/.*/lastlog)@([0-9]{1,15})\Z", re.DOTALL)


class MemberInfo(Protocol):
    """What is known of a member of the archive: `size` in bytes, `mtime` in seconds since the epoch."""

    size: int
    mtime: int


class HomeTables:
    """All tables that are made at home. `folder` exists, is empty and belongs to nobody else."""

    def __init__(self, folder: Path) -> None:
        self._rows = Rows(folder)
        self._users = Users(self._rows)
        self._logins = Logins(self._rows)
        self._histories = Histories(self._rows)
        self._ssh_keys = SshKeys(self._rows)
        self._databases = Databases(self._rows, folder)
        self._bodyfile = Bodyfile(self._rows, folder)
        self._pending = Pending(folder)
        self._owners = Owners(self._rows)
        self._packages = Packages(self._rows)
        self._persistence = Persistence(self._rows)
        self._settings = Settings(self._rows)
        self._taken: set[bytes] = set()

    def offer(self, name: bytes, member: MemberInfo, stream: BinaryIO) -> None:
        """Takes what it needs of one regular member of the archive, in the order of the archive.

        The same file from a second part is passed over. Whatever the host wrote, nothing is raised but what `stream`
        raises itself, and `OSError` when this machine can't write.
        """
        self._guard(name, lambda: self._offer(name, member, stream))

    def linked(self, name: bytes, target: bytes) -> None:
        """Takes a symbolic link of the archive, in the order of the archive. As safe as `offer`."""
        if name.startswith(ROOT):
            self._guard(name, lambda: self._persistence.linked(name[len(ROOT):], target))

    def noted(self, row: dict[str, Any]) -> None:
        """Takes a row of the manifest: it says what the files are that have no telling names. As safe as `offer`."""
        self._guard(b"manifest", lambda: self._noted(row))

    def _guard(self, name: bytes, work: Callable[[], None]) -> None:
        try:
            work()
        except (Torn, Malformed, OSError):
            raise
        except Exception as error:  # a fault of a reader costs this member, not the seal
            self._rows.problem("any", name, "the reader failed: %s" % type(error).__name__, cut=True)

    def _noted(self, row: dict[str, Any]) -> None:
        self._owners.noted(row)
        member = self._pending.named(row)
        if member is None or not member.startswith(ROOT):
            return
        kept = self._pending.taken(member)
        if kept is not None:
            self._histories.read(member[len(ROOT):], kept, sure=False)
        elif self._pending.was_refused(member):
            what = "not read: too large for a file whose name is not that of a history"
            self._rows.problem(_table_history.TABLE, member, what, cut=True)

    def finish(self) -> list[tuple[str, Path]]:
        """Name in the archive and file of everything that was made."""
        self._pending.close()
        for name, step in (
            (b"databases", self._databases.finish), (b"users", self._finish_users), (b"packages", self._packages.finish),
            (b"history", lambda: self._rows.release(_table_history.TABLE, self._owners.of_history)),
            (b"ssh_keys", lambda: self._rows.release(_table_ssh_keys.TABLE, self._owners.of_keys)),
            (b"persistence", self._persistence.finish),
        ):
            self._guard(name, step)
        return self._rows.close() + self._bodyfile.close()

    def _finish_users(self) -> None:
        for home, user in self._users.finish():
            self._owners.add(home, [user])

    def _offer(self, name: bytes, member: MemberInfo, stream: Source) -> None:
        if len(name) > MAX_PATH:
            self._rows.problem("any", name[:100], "a name of %d bytes, not read" % len(name), cut=True)
            return
        stream = self._settings.look(name, member.size, stream)
        if name.startswith(ROOT):
            stream = self._look_for_commands(name[len(ROOT):], member, stream)
            self._offer_file(name, name[len(ROOT):], member, stream)
        elif name.startswith(b"tables/"):
            self._offer_table(name, stream)
        elif name.startswith(b"live/"):
            self._offer_live(name, stream)

    def _look_for_commands(self, path: bytes, member: MemberInfo, stream: Source) -> Source:
        """Reads what makes the host run something, and scripts; returns a source that still has everything."""
        trigger = self._persistence.names(path)
        if trigger is None:
            return self._look_for_script(path, stream)
        data, stream = peek(stream, FILE_BYTES)
        self._guard(path, lambda: self._persistence.read(path, trigger, data, member.size))
        return stream

    def _look_for_script(self, path: bytes, stream: Source) -> Source:
        data, stream = peek(stream, len(MAGIC))
        if data == MAGIC or path.endswith(NAMES):
            data, stream = peek(stream, FILE_BYTES)
            self._guard(path, lambda: self._persistence.payloads.read(path, data))
        return stream

    def _offer_file(self, name: bytes, path: bytes, member: MemberInfo, stream: Source) -> None:
        key = key_of(name)
        if key in self._taken:
            return
        if len(self._taken) >= MAX_MEMBERS:
            self._rows.problem("any", b"", "more than %d files for tables, the others are not read" % MAX_MEMBERS, cut=True)
        elif self._read_file(name, path, member, stream) or self._look_into(name, path, member, stream):
            self._taken.add(key)

    def _read_file(self, name: bytes, path: bytes, member: MemberInfo, stream: Source) -> bool:
        """Reads a file whose name tells what it is."""
        in_login_folder = path.startswith(_LOGIN_FOLDERS)
        if match := _PASSWORD_FILE.fullmatch(path):
            self._read_password_file(match, path, name, stream)
        elif is_database(path):
            self._databases.keep(path, member.size, stream)
        elif in_login_folder and (match := _LOGIN_FILE.search(path)):
            self._logins.utmp(path, match.group(1).decode("ascii"), stream)
        elif in_login_folder and (match := _BY_UID.search(path)):
            self._read_by_uid(match.group(1), path, member, stream)
        elif path == _table_packages.DPKG_STATUS:
            self._packages.dpkg_status(stream)
        elif path in _table_packages.APK_INSTALLED:
            self._packages.apk_installed(stream)
        elif _FAILLOCK.fullmatch(path):
            self._logins.faillock(path, stream)
        elif _table_history.is_history(path):
            self._histories.read(path, stream)
        elif kind := _table_ssh_keys.kind_by_name(path):
            self._ssh_keys.read(path, kind, stream)
        else:
            return False
        return True

    def _read_password_file(self, match: re.Match, path: bytes, name: bytes, stream: Source) -> None:
        word = (match.group(1) or match.group(2)).decode("ascii")
        read = self._users.passwd if word == "passwd" else self._users.group
        read(path, word if path == b"/etc/" + word.encode("ascii") else "backup", stream, name)

    def _read_by_uid(self, word: bytes, path: bytes, member: MemberInfo, stream: Source) -> None:
        if word == b"lastlog":
            self._logins.lastlog(path, member.size, stream)
        elif word == b"faillog":
            self._logins.faillog(path, stream)
        else:
            self._logins.tallylog(path, stream)

    def _look_into(self, name: bytes, path: bytes, member: MemberInfo, stream: Source) -> bool:
        """Looks for public keys in a small file with any name; it may still turn out to be a history."""
        data, whole = peek(stream, KEY_FILE) if member.size <= KEY_FILE else (b"", stream)
        self._pending.keep(name, member.size, whole)
        if not _table_ssh_keys.holds_keys(data):
            return False
        self._ssh_keys.read(path, _table_ssh_keys.OTHER, io.BytesIO(data))
        return True

    def _offer_table(self, name: bytes, stream: Source) -> None:
        if name == b"tables/shadow.jsonl":
            self._users.shadow(stream, name)
        elif name == b"tables/homes.jsonl":
            self._owners.homes(stream, name)
        elif name == b"tables/persistence_files.jsonl":
            self._persistence.targets.files(stream, name)
        elif name == b"tables/persistence_targets.jsonl":
            self._persistence.targets.targets(stream, name)
        elif name == b"tables/web_services.jsonl":
            self._persistence.web_services(stream)
        elif name == b"tables/history_files.jsonl":
            self._pending.want(stream)
        elif name in (b"tables/files.jsonl.gz", b"tables/files.jsonl"):
            self._bodyfile.read(name, stream)
        elif name == _table_packages.TIMES:
            self._packages.times(stream)

    def _offer_live(self, name: bytes, stream: Source) -> None:
        if name.startswith((b"live/proc/", b"live/sys/")):
            path = name[len(b"live"):]
            self._persistence.read(path, path, whole(stream, FILE_BYTES), 0)
        elif name == RPM_SCRIPTS:
            self._persistence.read(name, name, whole(stream, RPM_SCRIPTS_BYTES), 0)
        elif name == b"live/commands/systemctl-unit-files.txt":
            self._persistence.services.unit_files(stream)
        elif name == b"live/commands/systemctl-units.txt":
            self._persistence.services.units(stream)
        elif name == _table_packages.DPKG_QUERY:
            self._packages.dpkg_query(stream)
        elif name == _table_packages.RPM_QUERY:
            self._packages.rpm_query(stream)
        getent, sparse = _GETENT.fullmatch(name), _SPARSE_LASTLOG.fullmatch(name)
        if getent:
            word = getent.group(1).decode("ascii")
            read = self._users.passwd if word == "passwd" else self._users.group
            read(b"/etc/" + getent.group(1), "getent", stream, name)
        elif sparse:
            self._logins.lastlog(unescape(sparse.group(1).decode("utf-8")), 0, stream, int(sparse.group(2)))
        elif name.startswith(MASKED):
            path = unescape(name[len(MASKED):].decode("utf-8"))
            password_file = _PASSWORD_FILE.fullmatch(path)
            if password_file and key_of(name) not in self._taken:
                self._taken.add(key_of(name))
                self._read_password_file(password_file, path, name, stream)


class NoTables:
    """Takes what `HomeTables` takes and makes nothing of it but the row that says why."""

    def __init__(self, folder: Path, problem: str) -> None:
        self._rows = Rows(folder)
        self._rows.problem("any", b"", problem, cut=True)

    def offer(self, name: bytes, member: MemberInfo, stream: BinaryIO) -> None:
        """Passes over a member."""

    def linked(self, name: bytes, target: bytes) -> None:
        """Passes over a link."""

    def noted(self, row: dict[str, Any]) -> None:
        """Passes over a row of the manifest."""

    def finish(self) -> list[tuple[str, Path]]:
        """Name in the archive and file of the one table."""
        return self._rows.close()


__all__ = ("HomeTables", "MemberInfo", "NoTables")
