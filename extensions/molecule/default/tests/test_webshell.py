# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later

"""The web shells that files/plant_webshell.py left where a server runs are told, and nothing else of the host is."""

from __future__ import annotations

import hashlib

import pytest

testinfra_hosts = ['ansible://suspect_hosts']

FOLDER = '/var/www/html/planted-shells'


@pytest.fixture
def hits(host, archive):
    """Path to hits; skips where no server serves the folder."""
    if not any(row['kind'] == 'root' and FOLDER.startswith(row['path']) for row in archive.table('web_services')):
        pytest.skip('no web server on this host')
    found = {}
    for row in archive.table('webshell_hits'):
        found.setdefault(row['path'], []).append(row)
    return found


@pytest.mark.parametrize('shell, rule, line', [
    ('one.php', 'request-code', 3), ('hidden.php', 'hidden-name', 1), ('packed.php', 'request-command', 3),
    ('logo.gif', 'polyglot', 1), ('tool.jsp', 'request-command', 1), ('.user.ini', 'hidden-prepend', 1),
    ('one-line.php', 'request-code', 1), ('deep.php', 'nesting', 1), ('\\x1b[31mred\\x0a.php', 'request-command', 1),
])
def test_shell_is_told_by_what_it_does(hits, shell, rule, line):
    rows = hits[f'{FOLDER}/{shell}']
    assert line in {row['line'] for row in rows if row['rule'] == rule}
    assert min(row['score'] for row in rows) >= 60


def test_row_says_which_file_it_was(host, hits):
    (row, *_more) = hits[f'{FOLDER}/one.php']
    assert row['sha256'] == host.check_output('sudo sha256sum %s', f'{FOLDER}/one.php').split()[0]
    assert (row['uid'], row['mode'], row['attack']) == (33, '0600', 'T1505.003')


def test_excerpts_are_printable(hits):
    for rows in hits.values():
        assert all(row['excerpt'].isprintable() and len(row['excerpt']) <= 200 for row in rows)


def test_nothing_clean_is_taken_for_a_shell(hits):
    likely = {path for path, rows in hits.items() if rows[0]['score'] >= 60}
    assert f'{FOLDER}/index.php' not in hits
    assert f'{FOLDER}/clean.gif' not in hits
    assert not [path for path in likely if not path.startswith('/var/www/')]


def test_shells_are_home_as_bytes(host, archive, hits):
    data = archive.read(b'[root]' + FOLDER.encode() + b'/hidden.php')
    assert hashlib.sha256(data).hexdigest() == host.check_output('sudo sha256sum %s', f'{FOLDER}/hidden.php').split()[0]


def test_what_was_read_in_part_is_in_the_manifest(archive, hits):
    rows = [row for row in archive.manifest() if row['collector'] == 'webshell_scan' and row.get('path') == f'{FOLDER}/one-line.php']
    assert [row['state'] for row in rows] == ['truncated']
    assert sum(row['scripts'] for row in archive.table('webshell_trees')) >= 9
