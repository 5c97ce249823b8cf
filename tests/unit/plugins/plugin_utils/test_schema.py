# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib.util
from pathlib import Path

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis import _schema

DOCS = Path(__file__).resolve().parents[4] / "docs" / "docsite"


def test_documentation_is_what_the_schema_says():
    spec = importlib.util.spec_from_file_location("make_tables", DOCS / "make_tables.py")
    make_tables = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_tables)
    assert make_tables.page() == make_tables.TARGET.read_text(encoding="utf-8"), "run docs/docsite/make_tables.py"


def test_every_column_has_a_known_type_and_a_name_of_its_own():
    for table in _schema.tables().values():
        names = [column.in_case for column in table.columns]
        assert len(set(names)) == len(names), table.name
        assert {column.kind for column in table.columns} <= set(_schema.SQL), table.name
        if table.made_by != _schema.ANALYSIS:
            assert not set(names) & set(_schema.ORIGIN), table.name
