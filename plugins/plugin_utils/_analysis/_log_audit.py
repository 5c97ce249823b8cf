# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.
"""audit.log: records that tell of logins, accounts, commands, modules and the audit system itself."""

from __future__ import annotations

import datetime
import re

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._log_clock import UTC, Stamp
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._log_found import Event, Found, hour

_RECORD = re.compile(
    rb"(?:node=\S{1,255} )?type=([A-Z_0-9]{1,40}) msg=audit\(([0-9]{1,11})\.([0-9]{3}):[0-9]{1,20}\): ?(.*)", re.DOTALL,
)
_KINDS = {
    b"USER_LOGIN": "audit_login", b"USER_CMD": "audit_command", b"EXECVE": "audit_command",
    b"KERN_MODULE": "kernel_module", b"CONFIG_CHANGE": "audit_change", b"DAEMON_START": "log_daemon",
    b"DAEMON_END": "log_daemon", b"DAEMON_ABORT": "log_daemon", b"SYSTEM_BOOT": "boot", b"SYSTEM_SHUTDOWN": "boot",
    **dict.fromkeys(
        (b"ADD_USER", b"DEL_USER", b"ADD_GROUP", b"DEL_GROUP", b"USER_MGMT", b"GRP_MGMT", b"USER_CHAUTHTOK", b"ACCT_LOCK",
         b"ACCT_UNLOCK", b"ROLE_ASSIGN"), "account_change",
    ),
}
_ANOMALY = b"ANOM_"
_COMMANDS = (b"USER_CMD", b"EXECVE")
_FAILED = re.compile(rb"\bres=(?:failed|0)\b")
_USER = re.compile(rb'\bacct="([^"]{1,256})"')
_ADDRESS = re.compile(rb"\b(?:addr|hostname)=([0-9A-Fa-f.:]{2,45})")


class Audit:
    """Records of the audit daemon; their times are seconds since the epoch."""

    def __init__(self, found: Found) -> None:
        self._found = found

    @staticmethod
    def fits(line: bytes) -> bool:
        """Whether a line is of this kind."""
        return bool(_RECORD.match(line))

    def read(self, number: int, line: bytes) -> None:
        """Takes the next line."""
        match = _RECORD.match(line)
        if not match:
            return
        name, text = match[1], match[4]
        kind = _KINDS.get(name) or ("audit_anomaly" if name.startswith(_ANOMALY) else None)
        if name in (b"USER_LOGIN", b"USER_AUTH") and _FAILED.search(text):
            kind = "auth_failed"
        if kind is None:
            return
        stamp = Stamp(datetime.datetime.fromtimestamp(int(match[2]), UTC).replace(microsecond=int(match[3]) * 1000))
        user, address = _USER.search(text), _ADDRESS.search(text)
        event = Event(
            number, stamp, kind, name + b" " + text, b"audit", user[1] if user else b"", address[1] if address else b"",
        )
        if kind == "auth_failed":
            self._found.tally((hour(stamp), event.address), event)
        elif name in _COMMANDS:
            self._found.tally((hour(stamp), text), event)
        else:
            self._found.add(event)

    def finish(self) -> None:
        """The file has ended."""


__all__ = ("Audit",)
