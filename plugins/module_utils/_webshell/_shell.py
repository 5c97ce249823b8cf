# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Shell scripts that a server runs: whether what the client sends becomes a command. Line by line."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

MAX_VARIABLES = 5000
MAX_LINE = 1 << 16
_ASSIGNMENT = re.compile(r"(?:^|[;&|]|\bdo|\bthen)\s{0,40}(?:(?:export|local|declare|readonly)\s{1,9})?(\w{1,80})=")
_LOOP = re.compile(r"\bfor\s{1,9}(\w{1,80})\s{1,9}in\b")
_READ = re.compile(r"(?:^|[;&|]|\bwhile|\bdo|\bthen)\s{0,40}(?:IFS=\S{0,9}\s{1,9})?read\b((?:\s{1,9}[^\s;|&]{1,80}){0,12})")
_VARIABLE = re.compile(r"\$\{?!?(\w{1,80})")
_CLIENT = re.compile(r"(?:QUERY_STRING|HTTP_\w+|PATH_INFO|REQUEST_URI)\Z")
_BODY = re.compile(r"\$\(\s{0,9}(?:cat|dd|head)\b(?!\s{1,9}[\w./<])|\bCONTENT_LENGTH\b")
_IS_CGI = re.compile(r"content-type|QUERY_STRING|CONTENT_LENGTH|HTTP_[A-Z]", re.I)
_RUNS = re.compile(
    r"(?:^|[;&|(`]|\bdo|\bthen|\belse)\s{0,40}"
    r"(?:eval\b|(?:/\S{1,40}/)?(?:ba|da|k|z|a)?sh\s{1,9}-\w{0,5}c\b|exec\s|source\s|\.\s|sudo\s|xargs\s)([^\n]*)"
)
_AT_COMMAND = re.compile(r"(?:^|[;&|`)]|\$\(|\bdo|\bthen|\belse)\s{0,40}[\"']?\$\{?(\w{1,80})\}?")
_OUTPUT_AT_COMMAND = re.compile(r"(?:^|[;&|]|\bdo|\bthen|\belse)\s{0,40}[\"']?(?:`|\$\()([^\n]*)")
_INTO_SHELL = re.compile(r"\|\s{0,9}(?:sudo\s{1,9})?(?:/\S{1,40}/)?(?:ba|da|k|z|a)?sh\b(?!\s{1,9}[\w./])")
FETCH_AND_RUN = re.compile(r"\b(?:curl|wget)\b[^|\n]{0,300}\|\s{0,9}(?:/\S{1,40}/)?(?:ba|da|k|z|a)?sh\b", re.I)
_FETCHES = re.compile(r"\b(?:curl|wget|fetch|lynx)\b")
_DECODES = re.compile(
    r"\bbase64\s{1,9}(?:-d|-D|--decode)|\bxxd\s{1,9}-r|\bopenssl\s{1,9}enc\b[^|]{0,80}-d|\brev\b|\bgunzip\b|\bzcat\b"
)
REVERSE_SHELL = re.compile(
    r"/dev/(?:tcp|udp)/|\bnc(?:at)?\s[^\n|;]{0,80}-[a-z]{0,9}[ec]\b|\bmkfifo\b[^\n]{0,200}\bnc(?:at)?\b"
    r"|\bsocat\b[^\n]{0,200}\bexec:", re.I
)


def read_shell(text, facts):
    """Adds what is seen in a shell script."""
    is_cgi = bool(_IS_CGI.search(text))
    tainted = set()
    position = 0
    for line in text.split("\n"):
        stripped = line.lstrip()
        if stripped and not stripped.startswith("#"):
            _read_line(line[:MAX_LINE], position, is_cgi, tainted, facts)
        position += len(line) + 1


def _read_line(line, position, is_cgi, tainted, facts):
    from_client = _from_client(line, tainted, is_cgi)
    if from_client:
        facts.add("request", position)
        if len(tainted) < MAX_VARIABLES:
            tainted.update(found.group(1) for found in _ASSIGNMENT.finditer(line))
            tainted.update(found.group(1) for found in _LOOP.finditer(line))
        _note_commands(line, position, tainted, facts)
    if is_cgi:
        for found in _READ.finditer(line):
            tainted.update(word for word in found.group(1).split()[-4:] if re.match(r"\w+\Z", word))
    if _INTO_SHELL.search(line):
        if _FETCHES.search(line):
            facts.add("fetch_and_run", position)
        if _DECODES.search(line):
            facts.add("command.decoded", position)
    if REVERSE_SHELL.search(line):
        facts.add("reverse_shell", position)


def _from_client(line, tainted, is_cgi):
    names = _VARIABLE.findall(line)
    return any(name in tainted or _CLIENT.match(name) for name in names) or is_cgi and _BODY.search(line) is not None


def _note_commands(line, position, tainted, facts):
    """What the client sends where a command stands, or before a shell that reads it."""
    for found in _RUNS.finditer(line):
        if any(name in tainted or _CLIENT.match(name) for name in _VARIABLE.findall(found.group(1))):
            facts.add("command.request", position + found.start())
    for found in _OUTPUT_AT_COMMAND.finditer(line):
        if any(name in tainted or _CLIENT.match(name) for name in _VARIABLE.findall(found.group(1))):
            facts.add("command.request", position + found.start())
    for found in _AT_COMMAND.finditer(line):
        if found.group(1) in tainted or _CLIENT.match(found.group(1)):
            facts.add("command.request", position + found.start())
    if _INTO_SHELL.search(line):
        facts.add("command.request", position)


__all__ = ("FETCH_AND_RUN", "REVERSE_SHELL", "read_shell")
