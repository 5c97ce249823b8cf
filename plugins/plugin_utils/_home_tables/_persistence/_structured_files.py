# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Files in YAML and JSON: cloud-init, hooks of container runtimes, pods."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import yaml

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._found import Found, Text

DATA = 64 << 10  # the loader takes a second for it
ITEMS = 500


def documents(data: bytes) -> list[Any]:
    """What a file of YAML holds; nothing of one that is too long, or wrong."""
    if len(data) > DATA:
        return []
    try:
        return list(yaml.safe_load_all(data))[:ITEMS]
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, OverflowError):
        return []


def _words(value: Any) -> tuple[bytes, ...]:
    """A command that is a text or a list of words."""
    words = value if isinstance(value, list) else [value]
    texts = (str(word) for word in words[:ITEMS] if isinstance(word, str) or isinstance(word, int) and abs(word) < 1 << 63)
    return tuple(text.encode("utf-8", "surrogatepass") for text in texts)


def _line_of(data: bytes, word: bytes) -> int | None:
    position = data.find(word) if word else -1
    return data.count(b"\n", 0, position) + 1 if position >= 0 else None


def read_cloud_config(text: Text) -> Iterator[Found]:
    """Commands and files of cloud-config; anything else that begins like a script is one."""
    if text.data.startswith(b"#!"):
        yield Found(None, text.path, "first boot", (text.path,), user=b"root")
        return
    for document in documents(text.data):
        if not isinstance(document, dict):
            continue
        for key, trigger in (("bootcmd", "every boot"), ("runcmd", "first boot")):
            commands = document.get(key)
            for command in commands[:ITEMS] if isinstance(commands, list) else ():
                words = _words(command)
                if words:
                    yield Found(_line_of(text.data, words[0]), b" ".join(words), trigger, user=b"root")
        files = document.get("write_files")
        for file in files[:ITEMS] if isinstance(files, list) else ():
            path = file.get("path") if isinstance(file, dict) else None
            if isinstance(path, str):
                raw = path.encode("utf-8", "surrogatepass")
                yield Found(_line_of(text.data, raw), raw, "first boot: writes", (raw,), user=b"root")


def read_oci_hook(text: Text) -> Iterator[Found]:
    """``hook.path`` of oci-hooks(5)."""
    try:
        facts = json.loads(text.data)
    except (ValueError, RecursionError):
        return
    hook = facts.get("hook", facts) if isinstance(facts, dict) else None
    path = hook.get("path") if isinstance(hook, dict) else None
    if isinstance(path, str):
        words = _words(hook.get("args")) or _words(path)
        stages = ", ".join(word.decode("utf-8", "replace") for word in _words(facts.get("stages", facts.get("stage", ""))))
        raw = path.encode("utf-8", "surrogatepass")
        yield Found(_line_of(text.data, raw), b" ".join(words), "container: " + stages, (raw,), user=b"root")


def read_pod(text: Text) -> Iterator[Found]:
    """Images and commands of a static pod."""
    for document in documents(text.data):
        spec = document.get("spec") if isinstance(document, dict) else None
        for key in ("initContainers", "containers"):
            containers = spec.get(key) if isinstance(spec, dict) else None
            for container in containers[:ITEMS] if isinstance(containers, list) else ():
                if isinstance(container, dict):
                    words = _words(container.get("image")) + _words(container.get("command")) + _words(container.get("args"))
                    yield Found(_line_of(text.data, words[0] if words else b""), b" ".join(words), "kubelet: " + key, ())


__all__ = ("documents", "read_cloud_config", "read_oci_hook", "read_pod")
