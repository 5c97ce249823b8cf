# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The case database: DuckDB, every table of the schema in it, filled or not, and the macros that rules use."""

from __future__ import annotations

import contextlib
import importlib
import sys
import threading
import typing as t
from pathlib import Path

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis import _schema

NAME = "case.duckdb"
MACROS = Path(__file__).parent / "macros.sql"
MEMORY = "2GB"


class NoDatabase(Exception):
    """DuckDB is not there, and what to do."""


class Case:
    """An open case database; `folder` is where the report lies. Closed by `close`, or at the end of a ``with``."""

    def __init__(self, folder: Path, connection: t.Any):
        self.folder = folder
        self.connection = connection

    def __enter__(self) -> "Case":
        return self

    def __exit__(self, *_error: t.Any) -> None:
        self.close()

    @property
    def errors(self) -> type[Exception]:
        """What the database raises."""
        return importlib.import_module("duckdb").Error

    def close(self) -> None:
        self.connection.close()

    @contextlib.contextmanager
    def for_seconds(self, seconds: float) -> t.Iterator[None]:
        """Ends what the database does after so long: it raises one of `errors`."""
        timer = threading.Timer(seconds, self.connection.interrupt)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def rows(self, sql: str, parameters: t.Sequence = ()) -> list[dict]:
        """The answer to a query, a dict for each row."""
        cursor = self.connection.execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row)) for row in cursor.fetchall()]


def open_case(folder: Path, fresh: bool = False) -> Case:
    """The database ``case.duckdb`` in `folder`, made if it isn't there; with `fresh`, made anew. Raises `NoDatabase`."""
    path = folder / NAME
    if fresh:
        for old in (path, path.with_suffix(".duckdb.wal")):
            old.unlink(missing_ok=True)
    connection = _connect(path)
    known = {name for name, in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    for name, table in _schema.tables().items():
        if name not in known:
            connection.execute(table.definition)
    connection.execute(MACROS.read_text(encoding="utf-8"))
    path.chmod(0o600)
    return Case(folder, connection)


def _connect(path: Path) -> t.Any:
    """A connection that is bounded in memory and never fetches anything from a network."""
    try:
        import duckdb
    except ImportError as error:
        raise NoDatabase(
            f"the report needs DuckDB, which this Python doesn't have: {sys.executable} -m pip install 'duckdb>=1.4,<3' "
            "and then ansible-playbook playbooks/report.yml. The evidence is home and sealed."
        ) from error
    connection = duckdb.connect(str(path), config={
        "memory_limit": MEMORY, "temp_directory": str(path.with_suffix(".spill")), "preserve_insertion_order": False,
        "autoinstall_known_extensions": False, "autoload_known_extensions": False, "allow_community_extensions": False,
    })
    connection.execute("SET TimeZone = 'UTC'")
    return connection
