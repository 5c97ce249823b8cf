# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._streams import CHUNK
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._configurations import configurations
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._lines import Lines
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._owners import owners_of
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.core_helpers import collecting, raw, write

pytestmark = pytest.mark.usefixtures("nothing_left_open")


@pytest.fixture
def root(tmpdir):
    return raw(tmpdir.mkdir("root"))


def merge(root, *names):
    for name in names:
        os.makedirs(root + b"/usr/" + name)
        os.symlink(b"usr/" + name, root + b"/" + name)


def owned(tmpdir, root, *paths):
    with collecting(tmpdir, root) as collection:
        found = owners_of(collection, paths)
    owned.rows = collection.got.rows
    return found


def dpkg(root, package, *paths):
    write(root + b"/var/lib/dpkg/info/" + package + b".list", b"".join(path + b"\n" for path in (b"/.",) + paths))


def test_dpkg_lists(tmpdir, root):
    dpkg(root, b"coreutils", b"/usr", b"/usr/bin", b"/usr/bin/cat")
    dpkg(root, b"libc6:amd64", b"/usr/lib/x/libc.so.6", b"/usr/share/with space\xff")
    dpkg(root, b"gone")
    found = owned(tmpdir, root, b"/usr/bin/cat", b"/usr/bin/evil", b"/usr/lib/x/libc.so.6", b"/usr/share/with space\xff")
    assert found == {
        b"/usr/bin/cat": b"coreutils", b"/usr/lib/x/libc.so.6": b"libc6", b"/usr/share/with space\xff": b"libc6",
    }


def test_both_names_of_a_file_in_a_merged_folder(tmpdir, root):
    merge(root, b"bin", b"lib64")
    dpkg(root, b"coreutils", b"/bin/cat", b"/usr/bin/env")
    dpkg(root, b"libc6:amd64", b"/lib64/ld.so")
    asked = (b"/bin/cat", b"/usr/bin/cat", b"/bin/env", b"/usr/bin/env", b"/lib64/ld.so", b"/usr/lib64/ld.so")
    assert sorted(owned(tmpdir, root, *asked)) == sorted(asked)


def test_two_folders_are_two_where_nothing_is_merged(tmpdir, root):
    os.makedirs(root + b"/bin")
    dpkg(root, b"coreutils", b"/bin/cat")
    assert owned(tmpdir, root, b"/bin/cat", b"/usr/bin/cat") == {b"/bin/cat": b"coreutils"}


def test_diversions(tmpdir, root):
    merge(root, b"bin")
    dpkg(root, b"dash", b"/bin/sh")
    dpkg(root, b"bash", b"/bin/sh", b"/bin/bash")
    dpkg(root, b"procps", b"/usr/bin/ps")
    write(
        root + b"/var/lib/dpkg/diversions",
        b"/bin/sh\n/bin/sh.distrib\ndash\n/usr/bin/ps\n/usr/bin/ps.real\n:\n",
    )
    found = owned(tmpdir, root, b"/usr/bin/sh", b"/usr/bin/sh.distrib", b"/usr/bin/ps", b"/usr/bin/ps.real")
    # Diverted by the administrator: what lies at /usr/bin/ps now is no package's.
    assert found == {b"/usr/bin/sh": b"dash", b"/usr/bin/sh.distrib": b"bash", b"/usr/bin/ps.real": b"procps"}


def test_apk(tmpdir, root):
    write(
        root + b"/lib/apk/db/installed",
        b"C:Q1x\nP:busybox\nV:1.36\nF:\nR:root-file\nF:bin\nR:busybox\na:0:0:755\nZ:Q1y\n\n"
        b"P:musl\nV:1.2\nF:lib\nR:ld-musl-x86_64.so.1\n",
    )
    found = owned(tmpdir, root, b"/bin/busybox", b"/root-file", b"/lib/ld-musl-x86_64.so.1", b"/bin/evil")
    assert found == {
        b"/bin/busybox": b"busybox", b"/root-file": b"busybox", b"/lib/ld-musl-x86_64.so.1": b"musl",
    }


def test_rpm_is_asked_where_it_has_a_database(tmpdir, root, monkeypatch):
    asked = []

    def answer(argv, take, *_unused):
        asked.append(argv)
        for piece in (b"/usr/bin/ca", b"t\tcoreutils\n/usr/bin/with\ttab\tother\n", b"(contains no files)\n"):
            take(piece)

    with collecting(tmpdir, root) as collection:
        monkeypatch.setattr(collection, "ask", answer)
        assert owners_of(collection, [b"/usr/bin/cat"]) == {} and not asked
        write(root + b"/var/lib/rpm/rpmdb.sqlite")
        assert owners_of(collection, [b"/usr/bin/cat", b"/usr/bin/with\ttab", b"/usr/bin/evil"]) == {
            b"/usr/bin/cat": b"coreutils", b"/usr/bin/with\ttab": b"other",
        }
    assert asked[0][:2] == ["rpm", "-qa"]


def test_a_list_that_is_a_trap_costs_only_itself(tmpdir, root):
    dpkg(root, b"coreutils", b"/usr/bin/cat")
    os.mkfifo(root + b"/var/lib/dpkg/info/pipe.list")
    os.symlink(b"/dev/zero", root + b"/var/lib/dpkg/info/endless.list")
    assert owned(tmpdir, root, b"/usr/bin/cat") == {b"/usr/bin/cat": b"coreutils"}
    assert [row["path"] for row in owned.rows] == [
        "/var/lib/dpkg/info/endless.list", "/var/lib/dpkg/info/pipe.list",
    ]


def test_lines_that_end_in_another_piece_or_never():
    lines = Lines()
    assert lines.of(b"one\ntw") == [b"one"]
    assert lines.of(b"o\n") == [b"two"]
    assert lines.of(b"x" * CHUNK) == []
    assert lines.of(b"rest\nfour") == [b"rest"]
    assert lines.last() == [b"four"]


def found_packages(tmpdir, root, answer=None):
    with collecting(tmpdir, root) as collection:
        if answer:
            collection.ask = answer
        return list(configurations(collection, lambda name: name.startswith(b"squid")))


def test_configurations_of_dpkg_and_apk(tmpdir, root):
    dpkg(root, b"squid:amd64", b"/usr/sbin/squid", b"/etc/squid/squid.conf")
    dpkg(root, b"cat", b"/etc/cat.conf")
    write(root + b"/lib/apk/db/installed", b"P:squid-apk\nF:etc\nR:x.conf\nF:bin\nR:x\n\nP:cat\nF:etc\nR:cat.conf\n")
    assert found_packages(tmpdir, root) == [(b"squid", [b"/etc/squid/squid.conf"]), (b"squid-apk", [b"/etc/x.conf"])]


def test_configurations_of_rpm_are_asked_for_by_name(tmpdir, root):
    asked = []

    def answer(argv, take, *_unused):
        asked.append(argv)
        take(b"squid\nsquid --eval=x\ncat\n" if argv[1] == "-qa" else b"/etc/squid/squid.conf\tsquid\n/usr/sbin/squid\tsquid\n/etc/x\tother\n")

    write(root + b"/var/lib/rpm/rpmdb.sqlite")
    assert found_packages(tmpdir, root, answer) == [(b"squid", [b"/etc/squid/squid.conf"])]
    assert [argv[1:3] for argv in asked] == [["-qa", "--qf"], ["-q", "squid"]]
