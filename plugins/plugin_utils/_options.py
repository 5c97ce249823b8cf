# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The options of a triage: those that exist, those of the ancestor, and what to say about any other."""

from __future__ import annotations

import difflib
import re
import typing as t
from pathlib import Path

import yaml

SPEC = Path(__file__).resolve().parents[2] / "roles" / "triage" / "meta" / "argument_specs.yml"
# The ancestor's names that this version knows; roles/triage/defaults/main.yml turns them into options.
ANCESTOR = frozenset(("SaveCWD", "STORAGETEST", "MINSPACE", "WEBROOT", "WEBSERVICE", "MESSAGEFLAG", "STARTDATE", "ENDDATE"))
# The ancestor's names whose collector this version doesn't have.
NOT_YET = {
    "HASHFLAG": "hashes of programs", "CLAMAVFLAG": "the ClamAV scan", "RKHUNTERFLAG": "the rkhunter scan",
    "BACKUPFLAG": "the backup",
}
_OURS = re.compile(r"triage_|[A-Z]+FLAG\Z")
_OFF = (None, False, 0, "", "0", "false", "False", "no", "off", [], {})


def known_options() -> list[str]:
    """The names of the entry role's options, from its argument specification."""
    with open(SPEC, encoding="utf-8") as stream:
        return sorted(yaml.safe_load(stream)["argument_specs"]["main"]["options"])


def option_errors(variables: t.Mapping[str, t.Any]) -> list[str]:
    """What is wrong with the options among an inventory host's variables, each with what to do."""
    known = known_options()
    errors = []
    for name in sorted(variables):
        if name in NOT_YET and variables[name] not in _OFF:
            errors.append(f"{name}: this version can't collect {NOT_YET[name]} yet. Leave it out, or set it to 0.")
        elif _OURS.match(name) and name not in (*known, *ANCESTOR, *NOT_YET):
            close = difflib.get_close_matches(name, [*known, *ANCESTOR, *NOT_YET], 1)
            hint = f" Did you mean {close[0]}?" if close else f" Options are: {', '.join(known)}."
            errors.append(f"{name} is no option of csirt.linux_triage.{hint}")
    return errors
