# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import random
import socket
import stat

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _reader
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import (
    NotRead, Reader, entry_names, state_of,
)
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.core_helpers import (
    make_deep,
    make_node,
    raw,
    remove_deep,
    write,
)

pytestmark = pytest.mark.usefixtures("nothing_left_open")


@pytest.fixture
def root(tmpdir):
    return raw(tmpdir)


@pytest.fixture
def reader(root):
    return Reader(root)


def _content(reader, path, beneath=None):
    with reader.find(path, beneath) as found:
        descriptor = reader.open_regular(found)
        try:
            return os.read(descriptor, 100)
        finally:
            os.close(descriptor)


def _refusal(work, *arguments, **options):
    with pytest.raises(NotRead) as caught:
        work(*arguments, **options)
    assert str(caught.value).startswith(caught.value.state)
    return caught.value.state, caught.value.reason


@pytest.mark.parametrize("name", [
    b"plain", b"a b", b"line\nbreak", b"\x1b]0;owned\x07", b"\xff\xfe", b"-rf", b"a\\b", b"*", b"[x]", b"...", b"x" * 255,
])
def test_any_name(reader, root, name):
    write(root + b"/d/" + name, b"bytes")
    assert _content(reader, b"/d/" + name) == b"bytes"
    assert reader.listdir(b"/d") == [name]
    with reader.find(b"//d/./" + name + b"/") as found:
        assert found.path == b"/d/" + name


@pytest.mark.parametrize("path, state", [
    (b"/absent", "absent"), (b"/d/absent", "absent"), (b"/d/file/below", "absent"), (b"/" + b"x" * 256, "absent"),
    (b"/d/a\0b", "absent"), (b"/\0", "absent"), (b"/d", "skipped_type"), (b"/", "skipped_type"), (b"", "skipped_type"),
])
def test_what_is_no_file(reader, root, path, state):
    write(root + b"/d/file")
    assert _refusal(_content, reader, path)[0] == state


def test_a_fifo_is_never_opened(reader, root):
    make_node(root + b"/fifo", stat.S_IFIFO)
    assert _refusal(_content, reader, b"/fifo") == ("skipped_type", "FIFO")
    assert _refusal(reader.listdir, b"/fifo") == ("skipped_type", "FIFO")


def test_a_socket(reader, root, monkeypatch):
    monkeypatch.chdir(root.decode("utf-8"))
    server = socket.socket(socket.AF_UNIX)
    server.bind("socket")
    assert _refusal(_content, reader, b"/socket") == ("skipped_type", "socket")
    server.close()


@pytest.mark.parametrize("kind, word", [(stat.S_IFCHR, "character device"), (stat.S_IFBLK, "block device")])
def test_a_device(reader, root, kind, word):
    make_node(root + b"/device", kind, os.makedev(1, 5))
    assert _refusal(_content, reader, b"/device") == ("skipped_type", word)


def test_a_history_that_is_a_link_to_zeros(root):
    os.symlink("/dev/zero", root + b"/.bash_history")
    assert _refusal(_content, Reader(), root + b"/.bash_history") == ("skipped_type", "character device")


def test_links_stay_in_the_root(reader, root):
    write(root + b"/etc/passwd", b"inside")
    os.symlink("/etc/passwd", root + b"/absolute")
    os.symlink("../../../../../../etc/passwd", root + b"/relative")
    os.symlink("/..", root + b"/up")
    for path in (b"/absolute", b"/relative", b"/../../etc/passwd", b"/up/etc/passwd", b"/up/../up/absolute"):
        assert _content(reader, path) == b"inside"


def test_links_are_told(reader, root):
    write(root + b"/real/file", b"x")
    os.symlink("real", root + b"/a")
    os.symlink("a/file", root + b"/b")
    with reader.find(b"/b") as found:
        assert found.path == b"/real/file"
        assert found.links == [(b"/b", b"a/file"), (b"/a", b"real")]
    os.symlink("nowhere", root + b"/c")
    with pytest.raises(NotRead) as caught:
        reader.find(b"/c")
    assert caught.value.state == "absent" and caught.value.links == [(b"/c", b"nowhere")]


def test_the_link_itself(reader, root):
    os.symlink("/dev/zero", root + b"/link")
    with reader.find(b"/link", follow=False) as found:
        assert stat.S_ISLNK(found.status.st_mode)
        assert _refusal(reader.open_regular, found) == ("skipped_type", "link")


def test_loops_end(reader, root):
    os.symlink("self", root + b"/self")
    os.symlink("b", root + b"/a")
    os.symlink("a", root + b"/b")
    os.mkdir(root + b"/d")
    os.symlink("../d/in", root + b"/d/in")
    os.symlink(".", root + b"/here")
    os.symlink("growing/x", root + b"/growing")
    for path in (b"/self", b"/a", b"/d/in/x", b"/growing", b"/" + b"here/" * 60):
        assert _refusal(reader.find, path) == ("skipped_type", "more than 40 links in a row")
    with reader.find(b"/" + b"here/" * 30) as found:
        assert found.path == b"/"


def test_a_path_beyond_path_max(reader, root):
    path = make_deep(root, b"d" * 200, 30)
    inside = path[len(root):]
    assert len(inside) > 6000
    assert _content(reader, inside) == b"deep"
    assert reader.listdir(os.path.dirname(inside)) == [b"file"]
    remove_deep(root + b"/" + b"d" * 200)


def test_a_path_beyond_reason(reader, root):
    state, reason = _refusal(reader.find, b"/d" * 20000)
    assert (state, reason) == ("skipped_type", "a path of more than 32768 bytes")
    os.mkdir(root + b"/d")
    assert _refusal(reader.find, b"/d/.." * 5000) == ("skipped_type", "more than 256 steps upwards")
    with reader.find(b"/d/.." * 200) as found:
        assert found.path == b"/"


class TestBeneath:
    @pytest.fixture
    def home(self, root):
        write(root + b"/home/u/.bash_history", b"mine")
        write(root + b"/home/other/secret", b"not mine")
        return b"/home/u"

    @pytest.mark.parametrize("target", [b"/home/other/secret", b"../other/secret", b"x/../../other/secret", b"/", b"..", b"."])
    def test_no_link_leads_out(self, reader, root, home, target):
        os.mkdir(root + home + b"/x")
        os.symlink(target, root + home + b"/link")
        state, reason = _refusal(_content, reader, home + b"/link", home)
        assert state == "skipped_type"
        assert reason.startswith("link out of /home/u to /") or target == b"."

    def test_no_folder_on_the_way_leads_out(self, reader, root, home):
        os.symlink("../other", root + home + b"/folder")
        assert _refusal(_content, reader, home + b"/folder/secret", home)[0] == "skipped_type"
        assert _refusal(_content, reader, home + b"/../other/secret", home)[0] == "skipped_type"

    def test_links_inside_are_followed(self, reader, root, home):
        os.symlink("../u/.bash_history", root + home + b"/inside")
        os.symlink("/home/u/inside", root + home + b"/again")
        assert _content(reader, home + b"/again", home) == b"mine"

    def test_a_home_that_is_a_link(self, reader, root, home):
        os.symlink("home/u", root + b"/moved")
        os.symlink("/home/u/.bash_history", root + home + b"/inside")
        with reader.find(b"/moved/inside", b"/moved") as found:
            assert found.path == b"/home/u/.bash_history"
            assert (b"/moved", b"home/u") in found.links
        with reader.find(b"/moved/.bash_history", b"/moved") as found:
            assert found.links == [(b"/moved", b"home/u")]

    def test_a_link_whose_name_begins_like_the_home(self, reader, root, home):
        write(root + b"/home/user/file", b"x")
        os.symlink("/home/user/file", root + home + b"/link")
        assert _refusal(_content, reader, home + b"/link", home)[0] == "skipped_type"

    @pytest.mark.parametrize("path", [b"/etc/passwd", b"/home", b"/home/other/secret", b"/home/user", b"/"])
    def test_what_is_not_there_to_begin_with(self, reader, home, path):
        assert _refusal(_content, reader, path, home) == ("skipped_type", "not in /home/u")

    def test_an_absent_home(self, reader, home):
        assert _refusal(_content, reader, b"/home/gone/.profile", b"/home/gone")[0] == "absent"

    def test_reasons_harm_no_terminal(self, reader, root, home):
        os.symlink("/\x1b[31m\n", root + home + b"/link")
        assert _refusal(_content, reader, home + b"/link", home)[1] == "link out of /home/u to /\\x1b[31m\\x0a"


def test_the_kernel_would_go_the_same_way(tmpdir):
    """Random trees of folders and links: where we end is where the kernel ends."""
    chance = random.Random(4)
    compared = 0
    for number in range(8):
        top = str(tmpdir.mkdir("tree%d" % number))
        folders = [top]
        for name in range(12):
            folders.append(os.path.join(chance.choice(folders), "d%d" % name))
            os.mkdir(folders[-1])
        for name in range(15):
            target = chance.choice(folders) if chance.random() < 0.4 else "/".join(
                chance.choice(["..", ".", "d1", "d2", "l3", "l4", "l5"]) for _unused in range(chance.randrange(1, 4))
            )
            os.symlink(target, os.path.join(chance.choice(folders), "l%d" % name))
        names = ["..", ".", "d0", "d1", "d2", "d3"] + ["l%d" % name for name in range(15)]
        reader = Reader()
        for _unused in range(300):
            path = os.path.join(chance.choice(folders), *[chance.choice(names) for _each in range(chance.randrange(1, 4))])
            expected = os.path.realpath(path) if os.path.exists(path) else None
            try:
                with reader.find(path.encode("ascii")) as found:
                    real = found.path.decode("ascii")
            except NotRead as error:
                assert expected is None, (path, error)
            else:
                assert real == expected or expected is None and not os.path.isdir(os.path.dirname(path))
                compared += 1
    assert compared > 100


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_what_is_denied(reader, root):
    write(root + b"/secret", b"x")
    os.chmod(root + b"/secret", 0o600)
    os.chmod(root, 0o755)
    os.seteuid(65534)
    try:
        assert _refusal(_content, reader, b"/secret")[0] == "denied"
    finally:
        os.seteuid(0)


def test_network_mounts_are_not_touched(root):
    write(root + b"/net/file", b"x")
    write(root + b"/nets", b"x")
    os.symlink("/net/file", root + b"/link")
    reader = Reader(root, {b"/net": "nfs4"})
    for path in (b"/net", b"/net/file", b"/link", b"/nets/../net/absent"):
        assert _refusal(reader.find, path) == ("skipped_type", "network file system nfs4 at /net")
    assert _content(reader, b"/nets") == b"x"
    assert reader.listdir(b"/") == [b"link", b"net", b"nets"]
    assert reader.matches(b"/**").paths == [b"/link", b"/nets"] or b"/net/file" not in reader.matches(b"/**").paths


def test_access_times_stay(reader, root):
    path = write(root + b"/file", b"x")
    os.utime(path, (1000000000, 1500000000))
    assert _content(reader, b"/file") == b"x"
    assert os.stat(path).st_atime == 1000000000


def test_an_exchange_after_the_look_changes_nothing(reader, root):
    path = write(root + b"/file", b"first")
    with reader.find(b"/file") as found:
        os.unlink(path)
        make_node(path, stat.S_IFIFO)
        descriptor = reader.open_regular(found)
        assert os.read(descriptor, 10) == b"first"
        os.close(descriptor)


def test_a_folder_with_very_many_names(in_memory):
    for number in range(100050):
        os.mknod(os.path.join(in_memory, str(number)), 0o600 | stat.S_IFREG)
    reader = Reader(in_memory.encode("ascii"))
    names = reader.listdir(b"/")
    assert len(names) == _reader.MAX_NAMES and names == sorted(names)
    found = reader.matches(b"/9999?")
    assert len(found.paths) <= 10 and found.cut == "more than 100000 names in one folder"
    assert len(reader.listdir(b"/", limit=10)) == 10


def test_names_of_an_open_folder(root):
    write(root + b"/a")
    write(root + b"/\xff")
    descriptor = os.open(root, os.O_RDONLY)
    try:
        assert sorted(entry_names(descriptor)) == [b"a", b"\xff"]
    finally:
        os.close(descriptor)


class TestMatches:
    @pytest.fixture
    def tree(self, root):
        for path in (b"/a/1.log", b"/a/2.log", b"/a/.hidden.log", b"/a/b/3.log", b"/a/b/c/4.log", b"/x[1]/5.log", b"/x1/6.log"):
            write(root + path)
        os.symlink("/x1", root + b"/a/link")
        return root

    @pytest.mark.parametrize("pattern, paths", [
        (b"/a/*.log", [b"/a/.hidden.log", b"/a/1.log", b"/a/2.log"]),
        (b"/a/?.log", [b"/a/1.log", b"/a/2.log"]),
        (b"/a/[13].log", [b"/a/1.log"]),
        (b"/a/[!1].log", [b"/a/2.log"]),
        (b"/a/**/*.log", [b"/a/.hidden.log", b"/a/1.log", b"/a/2.log", b"/a/b/3.log", b"/a/b/c/4.log"]),
        (b"/a/*/*.log", [b"/a/b/3.log", b"/a/link/6.log"]),
        (b"/a/b/**", [b"/a/b/3.log", b"/a/b/c", b"/a/b/c/4.log"]),
        (b"/a/1.log", [b"/a/1.log"]),
        (b"/a/../a/1.log", [b"/a/../a/1.log"]),
        (b"/absent/*", []), (b"/a/absent", []), (b"/a/1.log/*", []), (b"/*/\0*", []), (b"/a\0/*", []),
    ])
    def test_patterns(self, reader, tree, pattern, paths):
        assert sorted(reader.matches(pattern).paths) == paths

    def test_a_home_is_no_pattern(self, reader, tree):
        assert reader.matches(b"/x[1]/*.log").paths == [b"/x1/6.log"]
        assert reader.matches(b"/x[1]/*.log", b"/x[1]").paths == [b"/x[1]/5.log"]
        assert reader.matches(b"/x[1]/**", b"/x[1]").paths == [b"/x[1]/5.log"]

    def test_links_out_of_a_home_are_not_followed(self, reader, tree):
        assert reader.matches(b"/a/*/*.log", b"/a").paths == [b"/a/b/3.log"]

    def test_limits(self, reader, tree):
        found = reader.matches(b"/**", limit=3)
        assert (len(found.paths), found.cut) == (3, "more than 3 matches")

    def test_a_deep_tree(self, reader, tree):
        make_deep(tree + b"/a", b"d", 300)
        found = reader.matches(b"/a/**/file")
        assert (found.paths, found.cut) == ([], "deeper than 64 folders")

    def test_whoever_asks_can_end_it(self, reader, tree):
        class Enough(Exception):
            pass

        def check():
            seen.append(1)
            if len(seen) > 2:
                raise Enough

        seen = []
        with pytest.raises(Enough):
            reader.matches(b"/a/**/x", check=check)


@pytest.mark.parametrize("number, state", [(2, "absent"), (13, "denied"), (1, "denied"), (5, "failed"), (116, "failed"), (36, "absent")])
def test_states_of_errors(number, state):
    assert state_of(OSError(number, "x")) == state


def test_an_error_can_be_printed_on_every_python():
    error = NotRead("failed", u"link out of /h\u00f6me to /\u202e")
    assert "link out of" in str(error) and "link out of" in "%s" % error
