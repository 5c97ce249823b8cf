#!/usr/bin/env python
# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the module file_hashes does, without Ansible around it: a process of its own, for hashes.py to measure.

Its arguments are a workspace with the listing's lists in it, and "hash" (hash what is listed) or "verify" (compare with the
packages).
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import importlib
import json
import os
import resource
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "unit"))
importlib.import_module("conftest")  # makes the collection importable

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _collection  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.module_utils._files import _file_hashes  # noqa: E402


def main(workspace, what):
    if what == "hash":
        _file_hashes.MANAGERS = ()
    collection = _collection.Collection(workspace.encode(), b"60-file_hashes", "file_hashes")
    _file_hashes.collect(collection, {})
    collection.close()
    peaks = [resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps(dict(collection.summary, parent=peaks[0], worker=peaks[1])))


if __name__ == "__main__":
    main(*sys.argv[1:])
