# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fetch against hosts that alter, cut, deny and die: the host is this machine's file system and its shell."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible_collections.csirt.linux_triage.plugins.action import evidence_fetch
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._part import Part
from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _custody
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import file_sha256
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._host import guarded
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._seal import seal
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._verify import problems
from ansible_collections.csirt.linux_triage.tests.unit.plugins.plugin_utils.control_helpers import (
    FILES, modes, row, run, write_part,
)

PART = "20-accounts"


class Connection:
    def __init__(self, *ways):
        self.ways = list(ways)

    def get_option(self, name):
        raise KeyError(name)

    def fetch_file(self, source, target):
        way = self.ways.pop(0) if len(self.ways) > 1 else self.ways[0]
        way(source, target)


def denied(_source, _target):
    raise AnsibleError("Permission denied \x1b[31m")


def altered(source, target):
    data = bytearray(Path(source).read_bytes())
    data[len(data) // 2] ^= 1
    Path(target).write_bytes(data)


def short(source, target):
    Path(target).write_bytes(Path(source).read_bytes()[:-1])


def dying(source, target):
    Path(target).write_bytes(Path(source).read_bytes()[:-300])
    raise AnsibleConnectionFailure("Connection reset \x1b[31m")


class Host:
    """A host with a part in its workspace, and a run's folder at home."""

    def __init__(self, tmp_path: Path):
        self.workspace = tmp_path / "host" / ".linux_triage-0123456789abcdef"
        self.workspace.mkdir(parents=True)
        self.part = write_part(self.workspace / f"{PART}.tar.gz")
        self.sha256 = file_sha256(self.part)
        self.folder = run(tmp_path / "home")
        self.answers = self.shell
        self.commands: list[str] = []

    def shell(self, command: str) -> dict:
        done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False)
        return {"rc": done.returncode, "stdout": done.stdout, "stderr": done.stderr}

    def lost(self, _command: str) -> dict:
        raise AnsibleConnectionFailure("Connection reset")

    def collected(self, **facts) -> dict:
        part = {"name": PART, "size": self.part.stat().st_size, "sha256": self.sha256, "entries": 4, **facts}
        return {"changed": True, "complete": True, "seconds": 1.5, "part": part, "states": {"collected": 3}}

    def fetch(self, *ways, collected=None, **arguments) -> dict:
        task = SimpleNamespace(args={
            "folder": str(self.folder), "workspace": str(self.workspace), "part": PART, "collected": collected, **arguments,
        })
        action = evidence_fetch.ActionModule(task, Connection(*ways), None, None, None, None)
        action._host = "web01"
        action._execute = lambda command: (self.commands.append(command), self.answers(command))[1]
        return guarded(action._fetch)

    def events(self, *names) -> list[dict]:
        return [event for event in _custody.events(self.folder) if event["event"] in names]

    def home(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "parts").iterdir())


@pytest.fixture
def host(tmp_path, monkeypatch):
    monkeypatch.setattr(evidence_fetch, "PAUSE", 0)
    return Host(tmp_path)


def test_a_part_comes_home_and_leaves_the_host(host):
    result = host.fetch(shutil.copyfile, collected=host.collected())
    assert result["changed"] and result["sha256"] == host.sha256 and not result.get("failed")
    assert host.home() == [f"{PART}.tar.gz"] and not host.part.exists()
    [event] = host.events("part")
    assert (event["part"], event["sha256"], event["complete"], event["states"]) == (PART, host.sha256, True, {"collected": 3})
    assert modes(host.folder) == {("d", "0o700"), ("f", "0o600")}


def test_what_the_login_user_may_not_read_is_pulled(host):
    result = host.fetch(denied, collected=host.collected())
    assert result["sha256"] == host.sha256 and host.home() == [f"{PART}.tar.gz"] and not host.part.exists()


@pytest.mark.parametrize("way", [altered, short])
def test_altered_once(host, way):
    result = host.fetch(way, shutil.copyfile, collected=host.collected())
    assert result["sha256"] == host.sha256
    [event] = host.events("part_altered")
    assert event["announced"] == [host.part.stat().st_size if host.part.exists() else result["size"], host.sha256]
    assert host.home() == sorted([f"{PART}.tar.gz", event["kept"]])
    assert seal(host.folder, "web01", [PART])["complete"]


@pytest.mark.parametrize("way", [altered, short])
def test_altered_always(host, way):
    result = host.fetch(way, collected=host.collected())
    assert result["failed"] and not result["lost"] and str(host.part) in result["msg"]
    assert host.part.exists()  # the only whole one there is
    assert len(host.events("part_altered")) == 2 and len(host.events("part_missing")) == 1 and not host.events("part")
    assert all(".altered-" in name for name in host.home())
    facts = seal(host.folder, "web01", [PART])
    assert facts["missing"] == [PART] and not facts["complete"]


def test_altered_before_it_left(host):
    with open(host.part, "r+b") as stream:
        stream.write(b"\x1f\x8b\x08evil")
    result = host.fetch(shutil.copyfile, collected=host.collected())
    assert result["failed"] and host.part.exists()


def test_a_part_that_is_not_there(host):
    collected = host.collected()
    host.part.unlink()
    result = host.fetch(shutil.copyfile, collected=collected)
    assert result["failed"] and host.home() == [] and not host.events("part_altered")
    assert len(host.events("part_missing")) == 1


def test_a_host_that_is_lost_in_the_middle(host):
    host.answers = host.lost
    result = host.fetch(dying, collected=host.collected())
    assert result["failed"] and result["lost"]
    assert host.home() == [f"{PART}.tar.torn"] and host.part.exists()
    [event] = host.events("part_torn")
    assert event["sha256"] == file_sha256(host.folder / "parts" / f"{PART}.tar.torn")
    facts = seal(host.folder, "web01", [PART, "50-file_listing"])
    assert facts["missing"] == ["50-file_listing"] and [row["part"] for row in facts["damaged"]] == [PART]
    assert not facts["complete"] and facts["entries"] > 0


def test_a_host_that_is_lost_for_a_moment(host):
    result = host.fetch(dying, shutil.copyfile, collected=host.collected())
    assert result["sha256"] == host.sha256 and host.home() == [f"{PART}.tar.gz"]


@pytest.mark.parametrize("facts", [
    {"size": -1}, {"size": 2 ** 62}, {"size": 10 ** 30}, {"size": "1"}, {"size": None}, {"size": (8 << 30) + 1},
])
def test_sizes_that_are_none(host, facts):
    result = host.fetch(shutil.copyfile, collected=host.collected(**facts))
    assert result["failed"] and "announces" in result["msg"] and host.part.exists() and host.home() == []


@pytest.mark.parametrize("sha256", ["", "x", None, "\x1b[2J", "../../x", ["a"], "A" * 64])
def test_hashes_that_are_none(host, sha256):
    result = host.fetch(shutil.copyfile, collected=host.collected(sha256=sha256))
    assert result["failed"] and "\x1b" not in result["msg"]
    assert not (host.folder / "parts" / f"{PART}.tar.gz").exists()


@pytest.mark.parametrize("part", ["../../evil", "20-x/../../evil", "/etc/passwd", "20-\x1b", "", "20-accounts.tar.gz"])
def test_no_part_leaves_its_folder(host, part):
    result = host.fetch(shutil.copyfile, collected=host.collected(), part=part)
    assert result["failed"] and "no name of a part" in result["msg"]


@pytest.mark.parametrize("workspace", ["/etc", "/tmp/$(id)/.linux_triage-0123456789abcdef", "relative/.linux_triage-0123456789abcdef", ""])
def test_no_other_folder_of_the_host(host, workspace):
    result = host.fetch(shutil.copyfile, collected=host.collected(), workspace=workspace)
    assert result["failed"] and "no workspace" in result["msg"] and host.commands == []


def test_nothing_at_home_is_overwritten(host):
    host.fetch(shutil.copyfile, collected=host.collected())
    write_part(host.part, {b"/other": b"x"})
    result = host.fetch(shutil.copyfile, collected=host.collected())
    assert result["failed"] and "came home before" in result["msg"]
    assert file_sha256(host.folder / "parts" / f"{PART}.tar.gz") == host.sha256


def test_a_full_disk_at_home(host, monkeypatch):
    monkeypatch.setattr(evidence_fetch._transfer, "ENOUGH", 1 << 60)
    result = host.fetch(shutil.copyfile, collected=host.collected())
    assert result["failed"] and "MiB free" in result["msg"] and host.part.exists()


@pytest.mark.parametrize("collected", [None, {}, {"failed": True, "msg": "killed"}, {"part": "x"}, {"part": None}])
def test_what_a_dead_collector_left_is_saved(host, collected):
    whole = host.part.read_bytes()
    host.part.write_bytes(whole[:-100])
    result = host.fetch(denied, collected=collected)
    assert result["changed"] and host.home() == [f"{PART}.tar.torn"] and not host.part.exists()
    assert (host.folder / "parts" / f"{PART}.tar.torn").read_bytes() == whole[:-100]
    facts = seal(host.folder, "web01", [PART])
    assert facts["damaged"] == [{"part": PART, "problem": facts["damaged"][0]["problem"]}] and facts["missing"] == []
    assert facts["entries"] >= len(FILES)


def test_a_dead_collector_that_wrote_nothing(host):
    host.part.unlink()
    result = host.fetch(denied)
    assert not result.get("failed") and result["size"] == 0 and host.home() == []
    assert seal(host.folder, "web01", [PART])["missing"] == [PART]


def test_a_host_that_is_lost_while_it_is_saved(host):
    chunk = evidence_fetch._transfer.CHUNK
    host.part.write_bytes(os.urandom(chunk + 1000))

    def first_then_lost(command):
        return host.shell(command) if len(host.commands) == 1 else host.lost(command)

    host.answers = first_then_lost
    result = host.fetch(denied)
    assert result["failed"] and result["lost"]
    [event] = host.events("part_torn")
    assert event["size"] == chunk and host.part.exists()


def test_an_answer_that_makes_no_sense_while_it_is_saved(host):
    chunk = evidence_fetch._transfer.CHUNK
    host.part.write_bytes(os.urandom(chunk + 1000))
    host.answers = lambda command: host.shell(command) if len(host.commands) == 1 else {"rc": 0, "stdout": "\x1b!", "stderr": ""}
    result = host.fetch(denied)
    assert result["size"] == chunk and host.part.exists()


def test_nothing_of_a_hostile_message_reaches_the_terminal(host):
    host.answers = lambda _command: {"rc": 1, "stdout": "", "stderr": "\x1b]0;owned\x07"}
    result = host.fetch(denied, collected=host.collected())
    assert "\x1b" not in result["msg"] and "\x07" not in result["msg"]


BACKUP = "80-backup"
LARGE = os.urandom(3 << 20)


def pieces_of(host, count):
    """The names of pieces on the host: a file goes on from one to the next, only the last has a manifest."""
    names = []
    for number in range(count):
        name = f"{BACKUP}-{number:03}"
        part = Part(str(host.workspace / f"{name}.tar.gz").encode())
        if number == 0:
            part.add(b"[root]/etc/small", b"small")
            part.begin(b"[root]/srv/large", len(LARGE))
        part.write(LARGE[len(LARGE) * number // count:len(LARGE) * (number + 1) // count])
        if number == count - 1:
            part.end(len(LARGE))
            part.add(b"manifest/80-backup.jsonl", json.dumps(row(b"/srv/large", LARGE)).encode())
        part.close()
        names.append(name)
    return names


def fetch_piece(host, name, more, way=shutil.copyfile, **arguments):
    path = host.workspace / f"{name}.tar.gz"
    collected = {
        "changed": True, "complete": True, "seconds": 1.5, "summary": {"more": int(more)},
        "part": {"name": name, "size": path.stat().st_size, "sha256": file_sha256(path), "entries": 1},
    }
    return host.fetch(way, collected=collected, part=name, **arguments)


def test_pieces_become_one_part_in_which_a_large_file_is_whole(host):
    names = pieces_of(host, 3)
    results = [fetch_piece(host, name, name != names[-1]) for name in names]
    assert [result["more"] for result in results] == [True, True, False]
    assert host.home() == [f"{BACKUP}.tar.gz"] and [path.name for path in host.workspace.iterdir()] == [host.part.name]
    assert [event["piece"] for event in host.events("piece")] == names and len(host.events("part")) == 1
    facts = seal(host.folder, "web01", [BACKUP])
    assert facts["complete"] and [part["part"] for part in facts["parts"]] == [BACKUP]
    with tarfile.open(facts["archive"]) as tar:
        assert tar.extractfile("[root]/srv/large").read() == LARGE
    assert problems(host.folder) == []


def test_of_pieces_without_the_last_one_whole_files_are_kept(host):
    names = pieces_of(host, 3)
    fetch_piece(host, names[0], True)
    fetch_piece(host, names[1], True)
    host.answers = host.lost
    assert fetch_piece(host, names[2], False, dying)["lost"]
    facts = seal(host.folder, "web01", [BACKUP])
    assert not facts["complete"] and f"{BACKUP}.tar.pieces" in host.home()
    assert [row["problem"].split(" after")[0] for row in facts["damaged"] if row["part"] == BACKUP] == ["ends"]
    with tarfile.open(facts["archive"]) as tar:
        assert "[root]/etc/small" in tar.getnames() and "[root]/srv/large" not in tar.getnames()
    assert problems(host.folder) == []


def test_pieces_that_were_altered_at_home(host):
    names = pieces_of(host, 2)
    fetch_piece(host, names[0], True)
    with open(host.folder / "parts" / f"{BACKUP}.tar.pieces", "ab") as stream:
        stream.write(b"more")
    assert "differs from what came home" in [row["problem"] for row in seal(host.folder, "web01", [BACKUP])["damaged"]]


@pytest.mark.parametrize("arguments, said", [({"max_total": 0}, "MiB came home"), ({"max_seconds": 0}, "takes longer than 0 s")])
def test_a_host_with_pieces_without_end_is_not_asked_for_ever(host, arguments, said):
    names = pieces_of(host, 2)
    assert fetch_piece(host, names[0], True)["more"]
    assert not fetch_piece(host, names[1], True, **arguments)["more"]
    [event] = host.events("problem")
    assert event["step"] == BACKUP and said in event["msg"]
    facts = seal(host.folder, "web01", [BACKUP])
    assert not facts["complete"] and facts["cut"] == [BACKUP]
