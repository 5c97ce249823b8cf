# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What is mounted where, read from mountinfo alone: no mount point is touched to learn about it."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re
from collections import namedtuple

# Served by somebody else than this kernel and its own disks: may block for ever when the peer is gone.
NETWORK_TYPES = frozenset((
    "9p", "acfs", "afs", "autofs", "beegfs", "ceph", "cifs", "coda", "davfs", "fhgfs", "gfs", "gfs2", "glusterfs",
    "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "pvfs2", "smb3", "smbfs", "virtiofs", "vmhgfs",
    "vboxsf", "prl_fs", "panfs", "mmfs",
))
# Views of the kernel: no files of their own.
PSEUDO_TYPES = frozenset((
    "apparmorfs", "bdev", "bpf", "binder", "binfmt_misc", "cgroup", "cgroup2", "configfs", "cpuset", "debugfs",
    "devpts", "efivarfs", "fusectl", "hugetlbfs", "mqueue", "nfsd", "nsfs", "pipefs", "proc", "pstore", "resctrl",
    "rpc_pipefs", "securityfs", "selinuxfs", "smackfs", "sockfs", "sysfs", "tracefs", "usbfs",
))

Mount = namedtuple("Mount", "id parent device root point options fstype source super_options")
_OCTAL = re.compile(br"\\([0-7]{3})")


def _unquote(field):
    return _OCTAL.sub(lambda match: bytes(bytearray([int(match.group(1), 8) & 0xFF])), field)


def parse_mountinfo(data):
    """`Mount` rows from the bytes of ``/proc/PID/mountinfo`` (format: proc(5)), in the order of the file.

    ``point``, ``root`` and ``source`` are bytes with the octal escapes undone; ``device`` is ``"major:minor"``.
    A line that doesn't follow the format is passed over.
    """
    found = []
    for line in data.split(b"\n"):  # not splitlines(): a carriage return may be part of a name
        left, separator, right = line.partition(b" - ")
        fields, tail = left.split(b" "), right.split(b" ")
        if not separator or len(fields) < 6 or len(tail) < 3:
            continue
        try:
            found.append(Mount(
                int(fields[0]), int(fields[1]), fields[2].decode("ascii"), _unquote(fields[3]), _unquote(fields[4]),
                fields[5].decode("ascii", "replace"), tail[0].decode("ascii", "replace"), _unquote(tail[1]),
                tail[2].decode("ascii", "replace"),
            ))
        except ValueError:
            continue
    return found


def is_network(mount):
    """Whether a mount may block on another machine: network types, automounts and all of FUSE but local ones."""
    if mount.fstype in NETWORK_TYPES:
        return True
    return mount.fstype.startswith("fuse") and mount.fstype not in ("fuseblk", "fusectl", "fuse.lxcfs")


def network_points(mounts):
    """{mount point: type} of every network mount that no other mount at the same place covers."""
    points = dict((mount.id, mount.point) for mount in mounts)
    covered = set(mount.parent for mount in mounts if points.get(mount.parent) == mount.point)
    return dict((mount.point, mount.fstype) for mount in mounts if is_network(mount) and mount.id not in covered)


def is_pseudo(mount):
    """Whether a mount is a view of the kernel and not a place where files lie."""
    return mount.fstype in PSEUDO_TYPES


__all__ = ("Mount", "parse_mountinfo", "is_network", "is_pseudo", "network_points")
