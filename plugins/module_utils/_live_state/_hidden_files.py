# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Files that libc doesn't show but the kernel does, and folders whose link count tells of more folders: check D3."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import itertools
import os
import stat
import time

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state, _syscalls
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state import _view
from ansible_collections.csirt.linux_triage.plugins.module_utils._live_state._cross_views import NotPossible, compare
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead, Reader
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

FOLDERS = (
    b"/", b"/boot", b"/dev", b"/dev/shm", b"/etc", b"/etc/cron.d", b"/etc/cron.daily", b"/etc/cron.hourly",
    b"/etc/init.d",
    b"/etc/ld.so.conf.d", b"/etc/modules-load.d", b"/etc/pam.d", b"/etc/profile.d", b"/etc/rc.d", b"/etc/ssh",
    b"/etc/sudoers.d", b"/etc/systemd/system", b"/etc/udev/rules.d", b"/home", b"/home/*", b"/home/*/.ssh", b"/lib",
    b"/lib/modules", b"/lib/modules/*", b"/lib/modules/*/extra", b"/lib/modules/*/kernel/drivers", b"/lib/security",
    b"/lib/systemd/system", b"/lib/udev", b"/lib/*-linux-gnu*", b"/lib/*-linux-gnu*/security", b"/lib64",
    b"/lib64/security", b"/opt", b"/root", b"/root/.ssh", b"/run", b"/run/lock", b"/sbin", b"/bin", b"/srv", b"/tmp",
    b"/usr", b"/usr/bin", b"/usr/include", b"/usr/lib", b"/usr/lib64", b"/usr/local", b"/usr/local/bin",
    b"/usr/local/lib",
    b"/usr/local/sbin", b"/usr/sbin", b"/usr/share", b"/var", b"/var/lib", b"/var/log", b"/var/spool",
    b"/var/spool/cron",
    b"/var/spool/cron/crontabs", b"/var/tmp", b"/var/www", b"/var/www/html",
)
MAX_FOLDERS = 2000
MAX_ENTRIES = 50000
RETRIES = 3
PAUSE = 0.05
# Where a folder's link count is 2 and one for each folder in it.
COUNTING_TYPES = frozenset(("ext2", "ext3", "ext4", "xfs", "tmpfs", "ramfs"))
_FOLDER, _UNKNOWN = 4, 0


def collect(collection, view):
    """Makes the comparisons; `view` is the `MountView` of this process."""
    reader = Reader()
    folders = list(_folders(collection, reader))
    compare(collection, "D3", "readdir against getdents64", _listings, folders)
    compare(collection, "D3", "link count against getdents64", _link_counts, folders, view)
    compare(collection, "D3", "/etc/ld.so.preload through libc against past libc", _preload)


def _folders(collection, reader):
    seen = set()
    for pattern in FOLDERS:
        for path in reader.matches(pattern).paths:
            collection.check()
            try:
                with reader.find(path) as found:
                    key = found.status.st_dev, found.status.st_ino
                    if not stat.S_ISDIR(found.status.st_mode) or key in seen:
                        continue
                    if len(seen) >= MAX_FOLDERS:
                        reason = "%d folders were compared, the others not" % MAX_FOLDERS
                        collection.note(None, _state.SKIPPED_BUDGET, reason, "hidden files")
                        return
                    seen.add(key)
                    yield found.path
            except NotRead:
                continue


def _past_libc(path):
    """{name: type} of a folder's entries, and its link count, as the kernel gives them."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NONBLOCK)
    try:
        entries = list(itertools.islice(_syscalls.getdents64(descriptor), MAX_ENTRIES))
        links = os.fstat(descriptor).st_nlink
    finally:
        os.close(descriptor)
    return dict((name, kind) for _inode, kind, name in entries if name not in (b".", b"..")), links


def _need_getdents64():
    if not _syscalls.HAS_GETDENTS64:
        raise NotPossible("the number of getdents64 isn't known for this machine, or Python has no ctypes")


def _listings(check, folders):
    _need_getdents64()
    skipped = 0
    for path in folders:
        check.collection.check()
        check.subjects += 1
        try:
            unseen, invented = _difference(path)
        except (OSError, NotPossible):
            skipped += 1
            continue
        for name in sorted(unseen):
            check.differs(
                escape(os.path.join(path, name)), "readdir", "not there", "getdents64", "there", _known_of(path, name)
            )
        for name in sorted(invented):
            check.differs(
                escape(os.path.join(path, name)), "readdir", "there", "getdents64", "not there", _known_of(path, name)
            )
    check.reason = "%d folders gone, refused or too large" % skipped if skipped else None


def _difference(path):
    """(names that only the kernel gives, names that only libc gives), both every time."""
    unseen, invented = None, None
    for _unused in range(RETRIES):
        before = set(_past_libc(path)[0])
        if len(before) >= MAX_ENTRIES - 2:
            raise NotPossible("more than %d entries" % MAX_ENTRIES)
        through_libc = set(os.listdir(path))
        after = set(_past_libc(path)[0])
        more, less = (before & after) - through_libc, through_libc - before - after
        unseen = more if unseen is None else unseen & more
        invented = less if invented is None else invented & less
        if not unseen and not invented:
            break
        time.sleep(PAUSE)
    return unseen, invented


def _known_of(path, name):
    """What is to be learned of a file by its name: its status through libc and past it."""
    whole = os.path.join(path, name)
    try:
        libc = "size %d" % os.lstat(whole).st_size
    except OSError as error:
        libc = error.strerror
    try:
        found = _syscalls.statx(whole)
        kernel = "size %d, mode %o, owner %d" % (found.size, found.mode, found.uid)
    except OSError as error:
        kernel = error.strerror
    return "lstat: %s; statx: %s" % (libc, kernel)


def _link_counts(check, folders, view):
    _need_getdents64()
    counted = [path for path in folders if _counts(view, path)]
    for path in counted:
        check.collection.check()
        check.subjects += 1
        differences = set(_surplus_links(path) for _unused in range(RETRIES + 1)) if _surplus_links(path) else ()
        if len(differences) == 1 and None not in differences:
            surplus = differences.pop()
            check.differs(
                escape(path), "getdents64", "folders in it", "link count", "%+d folders" % surplus,
                "a folder that isn't listed, or a damaged file system",
            )
    if not counted:
        raise NotPossible("no folder on a file system that counts")


def _counts(view, path):
    """Whether the file system that a path lies on is one whose folders count their folders."""
    mount = view.mount_of(path)
    return mount is not None and mount.fstype in COUNTING_TYPES


def _surplus_links(path):
    """Folders that the link count knows beyond those listed; 0 when they agree, None when it can't be said."""
    try:
        before, links = _past_libc(path)
        after, links_after = _past_libc(path)
    except OSError:
        return None
    if links < 2 or links != links_after or before != after or len(before) >= MAX_ENTRIES - 2:
        return None
    return links - 2 - sum(1 for name, kind in before.items() if _is_folder(path, name, kind))


def _is_folder(path, name, kind):
    if kind != _UNKNOWN:
        return kind == _FOLDER
    try:
        return stat.S_ISDIR(os.lstat(os.path.join(path, name)).st_mode)
    except OSError:
        return False


def _preload(check):
    check.subjects = 1
    through_libc, past_libc = _view.read_both_ways(_view.PRELOAD)
    if past_libc is None:
        raise NotPossible("the numbers of the system calls aren't known for this machine")
    if _says(through_libc) != _says(past_libc):
        check.differs(
            escape(_view.PRELOAD), "libc", _says(through_libc), "system call", _says(past_libc),
            "the loader reads it at the start of every program",
        )


def _says(answer):
    data, state = answer
    return escape(data[:2048]) if state in (_state.COLLECTED, _state.TRUNCATED) else state


__all__ = ("FOLDERS", "collect")
