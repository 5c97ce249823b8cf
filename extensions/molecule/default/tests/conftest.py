# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import functools
import gzip
import json
import os
import tarfile
from pathlib import Path

import pytest

EPHEMERAL = Path(os.environ['MOLECULE_EPHEMERAL_DIRECTORY'])


@pytest.fixture
def name(host):
    """The host's name in the inventory."""
    return host.backend.get_pytest_id().rpartition('/')[2]


@pytest.fixture
def evidence(name):
    """The folder of the host's only run at home."""
    (archive,) = EPHEMERAL.glob('evidence/**/' + name + '.tar.gz')
    return archive.parent


def _fingerprint(moment, name):
    fields = ('mode', 'uid', 'gid', 'size', 'inode', 'links', 'mtime', 'ctime', 'atime', 'type', 'target')
    files = {}
    content = gzip.decompress(base64.b64decode((EPHEMERAL / 'fingerprints' / moment / name).read_bytes()))
    for record in content.split(b'\0')[:-1]:
        head, path = record.split(b'\t', 1)
        files[path] = dict(zip(fields, head.split(b' ', len(fields) - 1)))
    return files


@pytest.fixture
def before(name):
    """Path to attributes of every file before the triage."""
    return _fingerprint('before', name)


@pytest.fixture
def after(name):
    """Path to attributes of every file after the triage."""
    return _fingerprint('after', name)


class Archive:
    """A sealed archive by Python's own reader: names as bytes to content, tables as rows."""

    def __init__(self, path):
        self._tar = tarfile.open(path, encoding='utf-8', errors='surrogateescape')
        self.members = {os.fsencode(member.name): member for member in self._tar}

    def read(self, name):
        return self._tar.extractfile(self.members[name]).read()

    def rows(self, table):
        for name, unpack in ((table + '.jsonl', bytes), (table + '.jsonl.gz', gzip.decompress)):
            if os.fsencode(name) in self.members:
                return [json.loads(line) for line in unpack(self.read(os.fsencode(name))).splitlines()]
        raise KeyError(table)

    def table(self, name):
        return self.rows('tables/' + name)

    def manifest(self):
        parts = [os.fsdecode(name) for name in self.members if name.startswith(b'manifest/')]
        return [row for part in parts for row in self.rows(part.removesuffix('.jsonl'))]


# Opening one means reading it whole.
_opened = functools.lru_cache(Archive)


@pytest.fixture
def archive(evidence, name):
    """The host's sealed archive."""
    return _opened(evidence / (name + '.tar.gz'))
