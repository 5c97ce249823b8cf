# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of hostile hosts into the database: what is right arrives, what is wrong is counted, nothing is fatal."""

from __future__ import annotations

import gzip
import tracemalloc

import pytest

pytest.importorskip("duckdb")

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._part import Part  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis import _loading, _schema  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._archives import Archive, NotReadable  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._case_db import open_case  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._rows import LINE, is_time  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._case import part_path  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._seal import seal  # noqa: E402
from ansible_collections.csirt.linux_triage.tests.unit.plugins.plugin_utils.case_helpers import lines, sealed  # noqa: E402
from ansible_collections.csirt.linux_triage.tests.unit.plugins.plugin_utils.control_helpers import came_home, run  # noqa: E402

TIME = "2026-11-23T04:51:33.123456789Z"


@pytest.fixture
def loaded(tmp_path):
    """Loads tables of one host; the case."""
    cases = []

    def load(tables, host="web01", **more):
        folder = sealed(tmp_path / "evidence", tables, host, **more)
        (tmp_path / "report").mkdir(exist_ok=True)
        case = open_case(tmp_path / "report")
        cases.append(case)
        loader = _loading.Loader(case)
        loader.load(Archive(folder))
        loader.finish()
        return case

    yield load
    for case in cases:
        case.close()


def problems(case):
    return {(row["tbl"], row["problem"]): row["n"] for row in case.rows("SELECT * FROM load_problems")}


def test_rows_arrive_with_all_their_types(loaded):
    row = {"path": "/x", "size": 1 << 40, "mtime": TIME, "btime": "epoch+292000000000.000000000", "target": "a\\x0ab"}
    case = loaded({
        "files": [{"path": "/first"}, row],
        "processes": [{"pid": 1, "kernel_thread": False, "user_seconds": 0.5, "uids": [0, 0], "cmdline": ["a b", "é"], "started": TIME}],
        "cross_views": [{"check": "D1", "subject": 42}, {"check": "D1", "subject": "/x"}],
    })
    second = case.rows("SELECT host, run, source_row, path, size, epoch_ns(mtime) AS ns, btime, target FROM files WHERE size > 0")[0]
    assert second["host"] == "web01" and second["source_row"] == 2 and second["size"] == 1 << 40
    assert second["ns"] % 1000 == 789 and second["btime"] is None and second["target"] == "a\\x0ab"
    process = case.rows("SELECT * FROM processes")[0]
    assert (process["uids"], process["cmdline"], process["user_seconds"]) == (["0", "0"], ["a b", "é"], 0.5)
    assert process["kernel_thread"] is False
    assert {row["subject"] for row in case.rows("SELECT subject FROM cross_views")} == {"42", "/x"}
    assert problems(case) == {("files", "btime: no time"): 1}


def test_a_row_that_the_database_stumbles_over_costs_no_others(tmp_path):
    with open_case(tmp_path) as case:
        spool = _loading._Spool(case, tmp_path / "files", _schema.tables()["files"], "t")
        spool._statement = ("INSERT INTO files (source_row) SELECT CASE line WHEN 3 THEN error('odd') ELSE line END "
                            "FROM read_csv(?, columns = {'line': 'INT'})")
        spool._path.write_text("".join(f"{number}\n" for number in range(9)))
        spool._size, spool._rows = 1, 9
        spool.flush()
        assert [row["source_row"] for row in case.rows("SELECT source_row FROM files ORDER BY 1")] == [0, 1, 2, 4, 5, 6, 7, 8]
        assert spool.lost == 1 and list(tmp_path.glob("files*")) == []


HOSTILE = {
    b"no json": "a line that is no JSON",
    b'{"path":"/x","size":NaN}': "a line that is no JSON",
    b'{"path":"\xff"}': "a line that is no JSON",
    '{"path":"/x"}'.encode("utf-16"): "a line that is no JSON",
    b"[" * 100_000: "a line nested too deep",
    b'{"path":"/x","size":1e999}': "size: no number",
    b'["/x"]': "a line that is no object",
    b'"text"': "a line that is no object",
    b'{"path":"/x","size":"12"}': "size: no number",
    b'{"path":"/x","size":true}': "size: no number",
    b'{"path":"/x","size":99999999999999999999}': "size: no number",
    b'{"path":7}': "path: no text",
    b'{"path":{"a":["b"]}}': "path: no text",
    b'{"path":"/x","mtime":"2026-02-30T00:00:00Z"}': "mtime: no time",
    b'{"path":"/x","mtime":12}': "mtime: no time",
    b'{"path":"/x","path":"/y"}': "a column twice in one row",
    b'{"path" :"/x","path":"/y"}': "a column twice in one row",
    b'{"path":{"size":1},"size":2}': "path: no text",
    b'{"path":"/x","nonsense":1}': "unknown column nonsense",
    b'{"path":"/x","host":"another"}': "unknown column host",
    b'{"path":"' + b"a" * 100_000 + b'"}': "path: cut",
}


@pytest.mark.parametrize("line", HOSTILE, ids=lambda line: repr(line[:30]))
def test_a_hostile_line_is_counted_and_the_others_arrive(line, loaded):
    case = loaded({"files": b'{"path":"/before"}\n' + line + b'\n{"path":"/behind"}\n'})
    paths = {row["path"] for row in case.rows("SELECT path FROM files")}
    assert {"/before", "/behind"} <= paths
    assert problems(case) == {("files", HOSTILE[line]): 1}
    assert {row["host"] for row in case.rows("SELECT DISTINCT host FROM files")} == {"web01"}


def test_text_of_a_hostile_host_is_made_harmless(loaded):
    case = loaded({"files": [{"path": "/\x1b[31m\n\u202egpj.\ud800\0"}]})
    assert case.rows("SELECT path FROM files")[0]["path"] == "/\\x1b[31m\\x0a\\xe2\\x80\\xaegpj.\\xed\\xa0\\x80\\x00"
    assert problems(case) == {}


def test_a_line_without_end_costs_no_memory_and_only_itself(tmp_path):
    folder = sealed(tmp_path / "evidence", {"files": b'{"path":"/a"}\n{"path":"' + b"x" * (8 * LINE) + b'"}\n{"path":"/b"}\n'})
    with open_case(tmp_path) as case:
        loader, archive = _loading.Loader(case), Archive(folder)
        tracemalloc.start()
        loader.load(archive)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        loader.finish()
        assert problems(case) == {("files", "a line that is too long"): 1}
        assert {row["path"]: row["source_row"] for row in case.rows("SELECT * FROM files")} == {"/a": 1, "/b": 3}
        assert peak < 6 * LINE


def test_tables_that_are_not_known_or_not_the_hosts_are_named(loaded):
    case = loaded({"nonsense": [{}], "users": [{"user": "forged", "source": "passwd"}], "findings": [{"rule": "forged"}]})
    assert problems(case) == {
        ("nonsense", "a table that is not known"): 1, ("findings", "a table that is not known"): 1,
        ("users", "a table that is made at home, from the host"): 1,
    }
    assert not case.rows("SELECT * FROM users") and not case.rows("SELECT * FROM findings")


def test_tables_made_at_home_and_manifests_arrive(loaded):
    case = loaded({}, files={b"/etc/passwd": b"root:x:0:0::/root:/bin/sh\n"})
    assert [row["user"] for row in case.rows("SELECT * FROM users")] == ["root"]
    item = case.rows("SELECT * FROM items")[0]
    assert (item["part"], item["path"], item["archived"]) == ("10-live_state", "/etc/passwd", "[root]/etc/passwd")
    assert ("users", "tables/users.jsonl") in {(row["tbl"], row["member"]) for row in case.rows("SELECT * FROM members")}


def raw_tables(output, members):
    """A sealed run whose part has these members below ``tables/``."""
    folder = run(output)
    path = part_path(folder, "50-file_listing")
    part = Part(str(path).encode())
    for name, data in members.items():
        part.add(b"tables/" + name, data)
    part.close()
    came_home(folder, "50-file_listing")
    seal(folder, "web01", ["50-file_listing"])
    return folder


def test_packed_tables_are_bounded_and_damaged_ones_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(_loading, "MAX_ROWS", 1000)
    bomb = gzip.compress(b'{"path":"/x"}\n' * 500_000)
    folder = raw_tables(tmp_path / "evidence", {b"files.jsonl.gz": bomb, b"hashes.jsonl.gz": gzip.compress(lines([{"path": "/y"}]) * 100)[:-12]})
    with open_case(tmp_path) as case:
        loader = _loading.Loader(case)
        loader.load(Archive(folder))
        loader.finish()
        assert case.rows("SELECT count(*) AS n FROM files")[0]["n"] == 1000
        assert problems(case) == {("files", "rows beyond 1000"): 1, ("hashes", "the table is damaged: EOFError"): 1}
    assert not (tmp_path / "loading").exists()


def test_batches_join(tmp_path, monkeypatch, loaded):
    monkeypatch.setattr(_loading, "BUFFER", 1000)
    monkeypatch.setattr(_loading, "BATCH", 5000)
    case = loaded({"files": [{"path": f"/{number}"} for number in range(1000)]})
    assert case.rows("SELECT count(DISTINCT path) AS n, max(source_row) AS last FROM files")[0] == {"n": 1000, "last": 1000}


def test_a_run_without_a_seal_is_no_archive(tmp_path):
    with pytest.raises(NotReadable):
        Archive(run(tmp_path))


def test_a_torn_archive_gives_what_is_whole(tmp_path):
    folder = sealed(tmp_path / "evidence", {"files": [{"path": "/a"}]}, files={b"/etc/passwd": b"root:x:0:0::/root:/bin/sh\n"})
    archive = folder / "web01.tar.gz"
    data = archive.read_bytes()
    archive.write_bytes(data[:-200])
    opened = Archive(folder)
    assert opened.problems
    with open_case(tmp_path) as case:
        loader = _loading.Loader(case)
        loader.load(opened)
        loader.finish()
        assert [row["path"] for row in case.rows("SELECT path FROM files")] == ["/a"]
        assert any(problem.startswith("what was made at home: ") for _table, problem in problems(case))


@pytest.mark.parametrize("text, expected", [
    (TIME, True), ("2026-11-23T04:51:33Z", True), ("1700-01-01T00:00:00Z", True), ("2261-12-31T23:59:59Z", True),
    ("1601-01-01T00:00:00Z", False), ("2300-01-01T00:00:00Z", False), ("2026-11-23 04:51:33", False), ("2026-13-01T00:00:00Z", False),
    ("2026-11-23T04:51:33.Z", False), ("", False), ("٢٠٢٦-11-23T04:51:33Z", False),
])
def test_times(text, expected):
    assert is_time(text) is expected
