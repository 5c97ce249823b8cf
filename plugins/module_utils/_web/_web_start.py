# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""How a web server finds its configuration: from its arguments, its environment, what is built into it, and usage."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._web import _web_binary, _web_programs
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_paths import below, folder_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_places import base_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_shell import read_assignments

_APACHE_OPTIONS = (b"D", b"C", b"c", b"d", b"f", b"k", b"e", b"E")
_USUAL_FOLDERS = (b"/usr/sbin/", b"/usr/bin/", b"/sbin/", b"/bin/")
_ENVIRONMENTS = (b"envvars", b"bin/envvars")


class Start:
    """`config` is the main file; `base` is what paths in it are relative to; the rest is for one family each."""

    def __init__(self, config, base, **others):
        self.config = config
        self.base = base
        self.built_in = others.pop("built_in", None)
        self.environment = others.pop("environment", {})
        self.environment_file = others.pop("environment_file", None)
        self.options = others


def start_of(instance, check, proc=b"/proc"):
    """The `Start` of an `Instance`; None when it can't be known where its configuration is."""
    finder = _FINDERS.get(instance.family)
    return finder(instance, _Built(instance, check, proc)) if finder else None


class _Built:
    """What is built into an instance's program, read when it is asked for."""

    def __init__(self, instance, check, proc):
        self._instance = instance
        self._check = check
        self._proc = proc

    def read(self):
        instance = self._instance
        if instance.process is not None:
            return _web_binary.of_process(instance.process.pid, self._check, self._proc)
        if instance.program is not None:
            return _web_binary.of_file(instance.view, instance.program, self._check)
        return _web_binary.BuiltIn()


def _apache(instance, built):
    built_in = built.read()
    options = _web_programs.options_of(instance.arguments[1:], _APACHE_OPTIONS)
    last = dict(options)
    base = below(instance.folder, last[b"d"]) if last.get(b"d") else None
    base = base or _apache_base(instance, built_in)
    name = last.get(b"f") or built_in.settings.get(b"SERVER_CONFIG_FILE")
    config = instance.config or below(base, name or _first(instance.view, base, (
        b"apache2.conf", b"conf/httpd.conf", b"httpd.conf", b"conf/apache2.conf",
    )))
    environment, file = _apache_environment(instance, config, base)
    return Start(
        config, base, built_in=built_in, environment=environment, environment_file=file,
        defines=[value for letter, value in options if letter == b"D"],
        before=[value for letter, value in options if letter == b"C"],
        after=[value for letter, value in options if letter == b"c"],
    )


def _apache_base(instance, built_in):
    if b"HTTPD_ROOT" in built_in.settings:
        return built_in.settings[b"HTTPD_ROOT"]
    if instance.config:
        return base_of(instance.config)
    confdir = instance.environment.get(b"APACHE_CONFDIR", b"")
    if confdir.startswith(b"/"):
        return confdir
    program = instance.program or b""
    if program.startswith(_USUAL_FOLDERS) or not program.startswith(b"/"):
        return _first(instance.view, b"/etc", (b"apache2", b"httpd"), b"/etc/")
    return folder_of(folder_of(program))


def _first(view, base, names, prefix=b""):
    """The first of some names that is there, else the first of them."""
    for name in names:
        if view.status(below(base, name)) is not None:
            return prefix + name
    return prefix + names[0]


def _apache_environment(instance, config, base):
    """(variables, path of the file that some are from): those of ``envvars``, over them those of process or unit."""
    found, used = {}, None
    for folder in (folder_of(config), base):
        for name in _ENVIRONMENTS:
            path = below(folder, name)
            if used is None and instance.view.is_file(path):
                used = path
                found[b"APACHE_CONFDIR"] = instance.environment.get(b"APACHE_CONFDIR") or folder_of(path)
                read_assignments(instance.view.peek(path, 1 << 18), found)
    found.update(instance.environment)
    return found, used


def _nginx(instance, built):
    settings = built.read().settings
    options = _web_programs.nginx_options(instance.arguments)
    prefix = settings.get(b"prefix") or _nginx_prefix(instance)
    prefix = below(instance.folder, options[b"p"]) if options.get(b"p") else prefix
    usual = b"/etc/nginx/nginx.conf" if prefix in (b"/usr/share/nginx", b"/etc/nginx") else b"conf/nginx.conf"
    name = instance.config or options.get(b"c") or settings.get(b"conf-path")
    name = name or _first(instance.view, prefix, (usual, b"nginx.conf"))
    error_log = options.get(b"e") or settings.get(b"error-log-path", b"logs/error.log")
    return Start(
        below(prefix, name), prefix, directives=options.get(b"g", b""),
        logs=(settings.get(b"http-log-path", b"logs/access.log"), error_log),
    )


def _nginx_prefix(instance):
    if instance.config and not instance.config.startswith(b"/etc/"):
        return base_of(instance.config)
    program = instance.program or b""
    is_own = program.endswith((b"/sbin/nginx", b"/bin/nginx")) and not program.startswith(_USUAL_FOLDERS)
    if is_own and not instance.config:
        return folder_of(folder_of(program))
    return b"/usr/share/nginx" if instance.view.is_folder(b"/usr/share/nginx") else b"/etc/nginx"


def _lighttpd(instance, _built):
    options = dict(_web_programs.options_of(instance.arguments[1:], (b"f", b"m", b"i")))
    config = instance.config or below(instance.folder, options.get(b"f") or b"/etc/lighttpd/lighttpd.conf")
    return Start(config, folder_of(config))


def _caddy(instance, _built):
    name = _long_option(instance.arguments, b"--config") or _long_option(instance.arguments, b"-conf")
    config = instance.config or below(instance.folder, name or _first(instance.view, instance.folder, (
        b"Caddyfile", b"/etc/caddy/Caddyfile",
    )))
    return Start(config, instance.folder if instance.process else folder_of(config), environment=instance.environment)


def _long_option(arguments, name):
    for argument, following in zip(arguments, arguments[1:] + [b""]):
        key, equals, value = argument.partition(b"=")
        if key == name:
            return value if equals else following
    return None


def _tomcat(instance, _built):
    settings = [argument[2:].partition(b"=") for argument in instance.arguments if argument.startswith(b"-D")]
    properties = dict((name, value) for name, _equals, value in settings)
    for key, name in ((b"catalina.base", b"CATALINA_BASE"), (b"catalina.home", b"CATALINA_HOME")):
        if instance.environment.get(name):
            properties.setdefault(key, instance.environment[name])
    base = properties.get(b"catalina.base") or properties.get(b"catalina.home")
    if instance.config:
        return Start(instance.config, base_of(instance.config))
    if not base:
        return None
    base = below(instance.folder, base)
    return Start(base + b"/conf/server.xml", base, properties=properties)


def _php_fpm(instance, _built):
    options = _web_programs.php_fpm_options(instance.arguments)
    config = instance.config or options.get(b"y")
    if not config:
        version = (instance.program or b"").rpartition(b"fpm")[2]
        names = [b"/etc/php/" + version + b"/fpm/php-fpm.conf"] if version else []
        config = _first(instance.view, b"/", names + [b"/etc/php-fpm.conf", b"/usr/local/etc/php-fpm.conf"])
    config = below(instance.folder, config)
    prefix = options.get(b"p") or folder_of(folder_of(instance.program or b"/usr/sbin/php-fpm"))
    return Start(config, below(b"/", prefix))


_FINDERS = {
    _web_programs.APACHE: _apache, _web_programs.NGINX: _nginx, _web_programs.LIGHTTPD: _lighttpd,
    _web_programs.CADDY: _caddy, _web_programs.TOMCAT: _tomcat, _web_programs.PHP_FPM: _php_fpm,
}

__all__ = ("Start", "start_of")
