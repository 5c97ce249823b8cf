# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The report of a case as HTML: a page for the fleet, a page a host."""

from __future__ import annotations

import functools
import typing as t
from pathlib import Path

import yaml

from ansible_collections.csirt.linux_triage.plugins.plugin_utils import _case
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._report import _fleet_page, _host_page
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._report._findings import findings_of
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._report._hosts import ranked_hosts
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._report._pages import HERE, Pages


def write_report(case: t.Any, folder: Path) -> Path:
    """Writes ``index.html`` and ``hosts/<host>.html`` into `folder` and returns the path of the first.

    `case` has a ``connection`` to the case database. Pages need no other file and no network. Those of hosts that the case
    doesn't have any more are removed, so that nobody takes them for a part of this report.
    """
    folder = Path(folder)
    hosts_folder = folder / "hosts"
    hosts_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    attack = techniques()
    pages = Pages({
        "case": folder.absolute().parent.name, "written": _case.now().strftime("%Y-%m-%d %H:%M"),
        "technique_name": lambda identity: attack.get(identity, {}).get("name", ""),
    })
    hosts = ranked_hosts(case.connection)
    findings: list[dict] = []
    for host in hosts:
        own = findings_of(case.connection, host)
        pages.write(hosts_folder / host["page"], "host.html.j2", **_host_page.content(case.connection, host, own, hosts, folder))
        findings += [_fleet_page.short(finding, host) for finding in own]
    for old in set(hosts_folder.glob("*.html")) - {hosts_folder / host["page"] for host in hosts}:
        old.unlink()
    index = folder / "index.html"
    pages.write(index, "index.html.j2", **_fleet_page.content(case.connection, hosts, findings, attack))
    return index


@functools.cache
def techniques() -> dict[str, dict]:
    """Techniques of ATT&CK by number: ``name`` and ``tactic``."""
    return yaml.safe_load((HERE / "attack.yml").read_text(encoding="utf-8"))
