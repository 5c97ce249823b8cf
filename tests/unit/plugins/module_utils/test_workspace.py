# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import signal
import subprocess

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _workspace
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._workspace import (
    WorkspaceError,
    leftovers,
    make,
    mark_running,
    remove,
    unmark_running,
)
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.core_helpers import (
    mode_of,
    raw,
    small_disk,
    write,
)

TOKEN = "0123456789abcdef"
NAME = b"/.linux_triage-0123456789abcdef"
MIB = 1 << 20

pytestmark = pytest.mark.usefixtures("nothing_left_open")


@pytest.fixture
def folder(tmpdir):
    return raw(tmpdir)


@pytest.fixture
def workspace(folder):
    return make([folder], TOKEN, 0)[0]


def _complaint(work, *arguments):
    with pytest.raises(WorkspaceError) as caught:
        work(*arguments)
    return caught.value.args[0]


def test_it_is_made(folder):
    path, free = make([folder], TOKEN, MIB)
    assert path == folder + NAME
    assert mode_of(path) == 0o711
    assert free > MIB
    assert os.listdir(path) == []


@pytest.mark.parametrize("token", ["", "short", "x" * 65, "0123456789ABCDEF", "0123456789abcde/", "../../0123456789", u"\u00e9" * 20])
def test_a_token_is_no_path(folder, token):
    assert "token" in _complaint(make, [folder], token, 0)
    assert os.listdir(folder) == []


def test_what_is_there_is_left_alone(folder, workspace):
    assert "can't be made" in _complaint(make, [folder], TOKEN, 0)
    os.rmdir(workspace)
    os.symlink("/tmp", workspace)
    assert "can't be made" in _complaint(make, [folder], TOKEN, 0)


def test_the_roomiest_place(tmpdir):
    with small_disk(tmpdir) as small:
        large = raw(tmpdir.mkdir("large"))
        assert os.path.dirname(make([small, large], TOKEN, 0)[0]) == large
        assert os.path.dirname(make([small, b"/absent"], TOKEN, 0)[0]) == small
        complaint = _complaint(make, [small, b"/absent"], TOKEN, 512 * MIB)
        assert complaint == "512 MiB must be free for the workspace: %s has 1 MiB; /absent has No such file or directory" % (
            small.decode("ascii")
        ) or "has 0 MiB; /absent has No such file" in complaint


@pytest.mark.parametrize("make_it, why", [
    (write, "not a folder"),
    (os.mkfifo, "not a folder"),
    (lambda path: os.symlink("/nonexistent", path), "No such file or directory"),
    (lambda path: os.symlink("x", path), "more than 40 links"),
    (lambda path: [os.mkdir(path), os.chmod(path, 0o777)], "writable by everybody"),
])
def test_places_that_are_none(folder, make_it, why):
    make_it(folder + b"/x")
    assert why in _complaint(make, [folder + b"/x"], TOKEN, 0)


def test_a_sticky_place_is_one(folder):
    os.mkdir(folder + b"/tmp")
    os.chmod(folder + b"/tmp", 0o1777)
    assert make([folder + b"/tmp"], TOKEN, 0)[0] == folder + b"/tmp" + NAME


def test_a_linked_place_is_named_as_it_really_is(folder):
    os.mkdir(folder + b"/real")
    os.symlink("real", folder + b"/link")
    assert make([folder + b"/link"], TOKEN, 0)[0] == folder + b"/real" + NAME


def test_no_place_at_all():
    assert "must be free" in _complaint(make, [], TOKEN, 0)


def test_leftovers(folder, workspace):
    write(workspace + b"/10-live_state.tar.gz", b"x" * 1000)
    os.mkdir(folder + b"/.linux_triage-UPPER0123456789012")
    write(folder + b"/.linux_triage-aaaaaaaaaaaaaaaa", b"a file")
    os.symlink("/", folder + b"/.linux_triage-bbbbbbbbbbbbbbbb")
    assert leftovers([folder, b"/absent", folder + b"/.linux_triage-aaaaaaaaaaaaaaaa"]) == [(workspace, 1000)]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_folder_that_somebody_else_named_like_ours(folder, workspace):
    other = folder + b"/.linux_triage-cccccccccccccccc"
    os.mkdir(other)
    os.chown(other, 65534, 65534)
    assert [path for path, _size in leftovers([folder])] == [workspace]
    assert "not a folder of ours" in _complaint(remove, other)
    assert os.path.isdir(other)


def test_all_that_is_ours_goes(folder, workspace):
    for name in (b"10-live_state.tar.gz", b"files-a1b2c3d4", b"ansible_setup.py", b"tmpabc_1234", b"running"):
        write(workspace + b"/" + name)
    write(workspace + b"/ansible-tmp-1/deep/file")
    os.symlink("/etc/passwd", workspace + b"/20-accounts.tar.gz")
    assert remove(workspace) == []
    assert not os.path.exists(workspace)
    assert os.path.exists("/etc/passwd")


def test_nothing_else_goes(folder, workspace):
    precious = write(folder + b"/precious/file", b"x")
    os.symlink(b"../precious", workspace + b"/ansible_link")
    for name in (b"notes.txt", b"\xff\n", b"10-live_state.tar.gz.bak", b"id_rsa"):
        write(workspace + b"/" + name)
    write(workspace + b"/10-live_state.tar.gz")
    assert remove(workspace) == sorted([b"notes.txt", b"\xff\n", b"10-live_state.tar.gz.bak", b"id_rsa"])
    assert len(os.listdir(workspace)) == 4
    assert os.path.exists(precious)


@pytest.mark.parametrize("path", [b"/", b"/etc", b"/tmp/.linux_triage-", b"/tmp/.linux_triage-0123456789abcdef/..", b""])
def test_other_folders_are_never_removed(path):
    assert "not the name of a workspace" in _complaint(remove, path)


def test_one_that_is_gone_already(folder):
    assert remove(folder + NAME) == []


def test_a_link_in_its_place(folder):
    write(folder + b"/precious/10-live_state.tar.gz")
    os.symlink("precious", folder + NAME)
    assert "not a folder of ours" in _complaint(remove, folder + NAME)
    assert os.listdir(folder + b"/precious") == [b"10-live_state.tar.gz"]


def test_a_file_in_its_place(folder):
    write(folder + NAME)
    assert "not a folder of ours" in _complaint(remove, folder + NAME)


@pytest.fixture
def sleeper():
    process = subprocess.Popen(["sleep", "100"])
    yield process
    if process.poll() is None:
        process.kill()
        process.wait()


def _mark(workspace, pid, start):
    write(workspace + b"/running", ("%d %s" % (pid, start)).encode("ascii"))


def test_what_still_works_there_is_ended(workspace, sleeper):
    _mark(workspace, sleeper.pid, _workspace._start_time(sleeper.pid))
    assert remove(workspace) == []
    assert sleeper.wait() == -signal.SIGKILL


@pytest.mark.parametrize("mark", ["%(pid)d 1", "%(pid)d ", "%(pid)d", "-1 x", "0 0", "x y", "", u"1 \xff", "%(pid)d 1 2"])
def test_nobody_else_is_ended(workspace, sleeper, mark):
    write(workspace + b"/running", (mark % {"pid": sleeper.pid}).encode("latin-1"))
    assert remove(workspace) == []
    assert sleeper.poll() is None


def test_the_mark(workspace):
    mark_running(workspace)
    assert os.listdir(workspace) == [b"running"]
    with open(workspace + b"/running") as stream:
        pid, start = stream.read().split(" ")
    assert int(pid) == os.getpid() and start.isdigit()
    assert remove(workspace) == []  # ourselves we don't end
    unmark_running(workspace)  # gone: no error
