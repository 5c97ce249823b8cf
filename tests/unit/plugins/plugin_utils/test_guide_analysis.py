# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the analyst's guide tells to type works."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

pytest.importorskip("duckdb")

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis import _findings, _rules  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._case_db import open_case  # noqa: E402

GUIDE = Path(__file__).parents[4] / "docs" / "docsite" / "rst" / "guide_analysis.rst"


def blocks(language):
    text = GUIDE.read_text(encoding="utf-8")
    return [textwrap.dedent(block).strip() for block in re.findall(rf"\.\. code-block:: {language}\n\n((?:   .*\n|\n)+)", text)]


QUERIES = [query for block in blocks("sql") for query in block.rstrip(";").split(";\n")]


@pytest.mark.parametrize("query", QUERIES)
def test_queries(tmp_path, query):
    with open_case(tmp_path) as case:
        assert case.rows(query) == []


def test_there_are_queries():
    assert len(QUERIES) >= 10


def test_the_rule(tmp_path):
    (text,) = blocks("yaml")
    (tmp_path / "rule.yml").write_text(text, encoding="utf-8")
    rules = _rules.read_rules([tmp_path])
    with open_case(tmp_path) as case:
        case.connection.execute(
            "INSERT INTO sockets (host, run, source_row, remote_address, remote_port, comms) VALUES ('web01', '1', 3, '192.0.2.1', 3333, ['x'])")
        assert _findings.run_rules(case, rules) == {}
        (finding,) = case.rows("SELECT * FROM findings")
    assert finding["subject"] == "192.0.2.1:3333" and finding["summary"] == "connection of x" and '"tbl"' not in finding["evidence"]
