# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import os
import stat
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _case
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import (
    CaseError,
    file_name,
    file_sha256,
    flush,
    iso,
    make_run_folder,
    new_file,
    part_of_piece,
    part_path,
)
from ansible_collections.csirt.linux_triage.tests.unit.plugins.plugin_utils.control_helpers import modes


@pytest.mark.parametrize("name", ["web01", "web01.example.org", "192.0.2.1", "a_b-c", "x" * 100])
def test_harmless_names_stay(name):
    assert file_name(name) == name


@pytest.mark.parametrize("name", [
    "", ".", "..", "../../etc", "/etc/passwd", "a/b", ".hidden", "-rf", "a b", "a\n", "\x1b[2J", "a\x00b", "2001:db8::1", "日本",
    "x" * 101, "..\\..", "~root", "$HOME", "{{ x }}", "\ud800",
])
def test_every_other_name_is_one_harmless_component(name):
    made = file_name(name)
    assert made not in ("", ".", "..") and not made.startswith((".", "-"))
    assert set(made) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
    assert len(made) < 120
    assert made == file_name(name)


def test_different_names_stay_different():
    names = ["a/b", "a b", "a_b", "a\nb", "x" * 101, "x" * 102, "..", ".", "2001:db8::1", "2001_db8__1"]
    assert len({file_name(name) for name in names}) == len(names)


def test_a_moment():
    there = timezone(timedelta(hours=9))
    assert iso(datetime(2026, 11, 23, 13, 51, 33, 123456, there)) == "2026-11-23T04:51:33.123456Z"
    assert iso(datetime(2026, 11, 23, 4, 51, 33, 0, timezone.utc)) == "2026-11-23T04:51:33.000000Z"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_nobody_else_can_look(tmp_path, umask):
    before = os.umask(umask)
    try:
        folder = make_run_folder(str(tmp_path / "new" / "output"), "case", "web01")
        os.close(new_file(folder / "file"))
    finally:
        os.umask(before)
    assert modes(tmp_path / "new") == {("d", "0o700"), ("f", "0o600")}


def test_a_folder_that_is_there_keeps_its_mode(tmp_path):
    (tmp_path / "output").mkdir(mode=0o755)
    (tmp_path / "output").chmod(0o755)
    make_run_folder(str(tmp_path / "output"), "case", "web01")
    assert stat.S_IMODE((tmp_path / "output").stat().st_mode) == 0o755


@pytest.mark.parametrize("host", ["..", "../../../../tmp/x", "/etc", "a/../../b", "\n"])
def test_no_host_leaves_the_output(tmp_path, host):
    folder = make_run_folder(str(tmp_path / "output"), "../" + host, host)
    assert folder.resolve().is_relative_to(tmp_path / "output")
    assert len(folder.relative_to(tmp_path / "output").parts) == 3


def test_runs_in_one_second_get_folders_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setattr(_case, "now", lambda: datetime(2026, 11, 23, 4, 51, 33, tzinfo=timezone.utc))
    made: list[Path] = []
    threads = [
        threading.Thread(target=lambda: made.append(make_run_folder(str(tmp_path), "case", "web01"))) for _unused in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 8
    assert sorted(path.name for path in made)[:2] == ["20261123T045133Z", "20261123T045133Z-2"]


def test_a_place_that_is_none(tmp_path):
    (tmp_path / "file").write_text("x")
    for output in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/nonexistent")):
        with pytest.raises(CaseError, match="triage_output"):
            make_run_folder(str(output), "case", "web01")


@pytest.mark.parametrize("name", [
    "", "accounts", "2-accounts", "20-", "20-Accounts", "20-../x", "20-a/b", "20-a\n", "../20-a", "20-a.tar.gz", "20-" + "é",
    "20-a-", "20-a-1", "20-a-001-001", "20-a-001\n",
])
def test_no_part_leaves_its_folder(tmp_path, name):
    with pytest.raises(CaseError):
        part_path(tmp_path, name)


def test_where_a_part_lies(tmp_path):
    assert part_path(tmp_path, "20-accounts") == tmp_path / "parts" / "20-accounts.tar.gz"
    assert part_path(tmp_path, "80-backup-003") == tmp_path / "parts" / "80-backup-003.tar.gz"
    assert (part_of_piece("80-backup-003"), part_of_piece("80-backup"), part_of_piece("x-003")) == ("80-backup", None, None)


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "file").write_text("precious")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "dangling").symlink_to("nowhere")
    for name in ("file", "link", "dangling"):
        with pytest.raises(FileExistsError):
            new_file(tmp_path / name)
    assert (tmp_path / "file").read_text() == "precious"


def test_hashes(tmp_path):
    data = os.urandom((1 << 20) + 5)
    (tmp_path / "file").write_bytes(data)
    assert file_sha256(tmp_path / "file") == hashlib.sha256(data).hexdigest()
    with open(tmp_path / "file", "rb") as stream:
        assert _case._digest(stream) == hashlib.sha256(data).hexdigest()
    flush(tmp_path / "file")
