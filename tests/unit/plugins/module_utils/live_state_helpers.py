# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes to find, and what a collection brought of them."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection import Collection, Limits
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._mount_views import MountViews
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._processes import Processes
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.accounts_helpers import Brought

OPTIONS = {
    "artifacts": [], "listings": [], "commands": [], "environ": "interesting", "max_recovered": 256,
    "max_recovered_total": 1024, "sweep_seconds": 5,
}
UNIT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


class Workbench:
    """A collection in a workspace of its own; `finish` gives what it brought."""

    def __init__(self, limits=None):
        self.folder = tempfile.mkdtemp(prefix="workspace-")
        self.collection = Collection(
            self.folder.encode("ascii"), b"10-live_state", "live_state", b"/", limits or Limits()
        )

    def __enter__(self):
        return self

    def __exit__(self, *_unused):
        shutil.rmtree(self.folder)

    def finish(self):
        self.collection.close()
        with open(os.path.join(self.folder, "10-live_state.tar.gz"), "rb") as stream:
            return Brought(stream.read())

    def processes(self, *pids, **options):
        """`Processes` that have read these."""
        processes = Processes(self.collection, 0, **options)
        for pid in pids:
            assert processes.read(pid, "test")
        return processes


def own_mounts():
    return MountViews().of(os.getpid(), None)


class Running:
    """A program that runs until the end of the block; `argv` may name another program than `executable`."""

    def __init__(self, argv, executable=None, **options):
        options.setdefault("stdout", subprocess.PIPE)
        self.process = subprocess.Popen(argv, executable=executable or argv[0], **options)
        self.pid = self.process.pid
        wait_until(lambda: os.readlink("/proc/%d/exe" % self.pid) == os.path.realpath(executable or argv[0]))

    def __enter__(self):
        return self

    def __exit__(self, *_unused):
        self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


def wait_until(condition, seconds=10):
    """Waits for what another process does."""
    end = time.time() + seconds
    while not condition():
        assert time.time() < end, "waited in vain"
        time.sleep(0.01)


def find(program):
    """Path of a program, or a skip."""
    for folder in ("/usr/bin", "/bin", "/usr/sbin", "/sbin"):
        if os.access(os.path.join(folder, program), os.X_OK):
            return os.path.join(folder, program)
    pytest.skip("no %s" % program)


def sleep_at(path):
    """A copy of the program sleep under another name."""
    shutil.copy(find("sleep"), path)
    os.chmod(path, 0o755)
    return path


def python(code, before=(), **options):
    """JSON that a Python program prints which can import the collection; `before` are arguments to start it with."""
    code = "import json, os, runpy, sys\nrunpy.run_path(%r)\n%s" % (os.path.join(UNIT, "conftest.py"), code)
    output = subprocess.check_output(list(before) + [sys.executable, "-c", code], **options)
    return json.loads(output.decode("utf-8"))


def preload(folder, hook):
    """A shared library that stands before libc; `hook` is C. Its path, or a skip."""
    source, library = os.path.join(folder, "hook.c"), os.path.join(folder, "hook.so")
    with open(source, "w") as stream:
        stream.write(hook)
    subprocess.check_call([find("cc"), "-shared", "-fPIC", "-o", library, source, "-ldl"])
    return library


# readdir(3) that leaves out one name, as most kits of this kind have it.
READDIR = r"""
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#define HOOK(function, entry) \
struct entry *function(DIR *folder) { \
    static struct entry *(*real)(DIR *); struct entry *found; const char *name = getenv("HIDE"); \
    if (!real) real = (struct entry *(*)(DIR *)) dlsym(RTLD_NEXT, #function); \
    while ((found = real(folder)) && name && !strcmp(found->d_name, name)); \
    return found; \
}
HOOK(readdir, dirent)
HOOK(readdir64, dirent64)
"""
