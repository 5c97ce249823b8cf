# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Hooks: of package managers, of git, of interpreters, of desktops."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._commands import programs, unquoted
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._found import Found, Text
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._shell_files import reaching_out

_APT = re.compile(rb"\"(?:[^\"\\\n]|\\.)*\"|[{};]|//[^\n]*|#[^\n]*|/\*(?:.*?\*/|.*)|[^\s{};\"]+|\n", re.DOTALL)
_APT_RUNS = re.compile(rb"(?:Invoke[\w-]*|Pre-Install-Pkgs|Proxy-Auto-Detect)(?:::.*)?\Z", re.IGNORECASE)
_APT_PROGRAM = re.compile(rb"(?i)dir::bin::")
_GIT_RUNS = re.compile(
    rb"(?i)(?:core\.(?:pager|editor|sshcommand|fsmonitor|hookspath|askpass|gitproxy)|"
    rb".*\.(?:textconv|clean|smudge|process|command|cmd|driver|helper|program|external|packobjectshook|proxycommand)|"
    rb"sequence\.editor|init\.templatedir|alias\..*|include.*\.path|pager\..*|sendemail\.smtpserver)\Z"
)
_PACKAGE = b"package "
_IN_CODE = re.compile(rb"(?<![\w/.])/(?!/)[^\s\"'`;)]+")
_PTH = re.compile(rb"import[ \t]")
_PHP = re.compile(
    rb"(auto_prepend_file|auto_append_file|extension|zend_extension|sendmail_path|opcache\.preload)\s*=\s*(.*)\Z", re.IGNORECASE
)
_EDITOR = re.compile(
    rb"system\(|systemlist\(|job_start\(|shell-command|call-process|start-process|(?:^|\s|:|\|)!\s*\S|io\.popen|os\.execute"
)


def read_apt(text: Text) -> Iterator[Found]:
    """Commands in apt.conf(5), in any way of writing its scopes."""
    scopes: list[bytes] = []
    key, number = b"", 1
    for token in _APT.findall(text.data):
        if token.startswith(b'"'):
            full = b"::".join(scope for scope in [*scopes, key] if scope)
            value = token[1:-1].replace(b'\\"', b'"')
            if value and (_APT_RUNS.search(full) or _APT_PROGRAM.match(full)):
                yield Found(number, value, "apt: " + full.rstrip(b":").decode("utf-8", "replace")[:200], user=b"root")
        elif token == b"{":
            scopes, key = [*scopes, key][:64], b""
        elif token == b"}":
            scopes, key = scopes[:-1], b""
        elif token == b";":
            key = b""
        elif token != b"\n" and not token.startswith((b"//", b"#", b"/*")):
            key = token
        number += token.count(b"\n")


def read_dpkg(text: Text) -> Iterator[Found]:
    """``pre-invoke`` and its like in dpkg.cfg(5)."""
    for number, line in text.code():
        key, equals, value = line.lstrip(b"-").partition(b"=")
        if equals and key.strip() in (b"pre-invoke", b"post-invoke", b"status-logger"):
            yield Found(number, unquoted(value.strip()), "dpkg: " + key.strip().decode("ascii"), user=b"root")


def read_dnf_actions(text: Text) -> Iterator[Found]:
    """Filter, state, command of post-transaction actions; of dnf 5 callback, filter, direction, options, command."""
    fields_before = 4 if text.name.endswith(b"s") else 2
    for number, line in text.code():
        fields = line.split(b":", fields_before)
        if len(fields) > fields_before:
            yield Found(number, fields[-1], "dnf: " + b":".join(fields[:2]).decode("utf-8", "replace"), user=b"root")


def read_rpm_scripts(text: Text) -> Iterator[Found]:
    """Of the scripts of all packages, as rpm says them, the lines that open connections or unpack text."""
    heads = [(number, line[len(_PACKAGE):]) for number, line in text.lines if line.startswith(_PACKAGE)]
    for number, line in reaching_out(text):
        package = heads[bisect.bisect(heads, (number, b"")) - 1][1] if heads and heads[0][0] < number else b"?"
        trigger = "rpm: a script of %s" % package.decode("utf-8", "replace")[:200]
        yield Found(number, line, trigger, tuple(programs(line)), user=b"root")


def read_alpm(text: Text) -> Iterator[Found]:
    """``Exec`` of a hook of pacman (alpm-hooks(5))."""
    for number, _section, key, value in text.sections():
        if key == b"Exec":
            yield Found(number, value, "pacman: " + text.name.decode("utf-8", "replace"), user=b"root")


def read_needrestart(text: Text) -> Iterator[Found]:
    """Settings in Perl, run as such."""
    yield Found(None, text.path, "packages were changed", (), user=b"root")
    for number, line in text.code():
        if re.search(rb"\b(?:system|exec|do|require|qx)\b|`", line):
            yield Found(number, line, "packages were changed", tuple(_IN_CODE.findall(line)), user=b"root")


def read_git_config(text: Text) -> Iterator[Found]:
    """Settings that run programs (git-config(1))."""
    section = b""
    for number, line in text.code(b"#", b";"):
        if line.startswith(b"["):
            name, _bracket, line = line[1:].partition(b"]")
            section = b".".join(part.strip(b'"') for part in name.split(None, 1))
        key, equals, value = (part.strip() for part in line.partition(b"="))
        full = section + b"." + key
        if not equals or not _GIT_RUNS.match(full) or full.lower().startswith(b"alias.") and not value.startswith(b"!"):
            continue
        command = unquoted(value).lstrip(b"!")
        yield Found(number, command, "git: " + full.decode("utf-8", "replace")[:200])


def read_desktop_entry(text: Text) -> Iterator[Found]:
    """``Exec`` of a desktop entry; hidden ones are off."""
    settings = {key: (number, value) for number, section, key, value in text.sections() if section == b"Desktop Entry"}
    off = [settings.get(key, (0, b""))[1].lower() for key in (b"Hidden", b"X-GNOME-Autostart-enabled")]
    if b"Exec" in settings:
        number, command = settings[b"Exec"]
        yield Found(number, command, "desktop starts", enabled=off[0] != b"true" and off[1] != b"false")


def read_lightdm(text: Text) -> Iterator[Found]:
    """Scripts and wrappers around greeter and session, most of which root runs."""
    for number, _section, key, value in text.sections():
        if value and key.endswith((b"-script", b"-wrapper", b"-command")):
            yield Found(number, value, "lightdm: " + key.decode("utf-8", "replace")[:100])


def read_pth(text: Text) -> Iterator[Found]:
    """Lines of a .pth file that Python runs (site, "Module contents")."""
    for number, line in text.lines:
        if _PTH.match(line):
            yield Found(number, line, "Python starts", tuple(_IN_CODE.findall(line)))


def read_php_ini(text: Text) -> Iterator[Found]:
    """Scripts before and after each, extensions, programs of mail."""
    for number, line in text.code(b";", b"#"):
        match = _PHP.match(line)
        value = match.group(2).strip(b" \"'") if match else b""
        if match and value:
            name = match.group(1).lower().decode("ascii")
            is_library = name.endswith("extension")
            library = value if value.endswith(b".so") or b"/" in value else value + b".so"
            yield Found(number, value, "PHP: " + name, (library,) if is_library else tuple(programs(value)))


def read_editor(text: Text) -> Iterator[Found]:
    """Lines that run a program when an editor starts."""
    for number, line in text.code(b'"', b";", b"--"):
        if _EDITOR.search(line):
            yield Found(number, line, "an editor starts", tuple(_IN_CODE.findall(line)))


__all__ = (
    "read_alpm", "read_apt", "read_desktop_entry", "read_dnf_actions", "read_dpkg", "read_editor", "read_git_config",
    "read_lightdm", "read_needrestart", "read_php_ini", "read_pth", "read_rpm_scripts",
)
