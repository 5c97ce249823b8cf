# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Reads the configuration of each server that was found: `Survey` is for every collector that asks what is served.

The first collector of a run hands over what it has read; each of the others reads for itself when that isn't there.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from collections import namedtuple

from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._web import _web_programs
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._apache_conditions import BUILT_IN
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._apache_config import ApacheConfig
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._caddy_config import CaddyConfig
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._lighttpd_config import LighttpdConfig
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._nginx_config import NginxConfig
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._php_fpm import PhpFpm
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._tomcat_config import TomcatConfig
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_discovery import Discovery
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_handover import Handover, Left, Unusable
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_paths import below
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_reading import Reading, Where
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_view import Budget, TooLong
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_views import NoView, Views

SECONDS = 120  # for one server
_SERVED = ("root", "alias", "script_alias")


class Server:
    """An `Instance` and what its configuration says: a `Reading`, its rows when it is read, and what it listens on."""

    def __init__(self, name, instance, budget):
        self.name = name
        self.instance = instance
        self._budget = budget
        self.reading = Reading(instance.view)
        self.listen = []
        self.rows = []

    def served(self):
        """The rows of what it serves: folders, and programs that it runs."""
        return [row for row in self.rows if row["kind"] in _SERVED]

    def read(self):
        """Reads the configuration; what can't be read is in the rows."""
        instance = self.instance
        self._budget.begin(SECONDS)
        try:
            if instance.problem:
                self.reading.unresolved(None, b"", instance.problem)
            elif instance.start is not None:
                self.listen = _READERS[instance.family](self.reading, instance.start)
            elif instance.process is not None:
                _read_arguments(self.reading, instance)
        except TooLong:
            self.reading.unresolved(None, b"", "reading its configuration took more than %d seconds" % SECONDS)
        finally:
            self._budget.end()
            self.rows = self.reading.finish()


_Seen = namedtuple("_Seen", "family view")
_Read = namedtuple("_Read", "files")


class HandedOver(Server):
    """A `Server` that another collector has read; of its instance `family` and `view` are known, of its reading `files`."""

    def __init__(self, name, instance, files, rows):
        self.name = name
        self.instance = instance
        self.reading = _Read([(path, None, None) for path in files])
        self.rows = []
        self._rows = rows

    def read(self):
        """Gets the rows."""
        self.rows = self._rows()


class Survey:
    """The web servers of a host: `named` are configurations that the user names, `proc` is None where nothing runs."""

    def __init__(self, collection, named=(), proc=b"/proc"):
        self._collection = collection
        self._whom = [collection.root, list(named), proc]
        self._left = None
        self._budget = Budget(collection.check)
        self._views = Views(collection, self._budget, proc)
        self._discovery = Discovery(self._views, self._budget.check, proc)
        self._named = named
        self.problems = self._discovery.problems

    def servers(self):
        """A `Server` for each, none of them read: as they were handed over, else as they are found."""
        try:
            self._left = Left(self._collection.workspace, self._whom)
            return [
                HandedOver(name, _Seen(family, self._views.at(*place)), files, lambda start=start: self._left.rows(start))
                for name, family, place, files, start in self._left.servers
            ]
        except (Unusable, NoView):
            return self.find()

    def handover(self):
        """The `Handover` to those who come after."""
        return Handover(self._collection, self._whom)

    def find(self):
        """A `Server` for each that is there now, none of them read."""
        numbers, found = {}, []
        for instance in self._discovery.find(self._named):
            numbers[instance.family] = numbers.get(instance.family, 0) + 1
            found.append(Server("%s-%d" % (instance.family, numbers[instance.family]), instance, self._budget))
        return found

    def host_view(self):
        """The `View` of the host itself."""
        return self._views.host

    def close(self):
        """Gives back what is held open, and says what was more than is looked at."""
        for reason in self._budget.cuts:
            self._collection.note(None, _state.SKIPPED_BUDGET, reason, "web servers and services")
        self._budget.cuts = []
        if self._left is not None:
            self._left.close()
        self._views.close()


def _apache(reading, start):
    if start.environment_file:
        reading.read(start.environment_file, "environment")
    settings, modules = start.built_in.settings, start.built_in.modules
    is_debian = start.config.endswith(b"/apache2.conf")
    config = ApacheConfig(
        reading, start.base, b"/var/www/html" if is_debian else below(start.base, b"htdocs"),
        settings.get(b"DEFAULT_ERRORLOG", b"logs/error_log"), environment=start.environment,
        defines=start.options["defines"], built_in=BUILT_IN | modules, version=start.built_in.version,
    )
    config.read(start.config, start.options["before"], start.options["after"])
    start.base = config.server_root
    return config.listen


def _nginx(reading, start):
    config = NginxConfig(reading, start.base, start.options["logs"])
    config.read(start.config, start.options["directives"])
    return config.listen


def _lighttpd(reading, start):
    return _plain(LighttpdConfig(reading), start)


def _caddy(reading, start):
    return _plain(CaddyConfig(reading, start.base, start.environment), start)


def _tomcat(reading, start):
    return _plain(TomcatConfig(reading, start.base, start.options.get("properties")), start)


def _php_fpm(reading, start):
    return _plain(PhpFpm(reading, start.base), start)


def _plain(config, start):
    config.read(start.config)
    return config.listen


def _read_arguments(reading, instance):
    """The folder of small servers that get it on their command line, or serve where they were started."""
    name, arguments = (instance.program or b"").rpartition(b"/")[2], instance.arguments[1:]
    where = Where(b"command line", 0)
    if name.startswith(b"php"):
        options = dict(_web_programs.options_of(arguments, (b"S", b"t", b"d", b"c", b"z")))
        reading.add_root(where, "document_root", below(instance.folder, options.get(b"t") or b"."))
    elif name.startswith(b"python") and (b"http.server" in arguments or b"SimpleHTTPServer" in arguments):
        folders = [
            value for option, value in zip(arguments, arguments[1:]) if option in (b"-d", b"--directory")
        ]
        reading.add_root(where, "document_root", below(instance.folder, (folders or [b"."])[-1]))
    elif name == b"busybox":
        options = dict(_web_programs.options_of(arguments, (b"p", b"h", b"u", b"c", b"r", b"e", b"d", b"m")))
        reading.add_root(where, "document_root", below(instance.folder, options.get(b"h") or b"."))


_READERS = {
    _web_programs.APACHE: _apache, _web_programs.NGINX: _nginx, _web_programs.LIGHTTPD: _lighttpd,
    _web_programs.CADDY: _caddy, _web_programs.TOMCAT: _tomcat, _web_programs.PHP_FPM: _php_fpm,
}

__all__ = ("Server", "Survey")
