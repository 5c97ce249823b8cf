# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._bundle import BundleError, build


def _tar(*members, mode="w:xz"):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as tar:
        for name, value in members:
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.uid, member.uname = len(value), 0o755, 1234, "builder"
            tar.addfile(member, io.BytesIO(value))
    return stream.getvalue()


def _deb(path: Path, *members, data="data.tar.xz"):
    pieces = [b"!<arch>\n"]
    for name, content in (("debian-binary", b"2.0\n"), ("control.tar.xz", b"odd"), (data, _tar(*members))):
        pieces.append(b"%-16s%-12d%-6d%-6d%-8o%-10d`\n" % (name.encode(), 0, 0, 0, 0o100644, len(content)))
        pieces.append(content + b"\n" * (len(content) % 2))
    path.write_bytes(b"".join(pieces))


def _contents(bundle):
    with tarfile.open(bundle) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar if member.isfile()}


@pytest.fixture
def packages(tmp_path):
    folder = tmp_path / "packages"
    folder.mkdir()
    _deb(folder / "clamav_1.deb", ("./usr/bin/clamscan", b"program"))
    _deb(folder / "libclamav_1.deb", ("./usr/lib/libclamav.so.12", b"library"))
    return folder


@pytest.fixture
def signatures(tmp_path):
    folder = tmp_path / "signatures"
    folder.mkdir()
    (folder / "own.ndb").write_bytes(b"rules")
    return folder


def test_packages_are_unpacked_at_home(tmp_path, packages, signatures):
    bundle = build(tmp_path / "case" / "bundles", packages, signatures)
    assert _contents(bundle) == {
        "tree/usr/bin/clamscan": b"program", "tree/usr/lib/libclamav.so.12": b"library", "signatures/own.ndb": b"rules",
    }
    with tarfile.open(bundle) as tar:
        assert {(member.uid, member.uname) for member in tar} == {(0, "")}


def test_a_folder_or_a_tar_file_will_do(tmp_path):
    folder = tmp_path / "unpacked"
    (folder / "usr/bin").mkdir(parents=True)
    (folder / "usr/bin/clamscan").write_bytes(b"program")
    (tmp_path / "unpacked.tar.gz").write_bytes(_tar(("usr/bin/clamscan", b"program"), mode="w:gz"))
    for source in (folder, tmp_path / "unpacked.tar.gz"):
        assert _contents(build(tmp_path, source, None)) == {"tree/usr/bin/clamscan": b"program"}


def test_it_is_made_again_only_when_something_changed(tmp_path, packages, signatures):
    first = build(tmp_path, packages, signatures)
    assert build(tmp_path, packages, signatures) == first
    (signatures / "own.ndb").write_bytes(b"more rules")
    assert build(tmp_path, packages, signatures) != first


@pytest.mark.parametrize("content", [b"", b"no package", b"!<arch>\n"])
def test_what_is_no_package_is_named(tmp_path, packages, content):
    (packages / "broken.deb").write_bytes(content)
    with pytest.raises(BundleError, match="broken.deb"):
        build(tmp_path / "bundles", packages, None)
    assert list((tmp_path / "bundles").iterdir()) == []


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(BundleError, match="nowhere"):
        build(tmp_path, None, tmp_path / "nowhere")
