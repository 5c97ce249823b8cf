# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""An Apache configuration in the order in which the server reads it, with includes, conditions, macros and variables.

Variables are put into each line as it is read, before it is parted into words (``ap_build_config_sub``). Includes are
relative to ServerRoot, a folder means everything below it, of a pattern the names in each folder in the order of their
bytes (``ap_process_fnmatch_configs``).
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._web import _apache_syntax
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._apache_conditions import (
    CONDITIONS, Conditions, Modules,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._apache_sections import (
    Directive, Macro, Section, Source,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._apache_syntax import (
    next_word, replace_parameters, resolve, words,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_paths import below
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_reading import Where

MAX_DEPTH = 128
MAX_FOLDERS = 20
MAX_SECTIONS = 200
MAX_MACROS = 1000
MAX_MACRO_LINES = 20000
MAX_VALUE = 1 << 13
COMMAND_LINE = Where(b"command line", 0)


class ApacheReader:
    """Yields the directives of a server started with the given ServerRoot, environment and -D names."""

    def __init__(self, reading, server_root, environment=None, defines=(), built_in=None, version=None):
        self.server_root = server_root
        self.defines = dict.fromkeys(defines, b"")
        self._reading = reading
        self._variables = [self.defines, environment or {}]
        self._modules = Modules(built_in)
        self._conditions = Conditions(
            self._modules, self.defines, lambda path: reading.view.status(self.path(path)) is not None, version
        )
        self._macros = {}
        self._collecting = None
        self._skipping = None
        self._section = None
        self._stack = []

    def path(self, text):
        """A path as the server understands it at this point."""
        return below(self.server_root, text)

    def read(self, path, before=(), after=()):
        """All directives that begin with a configuration file; `before` and `after` it lines of -C and -c."""
        first = [(COMMAND_LINE, line) for line in before]
        last = [(COMMAND_LINE, line) for line in after]
        self._stack = [self._source(None, iter(last)), self._source(path, self._lines(path, "main", None))]
        self._stack.append(self._source(None, iter(first)))
        while self._stack:
            source = self._stack[-1]
            where, text = next(source.lines, (None, None))
            if where is None:
                self._stack.pop()
                self._section = source.section
            elif self._reading.count_line():
                directive = self._line(text, where)
                if directive is not None:
                    yield directive
            else:
                return

    def _source(self, path, lines, parent=None):
        return Source(path, lines, self._section, parent)

    def _lines(self, path, role, where):
        data = self._reading.read(path, role, where)
        for number, text in _apache_syntax.lines(data or b""):
            yield Where(path, number), text

    def _line(self, text, where):
        """Does what has an effect while reading; the `Directive` of anything else."""
        if self._collecting is not None:
            return self._collect(text)
        if self._skipping is not None:
            self._skip(text)
            return None
        text = resolve(text, self._variables)
        section = _apache_syntax.section(text)
        if section is not None:
            return self._section_line(section, where)
        name, arguments = next_word(text)
        directive = Directive(name.lower(), arguments, where, self._section)
        action = _ACTIONS.get(directive.name)
        if action is not None and directive.active:
            action(self, directive)
        return directive

    def _section_line(self, found, where):
        title, arguments, is_end = found
        name = title.lower()
        if is_end:
            self._close(name)
            return None
        active = self._section is None or self._section.active
        if name == b"macro" and active:
            self._begin_macro(arguments)
        elif name == b"perl" and active:
            self._skipping = name
            self._reading.unresolved(where, b"<Perl>", "a program that makes configuration")
        else:
            holds = not active or name not in CONDITIONS or self._conditions.holds(name, arguments)
            if self._section is None or self._section.depth < MAX_SECTIONS:
                self._section = Section(title, arguments, where, self._section, holds)
            return Directive(b"<" + name, arguments, where, self._section)
        return None

    def _close(self, name):
        """Ends the innermost section of that name that the file itself has begun."""
        section, outside = self._section, self._stack[-1].section
        while section is not outside and section is not None:
            if section.name == name:
                self._section = section.parent
                return
            section = section.parent

    def _begin_macro(self, arguments):
        parts = words(arguments)
        name = parts[0].lower() if parts else b""
        self._collecting = Macro(parts[1:], self._section)
        if len(self._macros) < MAX_MACROS:
            self._macros[name] = self._collecting

    def _skip(self, text):
        section = _apache_syntax.section(text)
        if section and section[0].lower() == self._skipping and section[2]:
            self._skipping = None

    def _collect(self, text):
        macro, section = self._collecting, _apache_syntax.section(text)
        if section and section[0].lower() == b"macro":
            macro.depth += -1 if section[2] else 1
        if macro.depth == 0:
            self._collecting = None
        elif len(macro.lines) < MAX_MACRO_LINES:
            macro.lines.append(text)
        elif len(macro.lines) == MAX_MACRO_LINES:
            self._reading.view.cut("a macro of Apache has more than %d lines" % MAX_MACRO_LINES)

    def _use(self, directive):
        parts = directive.words()
        macro = self._macros.get(parts[0].lower()) if parts else None
        if macro is None or len(parts) - 1 != len(macro.parameters):
            reason = "no macro of that name and number of arguments"
            self._reading.unresolved(directive.where, directive.arguments, reason)
        elif self._may_go_deeper(directive):
            replaced = (replace_parameters(line, macro.parameters, parts[1:]) for line in list(macro.lines))
            lines = ((directive.where, line) for line in replaced)
            self._stack.append(self._source(None, lines, self._stack[-1]))

    def _may_go_deeper(self, directive):
        if self._stack[-1].depth < MAX_DEPTH:
            return True
        self._reading.unresolved(directive.where, directive.arguments, "nested deeper than %d" % MAX_DEPTH)
        return False

    def _include(self, directive):
        optional = directive.name == b"includeoptional"
        for word in directive.words():
            if _apache_syntax.variables_left(word):
                self._reading.unresolved(directive.where, word, "a variable that nothing sets", directive="Include")
            elif self._may_go_deeper(directive):
                self._include_path(self.path(word), directive.where, optional)

    def _include_path(self, path, where, optional):
        paths, is_pattern = self._reading.matching(path)
        found = [file for one in paths for file in self._files(one, where)]
        if is_pattern and not found and not optional:
            self._reading.unresolved(where, path, "nothing matches", directive="Include")
        if not is_pattern and optional and found == [path] and self._reading.view.status(path) is None:
            return
        for file in reversed(found):
            if self._is_open(file):
                self._reading.unresolved(where, file, "includes itself")
            else:
                self._stack.append(self._source(file, self._lines(file, "include", where), self._stack[-1]))

    def _is_open(self, path):
        source = self._stack[-1]
        while source is not None:
            if source.path == path:
                return True
            source = source.parent
        return False

    def _files(self, path, where):
        """The files that an included path means: itself, or all below it, hidden ones too."""
        view, pending, found = self._reading.view, [(path, 0)], []
        while pending:
            here, depth = pending.pop()
            if not view.is_folder(here):
                found.append(here)
            elif depth > MAX_FOLDERS:
                self._reading.unresolved(where, here, "deeper than %d folders" % MAX_FOLDERS)
            else:
                pending += [(here + b"/" + name, depth + 1) for name in reversed(view.names(here))]
        return found

    def _define(self, directive):
        parts = directive.words()
        if parts and len(self.defines) < 20000:
            self.defines[parts[0]] = parts[1][:MAX_VALUE] if len(parts) > 1 else b""

    def _undefine(self, directive):
        for name in directive.words()[:1]:
            self.defines.pop(name, None)

    def _set_server_root(self, directive):
        for path in directive.words()[:1]:
            self.server_root = self.path(path)

    def _load_module(self, directive):
        parts = directive.words()
        if len(parts) > 1:
            self._modules.load(parts[0], parts[1])


_ACTIONS = {
    b"define": ApacheReader._define, b"undefine": ApacheReader._undefine, b"include": ApacheReader._include,
    b"includeoptional": ApacheReader._include, b"serverroot": ApacheReader._set_server_root, b"use": ApacheReader._use,
    b"loadmodule": ApacheReader._load_module,
}

__all__ = ("COMMAND_LINE", "ApacheReader")
