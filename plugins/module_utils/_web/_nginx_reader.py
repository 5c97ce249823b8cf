# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""An nginx configuration with its includes, as a tree of blocks with the directives that somebody asks for.

Includes are relative to the folder of the main file (``ngx_conf_include``), of a pattern the paths come in the order of
their bytes, and a pattern that matches nothing is no error.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from collections import namedtuple

from ansible_collections.csirt.linux_triage.plugins.module_utils._web._nginx_syntax import statements
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_paths import below, folder_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_reading import Where

MAX_INCLUDES = 64
MAX_BLOCKS = 30000
MAX_DEPTH = 100
MAX_KEPT = 60000

Directive = namedtuple("Directive", "name arguments where")


class Block:
    """``name arguments { ... }``: its `directives` (those asked for) and `blocks`, in order."""

    __slots__ = ("name", "arguments", "where", "parent", "depth", "directives", "blocks")

    def __init__(self, name, arguments, where, parent):
        self.name = name
        self.arguments = arguments
        self.where = where
        self.parent = parent
        self.depth = 0 if parent is None else parent.depth + 1
        self.directives = []
        self.blocks = []

    def all(self, name):
        """The directives of a name right in this block."""
        return [directive for directive in self.directives if directive.name == name]

    def last(self, name):
        """The one of them that counts when each replaces the one before, or None."""
        found = self.all(name)
        return found[-1] if found else None

    def shown(self):
        """The block's begin as it is written."""
        return b" ".join([self.name] + list(self.arguments))[:1000]


class _Source:
    def __init__(self, path, statements_of, block, parent):
        self.path = path
        self.statements = statements_of
        self.begin = self.block = block
        self.too_deep = 0
        self.parent = parent
        self.depth = 0 if parent is None else parent.depth + 1


class NginxReader:
    """Builds the tree. `is_wanted(name, block)` says whether a simple directive is kept."""

    def __init__(self, reading, is_wanted):
        self._reading = reading
        self._is_wanted = is_wanted
        self._folder = b"/"
        self._stack = []
        self._blocks = 0
        self._kept = 0
        self.root = Block(b"", [], Where(b"", 0), None)

    def read(self, path, directives=b""):
        """The tree of a main file; `directives` are those of ``-g``, read before it."""
        self._folder = folder_of(path)
        self._stack = [_Source(path, self._statements(path, "main", None), self.root, None)]
        if directives:
            command_line = ((Where(b"command line", 0), found) for found in statements(directives + b";"))
            self._stack.append(_Source(None, command_line, self.root, None))
        while self._stack:
            source = self._stack[-1]
            where, statement = next(source.statements, (None, None))
            if where is None:
                self._end_file(source)
            elif not self._reading.count_line():
                break
            else:
                self._take(source, where, statement)
        return self.root

    def _statements(self, path, role, where):
        data = self._reading.read(path, role, where)
        for statement in statements(data or b""):
            yield Where(path, statement.line), statement

    def _end_file(self, source):
        self._stack.pop()
        if source.block is not source.begin:
            self._reading.unresolved(source.block.where, source.block.shown(), "the block is not closed in its file")

    def _take(self, source, where, statement):
        words = statement.words
        if statement.end == b"}":
            self._end(source)
        elif statement.end == b"{":
            self._begin(source, words, where)
        elif words and words[0] == b"include":
            self._include(source, where, words[1:])
        elif words and self._is_wanted(words[0], source.block):
            self._keep(source.block, words, where)

    def _keep(self, block, words, where):
        if self._kept < MAX_KEPT:
            self._kept += 1
            block.directives.append(Directive(words[0], words[1:], where))
        elif self._kept == MAX_KEPT:
            self._kept += 1
            self._reading.unresolved(where, words[0], "more than %d directives: the rest was not kept" % MAX_KEPT)

    def _begin(self, source, words, where):
        if source.block.depth >= MAX_DEPTH:
            source.too_deep += 1
            self._reading.unresolved(source.block.where, source.block.shown(), "deeper than %d blocks" % MAX_DEPTH)
            return
        block = Block(words[0] if words else b"", words[1:], where, source.block)
        self._blocks += 1
        if self._blocks <= MAX_BLOCKS:
            source.block.blocks.append(block)
        elif self._blocks == MAX_BLOCKS + 1:
            self._reading.unresolved(where, block.shown(), "more than %d blocks: the rest was not kept" % MAX_BLOCKS)
        source.block = block

    @staticmethod
    def _end(source):
        """Ends a block that this file has begun."""
        if source.too_deep:
            source.too_deep -= 1
        elif source.block is not source.begin:
            source.block = source.block.parent

    def _include(self, source, where, words):
        for word in words[:1]:
            paths, is_pattern = self._reading.matching(below(self._folder, word))
            for path in reversed(sorted(paths) if is_pattern else paths):
                if source.depth >= MAX_INCLUDES or self._is_open(source, path):
                    self._reading.unresolved(where, path, "includes itself, or deeper than %d files" % MAX_INCLUDES)
                else:
                    self._stack.append(_Source(path, self._statements(path, "include", where), source.block, source))

    @staticmethod
    def _is_open(source, path):
        while source is not None:
            if source.path == path:
                return True
            source = source.parent
        return False


__all__ = ("Block", "Directive", "NginxReader")
