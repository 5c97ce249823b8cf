# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""One file's bytes to hits and a score: which languages are in it, who reads them, what the rules make of it."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell import _code, _php, _settings, _shell
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._facts import Facts
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._limited import OverTime, limited

SECONDS = 10  # of CPU time for one file
LIKELY, SUSPICIOUS = 60, 30
_PICTURE = re.compile(br"\x89PNG|GIF8|\xff\xd8\xff|BM|RIFF|II\*\x00|MM\x00\*|\x00\x00\x01\x00|%PDF|PK\x03\x04")


class Verdict:
    """What was found in a file: `hits` (rows), `score` (0 to 100), `signals` (how many independent ones); `overtime`
    when reading it was given up."""

    def __init__(self, hits, score, signals, overtime):
        self.hits = hits
        self.score = score
        self.signals = signals
        self.overtime = overtime


def scan(data, language, rules, seconds=SECONDS):
    """The `Verdict` on the bytes of a file; `language` is what its name or content says, or None."""
    text = data if isinstance(data, str) else data.decode("latin-1")
    facts = Facts()
    facts.begin(text)
    overtime = False
    languages = frozenset([language, "php"] if b"<?" in data else [language])
    judged = [], 0, 0
    try:
        with limited(seconds):
            _read(text, data, language, facts)
    except OverTime:
        overtime = True
        facts.add("overtime")
    try:
        with limited(seconds):
            judged = rules.judge(facts, text, languages, len(data))
    except OverTime:
        overtime = True
    return Verdict(*judged, overtime=overtime)


def _read(text, data, language, facts):
    if data.startswith(b"\x7fELF"):
        return
    if not data.startswith(b"PK\3\4"):
        _read_code(text, data, language, facts)
    elif b"<?php" in data:  # Of a .jar a server runs what is packed in it; short tags stand there by chance.
        _php.read_php(text, facts, _no_check)
    if _PICTURE.match(data) and facts.places:
        facts.begin(text)
        facts.add("polyglot")


def _read_code(text, data, language, facts):
    if b"<?" in data or b"<%" in data or language == "php":
        _php.read_php(text, facts, _no_check)
    if language in ("htaccess", "user_ini"):
        facts.begin(text)
        _settings.read_settings(text, facts)
    elif language == "shell":
        facts.begin(text)
        _shell.read_shell(text, facts)
    elif language != "php":
        facts.begin(text)
        _code.read_code(text, language, facts)


def _no_check():
    """The time is watched from outside."""


__all__ = ("LIKELY", "SECONDS", "SUSPICIOUS", "Verdict", "scan")
