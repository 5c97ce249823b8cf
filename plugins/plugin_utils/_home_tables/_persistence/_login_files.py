# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What is run when somebody comes in: PAM, name services, the SSH server and its keys, polkit, inetd, tcp wrappers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._commands import programs
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._found import Found, Text

_PAM_TYPE = re.compile(rb"-?(auth|account|password|session)\Z")
_PAM_FIELD = re.compile(rb"\[[^\]]*\]|\S+")
_SSHD = re.compile(
    rb"(AuthorizedKeysCommand|AuthorizedPrincipalsCommand|ForceCommand|ProxyCommand|LocalCommand|KnownHostsCommand|Subsystem|"
    rb"XAuthLocation|SecurityKeyProvider|PKCS11Provider)(?:\s+|\s*=\s*)(.*)\Z", re.IGNORECASE
)
_MATCH_EXEC = re.compile(rb"Match\b.*?\bexec\s+(\"[^\"]*\"|\S+)", re.IGNORECASE)
_KEY_COMMAND = re.compile(rb"(?:^|,)command=\"((?:[^\"\\]|\\.)*)\"", re.IGNORECASE)
_KEY_OPTIONS = re.compile(rb"(?:[^\s\"]|\"(?:[^\"\\]|\\.)*\")+")
_POLKIT = re.compile(rb"polkit\.spawn|Result\.YES|ResultAny=yes|ResultActive=yes|ResultInactive=yes")
_WRAPPED = re.compile(rb":\s*(spawn|twist)\s+(.*)\Z", re.IGNORECASE)


def read_pam(text: Text) -> Iterator[Found]:
    """A row a module, with the program of pam_exec first (pam.d(5); in pam.conf the service stands before it)."""
    for number, line in text.code():
        fields = _PAM_FIELD.findall(line)
        service = text.name
        if text.name == b"pam.conf" and fields:
            service, fields = fields[0], fields[1:]
        kind = _PAM_TYPE.match(fields[0]) if fields else None
        if not kind or len(fields) < 3 or fields[1] in (b"include", b"substack"):
            continue
        trigger = "%s of %s" % (kind.group(1).decode("ascii"), service.decode("utf-8", "replace"))
        module, arguments = fields[2], fields[3:]
        run = [word for word in arguments if word.startswith(b"/")][:1] if module.endswith(b"pam_exec.so") else []
        yield Found(number, b" ".join(fields[2:]), trigger, (*run, module))


def read_nss(text: Text) -> Iterator[Found]:
    """A row a service of nsswitch.conf(5): a library in every process that looks up a name."""
    seen: dict[bytes, tuple[int, list[bytes]]] = {}
    for number, line in text.code():
        database, colon, services = line.partition(b":")
        for service in re.sub(rb"\[[^\]]*\]|#.*", b"", services).split() if colon else ():
            seen.setdefault(service, (number, []))[1].append(database.strip())
    for service, (number, databases) in seen.items():
        trigger = "lookup in " + b" ".join(databases[:20]).decode("utf-8", "replace")
        yield Found(number, service, trigger, (b"libnss_" + service + b".so.2",))


def read_ssh(text: Text) -> Iterator[Found]:
    """Commands in the settings of the server and of clients (sshd_config(5), ssh_config(5))."""
    settings = [(number, line, _SSHD.match(line)) for number, line in text.code()]
    user = next((line.split()[-1] for _number, line, _match in settings
                 if line.lower().startswith(b"authorizedkeyscommanduser")), None)
    for number, line, match in settings:
        executed = _MATCH_EXEC.match(line)
        if executed:
            yield Found(number, executed.group(1).strip(b'"'), "ssh: Match exec")
        elif match and match.group(2).strip().lower() not in (b"none", b"internal-sftp", b""):
            key, value = match.group(1), match.group(2).strip()
            is_keys = key.lower().startswith(b"authorized")
            value = value.split(None, 1)[-1] if key.lower() == b"subsystem" else value
            yield Found(
                number, value, "ssh: " + key.decode("ascii"), user=user if is_keys else None,
                mechanism="authorized_keys_command" if is_keys else None, attack="T1098.004" if is_keys else None,
            )


def read_authorized_keys(text: Text) -> Iterator[Found]:
    """``command="..."`` before a key."""
    for number, line in text.code():
        options = _KEY_OPTIONS.match(line)
        command = _KEY_COMMAND.search(options.group()) if options else None
        if command:
            yield Found(number, command.group(1).replace(b'\\"', b'"'), "login with this key")


def read_polkit(text: Text) -> Iterator[Found]:
    """A file of rules, and the lines that run a program or give a right away."""
    yield Found(None, text.path, "a request for a right", ())
    for number, line in text.code(b"#", b"//"):
        if _POLKIT.search(line):
            yield Found(number, line, "a request for a right", tuple(re.findall(rb"[\"'](/[^\"']+)[\"']", line)))


def read_sudo_plugin(text: Text) -> Iterator[Found]:
    """Plugins of sudo, and programs and libraries that it uses (sudo.conf(5)); what has no folder lies in that of its plugins."""
    for number, line in text.code():
        words = line.split()
        if len(words) > 2 and words[0].lower() in (b"plugin", b"path"):
            trigger = "sudo: " + words[1].decode("utf-8", "replace")
            yield Found(number, line, trigger, (words[2],) if words[1] != b"plugin_dir" else (), user=b"root")


def read_inetd(text: Text) -> Iterator[Found]:
    """Service, type, protocol, wait, user, program, arguments (inetd.conf(5))."""
    for number, line in text.code():
        fields = line.split(None, 6)
        if len(fields) >= 6 and fields[5] != b"internal":
            trigger = "connection to %s/%s" % (fields[0].decode("utf-8", "replace"), fields[2].decode("utf-8", "replace"))
            yield Found(number, b" ".join(fields[5:]), trigger, tuple(programs(fields[5])), user=fields[4])


def read_xinetd(text: Text) -> Iterator[Found]:
    """``server`` and ``server_args`` of each service (xinetd.conf(5))."""
    name, settings = b"", {}
    for number, line in text.code():
        if line.startswith(b"service"):
            name, settings = line[7:].strip(b" {"), {}
        key, equals, value = line.partition(b"=")
        if equals:
            settings[key.strip(b" \t+-")] = number, value.strip()
        elif line == b"}" and b"server" in settings:
            value = {key: setting[1] for key, setting in settings.items()}
            command = b" ".join(part for part in (value[b"server"], value.get(b"server_args")) if part)
            yield Found(
                settings[b"server"][0], command, "connection to " + name.decode("utf-8", "replace"),
                (value[b"server"],), user=value.get(b"user"), enabled=value.get(b"disable") != b"yes",
            )


def read_wrapped(text: Text) -> Iterator[Found]:
    """``spawn`` and ``twist`` of hosts_options(5)."""
    for number, line in text.code():
        match = _WRAPPED.search(line)
        if match:
            yield Found(number, match.group(2), "connection: " + line[:match.start()].decode("utf-8", "replace")[:100])


__all__ = (
    "read_authorized_keys", "read_inetd", "read_nss", "read_pam", "read_polkit", "read_ssh",
    "read_sudo_plugin", "read_wrapped", "read_xinetd",
)
