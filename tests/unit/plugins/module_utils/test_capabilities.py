# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import struct

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._files._capabilities import describe


def _value(magic, *words):
    return struct.pack("<%dI" % (1 + len(words)), magic, *words)


@pytest.mark.parametrize("value, text", [
    (_value(0x02000001, 1 << 13, 0, 0, 0), "cap_net_raw=ep"),
    (_value(0x02000000, 1 << 13, 0, 0, 0), "cap_net_raw=p"),
    (_value(0x02000001, 1 << 10 | 1 << 13, 0, 0, 0), "cap_net_bind_service,cap_net_raw=ep"),
    (_value(0x02000001, 1 << 7, 1 << 6, 0, 0), "cap_setgid=ei cap_setuid=ep"),
    (_value(0x02000000, 0, 1 << 7, 1, 0), "cap_setuid=i cap_mac_override=p"),
    (_value(0x02000001, 0, 0, 1 << 7, 0), "cap_bpf=ep"),
    (_value(0x02000001, 0, 0, 1 << 30, 0), "cap_62=ep"),
    (_value(0x03000001, 1 << 21, 0, 0, 0, 100000), "cap_sys_admin=ep"),
    (_value(0x01000001, 1 << 7, 0), "cap_setuid=ep"),
    (_value(0x02000001, 0, 0, 0, 0), "="),
    (b"", None),
    (b"\1", None),
    (b"\0" * 8, None),
    (b"\0" * 4000, None),
])
def test_words_of_getcap(value, text):
    assert describe(value) == text
