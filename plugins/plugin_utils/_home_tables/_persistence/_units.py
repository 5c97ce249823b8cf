# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Units of systemd (systemd.unit(5) and its kind), drop-ins, and what is written like them: quadlets and D-Bus services."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._commands import (
    programs, unquoted,
)
from ansible_collections.csirt.linux_triage.plugins.plugin_utils._home_tables._persistence._found import Found, Text

MECHANISMS = {
    b"service": "systemd_service", b"timer": "systemd_timer", b"socket": "systemd_socket", b"path": "systemd_path",
    b"mount": "systemd_mount", b"automount": "systemd_mount", b"swap": "systemd_mount",
}
UNIT = rb"\.(?:service|timer|socket|path|mount|automount|swap)"
_PREFIXES = b"-@:+!|"
_ENVIRONMENTS = frozenset((b"Environment", b"DefaultEnvironment", b"ManagerEnvironment"))  # of a unit; of all of a manager
_LOADER = re.compile(
    rb"\b(?:LD_PRELOAD|LD_AUDIT|LD_LIBRARY_PATH|BASH_ENV|PYTHONSTARTUP|PERL5OPT|NODE_OPTIONS|JAVA_TOOL_OPTIONS)="
)
_TRIGGERS = {
    b"timer": re.compile(rb"On\w+\Z"), b"path": re.compile(rb"Path\w+\Z|DirectoryNotEmpty\Z"),
    b"socket": re.compile(rb"Listen\w+\Z"),
}
_DROP_IN = re.compile(rb"/([^/]+)\.d/[^/]+\Z")


def unit_name(path: bytes) -> bytes:
    """The unit that a file or a drop-in is about."""
    drop_in = _DROP_IN.search(path)
    return drop_in.group(1) if drop_in else path.rpartition(b"/")[2]


def read_unit(text: Text) -> Iterator[Found]:
    """Commands and environments of a unit; what a timer, socket or path starts."""
    name = unit_name(text.path)
    kind = name.rpartition(b".")[2]
    mechanism = MECHANISMS.get(kind, "systemd_service")
    settings = [(number, key, value) for number, _section, key, value in text.sections() if value]
    users = [value for _number, key, value in settings if key == b"User"]
    shown = name.decode("utf-8", "replace")
    for number, key, value in settings:
        if key.startswith(b"Exec") and not key.endswith(b"Paths") and key not in (b"ExecSearchPath",):
            trigger = "%s of %s" % (key.decode("ascii", "replace"), shown)
            yield Found(number, value, trigger, _executed(value), user=users[-1] if users else None, mechanism=mechanism)
        elif key in _ENVIRONMENTS and _LOADER.search(value) or key == b"EnvironmentFile":
            yield Found(number, value, "%s of %s" % (key.decode("ascii"), shown), _paths(value), mechanism=mechanism)
    if kind in _TRIGGERS:
        yield from _starts(name, kind, settings)


def _executed(value: bytes) -> tuple[bytes, ...]:
    """The programs of an Exec line, without its prefixes; after ``@`` the second word is a name, no argument."""
    bare = value.lstrip(_PREFIXES)
    if b"@" in value[:len(value) - len(bare)]:
        first, _blank, rest = bare.partition(b" ")
        bare = first + b" " + rest.lstrip().partition(b" ")[2]
    return tuple(programs(bare))


def _paths(value: bytes) -> tuple[bytes, ...]:
    """Paths in an assignment, without its quotes."""
    return tuple(re.findall(rb"/[^\s:\"']+", unquoted(value)))


def _starts(name: bytes, kind: bytes, settings: list[tuple[int, bytes, bytes]]) -> Iterator[Found]:
    named = [value for _number, key, value in settings if key in (b"Unit", b"Service")]
    accepts = any(key == b"Accept" and value.lower() in (b"yes", b"true", b"1", b"on") for _number, key, value in settings)
    unit = named[-1] if named else name.rpartition(b".")[0] + (b"@.service" if accepts else b".service")
    for number, key, value in settings:
        if _TRIGGERS[kind].match(key):
            trigger = (key + b"=" + value[:200]).decode("utf-8", "replace")
            yield Found(number, unit, trigger, (), starts=unit, mechanism=MECHANISMS[kind])


def read_linger(text: Text) -> Iterator[Found]:
    """The name of the file is that of a user whose units start with the host (loginctl(1), ``enable-linger``)."""
    yield Found(None, text.name, "boot: units of the user", (), user=text.name)


def read_dbus(text: Text) -> Iterator[Found]:
    """A service that a message starts, by itself or through systemd."""
    settings = {key: (number, value) for number, _section, key, value in text.sections()}
    number, command = settings.get(b"Exec", (None, b""))
    name = settings.get(b"Name", (None, text.name))[1]
    unit = settings.get(b"SystemdService", (None, None))[1]
    trigger = "message to %s" % name.decode("utf-8", "replace")
    user = settings.get(b"User", (None, None))[1]
    if command and command != b"/bin/false":
        yield Found(number, command, trigger, user=user)
    if unit:
        yield Found(settings[b"SystemdService"][0], unit, trigger, (), user=user, starts=unit)


def read_quadlet(text: Text) -> Iterator[Found]:
    """A container, as a unit that is made when systemd is loaded."""
    settings = [(number, key, value) for number, _section, key, value in text.sections() if value]
    image = [value for _number, key, value in settings if key in (b"Image", b"Yaml")]
    for number, key, value in settings:
        trigger = "%s of %s" % (key.decode("ascii", "replace"), text.name.decode("utf-8", "replace"))
        if key in (b"Image", b"Yaml"):
            yield Found(number, value, trigger, ())
        elif key == b"Exec":
            yield Found(number, value, trigger + (" in " + image[-1].decode("utf-8", "replace") if image else ""), ())
        elif key.startswith(b"Exec"):
            yield Found(number, value, trigger, _executed(value))
        elif key in (b"Volume", b"PodmanArgs", b"AddCapability", b"AddDevice"):
            yield Found(number, value, trigger, ())


__all__ = ("UNIT", "read_dbus", "read_linger", "read_quadlet", "read_unit", "unit_name")
