# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a host holds more than a collector looks at, the manifest says so: the limits are lowered and met here."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts import _sshd_config
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection import Stopped
from ansible_collections.csirt.linux_triage.plugins.module_utils._files import _hash_evidence, _hash_targets
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages import _dpkg_filters
from ansible_collections.csirt.linux_triage.plugins.module_utils._services import (
    _log_sources, _service_configs, _service_files, _service_logs, _started,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._web import _user_dirs, _web_content, _web_trees, _web_units
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.core_helpers import collecting
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.web_helpers import make_proc, process, write

SQUID = {
    "name": "squid", "kind": "proxy", "programs": ["squid"], "paths": ["/etc/squid/**"],
    "directives": [{"word": "include", "leads_to": "file"}],
}
UNIT = "[Service]\nExecStart=/usr/sbin/squid\n"
CONFIG = "/etc/apache2/apache2.conf"
USER_DIRS = {
    CONFIG: "UserDir public_html\n<VirtualHost *:80>\n</VirtualHost>\n",
    "/etc/passwd": "a:x:1:1::/home/a:/bin/sh\nb:x:2:2::/home/b:/bin/sh\n",
    "/home/a/public_html/x": "", "/home/b/public_html/x": "",
}


def _configs(collection, proc):
    _service_configs.collect(collection, {"services": [SQUID]}, proc)


def _logs(collection, proc):
    _service_logs.collect(collection, {}, proc)


def _content(collection, proc):
    _web_content.collect(collection, {}, proc)


def _targets(collection, _proc):
    _hash_targets.targets_of(collection, [b"/etc/cron.d/*"])


def _filters(collection, _proc):
    _dpkg_filters.DpkgFilters(collection)


@pytest.mark.parametrize("collect, module, limit, files, said", [
    (_configs, _web_units, "MAX_UNITS", {"/etc/systemd/system/%s.service" % name: UNIT for name in "ab"}, "units of systemd more than"),
    (_configs, _web_units, "MAX_INSTANCES", {
        "/etc/systemd/system/x@.service": UNIT, "/etc/systemd/system/a.wants/x@1.service": "", "/etc/systemd/system/a.wants/x@2.service": "",
    }, "x@.service has more than 1 instances"),
    (_configs, _web_units, "MAX_LINES", {"/etc/systemd/system/a.service": "#\n#\n" + UNIT}, "a.service: only the beginning"),
    (_configs, _started, "MAX_STARTED", {}, "1 processes of services more than 1"),
    (_configs, _service_files, "MAX_LINES", {"/etc/squid/squid.conf": "#\n#\ninclude /x\n"}, "only the first 1 lines"),
    (_logs, _log_sources, "MAX_LINES", {"/etc/rsyslog.conf": "#\n#\n*.* /x\n"}, "only the beginning was searched"),
    (_content, _web_trees, "MAX_GLOB", dict(USER_DIRS, **{CONFIG: "UserDir /home/*/public_html\n"}), "leads to more than 1 paths"),
    (_content, _user_dirs, "MAX_ACCOUNTS", USER_DIRS, "more than 1 accounts"),
    (_targets, _hash_targets, "MAX_FILES", {"/etc/cron.d/a": "/opt/x", "/etc/cron.d/b": "/opt/y"}, "1 files name 1 programs"),
    (_filters, _dpkg_filters, "MAX_FILTERS", {"/etc/dpkg/dpkg.cfg": "path-exclude=/a\npath-exclude=/b\n"}, "filters with more than"),
], ids=lambda value: value if isinstance(value, str) and value.isupper() else "")
def test_a_limit(tmpdir, monkeypatch, collect, module, limit, files, said):
    monkeypatch.setattr(module, limit, 1)
    write(str(tmpdir.ensure("root", dir=True)), files)
    proc = make_proc(str(tmpdir))
    for pid in (10, 11):
        process(proc, pid, "/usr/sbin/squid", ["/usr/sbin/squid"])
    with collecting(tmpdir) as collection:
        collect(collection, proc.encode("utf-8"))
    assert [row["state"] for row in collection.got.rows if said in row.get("reason", "")][:1] == ["skipped_budget"], collection.got.rows


def test_settings_of_sshd(monkeypatch):
    monkeypatch.setattr(_sshd_config, "MAX_SETTINGS", 1)
    config = _sshd_config.Survey(lambda path: b"Port 1\nPort 2\n", lambda pattern: [])
    config.add(b"/etc/ssh/sshd_config")
    assert config.cut


def test_programs_for_which_the_time_was_too_short(tmpdir):
    rows = [{"path": "/usr/bin/%d" % number, "deviation": "changed", "type": "file", "size": 1, "critical": True} for number in range(3)]
    write(str(tmpdir.ensure("root", dir=True)), dict((row["path"], "x") for row in rows))
    with collecting(tmpdir) as collection:
        with pytest.raises(Stopped):
            taken, copy = [], collection.copy

            def copy_one(path, artifact):
                if taken:
                    raise Stopped("timed_out", "time is up")
                taken.append(copy(path, artifact=artifact))

            collection.copy = copy_one
            _hash_evidence.Evidence(rows, []).bring(collection)
    assert [row["reason"] for row in collection.got.rows if row["state"] == "skipped_budget"] == [
        "the bytes of 2 more files that deviate are not taken, only their hashes",
    ]
