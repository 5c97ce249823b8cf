# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Where the configurations of web servers usually lie, for those that don't run and have no unit."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_paths import folder_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_programs import (
    APACHE, CADDY, LIGHTTPD, NGINX, PHP_FPM, TOMCAT,
)

# (family, patterns of main configuration files).
PLACES = (
    (APACHE, (
        b"/etc/apache2/apache2.conf", b"/etc/apache2-*/apache2.conf", b"/etc/httpd/conf/httpd.conf",
        b"/etc/apache2/httpd.conf", b"/etc/apache2/conf/httpd.conf", b"/etc/httpd/httpd.conf",
        b"/usr/local/apache*/conf/httpd.conf", b"/usr/local/httpd*/conf/httpd.conf",
        b"/usr/local/*/apache*/conf/httpd.conf", b"/usr/local/etc/apache2*/httpd.conf",
        b"/opt/*/apache*/conf/httpd.conf", b"/opt/apache*/conf/httpd.conf", b"/opt/httpd*/conf/httpd.conf",
        b"/opt/rh/*/root/etc/httpd/conf/httpd.conf",
        b"/opt/lampp/etc/httpd.conf", b"/www/server/apache/conf/httpd.conf",
    )),
    (NGINX, (
        b"/etc/nginx/nginx.conf", b"/usr/local/nginx*/conf/nginx.conf", b"/usr/local/*/nginx/conf/nginx.conf",
        b"/usr/local/etc/nginx/nginx.conf", b"/etc/openresty/nginx.conf",
        b"/usr/local/openresty*/nginx/conf/nginx.conf",
        b"/opt/nginx*/conf/nginx.conf", b"/opt/*/nginx*/conf/nginx.conf", b"/www/server/nginx/conf/nginx.conf",
        b"/etc/angie/angie.conf", b"/opt/rh/*/root/etc/nginx/nginx.conf", b"/etc/opt/rh/*/nginx/nginx.conf",
    )),
    (LIGHTTPD, (
        b"/etc/lighttpd/lighttpd.conf", b"/usr/local/etc/lighttpd/lighttpd.conf", b"/opt/etc/lighttpd/lighttpd.conf",
    )),
    (CADDY, (
        b"/etc/caddy/Caddyfile", b"/etc/caddy/caddy.json", b"/usr/local/etc/caddy/Caddyfile",
        b"/etc/frankenphp/Caddyfile",
    )),
    (TOMCAT, (
        b"/var/lib/tomcat*/conf/server.xml", b"/usr/share/tomcat*/conf/server.xml", b"/etc/tomcat*/server.xml",
        b"/opt/*tomcat*/conf/server.xml", b"/usr/local/*tomcat*/conf/server.xml", b"/opt/*/*tomcat*/conf/server.xml",
    )),
    (PHP_FPM, (
        b"/etc/php/*/fpm/php-fpm.conf", b"/etc/php-fpm.conf", b"/etc/php*/php-fpm.conf", b"/etc/php*/fpm/php-fpm.conf",
        b"/usr/local/etc/php-fpm.conf", b"/usr/local/php*/etc/php-fpm.conf", b"/etc/opt/remi/php*/php-fpm.conf",
        b"/opt/rh/*/root/etc/php-fpm.conf", b"/etc/opt/rh/*/php-fpm.conf", b"/opt/*/php*/etc/php-fpm.conf",
        b"/www/server/php/*/etc/php-fpm.conf", b"/opt/cpanel/*/root/etc/php-fpm.conf",
        b"/opt/plesk/php/*/etc/php-fpm.conf",
    )),
)
_PROGRAMS = {
    APACHE: (
        b"/usr/sbin/apache2", b"/usr/sbin/httpd", b"/usr/sbin/httpd-prefork", b"/usr/sbin/httpd-event",
        b"/usr/sbin/httpd-worker",
    ),
    NGINX: (b"/usr/sbin/nginx", b"/usr/bin/nginx", b"/usr/sbin/angie", b"/usr/bin/openresty"),
}
_MAIN_NAMES = (
    (APACHE, re.compile(br"(?:apache2|httpd2?|apache)\.conf\Z")),
    (NGINX, re.compile(br"(?:nginx|angie|tengine|openresty)\.conf\Z")),
    (LIGHTTPD, re.compile(br"lighttpd\.conf\Z")), (CADDY, re.compile(br"Caddyfile\Z|caddy\.json\Z")),
    (TOMCAT, re.compile(br"server\.xml\Z")), (PHP_FPM, re.compile(br"php-fpm\.conf\Z")),
)
_CONTENTS = (
    (APACHE, re.compile(
        br"^[ \t]*(?:<(?:VirtualHost|Directory|IfModule|Location)\b|(?:DocumentRoot|ServerRoot|LoadModule|Alias)[ \t])",
        re.MULTILINE | re.IGNORECASE,
    )),
    (NGINX, re.compile(
        br"^[ \t]*(?:server|http|events|(?:location|upstream)[ \t][^{\n]{1,500})[ \t\r\n]*\{", re.MULTILINE
    )),
    (LIGHTTPD, re.compile(br"^[ \t]*server\.[a-z-]+[ \t]*[+:]?=", re.MULTILINE)),
    (TOMCAT, re.compile(br"<Server[\s>]|<Context[\s>/]")),
    (PHP_FPM, re.compile(br"^[ \t]*(?:pm|listen|pm\.max_children)[ \t]*=", re.MULTILINE)),
    (CADDY, re.compile(br"^[ \t]*(?:file_server|reverse_proxy|php_fastcgi)\b", re.MULTILINE)),
)


def base_of(config):
    """The folder that a main file's paths are mostly relative to: the one above ``conf`` or ``etc``, else its own."""
    folder = folder_of(config)
    return folder_of(folder) if folder.endswith((b"/conf", b"/etc")) and folder != b"/etc" else folder


def program_of(family, config, view):
    """The program that a configuration at a usual place mostly belongs to, if there is one; else None."""
    base = base_of(config)
    names = {APACHE: (b"/bin/httpd", b"/sbin/httpd"), NGINX: (b"/sbin/nginx", b"/bin/nginx")}.get(family, ())
    usual = _PROGRAMS.get(family, ()) if config.startswith((b"/etc/", b"/usr/local/etc/")) else ()
    for path in [base + name for name in names] + list(usual):
        if view.is_file(path):
            return path
    return None


def family_of_file(path, data):
    """The family of a configuration file that somebody names: by its name, else by what is in it; None for none."""
    for family, name in _MAIN_NAMES:
        if name.match(path.rpartition(b"/")[2]):
            return family
    for family, content in _CONTENTS:
        if content.search(data[:1 << 18]):
            return family
    return None


def is_main(path):
    """Whether a file's name is that of a main configuration file."""
    return any(name.match(path.rpartition(b"/")[2]) for _family, name in _MAIN_NAMES)


__all__ = ("PLACES", "base_of", "family_of_file", "is_main", "program_of")
