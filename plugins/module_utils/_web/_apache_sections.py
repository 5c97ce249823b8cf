# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The pieces that an Apache configuration is read in: sections, directives, macros, and where lines come from."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._web._apache_syntax import words


class Section:
    """An open section. `host` is the VirtualHost it lies in (or is), `active` whether its inside is read."""

    __slots__ = ("name", "title", "arguments", "where", "parent", "active", "depth", "host")

    def __init__(self, title, arguments, where, parent, active):
        self.name = title.lower()
        self.title = title
        self.arguments = arguments
        self.where = where
        self.parent = parent
        self.active = active and (parent is None or parent.active)
        self.depth = 1 if parent is None else parent.depth + 1
        self.host = self if self.name == b"virtualhost" else parent.host if parent else None

    def shown(self):
        """The section as it is written."""
        return b"<" + self.title + (b" " + self.arguments if self.arguments else b"") + b">"


class Directive:
    """One directive: `name` in lower case, `arguments` as written, `section` around it or None."""

    def __init__(self, name, arguments, where, section):
        self.name = name
        self.arguments = arguments
        self.where = where
        self.section = section
        self.active = section is None or section.active

    def words(self):
        """The arguments one by one."""
        return words(self.arguments)


class Source:
    """What lines come from, and the section that was open when it began."""

    def __init__(self, path, lines, section, parent):
        self.path = path
        self.lines = lines
        self.section = section
        self.parent = parent
        self.depth = 0 if parent is None else parent.depth + 1


class Macro:
    """The lines of a macro; `depth` counts macros in it while they are collected."""

    def __init__(self, parameters, section):
        self.parameters = parameters
        self.section = section
        self.lines = []
        self.depth = 1


__all__ = ("Directive", "Macro", "Section", "Source")
