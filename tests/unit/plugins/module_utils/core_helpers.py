# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parts, collections, trees of files and what they cost."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import contextlib
import errno
import io
import json
import os
import re
import stat
import subprocess
import tarfile
import zlib

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection import Collection, Limits

END = b"\0" * 1024


def raw(path):
    """The path of pytest's tmpdir or of anything in it, as bytes."""
    return str(path).encode("utf-8")


def write(path, data=b""):
    """Writes a file (its path is bytes) and the folders above it; returns the path."""
    if not os.path.isdir(os.path.dirname(path)):
        os.makedirs(os.path.dirname(path))
    with open(path, "wb") as stream:
        stream.write(data)
    return path


def unpacked(path):
    """The bytes in all gzip members of a file."""
    found = []
    with open(path, "rb") as stream:
        data = stream.read()
    while data:
        member = zlib.decompressobj(31)
        found.append(member.decompress(data) + member.flush())
        data = member.unused_data
    return b"".join(found)


def entries(path):
    """{name: (tar entry, bytes)} of a part, names as bytes."""
    found = {}
    with tarfile.open(fileobj=io.BytesIO(unpacked(path) + END), **_ENCODING) as tar:
        for entry in tar:
            data = tar.extractfile(entry).read() if entry.isreg() else None
            found[name_bytes(entry.name)] = entry, data
    return found


_ENCODING = {} if str is bytes else {"encoding": "utf-8", "errors": "surrogateescape"}


def name_bytes(name):
    return name if isinstance(name, bytes) else name.encode("utf-8", "surrogateescape")


class Collected:
    """What is in a part: `entries` and the `rows` of its manifest."""

    def __init__(self, path):
        self.entries = entries(path)
        name = [name for name in self.entries if name.startswith(b"manifest/")][0]
        self.rows = [json.loads(line.decode("ascii")) for line in self.entries[name][1].splitlines()]

    def data(self, name):
        return self.entries[name][1]


@contextlib.contextmanager
def collecting(tmpdir, root=None, **limits):
    """A `Collection` of tmpdir/root into tmpdir/workspace; afterwards ``collection.got`` is what it `Collected`."""
    workspace = raw(tmpdir) + b"/workspace"
    os.mkdir(workspace)
    if root is None:
        root = raw(tmpdir) + b"/root"
        if not os.path.isdir(root):
            os.mkdir(root)
    collection = Collection(workspace, b"01-test", "test", root, Limits(**dict({"reserve_bytes": 0}, **limits)))
    yield collection
    collection.facts = collection.close()
    collection.got = Collected(workspace + b"/01-test.tar.gz")


def descriptors():
    """What is open in this process."""
    found = {}
    for number in os.listdir("/proc/self/fd"):
        try:
            found[number] = os.readlink("/proc/self/fd/" + number)
        except OSError:
            continue
    return found


def make_node(path, kind, device=0):
    """A FIFO or device; skips the test where this isn't permitted."""
    try:
        os.mknod(path, kind | 0o600, device)
    except OSError as error:
        if error.errno != errno.EPERM:
            raise
        pytest.skip("devices can't be made here")


def make_deep(folder, name, depth):
    """`depth` folders called `name`, one in the other, however long that path gets; returns the path."""
    before = os.getcwd()
    try:
        os.chdir(folder)
        for _unused in range(depth):
            os.mkdir(name)
            os.chdir(name)
        with open("file", "wb") as stream:
            stream.write(b"deep")
    finally:
        os.chdir(before)
    return folder + (b"/" + name) * depth + b"/file"


def remove_deep(folder):
    """What os.removedirs can't: paths beyond PATH_MAX."""
    subprocess.check_call(["rm", "-rf", "--", folder])


@contextlib.contextmanager
def small_disk(tmpdir):
    """A file system of 1 MiB; skips the test where none can be mounted."""
    folder = str(tmpdir.mkdir("disk"))
    if os.geteuid() or subprocess.call(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]):
        pytest.skip("mounting needs root")
    try:
        yield folder.encode("utf-8")
    finally:
        subprocess.check_call(["umount", "--lazy", folder])


def memory(field):
    """A figure of ``/proc/self/status`` in bytes."""
    with open("/proc/self/status") as stream:
        return int(re.search(field + r":\s+(\d+) kB", stream.read()).group(1)) << 10


def peak_growth(work):
    """How many bytes more than before were resident at some moment during `work()`."""
    try:
        with open("/proc/self/clear_refs", "w") as stream:
            stream.write("5")
    except (IOError, OSError):
        pytest.skip("the peak of this process can't be reset")
    before = memory("VmRSS")
    work()
    return memory("VmHWM") - before


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)
