# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which files of a host are read in search of web shells, and what the rows and the manifest say of them."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import hashlib
import json
import os

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _streams
from ansible_collections.csirt.linux_triage.plugins.module_utils._web import _webshell_scan
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.core_helpers import collecting, raw
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.web_helpers import write

SHELL = "<?php system($_GET['c']);"
IMAGE = b"\x89PNG" + bytes(bytearray(range(256))) * 100
RULES = [
    {"id": "command", "title": "Command", "weight": 84, "facts": ["command.request"]},
    {"id": "polyglot", "title": "Polyglot", "weight": 45, "facts": ["polyglot"]},
    {"id": "handler", "title": "Handler", "weight": 70, "facts": ["handler.disguised"]},
]
HOST = {
    "/etc/passwd": "www:x:33:33::/srv/www:/bin/sh\n",
    "/etc/nginx/nginx.conf": "http { server { root /srv/www; } }",
    "/srv/www/shell.php": "<?php\n\n" + SHELL[6:],
    "/srv/www/index.php": "<?php echo 1;",
    "/srv/www/up/logo.png": IMAGE + SHELL.encode("ascii"),
    "/srv/www/up/real.png": IMAGE,
    "/srv/www/up/.htaccess": "AddHandler application/x-httpd-php .png",
    "/srv/www/up/job": "#!/bin/sh\necho Content-type: text/plain\neval $QUERY_STRING\n",
    "/srv/www/out": "-> /etc",
    "/srv/elsewhere/shell.php": SHELL,
}


def scanned(tmpdir, files, rules=None, options=None):
    """({path: rows}, manifest rows, rows of trees, summary) of a host."""
    root = str(tmpdir.join("root"))
    write(root, files)
    with collecting(tmpdir, raw(root)) as collection:
        _webshell_scan.collect(collection, dict({"rules": rules or RULES}, **(options or {})))
    entries, found = collection.got.entries, {}
    for row in _rows(entries, "webshell_hits"):
        found.setdefault(row["path"], []).append(row)
    return found, collection.got.rows, _rows(entries, "webshell_trees"), collection.summary


def _rows(entries, table):
    lines = entries[("tables/%s.jsonl" % table).encode("ascii")][1].splitlines()
    return [json.loads(line.decode("ascii")) for line in lines]


def test_served_scripts_are_read_whatever_their_names(tmpdir, nothing_left_open):
    hits, _manifest, trees, summary = scanned(tmpdir, HOST)
    assert sorted(hits) == ["/srv/www/shell.php", "/srv/www/up/.htaccess", "/srv/www/up/job", "/srv/www/up/logo.png"]
    assert summary == {"scripts": 5, "likely": 4, "suspicious": 0}
    assert [(tree["path"], tree["scripts"], tree["likely"]) for tree in trees] == [("/srv/www", 5, 4)]


def test_a_row_has_the_file_and_the_place(tmpdir):
    (row,) = scanned(tmpdir, HOST)[0]["/srv/www/shell.php"]
    data = HOST["/srv/www/shell.php"].encode("ascii")
    assert (row["rule"], row["line"], row["score"], row["signals"]) == ("command", 3, 84, 1)
    assert (row["sha256"], row["size"]) == (hashlib.sha256(data).hexdigest(), len(data))
    assert row["excerpt"] == "system($_GET['c']);"


def test_folders_that_the_user_names_are_read(tmpdir):
    hits = scanned(tmpdir, HOST, options={"webroots": ["/srv/elsewhere"]})[0]
    assert "/srv/elsewhere/shell.php" in hits


def test_a_bad_rule_is_in_the_manifest_and_the_others_work(tmpdir):
    hits, manifest, _trees, _summary = scanned(tmpdir, HOST, RULES + [{"id": "bad", "title": "Bad", "weight": 1, "patterns": ["("]}])
    assert [row["state"] for row in manifest if "rule bad" in row.get("reason", "")] == ["failed"]
    assert len(hits) == 4


def test_of_a_large_file_both_ends_are_read(tmpdir):
    files = dict(HOST)
    files["/srv/www/large.php"] = "<?php $x = '" + "A" * (9 << 20) + "'; `$_GET[0]`;"
    hits, manifest, _trees, _summary = scanned(tmpdir, files)
    assert "sha256" not in hits["/srv/www/large.php"][0]
    (note,) = [row for row in manifest if row.get("path") == "/srv/www/large.php"]
    assert note["state"] == "truncated"


def test_a_file_that_changes_while_it_is_read_is_noted(tmpdir, monkeypatch):
    path = str(tmpdir.join("root")) + "/srv/www/shell.php"

    def grow(descriptor, limit):
        data = _streams.read_all(descriptor, limit)
        if b"system" in data:
            with open(path, "a") as stream:
                stream.write("//")
        return data

    monkeypatch.setattr(_webshell_scan, "peek", grow)
    hits, manifest, _trees, _summary = scanned(tmpdir, HOST)
    assert "/srv/www/shell.php" in hits
    assert [row["state"] for row in manifest if row.get("path") == "/srv/www/shell.php"] == ["changed"]


def test_an_error_in_one_file_does_not_cost_the_others(tmpdir, monkeypatch):
    whole = _webshell_scan._scan.scan

    def scan(data, language, rules):
        if data == b"<?php echo 1;":
            raise ValueError("unforeseen")
        return whole(data, language, rules)

    monkeypatch.setattr(_webshell_scan._scan, "scan", scan)
    hits, manifest, _trees, _summary = scanned(tmpdir, HOST)
    assert len(hits) == 4
    assert [row["state"] for row in manifest if row.get("path") == "/srv/www/index.php"] == ["failed"]


def test_what_is_no_regular_file_is_never_opened(tmpdir):
    os.makedirs(str(tmpdir.join("root/srv/www")))
    os.mkfifo(str(tmpdir.join("root/srv/www/fifo.php")))
    assert len(scanned(tmpdir, HOST)[0]) == 4
