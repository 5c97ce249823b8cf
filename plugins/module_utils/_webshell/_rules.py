# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Rules as data: which facts or patterns make a hit, what it weighs, and how the hits of a file become its score."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import describe, escape
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._facts import Place

EXCERPT = 200
HITS_OF_RULE = 3
_BEFORE = 60
_UNPRINTABLE = re.compile(r"[^\t\x20-\x7e]")
_CONTROL = re.compile(r"[\x00-\x20]+")


class Rule:
    """One rule; `problem` says why it can't be used."""

    def __init__(self, row):
        self.id = row["id"]
        self.title = row["title"]
        self.language = row.get("language")
        self.weight = min(max(row["weight"], 0), 100)
        self.attack = row.get("attack")
        self.why = row.get("why")
        self.signal = row.get("signal") or self.id
        self.facts = row.get("facts") or []
        self.at_least = row.get("at_least") or 1
        self.max_size = row.get("max_size")
        self.problem = None
        self._patterns = []
        for pattern in row.get("patterns") or []:
            self._add(pattern)
        if not self.facts and not self._patterns and self.problem is None:
            self.problem = "neither facts nor patterns"

    def _add(self, pattern):
        try:
            self._patterns.append(re.compile(str(pattern), re.IGNORECASE | re.MULTILINE))
        except (re.error, UnicodeError, OverflowError, ValueError, RuntimeError) as error:
            self.problem = "pattern %s: %s" % (escape(pattern.encode("utf-8")), describe(error))

    def fits(self, languages, size):
        return (self.language is None or self.language in languages) and (not self.max_size or size <= self.max_size)

    def places(self, facts, text):
        """Where the rule hits: places of its facts, or of matches of its patterns in `text`."""
        found = [facts.places[name] for name in self.facts if name in facts.places]
        if self.facts and len(found) >= self.at_least:
            return _each_line_once(place for places in found for place in places)[:HITS_OF_RULE]
        return self._matches(text)

    def _matches(self, text):
        places = []
        for pattern in self._patterns:
            match = pattern.search(text)
            if match:
                places.append(Place(text, match.start(), text.count("\n", 0, match.start()) + 1, 0))
            if len(places) == HITS_OF_RULE:
                break
        return places


class Rules:
    """All rules; `problems` has (id, reason) of those that can't be used."""

    def __init__(self, rows):
        rules = [Rule(row) for row in rows]
        self.problems = [(rule.id, rule.problem) for rule in rules if rule.problem]
        self._rules = [rule for rule in rules if not rule.problem]

    def judge(self, facts, text, languages, size):
        """(rows of hits, score, number of signals) of a file; the score is a number from 0 to 100.

        Rules of one signal see the same thing: the heaviest of them counts. Signals are independent of each other,
        so that each takes its share of the doubt that the others left.
        """
        rows, weights = [], {}
        for rule in self._rules:
            if not rule.fits(languages, size):
                continue
            places = rule.places(facts, text)
            if places:
                weights[rule.signal] = max(weights.get(rule.signal, 0), rule.weight)
            rows.extend(_row(rule, place) for place in places)
        doubt = 1.0
        for weight in weights.values():
            doubt *= 1 - weight / 100.0
        return rows, int(round(100 * (1 - doubt))), len(weights)


def _each_line_once(places):
    known, found = set(), []
    for place in places:
        if (place.line, place.layer) not in known:
            known.add((place.line, place.layer))
            found.append(place)
    return found


def _row(rule, place):
    row = {
        "rule": rule.id, "title": rule.title, "weight": rule.weight, "attack": rule.attack,
        "why": rule.why, "line": place.line, "layer": place.layer or None, "excerpt": excerpt(place.text, place.position),
    }
    return dict((key, value) for key, value in row.items() if value is not None)


def excerpt(text, position):
    """What stands around a position, on one line, printable, at most EXCERPT characters."""
    begin = max(position - _BEFORE, 0)
    start = max([begin] + [found.end() for found in _UNPRINTABLE.finditer(text, begin, position)])
    piece = _CONTROL.sub(_blank, text[start:start + EXCERPT])
    shown = escape(piece if isinstance(piece, bytes) else piece.encode("latin-1"))
    while len(shown) > EXCERPT:
        piece = piece[:-max(1, (len(shown) - EXCERPT) // 4)]
        shown = escape(piece if isinstance(piece, bytes) else piece.encode("latin-1"))
    return shown


def _blank(match):
    return " " if not match.group().strip() else match.group()


__all__ = ("Rule", "Rules", "excerpt")
