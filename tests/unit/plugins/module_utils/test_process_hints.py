# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import subprocess
from contextlib import contextmanager

from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts import _process_hints


@contextmanager
def _process(arguments, **options):
    """A process that has printed a line, which it does when it is what it will be."""
    process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)
    try:
        process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.communicate()


def _hint(process, *variables):
    return [hint for hint in _process_hints.find(frozenset(variables)) if hint.pid == process.pid]


def test_environments_of_running_processes(tmpdir):
    environment = dict(os.environ, HISTFILE="/x/.h", SECRET="word")
    with _process(["sh", "-c", "echo; read x"], env=environment, cwd=str(tmpdir)) as process:
        (hint,) = _hint(process, b"HISTFILE")
    assert hint.environment == {b"HISTFILE": b"/x/.h"}
    assert hint.arguments == []
    assert hint.cwd == str(tmpdir).encode("ascii")
    assert hint.uid == os.getuid()


def test_servers_of_ssh_by_their_arguments():
    script = "exec -a 'sshd: /usr/sbin/sshd -D -f /x [listener]' bash -c 'echo; read x; true'"
    with _process(["bash", "-c", script]) as process:
        (hint,) = _hint(process, b"NO_SUCH_VARIABLE")
    assert hint.arguments[0] == b"sshd: /usr/sbin/sshd -D -f /x [listener]"
    assert hint.environment == {}


def test_others_are_passed_over():
    with _process(["sh", "-c", "echo; read x"]) as process:
        assert _hint(process, b"NO_SUCH_VARIABLE") == []


def test_another_root_means_other_files(tmpdir):
    own = tmpdir.mkdir("proc")
    own.mkdir("self").join("mountinfo").write("1 0 8:1 / / rw - ext4 /dev/sda rw\n")
    for pid, root, mounted in (("7", "/", "8:1 /"), ("8", "/", "0:44 /"), ("9", "/jail", "8:1 /")):
        folder = own.mkdir(pid)
        folder.join("environ").write("HOME=/h\0")
        folder.join("mountinfo").write("1 0 %s / rw - ext4 x rw\n" % mounted)
        os.symlink(root, str(folder.join("root")))
    found = _process_hints.find(frozenset([b"HOME"]), proc=str(own).encode("ascii"))
    assert [hint.pid for hint in found] == [7]
