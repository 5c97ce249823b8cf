# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Settings of a folder that turn files into programs: ``.htaccess`` of Apache and ``.user.ini`` of PHP."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

MAX_LINE = 4096
_RUNS = re.compile(r"php|cgi-script|server-parsed|\bwsgi|perl-script|mod_python|fcgid-script|lsapi|lua-script", re.I)
_SCRIPT_ENDINGS = frozenset((
    "php php3 php4 php5 php7 php8 phtml phps phar cgi pl py rb fcgi shtml inc html htm wsgi psgi module php56 php70 php71"
    " php72 php73 php74 php80 php81 php82 php83"
).split())
_HANDLER = re.compile(r"\s{0,80}(?:add(?:type|handler)|forcetype|sethandler)\s{1,40}(.*)", re.I)
_FILES = re.compile(r"\s{0,80}<\s{0,9}files(?:match)?\s{1,9}(?:~\s{0,9})?(.{0,500}?)>?\s{0,40}\Z", re.I)
_END_FILES = re.compile(r"\s{0,80}</files", re.I)
_PREPEND = re.compile(r"(?:php_(?:admin_)?value\s{1,40})?(auto_(?:ap|pre)pend_file)\s{0,40}[=\s]\s{0,40}(.{1,2000})", re.I)
_SETTING = re.compile(
    r"(?:php_(?:admin_)?(?:value|flag)\s{1,40})?(allow_url_include|disable_functions|open_basedir)"
    r"\s{0,40}[=\s]\s{0,40}(.{0,200})", re.I
)
_ALLOWS = re.compile(r"\s{0,80}(?:allow\s{1,9}from\s{1,9}all|require\s{1,9}all\s{1,9}granted)", re.I)
_LUA = re.compile(r"\s{0,80}lua(?:maphandler|hook\w{1,40}|quickhandler)\s", re.I)
_PRELOAD = re.compile(r"\s{0,80}setenv\s{1,9}ld_preload\b", re.I)
_PICTURES = re.compile(r"(?:jpe?g|png|gif|bmp|ico|txt|css|js|svg|webp|log|pdf|xml|dat|ttf|htaccess)", re.I)


def read_settings(text, facts):
    """Adds what is seen in the settings of a folder."""
    files = None
    position = 0
    for line in text.split("\n"):
        line = line[:MAX_LINE].rstrip("\r")
        if not line.lstrip().startswith(("#", ";")):
            opened = _FILES.match(line)
            if opened:
                files = opened.group(1)
            elif _END_FILES.match(line):
                files = None
            _read_line(line, files, position, facts)
        position += len(line) + 1


def _read_line(line, files, position, facts):
    handler = _HANDLER.match(line)
    if handler and _RUNS.search(handler.group(1)):
        _handler(line.split(None, 1)[0].lower(), handler.group(1), files, position, facts)
    prepend = _PREPEND.search(line)
    if prepend:
        value = prepend.group(2).strip().strip("\"'").lower()
        if value.startswith(("data:", "php:", "http:", "https:", "ftp:")) or value.startswith(("/tmp", "/var/tmp", "/dev/shm")):
            facts.add("setting.hidden_prepend", position)
        elif value not in ("", "none") and not value.endswith((".php", ".inc", ".phtml")):
            facts.add("setting.hidden_prepend", position)
        elif value not in ("", "none"):
            facts.add("setting.prepend", position)
    setting = _SETTING.match(line.lstrip())
    if setting and (setting.group(1).lower() != "allow_url_include" or setting.group(2).strip().lower() in ("1", "on", "true")):
        facts.add("setting.loosened", position)
    if files is not None and ".ht" in files.replace("\\", "") and _ALLOWS.match(line):
        facts.add("setting.shown", position)
    if _LUA.match(line):
        facts.add("handler.disguised", position)
    if _PRELOAD.match(line):
        facts.add("setting.preload", position)


def _handler(directive, arguments, files, position, facts):
    """What is run although its name says that it is no script."""
    words = arguments.split()
    if directive in ("addtype", "addhandler"):
        endings = [word.strip("\"'").lstrip(".").lower() for word in words[1:]]
        if any(ending not in _SCRIPT_ENDINGS for ending in endings):
            facts.add("handler.disguised", position)
        elif any(ending in ("html", "htm") for ending in endings):
            facts.add("handler.html", position)
    elif files is None:
        facts.add("handler.everything", position)
    elif _PICTURES.search(files) or not re.search(r"ph|cgi|pl\b|py|html?|fcgi", files):
        facts.add("handler.disguised", position)


__all__ = ("read_settings",)
