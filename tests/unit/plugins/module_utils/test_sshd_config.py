# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import fnmatch

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts._sshd_config import (
    MAX_FILES,
    Survey,
    command_line_options,
    expand_tokens,
    parse,
)


def _survey(files):
    survey = Survey(files.get, lambda pattern: sorted(fnmatch.filter(files, pattern)) or [pattern])
    survey.add(b"/etc/ssh/sshd_config")
    return survey


@pytest.mark.parametrize(
    "line,keyword,arguments",
    [
        (b"Port 22", "port", [b"22"]),
        (b"  PORT=22 ", "port", [b"22"]),
        (b"Port\t=\t22", "port", [b"22"]),
        (b'AuthorizedKeysFile "/a b/%u" c', "authorizedkeysfile", [b"/a b/%u", b"c"]),
        (b"Port 22 # no 23", "port", [b"22"]),
        (b'Banner "unclosed', "banner", [b"unclosed"]),
        (b"Banner \xff", "banner", [b"\xff"]),
        (b"Port 22\r", "port", [b"22"]),
    ],
)
def test_lines(line, keyword, arguments):
    (setting,) = parse(b"\n# Port 1\n\n" + line, b"f")
    assert (setting.keyword, setting.arguments, setting.line) == (keyword, arguments, 4)


@pytest.mark.parametrize("line", [b"", b"#x", b"Port", b"\0\0", b"=", b"x" * (1 << 20)])
def test_lines_without_a_setting(line):
    assert parse(line, b"f") == []


def test_includes_are_relative_to_etc_ssh_and_everything_counts():
    survey = _survey(
        {
            b"/etc/ssh/sshd_config": b"Include d/*.conf /other\nAuthorizedKeysFile a none\n"
            b"Match User x\nAuthorizedKeysFile b\n",
            b"/etc/ssh/d/1.conf": b"AuthorizedKeysFile c a\nAuthorizedKeysCommand /bin/give %u\n",
            b"/other": b"AuthorizedKeysCommand none\nInclude /missing\n",
        }
    )
    assert survey.files == [b"/etc/ssh/sshd_config", b"/etc/ssh/d/1.conf", b"/other", b"/missing"]
    assert survey.values("authorizedkeysfile") == [b"c", b"a", b"b"]
    assert survey.programs("authorizedkeyscommand") == [b"/bin/give"]


def test_circles_end():
    survey = _survey(
        {
            b"/etc/ssh/sshd_config": b"Include d\nInclude sshd_config\nPort 1\n",
            b"/etc/ssh/d": b"Include d sshd_config\n",
        }
    )
    assert len(survey.settings) == 1


def test_depth_and_number_are_bounded():
    deep = dict((("/etc/ssh/%d" % n).encode("ascii"), b"Include " + str(n + 1).encode("ascii")) for n in range(99))
    survey = Survey(deep.get, lambda pattern: [pattern])
    survey.add(b"/etc/ssh/0")
    assert len(survey.files) == 17 and survey.cut
    wide = Survey(
        lambda path: b"Include " + b" ".join(str(n).encode("ascii") for n in range(9999)), lambda pattern: [pattern]
    )
    wide.add(b"/x")
    assert len(wide.files) <= MAX_FILES and wide.cut
    names = [("/%d" % n).encode("ascii") for n in range(999)]
    flat = Survey(lambda path: b"Include " + b" ".join(names) if path == b"/x" else b"", lambda pattern: [pattern])
    flat.add(b"/x")
    assert len(flat.files) == MAX_FILES and flat.cut


@pytest.mark.parametrize(
    "pattern,expected",
    [
        (b".ssh/keys", b"/h/bob/.ssh/keys"),
        (b"%h/k", b"/h/bob/k"),
        (b"/k/%u/%U", b"/k/bob/1000"),
        (b"/k%%u", b"/k%u"),
        (b"/k/%x", None),
        (b"/k%", None),
    ],
)
def test_tokens(pattern, expected):
    assert expand_tokens(pattern, b"bob", b"1000", b"/h/bob") == expected


def test_relative_homes_mean_nothing():
    assert expand_tokens(b"x", b"bob", b"1", b"relative") is None


@pytest.mark.parametrize(
    "arguments",
    [
        [b"/usr/sbin/sshd", b"-D", b"-f", b"/x", b"-o", b"AuthorizedKeysFile /k", b""],
        [b"/usr/sbin/sshd", b"-f/x", b"-oAuthorizedKeysFile=/k"],
        [b"sshd: /usr/sbin/sshd -D -f /x -oAuthorizedKeysFile=/k [listener] 0 of 10-100 startups", b"", b""],
    ],
)
def test_command_lines(arguments):
    files, settings = command_line_options(arguments)
    assert files == [b"/x"]
    assert [(setting.keyword, setting.arguments) for setting in settings] == [("authorizedkeysfile", [b"/k"])]


def test_command_lines_without_options():
    assert command_line_options([]) == ([], [])
    assert command_line_options([b"sshd", b"-f"]) == ([], [])
