# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import gzip
import os
import shutil
import subprocess

import pytest

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables import _table_history
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._names import escape, unescape
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_history import (
    is_history, program_of,
)

TIME = "2023-11-14T22:13:20Z"


def history(home, name, data):
    home.file(name, data)
    return home.finish().get("history", [])


def commands(rows):
    return [unescape(row["command"]) for row in rows]


def some(row, *columns):
    return tuple(row.get(column) for column in columns)


def test_bash_with_times(home):
    rows = history(
        home,
        b"/home/bob/.bash_history",
        b"old\n#1700000000\necho 'a\\b  * '\n#1700000001\nfor i\ndo x\n#1700000002\n#1700000003",
    )
    assert rows[1] == {
        "path": "/home/bob/.bash_history",
        "home": "/home/bob",
        "program": "bash",
        "line": 3,
        "time": TIME,
        "time_source": "bash",
        "command": "echo 'a\\\\b  * '",
    }
    assert some(rows[0], "line", "time", "after", "command") == (1, None, None, "old")
    assert some(rows[3], "line", "time", "after", "command") == (6, None, "2023-11-14T22:13:21Z", "do x")
    assert [some(row, "line", "command", "note") for row in rows[4:]] == [
        (7, "#1700000002", "a timestamp without a command"),
        (8, "#1700000003", "a timestamp without a command"),
    ]


def test_every_line_exactly_once_as_it_is(home):
    lines = [
        b"a",
        b"a",
        b"",
        b"  ",
        b"*",
        b"# comment",
        b"#12",
        b"\\n \\x41 \\",
        b"\xff\xfe",
        b"\x1b]0;owned\x07",
        b"tab\there",
        b"\r",
        b"last",
    ]
    rows = history(home, b"/root/.bash_history", b"\n".join(lines))
    assert commands(rows) == lines
    assert [row["line"] for row in rows] == list(range(1, len(lines) + 1))
    assert all(row["command"].isprintable() for row in rows)


@pytest.mark.parametrize(
    "name", [b".bash_history", b".zsh_history", b".mysql_history", b".psql_history", b".python_history", b".lesshst"]
)
def test_noise_in_any_format_fails_nothing(home, name):
    data = os.urandom(200_000)
    assert history(home, b"/root/" + name, data)


def test_absurd_times(home):
    rows = history(home, b"/root/.bash_history", b"#99999999999999999999\nid\n#292000000000\nw")
    assert [some(row, "time", "time_source", "command") for row in rows] == [(None, None, "id"), (None, None, "w")]
    assert rows[1]["note"] == "292000000000 seconds are no date"


def test_long_lines_are_cut_and_marked(home):
    rows = history(home, b"/root/.bash_history", b"a" * (3 << 20) + b"\nb\n")
    assert (len(rows[0]["command"]), rows[0]["cut"], rows[1]["command"]) == (1 << 16, True, "b")


def test_the_zeros_of_a_file_that_shrank_are_counted(home):
    rows = history(home, b"/root/.bash_history", b"id\n" + bytes(5000))
    assert some(rows[1], "command", "note") == ("", "5000 zero bytes")


def test_a_zsh_history(home):
    rows = history(
        home,
        b"/home/bob/.zsh_history",
        b": 1700000000:12;echo one\n: 1700000001:0;for i in 1\\\ndo x\\\\\\\ndone\nplain \xc4\x83\xa3\xe2\x82\x83\x8c\n"
        b": 1700000002:0;end \\",
    )
    assert rows[0] == {
        "path": "/home/bob/.zsh_history",
        "home": "/home/bob",
        "program": "zsh",
        "line": 1,
        "time": TIME,
        "time_source": "zsh",
        "elapsed": 12,
        "command": "echo one",
    }
    assert some(rows[1], "line", "lines") == (2, 3)
    assert unescape(rows[1]["command"]) == b"for i in 1\ndo x\\\\\ndone"
    assert some(rows[2], "line", "command", "time") == (5, "plain \u0103\u20ac"[:7] + escape(b"\xe2\x82\xac"), None)
    assert unescape(rows[3]["command"]) == b"end \\"


def test_a_fish_history(home):
    rows = history(
        home,
        b"/home/bob/.local/share/fish/fish_history",
        (
            b"- cmd: echo one\n  when: 1700000000\n"
            b"- cmd: printf 'a\\\\nb'\\nnext\n  when: 1700000001\n  paths:\n    - /etc/passwd\n"
            b"junk\n- cmd: last"
        ),
    )
    assert rows[0] == {
        "path": "/home/bob/.local/share/fish/fish_history",
        "home": "/home/bob",
        "program": "fish",
        "line": 1,
        "lines": 2,
        "time": TIME,
        "time_source": "fish",
        "command": "echo one",
    }
    assert unescape(rows[1]["command"]) == b"printf 'a\\nb'\nnext"
    assert some(rows[1], "line", "lines") == (3, 4)
    assert some(rows[2], "line", "command", "note") == (7, "junk", "not in the format of fish")
    assert some(rows[3], "line", "command", "time") == (8, "last", None)


def test_tcsh(home):
    rows = history(home, b"/home/bob/.history", b"#+1700000000\nls\n")
    assert some(rows[0], "line", "time", "time_source", "command") == (2, TIME, "tcsh", "ls")


@pytest.mark.parametrize(
    "name", [b".mysql_history", b".mariadb_history", b".sqlite_history", b".python_history", b".foo_history"]
)
def test_libedit(home, name):
    rows = history(
        home, b"/root/" + name, b"_HiStOrY_V2_\nselect\\040*\\040from\\040`t`;\nC:\\\\dir\\134x\\^A\\M-a\\303\\244\n"
    )
    assert commands(rows) == [b"select * from `t`;", b"C:\\dir\\x\x01\xe1\xc3\xa4"]
    assert [row["line"] for row in rows] == [2, 3]


def test_mysql_without_libedit_is_left_alone(home):
    assert commands(history(home, b"/root/.mysql_history", b"select '\\040';\n")) == [b"select '\\040';"]


def test_psql(home):
    assert commands(history(home, b"/var/lib/postgresql/.psql_history", b"select\x01 1;\n\\d\n")) == [
        b"select\n 1;",
        b"\\d",
    ]


def test_prompt_toolkit(home):
    rows = history(
        home,
        b"/root/.mycli-history",
        b"\n# 2023-11-14 22:13:20.123456\n+select 1\n+from x\n\n# 2023-11-14 22:13:21\n+w\njunk\n",
    )
    assert some(rows[0], "line", "lines", "time", "time_local") == (3, 2, None, "2023-11-14T22:13:20.123456")
    assert commands(rows) == [b"select 1\nfrom x", b"w", b"junk"]


def test_less(home):
    rows = history(
        home, b"/root/.lesshst", b'.less-history-file:\n.search\n"needle\n.shell\n"id\n.mark\nm a 1 0 /etc/passwd\n'
    )
    assert [some(row, "section", "command", "program") for row in rows] == [
        ("search", "needle", "less"),
        ("shell", "id", "less"),
        ("mark", "m a 1 0 /etc/passwd", "less"),
    ]


VIMINFO = b"""# This viminfo file was generated by Vim 9.0.
|1,4
*encoding=utf-8
# Command Line History (newest to oldest):
:w !sh
|2,0,1700000000,,"w !sh"
:q
? needle
|2,1,1700000000,,"needle"
@typed
# Registers:
""1\tCHAR\t0
\tsecret
|3,1,1,1,1,0,1700000000,"secret"
'0  1  0  /etc/hostname
|4,48,1,0,1700000000,"/etc/hostname"
> /etc/shadow
\t*\t1700000000\t0
\t"\t1\t0
"""


def test_vim(home):
    rows = history(home, b"/root/.viminfo", VIMINFO)
    assert [some(row, "line", "section", "time", "command") for row in rows] == [
        (5, "command", TIME, "w !sh"),
        (7, "command", None, "q"),
        (8, "search", TIME, "needle"),
        (10, "input", None, "typed"),
        (17, "file", TIME, "/etc/shadow"),
    ]


def test_ksh(home):
    mksh = b"\xab\xcd" + b"".join(
        b"\xff" + number.to_bytes(4, "big") + command + b"\0" for number, command in enumerate((b"ls", b"a\nb"), 1)
    )
    home.file(b"/root/.mksh_history", mksh)
    home.file(b"/root/.sh_history", b"\x81\x01ls -l\n\0\0id\n\0\x82\0\0\0\x07\0w\n\0")
    rows = home.finish()["history"]
    assert [some(row, "program", "line", "command") for row in rows] == [
        ("mksh", 1, "ls"),
        ("mksh", 2, "a\\x0ab"),
        ("sh", 1, "ls -l"),
        ("sh", 2, "id"),
        ("sh", 3, "w"),
    ]


def test_packed(home):
    assert commands(history(home, b"/root/.bash_history.1.gz", gzip.compress(b"id\n"))) == [b"id"]


def test_a_torn_one_is_read_as_far_as_it_goes(home):
    data = b"".join(b"command %d\n" % number for number in range(20_000))
    home.file(b"/root/.bash_history.gz", gzip.compress(data)[:-50])
    found = home.finish()
    assert len(found["history"]) > 1000
    assert found["errors"] == [
        {"table": "history", "member": "[root]/root/.bash_history.gz", "problem": "the packed data ends early"}
    ]


def test_all_histories_together_are_limited(home):
    home.tables._histories._left = 10
    home.file(b"/root/.bash_history", b"12345\n")
    home.file(b"/x/.bash_history", b"12345\n")
    home.file(b"/y/.bash_history", b"12345\n")
    found = home.finish()
    assert commands(found["history"]) == [b"12345", b"1234"]
    assert len(found["errors"]) == 2


def test_too_many_commands(home, monkeypatch):
    monkeypatch.setattr(_table_history, "MEMBER_ROWS", 10)
    home.file(b"/root/.bash_history", b"x\n" * 100)
    found = home.finish()
    assert len(found["history"]) == 10
    assert found["errors"][0]["problem"] == "more than 10 commands, the rest is not read"


@pytest.mark.parametrize(
    "path, program",
    [
        (b"/root/.bash_history", "bash"),
        (b"/home/zsh user/.bash_history~", "bash"),
        (b"/home/x/.bash_history2", "bash"),
        (b"/x/.zhistory", "zsh"),
        (b"/x/.histfile", "zsh"),
        (b"/x/.history", None),
        (b"/x/.sh_history", "sh"),
        (b"/x/.local/share/fish/fish_history", "fish"),
        (b"/x/.local/state/bash/history", "bash"),
        (b"/x/.bash_sessions/12.history", "bash"),
        (b"/x/.mongodb/mongosh/mongosh_repl_history", "mongosh"),
        (b"/x/.dbshell", "mongosh"),
        (b"/x/.local/share/powershell/PSReadLine/ConsoleHost_history.txt", "powershell"),
        (b"/x/.Rhistory", "r"),
        (b"/x/.pythonhist", "python"),
        (b"/x/.lesshst", "less"),
        (b"/x/.viminfo", "vim"),
        (b"/x/.config/pgcli/history", "pgcli"),
        (b"/x/.julia/logs/repl_history.jl", "julia"),
        (b"/x/.octave_hist", "octave"),
        (b"/x/.perldb.hist", "perldb"),
        (b"/x/.node_repl_history", "node"),
        (b"/x/.rediscli_history", "redis"),
        (b"/x/.clickhouse-client-history", "clickhouse"),
        (b"/x/.msf4/history", "msf4"),
        (b"/var/lib/mysql/.mariadb_history", "mariadb"),
    ],
)
def test_names_of_histories(path, program):
    assert is_history(path)
    assert program_of(path) == program


@pytest.mark.parametrize(
    "path",
    [
        b"/root/.bashrc",
        b"/srv/history.php",
        b"/var/log/history",
        b"/x/.config/app/history.js",
        b"/x/.cache/prehistoric",
        b"/x/.historian",
    ],
)
def test_other_names(path):
    assert not is_history(path)


def written_by(program, argv, tmp_path, commands_):
    if not shutil.which(program):
        pytest.skip(program + " is not installed")
    path = tmp_path / "history"
    environment = {
        "PATH": os.environ["PATH"],
        "HISTFILE": str(path),
        "HISTTIMEFORMAT": "%F",
        "LC_ALL": "C.UTF-8",
        "HOME": str(tmp_path),
    }
    subprocess.run(argv, input=commands_, env=environment, capture_output=True, timeout=30, check=False)
    return path.read_bytes()


def test_what_bash_really_writes(home, tmp_path):
    data = written_by("bash", ["bash", "--norc", "-i"], tmp_path, b'echo one\necho "a\\\\b  *"\n: t\xc3\xa4st\n')
    rows = history(home, b"/root/.bash_history", data)
    assert commands(rows) == [b"echo one", b'echo "a\\\\b  *"', b": t\xc3\xa4st"]
    assert all(row["time_source"] == "bash" for row in rows)


def test_what_zsh_really_writes(home, tmp_path):
    settings = b"HISTFILE=$HOME/history; HISTSIZE=9; SAVEHIST=9; setopt extended_history inc_append_history"
    typed = [settings, b"echo 'a\nb'", b'echo "c\\\n  d"', ": \u0103\u20ac".encode()]
    data = written_by("zsh", ["zsh", "-f", "-i"], tmp_path, b"\n".join(typed) + b"\n")
    rows = history(home, b"/root/.zsh_history", data)
    assert commands(rows) == typed
    assert all(row["time_source"] == "zsh" for row in rows)
