# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From sealed evidence to the verdict: the same findings each time, hosts in order, every figure explained."""

from __future__ import annotations

import dataclasses
import json
import shutil
import time

import pytest

pytest.importorskip("duckdb")

from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _custody  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis import _findings, _loading, _runs, _scans  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._analyse import NotAnalysed, make_report  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._case_db import NoDatabase, open_case  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._ranking import parts_of  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._rules import BadRule, read_rules  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._verdict import told  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import CaseError, file_name, make_report_folder  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._seal import seal  # noqa: E402
from ansible_collections.csirt.linux_triage.tests.unit.plugins.plugin_utils.case_helpers import RULES, sealed  # noqa: E402
from ansible_collections.csirt.linux_triage.tests.unit.plugins.plugin_utils.control_helpers import run  # noqa: E402

EVIL = {
    "processes": [{"pid": 7, "comm": "x", "exe": "/dev/shm/\x1b[31mx (deleted)", "exe_deleted": True, "uids": [0, 0, 0, 0],
                   "cmdline": ["x"], "started": "2026-11-20T10:00:00Z"}],
    "recovered": [{"kind": "exe", "pid": 7, "archived": "live/recovered/exe-7"}],
}
CLEAN = {"processes": [{"pid": 1, "comm": "systemd", "exe": "/usr/lib/systemd/systemd", "uids": [0, 0, 0, 0], "cmdline": ["/sbin/init"]}]}
# What is tested here is what becomes of findings: a few rules are enough, and faster.
USED = {"deleted-executable-drop-zone", "executable-in-drop-zone", "uid-0-twin", "rare-authorized-key", "rare-user"}
RULE = {"id": "own-rule", "title": "t", "severity": "low", "weight": 1, "attack": ["T1059"], "why": "w", "harmless": "h", "next": "n",
        "sql": "SELECT host, run, path AS subject, path AS summary, path FROM files"}


@pytest.fixture
def output(tmp_path):
    """Evidence of two hosts, of which one is entered."""
    sealed(tmp_path, CLEAN, "clean", files={b"/etc/passwd": b"root:x:0:0::/root:/bin/sh\n"})
    sealed(tmp_path, EVIL, "entered", files={b"/etc/passwd": b"root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/:/bin/sh\n"})
    return tmp_path


def report_on(output, rules=None, **more):
    case, rules = output / "case", rules or [rule for rule in read_rules([RULES]) if rule.id in USED]
    runs, not_home = _runs.runs_of(case)
    return make_report(make_report_folder(str(output), "case"), runs, rules, not_home=not_home, **more)


def findings(output):
    return [json.loads(line) for line in (output / "case" / "report" / "findings.jsonl").read_text().splitlines()]


def write_rule(folder, **facts):
    folder.mkdir(exist_ok=True)
    path = folder / f"{facts.get('id', 'own-rule')}.yml"
    path.write_text(json.dumps({**RULE, **facts}))
    return path


def test_the_entered_host_is_first_and_each_figure_is_explained(output):
    report = report_on(output)
    assert [(row["host"], row["verdict"]) for row in report.ranking] == [("entered", "compromised"), ("clean", "nothing found")]
    with open_case(output / "case" / "report") as case:
        worst = case.rows("SELECT * FROM ranking WHERE rank = 1")[0]
        assert worst["score"] == sum(part["score"] for part in json.loads(worst["parts"])) == 180
    assert [line.partition(":")[0] for line in worst["lines"]] == ["What", "Why", "Proof", "Began", "First"]
    assert "deleted" in worst["lines"][1] and "live/recovered/exe-7" in worst["lines"][2]
    assert "2026-11-20T10:00:00Z" in worst["lines"][3]


def test_every_finding_leads_to_bytes_at_home(output):
    report_on(output)
    found = findings(output)
    assert {row["rule"] for row in found} == {"deleted-executable-drop-zone", "uid-0-twin"}
    for row in found:
        for one in row["evidence"]:
            assert (output / "case" / one["archive"]).is_file() and one["member"]
    assert "[root]/etc/passwd" in {one["member"] for row in found for one in row["evidence"]}


def test_the_same_evidence_gives_the_same_findings_also_elsewhere(output, tmp_path_factory):
    report_on(output)
    first = findings(output)
    report_on(output)
    assert findings(output) == first
    moved = tmp_path_factory.mktemp("moved") / "evidence"
    shutil.copytree(output, moved)
    report_on(moved)
    assert findings(moved) == first


def test_a_clean_host_says_what_was_looked_at(output):
    row = report_on(output).ranking[1]
    assert row["score"] == 0 and "1 processes" in row["lines"][1] and "in order" in row["lines"][1]


def test_hostile_names_do_not_speak_to_the_terminal(output):
    text = "\n".join(told(report_on(output)))
    assert "\x1b" not in text and "\\x1b[31m" in text


def test_altered_evidence_is_refused_unless_told_to_go_on(output):
    archive = next((output / "case" / "clean").rglob("*.tar.gz"))
    with open(archive, "r+b") as stream:
        stream.seek(20)
        stream.write(b"\0\0\0\0")
    with pytest.raises(NotAnalysed, match="ALTERED.*triage_accept_altered"):
        report_on(output)
    report = report_on(output, accept_altered=True)
    assert report.altered and any("ALTERED" in line for line in told(report))
    weakened = {row["host"]: json.loads(row["weakened"]) for row in report.ranking}
    assert any("not what was sealed" in text for text in weakened["clean"])
    assert not any("not what was sealed" in text for text in weakened["entered"])
    assert {row["host"]: row["verdict"] for row in report.ranking} == {"entered": "compromised", "clean": "incomplete"}


def test_the_earlier_report_stays_when_a_new_one_fails(output):
    report_on(output)
    before = (output / "case" / "report" / "findings.jsonl").read_bytes()
    with open(next((output / "case" / "clean").rglob("*.tar.gz")), "ab") as stream:
        stream.write(b"\0")
    with pytest.raises(NotAnalysed):
        report_on(output)
    assert (output / "case" / "report" / "findings.jsonl").read_bytes() == before


def test_evidence_of_a_host_named_report_is_not_replaced(output):
    assert file_name("report") != "report"
    shutil.move(output / "case" / "clean", output / "case" / "report")
    with pytest.raises(NotAnalysed, match="holds evidence"):
        report_on(output)
    assert next((output / "case" / "report").rglob("*.tar.gz"))


def test_the_newest_sealed_run_of_a_host_counts(output):
    sealed(output, CLEAN, "entered")
    newest = [folder for folder in _runs.runs_of(output / "case")[0] if folder.parent.name == "entered"]
    assert len(newest) == 1 and newest[0] == max((output / "case" / "entered").iterdir(), key=_runs._order)
    assert _runs.newest_case(output) == "case"
    with pytest.raises(CaseError, match="no such case"):
        _runs.case_folder(output, "other")


def test_a_rule_that_fails_costs_only_itself(output, tmp_path):
    write_rule(tmp_path / "rules", id="broken-one", sql="SELECT nonsense FROM files")
    write_rule(tmp_path / "rules", id="broken-two", sql="SELECT host FROM files")
    write_rule(tmp_path / "rules", id="broken-three", sql="COPY files TO '/tmp/x'")
    report = report_on(output, [rule for rule in read_rules([RULES, tmp_path / "rules"]) if rule.id in USED or "broken" in rule.id])
    assert set(report.failed_rules) == {"broken-one", "broken-two", "broken-three"}
    assert "sql must return host, run, subject, summary" in report.failed_rules["broken-two"]
    assert "one SELECT" in report.failed_rules["broken-three"]
    assert report.ranking[0]["verdict"] == "compromised"
    assert any("3 rules could not run" in text for text in json.loads(report.ranking[0]["weakened"]))


def test_a_rule_without_end_is_ended_and_named(output, tmp_path, monkeypatch):
    monkeypatch.setattr(_findings, "SECONDS", 0.5)
    write_rule(tmp_path / "rules", id="endless", sql="""
        SELECT 'clean' AS host, 'x' AS run, sum(hash(a.range, b.range, c.range)) AS subject, '' AS summary
        FROM range(100000) a, range(100000) b, range(100000) c""")
    begin = time.monotonic()
    report = report_on(output, [rule for rule in read_rules([RULES, tmp_path / "rules"]) if rule.id in {*USED, "endless"}])
    assert time.monotonic() - begin < 60
    assert "Interrupt" in report.failed_rules["endless"] or "INTERRUPT" in report.failed_rules["endless"]
    assert report.ranking[0]["verdict"] == "compromised"


def test_a_rule_that_fails_in_no_known_way_costs_only_itself(output, monkeypatch):
    def broken(case, rule):
        if rule.id == "rare-user":
            raise OverflowError("date value out of range")
        return run_rule(case, rule)
    run_rule = _findings.run_rule
    monkeypatch.setattr(_findings, "run_rule", broken)
    report = report_on(output)
    assert set(report.failed_rules) == {"rare-user"} and report.ranking[0]["verdict"] == "compromised"


def test_a_hit_without_a_subject_is_not_lost(tmp_path):
    sealed(tmp_path, {"files": [{"path": "/x"}]}, "host")
    write_rule(tmp_path / "rules", sql="SELECT host, run, path || target AS subject, 'it is there' AS summary FROM files")
    report = report_on(tmp_path, read_rules([tmp_path / "rules"]))
    assert report.findings == 1 and findings(tmp_path)[0]["subject"] == "it is there"


def test_a_flood_of_findings_is_counted_and_not_shown(tmp_path):
    sealed(tmp_path, {"files": [{"path": f"/{number:04}"} for number in range(500)]}, "flooded")
    write_rule(tmp_path / "rules")
    report = report_on(tmp_path, read_rules([tmp_path / "rules"]))
    assert report.findings == 101
    assert findings(tmp_path)[-1]["summary"].startswith("400 more findings")


@pytest.mark.parametrize("change, reason", [
    ({"severity": "grave"}, "severity must be one of critical"), ({"weight": "9"}, "weight must be"), ({"weight": 101}, "weight must be"),
    ({"attack": ["1059"]}, "attack must be"), ({"sql": " "}, "sql must be text"), ({"id": "X"}, "id must be"),
    ({"colour": "red"}, "colour is not known"), ({"why": None}, "why must be text"),
])
def test_a_bad_rule_file_is_named_with_the_reason(tmp_path, change, reason):
    path = write_rule(tmp_path / "rules", **change)
    with pytest.raises(BadRule) as raised:
        read_rules([tmp_path / "rules"])
    assert str(path) in str(raised.value) and reason in str(raised.value)


def test_bad_folders_and_doubled_ids_of_rules_are_errors(tmp_path):
    with pytest.raises(BadRule, match="no such folder"):
        read_rules([tmp_path / "gone"])
    write_rule(tmp_path / "rules", id="webshell")
    with pytest.raises(BadRule, match="the id webshell is that of"):
        read_rules([RULES, tmp_path / "rules"])
    (tmp_path / "rules" / "webshell.yml").write_text("id: [")
    with pytest.raises(BadRule, match="webshell.yml"):
        read_rules([tmp_path / "rules"])


def test_many_findings_of_one_rule_add_at_most_the_weight_of_its_first_again():
    rows = [{"id": str(number), "rule": "r", "score": 30, "title": "t", "subject": "s"} for number in range(50)]
    assert [part["score"] for part in parts_of(rows)][:3] == [30, 3, 3]
    assert sum(part["score"] for part in parts_of(rows)) == 60


def test_a_case_without_duckdb_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    with pytest.raises(NoDatabase, match="pip install 'duckdb"):
        open_case(tmp_path)


def fleet(tmp_path, *hosts):
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGkWbFBFgLqNyg1CsPuG3uhgQfCpGAnVxOlYsqYiXFo8 mallory\n"
    for host, has_key, tables in hosts:
        files = {b"/etc/passwd": b"root:x:0:0::/root:/bin/sh\n", b"/root/.ssh/authorized_keys": key.encode() if has_key else b"\n"}
        sealed(tmp_path, tables, host, files=files)
    return report_on(tmp_path)


def test_what_one_host_of_many_has_is_found(tmp_path):
    report = fleet(tmp_path, *((f"web{number}", number == 2, CLEAN) for number in range(4)))
    assert report.ranking[0]["host"] == "web2"
    assert [(row["host"], row["rule"]) for row in findings(tmp_path)] == [("web2", "rare-authorized-key")]
    with open_case(tmp_path / "case" / "report") as case:
        row = case.rows("SELECT * FROM stack WHERE kind = 'authorized_key'")[0]
        assert (row["hosts_with"], row["hosts_of"], row["host"]) == (1, 4, "web2")


def test_the_key_of_a_backup_is_each_hosts_own(tmp_path):
    keys = [b"AAAAC3NzaC1lZDI1NTE5AAAAI" + text for text in (b"GkWbFBFgLqNyg1CsPuG3uhgQfCpGAnVxOlYsqYiXFo8", b"HpomOEVm2aBFdDf+fjZ3WgNSNqtBzGIDJWQc0/0Bq7z")]
    options = [b'command="borg serve --restrict-to-path /srv",restrict ', b'command="bash -i",restrict ', b'command="borg serve",restrict,pty ', b""]
    for number, option in enumerate(options):
        home = b"/home/u%d/.ssh/authorized_keys" % number
        files = {b"/etc/passwd": b"root:x:0:0::/root:/bin/sh\n", home: option + b"ssh-ed25519 " + keys[number % 2] + b" x\n"}
        sealed(tmp_path, CLEAN, f"web{number}", files=files)
    report_on(tmp_path)
    assert {row["host"] for row in findings(tmp_path) if row["rule"] == "rare-authorized-key"} == {"web1", "web2", "web3"}


def test_one_certain_thing_stands_before_a_heap_of_oddities(tmp_path):
    for host in ("entered", "heap", "quiet"):
        sealed(tmp_path, CLEAN, host)
    for name, severity, host in (("odd", "medium", "heap"), ("odd-too", "medium", "heap"), ("sure", "critical", "entered")):
        sql = f"SELECT host, run, 'x' AS subject, 'y' AS summary FROM hosts WHERE host = '{host}'"
        write_rule(tmp_path / "rules", id=name, severity=severity, weight=90, sql=sql)
    report = report_on(tmp_path, read_rules([tmp_path / "rules"]))
    assert [(row["host"], row["score"]) for row in report.ranking] == [("entered", 90), ("heap", 180), ("quiet", 0)]


def test_what_many_or_hosts_of_another_kind_have_is_not_rare(tmp_path):
    fleet(tmp_path, *((f"web{number}", True, CLEAN) for number in range(3)))
    assert findings(tmp_path) == []


def test_a_run_of_nothing_does_not_stand_before_one_with_evidence(output):
    folder = run(output, "entered")
    _custody.record(folder, "problem", step="workspace", msg="512 MiB must be free")
    seal(folder, "entered", ["10-live_state"])
    newest = folder.with_name("29991231T000000Z")
    folder.rename(newest)
    runs, not_home = _runs.runs_of(output / "case")
    [older] = [folder for folder in runs if folder.parent.name == "entered"]
    assert older != newest
    assert [(row["host"], row["reason"], row["older_run"]) for row in not_home] == [("entered", "512 MiB must be free", older.name)]


def test_a_host_from_which_nothing_came_home_is_told(output):
    lost = run(output, "lost")
    (lost / "custody.jsonl").unlink()
    _custody.record(lost, "begin", host="lost\x1b[2J")
    _custody.record(lost, "refused", msg="no route to host")
    older = run(output, "clean")
    newest = older.with_name("29991231T000000Z")
    older.rename(newest)
    report = report_on(output)
    text = "\n".join(told(report))
    assert "NOTHING CAME HOME from lost\\x1b[2J: no route to host" in text and "\x1b" not in text
    assert "NOTHING CAME HOME from clean; what is said of it here is of its run " in text
    page = (output / "case" / "report" / "index.html").read_text(encoding="utf-8")
    assert "Nothing came home from 2 hosts" in page and "no route to host" in page
    assert "evidence of every host is complete" not in page


def test_where_tables_or_rules_failed_nobody_says_that_nothing_was_found(output):
    bad = [rule for rule in read_rules([RULES]) if rule.id in USED]
    report = report_on(output, [*bad, dataclasses.replace(bad[0], id="broken", sql="SELECT nothing FROM nowhere")])
    clean = next(row for row in report.ranking if row["host"] == "clean")
    assert clean["verdict"] == "incomplete" and "could not run: broken" in clean["weakened"]
    sealed(output, {**CLEAN, "sockets": b"{not json\n"}, "torn")
    report = report_on(output)
    assert {row["host"]: row["verdict"] for row in report.ranking}["torn"] == "incomplete"


def test_a_scan_that_was_wanted_and_did_not_happen_weakens_the_verdict(output, tmp_path, monkeypatch):
    def bad(*_unused):
        raise EOFError("torn")

    monkeypatch.setattr(_scans, "yara_scan", bad)
    report = report_on(output, scans=_scans.Scans(yara_rules=(tmp_path,)))
    clean = next(row for row in report.ranking if row["host"] == "clean")
    assert clean["verdict"] == "incomplete" and "YARA did not look at all of it: EOFError: torn" in clean["weakened"]
    assert any(line.startswith("NOT DONE YARA over clean") for line in told(report))


def destroy(folder, how):
    """Makes a run unreadable in one of the ways that there are."""
    custody, archive = folder / "custody.jsonl", next(folder.glob("*.tar.gz"))
    if how == "no custody":
        custody.unlink()
    elif how == "no event":
        custody.write_bytes(b"\x00" * 4096)
    elif how == "no seal":
        custody.write_bytes(b"\n".join(line for line in custody.read_bytes().splitlines() if b'"sealed"' not in line) + b"\n")
    elif how == "no file":
        custody.unlink()
        custody.mkdir()
    elif how == "no places":
        custody.write_bytes(custody.read_bytes().replace(b'"offset": 0', b'"offset": "x"'))
    elif how == "no archive":
        archive.unlink()


WAYS = {
    "no custody": "custody.jsonl is gone", "no event": "custody.jsonl is damaged", "no seal": "no record of its seal",
    "no file": "custody.jsonl can't be read", "no places": "sealed parts can't be read", "no archive": "clean.tar.gz is gone",
}


@pytest.mark.parametrize("accept", [False, True])
@pytest.mark.parametrize("how, reason", WAYS.items())
def test_a_run_that_cannot_be_read_is_named_and_the_others_are_reported(output, how, reason, accept):
    destroy(next((output / "case" / "clean").iterdir()), how)
    report = report_on(output, accept_altered=accept)
    assert [row["host"] for row in report.ranking] == ["entered"]
    line = next(line for line in told(report) if line.startswith("NOT READABLE"))
    assert "clean" in line and reason in line
    page = (output / "case" / "report" / "index.html").read_text(encoding="utf-8")
    assert "Not readable is the evidence of 1 host" in page and reason.replace("'", "&#39;") in page
    assert "evidence of every host is complete" not in page


def test_an_earlier_run_stands_in_for_one_that_cannot_be_read(output):
    newest = sealed(output, CLEAN, "clean")
    newest = newest.rename(newest.with_name("29991231T000000Z"))
    destroy(newest, "no custody")
    report = report_on(output)
    assert sorted(row["host"] for row in report.ranking) == ["clean", "entered"]
    assert any(line.startswith("NOT READABLE is the run 29991231T000000Z of clean; what is said of it here is of its run 2")
               for line in told(report))


def test_where_nothing_can_be_read_the_reasons_are_told(output):
    for folder in list((output / "case").glob("*/*")):
        destroy(folder, "no custody")
    with pytest.raises(NotAnalysed, match="clean, run 2.*custody.jsonl is gone.*entered, run 2"):
        report_on(output)


def test_a_reason_that_ends_a_sentence_ends_it_once(tmp_path):
    with pytest.raises(NotAnalysed, match=r"denied\. Wanted"):
        make_report(tmp_path, [], [], not_home=[{"host": "web01", "run": "1", "reason": "Permission denied."}])


def test_an_error_that_nobody_thought_of_costs_one_archive(output, monkeypatch):
    def broken(self, archive):
        if archive.host == "clean":
            raise LookupError("odd\x1b[2J")
        return load(self, archive)
    load = _loading.Loader.load
    monkeypatch.setattr(_loading.Loader, "load", broken)
    report = report_on(output)
    text = "\n".join(told(report))
    assert {row["host"]: row["verdict"] for row in report.ranking} == {"entered": "compromised", "clean": "incomplete"}
    assert "NOT DONE all tables of clean: LookupError: odd\\x1b[2J" in text and "could not be read to their end" in text
    assert "could not be read to their end" in (output / "case" / "report" / "hosts" / "clean.html").read_text(encoding="utf-8")


def test_archives_that_are_named_and_are_not_there(tmp_path):
    with pytest.raises(CaseError, match=r"/no.tar.gz does not exist. Wanted is a sealed archive, beside which its custody.jsonl"):
        _runs.runs_named([tmp_path / "no.tar.gz"])
    (tmp_path / "x.tar.gz").touch()
    with pytest.raises(NotAnalysed, match="custody.jsonl is gone.*Wanted is a sealed archive"):
        make_report(tmp_path / "report", _runs.runs_named([tmp_path / "x.tar.gz"]), [])


def test_an_archive_that_is_named_twice_counts_once(output):
    run_folder = next((output / "case" / "clean").iterdir())
    assert _runs.runs_named([run_folder, run_folder / "clean.tar.gz"]) == [run_folder.resolve()]
