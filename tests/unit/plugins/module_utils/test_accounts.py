# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import stat
import subprocess
import time

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts import _accounts
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection import Limits
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import Reader
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.accounts_helpers import (
    HISTORY,
    OPTIONS,
    START_UP,
    Tree,
    collected,
)
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.core_helpers import peak_growth

SHADOW = b"root:$6$saltsalt$hashhashhashhash:19000:0:99999:7:::\nbin:*:19000:0:99999:7:::\n"
PUBLIC = b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPosBkbYVjkOH2nh0PpAXHPg6VPbPMzNbJkMPtlcpkNO evil\n"
BOB = b"bob", b"1000", b"/home/bob"


def _make_key(path, *options):
    try:
        subprocess.check_call(["ssh-keygen", "-q", "-t", "ecdsa", "-f", path] + list(options))
    except OSError as error:
        pytest.skip("ssh-keygen: %s" % error.strerror)


@pytest.fixture
def tree():
    with Tree() as made:
        made.users((b"root", b"0", b"/root"), BOB)
        made.file("/etc/shadow", SHADOW)
        made.folder("/root")
        made.folder("/home/bob")
        made.folder("/proc")
        yield made


def test_files_of_homes_come_byte_by_byte(tree):
    data = b"ls\\n -l  *\r\n\xff\0last line without end"
    tree.file("/home/bob/.bash_history", data)
    brought = collected(tree)
    assert brought.files[b"[root]/home/bob/.bash_history"] == data
    row = brought.row("history_files", path="/home/bob/.bash_history")
    assert (row["state"], row["type"], row["size"], row["expected"]) == ("collected", "file", len(data), True)
    assert row["empty"] is False
    assert brought.summary == {"homes": 2, "histories": 1, "private_keys": 0}


def test_a_missing_history_is_a_row(tree):
    row = collected(tree).row("history_files", path="/home/bob/.bash_history")
    assert (row["type"], row["state"], row["expected"], row["home"]) == ("absent", "absent", True, "/home/bob")


def test_an_emptied_history_is_told(tree):
    tree.file("/home/bob/.bash_history")
    assert collected(tree).row("history_files", path="/home/bob/.bash_history")["empty"] is True


@pytest.mark.parametrize("target", [b"/dev/zero", b"/etc/shadow", b"/root/.bash_history", b"../../root/.bash_history"])
def test_no_link_leads_out_of_a_home(tree, target):
    tree.file("/root/.bash_history", b"secret of root\n")
    tree.link("/home/bob/.bash_history", target)
    brought = collected(tree)
    assert brought.states("/home/bob/.bash_history") == ["skipped_type"]
    row = brought.row("history_files", path="/home/bob/.bash_history")
    assert (row["type"], row["link_target"], row["state"]) == ("link", target.decode("ascii"), "skipped_type")
    assert b"[root]/home/bob/.bash_history" in brought.links
    assert not any(b"hashhash" in data for data in brought.files.values())


def test_a_link_within_a_home_is_followed(tree):
    tree.file("/home/bob/data/history", b"whoami\n")
    tree.link("/home/bob/.bash_history", b"data/history")
    brought = collected(tree)
    assert brought.files[b"[root]/home/bob/data/history"] == b"whoami\n"
    assert brought.row("history_files", path="/home/bob/.bash_history")["target_type"] == "file"


def test_links_in_a_circle_and_strange_types(tree):
    tree.link("/home/bob/.bash_history", b".bash_history_2")
    tree.link("/home/bob/.bash_history_2", b".bash_history")
    os.mkfifo(tree.path("/home/bob/.bash_history_fifo"))
    tree.folder("/home/bob/.bash_history_folder")
    rows = dict((row["path"], row) for row in collected(tree).tables["history_files"] if row["home"] == "/home/bob")
    assert rows["/home/bob/.bash_history"]["state"] == "skipped_type"
    assert rows["/home/bob/.bash_history_fifo"]["type"] == "fifo"
    assert rows["/home/bob/.bash_history_folder"]["type"] == "directory"
    assert set(row["state"] for row in rows.values()) == set(["skipped_type"])


def test_a_hard_link_to_shadow_is_withheld(tree):
    os.link(tree.path("/etc/shadow"), tree.path("/home/bob/.bash_history"))
    brought = collected(tree)
    assert brought.states("/home/bob/.bash_history") == ["withheld"]
    assert not any(b"hashhash" in data for data in brought.files.values())


def test_a_huge_sparse_file_is_cut_at_once(tree):
    with open(tree.path("/home/bob/.bash_history"), "wb") as stream:
        stream.write(b"first\n")
        stream.seek(40 << 30)
        stream.write(b"hidden behind the hole\n")
        stream.truncate(50 << 30)
    start = time.time()
    brought = collected(tree, home_artifacts=[dict(HISTORY, limit=1 << 20)])
    assert time.time() - start < 5
    assert brought.states("/home/bob/.bash_history") == ["truncated", "collected"]
    assert brought.files[b"[root]/home/bob/.bash_history"].rstrip(b"\0") == b"first\n"
    behind = [data for name, data in brought.files.items() if name.startswith(b"live/sparse/home/bob/.bash_history@")]
    assert b"hidden behind the hole" in b"".join(behind)
    assert sum(len(data) for data in behind) <= 4 << 20


def test_names_that_hurt(tree):
    names = [b".bash_history\n\x1b[31m", b".bash_history-\xff\xfe", b".bash_history \xe2\x80\xae"]
    for name in names:
        tree.file(b"/home/bob/" + name, name)
    brought = collected(tree)
    for name in names:
        assert brought.files[b"[root]/home/bob/" + name] == name
    assert brought.row("history_files", path="/home/bob/.bash_history\\x0a\\x1b[31m")["state"] == "collected"


def test_a_line_of_a_million_characters(tree):
    tree.file("/home/bob/.bash_history", b"x" * (1 << 20))
    tree.file("/home/bob/.bashrc", b"HISTFILE=" + b"$(" * (1 << 19) + b"\nHISTFILE=~/.other\n")
    tree.file("/home/bob/.other", b"there\n")
    tree.file("/etc/shadow-", b"x" * (1 << 20) + b"\n" + SHADOW)
    start = time.time()
    brought = collected(tree)
    assert time.time() - start < 10
    assert len(brought.files[b"[root]/home/bob/.bash_history"]) == 1 << 20
    assert brought.row("shadow", file="/etc/shadow-", line=1)["malformed"] == "line of 1048576 bytes"


def test_settings_lead_to_histories_anywhere(tree):
    tree.file("/home/bob/.bashrc", b"export HISTFILE=/var/log/.hidden HISTSIZE=9\n")
    tree.file("/home/bob/.zshrc", b'HISTFILE="${ZDOTDIR:-$HOME}"/.z-$(date +%F)\n')
    tree.file("/etc/profile", b"HISTFILE=/srv/h/$USER.log\nHISTFILE=~/.common\n")
    tree.file("/var/log/.hidden", b"one\n")
    tree.file("/home/bob/.z-2026-11-23", b"two\n")
    tree.file("/srv/h/bob.log", b"three\n")
    tree.file("/root/.common", b"four\n")
    artifacts = [{"name": "profile", "paths": ["/etc/profile"], "settings": True}]
    brought = collected(tree, artifacts=artifacts)
    for path in (b"/var/log/.hidden", b"/home/bob/.z-2026-11-23", b"/srv/h/bob.log", b"/root/.common"):
        assert b"[root]" + path in brought.files
    row = brought.row("history_files", path="/var/log/.hidden")
    assert (row["artifact"], row["expected"], row["home"]) == (
        "HISTFILE in /home/bob/.bashrc, line 1",
        True,
        "/home/bob",
    )
    assert not brought.rows("history_files", path="/home/bob/.common")


@pytest.mark.parametrize(
    "target,state",
    [
        (b"/etc/shadow", "withheld"),
        (b"/etc/secret", "withheld"),
        (b"/dev/zero", "skipped_type"),
        (b"/root/.netrc", "withheld"),
        (b"/proc/kmsg", "skipped_type"),
        (b"/etc/ssh/ssh_host_key", "withheld"),
        (b"/nowhere", "absent"),
    ],
)
def test_settings_are_no_way_to_secrets_and_devices(tree, target, state):
    os.mkfifo(tree.path("/dev/zero"))  # a device can't be made everywhere, this is as good
    tree.file("/etc/secret", b"password")
    tree.file("/root/.netrc", b"password")
    tree.file("/proc/kmsg", b"password")
    _make_key(tree.path("/etc/ssh/ssh_host_key"), "-N", "")
    tree.file("/home/bob/.bashrc", b"HISTFILE=" + target + b"\n")
    brought = collected(tree)
    row = brought.row("history_files", path=target.decode("ascii"))
    assert row["state"] == state
    assert b"[root]" + target not in brought.files
    assert not any(b"password" == data or b"hashhash" in data for data in brought.files.values())


def test_homes_of_every_kind(tree):
    homes = [
        (b"space", b"1001", b"/home/with space"),
        (b"bytes", b"1002", b"/srv/\xff\xfe"),
        (b"linked", b"1003", b"/home/link"),
        (b"star", b"1004", b"/home/*"),
        (b"rel", b"1005", b"relative"),
        (b"null", b"1006", b"/dev/null"),
        (b"none", b"1007", b"/nonexistent"),
        (b"proc", b"1008", b"/proc"),
        (b"slash", b"1009", b"/"),
        (b"void", b"1010", b""),
    ]
    tree.users(BOB, *homes)
    tree.folder("/data/real home")
    tree.link("/home/link", b"/data/real home")
    tree.file("/dev/null")
    for path in (b"/home/with space", b"/srv/\xff\xfe", b"/data/real home", b"/home/*", b"/home/bob", b"/proc", b""):
        tree.file(path + b"/.bash_history", b"in " + path)
    tree.file("/.ssh/config.d/deep/file", b"not taken from /")
    brought = collected(tree)
    for path in (b"/home/with space", b"/srv/\xff\xfe", b"/data/real home", b"/home/*", b"/home/bob", b""):
        assert brought.files[b"[root]" + path + b"/.bash_history"] == b"in " + path
    assert b"[root]/proc/.bash_history" not in brought.files
    assert b"[root]/.ssh/config.d/deep/file" not in brought.files
    assert brought.row("homes", path="/srv/\\xff\\xfe")["users"] == ["bytes"]
    assert brought.row("homes", path="/home/link")["real_path"] == "/data/real home"
    assert brought.row("homes", path="/")["shared"] is True
    for path in ("relative", "/dev/null", "/nonexistent", "/proc", ""):
        assert brought.row("homes", path=path)["exists"] is False
    assert len(brought.rows("history_files", path="/home/bob/.bash_history")) == 1


def test_homes_nobody_names(tree):
    tree.users((b"other", b"4711", b"/nowhere"))
    tree.file("/home/left/.bash_history", b"of a removed user\n")
    tree.file("/home/DOMAIN/alice/.bash_history", b"of a directory's user\n")
    tree.file("/var/lib/service/.ssh/authorized_keys", PUBLIC)
    tree.file("/var/lib/other/data", b"no home")
    tree.file("/etc/passwd-", b"gone:x:1234:1234::/opt/gone:/bin/sh\n")
    tree.file("/opt/gone/.bash_history", b"of the backup\n")
    brought = collected(tree)
    for path in (
        b"/home/left/.bash_history",
        b"/home/DOMAIN/alice/.bash_history",
        b"/opt/gone/.bash_history",
        b"/var/lib/service/.ssh/authorized_keys",
    ):
        assert b"[root]" + path in brought.files
    assert brought.row("homes", path="/home/left")["owner_known"] is False  # whoever runs this isn't user 4711
    assert brought.row("homes", path="/opt/gone")["sources"] == ["marks", "passwd backup"]
    assert not brought.rows("homes", path="/var/lib/other")


def test_devices_are_not_opened(tree):
    try:
        os.mknod(tree.path("/home/bob/.bash_history"), stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except OSError as error:
        pytest.skip("no devices here: %s" % error.strerror)
    row = collected(tree).row("history_files", path="/home/bob/.bash_history")
    assert (row["state"], row["type"]) == ("skipped_type", "char")


def test_what_somebody_made_immutable_is_told(tree):
    tree.file("/home/bob/.bash_history", b"ls\n")
    path = tree.path("/home/bob/.bash_history").decode("ascii")
    with open(os.devnull, "wb") as nothing:
        if subprocess.call("chattr +i " + path, shell=True, stderr=nothing):
            pytest.skip("chattr +i doesn't work here")
    try:
        row = collected(tree).row("history_files", path="/home/bob/.bash_history")
    finally:
        subprocess.check_call("chattr -i " + path, shell=True)
    assert (row["immutable"], row["append_only"], row["state"]) == (True, False, "collected")


def test_homes_on_other_machines_are_not_touched(tree):
    tree.users(BOB, (b"far", b"1001", b"/home/far/away"), (b"linked", b"1002", b"/home/link"))
    tree.file("/home/far/away/.bash_history", b"not local\n")
    tree.link("/home/link", b"/home/far/away")
    tree.link("/home/bob/.ssh", b"/home/far")

    def collect(collection, options):
        collection.reader = Reader(tree.root, {b"/home/far": "nfs4"})
        _accounts.collect(collection, options)

    brought = collected(tree, collect=collect)
    assert not any(b"not local" in data for data in brought.files.values())
    for path in ("/home/far/away", "/home/link"):
        row = brought.row("homes", path=path)
        assert (row["exists"], row["network"]) == (False, True)


def test_ssh_folder_that_is_a_link(tree):
    tree.link("/home/bob/.ssh", b"/etc")
    tree.file("/etc/config", b"not bob's")
    tree.file("/etc/authorized_keys", b"no key in it")
    brought = collected(tree)
    assert b"[root]/etc/config" not in brought.files
    assert b"[root]/etc/authorized_keys" not in brought.files
    assert b"[root]/home/bob/.ssh" in brought.links


def test_authorized_keys_behind_a_link_come_when_they_are_keys(tree):
    tree.file("/var/tmp/.keys", PUBLIC)
    tree.link("/home/bob/.ssh/authorized_keys", b"/var/tmp/.keys")
    brought = collected(tree)
    assert brought.files[b"[root]/var/tmp/.keys"] == PUBLIC
    assert "skipped_type" in brought.states("/home/bob/.ssh/authorized_keys")


def test_keys_wherever_sshd_looks_for_them(tree):
    tree.file(
        "/etc/ssh/sshd_config",
        (
            b"Include conf.d/*.conf\nAuthorizedKeysFile .ssh/authorized_keys /etc/keys/ssh/%u\n"
            b"TrustedUserCAKeys /etc/ca.pub\nMatch User bob\n  AuthorizedKeysFile %h/.hidden/%U /dev/zero relative\n"
            b"  AuthorizedKeysCommand /opt/give %u\n"
        ),
    )
    tree.file(
        "/etc/ssh/conf.d/a.conf",
        b"Include /etc/ssh/sshd_config\nInclude conf.d/*\nAuthorizedPrincipalsFile /etc/p/%u\n",
    )
    for path in (
        "/etc/keys/ssh/bob",
        "/etc/keys/ssh/unknown",
        "/home/bob/.hidden/1000",
        "/home/bob/relative",
        "/etc/ca.pub",
        "/opt/give",
        "/etc/p/bob",
    ):
        tree.file(path, PUBLIC)
    os.mkfifo(tree.path("/dev/zero"))
    brought = collected(tree, artifacts=[])
    for path in (
        b"/etc/ssh/sshd_config",
        b"/etc/ssh/conf.d/a.conf",
        b"/etc/keys/ssh/bob",
        b"/etc/keys/ssh/unknown",
        b"/home/bob/.hidden/1000",
        b"/home/bob/relative",
        b"/etc/ca.pub",
        b"/opt/give",
        b"/etc/p/bob",
    ):
        assert b"[root]" + path in brought.files


def test_thousands_of_key_files_are_bounded(tree):
    values = b" ".join(("/k/%%u/%d" % number).encode("ascii") for number in range(4000))
    tree.file("/etc/ssh/sshd_config", b"AuthorizedKeysFile " + values + b"\n")
    (row,) = [row for row in collected(tree).manifest if row["state"] == "skipped_budget"]
    assert row["reason"] == "more than 64 values of authorizedkeysfile"


def test_zero_bytes_in_a_configuration_of_ssh(tree):
    tree.file("/home/bob/.ssh/authorized_keys", PUBLIC)
    words = (
        b"Include",
        b"AuthorizedKeysFile",
        b"TrustedUserCAKeys",
        b"AuthorizedKeysCommand",
        b"AuthorizedPrincipalsFile",
    )
    tree.file("/etc/ssh/sshd_config", b"".join(word + b" /a\0b %h/\0 /\0/%u/*\n" for word in words))
    brought = collected(tree)
    assert not any(row["state"] == "failed" and "path" not in row for row in brought.manifest)
    assert brought.files[b"[root]/home/bob/.ssh/authorized_keys"] == PUBLIC


def test_private_keys_are_rows(tree):
    tree.folder("/home/bob/.ssh")
    for name, options in (("plain", ["-N", ""]), ("locked", ["-N", "word"]), ("old", ["-N", "", "-m", "PEM"])):
        _make_key(tree.path("/home/bob/.ssh/" + name), *options)
    os.rename(tree.path("/home/bob/.ssh/plain"), tree.path("/home/bob/.ssh/config"))
    os.link(tree.path("/home/bob/.ssh/old"), tree.path("/home/bob/.bash_history"))
    brought = collected(tree)
    assert not any(b"PRIVATE" in data for data in brought.files.values())
    assert brought.states("/home/bob/.ssh/config") == ["withheld"]
    facts = dict((row["path"], (row["encrypted"], row["fingerprint_source"])) for row in brought.tables["private_keys"])
    assert facts == {
        "/home/bob/.ssh/config": (False, "key"),
        "/home/bob/.ssh/locked": (True, "key"),
        "/home/bob/.ssh/old": (False, "public key"),
        "/home/bob/.bash_history": (False, None),
    }
    row = brought.row("private_keys", path="/home/bob/.ssh/locked")
    assert (row["format"], row["key_type"], row["type"], row["mode"], row["home"]) == (
        "OpenSSH",
        "ecdsa-sha2-nistp256",
        "file",
        "0600",
        "/home/bob",
    )
    shown = subprocess.check_output(["ssh-keygen", "-l", "-f", tree.path("/home/bob/.ssh/old.pub")]).decode("ascii")
    assert brought.row("private_keys", path="/home/bob/.ssh/old")["fingerprint"] in shown


def test_a_folder_of_keys_that_lies_elsewhere_is_told(tree):
    tree.users((b"bob", b"1", b"/home/bob"))
    tree.link("/home/bob/.ssh", b"/var/tmp/x")
    tree.file("/var/tmp/x/authorized_keys.more", b"ssh-ed25519 AAAA evil\n")
    brought = collected(tree)
    assert brought.states("/home/bob/.ssh") == ["skipped_type"]
    assert [row["reason"] for row in brought.manifest if row.get("path") == "/home/bob/.ssh"] == [
        "not looked into: link out of /home/bob to /var/tmp/x",
    ]


def test_a_passwd_with_hashes_comes_without(tree):
    tree.file("/etc/passwd", b"root:x:0:0::/root:/bin/bash\nold:abJnggxhB/yWI:1:1::/home/old:/bin/sh\r\n")
    tree.file("/etc/group", b"wheel:$1$abcdefgh$ijklmnop:10:bob\n")
    brought = collected(tree)
    assert brought.states("/etc/passwd") == ["withheld", "collected"]
    assert b"[root]/etc/passwd" not in brought.files
    masked = b"root:x:0:0::/root:/bin/bash\nold:[des]:1:1::/home/old:/bin/sh\r\n"
    assert brought.files[b"live/masked/etc/passwd"] == masked
    assert brought.files[b"live/masked/etc/group"] == b"wheel:[md5]:10:bob\n"
    assert brought.row("homes", path="/home/old")["users"] == ["old"]


def test_a_huge_passwd_takes_little_memory(tree):
    lines = "".join("user%06d:x:1:1:somebody:/nonexistent:/bin/sh\n" % number for number in range(120000)).encode("ascii")
    tree.file("/etc/passwd", b"old:abJnggxhB/yWI:1:1::/nonexistent:/bin/sh\n" + lines)
    tree.file("/etc/shadow", "".join("user%06d:!:1:0:9:7:::\n" % number for number in range(10000)).encode("ascii"))
    growth = []
    brought = collected(tree, collect=lambda *call: growth.append(peak_growth(lambda: _accounts.collect(*call))))
    assert growth[0] < 10 << 20
    assert brought.files[b"live/masked/etc/passwd"] == b"old:[des]:1:1::/nonexistent:/bin/sh\n" + lines
    assert [row["line"] for row in brought.rows("shadow")] == list(range(1, 10001))


def test_what_of_a_passwd_is_not_looked_at_is_told(tree, monkeypatch):
    monkeypatch.setattr(_accounts, "PASSWORD_FILE_LIMIT", 40)
    tree.file("/etc/passwd", b"a:x:1:1::/home/a:/bin/sh\nb:x:2:2::/home/b:/bin/sh\n")
    brought = collected(tree)
    assert brought.files[b"live/masked/etc/passwd"] == b"a:x:1:1::/home/a:/bin/sh\nb:x:2:2::/home/"
    assert "truncated" in brought.states("/etc/passwd")


def test_shadow_never_comes(tree):
    for path in ("/etc/shadow-", "/etc/gshadow", "/etc/shadow.org", "/etc/shadow~", "/var/backups/shadow.bak"):
        tree.file(path, SHADOW)
    tree.link("/etc/passwd-", b"shadow")
    tree.link("/etc/crontab", b"/etc/shadow.org")
    brought = collected(tree)
    assert not any(b"hashhash" in data or b"saltsalt" in data for data in brought.files.values())
    assert len(brought.rows("shadow", user="root", method="sha512", locked=False)) == 5
    assert len(brought.rows("withheld_files", artifact="shadow")) == 6


def test_secrets_are_rows(tree):
    tree.file("/home/bob/.netrc", b"password")
    os.chmod(tree.path("/home/bob/.netrc"), 0o644)
    brought = collected(tree, home_artifacts=OPTIONS["home_artifacts"] + [{"name": "all", "paths": [".*"]}])
    row = brought.row("withheld_files", path="/home/bob/.netrc")
    assert (row["size"], row["mode"], row["artifact"]) == (8, "0644", "secrets")
    assert b"[root]/home/bob/.netrc" not in brought.files


def test_what_sudo_includes_comes_home(tree):
    tree.file("/etc/sudoers", b"#includedir /var/.x\n@include sudo\\ more # why\n  @include \"/opt/a b\"\n#include none\n# @include /no\n")
    tree.file("/var/.x/y", b"bob ALL=ALL\n")
    tree.file("/etc/sudo more", b"@includedir /opt/%h.d\n@include /etc/sudoers\n")
    tree.file("/opt/host.d/z", b"z ALL=ALL\n")
    tree.file("/opt/a b", b"@include /opt/a\\ b\n")
    tree.file("/no", b"no\n")
    tree.link("/opt/a", "/etc/secret")
    brought = collected(tree)
    taken = set(name[len(b"[root]"):] for name in brought.files if name.startswith(b"[root]"))
    assert {b"/var/.x/y", b"/etc/sudo more", b"/opt/host.d/z", b"/opt/a b"} <= taken and b"/no" not in taken
    assert brought.states("/etc/none") == ["absent"]


def test_the_end_of_time_leaves_a_summary(tree):
    with pytest.raises(Exception) as stopped:
        collected(tree, Limits(seconds=-1))
    assert type(stopped.value).__name__ == "Stopped"


def test_one_broken_step_does_not_cost_the_others(tree):
    tree.file("/etc/crontab", b"* * * * * root true\n")
    brought = collected(tree, home_artifacts=[{"paths": ["x"]}])
    assert brought.files[b"[root]/etc/crontab"]
    assert [row["artifact"] for row in brought.manifest if row["state"] == "failed"] == ["take homes"]


def test_artifacts_in_every_home(tree):
    tree.file("/home/bob/.own/x", b"1")
    tree.file("/root/.own/y", b"2")
    brought = collected(tree, artifacts=[{"name": "own", "paths": ["~/.own/**"]}])
    assert b"[root]/home/bob/.own/x" in brought.files and b"[root]/root/.own/y" in brought.files


def test_start_up_files_themselves_come(tree):
    tree.file("/home/bob/.bashrc", b"alias ls=rm\n")
    assert collected(tree, home_artifacts=[START_UP]).files[b"[root]/home/bob/.bashrc"] == b"alias ls=rm\n"


def test_programs_of_this_machine():
    class Here:
        root = b"/"

    line = "old:abJnggxhB/yWI:1:1::/nonexistent/old:/bin/sh"
    brought = collected(
        Here,
        artifacts=[],
        home_artifacts=[],
        private_keys=[],
        commands=[
            {"name": "fake-getent", "argv": ["echo", line], "passwd": True},
            {"name": "show", "argv": ["echo", "{path}"], "each": ["/etc/passw[d]", "/no/such/*"]},
            {"name": "plain", "argv": ["echo", "hello"]},
            {"name": "none", "argv": ["no-such-program"], "passwd": True},
        ],
    )
    assert brought.files[b"live/commands/fake-getent.txt"] == b"old:[des]:1:1::/nonexistent/old:/bin/sh\n"
    assert brought.row("homes", path="/nonexistent/old")["sources"] == ["getent"]
    assert brought.files[b"live/commands/show.etc_passwd.txt"] == b"/etc/passwd\n"
    assert brought.files[b"live/commands/plain.txt"] == b"hello\n"
    assert [row["state"] for row in brought.manifest if row.get("artifact") == "none"] == ["absent"]


def test_programs_of_an_image_are_not_run(tree):
    brought = collected(tree, commands=[{"name": "plain", "argv": ["echo", "hello"]}])
    assert not any(name.startswith(b"live/commands/") for name in brought.files)
