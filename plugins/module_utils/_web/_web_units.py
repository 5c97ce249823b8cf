# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Units of systemd that start servers (systemd.unit(5), systemd.service(5)), running or not."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_programs import family_of_command
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_shell import put_in, read_assignments, words

FOLDERS = (
    b"/etc/systemd/system", b"/run/systemd/system", b"/run/systemd/generator", b"/usr/local/lib/systemd/system",
    b"/usr/lib/systemd/system", b"/lib/systemd/system", b"/run/systemd/generator.late",
)
MAX_UNITS = 3000
MAX_INSTANCES = 50
MAX_LINES = 5000  # of one file
_SIZE = 1 << 18
_LISTS = (b"ExecStart", b"Environment", b"EnvironmentFile")


class Unit:
    """One command of a unit that starts a server; `files` are those that say so."""

    def __init__(self, name, family, arguments, environment, settings, files):
        self.name = name
        self.family = family
        self.arguments = arguments
        self.environment = environment
        self.root = settings.get(b"RootDirectory", [b""])[-1]
        self.folder = settings.get(b"WorkingDirectory", [b""])[-1]
        self.files = files


class Units:
    """All service units of a `View`; `family_of(arguments, name)` says of a unit's command what it starts, None for nothing."""

    def __init__(self, view, family_of=lambda arguments, _name: family_of_command(arguments)):
        self._view = view
        self._family_of = family_of
        self._files = {}
        self._drop_ins = {}
        self._instances = {}

    def find(self):
        """A `Unit` for each command that starts a server, units in the order of their names."""
        self._list()
        found = []
        if len(self._files) > MAX_UNITS:
            more = len(self._files) - MAX_UNITS
            self._view.cut("%d units of systemd more than %d: what they start is not looked at" % (more, MAX_UNITS))
        for name in sorted(self._files)[:MAX_UNITS]:
            self._view.check()
            files = [self._files[name]] + self._drop_ins.get(name, [])
            instances = sorted(self._instances.get(name, [b""]))
            if len(instances) > MAX_INSTANCES:
                self._view.cut("%s has more than %d instances" % (escape(name), MAX_INSTANCES))
            for instance in instances[:MAX_INSTANCES]:
                if instance or not name.endswith(b"@.service"):
                    found += self._units(name, files, instance)
        return found

    def _list(self):
        for folder in FOLDERS:
            for name in self._view.names(folder):
                if name.endswith(b".service"):
                    self._files.setdefault(name, folder + b"/" + name)
                elif name.endswith(b".service.d"):
                    below = folder + b"/" + name + b"/"
                    files = [below + one for one in self._view.names(below) if one.endswith(b".conf")]
                    self._drop_ins.setdefault(name[:-2], []).extend(files)
                elif name.endswith((b".wants", b".requires")):
                    self._add_instances(self._view.names(folder + b"/" + name))

    def _add_instances(self, names):
        for name in names:
            stem, at, instance = name.partition(b"@")
            if at and instance.endswith(b".service") and instance != b".service":
                self._instances.setdefault(stem + b"@.service", set()).add(instance[:-8])

    def _units(self, name, files, instance):
        settings = {}
        for path in files:
            data = self._view.peek(path, _SIZE)
            if len(data) == _SIZE or data.count(b"\n") > MAX_LINES:
                self._view.cut("%s: only the beginning was read" % escape(path))
            _read_settings(data, settings)
        found, environment = [], None
        for command in settings.get(b"ExecStart", ()):
            arguments = words(_specified(command, name, instance).lstrip(b"-:+!|"))
            if command.lstrip(b"-:+!|").startswith(b"@"):
                arguments = [arguments[0][1:]] + arguments[2:]
            family = self._family_of(arguments, name)
            if family is not None:
                environment = self._environment(settings, name, instance) if environment is None else environment
                shown = name.replace(b"@.", b"@" + instance + b".")
                found.append(Unit(shown, family, put_in(arguments, environment), environment, settings, files))
        return found

    def _environment(self, settings, name, instance):
        found = {}
        for text in settings.get(b"Environment", ()):
            for word in words(_specified(text, name, instance)):
                key, equals, value = word.partition(b"=")
                if equals:
                    found[key] = value
        for path in settings.get(b"EnvironmentFile", ()):
            read_assignments(self._view.peek(_specified(path, name, instance).lstrip(b"-"), _SIZE), found)
        return found


def _read_settings(data, settings):
    """Adds the settings of a unit's file to {name: [values]}; an empty value takes back those before it."""
    for line in data.replace(b"\\\n", b" ").split(b"\n")[:MAX_LINES]:
        name, equals, value = line.strip().partition(b"=")
        name, value = name.rstrip(), value.strip()
        if not equals or name[:1] in (b"#", b";"):
            continue
        if name in _LISTS and value:
            settings.setdefault(name, []).append(value)
        elif name in _LISTS:
            settings.pop(name, None)
        elif name in (b"RootDirectory", b"WorkingDirectory"):
            settings[name] = [value.lstrip(b"-")]


def _specified(text, name, instance):
    """A value with the specifiers of an instance put in."""
    prefix = name.partition(b"@")[0].partition(b".service")[0]
    for letter, value in ((b"%i", instance), (b"%I", instance.replace(b"-", b"/")), (b"%p", prefix), (b"%%", b"%")):
        text = text.replace(letter, value)
    return text


__all__ = ("FOLDERS", "Unit", "Units")
