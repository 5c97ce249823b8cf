# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import os
import shutil
import struct
import subprocess
import time

import pytest

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables import _ssh_wire
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._table_ssh_keys import (
    holds_keys, kind_by_name,
)

ED25519 = b"AAAAC3NzaC1lZDI1NTE5AAAAIHpomOEVm2aBFdDf+fjZ3WgNSNqtBzGIDJWQc0/0Bq7z"


def wire(*fields):
    return base64.b64encode(b"".join(struct.pack(">I", len(field)) + field for field in fields))


KEY = wire(b"ssh-ed25519", b"k" * 32)
LINE = b"ssh-ed25519 " + KEY


def keys(home, path, data):
    home.file(path, data)
    return home.finish().get("ssh_keys", [])


def test_authorized_keys(home):
    rows = keys(
        home,
        b"/home/bob/.ssh/authorized_keys",
        b"\n".join(
            (
                b"# comment",
                b"",
                LINE + b" bob@host with blanks",
                b"\t" + LINE,
                b'no-pty,command="/bin/sh -c \\"id\\", x",from="192.0.2.*,!x",environment="A=B" ' + LINE + b" \x1b[0m",
                b'cert-authority,principals="a b" ' + LINE,
            )
        ),
    )
    assert rows[0] == {
        "path": "/home/bob/.ssh/authorized_keys",
        "line": 3,
        "kind": "authorized",
        "home": "/home/bob",
        "type": "ssh-ed25519",
        "bits": 256,
        "fingerprint": _ssh_wire.fingerprint(base64.b64decode(KEY)),
        "comment": "bob@host with blanks",
    }
    assert rows[1]["line"] == 4 and "options" not in rows[1]
    assert rows[2]["options"] == 'no-pty,command="/bin/sh -c \\\\"id\\\\", x",from="192.0.2.*,!x",environment="A=B"'
    assert rows[2]["command"] == '/bin/sh -c "id", x'
    assert rows[2]["has_command"] and rows[2]["has_from"] and rows[2]["has_environment"]
    assert rows[2]["comment"] == "\\x1b[0m"
    assert rows[3]["cert_authority"] and "has_command" not in rows[3]


def test_known_hosts(home):
    rows = keys(
        home,
        b"/root/.ssh/known_hosts",
        b"\n".join(
            (
                b"host,192.0.2.1 " + LINE,
                b"|1|c2FsdA==|aGFzaA== " + LINE,
                b"@cert-authority *.example.org " + LINE,
                b"@revoked * " + LINE,
                b"host",
                b"@revoked",
            )
        ),
    )
    assert [(row["hosts"], row["hashed"], row.get("marker")) for row in rows] == [
        ("host,192.0.2.1", False, None),
        ("|1|c2FsdA==|aGFzaA==", True, None),
        ("*.example.org", False, "cert-authority"),
        ("*", False, "revoked"),
        ("host", False, None),
        ("@revoked", False, None),
    ]
    assert all(row["kind"] == "known_host" for row in rows)
    assert [row.get("malformed") for row in rows] == [None] * 4 + ["no key"] * 2


@pytest.mark.parametrize(
    "line, problem",
    [
        (b"junk", "no key"),
        (b"ssh-rsa", "no key"),
        (b"ssh-rsa !!!!", "no base64"),
        (b"ssh-rsa AAAA", "the key ends early"),
        (b"ssh-rsa " + base64.b64encode(b"\xff\xff\xff\xffx"), "a field ends beyond the key"),
        (b"ssh-ed25519 " + wire(b"ssh-ed25519"), "the key ends early"),
        (b"x" * 600_000, "longer than 524288 bytes"),
        (b"ssh-rsa " + LINE.split()[1], "the key inside is of another type than ssh-rsa"),
        (b'command="x ' + LINE, "no key"),
        (b"1024 35 1234567", "no base64"),
    ],
)
def test_malformed(home, line, problem):
    rows = keys(home, b"/root/.ssh/authorized_keys2", line + b"\n" + LINE)
    assert rows[0]["malformed"] == problem
    assert "fingerprint" in rows[1]


def test_lines_made_to_hurt_take_no_time(home):
    start = time.monotonic()
    keys(
        home,
        b"/root/.ssh/authorized_keys",
        b"\n".join(
            (
                b'"' * 500_000,
                b'\\"' * 250_000,
                b"a=" * 250_000,
                b'x="' + b"\\" * 500_000,
                b"," * 500_000,
                b'command="' * 50_000,
            )
        ),
    )
    assert time.monotonic() - start < 10


@pytest.mark.parametrize(
    "path, kind",
    [
        (b"/root/.ssh/authorized_keys", "authorized"),
        (b"/root/.ssh/authorized_keys.bak", "authorized"),
        (b"/etc/ssh/authorized_keys/bob", "authorized"),
        (b"/etc/dropbear/authorized_keys", "authorized"),
        (b"/etc/ssh/ssh_known_hosts", "known_host"),
        (b"/etc/ssh/ssh_host_rsa_key.pub", "public"),
        (b"/usr/share/x.pub", None),
    ],
)
def test_kinds_by_name(path, kind):
    assert kind_by_name(path) == kind


def test_keys_in_files_of_any_name(home):
    assert holds_keys(b"x\nssh-ed25519 " + ED25519) and not holds_keys(b"AAAA ssh-rsa x AAAA")
    home.file(b"/etc/ssh/trusted", b"setting\n" + LINE + b" ca\n")
    home.file(b"/srv/keys/bob", LINE)
    home.file(b"/etc/motd", b"nothing")
    home.tables.noted({"artifact": "sshd trustedusercakeys", "archived": "[root]/etc/ssh/trusted", "path": "/x"})
    home.tables.noted({"artifact": "sshd trustedusercakeys", "archived": 7})
    rows = home.finish()["ssh_keys"]
    assert [(row["path"], row["line"], row["kind"]) for row in rows] == [
        ("/etc/ssh/trusted", 2, "ca"),
        ("/srv/keys/bob", 1, "other"),
    ]


def made(tmp_path, *arguments):
    subprocess.run(
        ["ssh-keygen", "-q", "-N", "", *arguments], check=True, capture_output=True, cwd=tmp_path, timeout=60
    )


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="ssh-keygen is not installed")
@pytest.mark.parametrize("kind", [["rsa", "-b", "2048"], ["ecdsa", "-b", "521"], ["ecdsa"], ["ed25519"]])
def test_ssh_keygen_agrees(home, tmp_path, kind):
    made(tmp_path, "-t", *kind, "-f", "key", "-C", "a comment")
    made(
        tmp_path,
        "-s",
        "key",
        "-I",
        "id\x1b",
        "-n",
        "root,bob",
        "-V",
        "20240101000000Z:20250101000000Z",
        "-z",
        "77",
        "key.pub",
    )
    listed = subprocess.run(
        ["ssh-keygen", "-lf", "key.pub"], capture_output=True, cwd=tmp_path, text=True, check=True
    ).stdout.split()
    rows = keys(
        home, b"/root/.ssh/key.pub", (tmp_path / "key.pub").read_bytes() + (tmp_path / "key-cert.pub").read_bytes()
    )
    assert len(rows) == 2
    for row in rows:
        assert (str(row["bits"]), row["fingerprint"], row["comment"], row["kind"]) == (
            listed[0],
            listed[1],
            "a comment",
            "public",
        )
        assert "malformed" not in row
    certificate = {name: value for name, value in rows[1].items() if name.startswith(("certificate", "valid"))}
    assert certificate == {
        "certificate_serial": "77",
        "certificate_type": "user",
        "certificate_id": "id\\x1b",
        "certificate_principals": ["root", "bob"],
        "valid_after": "2024-01-01T00:00:00Z",
        "valid_before": "2025-01-01T00:00:00Z",
        "certificate_ca": listed[1],
    }


def test_random_blobs_are_refused_or_read():
    for _number in range(3000):
        blob = (
            wire(os.urandom(1).join((b"ssh-", b"rsa")), os.urandom(30))
            if _number % 2
            else base64.b64encode(os.urandom(40))
        )
        try:
            _ssh_wire.decode(blob)
        except _ssh_wire.Malformed:
            continue


@pytest.mark.parametrize(
    "kind, plain, fields",
    [
        (b"sk-ssh-ed25519-cert-v01@openssh.com", b"sk-ssh-ed25519@openssh.com", [b"k" * 32, b"ssh:"]),
        (
            b"sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
            b"sk-ecdsa-sha2-nistp256@openssh.com",
            [b"nistp256", b"p" * 65, b"ssh:"],
        ),
    ],
)
def test_certificates_of_hardware_keys(kind, plain, fields):
    head = b"".join(struct.pack(">I", len(field)) + field for field in [kind, b"nonce", *fields])
    tail = (
        struct.pack(">QI", 1, 2)
        + b"".join(struct.pack(">I", len(field)) + field for field in (b"id", b""))
        + struct.pack(">QQ", 0, (1 << 64) - 1)
    )
    tail += b"".join(struct.pack(">I", len(field)) + field for field in (b"", b"", b"", b"ca key"))
    key = _ssh_wire.decode(base64.b64encode(head + tail))
    assert key.fingerprint == _ssh_wire.decode(wire(plain, *fields)).fingerprint
    assert key.certificate["certificate_type"] == "host" and key.certificate["valid_before"] is None
