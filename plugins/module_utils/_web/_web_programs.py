# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Which programs are web servers: by their names, by what an interpreter was told to run, by a process's title."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

APACHE, NGINX, LIGHTTPD, CADDY, TOMCAT, PHP_FPM = "apache", "nginx", "lighttpd", "caddy", "tomcat", "php-fpm"
OTHER = "other"

_NAMES = (
    (APACHE, re.compile(br"(?:apache2?|httpd2?)(?:[-._](?:prefork|worker|event|itk|bin))?\Z")),
    (NGINX, re.compile(br"(?:nginx|openresty|tengine|angie|freenginx)(?:[-.](?:debug|full|light|extras|[0-9.]+))?\Z")),
    (LIGHTTPD, re.compile(br"lighttpd\Z")),
    (CADDY, re.compile(br"caddy2?\Z")),
    (PHP_FPM, re.compile(br"(?:php-?fpm[-0-9.]*|php[0-9.]*-fpm[0-9.]*)\Z")),
    (OTHER, re.compile(
        br"(?:litespeed|openlitespeed|lshttpd|h2o|hiawatha|cherokee(?:-worker)?|thttpd|mini_httpd|darkhttpd|boa|monkey"
        br"|uhttpd|webfsd|micro_httpd|nweb|uwsgi(?:-core)?|unitd|yaws|gatling|fnord-httpd|mathopd|aolserver|roxen)\Z"
    )),
)
# Interpreters, and what in their arguments (joined by NUL) makes them a web server.
_INTERPRETERS = (
    (
        TOMCAT, re.compile(br"java\Z"),
        re.compile(br"\0(?:-Dcatalina\.(?:base|home)=|org\.apache\.catalina\.startup\.Bootstrap(?:\0|\Z))"),
    ),
    (OTHER, re.compile(br"php[0-9.]*\Z"), re.compile(br"[^\0]*(?:\0-[^S\0][^\0]*(?:\0[^-\0][^\0]*)?)*\0-S")),
    (
        OTHER, re.compile(br"python[0-9.]*\Z"),
        re.compile(br"[^\0]*(?:\0-[^m\0][^\0]*)*\0-m\0?(?:http\.server|SimpleHTTPServer|CGIHTTPServer)(?:\0|\Z)"),
    ),
    (
        OTHER, re.compile(br"(?:python|ruby)[0-9.]*\Z"),
        re.compile(
            br"[^\0]*(?:\0-[^\0]*)*\0(?:[^\0]*/)?(?:gunicorn|uvicorn|hypercorn|waitress-serve|puma|unicorn)(?:\0|\Z)"
        ),
    ),
    (OTHER, re.compile(br"busybox\Z"), re.compile(br"(?:[^\0]*/)?(?:busybox\0)?httpd(?:\0|\Z)")),
)
_CONTROLS = {
    b"apachectl": APACHE, b"apache2ctl": APACHE, b"catalina.sh": TOMCAT, b"tomcat-start.sh": TOMCAT, b"jsvc": TOMCAT,
    b"lighttpd-angel": LIGHTTPD, b"lswsctrl": OTHER,
}
# Titles that processes give themselves; the names of programs that may, or what is in the bytes of one by any name.
_TITLES = (
    (NGINX, re.compile(br"nginx: (master|worker|cache)"), None, b"nginx version: "),
    (PHP_FPM, re.compile(br"php-fpm: (master|pool)"), None, b"fpm-config"),
    (OTHER, re.compile(br"(?:gunicorn: |puma |uwsgi)"), re.compile(br"(?:python|pypy|j?ruby|java)[0-9.]*\Z"), None),
)
_PHP_MASTER = re.compile(br"php-fpm: master process \((.*)\)\s*\Z", re.DOTALL)
_NGINX_OPTION = re.compile(br"(?:^|\s)-([cpe])\s*([^\s]+)")
_NGINX_DIRECTIVES = re.compile(br"(?:^|\s)-g\s*(.*?)(?=\s-[cpeg]\s|\Z)", re.DOTALL)


def family_of_name(program):
    """The family of a program's path by its name alone, or None."""
    name = program.rpartition(b"/")[2]
    for family, pattern in _NAMES:
        if pattern.match(name):
            return family
    return None


def family_of(program, arguments, holds=None):
    """The family of a running program (None: no web server), by its path and its arguments.

    A title is believed when the program may bear it: by its name, or since `holds(bytes)` finds in it what a server has.
    Without `holds` nobody knows the program, and the title is all there is.
    """
    family = family_of_name(program)
    if family:
        return family
    name, joined = program.rpartition(b"/")[2], b"\0".join(arguments)[:1 << 16]
    for family, interpreter, telling in _INTERPRETERS:
        # Of Java the telling argument is behind many, of the others it is the first that is no option.
        if interpreter.match(name) and (telling.search if family == TOMCAT else telling.match)(joined):
            return family
    for family, title, bearers, content in _TITLES:
        if arguments and title.match(arguments[0]):
            is_borne = holds is None or (bearers.match(name) if bearers else holds(content))
            return family if is_borne else None
    return None


def family_of_command(arguments):
    """The family of what a unit starts."""
    name = arguments[0].rpartition(b"/")[2] if arguments else b""
    return _CONTROLS.get(name) or (family_of(arguments[0], arguments) if arguments else None)


def options_of(arguments, with_value):
    """[(letter, value)] of the short options among arguments, as getopt(3) takes them.

    `with_value` has the letters of those that have one.
    """
    found, position = [], 0
    while position < len(arguments):
        argument = arguments[position]
        position += 1
        if argument[:1] != b"-" or argument[:2] == b"--":
            continue
        for offset in range(1, len(argument)):
            letter = argument[offset:offset + 1]
            if letter not in with_value:
                found.append((letter, b""))
                continue
            value = argument[offset + 1:]
            if not value:
                value = arguments[position] if position < len(arguments) else b""
                position += 1
            found.append((letter, value))
            break
    return found


def nginx_options(arguments):
    """{letter: value} of ``-c -p -e -g`` of an nginx, from its arguments or from the title of its master process."""
    if arguments and arguments[0].startswith(b"nginx: master process "):
        text = b" ".join(arguments)[len(b"nginx: master process "):].partition(b" ")[2].rstrip(b"\0 ")
        directives = _NGINX_DIRECTIVES.search(text)
        plain = text[:directives.start()] + b" " + text[directives.end():] if directives else text
        found = dict(_NGINX_OPTION.findall(plain))
        if directives:
            found[b"g"] = directives.group(1)
        return found
    return dict(options_of(arguments[1:], (b"c", b"p", b"e", b"g", b"s")))


def php_fpm_options(arguments):
    """{letter: value} of ``-y -p -c`` of a PHP-FPM, from its arguments or from the title of its master process."""
    match = _PHP_MASTER.match(arguments[0]) if arguments else None
    if match:
        return {b"y": match.group(1)}
    found = dict(options_of(arguments[1:], (b"y", b"p", b"c", b"d", b"g")))
    for argument, following in zip(arguments[1:], arguments[2:] + [b""]):
        name, equals, value = argument.partition(b"=")
        if name in (b"--fpm-config", b"--prefix"):
            found[b"y" if name == b"--fpm-config" else b"p"] = value if equals else following
    return found


__all__ = (
    "APACHE", "CADDY", "LIGHTTPD", "NGINX", "OTHER", "PHP_FPM", "TOMCAT", "family_of", "family_of_command",
    "family_of_name", "nginx_options", "options_of", "php_fpm_options",
)
