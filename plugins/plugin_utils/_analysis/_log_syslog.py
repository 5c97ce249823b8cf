# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""auth.log, secure, syslog, messages, cron, kern.log: which lines tell what of whom."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import NamedTuple

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._log_clock import MONTHS, NO_YEAR, Stamp, zoned
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._log_found import Event, Found, hour

_REST = rb" \S{1,255} ([^\s:\[]{1,64})(?:\[[0-9]{1,10}\])?: ?(.*)"
_OLD = re.compile(
    rb"(?:<[0-9]{1,3}>)?([A-Z][a-z]{2}) {1,2}([0-9]{1,2}) ([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.,][0-9]{1,9})?" + _REST,
    re.DOTALL,
)
_NEW = re.compile(
    rb"(?:<[0-9]{1,3}>)?([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9:]{8}(?:\.[0-9]{1,6})?)[0-9]{0,3}(Z|[+-][0-9]{2}:?[0-9]{2})" + _REST,
    re.DOTALL,
)
_REPEATED = re.compile(rb"message repeated ([0-9]{1,6}) times: \[ ?(.*)\]\Z", re.DOTALL)


class _Pattern(NamedTuple):
    """What a message of some programs says. Groups: ``user``, ``address``. `tally`: by ``hour`` and address, or by
    ``text`` over the whole file.
    """

    kind: str
    programs: frozenset[bytes]
    message: re.Pattern[bytes]
    tally: str = ""


def _pattern(kind: str, programs: str, message: bytes, tally: str = "") -> _Pattern:
    return _Pattern(kind, frozenset(programs.encode("ascii").split()), re.compile(message, re.DOTALL), tally)


_SSHD = "sshd sshd-session sshd-auth dropbear"
_CRON = "CRON cron crond crontab anacron CROND /usr/sbin/cron /USR/SBIN/CRON"
_ANY = ""
PATTERNS = (
    _pattern("ssh_login", _SSHD, rb"(?:Accepted \S{1,64} for|Password auth succeeded for|Pubkey auth succeeded for) "
             rb"(?P<user>.{1,256}?) (?:with .{0,200})?from (?P<address>[^\s]{1,255})"),
    _pattern("ssh_failed", _SSHD, rb"(?:error: )?(?:Failed \S{1,64} for (?:invalid user )?|maximum authentication attempts "
             rb"exceeded for (?:invalid user )?)(?P<user>.{0,256}?) from (?P<address>\S{1,255}) port", "hour"),
    _pattern("ssh_invalid_user", _SSHD, rb"Invalid user (?P<user>.{0,256}?) from (?P<address>\S{1,255})", "hour"),
    _pattern("ssh_server", _SSHD, rb"Server listening on |Received signal [0-9]+; terminating"),
    _pattern("sudo_refused", "sudo", rb"\s*(?P<user>\S{1,256}) : (?:user NOT in sudoers|command not allowed|[0-9]+ incorrect "
             rb"password attempt|a password is required|user NOT authorized)"),
    _pattern("sudo", "sudo", rb"\s*(?P<user>\S{1,256}) : .*?COMMAND="),
    _pattern("sudo", "pkexec", rb"(?P<user>\S{1,256}): Executing command "),
    _pattern("sudo", "doas", rb"(?P<user>\S{1,256}) ran command "),
    _pattern("su", "su", rb"(?:FAILED SU |Successful su for |FAILED su for |\(to |\+ |- )"),
    _pattern("account_change", "useradd userdel usermod groupadd groupdel groupmod gpasswd passwd chpasswd chage chfn chsh "
             "adduser newusers", rb"(?!pam_unix\(\w+:(?:session|auth)\)).*?(?:new |delete|remov|add|chang|lock|shadow|member)"),
    _pattern("cron_change", _CRON, rb"\((?P<user>[^)]{0,256})\) (?:REPLACE|BEGIN EDIT|END EDIT|DELETE|RELOAD) "),
    _pattern("cron_command", _CRON, rb"\((?P<user>[^)]{0,256})\) CMD \(", "text"),
    _pattern("kernel_module", "kernel", rb".*?(?:module verification failed|loading out-of-tree module|taints kernel)"),
    _pattern("kernel_warning", "kernel", rb".*?(?:segfault at |general protection|Out of memory: Kill|oom-kill:)", "hour"),
    _pattern("promiscuous", "kernel", rb".*?promiscuous mode"),
    _pattern("boot", "kernel", rb".*?Linux version [0-9]"),
    _pattern("log_daemon", "rsyslogd syslogd syslog-ng rsyslog", rb".*?(?:\bstart\b|exiting|shutting down|starting up)"),
    _pattern("unit", "systemd", rb"(?:Started|Stopped|Failed to start|Reloaded) (?!Session |User |session-|user@|user-runtime-dir@"
             rb"|target |\S{1,256}\.(?:target|socket|path|slice|mount|scope)\b)", "text"),
    _pattern("auth_failed", _ANY, rb"pam_\w{1,20}\([^)]{1,64}:auth\): authentication failure;"
             rb"(?:.{0,400}? rhost=(?P<address>\S{0,255}))?(?:.{0,80}? user=(?P<user>\S{1,256}))?", "hour"),
    _pattern("session", _ANY, rb"pam_unix\((?!cron|systemd-user)[^)]{1,64}:session\): session (?:opened|closed) for user "
             rb"(?P<user>[^ (]{1,256})"),
    _pattern("password_change", _ANY, rb"pam_\w{1,20}\([^)]{1,64}:chauthtok\): password changed for (?P<user>\S{1,256})"),
)
_GENERAL = tuple(pattern for pattern in PATTERNS if not pattern.programs)
_BY_PROGRAM = {
    program: tuple(pattern for pattern in PATTERNS if program in pattern.programs) + _GENERAL
    for program in frozenset().union(*(pattern.programs for pattern in PATTERNS))
}


# One search for all of them; names of groups must not come twice.
_ANY_MESSAGE = re.compile(
    rb"message repeated |" + b"|".join(re.sub(rb"\?P<\w+>", b"?:", pattern.message.pattern) for pattern in PATTERNS), re.DOTALL,
)


def known_message(message: bytes) -> bool:
    """Whether a message tells something when the right program says it."""
    return bool(_ANY_MESSAGE.match(message))


def note_message(found: Found, number: int, program: bytes, message: bytes, stamp_of: Callable[[], Stamp | None]) -> None:
    """Adds what a program's message tells, if it does; its time is asked for only then."""
    patterns = _BY_PROGRAM.get(program) or (_GENERAL if message.startswith(b"pam_") else ())
    count = 1
    if patterns and (repeated := _REPEATED.match(message)):
        count, message = int(repeated[1]), repeated[2]
    for pattern in patterns:
        if said := pattern.message.match(message):
            stamp = stamp_of()
            if stamp is not None:
                _add(found, pattern, said, Event(number, stamp, pattern.kind, message, program, count=count))
            return


def _add(found: Found, pattern: _Pattern, said: re.Match[bytes], event: Event) -> None:
    groups = said.groupdict()
    event.user, event.address = groups.get("user") or b"", groups.get("address") or b""
    if pattern.tally == "hour":
        found.tally((hour(event.stamp), event.address or event.user), event)
    elif pattern.tally == "text":
        found.tally((event.program, event.message), event)
    else:
        found.add(event)


class Syslog:
    """Lines as syslog daemons write them, with the old time or with that of RFC 5424."""

    def __init__(self, found: Found) -> None:
        self._found = found
        self._day: tuple[bytes, bytes] | None = None

    @staticmethod
    def fits(line: bytes) -> bool:
        """Whether a line is of this kind."""
        match = _OLD.match(line)
        return bool(match and match[1] in MONTHS or _NEW.match(line))

    def read(self, number: int, line: bytes) -> None:
        """Takes the next line."""
        match = _OLD.match(line) or _NEW.match(line)
        if not match:
            return
        is_old = match.re is _OLD
        if is_old:
            self._notice_day(match)
        program, message = match.groups()[-2:]
        note_message(
            self._found, number, program, message,
            lambda: self._old_stamp(match) if is_old else zoned(*match.groups()[:3]),
        )

    def finish(self) -> None:
        """The file has ended."""

    def _notice_day(self, match: re.Match[bytes]) -> None:
        """The clock must see each day, so that it sees the years turn."""
        if (day := match.groups()[:2]) != self._day:
            self._day = day
            self._old_stamp(match)

    def _old_stamp(self, match: re.Match[bytes]) -> Stamp | None:
        try:
            time = datetime.datetime(NO_YEAR, MONTHS[match[1]], *(int(match[place]) for place in range(2, 6)))
        except (KeyError, ValueError):
            return None
        return self._found.clock.without_year(time)


__all__ = ("PATTERNS", "Syslog", "known_message", "note_message")
