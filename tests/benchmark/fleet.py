#!/usr/bin/env python
# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report on 30 and on 300 hosts: wall and CPU seconds and peak memory of each step, and how they grow.

The hosts are made of the sealed runs of a real case, one after the other, under names of their own: other inodes, sizes and
machine ids, clocks that are wrong, one row in 500 missing, files, users and keys that no other host has. Every host goes through
the seal. On the control node alone; no host is asked.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import gzip
import hashlib
import io
import json
import random
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "unit"))
import conftest  # noqa: E402,F401  # pylint: disable=unused-import,wrong-import-position  # makes the collection importable

COLLECTION = HERE.parent.parent
RULES = COLLECTION / "roles" / "report" / "files" / "rules"
_INODE = re.compile(rb'"inode":([0-9]+)')


class Variation:
    """What one host has otherwise than the run that it is made of."""

    def __init__(self, seed, old_name, name, more_files):
        self.chance = random.Random(seed)
        self.name = name
        self.shift = self.chance.randrange(1, 1 << 24)
        self.machine_id = "%032x" % self.chance.getrandbits(128)
        self.offset = self.chance.choice((0.0, 0.0, 0.0, self.chance.uniform(-7200, 7200)))
        self._old_name, self._more_files = old_name.encode(), more_files
        self._own = "/srv/%s" % name
        self.changed = {}

    def member(self, name, data):
        """The bytes of a member for this host."""
        if name.startswith(b"tables/") and name.endswith(b".gz"):
            varied = gzip.compress(self._table(name, gzip.decompress(data)), 1, mtime=0)
        elif name.startswith(b"tables/"):
            varied = self._table(name, data)
        elif name.startswith(b"manifest/"):
            varied = b"".join(self._manifest(line) for line in data.splitlines(keepends=True))
        elif name == b"live/identity.json":
            varied = self._identity(data)
        elif name.startswith(b"[root]/etc/host"):
            varied = data.replace(self._old_name, self.name.encode())
        else:
            return data
        self.changed[name.decode("ascii", "replace")] = len(varied), hashlib.sha256(varied).hexdigest()
        return varied

    def _table(self, name, data):
        data = _INODE.sub(lambda match: b'"inode":%d' % (int(match[1]) + self.shift), data)
        lines = [line for line in data.splitlines(keepends=True) if self.chance.randrange(500)]
        if lines and name == b"tables/files.jsonl.gz":
            lines += [self._renamed(lines[number % len(lines)], number) for number in range(self._more_files)]
            lines += [self._renamed(self.chance.choice(lines), number) for number in range(3)]
        return b"".join(lines)

    def _renamed(self, line, number):
        row = json.loads(line)
        return json.dumps({**row, "path": "%s/%d%s" % (self._own, number, row["path"])}, separators=(",", ":")).encode() + b"\n"

    def _identity(self, data):
        facts = json.loads(data.replace(self._old_name, self.name.encode()))
        facts["machine"]["machine_id"] = self.machine_id
        return json.dumps(facts).encode()

    def _manifest(self, line):
        row = json.loads(line)
        if row.get("archived") in self.changed:
            row["size"], row["sha256"] = self.changed[row["archived"]]
        return json.dumps(row).encode() + b"\n"


def make_host(run, output, name, seed, more_files):
    """A sealed run in `output` made of the sealed run in the folder `run`."""
    from ansible_collections.csirt.linux_triage.plugins.module_utils._core._part import Part
    from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _custody, _part_reader, _seal, _verify
    from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import file_sha256, make_run_folder, part_path

    events = _custody.events(run)
    sealed = events[-1]
    archive = run / sealed["archive"]
    variation = Variation(seed, events[0]["host"], name, more_files)
    folder = make_run_folder(str(output), "fleet", name)
    for event in events:
        facts = {key: value for key, value in event.items() if key not in ("event", "previous", "time", "by")}
        if event["event"] == "begin":
            _custody.record(folder, "begin", **{**facts, "host": name, "case": "fleet"})
        elif event["event"] == "host":
            _custody.record(folder, "host", **{**facts, "clock": {**facts["clock"], "offset": variation.offset}})
        elif event["event"] == "workspace":
            _custody.record(folder, "workspace", **facts)
    for place in sealed["parts"]:
        path = part_path(folder, place["part"])
        part = Part(str(path).encode())
        with _verify.Range(archive, place["offset"], place["size"]) as stretch:
            for entry, body in _part_reader.read_part(stretch):
                header = {"mode": entry.mode, "uid": entry.uid, "gid": entry.gid, "mtime": entry.mtime}
                if entry.kind == _part_reader.SYMLINK:
                    part.add_link(entry.name, entry.target, **header)
                elif entry.kind == _part_reader.DIRECTORY:
                    part.add(entry.name, b"", kind=entry.kind, **header)
                else:
                    part.add(entry.name, variation.member(entry.name, io.BufferedReader(body).read()), **header)
        part.close()
        _custody.record(folder, "part", part=place["part"], size=path.stat().st_size, sha256=file_sha256(path), complete=True)
    _seal.seal(folder, name, [place["part"] for place in sealed["parts"]])


def make_case(source, output, hosts, more_files):
    """The folder of a case of `hosts` hosts."""
    from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._runs import runs_of

    runs, _not_home = runs_of(source)
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        jobs = [
            pool.submit(make_host, runs[number % len(runs)], output, "host%03d" % number, number, more_files)
            for number in range(hosts)
        ]
        for job in jobs:
            job.result()
    return output / "fleet"


class Meter:
    """Wall and CPU seconds and the highest resident memory (MiB) of each step of this process."""

    def __init__(self):
        self.steps = {}

    def measure(self, name, work):
        """Runs `work` as a step."""
        Path("/proc/self/clear_refs").write_text("5")
        begin, cpu = time.monotonic(), time.process_time()
        result = work()
        status = Path("/proc/self/status").read_text()
        peak = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024
        self.steps[name] = time.monotonic() - begin, time.process_time() - cpu, peak
        print("  %-20s%10.1f%10.1f%10.0f" % (name, *self.steps[name]), file=sys.stderr, flush=True)
        return result


def report(case_folder, memory):
    """Makes the report as the playbook does, step by step; the meter."""
    from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis import (
        _archives, _findings, _hosts, _ranking, _rules, _runs, _timeline,
    )
    from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._case_db import open_case
    from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._loading import Loader
    from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._logs import read_logs
    from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._stack import fill_stack
    from ansible_collections.csirt.linux_triage.plugins.plugin_utils._report._html import write_report

    folder, meter = case_folder / "report", Meter()
    folder.mkdir(mode=0o700)
    rules = _rules.read_rules([RULES])
    with open_case(folder) as case:
        if memory:
            case.connection.execute("SET memory_limit = '%s'" % memory)

        def load():
            loader = Loader(case)
            for run in _runs.runs_of(case_folder)[0]:
                archive = _archives.Archive(run)
                if archive.problems:
                    raise SystemExit("%s: %s" % (run, archive.problems))
                loader.load(archive)
                _hosts.add_host(case, archive, ())
            loader.finish()
            _hosts.add_coverage(case)

        meter.measure("verify and load", load)
        meter.measure("rarity", lambda: fill_stack(case))
        meter.measure("logs", lambda: read_logs(case))
        failed = meter.measure("rules", lambda: _findings.run_rules(case, rules))
        meter.measure("ranking", lambda: _ranking.fill_ranking(case, len(rules), failed))
        meter.measure("timeline", lambda: _timeline.fill_timeline(case))
        meter.measure("timeline's files", lambda: _timeline.write_files(case, folder))
        meter.measure("pages", lambda: write_report(case, folder))
        counts = {table: case.rows("SELECT count(*) AS n FROM %s" % table)[0]["n"] for table in ("files", "timeline", "findings")}
        counts["rules that failed"] = len(failed)
    return meter, counts


def in_own_process(work, *arguments):
    """The result of `work` in a new process, whose memory is its own."""
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        return pool.submit(work, *arguments).result()


def print_table(results):
    """One row a step, three columns a number of hosts; the CPU time of the last number by that of the first."""
    numbers = list(results)
    print("%-20s" % "" + "".join("%24d hosts" % number for number in numbers))
    print("%-20s" % "step" + "%10s%10s%10s" % ("wall s", "CPU s", "peak MiB") * len(numbers) + "%10s" % "CPU x")
    for step in results[numbers[0]][0].steps:
        print_row(step, [results[number][0].steps[step] for number in numbers])
    sums = [list(zip(*results[number][0].steps.values())) for number in numbers]
    print_row("all", [(sum(wall), sum(cpu), max(peak)) for wall, cpu, peak in sums])
    for number in numbers:
        print("%d hosts: %s" % (number, ", ".join("%s %d" % item for item in results[number][1].items())))


def print_row(name, measured):
    """A row of the table."""
    cells = "".join("%10.1f%10.1f%10.0f" % one for one in measured)
    print("%-20s%s%10.1f" % (name, cells, measured[-1][1] / max(measured[0][1], 0.01)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", type=Path, help="folder of a real case, OUTPUT/CASE")
    parser.add_argument("--hosts", type=int, nargs="+", default=[30, 300])
    parser.add_argument("--more-files", type=int, default=0, help="rows to add to the listing of each host")
    parser.add_argument("--memory", default="", help="DuckDB's limit, for example 512MB, instead of the report's own")
    parser.add_argument("--output", type=Path, help="folder in which the cases stay and are found again; without, none stays")
    options = parser.parse_args()
    results = {}
    for number in options.hosts:
        output = (options.output or Path(tempfile.mkdtemp(prefix="fleet-"))) / ("%d-%d" % (number, options.more_files))
        if not output.exists():
            begin = time.monotonic()
            make_case(options.case, output, number, options.more_files)
            print("%d hosts made and sealed in %.0f s" % (number, time.monotonic() - begin), flush=True)
        case = output / "fleet"
        shutil.rmtree(case / "report", ignore_errors=True)
        results[number] = in_own_process(report, case, options.memory)
        sizes = {"MiB of archives": case.rglob("*.tar.gz"), "MiB of report": (case / "report").rglob("*")}
        results[number][1].update({name: sum(path.stat().st_size for path in paths) >> 20 for name, paths in sizes.items()})
        if options.output is None:
            shutil.rmtree(output.parent)
    print_table(results)


if __name__ == "__main__":
    main()
