# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later

"""By what services were found: those of the image run, the planted ones have units or files only."""

from __future__ import annotations

import pytest

testinfra_hosts = ['ansible://suspect_hosts']


@pytest.fixture
def services(archive):
    return {row['service']: row for row in archive.table('service_configs') if row['role'] == 'service'}


def test_a_database_that_runs_was_found_in_every_way(host, services):
    if not host.file('/usr/sbin/mariadbd').exists:
        pytest.skip('no MariaDB here')
    found = services['mysql']
    assert found['found_by'] == ['process', 'port', 'unit', 'package', 'place']
    assert (found['ports'], 'mariadb-server' in found['packages'], 'mariadb.service' in found['units']) == (['3306/tcp'], True, True)


def test_files_alone_are_told_as_such(services):
    assert services['squid']['found_by'] == ['place']


def test_what_a_package_has_elsewhere_in_etc_is_home(host, archive):
    if not host.file('/etc/logcheck/ignore.d.server/rsyslog').exists:
        pytest.skip('no such rsyslog here')
    rows = {row['path']: row for row in archive.table('service_configs') if row['role'] == 'package'}
    assert rows['/etc/logcheck/ignore.d.server/rsyslog']['state'] == 'collected'
