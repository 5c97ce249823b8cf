# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import hashlib
import io
import os
import stat
import tarfile

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._malware._bundle import BundleError, unpack


def _bundle(path, *members):
    with tarfile.open(path, "w:gz") as tar:
        for name, kind, value in members:
            member = tarfile.TarInfo(name)
            member.type, member.mode = kind, 0o4755
            if kind == tarfile.SYMTYPE:
                member.linkname = value
                tar.addfile(member)
            else:
                member.size = len(value)
                tar.addfile(member, io.BytesIO(value))
    with open(path, "rb") as stream:
        return hashlib.sha256(stream.read()).hexdigest()


@pytest.fixture
def folder(tmpdir):
    return str(tmpdir.mkdir("scanner"))


def test_files_and_inner_links_arrive(tmpdir, folder):
    path = str(tmpdir.join("bundle.tar.gz"))
    sha256 = _bundle(
        path, ("tree/usr/lib/x.so.1", tarfile.SYMTYPE, "x.so.1.2"), ("tree/usr/lib/x.so.1.2", tarfile.REGTYPE, b"code"),
        ("signatures/own.ndb", tarfile.REGTYPE, b"rules"),
    )
    unpack(path, sha256, folder)
    with open(os.path.join(folder, "tree/usr/lib/x.so.1"), "rb") as stream:
        assert stream.read() == b"code"
    assert stat.S_IMODE(os.stat(os.path.join(folder, "tree/usr/lib/x.so.1.2")).st_mode) == 0o700


@pytest.mark.parametrize("members", [
    [("../out", tarfile.REGTYPE, b"x")], [("/tmp/out", tarfile.REGTYPE, b"x")],
    [("tree/a/../../../out", tarfile.REGTYPE, b"x")],
])
def test_names_that_lead_out_are_refused(tmpdir, folder, members):
    path = str(tmpdir.join("bundle.tar.gz"))
    with pytest.raises(BundleError):
        unpack(path, _bundle(path, *members), folder)


@pytest.mark.parametrize("target", ["/etc", "../../..", "../../../etc"])
def test_links_that_lead_out_are_left_out(tmpdir, folder, target):
    path = str(tmpdir.join("bundle.tar.gz"))
    unpack(path, _bundle(path, ("tree/link", tarfile.SYMTYPE, target)), folder)
    assert not os.path.lexists(os.path.join(folder, "tree/link"))


def test_nothing_is_written_through_a_link_of_the_bundle(tmpdir, folder):
    outside = tmpdir.mkdir("outside")
    path = str(tmpdir.join("bundle.tar.gz"))
    sha256 = _bundle(
        path, ("tree/lib", tarfile.SYMTYPE, "../../outside"), ("tree/lib/x", tarfile.REGTYPE, b"x"),
    )
    unpack(path, sha256, folder)
    assert outside.listdir() == []


@pytest.mark.parametrize("spoil", [
    lambda data: data[:-20], lambda data: data + b"more", lambda data: b"", lambda data: data[:30] + b"\0" * 40 + data[70:],
])
def test_what_was_not_sent_is_refused(tmpdir, folder, spoil):
    path = str(tmpdir.join("bundle.tar.gz"))
    sha256 = _bundle(path, ("tree/a", tarfile.REGTYPE, b"x" * 5000))
    with open(path, "rb") as stream:
        data = stream.read()
    with open(path, "wb") as stream:
        stream.write(spoil(data))
    with pytest.raises(BundleError):
        unpack(path, sha256, folder)


def test_a_link_in_place_of_the_bundle_is_refused(tmpdir, folder):
    path = str(tmpdir.join("bundle.tar.gz"))
    sha256 = _bundle(path, ("tree/a", tarfile.REGTYPE, b"x"))
    os.symlink(path, path + ".link")
    with pytest.raises(BundleError):
        unpack(path + ".link", sha256, folder)
