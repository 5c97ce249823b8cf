# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Rules as data: one YAML file a rule, a SELECT over the case's tables with what a responder needs to know of it."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from pathlib import Path

import yaml

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._printable import printable

SEVERITIES = ("critical", "high", "medium", "low", "info")
MAX_FILE = 1 << 18
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{2,63}")
_ATTACK = re.compile(r"T[0-9]{4}(\.[0-9]{3})?")
_TEXTS = ("title", "why", "harmless", "next", "sql")
_KEYS = {"id", "severity", "attack", "weight", *_TEXTS}


class BadRule(Exception):
    """A rule file that can't be used: which, and why."""


@dataclass(frozen=True)
class Rule:
    """`weight` is what the first finding of the rule adds to a host's sum."""

    id: str
    title: str
    severity: str
    attack: tuple[str, ...]
    weight: int
    why: str
    harmless: str
    next: str
    sql: str
    path: Path


def read_rules(folders: t.Sequence[Path]) -> list[Rule]:
    """The rules of all folders, in the order of their ids. Raises `BadRule`."""
    rules: dict[str, Rule] = {}
    for folder in folders:
        if not folder.is_dir():
            raise BadRule(f"{folder}: no such folder of rules")
        for path in sorted([*folder.glob("*.yml"), *folder.glob("*.yaml")]):
            rule = read_rule(path)
            if rule.id in rules:
                raise BadRule(f"{path}: the id {rule.id} is that of {rules[rule.id].path}, too")
            rules[rule.id] = rule
    return [rules[name] for name in sorted(rules)]


def read_rule(path: Path) -> Rule:
    """The rule of one file. Raises `BadRule`."""
    try:
        if path.stat().st_size > MAX_FILE:
            raise BadRule(f"{path}: larger than {MAX_FILE} bytes")
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        raise BadRule(f"{path}: {printable(str(error), 500)}") from error
    problem = _problem(data)
    if problem:
        raise BadRule(f"{path}: {problem}")
    return Rule(
        data["id"], data["title"].strip(), data["severity"], tuple(data["attack"]), data["weight"], data["why"].strip(),
        data["harmless"].strip(), data["next"].strip(), data["sql"], path,
    )


def _problem(data: t.Any) -> str | None:
    if not isinstance(data, dict):
        return "not a mapping"
    missing, unknown = _KEYS - set(data), sorted(str(key) for key in set(data) - _KEYS)
    if missing or unknown:
        return "; ".join([f"{key} is missing" for key in sorted(missing)] + [f"{key} is not known" for key in unknown])
    empty = [key for key in _TEXTS if not isinstance(data[key], str) or not data[key].strip()]
    if empty:
        return f"{empty[0]} must be text"
    if not isinstance(data["id"], str) or not _ID.fullmatch(data["id"]):
        return "id must be small letters, digits, - and _, at least 3"
    if data["severity"] not in SEVERITIES:
        return f"severity must be one of {', '.join(SEVERITIES)}"
    weight = data["weight"]
    if not isinstance(weight, int) or isinstance(weight, bool) or not 0 <= weight <= 100:
        return "weight must be a whole number from 0 to 100"
    attack = data["attack"]
    if not isinstance(attack, list) or not all(isinstance(one, str) and _ATTACK.fullmatch(one) for one in attack):
        return "attack must be a list of ids like T1059.004"
    return None
