# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.csirt.linux_triage.tests.unit.plugins.plugin_utils.table_helpers import Home


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)
