# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import hashlib
import os

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _syscalls
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._clock import elapsed
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._streams import CHUNK, chunks_of, read_all

DATA = bytes(bytearray(range(256))) * 4096


@pytest.fixture
def path(tmpdir):
    tmpdir.join("file").write_binary(DATA)
    return str(tmpdir.join("file"))


@pytest.fixture
def descriptor(path):
    opened = os.open(path, os.O_RDONLY)
    yield opened
    os.close(opened)


def _later():
    return elapsed() + 60


@pytest.mark.parametrize("limit", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, len(DATA) - 1, len(DATA), len(DATA) + 1, 1 << 40])
def test_reading_ends_at_the_limit(descriptor, limit):
    assert read_all(descriptor, limit) == DATA[:limit]


def test_reading_goes_on_where_it_stood(descriptor):
    assert read_all(descriptor, 10) == DATA[:10]
    assert read_all(descriptor, 10) == DATA[10:20]


@pytest.mark.parametrize("size", [0, 1, CHUNK, CHUNK + 1, len(DATA), len(DATA) + 1])
def test_what_is_read_is_hashed(descriptor, size):
    digest = hashlib.sha256()
    pieces = list(chunks_of(descriptor, size, digest, _later()))
    assert b"".join(pieces) == DATA[:size]
    assert digest.digest() == hashlib.sha256(DATA[:size]).digest()
    assert not pieces or max(len(piece) for piece in pieces) <= CHUNK


def test_a_file_that_shrinks(path, descriptor):
    chunks = chunks_of(descriptor, len(DATA), hashlib.sha256(), _later())
    first = next(chunks)
    with open(path, "r+b") as stream:
        stream.truncate(CHUNK + 5)
    assert first + b"".join(chunks) == DATA[:CHUNK + 5]


def test_a_file_that_grows(path, descriptor):
    chunks = chunks_of(descriptor, len(DATA), hashlib.sha256(), _later())
    first = next(chunks)
    with open(path, "ab") as stream:
        stream.write(DATA)
    assert first + b"".join(chunks) == DATA


def test_the_end_of_the_time(descriptor):
    assert list(chunks_of(descriptor, len(DATA), hashlib.sha256(), elapsed() - 1)) == []


def test_an_error_ends_it(tmpdir):
    folder = os.open(str(tmpdir), os.O_RDONLY)
    assert list(chunks_of(folder, 100, hashlib.sha256(), _later())) == []
    os.close(folder)


def _resident(descriptor):
    pages = _syscalls.page_cache_residency(descriptor, len(DATA))
    return pages if pages is None else sum(byte & 1 for byte in bytearray(pages))


def _is_left_cold(path, descriptor):
    """Whether nothing of a cold file stays in memory when it was read."""
    writable = os.open(path, os.O_RDWR)
    os.fsync(writable)
    _syscalls.fadvise_dontneed(writable)
    os.close(writable)
    if _resident(descriptor) != 0:
        pytest.skip("this file system keeps pages, or doesn't tell")
    os.lseek(descriptor, 0, os.SEEK_SET)
    assert b"".join(chunks_of(descriptor, len(DATA), hashlib.sha256(), _later())) == DATA
    return _resident(descriptor) == 0


def test_the_page_cache_stays_as_it_was(path, descriptor):
    # A kernel may keep what another processor has in hand at that moment.
    assert any(_is_left_cold(path, descriptor) for _try in range(5))
    os.lseek(descriptor, 0, os.SEEK_SET)
    read_all(descriptor, 5000)
    warm = _resident(descriptor)
    os.lseek(descriptor, 0, os.SEEK_SET)
    list(chunks_of(descriptor, len(DATA), hashlib.sha256(), _later()))
    assert _resident(descriptor) >= warm > 0
