# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from pathlib import Path

import pytest
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _transfer
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._transfer import (
    CHUNK,
    LARGE,
    SLACK,
    TransferError,
    keep_longest,
    pull,
    require_room,
    stream,
)
from ansible_collections.csirt.linux_triage.tests.unit.plugins.plugin_utils.control_helpers import modes

LIMITS = resource.RLIMIT_FSIZE, resource.RLIMIT_AS, resource.RLIMIT_NOFILE


@pytest.fixture(autouse=True)
def limits_stay():
    before = [resource.getrlimit(limit) for limit in LIMITS]
    yield
    assert [resource.getrlimit(limit) for limit in LIMITS] == before


@pytest.fixture
def source(tmp_path):
    (tmp_path / "part").write_bytes(os.urandom(100000))
    return tmp_path / "part"


class Connection:
    """A connection without options, like "local"; `ways` says how each attempt goes, the last one for all others too."""

    def __init__(self, *ways):
        self.ways = list(ways)
        self.used: list[dict] = []

    def get_option(self, name):
        raise KeyError(name)

    def fetch_file(self, source, target):
        self.used.append(dict(getattr(self, "options", {})))
        way = self.ways.pop(0) if len(self.ways) > 1 else self.ways[0]
        way(source, target)


class Ssh(Connection):
    """One with ssh's options."""

    def __init__(self, *ways, method="smart", arguments="-C -o ControlMaster=auto"):
        super().__init__(*ways)
        self.options = {"ssh_transfer_method": method, "ssh_args": arguments}

    def get_option(self, name):
        return self.options[name]

    def set_option(self, name, value):
        self.options[name] = value


def fails(_source, _target):
    raise AnsibleError("no subsystem")


def lost(_source, target):
    Path(target).write_bytes(b"some")
    raise AnsibleConnectionFailure("gone")


def endless(_source, target):
    process = subprocess.run(["sh", "-c", 'exec cat /dev/zero > "$0"', target], stderr=subprocess.DEVNULL, check=False)
    raise AnsibleError(f"ended by {process.returncode}")


def test_a_part_is_streamed(source, tmp_path):
    os.umask(0o022)
    stream(Connection(shutil.copyfile), str(source), tmp_path / "target", 100000)
    assert (tmp_path / "target").read_bytes() == source.read_bytes()
    assert (tmp_path / "target").stat().st_mode & 0o777 == 0o600


def test_each_way_of_ssh_is_tried_and_the_options_stay(source, tmp_path):
    connection = Ssh(fails, shutil.copyfile)
    stream(connection, str(source), tmp_path / "target", 100000)
    assert [used["ssh_transfer_method"] for used in connection.used] == ["sftp", "scp"]
    assert connection.options == {"ssh_transfer_method": "smart", "ssh_args": "-C -o ControlMaster=auto"}
    with pytest.raises(TransferError, match="sftp: no subsystem; scp: no subsystem"):
        stream(Ssh(fails), str(source), tmp_path / "target", 100000)


def test_a_large_part_is_not_compressed_again(source, tmp_path):
    connection = Ssh(shutil.copyfile)
    stream(connection, str(source), tmp_path / "target", LARGE)
    assert "-C" not in connection.used[0]["ssh_args"].split()
    connection = Ssh(shutil.copyfile, arguments="-o Compression=no")
    stream(connection, str(source), tmp_path / "target", LARGE)
    assert connection.used[0]["ssh_args"] == "-o Compression=no"


def test_a_file_that_never_ends_does_not_fill_the_disk(tmp_path):
    with pytest.raises(TransferError):
        stream(Ssh(endless), "/dev/zero", tmp_path / "target", 100000)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 2 * (100000 + SLACK)


def test_one_that_copies_in_this_process_neither(tmp_path):
    (tmp_path / "large").write_bytes(bytes(1 << 20))
    with pytest.raises(TransferError):
        stream(Connection(shutil.copyfile), str(tmp_path / "large"), tmp_path / "target", 1000)
    assert (tmp_path / "target").stat().st_size <= 1000 + SLACK


def test_what_arrived_of_a_cut_transfer_is_kept(tmp_path):
    def some(_source, target):
        Path(target).write_bytes(b"some more")
        raise AnsibleConnectionFailure("gone")

    with pytest.raises(TransferError):
        stream(Ssh(some, lost), "x", tmp_path / "20-x.tar.partial", 100)
    kept = keep_longest(tmp_path / "20-x.tar.partial")
    assert kept.read_bytes() == b"some more"
    assert modes(tmp_path) >= {("f", "0o600")} and [path.name for path in tmp_path.iterdir()] == ["20-x.tar.cut"]


def test_nothing_to_keep(tmp_path):
    assert not keep_longest(tmp_path / "x.partial").exists()
    (tmp_path / "x.partial").write_bytes(b"")
    assert not keep_longest(tmp_path / "x.partial").exists() and list(tmp_path.iterdir()) == []


def _shell(command: str) -> dict:
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False)
    return {"rc": done.returncode, "stdout": done.stdout, "stderr": done.stderr}


@pytest.mark.parametrize("size", [0, 1, 65536, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 12345])
def test_a_part_is_pulled_in_chunks(tmp_path, size):
    source = tmp_path / "it's a part"
    source.write_bytes(os.urandom(size))
    assert pull(_shell, str(source), tmp_path / "target", size + 1) == size
    assert (tmp_path / "target").read_bytes() == source.read_bytes()
    assert (tmp_path / "target").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("limit", [0, 1, 1000, CHUNK, CHUNK + 1])
def test_never_more_than_the_limit(tmp_path, limit):
    (tmp_path / "source").write_bytes(os.urandom(CHUNK + 100000))
    assert pull(_shell, str(tmp_path / "source"), tmp_path / "target", limit) == limit
    assert (tmp_path / "target").read_bytes() == (tmp_path / "source").read_bytes()[:limit]


def test_a_part_that_grows_for_ever(tmp_path):
    asked = []

    def execute(command):
        asked.append(command)
        return _shell("head -c %d /dev/zero | base64" % CHUNK)

    assert pull(execute, "/x", tmp_path / "target", 3 * CHUNK + 5) == 3 * CHUNK + 5
    assert len(asked) == 4 and (tmp_path / "target").stat().st_size == 3 * CHUNK + 5


@pytest.mark.parametrize("answer", [
    {"rc": 1, "stdout": "", "stderr": "denied"}, {"rc": 0, "stdout": "no base64!", "stderr": ""}, {"rc": 0, "stdout": "QUJD=QUJD", "stderr": ""},
    {"rc": 0, "stdout": "QQ", "stderr": ""}, {"rc": 0, "stdout": "é", "stderr": ""}, {"rc": 0, "stdout": "QUFB" * (CHUNK // 3 + 10), "stderr": ""},
])
def test_answers_that_are_no_part(tmp_path, answer):
    with pytest.raises(TransferError):
        pull(lambda _command: answer, "/x", tmp_path / "target", 100)


@pytest.mark.parametrize("make", [lambda path: None, os.mkfifo, lambda path: path.symlink_to("/dev/zero"), lambda path: path.mkdir()])
def test_what_is_no_file_on_the_host(tmp_path, make):
    make(tmp_path / "source")
    with pytest.raises(TransferError):
        pull(_shell, str(tmp_path / "source"), tmp_path / "target", 100)


def test_no_link_at_home_is_followed(tmp_path, source):
    (tmp_path / "precious").write_text("x")
    (tmp_path / "target").symlink_to("precious")
    with pytest.raises(OSError):
        pull(_shell, str(source), tmp_path / "target", 100)
    assert (tmp_path / "precious").read_text() == "x"


def test_no_name_is_a_command(tmp_path):
    with pytest.raises(TransferError):
        pull(_shell, f"/x'; touch {tmp_path}/evil; '", tmp_path / "target", 100)
    assert not (tmp_path / "evil").exists()


def test_room_at_home(tmp_path):
    require_room(tmp_path, 1000)
    with pytest.raises(TransferError, match="MiB free, the part needs"):
        require_room(tmp_path, 1 << 60)


def test_the_limit_is_lifted_after_an_error(tmp_path):
    with pytest.raises(ValueError):
        with _transfer._file_size_limit(100):
            raise ValueError
