# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each kind of file that decides who may do what: a small one, and what is read from it."""

from __future__ import annotations

import time

import pytest

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables import _table_settings
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._settings_files import kind_of

# Member, content, and of each row: line, section, name, value.
FILES = [
    (b"[root]/etc/sudoers", b"# no\nDefaults:ci !syslog\nroot, %wheel  ALL=(ALL) \\\n  NOPASSWD: ALL # why\n"
     b"#1000 ALL=ALL\n#includedir /var/.x\n@include /etc/y\n# goes on \\\nwww-data ALL=ALL\nALL\n", [
         (2, None, "Defaults:ci", "!syslog"), (3, None, "root, %wheel", "ALL=(ALL)  NOPASSWD: ALL # why"), (5, None, "#1000", "ALL=ALL"),
         (6, None, "@includedir", "/var/.x"), (7, None, "@include", "/etc/y"), (9, None, "www-data", "ALL=ALL")]),
    (b"[root]/etc/sudoers.d/a b", b'"domain users",joe ALL=ALL\n', [(1, None, '"domain users",joe', "ALL=ALL")]),
    (b"[root]/etc/polkit-1/rules.d/99-x.rules", b"polkit.addRule(function(action, subject) {\n  return polkit.Result.YES;\n});\n", [
        (1, "actions: any", "users: any", "return polkit.Result.YES;")]),
    (b"[root]/etc/polkit-1/rules.d/50-x.rules", b"// action subject\n/* polkit.addRule(function(a, s) { return polkit.Result.YES; }); */\n"
     b"polkit.addRule(function(a, s) {\n  if (s.isInGroup('wheel')) { return \"yes\" }\n});\npolkit.addRule((action, who) => {\n"
     b"  if (action.id == '//') { log(who.user); } return polkit . Result . YES;\n});\n"
     b"polkit.addRule(function(action) { if (action.id == 'x') return polkit.Result.YES });\n"
     b"polkit.addRule(function(a, s) { return polkit.Result.NO; });\npolkit.addAdminRule(function(a, s) { return ['unix-group:sudo']; });\n", [
         (3, "actions: any", "users: some", "if (s.isInGroup('wheel')) { return \"yes\" }"),
         (6, "actions: some", "users: some", "if (action.id == '//') { log(who.user); } return polkit . Result . YES;"),
         (9, "actions: some", "users: any", "if (action.id == 'x') return polkit.Result.YES")]),
    (b"[root]/etc/polkit-1/localauthority/50-local.d/x.pkla",
     b"[a]\nIdentity=unix-user:*\nAction=*\nResultAny=yes\n[b]\nIdentity=unix-group:adm\nAction=org.x.*;org.y\nResultActive=yes\nResultAny=no\n"
     b"[c]\nIdentity=unix-user:*\nAction=*\nResultAny=no\n", [
         (2, "actions: any", "users: any", "unix-user:*; *; ResultAny=yes"),
         (6, "actions: some", "users: some", "unix-group:adm; org.x.*;org.y; ResultActive=yes")]),
    (b"[root]/etc/doas.conf", b"# no\npermit nopass keepenv :wheel as root\n", [(2, None, "permit", "nopass keepenv :wheel as root")]),
    (b"[root]/etc/ssh/sshd_config", b"PermitRootLogin\tyes\nport=22\nMatch User a,b\n  PermitEmptyPasswords yes\n", [
        (1, None, "permitrootlogin", "yes"), (2, None, "port", "22"), (4, "User a,b", "permitemptypasswords", "yes")]),
    (b"[root]/etc/pam.d/su", b"auth sufficient pam_permit.so\n-auth\t[success=1 default=ignore] pam_x.so a b\n@include x\n", [
        (1, "su", "auth", "sufficient pam_permit.so"), (2, "su", "auth", "[success=1 default=ignore] pam_x.so a b")]),
    (b"[root]/etc/audit/rules.d/x.rules", b"-D\n-e 0\n", [(1, None, "-d", ""), (2, None, "-e", "0")]),
    (b"[root]/etc/systemd/journald.conf.d/x.conf", b"[Journal]\n#Storage=auto\nStorage = none\n", [(3, "Journal", "Storage", "none")]),
    (b"[root]/etc/hosts", b"127.0.0.1\tlocalhost a # b\n", [(1, None, "127.0.0.1", "localhost a # b")]),
    (b"[root]/etc/apt/sources.list.d/x.list", b"deb [trusted=yes] http://192.0.2.1/ ./\n", [(1, None, "deb", "[trusted=yes] http://192.0.2.1/ ./")]),
    (b"[root]/etc/docker/daemon.json", b'{"hosts": ["tcp://0.0.0.0:2375"], "tls": false}', [
        (None, None, "hosts.0", "tcp://0.0.0.0:2375"), (None, None, "tls", "false")]),
    (b"[root]/var/lib/kubelet/config.yaml", b"authentication:\n  anonymous: {enabled: true}\n", [(None, None, "authentication.anonymous.enabled", "true")]),
    (b"[root]/etc/kubernetes/manifests/x.yaml", b"spec:\n  volumes: [{hostPath: {path: /}}]\n", [(None, None, "spec.volumes.0.hostPath.path", "/")]),
    (b"[root]/var/lib/docker/containers/0a1b/hostconfig.json", b'{"Binds": ["/:/host"], "Privileged": true}', [
        (None, None, "Binds.0", "/:/host"), (None, None, "Privileged", "true")]),
    (b"[root]/etc/nftables.conf", b"#!/usr/sbin/nft -f\nflush ruleset\ntable inet filter {\n  chain input {\n    type filter hook input priority 0;\n"
     b"    tcp dport 22 accept\n  }\n  chain x { ip saddr 192.0.2.1 drop }\n}\n", [
         (6, "inet filter input", "rule", "tcp dport 22 accept"), (8, "inet filter x", "rule", "ip saddr 192.0.2.1 drop")]),
    (b"live/commands/nft-ruleset.txt", b"table ip nat { # handle 1\n\tchain pre { # handle 1\n\t\ttype nat hook prerouting priority -100; policy accept;\n"
     b"\t\ttcp dport 443 dnat to 192.0.2.1 # handle 2\n\t}\n}\n", [(4, "ip nat pre", "rule", "tcp dport 443 dnat to 192.0.2.1 # handle 2")]),
    (b"live/commands/iptables-save.txt", b"*nat\n:PREROUTING ACCEPT [0:0]\n[7:420] -A PREROUTING -p tcp -j DNAT --to-destination 192.0.2.1\nCOMMIT\n", [
        (3, "nat", "rule", "PREROUTING -p tcp -j DNAT --to-destination 192.0.2.1")]),
]


@pytest.mark.parametrize("member, data, expected", FILES, ids=[name.decode() for name, _data, _rows in FILES])
def test_what_is_read(home, member, data, expected):
    home.give(member, data)
    rows = home.finish()["settings"]
    assert [(row.get("line"), row.get("section"), row["name"], row["value"]) for row in rows] == expected
    path = member.removeprefix(b"[root]").decode()
    assert {(row["kind"], row["path"]) for row in rows} == {(kind_of(member)[0], path)}


@pytest.mark.parametrize("member", [b"[root]/etc/hosts.allow", b"[root]/home/x/etc/sudoers", b"live/commands/w.txt", b"tables/x.jsonl"])
def test_what_is_not(member):
    assert kind_of(member) is None


@pytest.mark.parametrize("data", [
    b"polkit.addRule(function(a," + b" " * 250000, b"polkit.addRule(function(a, s) { return " * 6000, b"polkit.addRule(function(" + b"a" * 250000,
    b"polkit.addRule(function(a, s) {" + b"return" + b" " * 250000, b"/*" * 125000, b"'" * 250001,
], ids=["blanks", "rules", "name", "blanks behind return", "comments", "quotes"])
def test_long_files_of_polkit_cost_little(home, data):
    begin = time.monotonic()
    home.give(b"[root]/etc/polkit-1/rules.d/x.rules", data)
    home.finish()
    assert time.monotonic() - begin < 5


def test_what_sudo_includes_is_read_as_its_own(home):
    home.give(b"[root]/var/.x/before", b"nobody ALL=ALL\n")
    home.give(b"[root]/etc/sudoers", b"#includedir /var/.x\n@include sudo\\ more\n@include \"/opt/a b\"\n@includedir\n")
    home.give(b"[root]/var/.x/y", b"www-data ALL=ALL\n")
    home.give(b"[root]/var/.x/deeper/y", b"nobody ALL=ALL\n")
    home.give(b"[root]/etc/sudo more", b"@include /opt/c\n")
    home.give(b"[root]/opt/a b", b"a ALL=ALL\n")
    home.give(b"[root]/opt/c", b"c ALL=ALL\n")
    rows = home.finish()["settings"]
    assert [(row["kind"], row["path"]) for row in rows if not row["name"].startswith("@")] == [
        ("sudo", "/var/.x/y"), ("sudo", "/opt/a b"), ("sudo", "/opt/c")]


def test_the_same_file_of_two_parts_counts_once(home):
    for _part in range(2):
        home.file(b"/etc/hosts", b"127.0.0.1 a\n")
    assert len(home.finish()["settings"]) == 1


def test_a_file_still_feeds_its_other_table(home):
    home.file(b"/etc/pam.d/su", b"auth required pam_x.so\n")
    found = home.finish()
    assert found["settings"] and found["persistence"]


@pytest.mark.parametrize("member", sorted({name for name, _data, _rows in FILES}))
def test_hostile_bytes(home, member):
    begin = time.monotonic()
    for data in (b"\0\xff\x1b[2J a\n" * 50, b"a " * 200_000, b"{" * 100_000, b'"' * 100_000, b"\\\n" * 100_000, b"x a\\\n" * 60_000):
        home.tables._settings._seen.clear()
        home.give(member, data)
    for row in home.finish().get("settings", []):
        assert "\x1b" not in row["value"] + row["name"] and len(row["value"]) <= 4 * _table_settings.VALUE
    assert time.monotonic() - begin < 20


def test_too_much_is_said(home):
    home.file(b"/etc/hosts", b"".join(b"192.0.2.1 host%d\n" % number for number in range(20_000)))
    found = home.finish()
    assert len(found["settings"]) == _table_settings.ROWS_OF_A_FILE
    assert {row["problem"] for row in found["errors"]} == {
        "longer than 262144 bytes, the rest is not read", "more than 5000 settings, the others are left out"}
