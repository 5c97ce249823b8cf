# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What was built into a web server's program, read from its bytes: the program is never run.

nginx keeps the arguments of its ``configure`` (for ``-V``), httpd its ``-D`` settings, its version, and the source file
of each module that is linked in.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import re
import stat

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import O_CLOEXEC, NotRead

MAX_SIZE = 64 << 20
_CHUNK = 1 << 20
_OVERLAP = 1 << 12
_NGINX = re.compile(
    br"[\0 ]--(prefix|conf-path|error-log-path|http-log-path)="
    br"(?:'([^'\0]{0,1000})'|([^\s'\0]{0,1000}))(?=[\s\0])"
)
_SETTING = re.compile(br"-D (HTTPD_ROOT|SERVER_CONFIG_FILE|DEFAULT_ERRORLOG)=\"([^\"\0]{0,1000})\"")
_VERSION = re.compile(br"Apache/([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,4})")
_MODULE = re.compile(br"[\0/]((?:mod_[a-z0-9_]{1,60}|prefork|worker|event|itk)\.c)(?=\0)")


class BuiltIn:
    """Of a program: ``settings`` ({name: value}), ``version`` (three numbers or None), ``modules`` (source files)."""

    def __init__(self):
        self.settings = {}
        self.version = None
        self.modules = set()

    def take(self, data):
        """Adds what a piece of the program says."""
        for name, quoted, plain in _NGINX.findall(data):
            self.settings.setdefault(name, quoted or plain)
        for name, value in _SETTING.findall(data):
            self.settings.setdefault(name, value)
        version = _VERSION.search(data)
        if version and self.version is None:
            self.version = tuple(int(number) for number in version.groups())
        if len(self.modules) < 500:
            self.modules.update(_MODULE.findall(data))


def of_descriptor(descriptor, check):
    """The `BuiltIn` of an open program."""
    found, before, position = BuiltIn(), b"", 0
    while position < MAX_SIZE:
        check()
        data = os.read(descriptor, _CHUNK)
        if not data:
            break
        position += len(data)
        found.take(before + data)
        before = data[-_OVERLAP:]
    return found


def of_process(pid, check, proc=b"/proc"):
    """The same of a running process, also when its file was removed; an empty one when it can't be read."""
    try:
        descriptor = os.open(proc + b"/%d/exe" % pid, os.O_RDONLY | os.O_NONBLOCK | O_CLOEXEC)
    except OSError:
        return BuiltIn()
    return _of_opened(descriptor, check)


def holds(folder, content):
    """Whether the program of the process with this folder in /proc has these bytes in it."""
    try:
        descriptor = os.open(folder + b"/exe", os.O_RDONLY | os.O_NONBLOCK | O_CLOEXEC)
    except OSError:
        return False
    try:
        before, position = b"", 0
        while position < MAX_SIZE:
            data = os.read(descriptor, _CHUNK)
            if not data or content in before + data:
                return bool(data)
            before, position = data[-len(content):], position + len(data)
    except OSError:
        pass
    finally:
        os.close(descriptor)
    return False


def of_file(view, path, check):
    """The same of a file as a `View` sees it."""
    try:
        with view.reader.find(path) as found:
            descriptor = view.reader.open_regular(found)
    except NotRead:
        return BuiltIn()
    return _of_opened(descriptor, check)


def _of_opened(descriptor, check):
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return of_descriptor(descriptor, check)
    except OSError:
        pass
    finally:
        os.close(descriptor)
    return BuiltIn()


__all__ = ("BuiltIn", "holds", "of_descriptor", "of_file", "of_process")
