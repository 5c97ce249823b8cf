# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _hidden_files, _view
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._mount_views import MountView
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.live_state_helpers import (
    READDIR,
    Workbench,
    own_mounts,
    preload,
    python,
)

PROGRAM = """
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _hidden_files
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.live_state_helpers import (
    Workbench, own_mounts,
)
_hidden_files.FOLDERS = (%r.encode("ascii"),)
with Workbench() as bench:
    _hidden_files.collect(bench.collection, own_mounts())
    brought = bench.finish()
print(json.dumps([brought.rows("cross_views"), brought.rows("checks")]))
"""


def test_both_views_agree_here():
    with Workbench() as bench:
        _hidden_files.collect(bench.collection, own_mounts())
        brought = bench.finish()
    assert not brought.rows("cross_views"), brought.rows("cross_views")
    assert [row["result"] for row in brought.tables["checks"]] == ["agreed"] * 3
    assert brought.tables["checks"][0]["subjects"] > 10


def test_a_file_that_libc_does_not_show(tmpdir):
    library = preload(str(tmpdir), READDIR)
    folder = tmpdir.mkdir("etc")
    folder.join("secret.so").write("x" * 77)
    folder.join("shown").write("")
    environment = dict(os.environ, LD_PRELOAD=library, HIDE="secret.so")
    differences, checks = python(PROGRAM % str(folder), env=environment)
    row, = differences
    assert (row["check"], row["subject"]) == ("D3", str(folder.join("secret.so")))
    assert (row["says_a"], row["says_b"]) == ("not there", "there")
    assert row["detail"].startswith("lstat: size 77; statx: size 77")
    assert [check["result"] for check in checks] == ["disagreed", "agreed", "agreed"]


def test_link_counts_of_folders(tmpdir):
    for name in ("a", "b"):
        tmpdir.mkdir(name)
    folder = str(tmpdir).encode("ascii")
    counting = MountView(1, 1, b"1 0 8:1 / / rw - ext4 /dev/sda1 rw\n", "collected")
    other = MountView(1, 1, b"1 0 8:1 / / rw - btrfs /dev/sda1 rw\n", "collected")
    assert _hidden_files._counts(counting, folder) and not _hidden_files._counts(other, folder)
    if os.stat(folder).st_nlink >= 2:
        assert _hidden_files._surplus_links(folder) == 0


def test_the_loader_file_is_read_both_ways(tmpdir):
    path = str(tmpdir.join("preload")).encode("ascii")
    assert _view.read_both_ways(path) == ((b"", "absent"), (b"", "absent"))
    with open(path, "wb") as stream:
        stream.write(b"/lib/evil.so\n")
    libc, raw = _view.read_both_ways(path)
    assert libc == raw == (b"/lib/evil.so\n", "collected")
    os.unlink(path)
    os.mkfifo(path)
    libc, raw = _view.read_both_ways(path)
    assert libc == raw == (b"", "skipped_type")


def test_a_loader_file_that_libc_does_not_open(tmpdir):
    hook = r"""
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <errno.h>
    #include <string.h>
    static int hidden(const char *path) { return path && strstr(path, "my.preload") != 0; }
    #define OPEN(name) int name(const char *path, int flags, int mode) { \
        int (*real)(const char *, int, int) = (int (*)(const char *, int, int)) dlsym(RTLD_NEXT, #name); \
        if (hidden(path)) { errno = ENOENT; return -1; } return real(path, flags, mode); }
    OPEN(open)
    OPEN(open64)
    #define STAT(name) int name(const char *path, void *out) { \
        int (*real)(const char *, void *) = (int (*)(const char *, void *)) dlsym(RTLD_NEXT, #name); \
        if (hidden(path)) { errno = ENOENT; return -1; } return real(path, out); }
    STAT(stat)
    STAT(stat64)
    """
    library = preload(str(tmpdir), hook)
    tmpdir.join("my.preload").write("/lib/evil.so\n")
    program = """
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _hidden_files, _view
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.live_state_helpers import (
    Workbench, own_mounts,
)
_view.PRELOAD, _hidden_files.FOLDERS = %r.encode("ascii"), ()
with Workbench() as bench:
    _hidden_files.collect(bench.collection, own_mounts())
    print(json.dumps(bench.finish().rows("cross_views")))
""" % str(tmpdir.join("my.preload"))
    row, = python(program, env=dict(os.environ, LD_PRELOAD=library))
    assert (row["check"], row["says_a"], row["says_b"]) == ("D3", "absent", "/lib/evil.so\\x0a")
