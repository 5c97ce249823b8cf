# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _options
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._options import ANCESTOR, known_options

COLLECTION = Path(__file__).resolve().parents[4]


def option_errors(variables):
    return _options.option_errors(variables, lambda value: value)


def test_the_roles_options_are_known():
    known = known_options()
    assert "triage_output" in known and "triage_case" in known
    assert all(name.startswith("triage_") for name in known)
    assert option_errors({name: facts["default"] for name, facts in _options._specification().items() if "default" in facts}) == []


@pytest.mark.parametrize("variables", [
    {}, {"ansible_host": "x", "inventory_hostname": "y", "__triage_run": {}, "my_triage_x": 1, "triage": 1, "group_names": []},
    dict.fromkeys(ANCESTOR, 1), dict.fromkeys(("HTTP_PROXY", "STAGE", "ROOT"), 1),
])
def test_nothing_to_say(variables):
    assert option_errors(variables) == []


@pytest.mark.parametrize("name, hint", [
    ("triage_outptu", "triage_output"), ("triage_Case", "triage_case"), ("CLAMAFLAG", "CLAMAVFLAG"),
    ("BACKUPFLG", "BACKUPFLAG"), ("STARDATE", "STARTDATE"), ("triage_qqqqqqqqqqqqqqqq", "Options are"),
])
def test_misspelt_options(name, hint):
    [error] = option_errors({name: 0})
    assert error.startswith(f"{name} is no option") and hint in error


def test_every_error_is_told_at_once():
    assert len(option_errors({"triage_outptu": 1, "HASCHFLAG": 1, "triage_case": "x", "CLAMFLAG": "1"})) == 3


def test_what_is_not_there_is_named_before_anything_is_touched(tmp_path):
    bundle, signatures, rules, yara = option_errors({
        "triage_clamav_bundle": "/no", "triage_clamav_signatures": "/nowhere", "triage_rkhunter_bundle": "",
        "triage_yara_rules": [str(tmp_path), "/nothing.yar"], "triage_rules_dirs": f"{tmp_path},/norules",
    })
    assert bundle.startswith("triage_clamav_bundle: there is no /no on the control node")
    assert "triage_clamav_signatures" in signatures and "/nowhere" in signatures
    assert "triage_rules_dirs" in rules and "/norules" in rules and str(tmp_path) not in rules
    assert "triage_yara_rules" in yara and "/nothing.yar" in yara


@pytest.mark.parametrize("name, value", [
    ("triage_webroots", "/srv/www"), ("triage_webroots", "/srv/www,/srv/other"), ("triage_role_groups", ["web", "db"]),
    ("triage_backup", "false"), ("triage_backup", "yes"), ("triage_max_seconds", "900"), ("triage_extra_artifacts", []),
    ("triage_extra_artifacts", [{"name": "x", "paths": ["/etc/x"]}]), ("triage_leftover", "remove"),
])
def test_values_as_they_are_written_on_a_command_line_are_taken(name, value):
    assert option_errors({name: value}) == []


@pytest.mark.parametrize("name, value, told", [
    ("triage_extra_artifacts", "/etc/x", "give -e @OPTIONS.yml"), ("triage_extra_artifacts", '[{"name": "x"}]', "give -e @OPTIONS.yml"),
    ("triage_webshell_rules", "x", "give -e @OPTIONS.yml"), ("triage_webroots", {"a": 1}, "with commas"),
    ("triage_backup", "perhaps", "true or false"), ("triage_max_seconds", "long", "int"), ("triage_leftover", "burn", "keep, remove"),
])
def test_a_value_of_another_type_is_named_with_what_to_write(name, value, told):
    [error] = option_errors({name: value})
    assert error.startswith(f"{name}: ") and told in error


def test_templates_are_evaluated():
    assert _options.option_errors({"triage_backup": "{{ x }}"}, {"{{ x }}": "true"}.get) == []


def texts(node, key=None):
    """Every text in what YAML has, and the key that it stands under."""
    if isinstance(node, str):
        yield key, node
    for name, child in node.items() if isinstance(node, dict) else ((key, one) for one in node) if isinstance(node, list) else ():
        yield from texts(child, name)


def specified(kinds):
    """Names of options of the roles whose type is one of these."""
    for path in COLLECTION.glob("roles/*/meta/argument_specs.yml"):
        for entry in yaml.safe_load(path.read_text())["argument_specs"].values():
            for name, facts in entry.get("options", {}).items():
                if facts["type"] in kinds and facts.get("elements") != "dict":
                    yield name


def test_what_a_command_line_gives_as_text_is_no_list_or_flag_before_a_module_makes_it_one():
    lists, flags = set(specified(["list"])), set(specified(["bool"]))
    alone = re.compile(r"\{\{ \w+(?: \| default\([^{}]*\))? \}\}|\w+")
    seen = 0
    for path in [*COLLECTION.glob("playbooks/*.yml"), *COLLECTION.glob("roles/*/*/**/*.yml"), *COLLECTION.glob("roles/*/*.yml")]:
        if path.parent.name == "meta":
            continue
        for key, text in texts(list(yaml.safe_load_all(path.read_text()))):
            for name in lists & set(re.findall(r"\w+", text)):
                seen += 1
                assert alone.fullmatch(text), f"{path}: {text}: may be text; a module's list takes it, Jinja does not"
            for name in flags & set(re.findall(r"\w+", text)):
                seen += 1
                is_flag = re.search(rf"{name}(?: \| default\(.*\))? \| bool", text)
                assert alone.fullmatch(text) and key not in ("wanted", "when", "become") or is_flag, f"{path}: {text}: 'false' would be true"
    assert seen > 20


@pytest.mark.parametrize("value", [0, 1, "0", "1", "yes", "No", "TRUE", "false", True, False, "on", " off ", None])
def test_switches_of_the_ancestor(value):
    assert option_errors({"HASHFLAG": value, "SaveCWD": value, "STORAGETEST": value}) == []


@pytest.mark.parametrize("name, value", [
    ("HASHFLAG", "maybe"), ("CLAMAVFLAG", 2), ("BACKUPFLAG", ""), ("SaveCWD", "/srv"), ("MINSPACE", "1G"), ("MINSPACE", "-1"),
    ("RKHUNTERFLAG", "\x1b[2Jyes"), ("MESSAGEFLAG", "y"),
])
def test_values_that_would_silently_be_false(name, value):
    [error] = option_errors({"MINSPACE": 1024, "WEBROOT": "/srv", name: value})
    assert error.startswith(f"{name}: ") and "\x1b" not in error
