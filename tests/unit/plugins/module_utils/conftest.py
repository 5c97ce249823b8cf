# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests of the host side need around them."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import shutil
import tempfile

import pytest
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.core_helpers import descriptors


@pytest.fixture
def nothing_left_open():
    """Fails the test when files are open that were not before."""
    before = descriptors()
    yield
    left = dict((number, path) for number, path in descriptors().items() if before.get(number) != path)
    assert left == {}


@pytest.fixture
def in_memory():
    """A folder (text) where very many files cost little."""
    folder = tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
    yield folder
    shutil.rmtree(folder)
