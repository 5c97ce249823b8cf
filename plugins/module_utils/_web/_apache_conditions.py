# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Which conditional sections of an Apache configuration hold: IfModule, IfDefine, IfVersion, IfFile and the like.

They are decided while the files are read, so that what comes later in them doesn't count (httpd 2.4, EXEC_ON_READ).
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._web._apache_syntax import words

# What is built into every server, and what distributions build in; a program that can be read says it better.
BUILT_IN = frozenset((
    b"core.c", b"http_core.c", b"mod_so.c", b"mod_log_config.c", b"mod_logio.c", b"mod_version.c", b"mod_unixd.c",
    b"mod_watchdog.c",
))
VERSION = (2, 4, 62)
CONDITIONS = frozenset((b"ifmodule", b"ifdefine", b"ifversion", b"iffile", b"ifdirective", b"ifsection"))
# Modules whose source file isn't called mod_<name>.c.
_SOURCES = {
    b"mpm_prefork_module": b"prefork.c", b"mpm_worker_module": b"worker.c", b"mpm_event_module": b"event.c",
    b"mpm_itk_module": b"itk.c", b"php_module": b"mod_php.c", b"http_module": b"http_core.c",
}
_NUMBERS = re.compile(br"[0-9]+")


class Modules:
    """The modules of a server: those that are built in, and those that LoadModule brought so far."""

    def __init__(self, built_in=None):
        self._names = set(BUILT_IN if built_in is None else built_in)

    def load(self, symbol, path):
        """One LoadModule: the module is known by its symbol and by the name of its source file."""
        self._names.add(symbol)
        stem = symbol[:-7] if symbol.endswith(b"_module") else symbol
        self._names.add(_SOURCES.get(symbol, b"mod_" + stem + b".c"))
        self._names.add(path.rpartition(b"/")[2].rpartition(b".")[0] + b".c")

    def has(self, name):
        """Whether a module is there, by symbol or source file."""
        return name in self._names


class Conditions:
    """Decides sections; `defines` is a dict of Define and -D, `is_file` says whether a path (as written) is there."""

    def __init__(self, modules, defines, is_file, version=None):
        self._modules = modules
        self._defines = defines
        self._is_file = is_file
        self._version = version or VERSION

    def holds(self, name, arguments):
        """Whether the inside of a section is read."""
        parts = words(arguments)
        first = parts[0] if parts else b""
        negated, first = first.startswith(b"!"), first.lstrip(b"!")
        if name == b"ifmodule":
            return self._modules.has(first) != negated
        if name == b"ifdefine":
            return (first in self._defines) != negated
        if name == b"iffile":
            return bool(first and self._is_file(first)) != negated
        if name == b"ifversion":
            return self._version_holds(parts)
        return not negated  # directives and sections of modules: whoever asks for them mostly has them

    def _version_holds(self, parts):
        operator, wanted = (parts[0], parts[1]) if len(parts) > 1 else (b"=", parts[0] if parts else b"")
        negated, operator = operator.startswith(b"!"), operator.lstrip(b"!")
        if operator == b"~" or wanted.startswith(b"/"):
            return True
        numbers = (tuple(int(number[:6]) for number in _NUMBERS.findall(wanted)[:3]) + (0, 0, 0))[:3]
        order = (self._version > numbers) - (self._version < numbers)
        result = {b">": order > 0, b">=": order >= 0, b"<": order < 0, b"<=": order <= 0}.get(operator, order == 0)
        return result != negated


__all__ = ("BUILT_IN", "CONDITIONS", "Conditions", "Modules", "VERSION")
