# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of the collection on web shells of many kinds, and on what looks like one."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.csirt.linux_triage.plugins.module_utils._web import _web_scripts
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell import _scan
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._rules import Rules
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils import webshell_samples

ROOT = Path(__file__).resolve().parents[4]
ROWS = yaml.safe_load((ROOT / "roles/web/vars/main.yml").read_text())["__web_webshell_rules"]
RULES = Rules(ROWS)


def score(name, data):
    """The score of a file, its language seen as the collector sees it."""
    name = os.path.basename(name).encode()
    language = _web_scripts.language_of(name, data[:_web_scripts.HEAD]) or _web_scripts.tag_in(data)
    return _scan.scan(data, language, RULES).score


@pytest.mark.parametrize("family", webshell_samples.families())
def test_most_of_each_family_is_told(family):
    scores = {name: score(name, data) for name, data in webshell_samples.samples(family)}
    missed = {name: value for name, value in scores.items() if value < _scan.LIKELY}
    assert len(missed) <= len(scores) * 0.15, missed


def test_samples_are_harmless_where_they_lie():
    for path in (ROOT / "tests" / "webshells").iterdir():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"[<$(]", text), path.name
    assert sum(len(webshell_samples.samples(family)) for family in webshell_samples.families()) >= 150


CLEAN = {
    "upload.php": """<?php
class Upload {
    private $allowed = array('jpg' => 'image/jpeg', 'png' => 'image/png');
    public function store(array $file, $folder) {
        $extension = strtolower(pathinfo($file['name'], PATHINFO_EXTENSION));
        if (!isset($this->allowed[$extension])) { throw new RuntimeException('type'); }
        $target = $folder . '/' . bin2hex(random_bytes(8)) . '.' . $extension;
        move_uploaded_file($file['tmp_name'], $target);
        return $target;
    }
}
$upload = new Upload();
echo $upload->store($_FILES['picture'], __DIR__ . '/pictures');
""",
    "front.php": """<?php
require __DIR__ . '/vendor/autoload.php';
$pages = array('home' => 'home.php', 'about' => 'about.php');
$page = isset($_GET['page']) && isset($pages[$_GET['page']]) ? $pages[$_GET['page']] : 'home.php';
include __DIR__ . '/pages/' . $page;
$handlers = array('save' => 'on_save', 'delete' => 'on_delete');
if (isset($handlers[$_POST['action']])) { call_user_func($handlers[$_POST['action']], $_POST); }
""",
    "convert.php": """<?php
$width = (int) $_GET['width'];
exec('convert ' . escapeshellarg($source) . ' -resize ' . $width . ' ' . escapeshellarg($target), $output, $code);
""",
    "cache.php": """<?php
$key = md5($_SERVER['REQUEST_URI']);
$file = __DIR__ . '/cache/' . $key . '.html';
if (is_file($file)) { readfile($file); exit; }
ob_start(); include 'page.php'; file_put_contents($file, ob_get_contents()); ob_end_flush();
""",
    "list.jsp": """<%@ page import="java.util.*" %>
<% String q = request.getParameter("q"); List<String> found = search.find(q); for (String one : found) { %>
<li><%= org.apache.commons.text.StringEscapeUtils.escapeHtml4(one) %></li><% } %>
""",
    "status.cgi": "#!/bin/sh\necho 'Content-type: text/plain'\necho\nuptime\necho \"$REMOTE_ADDR\"\n",
    "form.py": "#!/usr/bin/python3\nimport cgi, html\nform = cgi.FieldStorage()\nprint('Content-Type: text/html\\n')\n"
               "print(html.escape(form.getvalue('name', '')))\n",
    ".htaccess": "RewriteEngine On\nRewriteCond %{REQUEST_FILENAME} !-f\nRewriteRule . /index.php [L]\n<Files wp-config.php>\nDeny from all\n"
                 "</Files>\n",
}


@pytest.mark.parametrize("name", sorted(CLEAN))
def test_clean_code_is_not_taken_for_a_shell(name):
    assert score(name, CLEAN[name].encode()) < _scan.SUSPICIOUS


def test_every_rule_can_be_used_and_says_why():
    assert RULES.problems == []
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert row["why"] and re.fullmatch(r"T1\d{3}(\.\d{3})?", row["attack"]), row["id"]
