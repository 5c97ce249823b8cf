# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The SSH server's configuration, read as the server reads it, for the files that it points to.

Format: sshd_config(5). Values of all Match blocks count: what holds for one user only is what an intruder adds.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re
from collections import namedtuple

# What sshd looks for Include files in, whatever file it was started with.
FOLDER = b"/etc/ssh"
MAX_FILES = 256
MAX_INCLUDES = 1024
MAX_DEPTH = 16
MAX_SETTINGS = 4096

_LINE = re.compile(br"^\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+)(.*)\Z", re.DOTALL)
_WORD = re.compile(br'"([^"]*)"?|([^\s"]+)')
_TOKEN = re.compile(br"%(.?)", re.DOTALL)

Setting = namedtuple("Setting", "keyword arguments file line")


def parse(data, path):
    """`Setting` of each line: `keyword` in lower case (text), `arguments` as bytes, quotes undone."""
    found = []
    for number, line in enumerate(data.split(b"\n"), 1):
        match = _LINE.match(line)
        if match and len(line) < (1 << 16):
            words = _words(match.group(2))
            found.append(Setting(match.group(1).decode("ascii").lower(), words, path, number))
    return found


def _words(text):
    words = []
    for match in _WORD.finditer(text):
        quoted, plain = match.groups()
        if plain is not None and plain.startswith(b"#"):
            break
        words.append(plain if quoted is None else quoted)
    return words


class Survey:
    """All settings that can be reached from one configuration file.

    `read(path)` gives a file's bytes, or None; `expand(pattern)` the paths that a glob matches. `files` are the paths
    that were asked for, in order, `settings` what they hold. Loops end, depth and number are bounded: `cut` says
    whether a bound was met.
    """

    def __init__(self, read, expand):
        self._read = read
        self._expand = expand
        self.files = []
        self.settings = []
        self.cut = False
        self._includes = 0

    def add(self, path, depth=0):
        """Reads a configuration file and those that it includes."""
        if path in self.files:
            return
        if len(self.files) >= MAX_FILES or depth > MAX_DEPTH:
            self.cut = True
            return
        self.files.append(path)
        data = self._read(path)
        for setting in parse(data, path) if data else ():
            if setting.keyword == "include":
                for pattern in setting.arguments:
                    self._include(pattern, depth)
            elif len(self.settings) < MAX_SETTINGS:
                self.settings.append(setting)
            else:
                self.cut = True

    def _include(self, pattern, depth):
        self._includes += 1
        if self._includes > MAX_INCLUDES:
            self.cut = True
            return
        if not pattern.startswith(b"/"):
            pattern = FOLDER + b"/" + pattern
        # glob(3), which sshd uses, knows no ``**``.
        for path in self._expand(pattern.replace(b"**", b"*")):
            self.add(path, depth + 1)

    def values(self, keyword):
        """All arguments of all lines of a keyword, in order, each once; ``none`` is no value."""
        found = []
        for setting in self.settings:
            if setting.keyword == keyword:
                found += [word for word in setting.arguments if word not in found and word.lower() != b"none"]
        return found

    def programs(self, keyword):
        """The programs (first arguments that are absolute paths) of a keyword's lines, each once."""
        found = []
        for setting in self.settings:
            first = setting.arguments[:1] if setting.keyword == keyword else []
            found += [word for word in first if word.startswith(b"/") and word not in found]
        return found


def expand_tokens(pattern, user, uid, home):
    """An AuthorizedKeysFile or AuthorizedPrincipalsFile for one user, as an absolute path; None when it can't be one.

    ``%h``, ``%u``, ``%U`` and ``%%`` are replaced, a relative path is one below the home.
    """
    values = {b"%": b"%", b"h": home, b"u": user, b"U": uid}
    tokens = _TOKEN.findall(pattern)
    if not all(token in values for token in tokens) or not home.startswith(b"/"):
        return None
    path = _TOKEN.sub(lambda match: values[match.group(1)], pattern)
    return path if path.startswith(b"/") else home.rstrip(b"/") + b"/" + path


def command_line_options(arguments):
    """(configuration files, `Setting` of each ``-o``) of a running sshd, from its argument list as in /proc.

    A server that renamed itself (``sshd: /usr/sbin/sshd -D -f FILE [listener] ...``) has everything in one argument.
    """
    if len([argument for argument in arguments if argument]) == 1:
        arguments = arguments[0].split()
    files, settings = [], []
    for position, argument in enumerate(arguments):
        following = arguments[position + 1:position + 2]
        for flag, found in ((b"-f", files), (b"-o", settings)):
            if argument == flag:
                found += following
            elif argument.startswith(flag):
                found.append(argument[2:])
    return files, [setting for text in settings for setting in parse(text, b"command line")]


__all__ = ("FOLDER", "Setting", "Survey", "command_line_options", "expand_tokens", "parse")
