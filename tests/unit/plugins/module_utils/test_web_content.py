# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes home of served folders and drop zones, and what an intruder can't keep from going."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import hashlib
import json
import os

from ansible_collections.csirt.linux_triage.plugins.module_utils._web import _web_content, _web_walk
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.core_helpers import collecting, raw
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.test_web_scripts import PE, elf
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.web_helpers import make_proc, process, write

SHELL = b"<?php system($_GET['c']);"
IMAGE = b"\x89PNG" + bytes(bytearray(range(256))) * 100
HOST = {
    "/etc/passwd": "www:x:33:33::/srv/www:/bin/sh\nann:x:%d:1000::/home/ann:/bin/sh\n" % os.getuid(),
    "/etc/nginx/nginx.conf": "http { server { root /srv/www; } }",
    "/srv/www/index.php": "<?php echo 1;",
    "/srv/www/wp-config.php": "<?php define('DB_PASSWORD', 'secret');",
    "/srv/www/up/logo.png": IMAGE + SHELL,
    "/srv/www/up/real.png": IMAGE,
    "/srv/www/up/page.html": "<html>",
    "/srv/www/up/.htaccess": "AddHandler application/x-httpd-php .png",
    "/srv/www/up/job": "#!/usr/bin/perl\n",
    "/srv/www/up/tool.txt": elf(2),
    "/srv/www/up/empty.php": "",
    "/srv/www/out": "-> /etc",
    "/tmp/.x/run": elf(3, segments=(1, 3)),
    "/tmp/.x/lib.so": elf(3),
    "/tmp/win.exe": PE,
    "/tmp/notes": "nothing to see",
    "/var/tmp/s": "#!/bin/sh\n",
    "/dev/shm/k.php": "<?=`id`?>",
    "/dev/.hidden": "a file where devices are",
    "/home/ann/.config/run": "#!/bin/bash\n",
    "/home/ann/script": "#!/bin/bash\n",
}


def collected(tmpdir, files, proc=None, options=None, **limits):
    """({path: row}, manifest rows, {name in the archive: bytes}, summary) of a host."""
    root = str(tmpdir.join("root"))
    write(root, files)
    with collecting(tmpdir, raw(root), **limits) as collection:
        _web_content.collect(collection, options or {}, raw(proc) if proc else None)
    entries = collection.got.entries
    lines = entries.get(b"tables/web_files.jsonl", (None, b""))[1].splitlines()
    rows = [json.loads(line.decode("ascii")) for line in lines]
    return dict((row["path"], row) for row in rows), collection.got.rows, entries, collection.summary


def test_scripts_and_programs_go_home_and_everything_that_is_served_has_a_row(tmpdir, nothing_left_open):
    rows, _manifest, entries, summary = collected(tmpdir, HOST)
    found = dict((path, (row.get("script"), row.get("magic"), row["zone"])) for path, row in rows.items())
    taken = {
        "/srv/www/index.php": ("php", "php_tag", "web"), "/srv/www/wp-config.php": ("php", "php_tag", "web"),
        "/srv/www/up/logo.png": ("php", "php_tag", "web"), "/srv/www/up/.htaccess": ("htaccess", None, "web"),
        "/srv/www/up/job": ("perl", "script", "web"), "/srv/www/up/tool.txt": (None, "elf", "web"),
        "/tmp/.x/run": (None, "elf", "tmp"), "/tmp/.x/lib.so": (None, "shared_object", "tmp"),
        "/tmp/win.exe": (None, "pe32", "tmp"), "/var/tmp/s": ("shell", "script", "var_tmp"),
        "/dev/shm/k.php": ("php", "php_tag", "shm"), "/dev/.hidden": (None, None, "dev"),
        "/home/ann/.config/run": ("shell", "script", "hidden_home"),
    }
    rest = {
        "/srv/www": (None, None, "web"), "/srv/www/up": (None, None, "web"), "/srv/www/out": (None, None, "web"),
        "/srv/www/up/real.png": (None, None, "web"), "/srv/www/up/page.html": (None, None, "web"),
        "/srv/www/up/empty.php": ("php", None, "web"),
    }
    assert found == dict(taken, **rest)
    for path in taken:
        data = HOST[path] if isinstance(HOST[path], bytes) else HOST[path].encode("ascii")
        assert entries[b"[root]" + path.encode("ascii")][1] == data
        assert rows[path]["sha256"] == hashlib.sha256(data).hexdigest() and rows[path]["state"] == "collected"
        assert rows[path]["archived"] == "[root]" + path
    assert not any("archived" in rows[path] for path in rest)
    assert not any(name.startswith(b"[root]/etc") for name in entries)
    assert rows["/srv/www/index.php"]["owner"] == "ann" and rows["/srv/www/out"]["type"] == "link"
    assert summary == {"files": 16, "scripts": 8, "programs": 4, "taken": 13}


def test_what_a_container_serves_comes_from_its_own_files(tmpdir):
    root = str(tmpdir.join("root"))
    write(root, {"/container/etc/nginx/nginx.conf": "http { server { root /app; } }", "/container/app/a.php": SHELL})
    write(root, {"/container/tmp/x": elf(2), "/container/usr/sbin/nginx": elf(2)})
    proc = make_proc(root)
    process(
        proc, 77, "/usr/sbin/nginx", ["nginx", "-c", "/etc/nginx/nginx.conf"], namespace=2,
        root=os.path.join(root, "container"),
    )
    rows, _manifest, entries, _summary = collected(tmpdir, {}, proc)
    assert rows["/app/a.php"]["archived"] == "live/web/77/root/app/a.php"
    assert rows["/app/a.php"]["view"] == "/proc/77/root"
    assert entries[b"live/web/77/root/app/a.php"][1] == SHELL and entries[b"live/web/77/root/tmp/x"][1] == elf(2)


def test_a_tree_that_is_full_of_programs_leaves_room_and_says_so(tmpdir, monkeypatch):
    monkeypatch.setattr(_web_content, "OTHER_BYTES", 1000)
    files = dict(("/tmp/%d" % number, elf(2).ljust(300, b"x")) for number in range(10))
    files.update({"/etc/nginx/nginx.conf": "http { server { root /srv; } }", "/srv/a.php": "<?php ", "/var/tmp/t": elf(2)})
    rows, manifest, _entries, _summary = collected(tmpdir, files)
    states = [row["state"] for path, row in rows.items() if path.startswith("/tmp/")]
    assert sorted(states) == ["collected"] * 3 + ["skipped_budget"] * 7
    assert rows["/srv/a.php"]["state"] == rows["/var/tmp/t"]["state"] == "collected"
    assert ["7 scripts and programs were not taken: more than 0 MiB"] == [
        row["reason"] for row in manifest if row["state"] == "skipped_budget"
    ]


def test_the_scripts_of_a_tree_come_before_what_is_only_handed_out(tmpdir, monkeypatch):
    monkeypatch.setattr(_web_walk, "WAITING", 3)
    monkeypatch.setattr(_web_content, "SERVED_BYTES", 60)
    files = dict(("/srv/%d.jpg" % number, b"\xff\xd8" + SHELL) for number in range(9))
    files.update({"/etc/nginx/nginx.conf": "http { server { root /srv; } }", "/srv/z/z.php": SHELL})
    rows, _manifest, _entries, _summary = collected(tmpdir, files)
    assert len(rows) == 12 and rows["/srv/z/z.php"]["state"] == "collected"


def test_rows_are_bounded(tmpdir, monkeypatch):
    monkeypatch.setattr(_web_content, "MAX_ROWS", 5)
    files = dict(("/srv/%d.html" % number, "x") for number in range(9))
    files["/etc/nginx/nginx.conf"] = "http { server { root /srv; } }"
    rows, manifest, _entries, _summary = collected(tmpdir, files)
    assert len(rows) == 5 and [row["reason"] for row in manifest if row["state"] == "skipped_budget"] == ["5 rows more than 5"]
