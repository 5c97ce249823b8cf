# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""A row of the catalogue of services: how the service is recognised, and what of its command line names its files."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from collections import namedtuple

from ansible_collections.csirt.linux_triage.plugins.module_utils._web import _web_glob
from ansible_collections.csirt.linux_triage.plugins.module_utils._services._directives import BASE, Directive, LOG

# A path that a command line or an environment names; `is_folder` says what it ought to be, `role` where it stood.
Named = namedtuple("Named", "path is_folder role")


class Service:
    """One service; `row` as documented for the module ``service_configs``. All lists are of bytes."""

    def __init__(self, row):
        self.name = row["name"]
        self.kind = row.get("kind") or "other"
        self.limit = row.get("limit")
        self.paths = _encoded(row, "paths")
        self.folders = _encoded(row, "folders")
        self.inside = _encoded(row, "inside")
        self.logs_inside = _encoded(row, "logs_inside")
        self.directives = [
            Directive(one["word"].encode("utf-8"), one["leads_to"], (one.get("names") or "*").encode("utf-8"))
            for one in row.get("directives") or ()
        ]
        self.ports = frozenset(row.get("ports") or ())
        self._packages = [_web_glob.compiled(name) for name in _encoded(row, "packages")]
        self._units = [_web_glob.compiled(name) for name in _encoded(row, "units")]
        self.has_bases = any(directive.leads_to == BASE for directive in self.directives)
        self._programs = [_web_glob.compiled(name) for name in _encoded(row, "programs")]
        self._arguments = [_web_glob.compiled(name) for name in _encoded(row, "arguments")]
        self._options = [
            (option, is_folder) for key, is_folder in (("file_options", False), ("folder_options", True))
            for option in _encoded(row, key)
        ]
        self._variables = [
            (name, is_folder) for key, is_folder in (("file_variables", False), ("folder_variables", True))
            for name in _encoded(row, key)
        ]
        self._log_options = _encoded(row, "log_options")
        self._takes_file = bool(row.get("first_argument"))

    def runs_as(self, names, arguments):
        """Whether a process of these names (bytes) and arguments is this service."""
        return any(_is_any(self._programs, name) for name in names) or any(
            _is_any(self._arguments, argument) for argument in arguments
        )

    def starts_by(self, unit):
        """Whether a unit of this name (bytes, with ``.service``) starts the service."""
        return _is_any(self._units, unit[:-len(b".service")])

    def comes_in(self, package):
        """Whether a package of this name (bytes) brings the service."""
        return _is_any(self._packages, package)

    @property
    def has_logs(self):
        """Whether anything of it leads to logs."""
        leads = any(directive.leads_to == LOG for directive in self.directives)
        return bool(leads or self.logs_inside or self._log_options)

    def logs_named_by(self, arguments):
        """Paths of logs on a command line."""
        return [value for option in self._log_options for value in values_of(option, arguments)]

    def named_by(self, arguments, environment):
        """A `Named` for each path that a command line and an environment (dict) give the service."""
        found = []
        for option, is_folder in self._options:
            found += [Named(value, is_folder, "argument") for value in values_of(option, arguments)]
        if self._takes_file:
            plain = [argument for argument in arguments[1:] if argument[:1] not in (b"-", b"")][:1]
            found += [Named(path, False, "argument") for path in plain if b"/" in path or b"." in path]
        for name, is_folder in self._variables:
            if environment.get(name):
                found.append(Named(environment[name], is_folder, "environment"))
        return found


def _is_any(globs, name):
    return any(_web_glob.matches(name, one) for one in globs)


def _encoded(row, key):
    return [text.encode("utf-8") for text in row.get(key) or ()]


def values_of(option, arguments):
    """Values of an option among arguments.

    An option is written like ``-f``, ``--config`` (its value follows, also joined by ``=``), ``-Dpath.conf=`` (its value
    is the rest), or ``-c config_file=`` (the rest of the option's own value).
    """
    first, _space, rest = option.partition(b" ")
    found = []
    for argument, following in zip(arguments[1:], arguments[2:] + [b""]):
        value = None
        if rest:
            if argument == first and following.startswith(rest):
                value = following[len(rest):]
            elif argument.startswith(first + rest):
                value = argument[len(first + rest):]
            elif rest == argument[2:2 + len(rest)] and argument.startswith(b"--"):
                value = argument[2 + len(rest):]
        elif first.endswith(b"="):
            value = argument[len(first):] if argument.startswith(first) else None
        elif argument == first:
            value = following
        elif argument.startswith(first + b"="):
            value = argument[len(first) + 1:]
        elif len(first) == 2 and argument.startswith(first):
            value = argument[2:]
        if value:
            found.append(value)
    return found


__all__ = ("Named", "Service", "values_of")
