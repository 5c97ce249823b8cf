# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import base64
import hashlib
import json
import os

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection import Stopped
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape
from ansible_collections.csirt.linux_triage.plugins.module_utils._files import (
    _digests, _file_hashes, _hash_evidence, _hash_planner, _hash_worker, _programs,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._foundation import foundation
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.core_helpers import (
    collecting, make_node, raw, write,
)

pytestmark = pytest.mark.usefixtures("nothing_left_open")

INFO = b"/var/lib/dpkg/info/"


class Host(object):
    """A tree with packages of dpkg, and what the collector makes of it."""

    def __init__(self, tmpdir):
        self.tmpdir = tmpdir
        self.root = raw(tmpdir.mkdir("root"))
        self.status = {}
        self.listed = {_programs.SYSTEM: [], _programs.ELSEWHERE: []}
        for name in (b"bin", b"lib"):
            os.makedirs(self.root + b"/usr/" + name)
            os.symlink(b"usr/" + name, self.root + b"/" + name)

    def put(self, path, data=b"content", mode=0o755):
        os.chmod(write(self.root + path, data), mode)

    def list(self, *paths, **kind):
        self.listed[kind.get("kind", _programs.SYSTEM)].extend(paths)

    def package(self, name, files, conffiles=None, status="installed", architecture=""):
        """`files` and `conffiles`: {path as the package has it: content}."""
        conffiles = conffiles or {}
        for path, data in list(files.items()) + list(conffiles.items()):
            self.put(path, data)
        stem = INFO + name + (b":" + architecture.encode("ascii") if architecture else b"")
        self.write(stem + b".list", b"".join(path + b"\n" for path in sorted(list(files) + list(conffiles))))
        self.write(stem + b".md5sums", b"".join(
            md5(data) + b"  " + path[1:] + b"\n" for path, data in sorted(files.items())
        ))
        self.status[name] = (
            b"Package: " + name + b"\nStatus: install ok " + status.encode("ascii") + b"\nArchitecture: amd64\nVersion: 1.2-3\n"
            + (b"Conffiles:\n" if conffiles else b"")
            + b"".join(b" " + path + b" " + md5(data) + b"\n" for path, data in sorted(conffiles.items()))
            + b"Description: x\n x\n"
        )

    def write(self, path, data):
        write(self.root + path, data)

    def hashed(self, limits=None, **options):
        self.write(b"/var/lib/dpkg/status", b"\n".join(self.status[name] for name in sorted(self.status)))
        with collecting(self.tmpdir, self.root, **(limits or {})) as collection:
            lists = _programs.Programs(collection.workspace, 0)
            for paths in self.listed.values():
                for path in paths:
                    folder, _slash, name = path.rpartition(b"/")
                    lists.add(folder, [name], [(name, 0o4755)])
            lists.close()
            try:
                _file_hashes.collect(collection, options)
            except Stopped as stopped:
                self.stopped = stopped
        self.everything, self.entries = collection.got.rows, collection.got.entries
        self.summary = collection.summary
        self.manifest = [row for row in collection.got.rows if row.get("artifact") != "packages"]
        self.hashes = self.table(collection, b"hashes")
        self.deviations = self.table(collection, b"package_files")
        return self

    @staticmethod
    def table(collection, name):
        entry = collection.got.entries.get(b"tables/" + name + b".jsonl")
        return dict((row["path"], row) for row in map(json.loads, (entry[1] if entry else b"").decode("ascii").splitlines()))

    def seen(self, *columns):
        """(path, columns) of all deviations."""
        return sorted((path,) + tuple(row.get(name) for name in columns) for path, row in self.deviations.items())


@pytest.fixture
def host(tmpdir):
    host = Host(tmpdir)
    host.package(b"coreutils", {b"/bin/cat": b"cat", b"/bin/ls": b"ls", b"/usr/share/coreutils/data": b"data"})
    return host


def md5(data):
    return hashlib.md5(data).hexdigest().encode("ascii")


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def test_nothing_deviates(host):
    host.list(b"/usr/bin/cat", b"/usr/bin/ls")
    host.hashed()
    assert host.deviations == {}
    assert sorted(host.hashes) == ["/usr/bin/cat", "/usr/bin/ls", "/usr/share/coreutils/data"]
    row = host.hashes["/usr/bin/cat"]
    assert (row["sha256"], row["md5"]) == (sha256(b"cat"), md5(b"cat").decode("ascii"))
    assert (row["package"], row["manager"], row["why"]) == ("coreutils", "dpkg", ["ancestor", "executable"])
    assert (row["type"], row["mode"], row["size"]) == ("file", "0755", 3) and row["mtime"].startswith("20")
    assert host.summary == {
        "hashed": 3, "verified": 3, "changed": 0, "missing": 0, "link": 0, "unowned": 0, "conffiles": 0,
    }


def test_only_programs_have_hashes_but_everything_is_compared(host):
    host.put(b"/usr/share/coreutils/data", b"other", 0o644)
    host.hashed()
    assert "/usr/share/coreutils/data" not in host.hashes
    assert host.seen("deviation") == [("/usr/share/coreutils/data", "changed")]


def test_changed_even_with_its_time_put_back(host):
    before = os.stat(host.root + b"/usr/bin/ls")
    host.put(b"/usr/bin/ls", b"LS")
    os.utime(host.root + b"/usr/bin/ls", (before.st_atime, before.st_mtime))
    host.hashed(critical=["*/bin/ls"])
    [row] = host.deviations.values()
    assert (row["path"], row["deviation"], row["critical"]) == ("/usr/bin/ls", "changed", True)
    assert (row["expected"], row["found"]) == (md5(b"ls").decode("ascii"), md5(b"LS").decode("ascii"))
    assert (row["package"], row["version"], row["size"]) == ("coreutils", "1.2-3", 2) and "conffile" not in row
    assert host.summary["changed"] == 1 and host.summary["altered"] == "/usr/bin/ls"


def test_unowned_programs_in_the_systems_folders(host):
    for path in (b"/usr/bin/evil", b"/usr/lib/security/pam_evil.so", b"/usr/local/bin/own", b"/etc/cron.daily/own", b"/usr/bin/text"):
        host.put(path, path, 0o644 if path.endswith((b".so", b"text")) else 0o755)
        host.list(path)
    host.put(b"/home/x/bin/own")
    host.list(b"/home/x/bin/own", kind=_programs.ELSEWHERE)
    host.hashed()
    assert host.seen("deviation") == [("/usr/bin/evil", "unowned"), ("/usr/lib/security/pam_evil.so", "unowned")]
    for path in ("/usr/bin/evil", "/usr/local/bin/own", "/home/x/bin/own", "/etc/cron.daily/own"):
        assert "package" not in host.hashes[path] and host.hashes[path]["sha256"]
    assert host.hashes["/usr/lib/security/pam_evil.so"]["why"] == ["library", "pam"]


def test_without_a_package_manager_nothing_is_unowned(tmpdir):
    host = Host(tmpdir)
    host.put(b"/usr/bin/tool")
    host.list(b"/usr/bin/tool")
    host.hashed()
    assert list(host.hashes) == ["/usr/bin/tool"] and not host.deviations
    assert "no database" in host.everything[0]["reason"]


def test_missing_files_but_those_that_nobody_wanted(host):
    host.package(b"docs", {
        b"/usr/share/doc/x/copyright": b"", b"/usr/share/locale/de/x.mo": b"", b"/usr/share/fonts/a.ttf": b"",
        b"/usr/share/fonts/b.ttf": b"", b"/usr/share/x/data": b"",
    })
    for path in (b"doc/x/copyright", b"locale/de/x.mo", b"fonts/a.ttf", b"fonts/b.ttf", b"x/data"):
        os.unlink(host.root + b"/usr/share/" + path)
    host.write(b"/etc/dpkg/dpkg.cfg.d/excludes", b"# x\npath-exclude=/usr/share/fonts/*\n path-include /usr/share/fonts/b*\n")
    host.hashed()
    assert host.seen("deviation") == [("/usr/share/fonts/b.ttf", "missing"), ("/usr/share/x/data", "missing")]


def test_something_else_in_a_files_place(host):
    os.unlink(host.root + b"/usr/bin/ls")
    os.symlink(b"/tmp/\x1bevil", host.root + b"/usr/bin/ls")
    os.unlink(host.root + b"/usr/bin/cat")
    make_node(host.root + b"/usr/bin/cat", 0o10000)
    host.hashed()
    assert host.seen("deviation", "reason") == [
        ("/usr/bin/cat", "changed", "a fifo in its place"), ("/usr/bin/ls", "link", "a link to /tmp/\\x1bevil in its place"),
    ]


def test_configuration_files(host):
    host.package(b"ssh", {}, {b"/etc/ssh/a config": b"shipped", b"/etc/ssh/kept": b"kept", b"/etc/pam.d/gone": b"gone"})
    host.put(b"/etc/ssh/a config", b"edited")
    os.unlink(host.root + b"/etc/pam.d/gone")
    host.hashed(critical=["/etc/ssh/*"])
    assert host.seen("deviation", "conffile", "package", "version") == [
        ("/etc/pam.d/gone", "missing", True, "ssh", "1.2-3"), ("/etc/ssh/a config", "changed", True, "ssh", "1.2-3"),
    ]
    assert host.summary["conffiles"] == 2 and not host.summary["changed"] and "altered" not in host.summary


def test_a_package_of_which_only_the_configuration_is_left(host):
    host.package(b"old", {b"/usr/bin/old": b"old"}, {b"/etc/old": b"old"}, status="config-files")
    os.unlink(host.root + b"/usr/bin/old")
    os.unlink(host.root + b"/etc/old")
    assert host.hashed().deviations == {}


def test_two_architectures_of_a_package(host):
    for architecture in ("amd64", "i386"):
        host.package(b"libc6", {b"/lib/%s/libc.so.6" % architecture.encode("ascii") if str is not bytes
                                else "/lib/%s/libc.so.6" % architecture: b"libc"}, architecture=architecture)
    host.put(b"/usr/lib/i386/libc.so.6", b"LIBC")
    host.hashed()
    assert host.seen("package", "deviation") == [("/usr/lib/i386/libc.so.6", "libc6", "changed")]
    assert host.hashes["/usr/lib/amd64/libc.so.6"]["package"] == "libc6"


def test_diversions(host):
    host.package(b"wrapper", {b"/usr/bin/ls": b"wrapper"})
    host.put(b"/usr/bin/ls.real", b"ls")
    host.write(b"/var/lib/dpkg/diversions", b"/bin/ls\n/bin/ls.real\nwrapper\n")
    host.list(b"/usr/bin/ls", b"/usr/bin/ls.real")
    assert host.hashed().deviations == {}
    assert host.hashes["/usr/bin/ls.real"]["package"] == "coreutils"
    assert host.hashes["/usr/bin/ls"]["package"] == "wrapper"


def test_a_file_that_another_package_took_over(host):
    host.package(b"newcat", {b"/bin/cat": b"new cat"})
    host.write(INFO + b"coreutils.list", b"/bin/ls\n/usr/share/coreutils/data\n")
    assert host.hashed().deviations == {}


def test_a_program_without_a_digest_has_an_owner(host):
    host.write(INFO + b"local.list", b"/usr/bin/local\n")
    host.put(b"/usr/bin/local")
    host.list(b"/usr/bin/local")
    assert host.hashed().deviations == {}
    assert host.hashes["/usr/bin/local"]["package"] == "local" and "md5" not in host.hashes["/usr/bin/local"]


def test_a_file_with_several_names_is_read_once(host, monkeypatch):
    host.package(b"git", {b"/usr/bin/git": b"git"})
    for number in range(5):
        os.link(host.root + b"/usr/bin/git", host.root + b"/usr/bin/git-" + b"abcde"[number:number + 1])
        host.list(b"/usr/bin/git-" + b"abcde"[number:number + 1])
    opened = str(host.tmpdir.join("opened"))
    read = _digests.Digests._read

    def counted(digests, found, names):
        with open(opened, "a") as stream:
            stream.write(escape(found.path) + "\n")
        return read(digests, found, names)

    monkeypatch.setattr(_digests.Digests, "_read", counted)
    host.hashed(workers=1)
    with open(opened) as stream:
        assert len([line for line in stream if "git" in line]) == 1
    assert len([path for path in host.hashes if "git" in path]) == 6
    assert set(row["sha256"] for path, row in host.hashes.items() if "git" in path) == set([sha256(b"git")])


def test_what_starts_by_itself_is_hashed_wherever_it_lies(host):
    host.put(b"/srv/app/run", b"app", 0o644)
    host.put(b"/srv/app/data", b"data", 0o644)
    host.write(b"/etc/systemd/system/app.service", b"[Unit]\nX=/srv/app/data\n[Service]\nExecStart=-/bin/ls /srv/app/run\n")
    host.write(b"/etc/cron.d/job", b"* * * * * root cd /tmp; /srv/app/gone >/dev/null\n")
    host.hashed(targets=["/etc/systemd/system/*.service", "/etc/cron.d/*"])
    assert host.hashes["/srv/app/run"]["why"] == ["target"] and "/srv/app/data" not in host.hashes
    assert host.hashes["/usr/bin/ls"]["why"] == ["ancestor", "executable", "target"]
    assert [row for row in host.manifest if row["state"] != "collected"] == [] and not host.deviations


def test_what_cannot_be_read_is_said(host):
    host.put(b"/usr/bin/large", b"x" * 2000)
    host.list(b"/usr/bin/large", b"/usr/bin/gone")
    host.hashed(limits={"file_bytes": 1000})
    row = host.hashes["/usr/bin/large"]
    assert row["state"] == "skipped_budget" and "sha256" not in row
    notes = dict((row.get("path"), row["state"]) for row in host.manifest)
    assert notes["/usr/bin/large"] == "skipped_budget" and notes["/usr/bin/gone"] == "absent"


def test_a_file_that_changes_while_it_is_read_is_no_deviation(host, monkeypatch):
    def growing(descriptor, size, digest, deadline):
        with open(b"/proc/self/fd/%d" % descriptor if str is not bytes else "/proc/self/fd/%d" % descriptor, "ab") as stream:
            stream.write(b"more")
        yield b"x" * size

    monkeypatch.setattr(_digests, "chunks_of", growing)
    host.hashed()
    assert host.deviations == {} and host.hashes["/usr/bin/ls"]["state"] == "changed"


def test_elsewhere_has_its_own_budget(host, monkeypatch):
    monkeypatch.setattr(_file_hashes, "ELSEWHERE_BYTES", 2000)
    for name in (b"a", b"b"):
        host.put(b"/tmp/" + name, b"x" * 600)
        host.list(b"/tmp/" + name, kind=_programs.ELSEWHERE)
    host.hashed(workers=1)
    assert sorted(row.get("state", "") for path, row in host.hashes.items() if path.startswith("/tmp")) == ["", "skipped_budget"]


def test_a_package_outside_the_systems_folders(host):
    host.package(b"chrome", {b"/opt/chrome/chrome": b"chrome"})
    host.list(b"/opt/chrome/chrome", kind=_programs.ELSEWHERE)
    host.hashed()
    assert host.hashes["/opt/chrome/chrome"]["package"] == "chrome" and host.summary["hashed"] == 4


def test_no_time_left(host):
    host.hashed(limits={"seconds": -1})
    assert host.stopped.state == "timed_out" and not host.hashes


def test_a_worker_that_is_killed(host, monkeypatch):
    for number in range(1000):
        host.package(b"p%d" % number if str is not bytes else "p%d" % number, {
            b"/usr/share/%d" % number if str is not bytes else "/usr/share/%d" % number: b"x"})
    do = _hash_worker.HashWorker.do

    def die(worker, start, end):
        do(worker, start, end)
        os.kill(os.getpid(), 9)

    monkeypatch.setattr(_hash_worker.HashWorker, "do", die)
    host.hashed(workers=2)
    reasons = [row["reason"] for row in host.manifest]
    assert reasons.count("a hashing process ended: signal 9") == 2
    assert [reason for reason in reasons if reason.endswith("were not looked at, or not all of them")]


def test_an_error_costs_one_file(host, monkeypatch):
    look = _hash_worker.HashWorker._look_at_file

    def fail(worker, asked, seen):
        if seen.path == b"/usr/bin/ls":
            raise ValueError("boom\xff")
        look(worker, asked, seen)

    monkeypatch.setattr(_hash_worker.HashWorker, "_look_at_file", fail)
    host.hashed()
    assert sorted(host.hashes) == ["/usr/bin/cat", "/usr/share/coreutils/data"]
    assert [row for row in host.manifest if row.get("path") == "/usr/bin/ls" and row["reason"].startswith("ValueError: boom")]


def test_without_a_listing_packages_are_looked_at_and_it_is_said(host, monkeypatch):
    monkeypatch.setattr(_hash_planner, "was_listed", lambda workspace: False)
    host.put(b"/usr/bin/ls", b"LS")
    host.hashed()
    assert host.seen("deviation") == [("/usr/bin/ls", "changed")]
    assert "no listing" in host.manifest[0]["reason"] and host.manifest[0]["state"] == "failed"


def test_what_this_process_runs_on(host, monkeypatch):
    monkeypatch.setattr(_file_hashes, "foundation", lambda: frozenset([b"/usr/bin/ls"]))
    host.put(b"/usr/bin/ls", b"LS")
    host.hashed()
    assert host.deviations["/usr/bin/ls"]["foundation"] is True
    assert host.summary["untrusted"] == host.summary["altered"] == "/usr/bin/ls"


def test_the_foundation_of_this_process():
    found = foundation()
    assert os.path.realpath("/proc/self/exe").encode("utf-8") in found
    assert [path for path in found if b"/libc." in path or b"/libc-" in path or b"ld-musl" in path]
    assert [path for path in found if path.endswith(b"/_file_hashes.py")]


def test_apk(tmpdir):
    host = Host(tmpdir)
    for path, data in ((b"/bin/busybox", b"busybox"), (b"/bin/altered", b"altered"), (b"/etc/conf", b"edited")):
        host.put(path, data)
    os.symlink(b"libx.so.1", host.root + b"/usr/lib/libx.so")
    os.symlink(b"evil.so", host.root + b"/usr/lib/liby.so")

    def checksum(data):
        return b"Z:Q1" + base64.b64encode(hashlib.sha1(data).digest()) + b"\n"

    host.write(b"/lib/apk/db/installed", b"P:busybox\nV:1.36\nF:bin\nR:busybox\na:0:0:755\n" + checksum(b"busybox")
               + b"R:altered\n" + checksum(b"as it was") + b"F:etc\nR:conf\n" + checksum(b"shipped")
               + b"F:usr/lib\nR:libx.so\n" + checksum(b"libx.so.1") + b"R:liby.so\n" + checksum(b"liby.so.1") + b"\n")
    host.list(b"/usr/bin/busybox")
    host.hashed()
    assert host.seen("deviation", "manager", "version", "conffile") == [
        ("/etc/conf", "changed", "apk", "1.36", True), ("/usr/bin/altered", "changed", "apk", "1.36", None),
        ("/usr/lib/liby.so", "link", "apk", "1.36", None),
    ]
    assert host.hashes["/usr/bin/busybox"]["package"] == "busybox"


def test_rpm(tmpdir, monkeypatch):
    host = Host(tmpdir)
    host.put(b"/usr/bin/ls", b"LS")
    host.put(b"/etc/conf", b"edited")
    host.put(b"/usr/bin/replaced", b"x")
    host.write(b"/var/lib/rpm/rpmdb.sqlite", b"")
    lines = []
    for state, flags, mode, path in (
        (0, 0, 0o100755, b"/bin/ls"), (0, 1, 0o100644, b"/etc/conf"), (1, 0, 0o100755, b"/usr/bin/replaced"),
        (2, 2, 0o100644, b"/usr/share/x/not installed"), (0, 64, 0o100644, b"/var/log/ghost"), (0, 0, 0o100755, b"/usr/bin/a\tgone"),
        (0, 0, 0o40755, b"/usr"),
    ):
        lines.append(("%d\t%d\t%d\t%s\tcoreutils\t9.1-2\t" % (state, flags, mode, sha256(b"shipped"))).encode("ascii") + path + b"\n")

    def answer(_collection, argv, take, *_unused):
        assert argv[:2] == ["rpm", "-qa"]
        take(b"".join(lines) if "DIGESTS" in argv[3] else b"/bin/ls\tcoreutils\n")

    monkeypatch.setattr("ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection.Collection.ask", answer)
    host.hashed(second_view=True)
    assert host.seen("deviation", "conffile") == [
        ("/etc/conf", "changed", True), ("/usr/bin/a\\x09gone", "missing", None), ("/usr/bin/ls", "changed", None),
    ]
    assert host.hashes["/usr/bin/ls"]["manager"] == "rpm"
    assert [row for row in host.everything if row.get("command") == "rpm -Va --noscripts --nodeps"]


def test_what_lies_in_boot_and_empty_tables(tmpdir):
    host = Host(tmpdir)
    host.put(b"/boot/initrd.img", b"initrd", 0o600)
    host.put(b"/boot/grub/grub.cfg", b"grub", 0o600)
    host.list(b"/boot/initrd.img")
    host.hashed()
    assert [(path, row["why"]) for path, row in host.hashes.items()] == [("/boot/initrd.img", ["boot"])]
    # A table without rows is not in the archive, and nothing of it stays in the workspace.
    assert not [name for name in os.listdir(str(tmpdir.join("workspace"))) if not name.startswith(("programs_", "01-"))]


def test_the_bytes_of_what_deviates_come_home(tmpdir):
    host = Host(tmpdir)
    host.package(b"tool", {b"/usr/bin/tool": b"as packed", b"/usr/share/doc/tool/README": b"text"})
    host.put(b"/usr/bin/tool", b"altered")
    host.put(b"/usr/share/doc/tool/README", b"altered", 0o644)
    host.put(b"/usr/bin/own", b"nobody's")
    host.put(b"/opt/.sh", b"setuid", 0o4755)
    host.put(b"/opt/plain", b"plain")
    host.list(b"/usr/bin/tool", b"/usr/bin/own")
    host.list(b"/opt/.sh", b"/opt/plain", kind=_programs.ELSEWHERE)
    host.hashed()
    home = dict(
        (name[len(b"[root]"):], entry[1]) for name, entry in host.entries.items()
        if name.startswith((b"[root]/usr/", b"[root]/opt/"))
    )
    assert home == {b"/usr/bin/tool": b"altered", b"/usr/bin/own": b"nobody's", b"/opt/.sh": b"setuid"}


def test_no_more_bytes_come_home_than_there_is_room_for(tmpdir, monkeypatch):
    monkeypatch.setattr(_hash_evidence, "MAX_FILES", 2)
    host = Host(tmpdir)
    host.put(b"/bin/dpkg", b"")
    host.package(b"tool", dict((b"/usr/bin/%d" % number, b"as packed") for number in range(4)))
    for number in range(4):
        host.put(b"/usr/bin/%d" % number, b"altered")
    host.hashed(critical=["/usr/bin/3"])
    home = sorted(name for name in host.entries if name.startswith(b"[root]/usr/bin/"))
    assert len(home) == 2 and b"[root]/usr/bin/3" in home
    assert ["2 more files" in row.get("reason", "") for row in host.everything if row["state"] == "skipped_budget"] == [True]


def test_where_there_are_no_packages_it_says_nothing_to_be_of_none(tmpdir, monkeypatch):
    monkeypatch.setattr(_file_hashes, "MANAGERS", ())
    host = Host(tmpdir)
    host.put(b"/usr/bin/su", b"setuid", 0o4755)
    host.list(b"/usr/bin/su")
    host.hashed()
    assert "suid" in host.hashes["/usr/bin/su"]["why"] and b"[root]/usr/bin/su" not in host.entries
