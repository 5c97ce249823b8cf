# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Names against patterns as fnmatch(3) has it, in time that no pattern can blow up, and paths by patterns."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

MAX_PART = 1024
_STAR, _ANY = "star", "any"
WILD = (b"*", b"?", b"[")


def is_pattern(text):
    """Whether a path (bytes) has anything of a pattern in it."""
    return any(character in text for character in WILD)


def compiled(pattern):
    """The pattern as a list: ``_STAR``, ``_ANY``, or the set of byte values that may stand in a place."""
    codes, position, elements = bytearray(pattern), 0, []
    while position < len(codes):
        code = codes[position]
        position += 1
        if code == 0x2A:
            if elements[-1:] != [_STAR]:
                elements.append(_STAR)
        elif code == 0x3F:
            elements.append(_ANY)
        elif code == 0x5B and _set_end(codes, position):
            end = _set_end(codes, position)
            elements.append(_set(codes[position:end]))
            position = end + 1
        else:
            if code == 0x5C and position < len(codes):
                code = codes[position]
                position += 1
            elements.append(frozenset((code,)))
    return elements


def _set_end(codes, position):
    """Where a bracket expression that begins at `position` has its closing bracket; 0 when it has none."""
    first = position + 1 if codes[position:position + 1] in (b"!", b"^") else position
    return max(codes.find(b"]", first + 1), 0)


def _set(codes):
    negated = codes[:1] in (b"!", b"^")
    codes = codes[1:] if negated else codes
    found, position = set(), 0
    while position < len(codes):
        if position + 2 < len(codes) and codes[position + 1] == 0x2D:
            found.update(range(codes[position], codes[position + 2] + 1))
            position += 3
        else:
            found.add(codes[position])
            position += 1
    return frozenset(range(256)) - found if negated else frozenset(found)


def matches(name, elements):
    """Whether a name (bytes) matches a compiled pattern. A leading dot is matched only by a dot that is written."""
    codes = bytearray(name)
    if codes[:1] == b"." and (not elements or elements[0] in (_STAR, _ANY) or len(elements[0]) > 1):
        return False
    here = place = 0
    star = restart = None
    while here < len(codes):
        element = elements[place] if place < len(elements) else None
        if element is _STAR:
            star, restart = place, here
            place += 1
        elif element is not None and (element is _ANY or codes[here] in element):
            here, place = here + 1, place + 1
        elif star is None:
            return False
        else:
            restart += 1
            here, place = restart, star + 1
    return all(element is _STAR for element in elements[place:])


def expand(pattern, listdir, exists, check, limit):
    """The paths that an absolute pattern (bytes) leads to, folder by folder, names in the order of their bytes.

    `listdir(folder)` gives sorted names, `exists(path)` says whether there is something, `check` is called for each
    name. At most `limit` paths; a part longer than `MAX_PART` matches nothing.
    """
    found = [b""]
    for part in pattern.split(b"/")[1:]:
        if not part:
            continue
        if not is_pattern(part):
            found = [path + b"/" + part for path in found]
            continue
        elements, before, found = compiled(part), found, []
        for path in before if len(part) <= MAX_PART else []:
            for name in listdir(path or b"/"):
                check()
                if matches(name, elements):
                    found.append(path + b"/" + name)
            if len(found) >= limit:
                break
        found = found[:limit]
    return [path for path in found if exists(path)]


__all__ = ("compiled", "expand", "is_pattern", "matches")
