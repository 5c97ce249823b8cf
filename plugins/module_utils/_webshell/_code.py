# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Pages and programs in other languages than PHP to facts: where the code is in them, which language, layer by layer."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell import _languages
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._code_machine import CodeMachine
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._values import Work

MAX_CHARACTERS = 16 << 20
MAX_DEPTH = 6
_JSP_CODE = re.compile(
    r"<%(?!@|--)[!=]?|<jsp:(?:scriptlet|expression|declaration)>(?:\s{0,20}<!\[CDATA\[)?|[$#]\{", re.I
)
_ASP_CODE = re.compile(
    r"<%(?!--|@\s{0,20}(?:page|import|control|master|register|assembly|language|webservice|webhandler)\b)[=:#]?"
    r"|<%@\s{0,20}web(?:handler|service)[^>]{0,300}%>|<script[^>]{0,200}runat\s{0,5}=\s{0,5}['\"]?server['\"]?[^>]{0,200}>", re.I
)
_ENDS = (("<%", "%>"), ("<jsp", "</jsp:"), ("<script", "</script"), ("${", "}"), ("#{", "}"))
_UNICODE = re.compile(r"\\u+00([0-9a-fA-F]{2})")
_ENTITY = re.compile(r"&#(?:x([0-9a-fA-F]{2})|(\d{2,3}));")
_C_SHARP = re.compile(r"language\s{0,5}=\s{0,5}['\"]?(?:c#|cs|jscript|javascript)|;\s{0,20}(?:\r?\n|%>|\})", re.I)
_BASIC = re.compile(r"language\s{0,5}=\s{0,5}['\"]?vb", re.I)
_ANSWERS = re.compile(r"content-type|QUERY_STRING|CONTENT_LENGTH|HTTPRequestHandler", re.I)
# Fields of a form that the server knows by name.
_CONTROL = re.compile(
    r"<(?:asp:(?:textbox|fileupload|hiddenfield|dropdownlist)|input|textarea)\b(?=[^>]{0,400}\brunat\b)[^>]{0,400}?\bid\s{0,5}=\s{0,5}['\"]?(\w{1,80})", re.I
)
_PROGRAMS = {
    "python": _languages.PYTHON_SCRIPT, "perl": _languages.PERL_SCRIPT, "js": _languages.SCRIPT,
}


def read_code(text, language, facts):
    """Adds what is seen in a page or program; `language` is one that `_web_scripts` knows."""
    if language == "jsp":
        text = _letters(text)
        facts.begin(text)
        _read(text, _spans(text, _JSP_CODE), _languages.JAVA, facts)
    elif language == "asp":
        is_basic = _BASIC.search(text) or not _C_SHARP.search(text)
        _read(text, _spans(text, _ASP_CODE), _languages.BASIC_SCRIPT if is_basic else _languages.C_SHARP, facts)
    elif language in _PROGRAMS:
        _read(text, [(0, len(text))], _PROGRAMS[language], facts)


def _read(text, spans, language, facts):
    machine = CodeMachine(facts, Work(MAX_CHARACTERS), language, _ANSWERS.search(text) is not None)
    if language in (_languages.C_SHARP, _languages.BASIC_SCRIPT):
        machine.give(found.group(1) for found in _CONTROL.finditer(text))
    machine.read(text, spans)
    line = 1
    for depth in range(1, MAX_DEPTH):
        layers = [(code, facts.line_at(position)) for code, position in machine.layers]
        del machine.layers[:]
        for code, line in layers:
            facts.begin(code, line, depth)
            machine.read(code, [(0, len(code))])


def _letters(text):
    """Escapes that Java and XML read as letters; no line is added or lost."""
    if "\\u" in text:
        text = _UNICODE.sub(lambda match: _letter(int(match.group(1), 16)), text)
    if "&#" in text:
        text = _ENTITY.sub(lambda match: _letter(int(match.group(1), 16) if match.group(1) else int(match.group(2))), text)
    return text


def _letter(code):
    return chr(code & 255) if code > 31 else " "


def _spans(text, pattern):
    """(begin, end) of each piece of code in a page."""
    spans, position = [], 0
    while True:
        found = pattern.search(text, position)
        if found is None:
            return spans
        closing = [closing for opening, closing in _ENDS if found.group().lower().startswith(opening)][0]
        begin = found.end()
        if found.group().lower().startswith("<%@"):
            closing = "<%"  # the rest of a handler is its program
        end = text.find(closing, begin)
        end = len(text) if end < 0 else end
        if closing == "}" and end - begin > 2000:
            position = begin
            continue
        spans.append((begin, end))
        position = end


__all__ = ("read_code",)
