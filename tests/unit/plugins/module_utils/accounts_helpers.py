# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trees of files to collect from, and what came of it."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import io
import json
import os
import shutil
import tarfile
import tempfile
import zlib

from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts import _accounts
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection import Collection, Limits

HISTORY = {"name": "bash", "paths": [".bash_history", ".bash_history*"], "history": True, "shells": ["bash"]}
START_UP = {"name": "rc", "paths": [".bashrc", ".zshrc"], "settings": True}
SSH = {"name": "ssh", "paths": [".ssh/authorized_keys*", ".ssh/config", ".ssh/config.d/**", ".ssh/*.pub"]}
OPTIONS = {
    "home_artifacts": [HISTORY, START_UP, SSH],
    "artifacts": [
        {"name": "cron", "paths": ["/etc/crontab", "/etc/cron.d/**"]},
        {"name": "sshd", "paths": ["/etc/ssh/**"]},
    ],
    "withheld": [{"name": "secrets", "paths": ["/etc/secret", "~/.netrc"]}],
    "private_keys": ["~/.ssh/**", "/etc/ssh/**"],
    "commands": [],
}


class Tree:
    """A folder that stands for a host's root. Paths are bytes or ASCII text, absolute as the host sees them."""

    def __init__(self):
        self.root = tempfile.mkdtemp(prefix="tree-").encode("ascii")

    def __enter__(self):
        return self

    def __exit__(self, *_unused):
        shutil.rmtree(self.root)

    def path(self, path):
        path = self.root + (path if isinstance(path, bytes) else path.encode("ascii"))
        if not os.path.isdir(os.path.dirname(path)):
            os.makedirs(os.path.dirname(path))
        return path

    def file(self, path, data=b""):
        with open(self.path(path), "wb") as stream:
            stream.write(data)

    def folder(self, path):
        os.makedirs(self.path(path))

    def link(self, path, target):
        os.symlink(target, self.path(path))

    def users(self, *users):
        """passwd with a line for each (name, uid, home)."""
        lines = [b":".join((name, b"x", uid, uid, b"", home, b"/bin/bash\n")) for name, uid, home in users]
        self.file("/etc/passwd", b"".join(lines))


class Brought:
    """What a part holds: `files` (name -> bytes), `links` (name -> target), `tables` and `manifest` (rows)."""

    def __init__(self, data):
        self.files, self.links, self.tables, self.manifest = {}, {}, {}, []
        raw = []
        while data:
            member = zlib.decompressobj(31)
            raw.append(member.decompress(data) + member.flush())
            data = member.unused_data
        archive = tarfile.open(fileobj=io.BytesIO(b"".join(raw) + b"\0" * 1024))
        for entry in archive:
            name = entry.name.encode("utf-8", "surrogateescape") if not isinstance(entry.name, bytes) else entry.name
            if entry.issym():
                self.links[name] = entry.linkname
            else:
                self._add(name, archive.extractfile(entry).read())

    def _add(self, name, data):
        self.files[name] = data
        if name.startswith((b"tables/", b"manifest/")):
            rows = [json.loads(line.decode("ascii")) for line in data.splitlines()]
            if name.startswith(b"manifest/"):
                self.manifest = rows
            else:
                self.tables[name[len(b"tables/") : -len(b".jsonl")].decode("ascii")] = rows

    def states(self, path):
        """States of all manifest rows of a path (text, as in the manifest)."""
        return [row["state"] for row in self.manifest if row.get("path") == path]

    def rows(self, table, **facts):
        """Rows of a table that have these values."""
        return [row for row in self.tables.get(table, []) if all(row.get(key) == value for key, value in facts.items())]

    def row(self, table, **facts):
        """The only such row."""
        found = self.rows(table, **facts)
        assert len(found) == 1, (facts, self.tables.get(table))
        return found[0]


def collected(tree, limits=None, collect=_accounts.collect, **options):
    """`Brought` of a collection on a tree."""
    workspace = tempfile.mkdtemp(prefix="workspace-")
    try:
        collection = Collection(workspace.encode("ascii"), b"20-accounts", "accounts", tree.root, limits or Limits())
        collect(collection, dict(OPTIONS, **options))
        collection.close()
        with open(os.path.join(workspace, "20-accounts.tar.gz"), "rb") as stream:
            brought = Brought(stream.read())
        brought.summary = collection.summary
        return brought
    finally:
        shutil.rmtree(workspace)
