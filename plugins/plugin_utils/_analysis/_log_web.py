# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.
"""Logs of web servers: of the many requests those that carry an attack's signs, and calls of scripts that hardly anybody
calls; of the error logs starts and stops, errors by client, and what commands said that a script ran.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._log_clock import MONTHS, Stamp, local, zoned
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._log_found import Event, Found, hour

SCRIPTS = 50_000
SELDOM = 2
_REQUEST = re.compile(
    rb"(?:\S{1,255} )?(\S{1,255}) \S{1,64} (.{1,256}?) \[([0-9]{2})/([A-Z][a-z]{2})/([0-9]{4}):([0-9:]{8}) ([+-][0-9]{4})\] "
    rb'"((?:[^"\\]|\\.)*)" ([0-9]{3}|-) ', re.DOTALL,
)
_METHOD = re.compile(rb"([A-Z]{1,20}) (\S+)")
_READS = (b"GET", b"HEAD", b"OPTIONS", b"POST")
_SCRIPT = re.compile(rb"([^?#]*?\.(?:php[0-9]?|phtml|phar|jspx?|aspx?|ashx|cgi|pl|py|sh|lua|war))(?=[/?#;]|\Z)", re.IGNORECASE)
_COMMON = re.compile(rb"(?:index|default|main|home|login|admin|upload)\.\w+\Z", re.IGNORECASE)
SIGNS = (
    ("path_traversal", rb"(?:\.\.|%2e%2e|%252e%252e|\.%2e|%c0%ae)(?:/|\\|%2f|%5c|%252f)|%00|/etc/(?:passwd|shadow)|/proc/self/"),
    ("command", rb"[?&;](?:cmd|exec|command|execute|c|shell|run)=|(?:%20|\+|;|%3b|\||%7c|`|%60|\$\(|%24%28)"
                rb"(?:wget|curl|bash|sh|nc|python[23]?|perl|chmod|whoami|uname|id)(?:%20|\+|%3b|;|\b)"),
    ("php_code", rb"(?:php://|phar://|data:text|expect://|allow_url_include|auto_prepend_file|base64_decode|system\(|passthru|"
                 rb"shell_exec|assert\(|eval\(|eval%28|phpinfo|invokefunction|call_user_func)"),
    ("sql", rb"union(?:%20|\+|/\*.{0,20}\*/|\s)+(?:all(?:%20|\+)+)?select|information_schema|sleep\([0-9]|benchmark\(|"
            rb"into(?:%20|\+)(?:out|dump)file|xp_cmdshell"),
    ("lookup", rb"\$(?:\{|%7b)(?:jndi|lower|upper|env|sys|::-)|%24%7bjndi|\(\)(?:%20|\+| )?\{|%\{\(#|#_memberaccess|"
               rb"class\.module\.classloader"),
    ("scanner", rb"(?:sqlmap|nikto|nuclei|wpscan|dirbuster|gobuster|feroxbuster|masscan|zgrab|acunetix|antsword|behinder"
                rb"|godzilla)"),
)
_SIGNS = re.compile(b"|".join(rb"(?P<%s>%s)" % (name.encode("ascii"), sign) for name, sign in SIGNS), re.IGNORECASE)
_APACHE = re.compile(
    rb"\[[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ 0-9][0-9]) ([0-9:]{8}(?:\.[0-9]{1,6})?) ([0-9]{4})\] "
    rb"\[(?:[\w-]{0,40}:)?(\w{1,10})\] (.*)", re.DOTALL,
)
_NGINX = re.compile(rb"([0-9]{4})/([0-9]{2})/([0-9]{2}) ([0-9:]{8}) \[(\w{1,10})\] (.*)", re.DOTALL)
_SERVER = re.compile(
    rb"resuming normal operations|caught SIG|shutting down|Graceful restart|signal [0-9]{1,2} \(SIG\w+\) received|configured -- "
)
_CLIENT = re.compile(rb"client:? ([0-9A-Fa-f.:]{2,45}?)(?::[0-9]{1,5})?[\],]")
_COMMAND_SAID = re.compile(
    rb"(?:/bin/)?(?:ba|da|z|a)?sh: (?:line )?[0-9]{1,6}: |--[0-9]{4}-[0-9-]{5} [0-9:]{8}--  (?:https?|ftp)://|"
    rb" *% Total    % Received|(?:ba)?sh: (?:cannot set terminal|no job control)|\S{0,100}(?:wget|curl): "
)


@dataclass
class _Calls:
    """Who called a script by POST with success."""

    first: Event
    count: int = 0
    last: Stamp | None = None
    clients: set[bytes] = field(default_factory=set)


class Requests:
    """Access logs in the common and combined formats, with or without the virtual host before them."""

    def __init__(self, found: Found) -> None:
        self._found = found
        self._scripts: dict[bytes, _Calls] = {}
        self._suspects: dict[bytes, list[bytes]] = {}
        for path in found.suspects:
            self._suspects.setdefault(path.rpartition(b"/")[2], []).append(path)

    @staticmethod
    def fits(line: bytes) -> bool:
        """Whether a line is of this kind."""
        return bool(_REQUEST.match(line))

    def read(self, number: int, line: bytes) -> None:
        """Takes the next line."""
        match = _REQUEST.match(line)
        if not match:
            return
        called = _METHOD.match(match[8])
        method, target = called.groups() if called else (b"", b"")
        script = _SCRIPT.match(target)
        sign = _SIGNS.search(line)
        is_suspect = script and self._is_suspect(script[1])
        succeeded = match[9][:1] in b"23"
        if not (sign or is_suspect or method not in _READS or succeeded and script and method == b"POST"):
            return
        stamp = _request_stamp(match)
        if stamp is None:
            return
        user = b"" if match[2] == b"-" else match[2]
        event = Event(number, stamp, "web_request", line[match.start(8) - 1:], b"", user, match[1])
        if is_suspect:
            event.kind = "web_suspect_script"
            self._found.tally((hour(stamp), match[1], method, script[1], match[9]), event)
        elif sign:
            event.kind = "web_" + sign.lastgroup
            self._found.tally((hour(stamp), match[1], match[9][:1]), event)
        elif method not in _READS:
            event.kind = "web_method"
            self._found.tally((hour(stamp), match[1], method, match[9][:1]), event)
        else:
            self._call(script[1], event)

    def _is_suspect(self, script: bytes) -> bool:
        """By its name, since aliases hide folders; names that many folders have count in the file's own folder alone."""
        name = script.rpartition(b"/")[2]
        paths = self._suspects.get(name, ())
        if not _COMMON.match(name):
            return bool(paths)
        return any(script == path or path.count(b"/") > 1 and script.endswith(path) for path in paths)

    def finish(self) -> None:
        """Tells of the scripts that hardly anybody called."""
        for script, calls in self._scripts.items():
            if len(calls.clients) <= SELDOM:
                event = calls.first
                event.count, event.last = calls.count, calls.last
                self._found.tally(script, event)

    def _call(self, script: bytes, event: Event) -> None:
        calls = self._scripts.get(script)
        if calls is None:
            if len(self._scripts) == SCRIPTS:
                self._found.dropped += 1
                return
            event.kind = "web_seldom_script"
            self._scripts[script] = calls = _Calls(event)
        else:
            calls.last = event.stamp
        calls.count += 1
        if len(calls.clients) <= SELDOM:
            calls.clients.add(event.address)


def _request_stamp(match: re.Match[bytes]) -> Stamp | None:
    day, month, year, time, zone = match.groups()[2:7]
    return zoned(b"%b-%02d-%b" % (year, MONTHS.get(month, 0), day), time, zone)


class Errors:
    """Error logs of Apache and nginx, and what stands between their lines."""

    def __init__(self, found: Found) -> None:
        self._found = found
        self._stamp: Stamp | None = None

    @staticmethod
    def fits(line: bytes) -> bool:
        """Whether a line is of this kind."""
        return bool(_APACHE.match(line) or _NGINX.match(line))

    def read(self, number: int, line: bytes) -> None:
        """Takes the next line."""
        match = _APACHE.match(line)
        if match:
            stamp, level, text = _apache_stamp(match), match[5], match[6]
        elif match := _NGINX.match(line):
            stamp, level, text = _nginx_stamp(match), match[5], match[6]
        else:
            self._between(number, line)
            return
        if stamp is None:
            return
        self._stamp = stamp
        client = _CLIENT.search(text)
        if client:
            event = Event(number, stamp, "web_error", level + b": " + text, b"", b"", client[1])
            self._found.tally((hour(stamp), client[1], level), event)
        elif _SERVER.search(text):
            self._found.add(Event(number, stamp, "web_server", text))

    def finish(self) -> None:
        """The file has ended."""

    def _between(self, number: int, line: bytes) -> None:
        """A command that a script runs writes to the server's error log; its time is that of the line above."""
        if self._stamp and _COMMAND_SAID.match(line):
            self._found.tally((hour(self._stamp), line[:60]), Event(number, self._stamp, "web_command_output", line))


def _apache_stamp(match: re.Match[bytes]) -> Stamp | None:
    month, day, time, year = match.groups()[:4]
    return local(b"%b-%02d-%02d" % (year, MONTHS.get(month, 0), int(day)), time)


def _nginx_stamp(match: re.Match[bytes]) -> Stamp | None:
    return local(b"%b-%b-%b" % match.groups()[:3], match[4])


__all__ = ("Errors", "Requests", "SIGNS")
