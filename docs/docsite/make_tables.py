# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes ``rst/tables.rst`` from the descriptions of the tables that the case database is made of.

usage: python docs/docsite/make_tables.py
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "docs" / "docsite" / "rst" / "tables.rst"
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "playbooks" / "collections"))

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis import _schema  # noqa: E402

HEAD = r"""..
  Copyright (c) 2026, the csirt.linux_triage authors
  GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
  SPDX-License-Identifier: GPL-3.0-or-later

  Written by docs/docsite/make_tables.py from plugins/plugin_utils/_analysis/schema.

.. _ansible_collections.csirt.linux_triage.docsite.tables:

Tables
======

Every archive has facts as rows beside the bytes: ``tables/<name>.jsonl``, one JSON object a line, or
``tables/<name>.jsonl.gz``. Some are made on the host, of what only a running system knows. The others are made on the
control node when the archive is sealed, of the bytes that came home. A table without rows is not in the archive.

The report takes them all into one database for a whole case, ``report/case.duckdb``, and adds some of its own.

.. contents::
   :local:
   :depth: 1

Conventions
-----------

* A column without a value is left out of the row, or null.
* **Names** (paths, users, commands, arguments) are bytes on Linux. As text they are written so that the bytes can be had
  back: a backslash is doubled; what is not UTF-8, control characters, and characters that are invisible or change the
  direction of writing are written byte by byte as ``\xHH``. So no name breaks a line or speaks to a terminal. To get the
  bytes: replace ``\\`` by ``\`` and ``\xHH`` by the byte, and encode the rest as UTF-8.
* **Times** are ISO-8601 text in UTC, ``2026-11-23T04:51:33Z``, with a fraction when more than seconds are known. A time
  of a file that no calendar date can say is written ``epoch+292000000000.000000000``, in seconds since the epoch.
* **Devices** are ``major:minor``, **modes** are octal text without the type (``4755``), **sizes** are in bytes.
* Types: text, number (whole), decimal, flag (true or false), list, time, any.
* What a host sends is not trusted: values of the wrong type are dropped, and noted in the table ``errors``, or in
  ``load_problems``.

.. note::

   Rows say what there is, not what is wrong. ``zeroed``, ``uid_duplicate`` and the like are facts that a healthy system
   may show as well.
"""
TABLE = """
.. csv-table::
   :header: "column", "type", "meaning"
   :widths: 20, 12, 68

"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_section(section) for section in _schema.sections())


def _section(section: _schema.Section) -> str:
    text = f"\n{section.title}\n{'-' * len(section.title)}\n"
    for more in (section.description, *map(_table, section.tables), section.after):
        text += f"\n{more.strip()}\n" if more.strip() else ""
    return text


def _table(table: _schema.Table) -> str:
    text = f"{table.name}\n{'~' * len(table.name)}\n\n{table.description.strip()}\n{TABLE}"
    for (kind, description), columns in itertools.groupby(table.columns, lambda column: (column.kind, column.description)):
        names = ", ".join(column.name for column in columns)
        text += f'   "{names}", "{kind}", "{description.replace(chr(34), chr(34) * 2)}"\n'
    return text + (f"\n{table.after.strip()}\n" if table.after else "")


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
