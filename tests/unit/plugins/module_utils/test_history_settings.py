# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import time

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts._history_settings import (
    LONGEST_LINE,
    MAX_SETTINGS,
    find,
    target,
)

HOME = b"/home/bob"


@pytest.mark.parametrize(
    "line,expected",
    [
        (b"HISTFILE=/x", b"/x"),
        (b"export HISTFILE=~/.h", b"/home/bob/.h"),
        (b"a=1 HISTFILE=$HOME/.h;b", b"/home/bob/.h"),
        (b'HISTFILE="${HOME}/a b"', b"/home/bob/a b"),
        (b'HISTFILE="$HOME"/.h', b"/home/bob/.h"),
        (b"HISTFILE=a\\ b", b"/home/bob/a b"),
        (b"HISTFILE='/x/$HOME'", b"/x/$HOME"),
        (b"HISTFILE=${ZDOTDIR:-$HOME}/.z", b"/home/bob/.z"),
        (b"HISTFILE=${XDG_STATE_HOME:-$HOME/.local/state}/bash/h", b"/home/bob/.local/state/bash/h"),
        (b"HISTFILE=${OTHER:-/var/h}/x", b"/var/h/x"),
        (b"HISTFILE=/var/h/$USER", b"/var/h/bob"),
        (b"HISTFILE=~/.h-$(date +%F -d x).log", b"/home/bob/.h-*.log"),
        (b"HISTFILE=~/.h.$$", b"/home/bob/.h.*"),
        (b"HISTFILE=/h/`whoami`.x", b"/h/*.x"),
        (b"HISTFILE=/dev/null", b"/dev/null"),
        (b"HISTFILE=relative", b"/home/bob/relative"),
        (b"setenv MYSQL_HISTFILE /m", b"/m"),
        (b"set -gx LESSHISTFILE /l", b"/l"),
        (b"set histfile = ~/.t", b"/home/bob/.t"),
        (b"$XONSH_HISTORY_FILE = '~/x'", b"/home/bob/x"),
        (b"if x; then HISTFILE=/y", b"/y"),
        (b"typeset -x PSQL_HISTORY=/p", b"/p"),
    ],
)
def test_assignments(line, expected):
    (setting,) = find(b"# one\n" + line + b"\r\n" if line.endswith(b'"') else b"# one\n" + line)
    assert setting.line == 2
    assert target(setting.value, HOME, {b"USER": b"bob"}) == expected


@pytest.mark.parametrize(
    "line",
    [
        b"# HISTFILE=/x",
        b"unset HISTFILE",
        b"HISTSIZE=0",
        b"echo $HISTFILE",
        b"MY_HISTFILE=/x",
        b"HISTFILEX=/x",
        b"histfile=/x",
    ],
)
def test_what_is_no_assignment(line):
    assert find(line) == []


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"-",
        b"/",
        b"/$(x)/y",
        b"$(x)",
        b"/a/$x",
        b"/a/$x$y",
        b"~other/x\0",
        b"x" * 5000,
        b"$NOWHERE/x",
    ],
)
def test_what_means_no_file(value):
    assert target(value, HOME) is None


def test_the_root_as_a_home():
    assert target(b"~/.h", b"/") == b"/.h"
    assert target(b".h", b"/") == b"/.h"


@pytest.mark.parametrize(
    "piece", [b"HISTFILE=$(", b'HISTFILE="', b"HISTFILE=${", b"set -a ", b"HISTFILE=$", b" HISTFILE", b"set  \t"]
)
def test_no_input_takes_long(piece):
    start = time.time()
    found = find((piece * LONGEST_LINE)[:LONGEST_LINE] + b"\n" + piece * (1 << 17) + b"HIST")
    for setting in found:
        target(setting.value, HOME)
    assert time.time() - start < 3


def test_their_number_is_bounded():
    assert len(find(b"HISTFILE=/x\n" * 1000)) == MAX_SETTINGS
