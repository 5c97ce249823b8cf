# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import signal
import subprocess
import time

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import elapsed
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._command import SEARCH_PATH, find_program, run

pytestmark = pytest.mark.usefixtures("nothing_left_open")


def shell(script, timeout=20, limit=1 << 20):
    return run(["/bin/sh", "-c", script], timeout, limit)


def _is_running(pid):
    try:
        with open("/proc/%d/stat" % pid) as stream:
            return stream.read().rpartition(")")[2].split()[0] not in ("Z", "X")
    except (IOError, OSError):
        return False


def _gone(pid):
    deadline = elapsed() + 5
    while _is_running(pid) and elapsed() < deadline:
        time.sleep(0.02)
    return not _is_running(pid)


def test_outputs_and_exit_code():
    result = shell("echo out; echo err >&2; exit 3")
    assert (result.state, result.reason, result.exit_code) == ("collected", None, 3)
    assert (result.stdout, result.stderr) == (b"out\n", b"err\n")
    assert 0 <= result.seconds < 10


def test_bytes_stay_bytes():
    result = shell("printf '\\377\\000\\r\\n\\033[31m'")
    assert result.stdout == b"\xff\x00\r\n\x1b[31m"


def test_much_on_both_outputs():
    result = shell("head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero")
    assert (result.state, len(result.stdout), len(result.stderr)) == ("collected", 600000, 300000)


def test_a_program_that_is_not_there():
    result = run(["no-such-program", "-x"], 5, 100)
    assert (result.state, result.reason, result.exit_code) == ("absent", "no program no-such-program", None)


def test_a_program_that_cannot_be_started(tmpdir):
    path = tmpdir.join("program")
    path.write("\x7fELF broken")
    path.chmod(0o755)
    result = run([str(path)], 5, 100)
    assert (result.state, result.stdout) == ("failed", b"")


def test_only_the_hosts_own_folders_are_searched(tmpdir, monkeypatch):
    path = tmpdir.join("planted")
    path.write("#!/bin/sh\necho planted\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmpdir))
    monkeypatch.chdir(str(tmpdir))
    assert find_program("planted") is None
    assert find_program("sh").startswith(SEARCH_PATH)
    assert find_program(str(tmpdir)) is None and find_program("/etc/passwd") is None
    assert shell("echo $PATH").stdout == b"/usr/sbin:/usr/bin:/sbin:/bin\n"


def test_no_terminal_no_input_no_locale():
    script = "echo $LC_ALL $LANG $TZ $TERM; pwd; read line || echo nothing; (: > /dev/tty) 2> /dev/null || echo no terminal"
    assert shell(script).stdout == b"C C UTC dumb\n/\nnothing\nno terminal\n"


def test_nothing_else_is_handed_over():
    before = os.open("/dev/null", os.O_RDONLY)
    os.environ["SECRET"] = "x"
    assert shell("echo $SECRET; ls /proc/self/fd | wc -l").stdout == b"\n4\n"
    os.close(before)


@pytest.mark.parametrize("word", [u"caf\u00e9", b"\xff", "plain", u"-\u202e"])
def test_any_argument(word):
    result = run(["printf", "%s", word], 5, 100)
    assert result.stdout == (word if isinstance(word, bytes) else word.encode("utf-8"))


def test_a_program_without_end():
    begin = elapsed()
    result = shell("echo some; sleep 1000", timeout=0.5)
    assert (result.state, result.reason, result.stdout) == ("timed_out", "no end after 0.5 seconds", b"some\n")
    assert result.exit_code == -signal.SIGKILL
    assert elapsed() - begin < 5


@pytest.mark.parametrize("stream", ["1", "2"])
def test_a_program_that_prints_without_end(stream):
    begin = elapsed()
    result = shell("exec yes >&%s" % stream, timeout=30, limit=1000000)
    assert (result.state, result.reason) == ("truncated", "more than 1000000 bytes")
    assert len(result.stdout + result.stderr) == 1000000
    assert elapsed() - begin < 10


def test_a_program_that_closes_its_outputs_and_goes_on():
    result = shell("exec >&- 2>&-; sleep 1000", timeout=0.5)
    assert (result.state, result.exit_code) == ("timed_out", -signal.SIGKILL)
    assert shell("exec >&- 2>&-; sleep 0.2; exit 7").exit_code == 7


def test_a_program_that_ignores_signals():
    result = shell("trap '' TERM INT HUP; while :; do sleep 0.1; done", timeout=0.5)
    assert result.state == "timed_out"


def test_a_daemon_that_keeps_the_outputs_open():
    begin = elapsed()
    result = shell("setsid sleep 60 & echo $!; exit 0", timeout=30)
    assert (result.state, result.exit_code) == ("collected", 0)
    assert elapsed() - begin < 5
    daemon = int(result.stdout)
    assert _is_running(daemon)  # a session of its own is none of our business
    os.kill(daemon, signal.SIGKILL)


def test_a_daemon_that_prints_without_end():
    begin = elapsed()
    result = shell("setsid sh -c 'while :; do echo x; sleep 0.05; done' & echo $!; exit 0", timeout=1)
    assert result.exit_code == 0 and result.stdout.count(b"x") > 5
    assert elapsed() - begin < 5
    os.killpg(int(result.stdout.split()[0]), signal.SIGKILL)


def test_children_end_with_it():
    result = shell("sleep 1000 & echo $!; wait", timeout=0.5)
    assert result.state == "timed_out"
    assert _gone(int(result.stdout))
    result = shell("sleep 1000 > /dev/null 2>&1 & echo $!")
    assert result.state == "collected" and result.seconds < 5
    assert _gone(int(result.stdout))


def test_nobody_stays_a_zombie():
    shell("exit 0")
    shell("sleep 100", timeout=0.1)
    own = subprocess.Popen(["ps", "--ppid", str(os.getpid()), "-o", "stat="], stdout=subprocess.PIPE).communicate()[0]
    assert b"Z" not in own


def test_what_it_prints_goes_to_whoever_takes_it():
    pieces = []
    result = run(["/bin/sh", "-c", "echo out; echo err >&2"], 20, 1 << 20, pieces.append)
    assert (b"".join(pieces), result.stdout, result.stderr) == (b"out\n", b"", b"err\n")
    result = run(["/bin/sh", "-c", "yes"], 20, 1 << 20, pieces.append)
    assert result.state == "truncated" and 1 << 20 <= sum(len(piece) for piece in pieces) < 2 << 20
