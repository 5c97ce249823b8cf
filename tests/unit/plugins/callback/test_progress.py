# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the operator sees when there is nothing to see."""

from __future__ import annotations

import os

from ansible_collections.csirt.linux_triage.plugins.callback.progress import CallbackModule


def test_a_run_without_hosts_says_so_once(monkeypatch):
    shown = []
    callback = CallbackModule()
    monkeypatch.setattr(callback._display, "display", lambda text, **_more: shown.append(text))
    for _play in range(3):
        callback.v2_playbook_on_no_hosts_matched()
    [line] = shown
    assert "nothing was done" in line and "-i INVENTORY" in line


def test_an_interrupted_run_says_how_to_go_on(monkeypatch):
    shown = []
    callback = CallbackModule()
    monkeypatch.setattr(callback._display, "display", lambda text, **_more: shown.append(text))
    callback._say_how_to_go_on(os.getpid() + 1)  # a worker
    assert shown == []
    callback._say_how_to_go_on(os.getpid())
    assert "triage_leftover=remove" in shown[0] and "report.yml" in shown[0]
    callback._ended = True
    callback._say_how_to_go_on(os.getpid())
    assert len(shown) == 1
