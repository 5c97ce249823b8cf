# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scripts and programs by their names and bytes."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import struct

import pytest

from ansible_collections.csirt.linux_triage.plugins.module_utils._web import _web_scripts


@pytest.mark.parametrize("name, language", [
    (b"index.php", "php"), (b"x.PHTML", "php"), (b"x.phar", "php"), (b"db.inc", "php"), (b"photo.php.jpg", "php"),
    (b"wp-config.php~", "php"), (b"wp-config.php.bak", "php"), (b"shell.php.", "php"), (b"a.jsp;.jpg", "jsp"),
    (b"x.jspx", "jsp"), (b"app.war", "jsp"), (b"x.aspx", "asp"), (b"x.ashx", "asp"), (b"x.py", "python"), (b"x.pl", "perl"),
    (b"x.pl.old", "perl"), (b"x.rb", "ruby"), (b"x.sh", "shell"), (b"x.lua", "lua"), (b"x.go", "go"), (b"x.mjs", "js"),
    (b"x.cgi", "other"), (b".htaccess", "htaccess"), (b".user.ini", "user_ini"), (b"x.jpg", None), (b"x.js", None),
    (b"mail.ru.png", None), (b"php", None), (b"README", None), (b"\xff.php", "php"), (b"", None),
])
def test_the_language_of_a_name(name, language):
    assert _web_scripts.language_by_name(name) == language


PE = b"MZ" + b"\0" * 58 + struct.pack("<I", 64) + b"PE\0\0"


def elf(kind, wide=True, order="<", segments=(1,)):
    """The headers of a program for Linux."""
    start = b"\x7fELF" + (b"\2" if wide else b"\1") + (b"\1" if order == "<" else b"\2") + b"\1" + b"\0" * 9
    begin = 64 if wide else 52
    head = start + struct.pack(order + "HHI", kind, 62, 1)
    if wide:
        head += struct.pack(order + "QQQIHHHHHH", 0, begin, 0, 0, 64, 56, len(segments), 0, 0, 0)
    else:
        head += struct.pack(order + "IIIIHHHHHH", 0, begin, 0, 0, 52, 32, len(segments), 0, 0, 0)
    return head + b"".join(struct.pack(order + "I", one).ljust(56 if wide else 32, b"\0") for one in segments)


@pytest.mark.parametrize("head, magic", [
    (elf(2), "elf"), (elf(3, segments=(1, 3)), "elf"), (elf(3, segments=(1, 2)), "shared_object"),
    (elf(3, wide=False, order=">"), "shared_object"), (elf(3, wide=False, order=">", segments=(3,)), "elf"), (elf(1), "elf"),
    (b"\x7fELF", "elf"), (elf(3)[:66], "elf"), (PE, "pe32"), (b"MZ is how this text begins" * 9, None), (PE[:66], None),
    (b"#!/bin/sh\n", "script"), (b"#! /usr/bin/env python3", "script"), (b"\xef\xbb\xbf#!/bin/sh", "script"), (b"#!", None),
    (b"<?php echo 1;", "php_tag"), (b"GIF89a\0\0<?php\nsystem($_GET[0]);", "php_tag"), (b"<?= $x ?>", "php_tag"),
    (b"<?=`id`?>", "php_tag"), (b"<? eval($_POST['x']);", "php_tag"), (b"<script language='php'>", "php_tag"),
    (b"<?xml version='1.0'?>", None), (b"<?xpacket begin=''?>", None), (b"\x89PNG<?=\x01\x02", None), (b"<? ?>", None),
    (b"<%@ Page Language='C#' %>", "asp_tag"), (b"<%eval request(1)%>", "asp_tag"), (b"<script runat=server>", "asp_tag"),
    (b"<%@page import='java.io.*'%>", "jsp_tag"), (b"<% Runtime.getRuntime().exec(x)", "jsp_tag"), (b"<jsp:root>", "jsp_tag"),
    (b"<script>var a = 1;</script>", None), (b"100 <% of all", None), (b"", None), (b"\0" * 4096, None),
    (b"PK\x03\x04" + b"\0" * 26 + b"META-INF/MANIFEST.MF", "java_archive"), (b"PK\x03\x04" + b"\0" * 26 + b"a.txt", None),
])
def test_the_first_bytes(head, magic):
    assert _web_scripts.magic_of(head) == magic


@pytest.mark.parametrize("name, head, language", [
    (b"noname", b"#!/usr/bin/env -S python3 -u\n", "python"), (b"x.txt", b"#!/bin/bash", "shell"), (b"x", b"#!/opt/x/tool", "other"),
    (b"x", b"#!/usr/bin/php8.2\n<?php", "php"), (b"x.cgi", b"#!/usr/bin/perl -w\n", "perl"), (b"x", b"#! ", None),
    (b"logo.png", b"\x89PNG....<?php eval(1);", "php"), (b"x.php", b"", "php"), (b"x.jsp", b"<% Runtime.x", "jsp"),
    (b"app.js", b"const c = require('child_process');", "js"), (b"app.js", b"import fs from 'fs'", "js"), (b"x.js", b"alert(1)", None),
    (b"x.html", b"<html>", None), (b"x", elf(2), None),
])
def test_the_language_of_a_file(name, head, language):
    assert _web_scripts.language_of(name, head) == language


def test_what_is_only_handed_out():
    assert [_web_scripts.is_static(name) for name in (b"a.jpg", b"a.css", b"a.JPG", b"a", b"a.x", b".hidden")] == [True, True, True, False, False, False]


def test_no_file_can_keep_the_patterns_busy():
    for data in (b"<script " * 60000, b"<%" * 250000, b"<?=" * 160000, b"<" * 500000, b"<%@ page " + b"v" * 500000):
        _web_scripts.tag_in(data)
