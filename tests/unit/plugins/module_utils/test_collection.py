# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import gzip
import hashlib
import json
import os
import stat
import subprocess
import threading

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import elapsed
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection import Collection, Limits, Stopped
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._private_keys import looks_like_private_key
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead, Reader
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.core_helpers import (
    Collected,
    collecting,
    make_deep,
    make_node,
    mode_of,
    name_bytes,
    peak_growth,
    raw,
    remove_deep,
    small_disk,
    unpacked,
    write,
)

pytestmark = pytest.mark.usefixtures("nothing_left_open")

# The key of nobody, made for this test.
KEY = b"""-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
"""


@pytest.fixture
def root(tmpdir):
    return raw(tmpdir.mkdir("root"))


def _row(collection, path):
    [row] = [row for row in collection.got.rows if row.get("path") == path]
    return row


def test_a_file_and_its_row(tmpdir, root):
    path = write(root + b"/etc/passwd", b"root:x:0:0::/root:/bin/bash\n")
    os.chmod(path, 0o4640)
    os.utime(path, (1000000000, 1234567890))
    with collecting(tmpdir) as collection:
        item = collection.copy(b"/etc/passwd", artifact="users")
        assert (item.state, item.size, item.archived) == ("collected", 28, b"[root]/etc/passwd")
    entry, data = collection.got.entries[b"[root]/etc/passwd"]
    assert data == b"root:x:0:0::/root:/bin/bash\n"
    assert (entry.mode, entry.uid, entry.mtime) == (0o4640, os.getuid(), 1234567890)
    assert collection.got.rows == [{
        "collector": "test", "path": "/etc/passwd", "artifact": "users", "state": "collected", "size": 28,
        "archived": "[root]/etc/passwd", "sha256": hashlib.sha256(data).hexdigest(), "mtime": "2009-02-13T23:31:30Z",
    }]
    assert collection.facts["entries"] == 2 and collection.facts["name"] == "01-test"
    assert collection.states["collected"] == 1


@pytest.mark.parametrize("name, shown", [
    (b"line\nbreak", "line\\x0abreak"), (b"\x1b[2Jx", "\\x1b[2Jx"), (b"\xff\xfe", "\\xff\\xfe"), (b"a\\b", "a\\\\b"),
    (b"-rf --", "-rf --"), (b"*", "*"), (b"x" * 255, "x" * 255),
])
def test_any_name(tmpdir, root, name, shown):
    write(root + b"/home/u/" + name, b"bytes")
    with collecting(tmpdir) as collection:
        assert collection.copy(b"/home/u/" + name, b"/home/u").state == "collected"
    assert collection.got.data(b"[root]/home/u/" + name) == b"bytes"
    assert _row(collection, "/home/u/" + shown)["archived"] == "[root]/home/u/" + shown


def test_a_path_beyond_path_max(tmpdir, root):
    path = make_deep(root, b"d" * 200, 30)[len(root):]
    with collecting(tmpdir) as collection:
        assert collection.copy(path).state == "collected"
        assert collection.copy(b"/d" * 20000).state == "skipped_type"
        assert collection.copy(b"/a\0b").state == "absent"
    assert collection.got.data(b"[root]" + path) == b"deep"
    remove_deep(root + b"/" + b"d" * 200)


def test_what_is_no_file(tmpdir, root):
    os.mkfifo(root + b"/.bash_history")
    os.mkdir(root + b"/folder")
    os.symlink("loop", root + b"/loop")
    os.symlink("/nowhere", root + b"/dangling")
    with collecting(tmpdir) as collection:
        for path, state, reason in (
            (b"/.bash_history", "skipped_type", "FIFO"), (b"/folder", "skipped_type", "directory"),
            (b"/loop", "skipped_type", "more than 40 links in a row"), (b"/absent", "absent", "No such file or directory"),
            (b"/dangling", "absent", "No such file or directory"),
        ):
            item = collection.copy(path)
            assert (item.state, item.reason, item.archived) == (state, reason, None)
    assert name_bytes(collection.got.entries[b"[root]/dangling"][0].linkname) == b"/nowhere"
    assert len(collection.got.rows) == 5


def test_devices(tmpdir, root):
    make_node(root + b"/zero", stat.S_IFCHR, os.makedev(1, 5))
    os.symlink("/zero", root + b"/.bash_history")
    with collecting(tmpdir) as collection:
        for path in (b"/zero", b"/.bash_history"):
            item = collection.copy(path)
            assert (item.state, item.reason) == ("skipped_type", "character device")
    assert collection.got.entries[b"[root]/.bash_history"][0].issym()


def test_zeros_of_this_machine(tmpdir):
    os.symlink("/dev/zero", str(tmpdir.join("history")))
    with collecting(tmpdir, b"/") as collection:
        assert collection.copy(raw(tmpdir.join("history"))).reason == "character device"


def test_a_link_alone_whatever_it_leads_to(tmpdir, root):
    for name, target in ((b"/null", b"/dev/null"), (b"/gone", b"nowhere"), (b"/moved", b"folder")):
        os.symlink(target, root + name)
    write(root + b"/folder/file")
    write(root + b"/dev/null")
    with collecting(tmpdir) as collection:
        assert (collection.copy_link(b"/null").state, collection.copy_link(b"/gone").state) == ("collected", "collected")
        assert collection.copy_link(b"/moved").reason == "a link to folder"
        assert collection.copy_link(b"/none").state == "absent"
    links = dict((name, name_bytes(entry.linkname)) for name, (entry, _data) in collection.got.entries.items() if entry.issym())
    assert links == {b"[root]/null": b"/dev/null", b"[root]/gone": b"nowhere", b"[root]/moved": b"folder"}


def test_links_and_what_they_lead_to(tmpdir, root):
    write(root + b"/home/u/real", b"bytes")
    write(root + b"/etc/secret", b"secret")
    os.symlink("real", root + b"/home/u/inside")
    os.symlink("../../etc/secret", root + b"/home/u/outside")
    os.symlink("home/u", root + b"/moved")
    with collecting(tmpdir) as collection:
        assert collection.copy(b"/moved/inside", b"/moved").state == "collected"
        item = collection.copy(b"/home/u/outside", b"/home/u")
        assert (item.state, item.reason) == ("skipped_type", "link out of /home/u to /etc/secret")
        assert collection.copy(b"/etc/secret", b"/home/u").state == "skipped_type"
        assert collection.copy(b"/home/u/../../etc/secret", b"/home/u").state == "skipped_type"
    links = dict(
        (name, name_bytes(entry.linkname)) for name, (entry, _data) in collection.got.entries.items() if entry.issym()
    )
    assert links == {
        b"[root]/moved": b"home/u", b"[root]/home/u/inside": b"real", b"[root]/home/u/outside": b"../../etc/secret",
    }
    assert collection.got.data(b"[root]/home/u/real") == b"bytes"
    assert b"secret" not in b"".join(data for _entry, data in collection.got.entries.values() if data and b"{" not in data)


def test_the_same_file_is_stored_once(tmpdir, root):
    write(root + b"/real", b"0123456789")
    os.symlink("real", root + b"/link")
    with collecting(tmpdir) as collection:
        assert collection.copy(b"/real", limit=4).state == "truncated"
        again = collection.copy(b"/link")
        assert (again.state, again.reason) == ("truncated", "in this part already: the first 4 of 10 bytes")
        assert again.archived == b"[root]/real" and again.size == 4
    assert sorted(collection.got.entries) == [b"[root]/link", b"[root]/real", b"manifest/01-test.jsonl"]


class TestSecrets:
    def test_private_keys_stay(self, tmpdir, root):
        assert looks_like_private_key(KEY)
        write(root + b"/home/u/.ssh/id_ed25519", KEY)
        write(root + b"/home/u/.bash_history", b"cat <<EOF > id\n" + KEY + b"EOF\n")
        write(root + b"/home/u/notes", b"-----BEGIN PRIVATE KEY-----\nrm -rf /\n")
        write(root + b"/home/u/large", KEY + b"#" * (1 << 16))
        os.symlink("/home/u/.ssh/id_ed25519", root + b"/home/u/.zsh_history")
        with collecting(tmpdir) as collection:
            for path in (b"/home/u/.ssh/id_ed25519", b"/home/u/.zsh_history"):
                item = collection.copy(path)
                assert (item.state, item.reason, item.archived) == ("withheld", "private key", None)
            for path in (b"/home/u/.bash_history", b"/home/u/notes", b"/home/u/large"):
                assert collection.copy(path).state == "collected"
        assert collection.got.data(b"[root]/home/u/.bash_history").startswith(b"cat <<EOF")
        assert len(collection.got.data(b"[root]/home/u/large")) == len(KEY) + (1 << 16)

    @pytest.mark.parametrize("name", [
        b"/etc/shadow", b"/etc/shadow-", b"/etc/gshadow", b"/etc/security/opasswd", b"/etc/tcb/u/shadow", b"/var/backups/shadow.bak",
    ])
    def test_password_hashes_stay_under_any_name(self, tmpdir, root, name):
        write(root + name, b"root:$6$salt$hash:1::::::\n")
        os.link(root + name, root + b"/hard")
        os.symlink(name, root + b"/soft")
        with collecting(tmpdir) as collection:
            for path in (name, b"/hard", b"/soft"):
                item = collection.copy(path)
                assert (item.state, item.reason) == ("withheld", "password hashes")
        assert sorted(collection.got.entries) == [b"[root]/soft", b"manifest/01-test.jsonl"]

    def test_a_shadow_file_that_was_replaced_meanwhile(self, tmpdir, root):
        write(root + b"/etc/shadow", b"old")
        write(root + b"/etc/shadow-maint/script", b"no hashes")
        with collecting(tmpdir) as collection:
            write(root + b"/etc/nshadow", b"new")
            os.rename(root + b"/etc/nshadow", root + b"/etc/shadow")
            assert collection.copy(b"/etc/shadow").state == "withheld"
            assert collection.copy(b"/etc/shadow-maint/script").state == "collected"


class TestSizes:
    def test_a_sparse_file_is_cut_in_no_time(self, tmpdir, root):
        with open(root + b"/lastlog", "wb") as stream:
            stream.write(b"head")
            stream.truncate(50 << 30)
        begin = elapsed()
        with collecting(tmpdir) as collection:
            item = collection.copy(b"/lastlog", limit=64 << 20)
        assert (item.state, item.reason) == ("truncated", "the first 67108864 of 53687091200 bytes")
        assert elapsed() - begin < 5
        assert collection.facts["size"] < 2 << 20
        data = collection.got.data(b"[root]/lastlog")
        assert len(data) == 64 << 20 and data.startswith(b"head\0")
        assert item.sha256 == hashlib.sha256(data).hexdigest()

    def test_the_head_and_the_tail_of_a_file_that_is_too_long(self, tmpdir, root):
        data = b"".join(b"%06d\n" % number for number in range(100000))
        path = write(root + b"/var/log/a\xff b", data)
        with collecting(tmpdir) as collection:
            item = collection.copy(b"/var/log/a\xff b", limit=300000, tail=100000)
            whole = collection.copy(write(root + b"/short", b"x" * 300000)[len(root):], limit=300000, tail=100000)
            with open(path, "rb") as stream:
                held = collection.capture_fd("held", stream.fileno(), 1000, tail=10)
        assert (whole.state, whole.tail, whole.size) == ("collected", None, 300000)
        assert (item.state, item.reason) == ("truncated", "the first 200000 of 700000 bytes, and the last 100000 as another item")
        assert (item.tail.state, item.tail.reason) == ("collected", "the last 100000 of 700000 bytes")
        assert collection.got.data(b"[root]/var/log/a\xff b") == data[:200000]
        assert collection.got.data(b"live/tail/var/log/a\\xff b@600000") == data[-100000:]
        assert item.tail.sha256 == hashlib.sha256(data[-100000:]).hexdigest()
        assert [row["state"] for row in collection.got.rows if row.get("path") == "/var/log/a\\xff b"] == ["collected", "truncated"]
        assert held.state == "truncated"
        assert (collection.got.data(b"live/held"), collection.got.data(b"live/held@699990")) == (data[:990], data[-10:])

    def test_a_tail_beyond_the_budget(self, tmpdir, root):
        write(root + b"/log", b"x" * 5000)
        with collecting(tmpdir, total_bytes=1500) as collection:
            item = collection.copy(b"/log", limit=2000, tail=1000)
        assert (item.state, item.tail.state) == ("truncated", "skipped_budget")
        assert len(collection.got.data(b"[root]/log")) == 1000

    def test_the_limit_of_the_collector_holds_for_each_file(self, tmpdir, root):
        write(root + b"/file", b"x" * 1001)
        with collecting(tmpdir, file_bytes=1000) as collection:
            assert collection.copy(b"/file").state == "truncated"

    def test_what_a_collector_may_take_in_all(self, tmpdir, root):
        for number in range(4):
            write(root + b"/" + str(number).encode("ascii"), b"x" * 1000)
        with collecting(tmpdir, total_bytes=2500) as collection:
            states = [collection.copy(b"/" + str(number).encode("ascii")).state for number in range(4)]
        assert states == ["collected", "collected", "skipped_budget", "skipped_budget"]

    @pytest.mark.parametrize("change", ["grow", "shrink", "rewrite"])
    def test_a_file_that_changes_while_it_is_read(self, tmpdir, root, change):
        path = write(root + b"/log", b"a" * (32 << 20))
        changed = threading.Event()

        def alter():
            with open(path, "r+b") as stream:
                if change == "grow":
                    stream.seek(0, os.SEEK_END)
                    stream.write(b"b" * 1000)
                elif change == "shrink":
                    stream.truncate(100)
                else:
                    stream.seek(31 << 20)
                    stream.write(b"b" * 1000)
            changed.set()

        with collecting(tmpdir) as collection:
            collection.check()
            collection.check = int
            room = collection._part.room

            def alter_now():
                if not changed.is_set():
                    threading.Thread(target=alter).start()
                    changed.wait(10)
                return room()

            collection._part.room = alter_now  # asked after each chunk
            item = collection.copy(b"/log")
        assert item.state == "changed"
        data = collection.got.data(b"[root]/log")
        assert len(data) == item.size == 32 << 20
        assert data.startswith(b"a" * 1000)
        assert (item.sha256 is None) == (change == "shrink")
        assert _row(collection, "/log")["state"] == "changed"

    def test_a_writer_that_never_stops(self, tmpdir, root):
        path = write(root + b"/log", b"x" * (1 << 20))
        writer = subprocess.Popen(["sh", "-c", "exec yes >> \"$0\"", path])
        try:
            with collecting(tmpdir) as collection:
                item = collection.copy(b"/log")
        finally:
            writer.kill()
            writer.wait()
        assert item.state in ("changed", "collected")
        assert len(collection.got.data(b"[root]/log")) == item.size

    def test_a_gigabyte_costs_little_memory(self, tmpdir, root):
        with open(root + b"/sparse", "wb") as stream:
            stream.truncate(1 << 30)

        def work():
            with open(os.devnull, "wb") as nowhere:
                collection = Collection(workspace, b"01-test", "test", root, Limits(reserve_bytes=0))
                os.dup2(nowhere.fileno(), collection._part._file)
                assert collection.copy(b"/sparse").state == "collected"
                assert collection._part.size > 1 << 20
                collection._manifest.stream.close()
                collection._part.abandon()

        workspace = raw(tmpdir.mkdir("workspace"))
        assert peak_growth(work) < 64 << 20


class TestVirtual:
    def test_files_of_the_kernel_go_to_live(self, tmpdir):
        with collecting(tmpdir, b"/") as collection:
            assert collection.copy(b"/proc/version").state == "collected"
            item = collection.copy(b"/proc/kallsyms", limit=1000)
            assert (item.state, item.size) == ("truncated", 1000)
        assert collection.got.data(b"live/proc/version").startswith(b"Linux version")

    def test_no_links_of_processes_are_opened_behind_the_name(self, tmpdir):
        descriptor = os.open("/dev/zero", os.O_RDONLY)
        with collecting(tmpdir, b"/") as collection:
            item = collection.copy(("/proc/self/fd/%d" % descriptor).encode("ascii"))
        os.close(descriptor)
        assert (item.state, item.reason) == ("skipped_type", "character device")


class TestMatching:
    def test_files_but_not_folders(self, tmpdir, root):
        for name in (b"a.log", b"b.log", b"c.txt"):
            write(root + b"/var/log/" + name, name)
        os.mkdir(root + b"/var/log/d.log")
        with collecting(tmpdir) as collection:
            items = collection.copy_matching(b"/var/log/*.log", artifact="logs")
            assert [item.path for item in items] == [b"/var/log/a.log", b"/var/log/b.log"]
            assert collection.copy_matching(b"/var/log/c.txt")[0].state == "collected"
            assert collection.copy_matching(b"/var/log/*.gz", artifact="old") == []
        assert _row(collection, "/var/log/*.gz")["state"] == "absent"

    def test_a_home_with_a_name_like_a_pattern(self, tmpdir, root):
        write(root + b"/home/[x]/.bash_history", b"mine")
        write(root + b"/home/x/.bash_history", b"not mine")
        with collecting(tmpdir) as collection:
            [item] = collection.copy_matching(b"/home/[x]/.*_history", b"/home/[x]")
        assert item.archived == b"[root]/home/[x]/.bash_history"

    def test_a_cut_is_told(self, tmpdir, root):
        make_deep(root, b"d", 80)
        with collecting(tmpdir) as collection:
            collection.copy_matching(b"/**/nothing")
        assert [row["state"] for row in collection.got.rows] == ["skipped_budget", "absent"]

    def test_time_runs_out_in_a_tree_as_well(self, tmpdir, root):
        make_deep(root, b"d", 20)
        with collecting(tmpdir) as collection:
            collection.deadline = elapsed() - 1
            with pytest.raises(Stopped):
                collection.copy_matching(b"/**/nothing")


class TestLimits:
    def test_time(self, tmpdir, root):
        write(root + b"/file", b"x")
        with collecting(tmpdir, seconds=-1) as collection:
            for step in (
                collection.check, lambda: collection.copy(b"/file"), lambda: collection.capture("x", b""),
                lambda: collection.command("x", ["true"]), lambda: collection.capture_fd("x", 0, 1),
            ):
                with pytest.raises(Stopped) as caught:
                    step()
                assert caught.value.state == "timed_out"

    def test_a_file_that_is_cut_by_the_time(self, tmpdir, root):
        write(root + b"/file", b"x" * 1000000)
        with collecting(tmpdir) as collection:
            collection.check = lambda: None
            collection.deadline = elapsed() - 1
            item = collection.copy(b"/file")
        assert (item.state, item.sha256) == ("timed_out", None)
        assert collection.got.data(b"[root]/file") == b"\0" * 1000000

    def test_no_room_to_begin_with(self, tmpdir, root):
        with collecting(tmpdir, reserve_bytes=1 << 60) as collection:
            with pytest.raises(Stopped) as caught:
                collection.check()
        assert caught.value.state == "skipped_budget"

    def test_room_runs_out_within_a_file(self, tmpdir, root):
        write(root + b"/file", os.urandom(1 << 20) * 16)
        with collecting(tmpdir) as collection:
            collection.check()
            collection.limits.reserve_bytes = collection._part._reserve = 1 << 60
            item = collection.copy(b"/file")
            assert item.state == "skipped_budget" and item.reason.endswith("the rest is zeros")
            with pytest.raises(Stopped):
                collection.copy(b"/file")
        data = collection.got.data(b"[root]/file")
        assert len(data) == 16 << 20 and data.endswith(b"\0" * 1000)
        assert collection.facts["size"] < 8 << 20

    def test_a_disk_that_is_full(self, tmpdir, root):
        write(root + b"/small", b"small")
        write(root + b"/large", os.urandom(4 << 20))
        with small_disk(tmpdir) as workspace:
            collection = Collection(workspace, b"01-test", "test", root, Limits(reserve_bytes=0))
            collection.copy(b"/small")
            for _unused in range(2):
                with pytest.raises((OSError, Stopped)):
                    collection.copy(b"/large")
            with pytest.raises(OSError):
                collection.close()
            collection._manifest.stream.close()
            saved = unpacked(workspace + b"/01-test.tar.gz")
            assert saved.startswith(b"[root]/small") and b"small" in saved[512:1024]

    def test_tables_may_not_fill_the_disk_either(self, tmpdir, root):
        with small_disk(tmpdir) as workspace:
            collection = Collection(workspace, b"01-test", "test", root, Limits(reserve_bytes=512 << 10))
            collection.check()
            write(workspace + b"/spool", b"x" * (700 << 10))
            collection._look_again = 0
            with pytest.raises(Stopped):
                collection.check()
            collection.close()


class TestTables:
    @pytest.mark.parametrize("count", [0, 1, 30000])
    def test_rows(self, tmpdir, root, count):
        with collecting(tmpdir) as collection:
            for number in range(count):
                collection.table("things").row({"number": number, "name": u"caf\u00e9 " + "x" * 40})
            assert os.listdir(collection.workspace) == [b"01-test.tar.gz"]  # what is spooled has no name
        if count:
            lines = collection.got.data(b"tables/things.jsonl").splitlines()
            assert len(lines) == count
            assert json.loads(lines[-1].decode("ascii")) == {"number": count - 1, "name": u"caf\u00e9 " + "x" * 40}
        else:
            assert sorted(collection.got.entries) == [b"manifest/01-test.jsonl"]

    def test_spool_files(self, tmpdir, root):
        with collecting(tmpdir) as collection:
            paths = [collection.spool("files") for _unused in range(2)]
            assert [mode_of(path) for path in paths] == [0o600, 0o600]
            for number, path in enumerate(paths):
                with open(path, "wb") as stream:
                    stream.write(b"%d" % number * 300000 if str is not bytes else str(number) * 300000)
            collection.add_spool("tables/files.jsonl.gz", paths)
            assert os.listdir(collection.workspace) == [b"01-test.tar.gz"]
        assert collection.got.data(b"tables/files.jsonl.gz") == b"0" * 300000 + b"1" * 300000


class TestLive:
    def test_captures(self, tmpdir, root):
        with collecting(tmpdir) as collection:
            collection.capture("identity.json", b"{}\n", source=b"/proc", state="truncated", reason="why")
            descriptor = os.open(write(root + b"/exe", b"0123456789"), os.O_RDONLY)
            item = collection.capture_fd("deleted/1", descriptor, 4, source=b"/proc/1/exe")
            os.close(descriptor)
        assert collection.got.data(b"live/identity.json") == b"{}\n"
        assert collection.got.data(b"live/deleted/1") == b"0123"
        assert item.state == "truncated"
        assert [(row["path"], row["state"]) for row in collection.got.rows] == [
            ("/proc", "truncated"), ("/proc/1/exe", "truncated"),
        ]

    def test_commands(self, tmpdir):
        with collecting(tmpdir, b"/") as collection:
            result = collection.command("both", ["/bin/sh", "-c", "echo out; echo err >&2; exit 3"])
            assert (result.stdout, result.exit_code) == (b"out\n", 3)
            collection.command("none", ["no-such-program"])
            collection.command("slow", ["/bin/sh", "-c", "echo begun; exec sleep 100"], timeout=0.3)
        got = collection.got
        assert got.data(b"live/commands/both.txt") == b"out\n"
        assert got.data(b"live/commands/both.stderr") == b"err\n"
        assert got.data(b"live/commands/slow.txt") == b"begun\n"
        assert b"live/commands/none.txt" not in got.entries
        rows = dict((row["command"], row) for row in got.rows if "command" in row)
        assert rows["no-such-program"]["state"] == "absent"
        assert rows["/bin/sh -c echo out; echo err >&2; exit 3"]["exit_code"] == 3
        assert rows["/bin/sh -c echo begun; exec sleep 100"]["state"] == "timed_out"

    def test_an_image_is_no_running_system(self, tmpdir, root):
        with collecting(tmpdir) as collection:
            assert collection.command("id", ["id"]).stdout == b""
        [row] = collection.got.rows
        assert row["state"] == "skipped_type"

    def test_notes_and_failures(self, tmpdir, root):
        with collecting(tmpdir) as collection:
            collection.note(b"/x\n", _state.SKIPPED_BUDGET, "why")
            collection.fail("step", ValueError(u"caf\u00e9 \x1b"))
            collection.fail("step", OSError(2, "No such file", b"\xff"))
        assert [row["state"] for row in collection.got.rows] == ["skipped_budget", "failed", "failed"]
        assert collection.got.rows[0]["path"] == "/x\\x0a"


class TestReading:
    def test_for_its_own_eyes(self, tmpdir, root):
        write(root + b"/etc/file", b"0123456789")
        os.symlink("/etc", root + b"/link")
        with collecting(tmpdir) as collection:
            assert collection.read(b"/link/file", 4) == b"0123"
            assert collection.listdir(b"/link") == [b"file"]
            assert stat.S_ISLNK(collection.stat(b"/link", follow=False).st_mode)
            assert collection.stat(b"/link/file").st_size == 10
            for step in (
                lambda: collection.read(b"/absent", 4), lambda: collection.read(b"/etc", 4),
                lambda: collection.listdir(b"/etc/file"), lambda: collection.stat(b"/link/../etc/absent"),
                lambda: collection.read(b"/link/file", 4, beneath=b"/home"),
            ):
                with pytest.raises(NotRead):
                    step()


def test_what_a_killed_collector_leaves_is_whole_as_far_as_it_goes(tmpdir, root):
    write(root + b"/file", os.urandom(3 << 20))
    workspace = raw(tmpdir.mkdir("workspace"))
    collection = Collection(workspace, b"01-test", "test", root, Limits(reserve_bytes=0))
    collection.copy(b"/file")
    collection._manifest.stream.close()
    collection._part.abandon()
    with gzip.open(workspace + b"/01-test.tar.gz") as stream:
        assert len(stream.read()) >= 1 << 20


def test_a_part_that_is_there_already(tmpdir, root):
    workspace = raw(tmpdir.mkdir("workspace"))
    write(workspace + b"/01-test.tar.gz", b"precious")
    with pytest.raises(OSError):
        Collection(workspace, b"01-test", "test", root)
    with open(workspace + b"/01-test.tar.gz", "rb") as stream:
        assert stream.read() == b"precious"


def test_only_its_reader_reads_the_part(tmpdir, root):
    with collecting(tmpdir) as collection:
        pass
    assert mode_of(collection.workspace + b"/01-test.tar.gz") == 0o400
    assert Collected(collection.workspace + b"/01-test.tar.gz").rows == []


def test_what_is_asked_for_our_own_eyes_has_a_row_and_no_bytes(tmpdir):
    pieces = []
    with collecting(tmpdir, b"/") as collection:
        collection.ask(["uname"], pieces.append)
    assert b"".join(pieces) == b"Linux\n"
    [row] = collection.got.rows
    assert (row["command"], row["state"], row["exit_code"]) == ("uname", "collected", 0)
    assert not [name for name in collection.got.entries if name.startswith(b"live/")]


def test_folders_that_are_not_looked_into_are_told_once(tmpdir):
    root = raw(tmpdir.mkdir("root"))
    for path in (b"/etc/x/a.conf", b"/etc/net/a.conf", b"/etc/file"):
        write(root + path)
    with collecting(tmpdir, root) as collection:
        collection.reader = Reader(root, {b"/etc/net": "nfs4"})
        for pattern in (b"/etc/*/*.conf", b"/etc/**", b"/etc/net/*", b"/etc/net/sub/*", b"/gone/*"):
            collection.copy_matching(pattern)
    missed = [(row["path"], row["state"], row["reason"]) for row in collection.got.rows if "not looked into" in row.get("reason", "")]
    assert missed == [("/etc/net", "skipped_type", "not looked into: network file system nfs4 at /etc/net")]
