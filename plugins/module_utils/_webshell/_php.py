# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The PHP of one file to facts: the script, and what it would unpack and run, layer by layer."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._php_machine import Machine
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._php_tokens import OPEN
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._values import Work

MAX_CHARACTERS = 48 << 20
MAX_DEPTH = 12
MAX_LAYERS = 200
# Without any of these nothing that the client sends can be run, and little that is hidden. In small letters.
_WORTH_READING = (
    "$_", "_get", "_post", "_request", "_cookie", "_server", "_files", "http_raw", "php://", "getallheaders", "apache_request",
    "filter_input", "get_defined_vars", "session_id", "eval", "assert", "create_function", "base64_decode", "gzinflate",
    "gzuncompress", "gzdecode", "str_rot13", "hex2bin", "$$", "${", "globals", "fsockopen", "stream_socket", "socket_create",
    "curl_exec", "strrev", "chr(", "openssl_decrypt", "convert_uudecode", "auto_prepend", "system", "exec", "passthru", "popen",
    "proc_open", "'.'", '"."', "' . '", '" . "', "urldecode", "preg_replace", "pack(", "file_put_contents", "fwrite", "fputs",
    "move_uploaded", "fopen", "include", "require", "exif_read",
    "->input", "get_param", "getparsedbody", "process", "extractto", "setclass", "apcu_fetch", "get_option", "mail(", "symlink",
    "wp_set_auth", "wp_insert_user", "wp_create_user", "registerphpfunctions", "getdoccomment", "outfile", "dumpfile",
)
_ESCAPES = re.compile(r"(?:\\x[0-9a-fA-F]{2}|\\[0-7]{2,3}){4}|[\])'\"]\s?\^|[\^~]\s?['\"]")
_LETTERS = re.compile(r"[A-Za-z0-9\s]+")
_TOO_FEW = 0.12
_UNREADABLE = 200  # characters
ALWAYS_READ = 4000  # characters: names may be hidden in any way, and it costs little


def read_php(text, facts, check, in_code=False, line=1):
    """Adds what is seen in the PHP of `text`, which begins at a line of the file."""
    if not in_code and not OPEN.search(text) or not _is_worth_reading(text) and not _is_unreadable(text, in_code):
        return
    machine = Machine(facts, Work(MAX_CHARACTERS), check)
    todo = [(text, in_code, line, 0)]
    is_code, start = in_code, line
    seen = set()
    while todo:
        code, in_code, line, depth = todo.pop()
        if depth > MAX_DEPTH or len(seen) >= MAX_LAYERS or (code, in_code) in seen:
            continue
        seen.add((code, in_code))
        facts.begin(code, line, depth)
        if _is_unreadable(code, in_code):
            facts.add("no_letters", _first_code(code, in_code))
        _read_twice(machine, code, in_code)
        for layer in machine.layers:
            todo.append((layer.text, layer.in_code, facts.line_at(layer.position), depth + 1))
        del machine.layers[:]
    if len(seen) > 1 and machine.functions:
        facts.begin(text, start)
        machine.read(text, is_code)


def _is_worth_reading(text):
    if len(text) < ALWAYS_READ:
        return True
    lower = text.lower()
    return any(word in lower for word in _WORTH_READING) or _ESCAPES.search(text) is not None


def _read_twice(machine, code, in_code):
    """What functions do with their arguments is known after the first time."""
    machine.read(code, in_code)
    if machine.properties or machine.has_wild_properties or any(function.matters() for function in machine.functions.values()):
        machine.facts.forget(".unknown")
        machine.read(code, in_code)


def _first_code(text, in_code):
    found = None if in_code else OPEN.search(text)
    return found.end() if found else 0


def _is_unreadable(text, in_code):
    """Whether code consists of anything but letters and digits."""
    start = _first_code(text, in_code)
    end = text.find("?>", start)
    code = text[start:min(end if end >= 0 else len(text), start + 8192)]
    if len(code) < _UNREADABLE or "/*" in code or "#" in code[:512]:
        return False
    return sum(len(piece) for piece in _LETTERS.findall(code)) < _TOO_FEW * len(code)


__all__ = ("read_php",)
