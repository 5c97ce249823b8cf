# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collector ``persistence``: trigger files, what they name, whose it is, and hosts that want to be in the way."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import hashlib
import os
import time

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection import Limits
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages import _dpkg_scripts
from ansible_collections.csirt.linux_triage.plugins.module_utils._persistence import _persistence, _targets
from ansible_collections.csirt.linux_triage.plugins.module_utils._persistence._named import named
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.accounts_helpers import Tree, collected

CRON = {"name": "cron", "paths": ["/etc/crontab", "/etc/cron.d/**"]}
SCRIPT = b"#!/bin/sh\nexit 0\n"


@pytest.fixture
def tree():
    with Tree() as made:
        made.users((b"root", b"0", b"/root"), (b"bob", b"1000", b"/home/bob"))
        made.folder("/root")
        made.folder("/home/bob")
        yield made


def brought(tree, *artifacts, **limits):
    artifacts = artifacts or (CRON,)
    return collected(tree, Limits(reserve_bytes=0, **limits), _persistence.collect, artifacts=list(artifacts))


def installed(tree, package, *paths):
    """A package of dpkg that owns files."""
    tree.file("/var/lib/dpkg/status", ("Package: %s\nStatus: install ok installed\nArchitecture: amd64\n\n" % package).encode())
    tree.file("/var/lib/dpkg/info/%s.list" % package, "".join(path + "\n" for path in paths).encode())


def program(tree, path, data=SCRIPT):
    tree.file(path, data)
    os.chmod(tree.path(path), 0o755)


@pytest.mark.parametrize("line, paths, words", [
    (b"* * * * * root /opt/x -a --b=/etc/c", {b"/opt/x", b"/etc/c"}, {b"root"}),
    (b"ExecStart=-/usr/bin/x", {b"/usr/bin/x"}, set()),
    (b"ExecStart=@!x y", set(), {b"x", b"y"}),
    (b"PATH=/a/b:/c", {b"/a/b", b"/c"}, set()),
    (b'RUN+="/bin/sh -c \'/opt/with space/x\'"', {b"/bin/sh", b"/opt/with", b"/opt/with space/x", b"/bin/sh -c '/opt/with space/x'"}, {b"RUN"}),
    (b"a: |/usr/bin/x", {b"/usr/bin/x"}, {b"a"}),
    (b"# /not/this", set(), set()),
    (b"#!/bin/sh -e", {b"/bin/sh"}, set()),
    (b"http://host/path ../a/b c/d ~/e $HOME/f %h/g", {b"/root/e", b"/root/f", b"/root/g"}, {b"http"}),
    (b"auth optional pam_x.so", set(), {b"auth", b"optional", b"pam_x.so"}),
    (b"\0/opt/\xffx\0\0", {b"/opt/\xffx"}, set()),
    (b"\x7fELF /opt/x", set(), set()),
])
def test_what_a_line_names(line, paths, words):
    found = named(line, b"/root")
    assert found[0] == paths
    assert found[1] & (words | {b"with", b"c", b"host"}) == words


def test_names_are_bounded():
    paths, words = named(b"".join(b"/p/%d w%d\n" % (number, number) for number in range(20000)) + b"/x" * (1 << 22))
    assert len(paths) <= 502
    assert len(words) <= 2002


def test_file_and_what_it_runs(tree):
    tree.file("/etc/crontab", b"* * * * * root /opt/x; curl; /opt/gone\n")
    program(tree, "/opt/x")
    program(tree, "/usr/bin/curl", b"\x7fELF" + b"\0" * 20)
    installed(tree, "pack", "/etc/crontab", "/usr/bin/curl")
    got = brought(tree)
    assert got.files[b"[root]/etc/crontab"].startswith(b"* * * * * root")
    row = got.row("persistence_files", path="/etc/crontab")
    assert (row["package"], row["type"], row["state"]) == ("pack", "file", "collected")
    assert row["sha256"] == hashlib.sha256(got.files[b"[root]/etc/crontab"]).hexdigest()
    assert {"mtime", "ctime", "atime", "mode", "uid", "gid", "size"} <= set(row)
    row = got.row("persistence_targets", path="/opt/x")
    assert (row["exists"], row["magic"], row["sha256"]) == (True, "script", hashlib.sha256(SCRIPT).hexdigest())
    assert "package" not in row
    row = got.row("persistence_targets", path="/usr/bin/curl")
    assert (row["names"], row["magic"], row["package"]) == (["curl"], "elf", "pack")
    assert got.row("persistence_targets", path="/opt/gone")["exists"] is False


def test_what_no_package_owns(tree):
    completions = {"name": "completions", "only": "unowned", "paths": ["/usr/share/c/*", "~/.c"]}
    for path in ("/usr/share/c/owned", "/usr/share/c/planted", "/home/bob/.c"):
        tree.file(path, b"/opt/x\n")
    installed(tree, "pack", "/usr/share/c/owned")
    got = brought(tree, completions)
    assert set(name for name in got.files if name.startswith(b"[root]")) == {b"[root]/usr/share/c/planted", b"[root]/home/bob/.c"}
    assert "deviation" not in got.row("persistence_files", path="/usr/share/c/planted")


def scripts(tree, lists=("kept", "edited", "touched", "removed", "alone", "talks", "libx:amd64")):
    """Packages of dpkg with scripts, installed an hour ago."""
    long_ago = time.time() - 3600
    for package in lists:
        installed(tree, package, "/.", "/usr", *(() if package in ("alone", "removed") else ("/usr/share/doc/gone",)))
    tree.folder("/usr")
    for name in [package + ".postinst" for package in lists] + ["orphan.prerm", "kept.triggers"]:
        tree.file("/var/lib/dpkg/info/" + name, b"#!/bin/sh\nset -e\n")
    tree.file("/var/lib/dpkg/info/talks.postinst", b"#!/bin/sh\nexec 3<>/dev/tcp/192.0.2.1/80\n")
    tree.file("/var/lib/dpkg/status", b"".join(
        b"Package: %s\nStatus: %s\nArchitecture: amd64\n\n" % (
            name.partition(":")[0].encode(), b"deinstall ok config-files" if name == "removed" else b"install ok installed",
        ) for name in lists))
    for name in os.listdir(tree.path("/var/lib/dpkg/info/x")[:-2]):
        os.utime(tree.path(b"/var/lib/dpkg/info/" + name), (long_ago, long_ago))
    return {"name": "scripts", "only": "deviating", "paths": ["/var/lib/dpkg/info/*.postinst", "/var/lib/dpkg/info/*.prerm", "/var/lib/dpkg/info/*.triggers"]}


def test_scripts_of_packages_that_deviate(tree, monkeypatch):
    artifact = scripts(tree)
    now = time.time()
    os.utime(tree.path("/var/lib/dpkg/info/edited.postinst"), (now, now))
    real = _dpkg_scripts.PackageScripts._stat

    def stat_of(self, path):
        """One script whose times were set back: only its time of change tells."""
        status = real(self, path)
        if path.endswith(b"/touched.postinst"):
            return type("Status", (), {"st_ctime": status.st_ctime + 3600, "st_mtime": status.st_mtime})
        return status

    monkeypatch.setattr(_dpkg_scripts.PackageScripts, "_stat", stat_of)
    got = brought(tree, artifact)
    found = dict((os.path.basename(row["path"]), row.get("deviation")) for row in got.tables["persistence_files"])
    assert found == {
        "edited.postinst": "younger", "touched.postinst": "younger", "orphan.prerm": "orphan", "alone.postinst": "nothing_else",
        "talks.postinst": "reaches_out",
    }
    assert b"[root]/var/lib/dpkg/info/alone.postinst" in got.files


def test_only_small_programs_without_owner_come_home(tree):
    tree.file("/etc/crontab", b"/opt/x /opt/data /usr/bin/owned /opt/big.sh /opt/folder\n")
    program(tree, "/opt/x")
    program(tree, "/usr/bin/owned")
    tree.file("/opt/data", b"a log\n")
    tree.file("/opt/big.sh", SCRIPT + b"#" * (_targets.PAYLOAD_SIZE + 1))
    tree.folder("/opt/folder")
    installed(tree, "pack", "/usr/bin/owned")
    got = brought(tree)
    taken = set(name for name in got.files if name.startswith(b"[root]"))
    assert taken == {b"[root]/etc/crontab", b"[root]/opt/x"}
    assert got.states("/opt/big.sh") == ["skipped_budget"]
    assert got.row("persistence_targets", path="/opt/x")["archived"] == "[root]/opt/x"
    assert got.summary == {"files": 1, "targets": 5, "payloads": 1}


def test_many_payloads_are_bounded_from_both_ends(tree, monkeypatch):
    monkeypatch.setattr(_targets, "MAX_PAYLOADS", 2)
    tree.file("/etc/crontab", b"/opt/a /opt/b /opt/c\n")
    for name in ("/opt/c", "/opt/a", "/opt/b"):
        program(tree, name)
        time.sleep(0.02)
    got = brought(tree)
    assert set(name for name in got.files if name.startswith(b"[root]/opt")) == {b"[root]/opt/c", b"[root]/opt/b"}
    assert got.states("/opt/a") == ["skipped_budget"]


def test_odd_program_costs_nothing_but_itself(tree):
    tree.file("/etc/crontab", b"/opt/a /opt/b\n")
    program(tree, "/opt/a", b"\x7fELF\x02\x01" + b"\0" * 10 + b"\x03\0" + b"\0" * 14 + b"\xff" * 40)
    program(tree, "/opt/b")
    got = brought(tree)
    assert [row["magic"] for row in got.tables["persistence_targets"]] == ["elf", "script"]


def test_target_behind_a_link(tree):
    tree.file("/etc/crontab", b"/usr/bin/x /usr/bin/loop\n")
    tree.link("/usr/bin/x", "/opt/y")
    tree.link("/usr/bin/loop", "loop")
    program(tree, "/opt/y")
    got = brought(tree)
    row = got.row("persistence_targets", path="/usr/bin/x")
    assert (row["real_path"], row["exists"]) == ("/opt/y", True)
    assert got.links[b"[root]/usr/bin/x"] == "/opt/y"
    assert "exists" not in got.row("persistence_targets", path="/usr/bin/loop")


def test_links_and_what_they_lead_to(tree):
    unit = {"name": "units", "paths": ["/etc/systemd/system/**"]}
    tree.link("/etc/systemd/system/multi-user.target.wants/a.service", "/opt/a.service")
    tree.link("/etc/systemd/system/a.service", "/opt/a.service")
    tree.link("/etc/systemd/system/masked.service", "/dev/null")
    tree.link("/etc/systemd/system/gone.service", "/nowhere")
    tree.file("/opt/a.service", b"[Service]\nExecStart=/opt/x\n")
    tree.file("/dev/null", b"")
    got = brought(tree, unit)
    assert got.files[b"[root]/opt/a.service"]
    assert got.states("/opt/a.service") == ["collected"]
    row = got.row("persistence_files", path="/etc/systemd/system/a.service")
    assert (row["type"], row["target"], row["real_path"]) == ("link", "/opt/a.service", "/opt/a.service")
    assert got.row("persistence_files", path="/etc/systemd/system/gone.service")["target"] == "/nowhere"
    assert got.links[b"[root]/etc/systemd/system/masked.service"] == "/dev/null"
    assert got.row("persistence_targets", path="/opt/x")["exists"] is False


def test_files_of_another_part_are_looked_at(tree):
    tree.file("/etc/pam.d/x", b"auth required pam_x.so\n")
    program(tree, "/usr/lib/a-linux/security/pam_x.so", b"\x7fELF")
    got = brought(tree, {"name": "pam", "paths": ["/etc/pam.d/*"], "taken_by": "20-accounts", "lookup": ["/usr/lib/*/security/{}"]})
    assert b"[root]/etc/pam.d/x" not in got.files
    assert got.row("persistence_files", path="/etc/pam.d/x")["sha256"]
    row = got.row("persistence_targets", path="/usr/lib/a-linux/security/pam_x.so")
    assert (row["names"], row["magic"]) == (["pam_x.so"], "elf")


def test_kernel_modules_are_found_by_name(tree):
    tree.file("/etc/modules", b"evil-mod\nnone\n")
    tree.file("/lib/modules/6.1/modules.dep", b"kernel/a/evil_mod.ko.xz: kernel/b.ko\nkernel/b.ko:\n\n\xff")
    tree.file("/lib/modules/6.1/kernel/a/evil_mod.ko.xz", b"\xfd7zXZ\0")
    got = brought(tree, {"name": "modules", "paths": ["/etc/modules"], "modules": True})
    row = got.row("persistence_targets", path="/lib/modules/6.1/kernel/a/evil_mod.ko.xz")
    assert (row["names"], row["exists"]) == (["evil-mod"], True)


def test_homes_and_no_way_out_of_them(tree):
    unit = {"name": "user units", "paths": ["~/.config/systemd/user/**"]}
    tree.file("/home/bob/.config/systemd/user/a.service", b"ExecStart=%h/x\n")
    tree.file("/home/gone/.config/systemd/user/b.service", b"ExecStart=/x\n")
    tree.link("/home/bob/.config/systemd/user/shadow", "/etc/secret")
    tree.file("/etc/secret", b"secret")
    got = brought(tree, unit)
    assert b"[root]/home/bob/.config/systemd/user/a.service" in got.files
    assert b"[root]/home/gone/.config/systemd/user/b.service" in got.files
    assert b"[root]/etc/secret" not in got.files
    assert got.row("persistence_targets", path="/home/bob/x")["exists"] is False


def test_flood_in_one_folder_leaves_the_others(tree):
    for number in range(300):
        tree.file("/etc/cron.d/decoy%03d" % number, b"* * * * * root /opt/%d\n" % number)
    os.utime(tree.path("/etc/cron.d/decoy000"), (0, 0))
    tree.file("/etc/rc.local", b"/opt/y\n")
    flooded = {"name": "cron", "paths": ["/etc/cron.d/*"], "count": 50}
    got = brought(tree, flooded, {"name": "rc", "paths": ["/etc/rc.local"]})
    names = [name for name in got.files if name.startswith(b"[root]/etc/cron.d/")]
    assert len(names) == 50
    assert b"[root]/etc/cron.d/decoy000" in names  # changed last, whatever its own time says
    assert b"[root]/etc/rc.local" in got.files
    (row,) = [row for row in got.manifest if row["state"] == "skipped_budget"]
    assert row["reason"] == "250 of 300 files are left out: taken are the newest and the oldest"


def test_what_was_planted_before_a_flood_is_taken_as_well_as_what_came_after(tree):
    tree.file("/etc/cron.d/zz-first", b"* * * * * root /opt/first\n")
    program(tree, "/opt/first")
    time.sleep(0.02)
    for number in range(60):
        tree.file("/etc/cron.d/decoy%03d" % number, b"* * * * * root /opt/%d\n" % number)
    time.sleep(0.02)
    tree.file("/etc/cron.d/zz-last", b"* * * * * root /opt/last\n")
    got = brought(tree, {"name": "cron", "paths": ["/etc/cron.d/*"], "count": 10})
    names = [name for name in got.files if name.startswith(b"[root]/etc/cron.d/")]
    assert len(names) == 10
    assert set((b"[root]/etc/cron.d/zz-first", b"[root]/etc/cron.d/zz-last")) <= set(names)


def test_floods_in_many_folders_leave_some_of_every_other(tree, monkeypatch):
    monkeypatch.setattr(_persistence, "MAX_FILES", 40)
    monkeypatch.setattr(_persistence, "RESERVED", 10)
    monkeypatch.setattr(_persistence, "FEW", 2)
    for folder in ("a", "b", "c"):
        for number in range(30):
            tree.file("/etc/%s/%02d" % (folder, number), b"/opt/x\n")
    tree.file("/etc/rc.local", b"/opt/y\n")
    floods = [{"name": folder, "paths": ["/etc/%s/*" % folder], "count": 25} for folder in ("a", "b", "c")]
    got = brought(tree, *(floods + [{"name": "rc", "paths": ["/etc/rc.local"]}]))
    counts = [len([name for name in got.files if name.startswith(b"[root]/etc/%s/" % folder)]) for folder in (b"a", b"b", b"c")]
    assert counts == [25, 5, 2]
    assert b"[root]/etc/rc.local" in got.files


def test_a_file_full_of_paths_leaves_the_first_ones_of_every_other(tree, monkeypatch):
    monkeypatch.setattr(_targets, "MAX_TARGETS", 30)
    monkeypatch.setattr(_targets, "RESERVED", 20)
    tree.file("/etc/cron.d/decoy", b" ".join(b"/opt/%d" % number for number in range(100)) + b"\n")
    tree.file("/etc/cron.d/real", b"* * * * * root /opt/real\n")
    got = brought(tree, {"name": "cron", "paths": ["/etc/cron.d/*"]})
    assert got.row("persistence_targets", path="/opt/real")["exists"] is False
    (row,) = [row for row in got.manifest if row["state"] == "skipped_budget"]
    assert row["reason"] == "more than 11 paths: 90 times another one was left out"


def test_long_file_is_cut_and_its_names_are_bounded(tree):
    tree.file("/etc/crontab", b"/opt/x\n" + b"a" * (1 << 20))
    got = brought(tree, dict(CRON, limit=4096))
    assert got.states("/etc/crontab") == ["truncated"]
    assert len(got.files[b"[root]/etc/crontab"]) == 4096


def test_odd_files_do_not_stop_it(tree):
    os.mkfifo(tree.path("/etc/cron.d/fifo"))
    tree.link("/etc/cron.d/loop", "loop")
    tree.link("/etc/cron.d/hashes", "/etc/shadow")
    tree.file("/etc/shadow", b"root:$6$x:1::::::\n")
    tree.file(b"/etc/cron.d/\xff\n\x1b", b"\0\xff * * * * root /opt/\xfe\n")
    tree.file("/etc/cron.d/last", b"* * * * * root /opt/x\n")
    got = brought(tree)
    assert got.states("/etc/cron.d/fifo") == ["skipped_type"]
    assert b"[root]/etc/shadow" not in got.files
    assert got.row("persistence_files", path="/etc/cron.d/\\xff\\x0a\\x1b")["type"] == "file"
    assert got.row("persistence_targets", path="/opt/\\xfe")["exists"] is False
    assert got.files[b"[root]/etc/cron.d/last"]


def test_nothing_there_is_said_for_each_artifact(tree):
    got = brought(tree, CRON, {"name": "other", "paths": ["~/.x"]})
    assert [(row["artifact"], row["state"]) for row in got.manifest] == [("cron", "absent"), ("other", "absent")]


def test_broken_package_database_costs_the_owners_alone(tree, monkeypatch):
    def broken(_collection, _paths):
        raise ValueError("no database")
    monkeypatch.setattr(_persistence, "owners_of", broken)
    tree.file("/etc/crontab", b"* * * * * root /opt/x\n")
    got = brought(tree)
    assert got.row("persistence_files", path="/etc/crontab")
    assert got.row("persistence_targets", path="/opt/x")
    assert [row["state"] for row in got.manifest if row.get("artifact") == "owners"] == ["failed"]
