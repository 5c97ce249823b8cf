# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import signal
import time

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _crew

pytestmark = pytest.mark.usefixtures("nothing_left_open")


class Worker(object):
    """Writes its jobs, one a line, to a file of its own; a job that ends at 0 kills it, one at 1 keeps it busy."""

    def __init__(self, path):
        self.path = path
        self.lines = []
        self.stopped = False

    def do(self, start, end):
        if end == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        while end == 1 and not self.stopped:
            time.sleep(0.01)
        self.lines.append("%d %d" % (start, end))
        return not self.stopped

    def stop(self):
        self.stopped = True

    def close(self):
        with open(self.path, "w") as stream:
            stream.write("\n".join(self.lines + ["closed"]))


@pytest.fixture
def crew(tmpdir):
    return _crew.Crew(2, lambda index: Worker(str(tmpdir.join(str(index)))))


def written(tmpdir):
    return [line for path in tmpdir.listdir() for line in path.read().split("\n")]


def test_every_job_is_done_once(tmpdir, crew):
    jobs = [(number, number + 2) for number in range(10000)]  # more than a pipe holds
    for job in jobs:
        crew.give(*job)
    crew.finish(lambda: None)
    assert crew.done == set(jobs) and not crew.failures
    assert sorted(written(tmpdir)) == sorted(["%d %d" % job for job in jobs] + ["closed"] * 2)


def test_one_that_dies_costs_its_job_alone(crew):
    jobs = [(0, 0)] + [(number, 2) for number in range(500)]
    for job in jobs:
        crew.give(*job)
    crew.finish(lambda: None)
    assert crew.failures == ["signal 9"]
    assert crew.done == set(jobs[1:])


def test_all_dead_is_no_hang(crew):
    for job in [(0, 0), (1, 0), (2, 2)]:
        crew.give(*job)
    crew.finish(lambda: None)
    assert crew.failures == ["signal 9"] * 2


def test_who_is_stopped_writes_down_what_it_has(tmpdir, crew):
    for job in [(7, 1), (8, 1), (9, 2)]:
        crew.give(*job)

    def check():
        raise ValueError("no time")

    with pytest.raises(ValueError):
        crew.finish(check)
    assert crew.done <= set([(9, 2)]) and not crew.failures
    assert written(tmpdir).count("closed") == 2


def test_who_does_not_stop_is_killed(tmpdir, monkeypatch):
    monkeypatch.setattr(_crew, "STOP_SECONDS", 0.5)
    monkeypatch.setattr(Worker, "stop", lambda worker: None)
    crew = _crew.Crew(1, lambda index: Worker(str(tmpdir.join(str(index)))))
    crew.give(7, 1)
    time.sleep(0.2)
    crew.stop()
    crew.stop()
    assert crew.failures == ["signal 9"]
