# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Finds the web servers of a host, running and not: processes, units, usual places, and what the user names.

None of the host's programs is run. Each `Instance` says how a server was or would be started; two that read the same
main file in the same file system are one.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape
from ansible_collections.csirt.linux_triage.plugins.module_utils._web import _web_places, _web_processes
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_programs import family_of_name
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_start import start_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_units import Units
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_views import NoView

MAX_INSTANCES = 1000


class Instance:
    """One server.

    `process` is there when it runs, `unit` when one starts it, `sources` are texts that say how it was found, `config`
    is a main file that was found by itself. `start` says what the configuration is read with; None when that isn't
    known. `problem` is why its file system isn't looked at.
    """

    def __init__(self, family, view, source, program=None, config=None):
        self.family = family
        self.view = view
        self.sources = [source]
        self.program = program
        self.config = config
        self.arguments = []
        self.environment = {}
        self.folder = b"/"
        self.process = None
        self.unit = None
        self.problem = None
        self.start = None

    def started(self, arguments, environment, folder):
        """Sets what it was started with."""
        self.arguments, self.environment, self.folder = list(arguments), environment, folder
        return self

    def place(self):
        """Which `View` it has, in a form that `Views.at` understands."""
        if self.process is not None and self.problem is None:
            return [self.process.pid, self.process.namespace, self.process.root]
        return [None, None, self.view.prefix or b"/"]

    def shown(self):
        """The server in a few words, for people."""
        name = escape((self.program or b"").rpartition(b"/")[2]) or self.family
        return "%s, process %d (%s)" % (name, self.process.pid, escape(self.program or b"?")) if self.process else name


class Discovery:
    """Gathers the instances; `proc` is None where no processes are to be looked at (images)."""

    def __init__(self, views, check, proc=b"/proc"):
        self.found = []
        self.problems = []
        self._views = views
        self._check = check
        self._proc = proc
        self._keys = {}

    def find(self, named=()):
        """Everything, what is trusted most first; `named` are files and folders (bytes) that the user names."""
        if self._proc is not None:
            self._find_processes()
        self._find_units()
        for path in named:
            self._add_named(path)
        self._find_places()
        return self.found

    def _find_processes(self):
        processes, cut = _web_processes.find(self._check, self._proc)
        if cut:
            self.problems.append("more than %d web servers run: no more were looked at" % _web_processes.MAX_SERVERS)
        for process in processes:
            instance = Instance(process.family, self._views.host, "process", process.exe)
            instance.started(process.arguments, process.environment, process.folder).process = process
            try:
                instance.view = self._views.of_process(process)
            except NoView as error:
                instance.problem = str(error)
            self._add(instance)

    def _find_units(self):
        for unit in Units(self._views.host).find():
            view = self._views.below(unit.root) if unit.root.startswith(b"/") else self._views.host
            program = unit.arguments[0]
            if family_of_name(program) is None:  # a script that starts the server
                program = _web_places.program_of(unit.family, b"/etc/", view) or program
            folder = unit.folder if unit.folder.startswith(b"/") else b"/"
            instance = Instance(unit.family, view, "unit %s" % escape(unit.name), program)
            instance.started(unit.arguments, unit.environment, folder).unit = unit
            self._add(instance)

    def _find_places(self):
        view = self._views.host
        for family, patterns in _web_places.PLACES:
            for pattern in patterns:
                for path in view.expand(pattern, 100):
                    if view.is_file(path):
                        self._add_config(family, path, "place")

    def _add_config(self, family, path, source):
        view = self._views.host
        self._add(Instance(family, view, source, _web_places.program_of(family, path, view), path))

    def _add_named(self, path):
        """A configuration file, or a folder with main files in it (or in ``conf`` below it), or with others."""
        view, is_known = self._views.host, False
        for one in self._files_in(path) if view.is_folder(path) else [path]:
            family = _web_places.family_of_file(one, view.peek(one, 1 << 18))
            if family is not None:
                is_known = True
                self._add_config(family, one, "option")
        if not is_known:
            self.problems.append("%s, named as a configuration: nothing that is one was found there" % escape(path))

    def _files_in(self, path):
        view = self._views.host
        names = [folder + b"/" + name for folder in (path, path + b"/conf") for name in view.names(folder)]
        files = [one for one in names if _web_places.is_main(one) and view.is_file(one)]
        return files or [one for one in names[:1000] if view.is_file(one)]

    def _add(self, instance):
        """Keeps an instance, or puts it to the one that reads the same main file."""
        if len(self.found) >= MAX_INSTANCES:
            reason = "more than %d web servers and configurations: no more were read" % MAX_INSTANCES
            self.problems += [reason] if reason not in self.problems else []
            return
        if instance.problem is None:
            instance.start = start_of(instance, self._check, self._proc)
        key = self._key(instance)
        known = self._keys.get(key)
        if known is None or instance.process is not None and known.process is not None:
            self._keys.setdefault(key, instance)
            self.found.append(instance)
            return
        known.sources += [source for source in instance.sources if source not in known.sources][:20]
        known.unit = known.unit or instance.unit

    @staticmethod
    def _key(instance):
        if instance.start is None:
            return id(instance)
        # A namespace of its own (PrivateTmp) may have the same root.
        root = instance.view.status(b"/")
        place = (root.st_dev, root.st_ino) if root is not None else instance.view
        return place, instance.family, instance.view.real(instance.start.config)


__all__ = ("Discovery", "Instance")
