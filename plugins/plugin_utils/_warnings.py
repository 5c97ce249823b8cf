# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What a collector's summary has that an operator must not miss."""

from __future__ import annotations

_TEXTS = {
    "warnings": "{} in tables/web_services.jsonl: a web server runs and what it serves was not found. "
                "Name it with triage_webservices or triage_webroots",
    "altered": "not as their packages brought them: {}",
    "untrusted": "altered is what this collection itself runs on: {}. Nothing that this host says can be trusted",
}


def warnings(summary: dict) -> list[str]:
    """A line for each."""
    return [text.format(summary[key]) for key, text in _TEXTS.items() if summary.get(key)]


__all__ = ("warnings",)
