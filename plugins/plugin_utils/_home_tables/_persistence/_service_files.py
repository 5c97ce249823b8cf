# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What services run by their settings: rotation and logging, mail, supervisors, network hooks, init, agents."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._commands import programs, unquoted
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._found import Found, Text

_SCRIPTS = (b"prerotate", b"postrotate", b"firstaction", b"lastaction", b"preremove")
_RSYSLOG = re.compile(rb"\b(?:binary|program)\s*=\s*\"((?:[^\"\\]|\\.)*)\"|\s\^(/\S[^;]*)", re.IGNORECASE)
_SYSLOG_NG = re.compile(rb"\bprogram\s*\(\s*\"((?:[^\"\\]|\\.)*)\"", re.IGNORECASE)
_PIPE = re.compile(rb"\"?\|\s*([^\"]+)")
_MONIT = re.compile(
    rb"\b(?:start|stop|restart)\b(?:\s+program)?\s*=?\s*\"([^\"]+)\"|\bexec\s+\"([^\"]+)\"|"
    rb"\bcheck\s+program\s+\S+\s+with\s+path\s+\"?([^\"]+)", re.IGNORECASE
)
_INTERFACE = re.compile(rb"(pre-up|up|post-up|pre-down|down|post-down)\s+(.*)\Z")
_OPENVPN = re.compile(
    rb"(up|down|route-up|route-pre-down|ipchange|tls-verify|auth-user-pass-verify|client-connect|client-disconnect|"
    rb"learn-address|plugin)\s+(.*)\Z"
)
_DHCLIENT = re.compile(rb"script\s+\"([^\"]+)\"")
_AGENT = re.compile(
    rb"(?:UserParameter\s*=\s*[^,]+,|command\[[^\]]*\]\s*=|"
    rb"extend(?:-sh)?\s+(?:\.[0-9.]+\s+)?\S+\s|(?:sh)?exec\s+(?:\.[0-9.]+\s+)?\S+\s|"
    rb"pass(?:_persist)?\s+(?:-p\s+\S+\s+)?\S+\s|(?:EnableRemoteCommands|AllowKey|EnableExtensions|dont_blame_nrpe|"
    rb"prerun_command|postrun_command|Exec)\s*=?\s)\s*(.*)\Z", re.IGNORECASE
)
_FAIL2BAN = re.compile(rb"(actionstart|actionstop|actioncheck|actionban|actionunban)\s*=\s*(\S.*)\Z")
_WATCH = re.compile(rb"\B-M\s+exec\s+(\S+)|^PROGRAM\s+(.*)\Z", re.IGNORECASE)
_UPSTART = re.compile(rb"(exec|pre-start exec|post-start exec|pre-stop exec|post-stop exec)\s+(.*)\Z")


def read_logrotate(text: Text) -> Iterator[Found]:
    """The scripts between ``prerotate`` and its like, and ``endscript`` (logrotate(8))."""
    start, name, script, logs = 0, b"", [], b""
    for number, line in text.lines:
        word = line.strip()
        if start and word == b"endscript":
            trigger = "%s of %s" % (name.decode("ascii"), logs.decode("utf-8", "replace")[:200])
            yield Found(start, b"\n".join(script), trigger, user=b"root")
            start = 0
        elif start:
            script.append(word)
        elif word in _SCRIPTS:
            start, name, script = number + 1, word, []
        elif word.startswith((b"/", b'"/')):
            logs = word.rstrip(b" {")


def read_rsyslog(text: Text) -> Iterator[Found]:
    """Programs that get messages: omprog, improg, and the action ``^program``."""
    for number, line in text.code():
        for match in _RSYSLOG.finditer(line):
            yield Found(number, match.group(match.lastindex), "a message is logged", user=b"root")


def read_syslog_ng(text: Text) -> Iterator[Found]:
    """``program()`` as source or destination."""
    for number, line in text.code():
        for match in _SYSLOG_NG.finditer(line):
            yield Found(number, match.group(1), "a message is logged", user=b"root")


def read_audit_plugin(text: Text) -> Iterator[Found]:
    """``path`` of a plugin of auditd, unless it is not active."""
    settings = {key: (number, value) for number, _section, key, value in text.sections()}
    if b"path" in settings:
        number, path = settings[b"path"]
        active = settings.get(b"active", (0, b""))[1] == b"yes"
        yield Found(number, path, "an audit record", (path,), user=b"root", enabled=active)


def read_fail2ban(text: Text) -> Iterator[Found]:
    """Commands of an action."""
    for number, line in text.code():
        match = _FAIL2BAN.match(line)
        if match:
            yield Found(number, match.group(2), "fail2ban: " + match.group(1).decode("ascii"), user=b"root")


def read_watcher(text: Text) -> Iterator[Found]:
    """Programs of smartd and mdadm."""
    for number, line in text.code():
        match = _WATCH.search(line)
        if match:
            yield Found(number, match.group(1) or match.group(2), "a disk fails", user=b"root")


def read_aliases(text: Text) -> Iterator[Found]:
    """Pipes to programs in aliases(5) and .forward."""
    for number, line in text.code():
        name, _colon, _targets = line.partition(b":")
        for match in _PIPE.finditer(line):
            yield Found(number, match.group(1).strip(), "mail to " + name.decode("utf-8", "replace")[:100])


def read_procmail(text: Text) -> Iterator[Found]:
    """Actions that are pipes, and commands in backquotes (procmailrc(5))."""
    for number, line in text.code():
        if line.startswith(b"|") or b"`" in line:
            command = line[1:].strip() if line.startswith(b"|") else line.partition(b"`")[2].partition(b"`")[0]
            yield Found(number, command, "mail comes")


def read_mail_server(text: Text) -> Iterator[Found]:
    """``argv=`` of pipe services and commands of Postfix, ``command =`` of Exim."""
    for number, line in text.code():
        match = re.search(rb"\bargv=(.*)\Z|^(?:mailbox_command|command)\s*=\s*\"?(/.*)\Z", line)
        if match:
            user = re.search(rb"\buser=([^\s:]+)", line)
            yield Found(number, match.group(1) or match.group(2), "mail comes", user=user.group(1) if user else None)


def read_supervisor(text: Text) -> Iterator[Found]:
    """``command`` of each program (also ``cmd`` of circus)."""
    settings: dict[bytes, dict[bytes, tuple[int, bytes]]] = {}
    for number, section, key, value in text.sections():
        settings.setdefault(section, {})[key] = number, value
    for section, found in settings.items():
        for key in (b"command", b"cmd"):
            if key in found:
                number, command = found[key]
                yield Found(
                    number, command, "supervised: " + section.decode("utf-8", "replace")[:100],
                    user=found.get(b"user", (0, None))[1], enabled=found.get(b"autostart", (0, b"true"))[1].lower() != b"false",
                )


def read_monit(text: Text) -> Iterator[Found]:
    """Programs that start, stop and check."""
    for number, line in text.code():
        for match in _MONIT.finditer(line):
            yield Found(number, match.group(match.lastindex), "monit", user=b"root")


def read_pm2(text: Text) -> Iterator[Found]:
    """``pm_exec_path`` of each process that pm2 brings back."""
    try:
        processes = json.loads(text.data)
    except (ValueError, RecursionError):
        return
    for process in processes if isinstance(processes, list) else ():
        path = process.get("pm_exec_path") if isinstance(process, dict) else None
        if isinstance(path, str):
            raw = path.encode("utf-8", "surrogatepass")
            yield Found(None, raw, "supervised: pm2", (raw,))


def read_interfaces(text: Text) -> Iterator[Found]:
    """Commands of interfaces(5)."""
    interface = b""
    for number, line in text.code():
        match = _INTERFACE.match(line)
        if match:
            trigger = "%s of %s" % (match.group(1).decode("ascii"), interface.decode("utf-8", "replace"))
            yield Found(number, match.group(2), trigger, user=b"root")
        elif line.startswith(b"iface "):
            interface = line.split()[1]


def read_openvpn(text: Text) -> Iterator[Found]:
    """Scripts and plugins."""
    for number, line in text.code(b"#", b";"):
        match = _OPENVPN.match(line)
        if match:
            command = match.group(2)
            yield Found(number, command, "openvpn: " + match.group(1).decode("ascii"), tuple(programs(unquoted(command))))


def read_dhclient(text: Text) -> Iterator[Found]:
    """``script`` instead of the usual one."""
    for number, line in text.code():
        match = _DHCLIENT.match(line)
        if match:
            yield Found(number, match.group(1), "an address is leased", (match.group(1),), user=b"root")


def read_inittab(text: Text) -> Iterator[Found]:
    """Name, run levels, action, process (inittab(5))."""
    for number, line in text.code():
        fields = line.split(b":", 3)
        if len(fields) == 4 and fields[3]:
            trigger = "init: %s %s" % tuple(field.decode("utf-8", "replace") for field in (fields[1], fields[2]))
            yield Found(number, fields[3].lstrip(b"+"), trigger, user=b"root")


def read_upstart(text: Text) -> Iterator[Found]:
    """``exec`` of a job of upstart, and the lines of its scripts."""
    inside = False
    for number, line in text.code():
        match = _UPSTART.match(line)
        if match:
            yield Found(number, match.group(2), "upstart: " + match.group(1).decode("ascii"), user=b"root")
        elif line == b"script" or line.endswith(b" script"):
            inside = line != b"end script"
        elif inside:
            yield Found(number, line, "upstart: script", user=b"root")


def read_agent(text: Text) -> Iterator[Found]:
    """The file itself, and what agents run for others: Zabbix, NRPE, snmpd, puppet, collectd."""
    yield Found(None, text.path, "an agent is asked, or has its turn", ())
    for number, line in text.code():
        match = _AGENT.match(line)
        if match:
            yield Found(number, line, "an agent is asked", tuple(programs(match.group(1))))


__all__ = (
    "read_agent", "read_aliases", "read_audit_plugin", "read_dhclient", "read_fail2ban", "read_inittab", "read_interfaces",
    "read_logrotate", "read_mail_server", "read_monit", "read_openvpn", "read_pm2", "read_procmail", "read_rsyslog",
    "read_supervisor", "read_syslog_ng", "read_upstart", "read_watcher",
)
