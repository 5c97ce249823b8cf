#!/usr/bin/env python
# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writing a part against ``tar czf`` and, where there is pigz, ``tar | pigz -1`` of the same files, in pairs, on files that it makes.

Ours does more: every file is opened safely, hashed, checked for change, and gets a row in the manifest.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import argparse
import os
import random
import resource
import shutil
import sys
import tempfile

from measure import median, print_ratios, timed

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "unit"))
WORDS = [b"GET", b"POST", b"/index.php?id=", b"/wp-content/uploads/", b"HTTP/1.1", b"Mozilla/5.0 (X11; Linux x86_64)",
         b"function", b"return $this->", b"public static", b"array(", b"sshd[", b"Accepted publickey for", b"port"]


def make_files(folder, megabytes):
    """Half of them log files of 8 MiB, a quarter sources of 16 KiB, a quarter this system's programs."""
    chance = random.Random(42)
    for number in range(max(1, megabytes // 16)):
        write_text(os.path.join(folder, "log-%d" % number), 8 << 20, chance)
    for number in range(megabytes * 16):
        write_text(os.path.join(folder, "source-%d.php" % number), 16 << 10, chance)
    copy_programs(folder, megabytes << 18)


def write_text(path, size, chance):
    lines = [b"%d.%d.%d.%d " % tuple(chance.randrange(256) for _unused in range(4)) + b" ".join(
        chance.choice(WORDS) + str(chance.randrange(100000)).encode("ascii") for _unused in range(10)
    ) for _unused in range(min(4000, size // 200))]
    with open(path, "wb") as stream:
        while stream.tell() < size:
            stream.write(chance.choice(lines) + b"%d\n" % chance.randrange(10 ** 9))


def copy_programs(folder, size):
    for name in sorted(os.listdir("/usr/bin")):
        path = os.path.join("/usr/bin", name)
        if os.path.isfile(path) and size > 0:
            shutil.copy(path, os.path.join(folder, "program-" + name))
            size -= os.path.getsize(path)


def collect(root, workspace):
    """What a collector does, without Ansible around it."""
    import conftest  # makes the collection importable

    from ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection import Collection

    collection = Collection(workspace.encode(), b"10-live_state", "live_state", root.encode())
    collection.copy_matching(b"/*")
    collection.close()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)


def ways_of(files):
    """{name: command} of what one would take instead."""
    ways = {"tar czf": ["tar", "czf", "-", "-C", files, "."]}
    if any(os.access(os.path.join(folder, "pigz"), os.X_OK) for folder in os.environ["PATH"].split(os.pathsep)):
        ways["pigz -1"] = ["sh", "-c", "tar cf - -C '%s' . | pigz -1 -p 2" % files]
    return ways


def rounds_of(arguments, ways, files, folder):
    """Per round the wall, CPU and size of each way, and the peak memory of ours."""
    output, workspace = os.path.join(folder, "output"), os.path.join(folder, "workspace")
    for _unused in range(arguments.rounds + 1):
        found = {}
        for name, command in ways.items():
            found[name] = timed(command, output) + (os.path.getsize(output),)
        os.mkdir(workspace)
        ours = timed([arguments.python, os.path.abspath(__file__), "--collect", files, workspace], output)
        size = os.path.getsize(os.path.join(workspace, "10-live_state.tar.gz"))
        with open(output) as stream:
            found["ours"] = ours + (size, int(stream.read()))
        shutil.rmtree(workspace)
        yield found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", default=tempfile.gettempdir(), help="where the files are made")
    parser.add_argument("--python", default=sys.executable)
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="parts-", dir=arguments.folder)
    try:
        files = os.path.join(folder, "files")
        os.mkdir(files)
        make_files(files, arguments.megabytes)
        ways = ways_of(files)
        rounds = list(rounds_of(arguments, ways, files, folder))[1:]
    finally:
        shutil.rmtree(folder)
    for name in sorted(ways, reverse=True):
        print("against %s" % name)
        for column, title, unit, scale in ((0, "wall", "s", 1), (1, "CPU", "s", 1), (2, "size", "MB", 1e6)):
            print_ratios(title, unit, [row[name][column] / scale for row in rounds],
                         [row["ours"][column] / scale for row in rounds])
    if "pigz -1" not in ways:
        print("not compared with pigz -1: there is no program pigz (Debian: apt-get install pigz)")
    print("peak memory of ours: %d MiB" % median([row["ours"][3] for row in rounds]))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--collect"]:
        collect(sys.argv[2], sys.argv[3])
    else:
        main()
