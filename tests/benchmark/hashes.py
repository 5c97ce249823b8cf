#!/usr/bin/env python
# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hashing against ``xargs -P2 sha256sum`` on the same files, and the comparison with packages against ``dpkg -V``, in pairs.

The files are this machine's, all of /usr whose path has /bin/ or /sbin/ in it. The collector runs as a process of its own under the
interpreter that is to be measured (``--python``), start of the interpreter included, and writes a whole part. Beside the
digests that dpkg knows it takes the SHA-256 of every program, which ``dpkg -V`` doesn't.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

from measure import print_ratios, timed

HERE = os.path.dirname(os.path.abspath(__file__))
LIST = "programs_system-000000"
PROGRAMS = "-xdev -type f ( -path */bin/* -o -path */sbin/* ) -size -512M -print0"


def ours(arguments, folder, what):
    """(wall, CPU) and what the collector said."""
    workspace, output = os.path.join(folder, "workspace"), os.path.join(folder, "said")
    os.mkdir(workspace)
    shutil.copy(os.path.join(folder, LIST), workspace)
    if what == "verify":
        with open(os.path.join(workspace, LIST), "wb"):
            pass
    time = timed([arguments.python, os.path.join(HERE, "hashes_collector.py"), workspace, what], output)
    shutil.rmtree(workspace)
    with open(output) as stream:
        return time, json.load(stream)


def theirs(folder, what):
    """(wall, CPU) of what one would take instead."""
    commands = {"hash": "xargs -0 -P2 -n64 sha256sum < '%s' || true" % os.path.join(folder, LIST), "verify": "dpkg -V || true"}
    return timed(["sh", "-c", commands[what]], os.path.join(folder, "output"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--root", default="/usr", help="where the programs lie that are hashed")
    parser.add_argument("--python", default=sys.executable)
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="hashes-")
    try:
        with open(os.path.join(folder, LIST), "wb") as stream:
            subprocess.check_call(["find", arguments.root] + PROGRAMS.split(" "), stdout=stream)
        for what in ("hash", "verify"):
            rounds = [(theirs(folder, what), ours(arguments, folder, what)) for _unused in range(arguments.rounds + 1)][1:]
            print(what)
            for name, column in (("wall", 0), ("CPU", 1)):
                print_ratios(name, "s", [their[column] for their, _our in rounds], [our[0][column] for _their, our in rounds])
            print(json.dumps(rounds[-1][1][1], sort_keys=True))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
