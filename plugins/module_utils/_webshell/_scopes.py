# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Variables and functions of a script that is read, not run."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._values import (
    FIRST_PARAMETER, FROM_OUTSIDE, MAX_PARAMETERS, PARAMETERS, UNKNOWN, Value, either, joined,
)

MAX_VARIABLES = 20000


class Function:
    """What a function does with its arguments: `sinks` names what each position reaches, `returns` what comes back,
    `changed` are the positions of those that it may change."""

    __slots__ = ("changed", "parameters", "sinks", "returns")

    def __init__(self):
        self.parameters = []
        self.changed = set()
        self.sinks = {}
        self.returns = UNKNOWN

    def reaches(self, what, flags):
        """Notes that what is in `flags` of this function's parameters reaches `what`."""
        for position in positions_in(flags):
            self.sinks.setdefault(position, set()).add(what)

    def give(self, value):
        self.returns = either(self.returns, value)

    def matters(self):
        return bool(self.sinks) or bool(self.returns.flags) or self.returns.text is not None


def positions_in(flags):
    """The positions of the parameters in `flags`."""
    bits, found = (flags & PARAMETERS) >> 16, []
    position = 0
    while bits:
        if bits & 1:
            found.append(position)
        bits >>= 1
        position += 1
    return found


class Scope:
    """The variables of one function, or of the script. `block` counts blocks: a larger number was opened later."""

    def __init__(self, function=None, outer=None):
        self.function = function
        self.outer = outer
        self.is_wild = False  # variables may come from the request by any name
        self._shared = {}  # names of variables that are another scope's as well
        self._variables = {}

    def get(self, name):
        """The `Value` of a variable, or None."""
        if name in self._variables:
            return self._variables[name][0]
        if self.outer is not None:
            value = self.outer.get(name)
            return _without_parameters(value) if value is not None else None
        return None

    def share(self, name, other):
        """``global $name``: what is assigned is assigned in the `other` scope as well."""
        if name not in self._variables and len(self._variables) >= MAX_VARIABLES:
            return
        if other is not self:
            self._shared[name] = other
        self._variables[name] = other.get(name) or UNKNOWN, 0

    def set(self, name, value, block, surely=True):
        """Assigns; where another way through the script leaves the old value in place, both are possible."""
        if name in self._shared:
            self._shared[name].set(name, _without_parameters(value), block, False)
        before = self._variables.get(name)
        if before is None and len(self._variables) >= MAX_VARIABLES:
            return
        if before is not None and (not surely or before[1] < block):
            items = value.items or before[0].items
            text = None if before[0].flags & FROM_OUTSIDE else value.text
            value = Value(text, value.flags | before[0].flags, items, value.function or before[0].function)
        self._variables[name] = value, block

    def append(self, name, value, block, work):
        """``$name .= value``"""
        before = self._variables.get(name)
        self._variables[name] = (value if before is None else joined(before[0], value, work)), block

    def add_parameters(self, names):
        """Parameters of the scope's function become variables."""
        for position, name in enumerate(names):
            flag = FIRST_PARAMETER << position if position < MAX_PARAMETERS else 0
            self._variables[name] = Value(None, flag), 0


def _without_parameters(value):
    return Value(value.text, value.flags & ~PARAMETERS, value.items, value.function) if value.flags & PARAMETERS else value


__all__ = ("Function", "Scope", "positions_in")
