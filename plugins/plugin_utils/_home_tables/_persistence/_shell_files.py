# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Start-up files of shells and environments: what they run besides what every such file does."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._commands import programs
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._found import Found, Reader, Text

_SOURCED = re.compile(rb"(?:^|[;&|]\s*|\bthen\s+|\bdo\s+)(?:\.|source)\s+(\S+)")
_READ_ANYWAY = re.compile(rb"/\.(?:bashrc|bash_aliases|bash_login|profile|zshrc)\Z")
_TELLING = re.compile(
    rb"\b(?:eval|exec|curl|wget|nohup|setsid|disown|nc|ncat|socat|base64|xxd|openssl|mkfifo|python[0-9.]*|perl|ruby|php|"
    rb"LD_PRELOAD|LD_AUDIT|LD_LIBRARY_PATH|PROMPT_COMMAND|BASH_ENV|PERL5OPT|PERL5LIB|PYTHONSTARTUP|PYTHONPATH|RUBYOPT|"
    rb"NODE_OPTIONS|JAVA_TOOL_OPTIONS|LESSOPEN|GIT_SSH|ZDOTDIR|trap|precmd|preexec)\b|/dev/(?:tcp|udp)/|"
    rb"\balias\s+(?:sudo|su|ssh|ps|cd|login|passwd|crontab|systemctl|netstat|ss|top|id|who|w)=|"
    rb"\bfunction\s+(?:sudo|su|ssh|login|passwd)\b|^\s*(?:sudo|su|ssh|login|passwd)\s*\(\)"
)
# What a script of a package seldom does, and one of an intruder nearly always.
_REACHES_OUT = re.compile(
    rb"\b(?:curl|wget|nc|ncat|netcat|socat|telnet|mkfifo|xxd)\b|\bbase64\s+(?:-\w*[dD]|--decode)|/dev/(?:tcp|udp)/|\bsocket\b"
)
_VARIABLE = re.compile(
    rb"(?:export\s+|setenv\s+|set\s+-\w+\s+)?(LD_\w+|BASH_ENV|ENV|PATH|PYTHON\w+|PERL5\w+|RUBY\w+|NODE_OPTIONS|JAVA_\w*OPTIONS|"
    rb"GIT_SSH\w*|PROMPT_COMMAND|ZDOTDIR|\w*PRELOAD\w*)(?:\s+(?:DEFAULT|OVERRIDE)=|\s*=\s*|\s+)(.*)\Z"
)


def read_start_up(text: Text) -> Iterator[Found]:
    """The file itself, files that it sources, and lines that start something or change how others are started."""
    yield Found(None, text.path, "a shell starts", ())
    for number, line in text.code():
        sourced = _SOURCED.search(line)
        if sourced:
            file = sourced.group(1).strip(b"\"';")
            yield Found(number, line, "a shell starts: source", () if _READ_ANYWAY.search(file) else (file,))
        elif line.startswith(b"/") or line.endswith(b"&") or _TELLING.search(line):
            yield Found(number, line, "a shell starts", _named(line))


def _named(line: bytes) -> tuple[bytes, ...]:
    """Programs of a line; where it sets something, the paths in what it sets."""
    variable = _VARIABLE.match(line)
    if variable:
        return tuple(re.findall(rb"/[^\s:;\"'`$]+", variable.group(2)))
    return tuple(programs(line))


def read_environment(text: Text) -> Iterator[Found]:
    """Variables that make programs load or run something else."""
    for number, line in text.code():
        variable = _VARIABLE.match(line)
        if variable:
            paths = () if variable.group(1) == b"PATH" else tuple(re.findall(rb"/[^\s:;\"']+", variable.group(2)))
            yield Found(number, line, "environment of every login", paths)


def read_commands(trigger: str) -> Reader:
    """For scripts whose every line counts: the file itself, and each line that is more than a keyword."""
    def read(text: Text) -> Iterator[Found]:
        yield Found(None, text.path, trigger, (text.path,))
        for number, line in text.code():
            ran = programs(line)
            if ran and ran[0] not in (b"exit", b"set", b"echo", b":", b"true", b"return") and b"/" in line:
                yield Found(number, line, trigger, tuple(ran))
    return read


def read_program(trigger: str) -> Reader:
    """For folders of programs: the file itself, and of a script the lines that open connections or unpack text."""
    def read(text: Text) -> Iterator[Found]:
        yield Found(None, text.path, trigger, (text.path,))
        if text.data.startswith(b"#!"):
            for number, line in reaching_out(text):
                yield Found(number, line, trigger, tuple(programs(line)))
    return read


def reaching_out(text: Text) -> Iterator[tuple[int, bytes]]:
    """Number and text of the lines of a script that open connections or unpack text."""
    for number, line in text.code():
        if _REACHES_OUT.search(line):
            yield number, line


def read_presence(trigger: str) -> Reader:
    """For files that needn't say anything: it is enough that they are there."""
    def read(text: Text) -> Iterator[Found]:
        yield Found(None, text.path, trigger, ())
    return read


__all__ = ("read_commands", "read_environment", "read_presence", "read_program", "read_start_up", "reaching_out")
