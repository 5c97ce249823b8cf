# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Two views of one thing: what they disagree on (table ``cross_views``), and that they were compared (``checks``)."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import time

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection import Stopped

MAX_ROWS = 2000
AGREED, DISAGREED, NOT_POSSIBLE, FAILED = "agreed", "disagreed", "not_possible", "failed"


class NotPossible(Exception):
    """Why two views can't be compared here."""


class Check:
    """One comparison. What makes it counts `subjects`, says how far it came in `reason`, and calls `differs`."""

    def __init__(self, collection, check, compared):
        self.subjects = 0
        self.differences = 0
        self.reason = None
        self.collection = collection
        self._check = check
        self._compared = compared

    def differs(self, subject, view_a, says_a, view_b, says_b, detail=None, **facts):
        """A row: `subject` (pid, path, module) is one thing in `view_a` and another in `view_b`."""
        self.differences += 1
        if self.differences > MAX_ROWS:
            return
        self.collection.table("cross_views").row(dict(
            facts, check=self._check, subject=subject, view_a=view_a, says_a=says_a, view_b=view_b, says_b=says_b,
            detail=detail,
        ))

    def run(self, function, *arguments):
        """Makes the comparison, `function(check, *arguments)`, whatever happens in it, and writes what came out."""
        start, result, answer = time.time(), None, None
        try:
            answer = function(self, *arguments)
        except NotPossible as error:
            result, self.reason = NOT_POSSIBLE, str(error)
        except Stopped:
            result, self.reason = FAILED, "the collector was stopped"
            raise
        except Exception as error:  # one comparison that fails doesn't keep the others from being made
            result, self.reason = FAILED, "%s: %s" % (type(error).__name__, error)
            self.collection.note(None, _state.FAILED, self.reason, artifact="%s %s" % (self._check, self._compared))
        finally:
            self.collection.table("checks").row({
                "check": self._check, "compared": self._compared, "subjects": self.subjects,
                "differences": self.differences, "seconds": round(time.time() - start, 3), "reason": self.reason,
                "result": result or (DISAGREED if self.differences else AGREED),
            })
        return answer


def compare(collection, check, compared, function, *arguments):
    """`Check.run` of a new check; what the function returned, or None."""
    return Check(collection, check, compared).run(function, *arguments)


__all__ = ("AGREED", "Check", "DISAGREED", "FAILED", "NOT_POSSIBLE", "NotPossible", "compare")
