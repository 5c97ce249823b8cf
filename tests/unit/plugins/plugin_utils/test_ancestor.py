# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every promise of the ancestor names a test that exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._options import ANCESTOR

ROOT = Path(__file__).resolve().parents[4]
TEXT = (ROOT / "docs" / "ancestor.md").read_text(encoding="utf-8")
PROMISES = [line.strip("|").split(" | ") for line in TEXT.splitlines() if line.startswith("| ")][1:]
PLACES = (ROOT / "extensions/molecule/default/tests", ROOT / "tests/unit/plugins")


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise[0].strip())
def test_its_test_exists(promise):
    path, _separator, function = re.search(r"`([^`]+)`\s*$", promise[2]).group(1).partition("::")
    found = [place / path for place in PLACES if (place / path).exists()]
    assert found
    assert not function or f"def {function}(" in found[0].read_text(encoding="utf-8")


def test_all_of_its_names_are_told():
    assert [name for name in ANCESTOR if name not in TEXT and name != "SaveCWD"] == []
