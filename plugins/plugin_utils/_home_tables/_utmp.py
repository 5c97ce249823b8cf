# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.


"""Records of utmp, wtmp, btmp, lastlog, faillog, tallylog and faillock, as glibc, shadow and Linux-PAM write them.

Formats: ``struct utmp`` and ``struct lastlog`` of glibc (bits/utmp.h) in the layout with 32-bit times (x86_64 and most
others: 384 and 292 bytes) and with 64-bit times (aarch64, riscv64, musl: 400 and 296 bytes), either byte order;
``struct faillog`` of shadow (32 or 24 bytes); ``struct tallylog`` and ``struct tally`` of Linux-PAM (64 bytes).
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_streams import Source

BLOCK = 1 << 20
_SAMPLE = 64
_YEAR_1990, _YEAR_2100 = 631152000, 4102444800


class Login(NamedTuple):
    """The fields of a utmp record; strings as they lie in it, up to their full size."""

    type: int
    pid: int
    line: bytes
    id: bytes
    user: bytes
    host: bytes
    termination: int
    exit: int
    session: int
    seconds: int
    microseconds: int
    address: bytes


def _layouts(*fields: str) -> tuple[struct.Struct, ...]:
    return tuple(struct.Struct(order + each) for order in "<>" for each in fields)


_UTMP = _layouts("h2xi32s4s32s256shhiii16s20x", "h2xi32s4s32s256shhqqq16s20x4x")
_LASTLOG = _layouts("i32s256s", "q32s256s")
_FAILLOG = _layouts("hh12sqq", "hh12sii")
_TALLYLOG = _layouts("52sHHQ")


def until_nul(raw: bytes) -> bytes:
    """A C string in a field of fixed size."""
    return raw.partition(b"\0")[0]


def login(layout: struct.Struct, raw: bytes) -> Login:
    """The fields of one record of utmp."""
    return Login._make(layout.unpack(raw))


@lru_cache(maxsize=1 << 14)
def address(raw: bytes) -> str | None:
    """The IPv4 or IPv6 address in ``ut_addr_v6`` (network byte order), or None when there is none."""
    if not any(raw):
        return None
    return str(ipaddress.IPv6Address(raw) if any(raw[4:]) else ipaddress.IPv4Address(raw[:4]))


def utmp_layout(sample: bytes) -> tuple[struct.Struct, bool]:
    """The layout that makes most sense of the first records, and whether it makes sense at all."""
    return _best(sample, _UTMP, _sound_login)


def lastlog_layout(sample: bytes, size: int, offset: int = 0) -> tuple[struct.Struct, bool]:
    """The same for lastlog; `size` is that of the whole file, since the first records are often zero.

    `offset` is where in the file the sample begins, which need not be the beginning of a record.
    """
    fitting = [layout for layout in _LASTLOG if not size % layout.size]
    return _best(sample, fitting or _LASTLOG, _sound_lastlog, offset)


def faillog_layout(sample: bytes) -> tuple[struct.Struct, bool]:
    """The same for faillog."""
    return _best(sample, _FAILLOG, _sound_faillog)


def tally_layout(sample: bytes) -> tuple[struct.Struct, bool]:
    """The same for tallylog and the files of faillock."""
    return _best(sample, _TALLYLOG, _sound_tally)


def _best(
    sample: bytes, layouts: Sequence[struct.Struct], sound: Callable[[tuple], float], offset: int = 0,
) -> tuple[struct.Struct, bool]:
    scores = [_score(sample[-offset % layout.size:], layout, sound) for layout in layouts]
    best = max(scores)
    return layouts[scores.index(best)], best > 0.5 or not any(sample)


def _score(sample: bytes, layout: struct.Struct, sound: Callable[[tuple], float]) -> float:
    """How much sense the first records that are not zero make, from 0 to 1; 0.5 when there are none."""
    size = layout.size
    every = [sample[start:start + size] for start in range(0, len(sample) - size + 1, size)]
    written = list(islice((record for record in every if any(record)), _SAMPLE))
    if not written:
        return 0.5 if every else 0.0
    return sum(sound(layout.unpack(record)) for record in written) / len(written)


# An intruder may have written any of the values below: no single one decides.
def _sound_login(fields: tuple) -> float:
    moment = _YEAR_1990 < fields[9] < _YEAR_2100
    return _mean(0 <= fields[0] <= 9, moment, 0 <= fields[10] < 1_000_000, all(map(_padded, fields[2:6])))


def _sound_lastlog(fields: tuple) -> float:
    return _mean(0 <= fields[0] < _YEAR_2100, _padded(fields[1]), _padded(fields[2]))


def _sound_faillog(fields: tuple) -> float:
    return _mean(fields[0] >= 0, fields[1] >= 0, _padded(fields[2]), 0 <= fields[3] < _YEAR_2100, fields[4] >= 0)


def _sound_tally(fields: tuple) -> float:
    return _mean(_padded(fields[0]), fields[2] < 1 << 12, fields[3] < _YEAR_2100)


def _mean(*signs: bool) -> float:
    return sum(signs) / len(signs)


def _padded(raw: bytes) -> bool:
    """Whether a field looks like a string: no control characters before its first NUL."""
    return min(until_nul(raw), default=32) >= 32


def records(source: Source, size: int) -> Iterator[tuple[int, int, bytes]]:
    """First number, count, and bytes: one record that is not zero, or (with ``b""``) a run of zero ones.

    What follows the last whole record comes last, shorter than `size`, with a count of 0.
    """
    number, zeros, rest = 0, 0, b""
    blank = bytes(size)
    nothing = bytes(size * (BLOCK // size))
    while block := _full(source, len(nothing) - len(rest)):
        block = rest + block
        whole = len(block) - len(block) % size
        rest = block[whole:]
        if block == nothing:
            zeros += whole // size
            continue
        for start in range(0, whole, size):
            record = block[start:start + size]
            if record == blank:
                zeros += 1
                continue
            if zeros:
                yield number, zeros, b""
                number, zeros = number + zeros, 0
            yield number, 1, record
            number += 1
    if zeros:
        yield number, zeros, b""
    if rest:
        yield number + zeros, 0, rest


def _full(source: Source, size: int) -> bytes:
    pieces, left = [], size
    while left > 0 and (data := source.read(min(left, 1 << 17))):
        pieces.append(data)
        left -= len(data)
    return b"".join(pieces)


__all__ = (
    "Login", "address", "faillog_layout", "lastlog_layout", "login", "records", "tally_layout", "until_nul",
    "utmp_layout",
)
