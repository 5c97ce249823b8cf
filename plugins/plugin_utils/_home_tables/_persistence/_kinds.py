# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Which file is which mechanism, by its path on the host."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import yaml

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence import (
    _boot_files, _clock_files, _hook_files, _login_files, _service_files, _shell_files, _structured_files, _units,
)
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._found import Reader

LONGEST_PATH = 1024
TABLE = Path(__file__).parent / "kinds.yml"
_READERS = {
    name: getattr(module, name) for module in (
        _boot_files, _clock_files, _hook_files, _login_files, _service_files, _shell_files, _structured_files, _units,
    ) for name in module.__all__ if name.startswith("read_")
}


class Kind(NamedTuple):
    """A mechanism, its technique in ATT&CK, and what reads a file of it."""

    mechanism: str
    attack: str
    reader: Reader


def _kind(row: dict) -> Kind:
    if "reader" not in row:
        return Kind(row["mechanism"], row["attack"], lambda _text: iter(()))
    reader = _READERS["read_" + row["reader"]]
    return Kind(row["mechanism"], row["attack"], reader(row["trigger"]) if "trigger" in row else reader)


with open(TABLE, encoding="utf-8") as stream:
    _ROWS = yaml.safe_load(stream)
KINDS = tuple(_kind(row) for row in _ROWS)
_WHICH = re.compile(
    "|".join("(?P<k%d>%s)" % (number, "|".join(row["paths"])) for number, row in enumerate(_ROWS)).encode("ascii"), re.DOTALL
)


def kind_of(path: bytes) -> Kind | None:
    """What a file on the host is, or None when it makes nothing run."""
    match = _WHICH.fullmatch(path) if len(path) <= LONGEST_PATH else None
    return KINDS[int(match.lastgroup[1:])] if match and match.lastgroup else None


__all__ = ("KINDS", "Kind", "kind_of")
