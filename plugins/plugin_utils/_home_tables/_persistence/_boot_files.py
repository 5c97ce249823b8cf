# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What the kernel and early boot run: udev, modules, helpers, interpreters, libraries in every process, files made at boot."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._commands import unquoted
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._found import Found, Text

_UDEV = re.compile(rb"\b(RUN(?:\{program\})?|PROGRAM|IMPORT\{program\})\s*(?:\+=|:=|==|=)\s*e?\"((?:[^\"\\]|\\.)*)\"")
_MODPROBE = re.compile(rb"(install|remove)\s+(\S+)\s+(.*)\Z")
_SYSCTL = re.compile(
    rb"-?(kernel[./](?:core_pattern|modprobe|hotplug|poweroff_cmd|usermodehelper\S*)|fs[./]binfmt_misc\S*)\s*=\s*(.*)\Z"
)
_BOOT = re.compile(rb"\b((?:rd)?init=\S+|systemd\.(?:run|unit|debug_shell|setenv)\S*)")
_CONTENT = re.compile(rb"[fFwLC][+!\-=~^$?]*\Z")


def read_udev(text: Text) -> Iterator[Found]:
    """RUN, PROGRAM and IMPORT{program} (udev(7)), with what they are for; builtins are none."""
    for number, line in text.code():
        for match in _UDEV.finditer(line):
            trigger = "%s for %s" % (match.group(1).decode("ascii"), line[:match.start()].decode("utf-8", "replace")[:200])
            yield Found(number, match.group(2), trigger.rstrip(" ,"), user=b"root")


def read_acpi(text: Text) -> Iterator[Found]:
    """``action=`` of an event."""
    for number, line in text.code():
        key, _equals, value = line.partition(b"=")
        if key.strip() == b"action":
            yield Found(number, value.strip(), "acpi " + text.name.decode("utf-8", "replace"), user=b"root")


def read_modules(text: Text) -> Iterator[Found]:
    """Names of modules that are loaded at boot (modules-load.d(5))."""
    for number, line in text.code(b"#", b";"):
        name = line.split()[0]
        yield Found(number, line, "boot", (name,), user=b"root")


def read_modprobe(text: Text) -> Iterator[Found]:
    """Commands instead of a module (modprobe.d(5)); ``/bin/true`` and its like keep it from being loaded."""
    for number, line in text.code():
        match = _MODPROBE.match(line)
        if match:
            trigger = "%s of module %s" % tuple(word.decode("utf-8", "replace") for word in match.groups()[:2])
            yield Found(number, match.group(3), trigger, user=b"root")


def read_dkms(text: Text) -> Iterator[Found]:
    """Commands around the building of a module."""
    for number, line in text.code():
        key, equals, value = line.partition(b"=")
        if equals and key.strip() in (b"PRE_BUILD", b"POST_BUILD", b"PRE_INSTALL", b"POST_INSTALL", b"POST_ADD", b"POST_REMOVE"):
            yield Found(number, unquoted(value.strip()), "dkms " + key.strip().decode("ascii"), user=b"root")


def read_binfmt(text: Text) -> Iterator[Found]:
    """Interpreters of the kernel, as systemd has them (binfmt.d(5)); the first character is the separator."""
    for number, line in text.code(b"#", b";"):
        fields = line[1:].split(line[:1])
        if len(fields) >= 6:
            trigger = "a program of the format " + fields[0].decode("utf-8", "replace")
            yield Found(number, line, trigger, (fields[5],))


def read_binfmts(text: Text) -> Iterator[Found]:
    """Interpreters of the kernel, as binfmt-support keeps them: one field a line."""
    for number, line in text.lines:
        if line.startswith(b"/"):
            yield Found(number, line, "a program of the format " + text.name.decode("utf-8", "replace"), (line,))


def read_sysctl(text: Text) -> Iterator[Found]:
    """Programs that the kernel runs by itself."""
    for number, line in text.code(b"#", b";"):
        match = _SYSCTL.match(line)
        if match:
            yield Found(number, match.group(2), match.group(1).decode("ascii", "replace"), _helper(match.group(2)), user=b"root")


def read_kernel_helper(text: Text) -> Iterator[Found]:
    """The same as it is set now."""
    value = text.data.strip()
    helper = _helper(value)
    if helper:
        yield Found(1, value, text.name.decode("utf-8", "replace") + " of the running kernel", helper, user=b"root")


def _helper(value: bytes) -> tuple[bytes, ...]:
    words = value.lstrip(b"|").split()
    return tuple(words[:1]) if words and words[0].startswith(b"/") else ()


def read_tmpfiles(text: Text) -> Iterator[Found]:
    """Files with content, links and copies that are made at boot (tmpfiles.d(5))."""
    for number, line in text.code():
        fields = line.split(None, 6)
        if len(fields) > 1 and _CONTENT.match(fields[0]):
            source = fields[6] if len(fields) > 6 and fields[6].startswith(b"/") else fields[1]
            yield Found(number, line, "boot: makes " + fields[1].decode("utf-8", "replace"), (source.split()[0],), user=b"root")


def read_sysusers(text: Text) -> Iterator[Found]:
    """Accounts that are made at boot (sysusers.d(5))."""
    for number, line in text.code():
        fields = line.split(None, 1)
        if fields[0].rstrip(b"!") == b"u" and len(fields) == 2:
            yield Found(number, line, "boot: makes an account", (), user=fields[1].split()[0])


def read_preload(text: Text) -> Iterator[Found]:
    """Libraries in every process."""
    for number, line in text.lines:
        for path in line.partition(b"#")[0].replace(b":", b" ").split():
            yield Found(number, line, "every program", (path,))


def read_loader(text: Text) -> Iterator[Found]:
    """Folders of libraries."""
    for number, line in text.code():
        if not line.startswith(b"include"):
            yield Found(number, line, "every program", (line.split()[0],))


def read_boot(text: Text) -> Iterator[Found]:
    """What the kernel's command line runs."""
    for number, line in text.code():
        for word in _BOOT.findall(line):
            yield Found(number, word, "boot", tuple(re.findall(rb"/[^\s\"']+", word)), user=b"root")


__all__ = (
    "read_acpi", "read_binfmt", "read_binfmts", "read_boot", "read_dkms", "read_kernel_helper", "read_loader",
    "read_modprobe", "read_modules", "read_preload", "read_sysctl", "read_sysusers", "read_tmpfiles", "read_udev",
)
