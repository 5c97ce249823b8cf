# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""YARA rules that the operator names, over the host's files at home: nothing is unpacked, nothing touches the host."""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import time
import typing as t
from pathlib import Path, PurePosixPath

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._archive_stream import hit, host_files
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._analysis._archives import Archive
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._printable import printable

LARGEST = 64 << 20
SECONDS = 30  # for one file
SECONDS_IN_ALL = 3600
# What widely used rule sets ask of whoever runs them.
_FILE_VARIABLES = ("filename", "filepath", "extension", "filetype", "owner")


class YaraError(Exception):
    """Why nothing was scanned, with what to do about it."""


def scan_archive(archive: Archive, rule_files: t.Sequence[Path]) -> t.Iterator[dict[str, t.Any]]:
    """Rows of ``av_hits``, one a rule that matches a file of the host in the archive, at most `LARGEST` bytes of each file.

    `rule_files` are files of rules in source form. Raises `YaraError` when yara-x isn't installed or a rule file is bad,
    and behind the rows that there are when the time is used up.
    """
    yara_x = _library()
    scanner = yara_x.Scanner(_compiled(yara_x, rule_files))
    scanner.set_timeout(SECONDS)
    version = importlib.metadata.version("yara-x")
    deadline = time.monotonic() + SECONDS_IN_ALL
    for file in host_files(archive):
        if not file.size:
            continue
        if time.monotonic() > deadline:
            raise YaraError(f"it took more than {SECONDS_IN_ALL} seconds, the files from {printable(file.name, 200)} on "
                            "were not looked at")
        data = file.content.read(LARGEST)
        if file.size > LARGEST:
            yield {**_file(file.name, data), "kind": "warning",
                   "message": f"scanned are the first {LARGEST} of {file.size} bytes"}
        for found in _scan(yara_x, scanner, file.name, data):
            yield {**_file(file.name, data), **found, "engine_version": version}


def _library() -> t.Any:
    try:
        return importlib.import_module("yara_x")
    except ImportError as error:
        raise YaraError(f"yara-x can't be used on the control node ({error}); install it with: pip install yara-x") from error


def _compiled(yara_x: t.Any, rule_files: t.Sequence[Path]) -> t.Any:
    """All rules; each file has a namespace of its own, so that two may have a rule of the same name."""
    if not rule_files:
        raise YaraError("no rule files were named")
    compiler = yara_x.Compiler()
    compiler.enable_includes(False)
    for name in _FILE_VARIABLES:
        compiler.define_global(name, "")
    for path in rule_files:
        try:
            source = Path(path).read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise YaraError(f"{path}: {error.strerror}") from error
        compiler.new_namespace(str(path))
        try:
            compiler.add_source(source, origin=str(path))
        except yara_x.CompileError as error:
            raise YaraError(f"{path}: {printable(str(error), 1000)}") from error
    return compiler.build()


def _scan(yara_x: t.Any, scanner: t.Any, name: str, data: bytes) -> list[dict[str, t.Any]]:
    path = PurePosixPath(name)
    for variable, value in (("filename", path.name), ("filepath", str(path.parent)), ("extension", path.suffix)):
        scanner.set_global(variable, value.encode("utf-8", "replace").decode("utf-8"))
    try:
        matching = scanner.scan(data).matching_rules
    except yara_x.TimeoutError:
        return [{"kind": "warning", "message": f"not scanned to its end: more than {SECONDS} seconds"}]
    except yara_x.ScanError as error:
        return [{"kind": "warning", "message": printable(str(error), 500)}]
    return [{"kind": "infected", "signature": rule.identifier, "message": _message(rule)} for rule in matching]


def _message(rule: t.Any) -> str:
    """What a rule says of itself, and where it matches first."""
    metadata = dict(rule.metadata)
    told = [str(metadata[key]) for key in ("description", "reference") if metadata.get(key)]
    places = sorted(match.offset for pattern in rule.patterns for match in pattern.matches)
    place = [f"at byte {places[0]}"] if places else []
    return printable("; ".join([*told, *place, f"rules of {PurePosixPath(rule.namespace).name}"]), 500)


def _file(name: str, data: bytes) -> dict[str, t.Any]:
    row = hit("yara", name)
    return row if len(data) == LARGEST else {**row, "sha256": hashlib.sha256(data).hexdigest()}
