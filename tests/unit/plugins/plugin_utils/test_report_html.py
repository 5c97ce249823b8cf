# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import gzip
import hashlib
import html.parser
import json
import re
import stat
import subprocess
from pathlib import Path

import pytest
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis import _schema
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._rules import read_rules
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._report._findings import SEVERITIES, anchor
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._report._host_page import sections
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._report._html import techniques, write_report
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._report._pages import PACKED_ABOVE, data_block
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._report._rows import LONGEST, shown
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._report._timeline_rows import timeline_rows
from ansible_collections.csirt.linux_triage.tests.unit.plugins.plugin_utils.report_helpers import (
    RUN, event, finding, host, make_case, proof, ranking,
)

VOID = {"meta", "input", "br", "img", "link"}


class Page(html.parser.HTMLParser):
    """A page taken apart: ``elements`` (tag, attributes), ``scripts`` (attributes, text), ``styles``, ``text``."""

    def __init__(self, path):
        super().__init__()
        self.elements, self.scripts, self.styles, self._texts, self._inside = [], [], [], [], []
        self.feed(path.read_text(encoding="utf-8"))
        self.text = " ".join("".join(self._texts).split())

    def handle_starttag(self, tag, attrs):
        self._texts.append(" ")
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._inside.append(tag)
        if tag == "script":
            self.scripts.append((dict(attrs), ""))
        if tag == "style":
            self.styles.append("")

    def handle_endtag(self, tag):
        assert self._inside.pop() == tag

    def handle_data(self, data):
        if self._inside and self._inside[-1] == "script":
            attributes, text = self.scripts.pop()
            self.scripts.append((attributes, text + data))
        elif self._inside and self._inside[-1] == "style":
            self.styles[-1] += data
        else:
            self._texts.append(data)

    def tags(self):
        return {tag for tag, _attributes in self.elements}

    def values(self, name):
        return [attributes[name] for _tag, attributes in self.elements if name in attributes]

    def data(self, identity):
        attributes, text = next(pair for pair in self.scripts if pair[0].get("id") == f"data-{identity}")
        return json.loads(gzip.decompress(base64.b64decode(text)) if attributes["type"] == "application/gzip" else text)


def report(tmp_path, **tables):
    case = make_case(tmp_path, **tables)
    index = write_report(case, case.folder)
    case.close()
    return index


def host_page(index, name="web01"):
    return Page(index.parent / "hosts" / f"{name}.html")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return report(
        tmp_path_factory.mktemp("small"),
        hosts=[host(), host("web02", complete=False, missing=["50-file_listing"]), host("web03")],
        ranking=[
            ranking(weakened=json.dumps(["3 items were denied"]), parts=json.dumps([
                {"finding": identity, "score": score, "text": "A web shell"} for identity, score in (("a", 82), ("b", 6), ("low", 2))])),
            ranking("web03", 3, verdict="nothing found", score=0, lines=["What: in order"]),
            ranking("web02", 2, verdict="incomplete", score=0, lines=[]),
        ],
        findings=[
            finding("low", severity="low", rule="history", title="No history", attack=[], first_seen=None, score=2),
            finding("a"), finding("b", subject="/var/www/html/y.php", evidence="[]"),
        ],
        users=[{"host": "web01", "run": RUN, "source": "passwd", "user": "toor", "uid": 0, "locked": False},
               {"host": "web02", "run": RUN, "user": "other", "uid": 1}],
        webshell_hits=[{"host": "web01", "run": RUN, "source_row": row, "path": f"/{row}", "score": 100 - row} for row in (1, 2, 3)],
        coverage=[{"host": "web01", "part": part, "state": state, "items": items} for part, state, items in (
            ("20-accounts", "denied", 3), ("20-accounts", "collected", 9), ("10-live_state", "collected", 5))],
        items=[{"host": "web01", "run": RUN, "part": "20-accounts", "state": "denied", "path": "/root/x", "reason": "EACCES"},
               {"host": "web01", "run": RUN, "part": "20-accounts", "state": "collected", "path": "/etc/passwd"}],
        stack=[{"kind": "user", "kind_group": "debian 12", "value": "toor", "hosts_with": 1, "hosts_of": 3, "host": "web01"}],
        timeline=[
            event("2026-11-20 01:02:03.25", "/var/www/html/x.php", clock_offset=-3.5),
            event("2026-11-19", "login of root", source="logins", time_desc="login record: login", path=None, clock_offset=-3.5,
                  evidence="tables/logins.jsonl line 1"),
        ],
    )


def test_pages_are_private(small):
    pages = [small, *(small.parent / "hosts").iterdir()]
    assert len(pages) == 4
    assert {stat.S_IMODE(page.stat().st_mode) for page in pages} == {0o600}
    assert stat.S_IMODE((small.parent / "hosts").stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["index.html", "hosts/web01.html"])
def test_a_page_needs_nothing_else_and_lets_nothing_else_run(small, name):
    path = small.parent / name
    page = Page(path)
    assert page.tags().isdisjoint({"link", "img", "iframe", "object", "embed", "form", "base"})
    assert page.values("src") == []
    assert [name for _tag, attributes in page.elements for name in attributes if name.startswith("on") or name == "style"] == []
    links = page.values("href")
    assert [link for link in links if not re.match(r"(#|\.\./|hosts/)", link)] == []
    (policy,) = [attributes["content"] for _tag, attributes in page.elements if attributes.get("http-equiv") == "Content-Security-Policy"]
    (code,) = [text for attributes, text in page.scripts if "type" not in attributes]
    (style,) = page.styles
    assert policy == (
        f"default-src 'none'; script-src {_source(code)}; style-src {_source(style)}; base-uri 'none'; form-action 'none'"
    )


def _source(text):
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def test_the_fleet_says_which_host_first_and_why_without_a_script(small):
    text = Page(small).text
    assert "1 of 3 hosts: begin with web01" in text
    assert text.index("Why a script in the upload folder runs what it is sent") < text.index("First cut it off") < text.index("web02")
    assert "the evidence of 1 host is not complete" in text and "web02 50-file_listing" in text
    assert "✓" not in text and text.index("web02") < text.index("web03")
    assert "Persistence T1505.003 Web Shell critical 2 1 web01" in text
    assert "critical A web shell T1505.003 2 1 web01" in text and "low No history" in text


def test_a_host_shows_its_findings_without_a_script(small):
    page = host_page(small)
    text = page.text
    for expected in (
        "2 critical · 1 low · number 1 of 3 · score 90", "What compromised", "3 items were denied", "why it is a door",
        "harmless when a test of a scanner", "next look at the access log", "[root]/var/www/html/x.php:3",
        f"web01/{RUN}/web01.tar.gz", "time not known", "Why 90 88 critical A web shell by 2 findings 2 low No history",
    ):
        assert expected in text
    assert text.index("A web shell") < text.index("No history")
    assert text.count("why it is a door") == 2, "of one rule it is said once"
    assert f"web01/{RUN}/web01.tar.gz [root]/var/www/html/x.php:3" in page.values("data-copy")


def test_tables_of_a_host_are_its_own(small):
    page = host_page(small)
    users = page.data("users")
    assert [column["name"] for column in users["columns"]] == ["user", "uid", "source"]
    assert users["rows"] == [["toor", 0, "passwd"]]
    assert "Without a row: SSH keys, Private keys, Logins, Commands in histories" in page.text


def test_rows_that_a_finding_is_made_of_come_first_and_lead_to_it(small):
    page = host_page(small)
    assert page.data("webshell_hits")["rows"] == [["webshell_hits:3", 97, "/3"], [None, 99, "/1"], [None, 98, "/2"]]
    assert page.data("about")["marks"][0] == {
        "anchor": "f-a", "severity": "critical", "title": "A web shell", "time": 1795136523.0,
        "about": ["/var/www/html/x.php", "timeline:/var/www/html/x.php", "webshell_hits:3"],
    }


def test_coverage_is_a_row_a_part(small):
    coverage = host_page(small).data("coverage")
    assert [column["name"] for column in coverage["columns"]] == ["part", "collected", "denied"]
    assert coverage["rows"] == [["10-live_state", 5, None], ["20-accounts", 9, 3]]
    assert Page(small).data("coverage_states")["rows"] == [["web01", "10-live_state", 5, None], ["web01", "20-accounts", 9, 3]]


def test_a_host_that_floods_the_fleet_crowds_nobody_out(tmp_path):
    case = make_case(tmp_path, hosts=[host("a"), host("b")], ranking=[ranking("a"), ranking("b", 2)],
                     coverage=[{"host": "b", "part": "20-accounts", "state": "collected", "items": 7}],
                     items=[{"host": "b", "run": RUN, "part": "20-accounts", "state": "denied", "path": "/root/x"}])
    case.connection.execute(f"INSERT INTO items (host, run, state, path) SELECT 'a', '{RUN}', 's' || i, '/' || i FROM range(60000) t(i)")
    case.connection.execute("INSERT INTO coverage SELECT 'a', 'p' || i, 's' || i, 1 FROM range(60000) t(i)")
    page = Page(write_report(case, case.folder))
    assert [row[0] for row in page.data("items")["rows"]].count("a") == 200
    assert ["b", "20-accounts", "denied", "/root/x"] in page.data("items")["rows"]
    coverage = page.data("coverage_states")
    names = [column["name"] for column in coverage["columns"]]
    assert len(names) == 19 and names[-1] == "others"
    assert ["b", "20-accounts", 7] == [value for value in coverage["rows"][-1] if value is not None]


def test_the_timeline_of_a_host(small):
    page = host_page(small)
    timeline = page.data("timeline_rows")
    assert timeline["rows"] == [
        [1795046400.0, "logins", "login record: login", None, "login of root", None, None, "tables/logins.jsonl line 1"],
        [1795136523.25, "files", "modified", "timeline:/var/www/html/x.php", "/var/www/html/x.php", None, None, None],
    ]
    assert "The host's clock was 3.5 s behind; that is put right here." in page.text
    view = page.data("about")["view"]
    assert view[0] < 1795136523 < view[1] == 1795579500


def test_of_a_long_timeline_everything_but_the_oldest_file_times_is_shown(tmp_path):
    case = make_case(tmp_path, timeline=[
        event("2026-11-01", "old login", source="logins"), *(event(f"2026-11-{day}", f"/f{day}") for day in range(10, 20)),
    ])
    rows = timeline_rows(case.connection, {"host": "web01", "run": RUN}, limit=3)
    assert [row[4] for row in rows["rows"]] == ["old login", "/f18", "/f19"]
    assert (rows["total"], rows["left_out"]) == (11, "times of files before 2026-11-18 00:00:00")
    assert timeline_rows(case.connection, {"host": "web01", "run": RUN})["left_out"] == ""


def test_what_was_not_collected_and_what_is_rare(small):
    page = Page(small)
    assert page.data("items")["rows"] == [["web01", "20-accounts", "denied", "/root/x", "EACCES"]]
    assert page.data("stack")["rows"] == [[1, 3, "user", "toor", "web01", "debian 12"]]
    assert page.data("all_findings")["rows"][0][:4] == ["critical", "web01", "A web shell", "/var/www/html/x.php"]
    assert page.data("about")["pages"]["web03"] == "hosts/web03.html"


def test_every_link_leads_somewhere(small):
    for path in (small, small.parent / "hosts" / "web01.html", small.parent / "hosts" / "web02.html"):
        page = Page(path)
        for link in page.values("href"):
            target, _mark, place = link.partition("#")
            target = (path.parent / target) if target else path
            assert target.is_file()
            assert not place or place in Page(target).values("id")


def test_a_case_without_anything(tmp_path):
    assert "Nothing of weight was found on 0 hosts" in Page(report(tmp_path)).text


def test_a_host_without_findings_and_one_without_evidence(tmp_path):
    index = report(tmp_path, hosts=[host()], ranking=[ranking(lines=["What: in order"]), ranking("gone", 2, lines=[])])
    assert "No rule found anything" in host_page(index).text
    assert "nothing is known of it" in Page(index).text


def test_names_of_pages_are_harmless_and_unique(tmp_path):
    names = ["../../etc/passwd", "a/b", "A/b", "Web01", "web01", "<script>alert(1)</script>", "x" * 3000, "\u202egnp", ".", ""]
    index = report(tmp_path, hosts=[host(name) for name in names], ranking=[ranking(name, rank) for rank, name in enumerate(names, 1)])
    pages = [path.name for path in (index.parent / "hosts").iterdir()]
    assert len({name.lower() for name in pages}) == len(names)
    assert [name for name in pages if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,150}\.html", name)] == []
    assert set(Page(index).data("about")["pages"].values()) == {f"hosts/{name}" for name in pages}


def test_two_runs_of_a_host_have_a_page_each(tmp_path):
    runs = [RUN, "20261126T040000Z"]
    index = report(
        tmp_path, hosts=[host(run=run) for run in runs], ranking=[ranking(run=run, rank=rank) for rank, run in enumerate(runs, 1)],
        findings=[finding("new", run=runs[1])], users=[{"host": "web01", "run": run, "user": run} for run in runs],
    )
    pages = [host_page(index, f"web01-{run}") for run in runs]
    assert [page.data("users")["rows"] for page in pages] == [[[run]] for run in runs]
    assert ["it is a door" in page.text for page in pages] == [False, True]


def test_pages_of_an_earlier_report_go(tmp_path):
    case = make_case(tmp_path, hosts=[host("old")], ranking=[ranking("old")])
    write_report(case, case.folder)
    for table in ("hosts", "ranking"):
        case.connection.execute(f"UPDATE {table} SET host = 'new'")
    write_report(case, case.folder)
    assert [path.name for path in (case.folder / "hosts").iterdir()] == ["new.html"]


HOSTILE = (
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "<!--<script>", "]]>",
    "'\"`&amp;&lt;", "\x1b[31mred\x1b]0;title\x07", "\u202egnp.exe\u200f\u200b\u2066\ufeff", "nul\x00nul", "=cmd()|'/c calc'!A0",
    "{{ 7*7 }}{% raw %}", "\u2028\u2029\x85", "a" * 1_000_000,
)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:30]))
def test_hostile_text_stays_text(tmp_path, text):
    facts = {"host": text, "run": RUN}
    index = report(
        tmp_path, hosts=[host(text, archive=text, os=text, kernel=text, kind=text, missing=[text], sha256=text)],
        ranking=[ranking(text, verdict=text, lines=[text, f"Why: {text}"], weakened=json.dumps([text]),
                         parts=json.dumps([{"finding": text, "score": 1, "text": text}]))],
        findings=[finding(text, text, rule=text, title=text, attack=[text], subject=text, summary=text, why=text, harmless=text,
                          next=text, evidence=json.dumps([proof(archive=text, member=text, path=text, line=text), text, 1, None]))],
        users=[{**facts, "user": text, "shell": text}], items=[{**facts, "path": text, "state": text, "reason": text}],
        stack=[{"kind": text, "value": text, "host": text}],
        timeline=[event("2026-11-20", text, text, source=text, time_desc=text, user_name=text)],
    )
    (path,) = (index.parent / "hosts").iterdir()
    for page in (Page(index), Page(path)):
        assert page.tags().isdisjoint({"img", "iframe", "object"})
        assert len([1 for attributes, _text in page.scripts if "type" not in attributes]) == 1
        assert shown(text).split()[0] in page.text
        assert re.search("[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", page.text) is None
        for attributes, _text in page.scripts:
            if "type" in attributes:
                page.data(attributes["id"].removeprefix("data-"))
    assert path.stat().st_size < 1_000_000


@pytest.mark.parametrize("value, expected", [
    ("plain", "plain"), ("\x1b", "\\x1b"), ("a\\x1b\\\\", "a\\x1b\\\\"), (2 ** 53, str(2 ** 53)), (-5, -5), (1.5, 1.5),
    (float("nan"), "nan"), (True, True), (None, None), ("x" * (LONGEST + 1), "x" * LONGEST + "… (4,001 characters)"),
])
def test_values_that_are_shown(value, expected):
    assert shown(value) == expected


def test_data_that_is_long_is_packed():
    for value in (["</script>", "<!--", "\u2028", "&"], ["</script>"] * PACKED_ABOVE):
        text = str(data_block("x", value))
        assert text.count("</script") == 1 and "<!--" not in text
    assert "application/gzip" in text and len(text) < 10_000


def test_anchors():
    assert anchor("0a-B_") == "f-0a-B_"
    assert re.fullmatch("f-[0-9a-f]{16}", anchor("\" onclick=")) and anchor("a b") != anchor("a c")


@pytest.mark.parametrize("member, raw", [
    ("[root]/etc/passwd", b"[root]/etc/passwd"), ("[root]/a'b c\\x0a\\\\x0a$HOME`id`", b"[root]/a'b c\n\\x0a$HOME`id`"),
    ("\\xff\\xfe\u00e9", b"\xff\xfe\xc3\xa9"), ("'; touch x; '", b"'; touch x; '"), ("$(id)\x1b", b"$(id)\x1b"),
])
def test_a_copied_command_names_the_very_bytes(tmp_path, member, raw):
    seen = finding(evidence=json.dumps([proof(member=member, line=7)]))
    index = report(tmp_path, hosts=[host()], ranking=[ranking()], findings=[seen])
    command = host_page(index).values("data-copy")[1]
    assert command.startswith("tar -xzOf ") and command.endswith(" | less -N +7")
    script = "tar() { printf '%s\\0' \"$@\"; }; " + command.replace("less -N +7", "cat")
    arguments = subprocess.run(["bash", "-c", script], capture_output=True, check=True).stdout
    assert arguments.split(b"\0")[:3] == [b"-xzOf", f"web01/{RUN}/web01.tar.gz".encode(), raw]


def test_sections_name_what_the_schema_has():
    tables = _schema.tables()
    for section in sections():
        for spec in section["tables"]:
            names = {column.in_case for column in tables[spec["table"]].columns}
            assert set(spec["columns"]) <= names
            assert set(spec.get("facets", ())) <= set(spec["columns"])


def test_techniques_of_rules_have_names():
    folder = Path(__file__).parents[4] / "roles" / "report" / "files" / "rules"
    used = {identity for rule in read_rules([folder]) for identity in rule.attack}
    assert used and used <= set(techniques())


def test_severities_have_a_shape(small):
    (style,) = Page(small).styles
    for severity in (*SEVERITIES[:-1], "none", "unknown"):
        assert f".severity.{severity}::before" in style
