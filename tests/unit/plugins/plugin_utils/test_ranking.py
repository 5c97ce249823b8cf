# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where evidence was cut nobody says that nothing was found; what every real host has does not make it incomplete."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("duckdb")

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._case_db import open_case  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._ranking import fill_ranking  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._report._html import write_report  # noqa: E402
from ansible_collections.csirt.linux_triage.tests.unit.plugins.plugin_utils.case_helpers import add_rows  # noqa: E402

PERSISTENCE, LIVE, WEB = "30-persistence", "10-live_state", "42-webshell_scan"


@pytest.fixture
def verdict(tmp_path):
    def ranked(tables):
        with open_case(tmp_path) as case:
            add_rows(case, "web01", {"hosts": [{"complete": True, "problems": [], "missing": [], "clock_offset": 0.0}], **tables})
            fill_ranking(case, 1, {})
            row = case.rows("SELECT verdict, weakened FROM ranking")[0]
            return row["verdict"], json.loads(row["weakened"])
    return ranked


def item(part, state, reason, path=None, **more):
    return {"part": part, "state": state, "reason": reason, "path": path, **more}


@pytest.mark.parametrize("row, told", [
    (item(PERSISTENCE, "skipped_budget", "1000 of 7000 files", "/etc/cron.d/*"), "30-persistence is cut: 1 skipped_budget, such as "
     "/etc/cron.d/*: 1000 of 7000 files"),
    (item(PERSISTENCE, "truncated", "the first 4 of 9 bytes", "/etc/profile"), "/etc/profile"),
    (item(PERSISTENCE, "denied", "Permission denied", "/var/spool/cron"), "1 denied"),
    (item(PERSISTENCE, "skipped_budget", "400 payloads of 7 bytes in all were taken", "/opt/x", artifact="persistence target"), "/opt/x"),
    (item(LIVE, "failed", "Traceback:\n  File\nValueError: odd\n", artifact="processes"), "such as processes: ValueError: odd"),
    (item(LIVE, "truncated", "more than 9 processes", "/proc"), "more than 9 processes"),
    (item("20-accounts", "skipped_budget", "more than 9 homes", artifact="homes"), "more than 9 homes"),
    (item(WEB, "skipped_budget", "700 s used up: the rest of it was not looked at", "/var/www"), "/var/www"),
    (item("50-file_listing", "timed_out", "stopped: 9 folders in it were not visited", "/srv"), "/srv"),
    (item("60-file_hashes", "timed_out", "9 files were not looked at, or not all of them"), "9 files were not looked at"),
])
def test_what_a_collector_left_out_makes_it_incomplete(verdict, row, told):
    word, weakened = verdict({"items": [row]})
    assert word == "incomplete"
    assert any(told in text for text in weakened), weakened


@pytest.mark.parametrize("row", [
    item(PERSISTENCE, "absent", "nothing matches"),
    item(PERSISTENCE, "skipped_type", "FIFO", "/etc/cron.d/pipe"),
    item(PERSISTENCE, "skipped_budget", "61000000 bytes", "/usr/local/bin/k3s", artifact="persistence target"),
    item(PERSISTENCE, "truncated", "the first 2 of 9 bytes", "/usr/lib/systemd/system-generators/podman-system-generator"),
    item(LIVE, "failed", "exit code 1", command="rpm -qa"),
    item(LIVE, "skipped_budget", "larger than 9 bytes", "/proc/7/exe"),
    item("20-accounts", "truncated", "the first 9 of 10 bytes", "/root/.bash_history"),
    item("41-web_content", "skipped_budget", "9 scripts and programs were not taken: more than 1 MiB", "/var/www"),
    item("46-service_logs", "truncated", "the first 9 of 10 bytes", "/var/log/nginx/access.log"),
    item("60-file_hashes", "skipped_budget", "more than 9 bytes", "/srv/image"),
    item("60-file_hashes", "failed", "9 notes more like these"),
    item("80-backup", "skipped_budget", "more than 9 bytes"),
])
def test_what_is_left_out_on_every_real_host_only_weakens(verdict, row):
    podman = "/usr/lib/systemd/system-generators/podman-system-generator"
    assert verdict({"items": [row], "persistence_files": [{"path": podman, "package": "podman"}]})[0] == "nothing found"


def test_a_file_of_commands_that_no_package_owns_is_missed_when_it_is_cut(verdict):
    row = item(PERSISTENCE, "truncated", "the first 2 of 9 bytes", "/usr/lib/systemd/system-generators/x")
    assert verdict({"items": [row], "persistence_files": [{"path": row["path"]}]})[0] == "incomplete"


def test_rows_that_are_missing_at_home_make_it_incomplete(verdict):
    rows = [{"table": "persistence", "member": "cron", "problem": "more than 9 rows", "cut": True}]
    word, weakened = verdict({"errors": rows})
    assert word == "incomplete"
    assert weakened == ["1 times rows are missing in tables made at home (table errors), such as persistence: cron: more than 9 rows"]


def test_bytes_in_no_known_form_only_weaken(verdict):
    word, weakened = verdict({"errors": [{"table": "logins", "member": "[root]/var/log/btmp", "problem": "4 bytes too many"}]})
    assert word == "nothing found"
    assert weakened == ["1 times something was in no known form (table errors), such as logins: [root]/var/log/btmp: 4 bytes too many"]


@pytest.mark.parametrize("names, told", [("ba", "2 comparisons could not be made: a (absent); b (absent)"),
                                         ("abcdef", "6 comparisons could not be made: a (absent); b (absent); c (absent); d (absent); e (absent); and more")])
def test_each_comparison_that_could_not_be_made_is_named(names, told, verdict):
    rows = [{"compared": name, "result": "not_possible", "reason": "absent"} for name in names]
    assert verdict({"checks": rows})[1] == [told]


def test_the_page_does_not_call_it_complete(tmp_path):
    with open_case(tmp_path) as case:
        add_rows(case, "web01", {
            "hosts": [{"complete": True, "problems": [], "missing": []}],
            "items": [item(PERSISTENCE, "skipped_budget", "6000 of 7000 files are left out", "/etc/cron.d/*")],
        })
        fill_ranking(case, 1, {})
        page = write_report(case, tmp_path).read_text(encoding="utf-8")
    assert "Nothing of weight was found in what came home, which is not all of 1 of 1 hosts" in page
    assert "30-persistence is cut: 1 skipped_budget" in page and "evidence of every host is complete" not in page
