# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The first look at a host, by its shell alone: who are we there, which Python, how far apart are the clocks."""

from __future__ import annotations

import re
import shlex
import time
import typing as t

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._paths import is_program
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._printable import printable

# Oldest Python on a host that each ansible-core drives (its own porting guides); 3.0 to 3.5 never.
OLDEST_PYTHON = {
    (2, 16): (2, 7), (2, 17): (3, 7), (2, 18): (3, 8), (2, 19): (3, 8), (2, 20): (3, 9), (2, 21): (3, 9),
}
PYTHONS = (
    "/usr/bin/python3", "/usr/libexec/platform-python", *(f"/usr/bin/python3.{n}" for n in range(14, 5, -1)),
    "/usr/local/bin/python3", "/usr/bin/python2.7", "/usr/bin/python2", "/usr/bin/python",
)
_VERSION = "import sys; sys.stdout.write('%d.%d.%d' % sys.version_info[:3])"


def script(pythons: t.Sequence[str]) -> str:
    """A POSIX shell script that prints ``key=value`` lines and changes nothing.

    Without `site` and the environment: what somebody put into Python's start isn't run for its version.
    """
    names = " ".join(shlex.quote(python) for python in pythons)
    tries = f'for p in {names}; do p=$(command -v "$p") && echo "python=$p $("$p" -E -S -c "{_VERSION}" 2>/dev/null)"; done'
    return f'echo "uid=$(id -u)"; echo "kernel=$(uname -srm)"; {tries}; true'


def parse(output: str) -> dict:
    """``uid`` (int or None), ``kernel``, ``pythons`` [(path, version tuple)] of what the script printed."""
    found: dict = {"uid": None, "kernel": "", "pythons": []}
    for line in output[:20000].split("\n")[:100]:
        key, _equals, value = line.strip().partition("=")
        if key == "uid" and re.fullmatch(r"[0-9]{1,10}", value):
            found["uid"] = int(value)
        elif key == "kernel":
            found["kernel"] = printable(value, 120)
        elif key == "python":
            found["pythons"] += _python(value)
    return found


def _python(value: str) -> list[tuple[str, tuple[int, ...]]]:
    path, _space, version = value.partition(" ")
    if not is_program(path) or not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3}){2}", version):
        return []
    return [(path, tuple(int(number) for number in version.split(".")))]


def drivable(version: tuple[int, ...], core: tuple[int, int]) -> bool:
    """Whether this ansible-core runs modules on that Python."""
    oldest = OLDEST_PYTHON.get(core, max(OLDEST_PYTHON.values()))
    return version[:2] >= oldest and not (3, 0) <= version[:2] < (3, 6)


def python_problem(pythons: list, core: tuple[int, int], tried: t.Sequence[str] = PYTHONS) -> str:
    """What to tell the operator when no Python on the host fits."""
    if not pythons and len(tried) == 1:
        return f"{printable(tried[0], 200)} is no Python that runs on the host. Correct ansible_python_interpreter, or leave it out"
    if not pythons:
        return "no Python was found on the host. Name one: ansible_python_interpreter=/path/to/python"
    names = ", ".join(f"{path} {'.'.join(map(str, version))}" for path, version in pythons)
    fitting = [known for known in sorted(OLDEST_PYTHON) if any(drivable(version, known) for _path, version in pythons)]
    advice = f"run the triage of this host with ansible-core {fitting[-1][0]}.{fitting[-1][1]}" if fitting else \
        "install none on a suspect host: collect it with other means"
    return f"ansible-core {core[0]}.{core[1]} can't use the host's Python ({names}); {advice}"


def clock_offset(ask: t.Callable[[], str]) -> dict:
    """The host's clock minus ours in seconds, from one question: right to half the time that the answer took."""
    begin = time.time()
    answer = ask().strip()
    end = time.time()
    match = re.fullmatch(r"([0-9]{1,12})(\.[0-9]{1,9})?[^0-9]*", answer)
    if not match:
        return {"problem": f"the host's clock can't be read: {printable(answer, 60)}"}
    host = float(match[1] + (match[2] or ".5"))
    return {
        "offset": round(host - (begin + end) / 2, 6),
        "uncertainty": round((end - begin) / 2 + (0 if match[2] else 0.5), 6), "measured": begin,
    }
