# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs as the collectors and the fetch leave them at home, made with the host side's own part writer."""

from __future__ import annotations

import hashlib
import json
import stat
from pathlib import Path

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._part import Part
from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _custody
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import file_sha256, make_run_folder, part_path
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._names import escape

FILES = {
    b"/etc/passwd": b"root:x:0:0:root:/root:/bin/bash\n",
    b"/var/log/\x1b[31m\n": b"log\n" * 1000,
    b"/home/u/\xff\xfe": bytes(range(256)) * 4096,
}


def row(path: bytes, data: bytes, **facts) -> dict:
    """The manifest row of a collected file."""
    return {
        "collector": "test", "path": escape(path), "archived": "[root]" + escape(path), "state": "collected",
        "size": len(data), "sha256": hashlib.sha256(data).hexdigest(), **facts,
    }


def write_part(path: Path, files: dict[bytes, bytes] | None = None, rows: list[dict] | None = None) -> Path:
    """A part with files below ``[root]`` and a manifest; `rows` instead of those that fit the files."""
    part = Part(str(path).encode())
    files = FILES if files is None else files
    for name, data in files.items():
        part.add(b"[root]" + name, data, mode=0o644, mtime=1234567890)
    manifest = [row(name, data) for name, data in files.items()] if rows is None else rows
    part.add(b"manifest/test.jsonl", b"".join(json.dumps(one).encode() + b"\n" for one in manifest))
    part.close()
    path.chmod(0o600)
    return path


def raw_part(path: Path, data: bytes) -> Path:
    """A part of just these unpacked bytes."""
    part = Part(str(path).encode())
    part._stream.write(data)
    part.close()
    path.chmod(0o600)
    return path


def run(output: Path, host: str = "web01") -> Path:
    """The folder of a run that has begun."""
    folder = make_run_folder(str(output), "case", host)
    _custody.record(folder, "begin", case="case", host=host, address="192.0.2.1", options={})
    _custody.record(folder, "host", uid=0, kernel="Linux", clock={"offset": 0.1})
    _custody.record(folder, "workspace", path="/var/tmp/.linux_triage-x", identity={"hostname": host})
    return folder


def came_home(folder: Path, name: str, **facts) -> Path:
    """Records a part that lies in the run's folder."""
    path = part_path(folder, name)
    record = {"size": path.stat().st_size, "sha256": file_sha256(path), "complete": True, "problem": "", **facts}
    _custody.record(folder, "part", part=name, **record)
    return path


def with_parts(output: Path, *names: str, host: str = "web01") -> Path:
    """A run with whole parts of these names."""
    folder = run(output, host)
    for number, name in enumerate(names):
        write_part(part_path(folder, name), {**FILES, b"/own/%d" % number: b"%d" % number})
        came_home(folder, name)
    return folder


def modes(folder: Path) -> set[tuple[str, str]]:
    """Every kind and mode below a folder, itself included."""
    found = [folder, *folder.rglob("*")]
    return {("d" if path.is_dir() else "f", oct(stat.S_IMODE(path.stat().st_mode))) for path in found}
