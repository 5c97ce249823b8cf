# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The collector ``accounts``: who has an account here, how they come in, what they typed, when they came.

What only the host knows becomes rows; the rest goes home as bytes and is read there.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts import _process_hints
from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _command, _shadow, _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts._history_rows import HistoryRows
from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts._history_settings import VARIABLES
from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts._history_targets import HistoryTargets
from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts._home_files import HomeFiles, paths_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts._homes import Homes
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead
from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts._selection import Selection
from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts._ssh_files import SshFiles
from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts._sudo_includes import take_included
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._streams import WholeLines
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

PASSWORD_FILE_LIMIT = 64 << 20
MAX_FILES_OF_ONE = 40  # that a command runs on; the files themselves all come home
TIMEOUT = 20
PASSWD_BACKUPS = (b"/etc/passwd[-.~+]*", b"/var/backups/passwd*")


def collect(collection, options):
    """Collects everything; `options` as documented for the module ``accounts``. A step that fails stops no other."""
    _Accounts(collection, options).collect()


class _Accounts:
    def __init__(self, collection, options):
        self._collection = collection
        self._options = options
        self._selection = Selection(collection)
        self._homes = Homes(collection)
        self._histories = HistoryRows(self._selection)
        self._targets = HistoryTargets(self._selection, self._histories)
        artifacts = options.get("home_artifacts") or []
        self._home_files = HomeFiles(self._selection, artifacts, self._histories, self._targets)
        self._ssh = SshFiles(self._selection)
        self._hints = []
        self._live = collection.root == b"/"

    def collect(self):
        try:
            for step in (
                self._look_at_processes, self._withhold, self._take_password_files, self._find_homes, self._take_homes,
                self._take_artifacts, self._take_sudo_includes, self._take_histories_elsewhere, self._take_ssh, self._run_commands,
            ):
                self._collection.attempt(step.__name__.strip("_").replace("_", " "), step)
        finally:
            self._summarise()

    def _summarise(self):
        self._collection.summary.update(
            homes=len(self._homes.found), histories=self._histories.found, private_keys=self._ssh.private_keys,
        )

    def _look_at_processes(self):
        if self._live:
            self._hints = _process_hints.find(VARIABLES | frozenset((b"HOME",)), check=self._collection.check)

    def _withhold(self):
        for artifact in self._options.get("withheld") or []:
            for pattern in paths_of(artifact):
                if not pattern.startswith(b"~/"):
                    for path in self._selection.matches(pattern):
                        self._selection.withhold(path, artifact["name"])

    def _withhold_in(self, home, seen):
        for artifact in self._options.get("withheld") or []:
            for pattern in paths_of(artifact):
                if pattern.startswith(b"~/") and not (home.shared and b"**" in pattern):
                    for path in self._selection.matches_below(home.real, pattern[2:], seen):
                        self._selection.withhold(path, artifact["name"], home.real)

    def _take_password_files(self):
        for path in self._matching(_shadow.HASH_FILES):
            self._take_hash_file(path)
        for path in self._matching(_shadow.OPEN_FILES):
            self._take_open_file(path)

    def _matching(self, patterns):
        return [path for pattern in patterns for path in self._selection.matches(pattern)]

    def _take_hash_file(self, path):
        if b"shadow" not in path.rsplit(b"/", 1)[-1]:
            self._selection.withhold(path, "shadow", reason="password hashes")
            return
        table, first = self._collection.table("shadow"), 1
        for piece in self._pieces(path, "shadow"):
            for row in _shadow.rows(path, piece, first):
                table.row(row)
            first += piece.count(b"\n")
        self._selection.withhold(path, "shadow", reason="password hashes: methods and ages are in the table shadow")

    def _take_open_file(self, path):
        if self._selection.is_withheld(path):
            return
        with self._collection.scratch() as stream:
            size = count = 0
            for piece in self._pieces(path, "passwd"):
                masked, hashes = _shadow.mask(piece)
                size, count = size + len(piece), count + hashes
                stream.write(masked)
            if not count and size < PASSWORD_FILE_LIMIT:
                self._selection.take(path, "passwd", limit=PASSWORD_FILE_LIMIT)
                return
            name, what = "masked" + escape(path), "%d password hashes" % count
            self._selection.withhold(path, "passwd", reason="%s: without them it is live/%s" % (what, name))
            state, more = _state.COLLECTED, ""
            if size >= PASSWORD_FILE_LIMIT:
                state, more = _state.TRUNCATED, "; the first %d bytes" % size
            reason = "%s replaced by their methods%s" % (what, more)
            self._collection.capture_stream(name, stream, source=path, state=state, reason=reason)

    def _pieces(self, path, artifact):
        """Pieces of whole lines; a row in the manifest when it can't be read, or has more."""
        size = 0
        try:
            for piece in self._collection.read_lines(path, PASSWORD_FILE_LIMIT):
                size += len(piece)
                yield piece
        except NotRead as error:
            self._collection.note(path, error.state, error.reason, artifact)
        if size >= PASSWORD_FILE_LIMIT:
            self._collection.note(path, _state.TRUNCATED, "only the first %d bytes were looked at" % size, artifact)

    def _find_homes(self):
        self._add_accounts(b"/etc/passwd", "passwd")
        for path in self._matching(PASSWD_BACKUPS):
            self._add_accounts(path, "passwd backup")
        for command in self._commands(passwd=True):
            self._run_masked(command)
        self._homes.add_folders()
        self._homes.add_processes(self._hints)
        self._homes.write_rows()

    def _add_accounts(self, path, source):
        for piece in self._pieces(path, "homes"):
            self._homes.add_accounts(piece, source)

    def _take_artifacts(self):
        for artifact in self._options.get("artifacts") or []:
            for pattern in paths_of(artifact):
                for item in self._taken(pattern, artifact):
                    if artifact.get("settings") and item.size:
                        self._targets.add_file(item.path, self._homes.found)

    def _take_sudo_includes(self):
        take_included(self._selection)

    def _taken(self, pattern, artifact):
        name, limit = artifact["name"], artifact.get("limit")
        if not pattern.startswith(b"~/"):
            return self._selection.take_matching(pattern, name, limit)
        return [
            self._selection.take(path, name, home.real, limit) for home, path in self._in_homes(pattern)
            if not self._selection.is_folder(path, home.real)
        ]

    def _in_homes(self, pattern):
        """(home, path) of everything that matches a pattern beginning with ``~/``."""
        for home in self._homes.found:
            if not (home.shared and b"**" in pattern):
                for path in self._selection.matches_below(home.real, pattern[2:]):
                    yield home, path

    def _take_homes(self):
        for home in self._homes.found:
            seen = {}
            self._withhold_in(home, seen)
            self._home_files.collect(home, seen)

    def _take_histories_elsewhere(self):
        self._targets.add_processes(self._hints)
        self._targets.collect()

    def _take_ssh(self):
        self._ssh.collect_server(self._homes.found, self._hints)
        self._ssh.collect_private_keys(_encoded(self._options.get("private_keys")), self._homes.found)

    def _commands(self, passwd):
        """Commands of the catalogue; programs of a mounted image are not run."""
        if not self._live:
            return []
        return [one for one in self._options.get("commands") or [] if bool(one.get("passwd")) == passwd]

    def _run_commands(self):
        for command in self._commands(passwd=False):
            timeout = command.get("timeout") or TIMEOUT
            if not command.get("each"):
                self._collection.command(command["name"], command["argv"], timeout)
            for path in self._matching(_encoded(command.get("each")))[:MAX_FILES_OF_ONE]:
                text = escape(path)
                name = "%s.%s" % (command["name"], text.strip("/").replace("/", "_"))
                argv = [text if word == "{path}" else word for word in command["argv"]]
                self._collection.command(name, argv, timeout)

    def _run_masked(self, command):
        """Homes from output in the format of passwd, which may hold hashes (NIS): they don't go home."""
        self._collection.check()
        counts, lines = [], WholeLines()
        with self._collection.scratch() as stream:
            def take(piece):
                masked, count = _shadow.mask(piece)
                counts.append(count)
                stream.write(masked)
                self._homes.add_accounts(masked, "getent")

            result = _command.run(
                command["argv"], command.get("timeout") or TIMEOUT, PASSWORD_FILE_LIMIT, lambda piece: take(lines.of(piece)),
            )
            take(lines.last())
            reason = "%s: exit code %s, %d password hashes replaced" % (" ".join(command["argv"]), result.exit_code, sum(counts))
            if result.state == _state.ABSENT:
                self._collection.note(None, result.state, result.reason, command["name"])
            else:
                name = "commands/%s.txt" % command["name"]
                self._collection.capture_stream(name, stream, state=result.state, reason=reason)


def _encoded(texts):
    return [text.encode("utf-8") for text in texts or ()]


__all__ = ("collect",)
