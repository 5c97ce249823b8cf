# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What an Apache server runs or asks instead of handing out a file: handlers, PHP settings, filters, other servers."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._web._apache_syntax import words
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_paths import CAPTURES, log_values

_PHP = (b"php_value", b"php_admin_value", b"php_flag", b"php_admin_flag")
_PHP_SETTINGS = frozenset((
    b"auto_prepend_file", b"auto_append_file", b"include_path", b"open_basedir", b"disable_functions", b"extension",
    b"extension_dir", b"zend_extension", b"engine", b"allow_url_include", b"error_log", b"session.save_path",
    b"upload_tmp_dir", b"sendmail_path", b"doc_root", b"user_dir", b"user_ini.filename",
))
_PROXIES = frozenset((b"proxypass", b"proxypassmatch", b"balancermember", b"rewriterule"))
_WITH_PATH = frozenset((b"fcgidwrapper", b"fastcgiserver", b"fastcgiexternalserver", b"passengerapproot"))
_WITH_EXTENSIONS = frozenset((b"addhandler", b"addtype", b"addoutputfilter", b"action", b"fcgidwrapper"))
_FILE_SYSTEM = re.compile(br"fcgi://[^/]*(/.+)", re.DOTALL)
NAMES = _PROXIES | _WITH_PATH | _WITH_EXTENSIONS | frozenset(_PHP) | frozenset((
    b"sethandler", b"extfilterdefine", b"wsgidaemonprocess", b"luamaphandler", b"perlresponsehandler", b"perlhandler",
    b"cgipassauth",
))


def add(reading, directive, context, host, path_of):
    """The rows of one directive; `context` is the section around it or None, `path_of` makes paths absolute."""
    parts = directive.words()
    values = {"vhost": host, "directive": directive.name, "context": context.shown() if context else None}
    if not parts:
        return
    if directive.name in _PROXIES:
        _add_proxy(reading, directive, parts, context, values)
    elif directive.name in _PHP:
        _add_php(reading, directive, parts, values, path_of)
    elif directive.name == b"sethandler" and parts[0].startswith(b"proxy:"):
        _add_target(reading, directive.where, parts[0][6:], values, handler=parts[0])
    elif _is_executed(directive.name, parts[0]):
        _add_handler(reading, directive, parts, values, path_of)


def _is_executed(name, first):
    """Whether a type or filter is one that makes a program run; handlers always are."""
    if name == b"addtype":
        return b"httpd" in first or b"server-parsed" in first or b"php" in first
    return name != b"addoutputfilter" or b"includes" in first.lower() or b"php" in first.lower()


def _add_handler(reading, directive, parts, values, path_of):
    if directive.name in _WITH_EXTENSIONS:
        values["extensions"] = parts[1:]
    if directive.name in _WITH_PATH:
        values["path"] = path_of(words(parts[0])[0] if words(parts[0]) else parts[0])
    handler = parts[0] if directive.name in _WITH_EXTENSIONS or directive.name == b"sethandler" else directive.arguments
    reading.add("handler", directive.where, handler=handler, **values)


def _add_php(reading, directive, parts, values, path_of):
    name = parts[0].lower()
    if name not in _PHP_SETTINGS or len(parts) < 2:
        return
    reading.add("handler", directive.where, handler=b"php", setting=name, value=parts[1], **values)
    if name == b"error_log":
        del values["context"]
        reading.add("log", directive.where, log="php", **dict(values, **log_values(parts[1], path_of(b""))))


def _add_proxy(reading, directive, parts, context, values):
    if directive.name == b"rewriterule":
        flags = parts[2].strip(b"[]").upper().split(b",") if len(parts) > 2 else []
        if not any(flag.strip() in (b"P", b"PROXY") for flag in flags):
            return
        values["url"], target = parts[0], parts[1]
    elif directive.name == b"balancermember" or len(parts) == 1 or b"=" in parts[1] and b"//" not in parts[1]:
        inside = context is not None and (words(context.arguments) or [b""])[-1]
        values["url"], target = inside or None, parts[0]
        if directive.name == b"balancermember" and not inside and len(parts) > 1:
            values["url"], target = parts[0], parts[1]
    else:
        values["url"], target = parts[0], parts[1]
    if target != b"!":
        _add_target(reading, directive.where, target, values)


def _add_target(reading, where, target, values, handler=None):
    """An upstream; one of FastCGI is a handler, and what follows its address is a path of the file system."""
    if b"fcgi://" not in target:
        reading.add("upstream", where, target=target, **values)
        return
    reading.add("handler", where, handler=handler or b"fcgi", target=target, **values)
    match = _FILE_SYSTEM.search(target)
    if match and match.group(1).strip(b"/") and not match.group(1).startswith(b"/$"):
        reading.add_root(where, "fcgi", match.group(1), CAPTURES, vhost=values["vhost"], target=target)


__all__ = ("NAMES", "add")
