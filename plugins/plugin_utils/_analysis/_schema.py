# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""All tables, as ``schema/*.yml`` describes them: the one source of the case database and of the documentation."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent / "schema"
STATUS = "status.yml"
SQL = {
    "text": "VARCHAR", "number": "BIGINT", "decimal": "DOUBLE", "flag": "BOOLEAN", "list": "VARCHAR[]",
    "time": "TIMESTAMP_NS", "any": "VARCHAR",
}
# In front of every table that comes from archives.
ORIGIN = {"host": "VARCHAR", "run": "VARCHAR", "source_row": "BIGINT"}
HOME, ANY, ANALYSIS = "home", "any", "analysis"
ITEMS = "items"


@dataclass(frozen=True)
class Column:
    """`name` as archives have it, `in_case` as the case database has it; `kind` is a key of `SQL`."""

    name: str
    in_case: str
    kind: str
    description: str


@dataclass(frozen=True)
class Table:
    """`made_by`: ``home``, ``any`` (home or a collector), ``manifest``, ``analysis``, or the name of a collector."""

    name: str
    made_by: str
    description: str
    after: str
    columns: tuple[Column, ...]

    @property
    def definition(self) -> str:
        """``CREATE TABLE`` of the case database."""
        own = {column.in_case: SQL[column.kind] for column in self.columns}
        columns = own if self.made_by == ANALYSIS else {**ORIGIN, **own}
        return f"CREATE TABLE {self.name} ({', '.join(f'{quoted(name)} {kind}' for name, kind in columns.items())})"


@dataclass(frozen=True)
class Section:
    """A chapter of the documentation."""

    title: str
    description: str
    after: str
    tables: tuple[Table, ...]


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever it means to SQL."""
    return '"' + name.replace('"', '""') + '"'


@functools.cache
def sections() -> tuple[Section, ...]:
    """Every section in the order of its file's name."""
    status = _columns(_read(FOLDER / STATUS))
    paths = sorted(path for path in FOLDER.glob("*.yml") if path.name != STATUS)
    return tuple(_section(_read(path), status) for path in paths)


@functools.cache
def tables() -> dict[str, Table]:
    """Every table by its name."""
    return {table.name: table for section in sections() for table in section.tables}


def _read(path: Path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _section(data: dict, status: tuple[Column, ...]) -> Section:
    found = tuple(_table(name, facts, status) for name, facts in data["tables"].items())
    return Section(data["title"], data.get("description", ""), data.get("after", ""), found)


def _table(name: str, facts: dict, status: tuple[Column, ...]) -> Table:
    own = _columns(facts["columns"])
    names = {column.name for column in own}
    more = tuple(column for column in status if column.name not in names) if facts.get("status") else ()
    return Table(name, facts["made_by"], facts["description"], facts.get("after", ""), own + more)


def _columns(data: dict) -> tuple[Column, ...]:
    return tuple(Column(name, facts.get("in_case", name), facts["type"], facts["description"]) for name, facts in data.items())
