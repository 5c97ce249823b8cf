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
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._printable import printable

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._printable import printable

SPEC = Path(__file__).resolve().parents[2] / "roles" / "triage" / "meta" / "argument_specs.yml"
# The ancestor's names that this version knows; roles/triage/defaults/main.yml turns them into options.
ANCESTOR = frozenset((
    "SaveCWD", "STORAGETEST", "MINSPACE", "WEBROOT", "WEBSERVICE", "STARTDATE", "ENDDATE", "HASHFLAG", "CLAMAVFLAG",
    "RKHUNTERFLAG", "MESSAGEFLAG", "BACKUPFLAG",
))
# Of these, what is a switch; MINSPACE is a number, the others are text.
SWITCHES = frozenset(name for name in ANCESTOR if name.endswith("FLAG") or name in ("SaveCWD", "STORAGETEST"))
_YES_OR_NO = frozenset(("1", "0", "yes", "no", "on", "off", "true", "false"))
# Options that name something on the control node which must be there.
AT_HOME = (
    "triage_clamav_bundle", "triage_clamav_signatures", "triage_rkhunter_bundle", "triage_rules_dirs", "triage_yara_rules",
)
_HINTS = {
    "list of dict": " Write it into a file of YAML, OPTIONS.yml, and give -e @OPTIONS.yml.",
    "list": " Write it with commas between the values, or as JSON: -e '{\"NAME\": [\"VALUE\"]}'.",
    "bool": " Write true or false.",
}
_OURS = re.compile(r"triage_|[A-Z]+FLAG\Z")


def _specification() -> dict[str, dict]:
    with open(SPEC, encoding="utf-8") as stream:
        return yaml.safe_load(stream)["argument_specs"]["main"]["options"]


def known_options() -> list[str]:
    """The names of the entry role's options, from its argument specification."""
    return sorted(_specification())


def option_errors(variables: t.Mapping[str, t.Any], evaluated: t.Callable[[t.Any], t.Any]) -> list[str]:
    """What is wrong with the options among an inventory host's variables, each with what to do.

    `evaluated` gives the value of a variable that may be a template.
    """
    specification = _specification()
    given = {name: evaluated(variables[name]) for name in specification if name in variables}
    good, errors = _typed(given, specification)
    ancestors = {name: str(evaluated(variables[name])).strip() for name in sorted(ANCESTOR) if variables.get(name) is not None}
    return [*_unknown(variables), *errors, *_of_ancestor(ancestors), *_missing_at_home(good)]


def _typed(given: t.Mapping[str, t.Any], specification: t.Mapping[str, dict]) -> tuple[dict[str, t.Any], list[str]]:
    """The values in their types, as modules get them (lists of text may be written with commas); what is of no such type."""
    good: dict[str, t.Any] = {}
    errors = []
    for name, value in given.items():
        result = ArgumentSpecValidator({name: specification[name]}).validate({name: value})
        if result.error_messages:
            errors.append(f"{name}: {printable('; '.join(result.error_messages), 500)}.{_HINTS.get(_kind(specification[name]), '')}")
        else:
            good[name] = result.validated_parameters[name]
    return good, errors


def _kind(facts: t.Mapping[str, t.Any]) -> str:
    """``list``, ``bool``, or for a list of anything but text ``list of dict``."""
    return " of ".join(facts[key] for key in ("type", "elements") if facts.get(key, "str") not in ("str", "path"))


def _unknown(variables: t.Mapping[str, t.Any]) -> list[str]:
    known = known_options()
    errors = []
    for name in sorted(variables):
        if name not in known and name not in ANCESTOR and (_OURS.match(name) or _is_misspelt(name)):
            close = difflib.get_close_matches(name, [*known, *ANCESTOR], 1)
            hint = f" Did you mean {close[0]}?" if close else f" Options are: {', '.join(known)}."
            errors.append(f"{name} is no option of csirt.linux_triage.{hint}")
    return errors


def _of_ancestor(given: t.Mapping[str, str]) -> list[str]:
    """What is wrong with the values of the ancestor's names: a filter would turn it into false and 0 without a word."""
    errors = [
        f"{name}: {printable(value, 100)!r} is neither yes nor no. Write 1 or 0." for name, value in given.items()
        if name in SWITCHES and value.lower() not in _YES_OR_NO
    ]
    if not given.get("MINSPACE", "0").isdecimal():
        errors.append(f"MINSPACE: {printable(given['MINSPACE'], 100)!r} is no number of KB.")
    return errors


def _is_misspelt(name: str) -> bool:
    """Whether a name in capitals can only be meant for one of the ancestor's."""
    return name.isupper() and bool(difflib.get_close_matches(name, ANCESTOR, 1, 0.85))


def _missing_at_home(options: t.Mapping[str, t.Any]) -> list[str]:
    named = [(name, path) for name in AT_HOME for path in _listed(options.get(name))]
    return [
        f"{name}: there is no {path} on the control node. Name what exists, or leave it out."
        for name, path in named if not Path(path).expanduser().exists()
    ]


def _listed(value: t.Any) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []
