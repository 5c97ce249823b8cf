# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates that are trusted: whom they are for, and which of them no package brought."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import base64
import hashlib

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection import Limits
from ansible_collections.csirt.linux_triage.plugins.module_utils._persistence import _persistence
from ansible_collections.csirt.linux_triage.plugins.module_utils._persistence._certificate import certificates_in, facts_of
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.accounts_helpers import Tree, collected

# Self-signed ones of openssl: an authority, one that stands for those of packages, one that may not vouch for others.
PLANTED = b"""-----BEGIN CERTIFICATE-----
MIIBsTCCAVegAwIBAgIUYnT0KXXPzNmJbuzrJSjb9zGRZh0wCgYIKoZIzj0EAwIw
LjEQMA4GA1UECgwHUGxhbnRlZDEaMBgGA1UEAwwRUGxhbnRlZCBBdXRob3JpdHkw
HhcNMjYxMTI1MTcxNDM3WhcNMzYxMTIyMTcxNDM3WjAuMRAwDgYDVQQKDAdQbGFu
dGVkMRowGAYDVQQDDBFQbGFudGVkIEF1dGhvcml0eTBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABKvVEGW+sWG+5Zejkic9agfXJ7VJnmyT9oBN9cxLKl8ToGK+vRou
8CmKFaBMpU8w7uYHaVaWQNfIJ0SWDz+SbkKjUzBRMB0GA1UdDgQWBBTG8ssC5Lrd
aUebW1fPckSogXFHoDAfBgNVHSMEGDAWgBTG8ssC5LrdaUebW1fPckSogXFHoDAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQCDAVqAHmx6jFwYv4QU
J2YN4Sy8iaJviXHzanx6j7SmcAIgX9VUlU+uMdnl7QKR8vhZJPFvEnFg4q6j4OSj
mYW3xR4=
-----END CERTIFICATE-----
"""
PACKAGED = b"""-----BEGIN CERTIFICATE-----
MIIBeDCCAR6gAwIBAgIUbByinFzUfvjkqBRXgpetAs8mdKkwCgYIKoZIzj0EAwIw
EzERMA8GA1UEAwwIUGFja2FnZWQwHhcNMjYxMTI1MTcxNDM3WhcNMzYxMTIyMTcx
NDM3WjATMREwDwYDVQQDDAhQYWNrYWdlZDBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABHfiV1Kb7wCZIOnSBHmmlTYiwZIDviPHeIff1f803rlww7DTUakZtPW/O1+Z
579PGM1TOIfUW9cxdB7axosHoFWjUDBOMB0GA1UdDgQWBBSCvf8WwMaNTxUoX3Y+
TyP0kXO0rTAfBgNVHSMEGDAWgBSCvf8WwMaNTxUoX3Y+TyP0kXO0rTAMBgNVHRME
BTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIH9cMxPPb82RCxK9Kteda3HrdikbbvQL
IbQ5HfWR8K31AiEAhNcD4MIIm0nehFTj+r8CD6IRYhDa56uthpCR8ylnPyQ=
-----END CERTIFICATE-----
"""
LEAF = b"""-----BEGIN CERTIFICATE-----
MIIBdTCCARugAwIBAgIURDqwcIgrK9On6JQNKYfkIf6pKUUwCgYIKoZIzj0EAwIw
EzERMA8GA1UEAwwIc25ha2VvaWwwHhcNMjYxMTI1MTcxNDM3WhcNMzYxMTIyMTcx
NDM3WjATMREwDwYDVQQDDAhzbmFrZW9pbDBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABEVVTMmjJp1cLv72eMlEJT2vte5TQeMhoEMVHEhlHEkn27c4qttfkAJ5zDwe
8CZBJ1B2c3TgrpUPVaCZQcjaIjOjTTBLMB0GA1UdDgQWBBRK37N3apab4WntuVmK
1aj1YQATRDAfBgNVHSMEGDAWgBRK37N3apab4WntuVmK1aj1YQATRDAJBgNVHRME
AjAAMAoGCCqGSM49BAMCA0gAMEUCIQDkDsSwlACX+gNxPJFpoefU3gH2mWIqZ7Nl
GY6yP1hZVgIgOckwMQlxav8aKaQ1BilGrJGh717JCMMwPWJXDBb/ibo=
-----END CERTIFICATE-----
"""
ROWS = [
    {"name": "packaged", "packaged": True, "paths": ["/usr/share/ca-certificates/**"]},
    {"name": "trusted", "paths": ["/usr/local/share/ca-certificates/**", "/etc/ssl/certs/*"]},
]
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


def fingerprint(pem):
    return hashlib.sha256(base64.b64decode(b"".join(pem.split(b"-----")[2].split()))).hexdigest()


@pytest.fixture
def tree():
    with Tree() as made:
        made.file("/var/lib/dpkg/status", b"Package: ca-certificates\nStatus: install ok installed\nArchitecture: all\n\n")
        made.file("/var/lib/dpkg/info/ca-certificates.list", b"/usr/share/ca-certificates/mozilla/a.crt\n")
        made.file("/usr/share/ca-certificates/mozilla/a.crt", PACKAGED)
        made.link("/etc/ssl/certs/a.pem", "/usr/share/ca-certificates/mozilla/a.crt")
        made.link("/etc/ssl/certs/1a2b3c4d.0", "a.pem")
        made.link("/etc/ssl/certs/gone.pem", "/nowhere")
        made.file(BUNDLE, PACKAGED * 21)
        yield made


def brought(tree):
    return collected(tree, Limits(reserve_bytes=0), _persistence.collect, artifacts=[], certificates=ROWS)


def rows(got):
    return sorted((row["path"], row["line"], row["certificate"]) for row in got.tables.get("certificates", ()))


def test_who_it_is_for():
    (one,) = certificates_in(b"# a comment\n\n" + PLANTED)
    assert (one.line, one.sha256) == (3, "6690b477ca960f0c2889dac23168b0e05bb51b17f2ed906e8f57eabb8e2df088")
    assert facts_of(one.data) == {
        "subject": "O=Planted, CN=Planted Authority", "issuer": "O=Planted, CN=Planted Authority", "authority": True,
        "not_before": "2026-11-25T17:14:37Z", "not_after": "2036-11-22T17:14:37Z",
    }
    assert [facts_of(one.data)["authority"] for one in certificates_in(PACKAGED + LEAF)] == [True, False]


def test_what_is_trusted_for_stands_behind():
    data = base64.b64decode(b"".join(PLANTED.split(b"-----")[2].split())) + b"\x30\x03\x02\x01\x00"
    text = b"-----BEGIN TRUSTED CERTIFICATE-----\n" + base64.b64encode(data) + b"\n-----END TRUSTED CERTIFICATE-----\n"
    assert [one.sha256 for one in certificates_in(text)] == [fingerprint(PLANTED)]


@pytest.mark.parametrize("data", [
    b"", b"\x30", b"\x30\x84\xff\xff\xff\xff", b"\x30\x80", b"\x30\x00", b"\x30\x02\x30\x00", b"\x30\x06\x30\x04\x30\x02\x30\x00", b"\xff" * 500,
])
def test_what_is_no_certificate(data):
    assert facts_of(data) == {}
    text = b"-----BEGIN CERTIFICATE-----\n" + base64.b64encode(data) + b"\n-----END CERTIFICATE-----\n"
    assert [facts_of(one.data) for one in certificates_in(text + b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----" + text[:40])] in ([], [{}])


def test_every_cut_of_a_certificate_is_harmless():
    (one,) = certificates_in(PLANTED)
    assert all(facts_of(one.data[:size]) == {} for size in range(len(one.data)))


def test_what_packages_brought_is_no_row(tree):
    got = brought(tree)
    assert rows(got) == [] and got.states(BUNDLE) == []


def test_added_with_the_tool(tree):
    tree.file("/usr/local/share/ca-certificates/x.crt", b"\n" + PLANTED)
    tree.link("/etc/ssl/certs/x.pem", "/usr/local/share/ca-certificates/x.crt")
    tree.file(BUNDLE, PACKAGED * 21 + PLANTED)
    tree.file("/etc/ssl/certs/another.crt", PLANTED + PACKAGED * 21)
    got = brought(tree)
    line = (PACKAGED * 21).count(b"\n") + 1
    assert rows(got) == [(path, at, fingerprint(PLANTED)) for path, at in (
        ("/etc/ssl/certs/another.crt", 1), (BUNDLE, line), ("/usr/local/share/ca-certificates/x.crt", 2))]
    assert len([row for row in got.manifest if row.get("archived", "").startswith("live/certificates/")]) == 1
    assert got.files[b"[root]/usr/local/share/ca-certificates/x.crt"] == b"\n" + PLANTED
    row = got.row("certificates", path=BUNDLE)
    assert (row["bundle"], row["subject"], row["archived"]) == (True, "O=Planted, CN=Planted Authority", "live/certificates/%s.der" % fingerprint(PLANTED))
    assert hashlib.sha256(got.files[row["archived"].encode()]).hexdigest() == fingerprint(PLANTED)


def test_added_past_the_tool(tree):
    tree.file("/usr/share/ca-certificates/mozilla/b.crt", PLANTED)
    tree.file("/etc/ssl/certs/5e6f7a8b.0", LEAF)
    got = brought(tree)
    assert rows(got) == [("/etc/ssl/certs/5e6f7a8b.0", 1, fingerprint(LEAF)), ("/usr/share/ca-certificates/mozilla/b.crt", 1, fingerprint(PLANTED))]
    assert got.row("certificates", path="/etc/ssl/certs/5e6f7a8b.0")["authority"] is False


def test_the_name_by_which_it_is_found(tree):
    tree.file("/etc/ssl/certs/A.pem", PLANTED)
    tree.link("/etc/ssl/certs/5e6f7a8b.0", "A.pem")
    tree.link("/etc/ssl/certs/z.pem", "A.pem")
    assert brought(tree).row("certificates", path="/etc/ssl/certs/A.pem")["name"] == "/etc/ssl/certs/5e6f7a8b.0"


def test_without_packages_bundles_say_nothing(tree):
    tree.file("/var/lib/dpkg/info/ca-certificates.list", b"")
    tree.file("/etc/ssl/certs/x.pem", PLANTED)
    got = brought(tree)
    assert ("/etc/ssl/certs/x.pem", 1, fingerprint(PLANTED)) in rows(got) and not [row for row in rows(got) if row[0] == BUNDLE]
