# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables import _table_packages

STATUS = b"""Package: base-files
Essential: yes
Status: install ok installed
Maintainer: Santiago <s@example.org>
Architecture: amd64
Version: 12.4+deb12u5
Description: base
 Package: not a field
Conffiles:
 /etc/issue 0123

Package: libc6
Status: deinstall ok config-files
Architecture: amd64
Source: glibc (2.36)
Version: 2.36-9

Description: nobody's
"""


def test_dpkg_status_with_times(home):
    home.file(b"/var/lib/dpkg/status", STATUS)
    home.rows(
        b"tables/package_times.jsonl", {"package": "base-files", "installed": "2026-11-20T01:02:03Z"},
        {"package": "libc6:amd64", "installed": "2026-11-21T01:02:03Z"}, {"package": 7}, {},
    )
    home.give(b"live/commands/dpkg-query.txt", b"ii \tother\t1\tall\tx\n")
    found = home.finish()
    assert found["packages"] == [
        {
            "manager": "dpkg", "name": "base-files", "version": "12.4+deb12u5", "arch": "amd64", "status": "install ok installed",
            "vendor": "Santiago <s@example.org>", "source": "base-files", "essential": True, "installed": "2026-11-20T01:02:03Z",
        },
        {
            "manager": "dpkg", "name": "libc6", "version": "2.36-9", "arch": "amd64", "status": "deinstall ok config-files",
            "source": "glibc (2.36)", "installed": "2026-11-21T01:02:03Z",
        },
    ]
    assert [row["line"] for row in found["errors"]] == [3, 4]


def test_dpkg_query_where_the_database_did_not_come_home(home):
    home.give(b"live/commands/dpkg-query.txt", b"ii \tlibc6:amd64\t2.36\tamd64\tGNU\nrc \told\t1\tall\tx\nhiR\tbad\t1\tall\tx\nnonsense\n")
    assert [(row["name"], row["version"], row["arch"], row["status"]) for row in home.finish()["packages"]] == [
        ("libc6", "2.36", "amd64", "install ok installed"), ("old", "1", "all", "deinstall ok config-files"),
        ("bad", "1", "all", "hold reinstreq installed"),
    ]


def test_rpm_query(home):
    home.give(
        b"live/commands/rpm-qa.txt",
        b"bash\t0\t5.1.8\t9.el9\tx86_64\t1700000000\tRed Hat, Inc.\tbuild.example\tRSA\n"
        b"shadow-utils\t2\t4.9\t8.el9\tx86_64\t99999999999999\tRed\x1b\thost\tx\n"
        b"gpg-pubkey\t(none)\t1\t2\t(none)\t1700000001\t(none)\t(none)\t(none)(none)\nshort\tline\n",
    )
    assert home.finish()["packages"] == [
        {"manager": "rpm", "name": "bash", "version": "5.1.8-9.el9", "arch": "x86_64", "status": "installed",
         "installed": "2023-11-14T22:13:20Z", "vendor": "Red Hat, Inc."},
        {"manager": "rpm", "name": "shadow-utils", "version": "2:4.9-8.el9", "arch": "x86_64", "status": "installed",
         "vendor": "Red\\x1b"},
        {"manager": "rpm", "name": "gpg-pubkey", "version": "1-2", "status": "installed", "installed": "2023-11-14T22:13:21Z"},
    ]


@pytest.mark.parametrize("path", _table_packages.APK_INSTALLED)
def test_apk(home, path):
    home.file(path, b"C:Q1x\nP:musl\nV:1.2.5-r0\nA:x86_64\no:musl\nm:Timo\nF:lib\nR:ld.so\nZ:Q1x\n\nP:busybox\nV:1.36\n")
    assert home.finish()["packages"] == [
        {"manager": "apk", "name": "musl", "version": "1.2.5-r0", "arch": "x86_64", "status": "installed", "source": "musl",
         "vendor": "Timo"},
        {"manager": "apk", "name": "busybox", "version": "1.36", "status": "installed"},
    ]


def test_more_packages_than_any_host_has(home, monkeypatch):
    monkeypatch.setattr(_table_packages, "MAX_PACKAGES", 3)
    home.file(b"/var/lib/dpkg/status", b"".join(b"Package: p%d\n\n" % number for number in range(9)))
    found = home.finish()
    assert [row["name"] for row in found["packages"]] == ["p0", "p1", "p2"]
    assert "more than 3 packages" in found["errors"][0]["problem"]


@pytest.mark.parametrize("data", [b"", b"\n\n\n", b"\xff\x00", b"Package", b"Package:\n", b"x" * 100_000])
def test_nonsense_is_no_package(home, data):
    for name in (b"[root]/var/lib/dpkg/status", b"[root]/lib/apk/db/installed", b"live/commands/rpm-qa.txt"):
        home.give(name, data)
    assert [row for row in home.finish().get("packages", []) if row.get("name")] == []
