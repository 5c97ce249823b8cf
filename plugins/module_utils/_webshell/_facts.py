# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What was seen in a file: short names like ``code.request`` (the request reaches what runs code), each with its place."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

MAX_FACTS = 400
MAX_PLACES = 8


class Place:
    """`text` and `position` of something in it; `line` counts in the file, also for what was unpacked from a line of it."""

    __slots__ = ("text", "position", "line", "layer")

    def __init__(self, text, position, line, layer):
        self.text = text
        self.position = position
        self.line = line
        self.layer = layer


class Facts:
    """The facts of one file by name, at most MAX_PLACES of each."""

    def __init__(self):
        self.places = {}
        self.text = ""
        self.line = 1
        self.layer = 0
        self._count = 0
        self._counted = (0, 0)

    def begin(self, text, line=1, layer=0):
        """What follows is seen in `text`, which begins at a line of the file, or was unpacked there."""
        self.text, self.line, self.layer = text, line, layer
        self._counted = (0, 0)

    def line_at(self, position):
        """The file's line at a position of the current text; what was unpacked lies where it was packed."""
        if self.layer:
            return self.line
        lines, counted = self._counted
        if position < counted:
            lines = counted = 0
        lines += self.text.count("\n", counted, position)
        self._counted = lines, position
        return self.line + lines

    def forget(self, ending):
        """Takes back what was seen in the current text under names that end so."""
        for name in [name for name in self.places if name.endswith(ending)]:
            places = [place for place in self.places[name] if place.text is not self.text]
            self._count -= len(self.places[name]) - len(places)
            self.places[name] = places
            if not places:
                del self.places[name]

    def add(self, name, position=0):
        places = self.places.setdefault(name, [])
        if len(places) >= MAX_PLACES or self._count >= MAX_FACTS:
            return
        line = self.line_at(position)
        if any(place.line == line and place.layer == self.layer for place in places):
            return
        self._count += 1
        places.append(Place(self.text, position, line, self.layer))


__all__ = ("Facts", "Place")
