# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes ansible_collections.csirt.linux_triage importable from a checkout of any name, with and without Ansible."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import sys
import types

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COLLECTION = 'ansible_collections.csirt.linux_triage'


def _package(name, path):
    module = sys.modules.get(name)
    if module is None:
        module = types.ModuleType(name)
        module.__path__ = []
        sys.modules[name] = module
        parent, dot, child = name.rpartition('.')
        if dot:
            setattr(sys.modules[parent], child, module)
    module.__path__ = [path]


def _make_importable():
    if 'ANSIBLE_CONTROLLER_MIN_PYTHON_VERSION' in os.environ:
        return  # ansible-test brings its own loader
    _package('ansible_collections', os.path.join(ROOT, '..', '..'))
    _package('ansible_collections.csirt', os.path.join(ROOT, '..'))
    _package(COLLECTION, ROOT)
    # Folders of a collection have no __init__.py, without which Python 2.7 sees no package.
    for top in ('plugins', 'tests'):
        for folder, subfolders, files in os.walk(os.path.join(ROOT, top)):
            if '__init__.py' in files:
                subfolders[:] = []
                continue
            _package('.'.join([COLLECTION] + os.path.relpath(folder, ROOT).split(os.sep)), folder)
            subfolders[:] = [name for name in subfolders if name.replace('_', 'a').isalnum() and name != '__pycache__']
            if folder == os.path.join(ROOT, 'tests'):
                subfolders[:] = ['unit']


_make_importable()
