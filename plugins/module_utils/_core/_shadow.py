# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Password files without passwords: the method of a hash, whether it is locked, how old it is; never hash or salt.

Formats: shadow(5), gshadow(5), passwd(5), group(5); the marks of the methods: crypt(5) of libxcrypt and glibc.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import datetime
import re
from collections import namedtuple

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._streams import lines_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape

# Files that hold hashes as a matter of course: never copied.
HASH_FILES = (
    b"/etc/shadow", b"/etc/shadow[-.~+]*", b"/etc/nshadow", b"/etc/gshadow", b"/etc/gshadow[-.~+]*", b"/etc/ngshadow",
    b"/etc/tcb/*/shadow*", b"/etc/security/opasswd*", b"/etc/security/nopasswd", b"/var/backups/*shadow*",
)
# Files that hold none, as a rule: copied when that is so.
OPEN_FILES = (
    b"/etc/passwd", b"/etc/passwd[-.~+]*", b"/etc/npasswd", b"/etc/group", b"/etc/group[-.~+]*", b"/etc/ngroup",
    b"/var/backups/passwd*", b"/var/backups/group*",
)
LONGEST_LINE = 1 << 16

_METHODS = (
    (re.compile(br"^\$1\$"), "md5"),
    (re.compile(br"^\$2[abxy]?\$"), "bcrypt"),
    (re.compile(br"^\$3\$"), "nt"),
    (re.compile(br"^\$5\$"), "sha256"),
    (re.compile(br"^\$6\$"), "sha512"),
    (re.compile(br"^\$7\$"), "scrypt"),
    (re.compile(br"^\$y\$"), "yescrypt"),
    (re.compile(br"^\$gy\$"), "gost-yescrypt"),
    (re.compile(br"^\$sm3\$"), "sm3"),
    (re.compile(br"^\$sm3y\$"), "sm3-yescrypt"),
    (re.compile(br"^\$sha1\$"), "sha1"),
    (re.compile(br"^\$md5[$,]"), "sunmd5"),
    (re.compile(br"^\$argon2(i|d|id)\$"), "argon2"),
    (re.compile(br"^\$apr1\$"), "apr1"),
    (re.compile(br"^_[./0-9A-Za-z]{19}\Z"), "bsdi"),
    (re.compile(br"^[./0-9A-Za-z]{13}(,[./0-9A-Za-z]{1,4})?\Z"), "des"),  # what follows a comma is its age
    (re.compile(br"^[./0-9A-Za-z]{24,178}\Z"), "bigcrypt"),
)
_MARKS = re.compile(br"^[!*]*")
# Words that stand where a hash would and can't be one.
_PLACEHOLDERS = frozenset((b"", b"x", b"NP", b"NP*", b"LK", b"LK*", b"locked", b"nologin"))
_NAME = re.compile(br"^[^$:\x00-\x1f]{1,256}\$?\Z")
# A hash anywhere in a line, whatever field it strayed into.
_STRAY = re.compile(br"\$(?:1|2[abxy]?|3|5|6|7|y|gy|sm3y?|sha1|md5|argon2(?:i|d|id)|apr1)[$,][^:\s]{8,}")
_NUMBER = re.compile(br"^-?[0-9]{1,9}\Z")
_EPOCH = datetime.date(1970, 1, 1)

Password = namedtuple("Password", "method locked has_hash")


def classify(field):
    """`Password` for a password field (bytes).

    ``method``: a method of crypt(5); ``"none"`` for ``*``, ``!`` and the like, with which no password fits;
    ``"empty"`` when none is asked for; ``"shadowed"`` for ``x``; ``"unknown"`` for anything else.
    ``locked``: a ``!`` or ``*`` stands before what is or would be the hash (a lone ``*`` locks nothing).
    """
    marks = _MARKS.match(field).group()
    rest = field[len(marks):]
    for pattern, method in _METHODS:
        if pattern.match(rest):
            return Password(method, bool(marks), True)
    locked = b"!" in marks or rest in (b"LK", b"LK*", b"locked")
    if not rest:
        return Password("none" if marks else "empty", locked, False)
    if rest in _PLACEHOLDERS:
        return Password("shadowed" if field == b"x" else "none", locked, False)
    return Password("unknown", bool(marks), False)


def _date(field):
    """(ISO date or None, whether the field is fit to be one) for days since the epoch."""
    if not field:
        return None, True
    if not _NUMBER.match(field):
        return None, False
    try:
        return (_EPOCH + datetime.timedelta(days=int(field))).isoformat(), int(field) >= 0
    except OverflowError:
        return None, False


def _days(field):
    if not field:
        return None, True
    return (int(field), True) if _NUMBER.match(field) else (None, False)


def rows(path, data, first=1):
    """Rows of the table ``shadow`` for a file (its path and bytes), one a line; yields nothing for empty lines.

    `first` is the number of the first line in `data`.

    ``file`` and ``line`` always; then ``user`` (or ``group``, ``admins``, ``members`` of a gshadow file), ``method``,
    ``locked``, ``has_hash``, dates ``last_change`` and ``expire``, days ``min``, ``max``, ``warn`` and ``inactive``.
    A line out of format has ``malformed`` (why) and what can be told of it without telling a hash.
    """
    is_group = b"gshadow" in path.rsplit(b"/", 1)[-1]
    for number, line in enumerate(lines_of(data), first):
        if line:
            row = {"file": escape(path), "line": number}
            row.update(_row(line.rstrip(b"\r"), is_group))
            yield row


def _row(line, is_group):
    if len(line) > LONGEST_LINE:
        return {"malformed": "line of %d bytes" % len(line)}
    fields = line.split(b":")
    expected = 4 if is_group else 9
    problems = []
    if len(fields) != expected:
        problems.append("%d fields instead of %d" % (len(fields), expected))
    if b"\0" in line:
        problems.append("zero bytes")
    row = {}
    if len(fields) > 1:
        # In a line out of format even the first field may be a hash; a name of thirteen letters isn't one elsewhere.
        if _NAME.match(fields[0]) and (len(fields) == expected or not classify(fields[0]).has_hash):
            row["group" if is_group else "user"] = escape(fields[0])
        else:
            problems.append("no sensible name")
        row.update(classify(fields[1])._asdict())
    if len(fields) == expected:
        row.update(_members(fields) if is_group else _ages(fields, problems))
    if problems:
        row["malformed"] = ", ".join(problems)
    return row


def _members(fields):
    return dict(
        (key, [escape(name) for name in field.split(b",") if _NAME.match(name)])
        for key, field in (("admins", fields[2]), ("members", fields[3]))
    )


def _ages(fields, problems):
    row = {}
    for key, position, read in (
        ("last_change", 2, _date), ("min", 3, _days), ("max", 4, _days), ("warn", 5, _days), ("inactive", 6, _days),
        ("expire", 7, _date),
    ):
        row[key], fits = read(fields[position])
        if not fits:
            problems.append("%s is no number of days" % key)
    return row


def mask(data):
    """(`data` without hashes, how many there were) for the bytes of a passwd or group file.

    A hash, and whatever else stands in the second field that isn't a known placeholder, is replaced by its method in
    square brackets, after the marks that lock it. Everything else stays as it is, byte by byte.
    """
    masked, count = [], 0
    for line in lines_of(data):
        fields = line.split(b":")
        if len(fields) > 1:
            found = classify(fields[1])
            if found.has_hash or found.method == "unknown":
                fields[1] = _MARKS.match(fields[1]).group() + b"[" + found.method.encode("ascii") + b"]"
                count += 1
        line, strays = _STRAY.subn(b"[hash]", b":".join(fields))
        count += strays
        masked.append(line)
    return b"\n".join(masked), count


__all__ = ("HASH_FILES", "LONGEST_LINE", "OPEN_FILES", "Password", "classify", "mask", "rows")
