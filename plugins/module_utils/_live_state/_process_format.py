# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""The formats of /proc/PID, decoded (proc(5)). Nothing here touches the host."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re
from collections import namedtuple

DELETED = b" (deleted)"
KERNEL_THREAD = 0x00200000  # PF_KTHREAD of linux/sched.h in the flags of /proc/PID/stat
_STAT = {
    "ppid": 1, "group": 2, "session": 3, "tty_number": 4, "flags": 6, "user_ticks": 11, "system_ticks": 12,
    "priority": 15, "nice": 16, "threads": 17, "start_ticks": 19, "virtual_bytes": 20, "rss_pages": 21,
}
_MAP = re.compile(
    br"([0-9a-f]+)-([0-9a-f]+) ([-r][-w][-x][-ps]) [0-9a-f]+ ([0-9a-f]+):([0-9a-f]+) ([0-9]+) *(.*)\Z", re.DOTALL
)
# Variables whose values tell how a process was started, what was put into it, and from where: never plain secrets.
INTERESTING = re.compile(
    br"(?:LD_.*|HIST.*|SSH_.*|SUDO_.*|PATH|HOME|USER|LOGNAME|PWD|OLDPWD|SHELL|TERM|DISPLAY|BASH_ENV|ENV|IFS|PS4"
    br"|PROMPT_COMMAND|BASH_FUNC_.*|(?:https?|ftp|all|no)_proxy|(?:HTTPS?|FTP|ALL|NO)_PROXY|PYTHON.*|PERL.*|RUBY.*"
    br"|NODE_OPTIONS|NODE_PATH|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|CLASSPATH|PHPRC|PHP_INI_SCAN_DIR"
    br"|GLIBC_TUNABLES|MALLOC_.*|GCONV_PATH|LOCPATH|TMPDIR|TZ|TMUX|STY|XDG_SESSION_ID|XDG_RUNTIME_DIR|INVOCATION_ID"
    br"|JOURNAL_STREAM|REMOTE_ADDR|REMOTE_HOST|SCRIPT_FILENAME|SERVER_SOFTWARE|container|_)\Z"
)
_PASSWORD = re.compile(br"(://[^/@:\s]*:)[^/@\s]*@")

Mapping = namedtuple("Mapping", "start end permissions device inode path")


def parse_stat(data):
    """The numbers of /proc/PID/stat that are of use, ``comm`` and ``state``; None when it isn't one.

    The command may hold any byte, brackets included: it ends at the last closing one.
    """
    start, end = data.find(b"("), data.rfind(b")")
    fields = data[end + 1:].split()
    if not 0 <= start < end or len(fields) < 22:
        return None
    try:
        facts = dict((name, int(fields[position])) for name, position in _STAT.items())
    except ValueError:
        return None
    facts["comm"] = data[start + 1:end]
    facts["state"] = fields[0].decode("ascii", "replace")
    return facts


def parse_status(data):
    """/proc/PID/status as a dict of bytes; the first of two lines with one key wins."""
    facts = {}
    for line in data.split(b"\n"):
        key, colon, value = line.partition(b":")
        if colon:
            facts.setdefault(key.decode("ascii", "replace"), value.strip())
    return facts


def parse_maps(data):
    """A `Mapping` for each executable one of /proc/PID/maps; ``path`` is bytes (empty when anonymous), ``device``
    "major:minor". The kernel writes a newline in a path as ``\\012`` and nothing else escaped.
    """
    for line in data.split(b"\n"):
        space = line.find(b" ")
        match = _MAP.match(line) if line[space + 3:space + 4] == b"x" else None
        if match:
            start, end, permissions, major, minor, inode, path = match.groups()
            yield Mapping(
                int(start, 16), int(end, 16), permissions.decode("ascii"), "%d:%d" % (int(major, 16), int(minor, 16)),
                int(inode), path.replace(b"\\012", b"\n"),
            )


def parse_fdinfo(data):
    """Access flags, position and, for objects of the kernel, their ids: the ``key: value`` lines with a number.

    The number of a process that has ended is -1.
    """
    facts = {}
    for line in data.split(b"\n"):
        key, colon, value = line.partition(b":")
        value = value.strip()
        if key == b"prog_tag" and colon:
            facts.setdefault("prog_tag", value.decode("ascii", "replace"))
        elif colon and (value.isdigit() or value == b"-1") and len(value) <= 20:
            name = key.decode("ascii", "replace")
            facts.setdefault(name, int(value, 8) if name == "flags" else int(value))
    return facts


def arguments_of(data):
    """The arguments in /proc/PID/cmdline. A title written over them (no closing NUL) is one argument."""
    return data[:-1].split(b"\0") if data.endswith(b"\0") else data.split(b"\0") if data else []


def split_environment(data):
    """(names, interesting): the name of every variable, and ``NAME=value`` of those that are evidence by themselves.

    A password in a URL (proxies) is replaced by ``***``. What has no ``=`` isn't a variable and is only named "?".
    """
    found, interesting = [], []
    for entry in data.split(b"\0"):
        name, equals, value = entry.partition(b"=")
        if not entry:
            continue
        found.append(name if equals else b"?")
        if equals and INTERESTING.match(name):
            interesting.append(name + b"=" + _PASSWORD.sub(br"\1***@", value))
    return found, interesting


def without_deleted(path):
    """(path, marked): a link's text without the mark that the kernel appends for a name that is gone."""
    return (path[:-len(DELETED)], True) if path.endswith(DELETED) else (path, False)


def tty_name(number):
    """The name of a terminal for ``tty_nr`` of /proc/PID/stat, as far as its driver is a usual one; None for none."""
    if not number:
        return None
    number &= 0xFFFFFFFF
    major, minor = (number >> 8) & 0xFFF, (number & 0xFF) | ((number >> 12) & 0xFFF00)
    if 136 <= major <= 143:
        return "pts/%d" % ((major - 136) * 256 + minor)
    if major == 4:
        return "tty%d" % minor if minor < 64 else "ttyS%d" % (minor - 64)
    return "%d:%d" % (major, minor)


__all__ = (
    "DELETED", "INTERESTING", "KERNEL_THREAD", "Mapping", "arguments_of", "parse_fdinfo", "parse_maps", "parse_stat",
    "parse_status", "split_environment", "tty_name", "without_deleted",
)
