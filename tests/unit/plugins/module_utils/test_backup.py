# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A backup in pieces: none larger than it may be, and together one part with every byte."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import io
import json
import os
import tarfile

import pytest

from ansible_collections.csirt.linux_triage.plugins.module_utils._backup import _backup, _backup_plan
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection import Collection, Limits, Stopped
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.core_helpers import END, raw, unpacked
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.web_helpers import make_proc, process, write

SIZE = 12  # MiB of a piece
LARGE = os.urandom(25 << 20)
MEDIUM = os.urandom(5 << 20)
ARTIFACTS = [{"name": "configuration", "paths": ["/etc", "/var/spool", "/opt/*/conf"]}]
HOST = {
    "/etc/nginx/nginx.conf": b"include /data/vhost.conf;",
    "/data/vhost.conf": b"http { server { root /srv/site; } }",
    "/data/private": b"not named",
    "/etc/shadow": b"root:$6$x$y:1::::::",
    "/etc/localtime": b"-> /usr/share/zoneinfo/UTC",
    "/var/spool/cron/root": b"* * * * * x\n",
    "/opt/app/conf/app.ini": b"x=1",
    "/srv/site/a.bin": MEDIUM,
    "/srv/site/b.bin": MEDIUM[::-1],
    "/srv/site/large.bin": LARGE,
    "/srv/site/sub/page.html": b"<html>",
    "/srv/site/empty": b"",
    "/srv/site/out": b"-> /data",
}


class Host:
    """A host that is backed up; `pieces` are those at home, `rows` their manifests, `problem` why it was stopped."""

    def __init__(self, tmpdir, files, proc=None, **limits):
        self.root = str(tmpdir.join("root"))
        self.workspace = raw(tmpdir) + b"/workspace"
        os.mkdir(self.workspace)
        write(self.root, files)
        self.proc = raw(proc) if proc else None
        self.max_size = 2 << 20
        self.limits = dict({"reserve_bytes": 0}, **limits)
        self.pieces = []
        self.problem = None

    def piece(self, number):
        """Makes one piece, takes it home, removes it; returns the summary."""
        name = "80-backup-%03d" % number
        collection = Collection(self.workspace, name.encode("ascii"), "backup", raw(self.root), Limits(**self.limits))
        options = {"part": name, "part_size": SIZE, "artifacts": ARTIFACTS, "webroots": [], "webservices": []}
        options["max_size"] = self.max_size
        try:
            _backup.collect(collection, options, self.proc)
        except Stopped as stop:
            self.problem = stop.reason
        collection.close()
        path = os.path.join(self.workspace, name.encode("ascii") + b".tar.gz")
        with open(path, "rb") as stream:
            self.pieces.append(stream.read())
        os.unlink(path)
        return collection.summary

    def run(self, between=lambda: None):
        """All pieces, the plan first; returns the summary of the plan."""
        plan = summary = self.piece(0)
        while summary.get("more"):
            summary = self.piece(len(self.pieces))
            between()
        return plan

    def home(self, tmpdir):
        """({name: bytes, ``-> target`` of a link}, manifest rows by path) of all pieces, laid one behind the other."""
        path = str(tmpdir.join("joined"))
        with open(path, "wb") as stream:
            stream.write(b"".join(self.pieces))
        found, rows = {}, {}
        with tarfile.open(fileobj=io.BytesIO(unpacked(path) + END)) as tar:
            for entry in tar:
                data = tar.extractfile(entry).read() if entry.isreg() else b"-> " + entry.linkname.encode("ascii")
                if entry.name.startswith("manifest/"):
                    lines = [json.loads(line.decode("ascii")) for line in data.splitlines()]
                    rows.update((row.get("path"), row) for row in lines)
                else:
                    found[entry.name] = data
        return found, rows


def test_every_byte_comes_home_in_pieces_of_bounded_size(tmpdir, nothing_left_open):
    host = Host(tmpdir, HOST)
    plan = host.run()
    found, rows = host.home(tmpdir)
    wanted = dict((path, data) for path, data in HOST.items() if path not in ("/data/private", "/etc/shadow"))
    assert found == dict(("[root]" + path, data) for path, data in wanted.items())
    assert all(len(piece) <= SIZE << 20 for piece in host.pieces) and 6 <= len(host.pieces) <= plan["pieces"]
    assert plan["files"] == 12 and plan["backup"] == "35.0 MiB in 12 files, in pieces of at most 12 MiB"
    assert rows["/etc/shadow"]["state"] == "withheld"
    assert rows["/srv/site/large.bin"]["state"] == "collected" and rows["/srv/site/large.bin"]["size"] == len(LARGE)
    assert rows["/srv/site/a.bin"]["sha256"] and "sha256" not in rows["/srv/site/large.bin"]


def test_a_file_that_shrinks_or_vanishes_between_two_pieces_is_filled_and_told(tmpdir):
    host = Host(tmpdir, {"/etc/a.bin": LARGE, "/etc/b.bin": LARGE, "/etc/c": "c"})

    def lose():
        if os.path.exists(host.root + "/etc/a.bin"):
            os.unlink(host.root + "/etc/a.bin")
        with open(host.root + "/etc/b.bin", "r+b") as stream:
            stream.truncate(20 << 20)

    host.run(lose)
    found, rows = host.home(tmpdir)
    taken = found["[root]/etc/a.bin"].rstrip(b"\0")
    assert len(found["[root]/etc/a.bin"]) == len(LARGE) and LARGE.startswith(taken) and 1 << 20 < len(taken) < len(LARGE)
    assert rows["/etc/a.bin"]["state"] == "changed" and "absent" in rows["/etc/a.bin"]["reason"]
    assert found["[root]/etc/b.bin"] == LARGE[:20 << 20] and found["[root]/etc/c"] == b"c"


def test_a_file_with_holes_is_not_taken_by_the_terabyte(tmpdir):
    host = Host(tmpdir, {"/etc/x": "x"}, file_bytes=30 << 20)
    with open(host.root + "/etc/holes", "wb") as stream:
        stream.truncate(1 << 40)
    host.run()
    found, rows = host.home(tmpdir)
    assert found["[root]/etc/holes"] == b"\0" * (30 << 20) and rows["/etc/holes"]["state"] == "truncated"


def test_a_piece_ends_by_itself_before_its_time_does(tmpdir, monkeypatch):
    monkeypatch.setattr(_backup, "MARGIN", 10 ** 6)
    host = Host(tmpdir, dict(("/etc/%d" % number, "x") for number in range(5)))
    host.run()
    assert len(host.pieces) == 6 and len(host.home(tmpdir)[0]) == 5 and host.problem is None


def test_without_room_for_a_piece_the_backup_stops_and_says_why(tmpdir):
    host = Host(tmpdir, {"/etc/x": "x"})
    host.piece(0)
    host.limits["reserve_bytes"] = 1 << 60
    assert "more" not in host.piece(1) and host.problem == "no room for a piece of 8 MiB in the workspace"


def test_what_a_container_serves(tmpdir):
    root = str(tmpdir.join("root"))
    proc = make_proc(root)
    write(root, {"/container/etc/nginx/nginx.conf": "http { server { root /app; } }", "/container/app/a.php": "<?php"})
    write(root, {"/container/app/large": LARGE})
    process(
        proc, 77, "/usr/sbin/nginx", ["nginx", "-c", "/etc/nginx/nginx.conf"], namespace=2,
        root=os.path.join(root, "container"),
    )
    host = Host(tmpdir, {"/etc/x": "x"}, proc)
    host.run()
    found, _rows = host.home(tmpdir)
    assert found == {
        "[root]/etc/x": b"x", "live/web/77/root/app/a.php": b"<?php", "live/web/77/root/app/large": LARGE,
        "live/web/77/root/etc/nginx/nginx.conf": b"http { server { root /app; } }",
    }


@pytest.mark.parametrize("limit, left", [(2, 3), (5, 0)])
def test_a_plan_is_bounded(tmpdir, monkeypatch, limit, left):
    monkeypatch.setattr(_backup_plan, "MAX_FILES", limit)
    host = Host(tmpdir, dict(("/etc/%d" % number, "x") for number in range(5)))
    host.run()
    found, rows = host.home(tmpdir)
    assert len(found) == limit
    assert ["%d files more than %d" % (left, limit)] * bool(left) == [
        row["reason"] for row in rows.values() if row["state"] == "skipped_budget"
    ]


def test_a_backup_has_not_more_than_it_may_and_names_what_stays(tmpdir):
    host = Host(tmpdir, {"/etc/a": "x", "/etc/b": MEDIUM, "/etc/c": "y"})
    host.max_size = 4
    host.run()
    found, rows = host.home(tmpdir)
    assert sorted(found) == ["[root]/etc/a", "[root]/etc/c"]
    assert rows["/etc/b"]["state"] == "skipped_budget" and "of the backup's 4194304 are planned" in rows["/etc/b"]["reason"]
