# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Follows values through programs of servers, more roughly than `_php_machine`: what stands in an expression is in its value.

No recursion, no tree; two passes, so that what a function does with its arguments is known at its calls.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell import _languages
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._code_tokens import (
    BASIC, C_LIKE, PERL, PYTHON, code_tokens,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._folding import HIDDEN_NAMES, folded
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._scopes import Function, positions_in
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._values import (
    CHECKED, COMPUTED, DECODED, FIRST_PARAMETER, JOINED, MAX_PARAMETERS, PARAMETERS, REQUEST, SCRIPT_ENDINGS, SERVER, UNKNOWN, Value,
    is_unknown, source_of,
)

MAX_OPEN = 2000
MAX_NAMES = 20000
MAX_VALUES = 1000
MAX_TARGETS = 64
MAX_LAYERS = 16
_COMPARES = frozenset(("==", "!=", "<", ">", "<=", ">=", "!"))
_JOINS = frozenset(("+", ".", "&"))
_COMMON = (
    "if switch catch else try do new throw case var let const public private protected static final void async await from import"
    " using lock "
)
_STATEMENTS = {
    C_LIKE: frozenset(_COMMON.split()),
    BASIC: frozenset((_COMMON + "elseif then dim set end when and or not in is print").split()),
    PYTHON: frozenset((_COMMON + "elif and or not in is print").split()),
    PERL: frozenset((_COMMON + "elsif unless until and or not my our local print").split()),
}
_IN_EXPRESSIONS = frozenset(("for", "in", "if", "else"))
_LOOPS = frozenset(("for", "foreach", "while"))
_DECLARES = {PYTHON: ("def",), PERL: ("sub",), BASIC: ("sub", "function"), C_LIKE: ("function",)}
_BASE_COUNTS = frozenset(("delete", "rename", "list", "read", "mode", "folder", "write_path", "call", "load"))
_OUTPUTS = frozenset(("response", "resp", "out", "stdout", "wfile", "res", "writer", "html", "system.out"))
_SHELL_NAMES = ("/bin/sh", "/bin/bash", "cmd.exe", "powershell", "/dev/tcp/")
# A program and its arguments, one by one.
_LISTS = frozenset(("system", "exec", "spawn", "spawnsync", "execfile", "execfilesync"))
_INTERPRETER = re.compile(r"(?:\A|[/\\])(?:[a-z]{0,4}sh|perl|python|php|ruby|node|cmd|powershell|env|sudo|busybox|xargs|find|ssh)\b", re.I)
# Only of a description of a process it is a command that FileName is set to.
_STARTS = re.compile(r"\bprocess(?:startinfo)?\b", re.I)
_PIPE = re.compile(r"(?:[^;|]|\|\|)*\|(?!\|)")
_CALL, _BLOCK, _INDEX, _BARE = "(", "{", "[", "bare"


class _Frame:
    """Something open, and the expression in it so far."""

    __slots__ = (
        "kind", "name", "owner", "base", "position", "values", "names", "function", "saved", "flags", "text", "pieces", "last",
        "member", "targets", "compares", "group", "returns", "callable", "loop", "annotated",
    )

    def __init__(self, kind, position, name=None, owner=None, base=0):
        self.kind = kind
        self.position = position
        self.name = name
        self.owner = owner
        self.base = base
        self.values = []
        self.names = []
        self.function = self.saved = None
        self.reset()

    def reset(self):
        """A new expression begins."""
        self.clear()
        self.last = self.group = None
        self.targets = ()
        self.member = self.returns = self.callable = False
        self.loop = self.annotated = None

    def clear(self):
        """What was there before an operator isn't part of the value."""
        self.flags = self.pieces = 0
        self.text = None
        self.compares = False

    @property
    def is_empty(self):
        return not (self.pieces or self.flags or self.targets)


class CodeMachine:
    """Reads the programs of one file in one `Language`. `layers` has (code, position) of what it would run."""

    def __init__(self, facts, work, language, answers=True):
        self.layers = []
        self._sources = language.sources if answers else dict(
            (name, flags) for name, flags in language.sources.items() if name not in language.console
        )
        self._facts = facts
        self._work = work
        self._language = language
        self._functions = {}
        self._variables = {}
        self._starts = False

    def give(self, names):
        """Variables with these names hold what the client sends."""
        for name in names:
            self._keep(name.lower(), Value(None, REQUEST))

    def read(self, text, spans):
        """Two passes over the code in (begin, end) of a text."""
        for name, module in self._language.imported(text):
            self._keep(name, Value(module))
        self._starts = _STARTS.search(text) is not None
        for _unused in range(2):
            self._facts.forget(".unknown")
            for begin, end in spans:
                self._pass(text, begin, end)

    def _pass(self, text, begin, end):
        style = self._language.style
        self._frames = [_Frame(_BLOCK, begin)]
        self._overflow = 0
        self._declared = self._function = None
        self._column = 0
        self._decorates = self._is_handler = False
        for kind, value, position, following, next_position in _with_next(code_tokens(text, style, begin, end), end):
            self._position = position
            if kind == "n":
                self._word(value, following)
            elif kind == "v":
                self._variable(value)
            elif kind == "s":
                self._string(value)
            elif kind == "d":
                self._piece(self._frames[-1], value, 0)
            elif kind == "o":
                self._operate(value)
            elif kind in "([{":
                self._open(kind, value)
            elif kind in ")]}":
                self._close(kind, following)
            elif kind == ",":
                self._comma()
            elif kind == ";":
                self._end_statement()
            elif style in (BASIC, PYTHON) and self._frames[-1].kind in (_BLOCK, _BARE):
                self._end_statement()
                if style == PYTHON and self._function is not None and self._column_of(next_position) <= self._column:
                    self._function = None
        while len(self._frames) > 1:
            self._leave(self._frames.pop(), None)
        self._end(self._frames[0])

    # -- words and values

    def _word(self, name, following):
        frame, language = self._frames[-1], self._language
        lower = name.lower() if language.style != PERL or name not in language.sources else name
        if frame.member:
            self._member(frame, lower, following)
        elif language.style == PERL and frame.kind == _BLOCK and frame.owner is not None and following == "}":
            self._piece(frame, name, 0)  # a key without quotes
        elif self._declared == "":
            self._declared = lower
            frame.last, frame.callable = lower, True
        elif (lower if language.style == BASIC else name) in _DECLARES[language.style]:
            self._declared = ""
            self._column = self._column_of(self._position)
        elif lower == "return":
            self._end(frame)
            frame.returns = True
        elif language.style == PYTHON and len(self._frames) > 1 and lower in _IN_EXPRESSIONS:
            frame.last = frame.text = None  # what a comprehension goes through is in its value
        elif lower in _LOOPS:
            self._end(frame)
            frame.loop = "_"
        elif lower == "in" and frame.loop:
            frame.targets = ((frame.last, False),) if frame.last else ()
            frame.clear()
        elif lower in _STATEMENTS[language.style]:
            if lower not in ("new", "in", "is", "not", "and", "or"):
                frame.last = None
                if not frame.targets:
                    frame.clear()
            elif lower == "not":
                frame.compares = True
        elif following == "(":
            frame.last, frame.callable = lower, True
        elif language.bare and lower in language.sinks and following not in ("o", "{", ")", ",", ";", "\n", "]", "}", None):
            self._frames.append(_Frame(_BARE, self._position, lower))
        else:
            self._use(frame, lower)

    def _column_of(self, position):
        return position - self._facts.text.rfind("\n", 0, position)

    def _member(self, frame, name, following):
        if following != "(":
            frame.member = False
            if name in self._language.safe:
                frame.flags = 0
            frame.pieces += 1
            frame.text = self._module(frame.text)
            owner, frame.last = frame.last, name
            source = self._sources.get("%s.%s" % (owner, name), 0) or self._sources.get(name, 0)
            frame.flags |= source if not frame.flags & ~PARAMETERS else 0
            if self._language.style == BASIC and name in self._language.sinks and following in ("n", "s"):
                bare = _Frame(_BARE, self._position, name, owner, frame.flags)
                self._frames.append(bare)
        else:
            frame.group = frame.last
            frame.last, frame.callable = name, True

    def _variable(self, name):
        frame = self._frames[-1]
        if frame.loop and frame.is_empty:
            frame.loop = name
        if name in self._language.calls_only and name not in self._variables:
            self._keep(name, UNKNOWN)
        self._use(frame, name)

    def _use(self, frame, name):
        """A variable: its value becomes a part of the expression."""
        frame.last = name
        value = self._variables.get(name if name != "shift" else "_")
        if value is not None:
            self._piece(frame, value.text, value.flags)
            return
        source = self._sources.get(name, 0)
        if source & REQUEST:
            self._facts.add("request", self._position)
        self._piece(frame, None, source)

    def _string(self, text):
        lower = text[:200].lower()
        if text in HIDDEN_NAMES:
            self._facts.add("hidden_name", self._position)
        if len(text) < 80 and any(name in lower for name in _SHELL_NAMES):
            self._facts.add("shell_name", self._position)
        elif len(text) > 400 and " " not in text[:400]:
            self._facts.add("blob", self._position)
        self._piece(self._frames[-1], text, 0)

    def _piece(self, frame, text, flags):
        """One more value in the expression; constants that are joined stay constant."""
        if frame.pieces == 0:
            frame.text = text
        elif frame.text is None or text is None or not self._work.pays(len(frame.text) + len(text)):
            frame.text = None
        else:
            if frame.text and text:
                flags |= JOINED
            frame.text += text
        frame.flags |= flags
        frame.pieces += 1

    # -- operators and ends

    def _operate(self, operator):
        frame = self._frames[-1]
        if operator in ("->", "::", "?.") or operator == "." and self._language.style != PERL:
            frame.member = True
            return
        if operator == "$" or operator == "@":
            self._decorates = operator == "@" and frame.kind == _BLOCK and frame.is_empty
            return
        if operator in ("=", "+=", ".=", "&="):
            names = [frame.last] if frame.last else frame.group or []
            if len(frame.targets) < MAX_TARGETS:
                frame.targets += tuple((name, operator != "=") for name in names if name)
            frame.clear()
            frame.group = None
        elif operator in _COMPARES:
            frame.compares = True
        elif operator == "?":
            frame.clear()
        elif operator in ("??", "??="):
            frame.text = None
        elif operator == ":" and frame.kind == _BLOCK and self._language.style == PYTHON:
            self._end(frame)
        elif operator == "=>":
            self._handle(frame)
            frame.clear()
        elif operator == ":" and self._declared and self._declared == frame.name:
            frame.annotated = frame.last
        elif operator == "|" and self._language.style == PERL:
            frame.text = None
        elif operator not in _JOINS:
            frame.text = None
            frame.pieces += 1
        frame.last = None

    def _end(self, frame):
        """The value of the expression, which ends here; assigned where it has to be."""
        value = Value(frame.text if frame.pieces else None, 0 if frame.compares else frame.flags)
        for name, adds in frame.targets:
            before = self._variables.get(name, UNKNOWN)
            # A constant is what remains where the client said nothing.
            stays = adds or before.flags & REQUEST and value.text is not None and not value.flags
            flags = value.flags | (before.flags if stays else 0)
            self._keep(name, Value(None if stays else value.text, flags))
            if self._starts and name + "=" in self._language.sinks:
                self._reach(self._language.sinks[name + "="], flags, self._position)
        if frame.returns and self._function is not None:
            self._function.give(Value(None, value.flags))
        frame.reset()
        return value

    def _argument(self, frame):
        """What stands before a comma or a closing bracket."""
        is_there, last = not frame.is_empty, frame.annotated or frame.last
        value = self._end(frame)
        if is_there and len(frame.values) < MAX_VALUES:
            frame.values.append(value)
            frame.names.append(last)

    def _comma(self):
        frame = self._frames[-1]
        if frame.kind != _BLOCK:
            self._argument(frame)
        elif frame.targets and self._language.style == PERL:
            self._piece(frame, None, 0)  # a list is assigned
        else:
            if frame.last and not frame.targets and len(frame.names) < MAX_VALUES:
                frame.names.append(frame.last)
            self._end(frame)

    def _end_statement(self):
        while self._frames[-1].kind == _BARE:
            self._leave(self._frames.pop(), None)
        self._end(self._frames[-1])
        self._decorates = False
        self._declared = None if self._declared == "" else self._declared

    # -- brackets

    def _open(self, bracket, is_group):
        frame = self._frames[-1]
        if len(self._frames) >= MAX_OPEN:
            self._overflow += 1
            self._facts.add("nesting", self._position)
            return
        opened = _Frame(bracket, self._position)
        if bracket == _CALL:
            if frame.callable and frame.last is not None and not is_group:
                opened.name, opened.base = frame.last, frame.flags if frame.member else 0
                opened.owner = (frame.group or self._module(frame.text) or "") if frame.member else None
                frame.group, frame.last, frame.member, frame.callable = None, None, False, False
        elif bracket == _INDEX or frame.last is not None and self._language.style == PERL and self._declared is None:
            opened.kind, opened.base = _INDEX if bracket == _INDEX else _BLOCK, frame.flags
            opened.owner = frame.last
        if bracket == _BLOCK:
            self._open_block(frame, opened)
        self._frames.append(opened)

    def _open_block(self, frame, opened):
        """A block, of a function when a declaration stands before it."""
        if self._declared and self._language.style != PYTHON:
            parameters = frame.group if isinstance(frame.group, list) else ["_"]
            opened.saved = [(name, self._variables.get(name)) for name in parameters]
            opened.function = self._function
            self._begin(self._declared, parameters)
            self._declared = None
            frame.reset()
        else:
            self._handle(frame)

    def _handle(self, frame):
        """A function is given to what calls it with the request."""
        names = frame.group if isinstance(frame.group, list) else [frame.last]
        if frame.name in self._language.handlers and names and names[0]:
            self._keep(names[0], Value(None, REQUEST))

    def _keep(self, name, value):
        if len(self._variables) < MAX_NAMES or name in self._variables:
            self._variables[name] = value

    def _module(self, text):
        return text if text in self._language.modules else None

    def _begin(self, name, parameters):
        self._function = self._functions.setdefault(name, Function())
        self._function.parameters = parameters
        for position, parameter in enumerate(parameters):
            flag = FIRST_PARAMETER << position if position < MAX_PARAMETERS else 0
            flag |= REQUEST if self._is_handler else self._sources.get(parameter, 0)
            self._keep(parameter, Value(None, flag))
        self._is_handler = False

    def _close(self, bracket, following):
        if self._overflow:
            self._overflow -= 1
            return
        opening = {")": _CALL, "]": _INDEX, "}": _BLOCK}[bracket]
        for depth in range(len(self._frames) - 1, 0, -1):
            if self._frames[depth].kind == opening:
                while len(self._frames) > depth:
                    self._leave(self._frames.pop(), following)
                return

    def _leave(self, frame, following):
        outer = self._frames[-1]
        self._argument(frame)
        if frame.kind == _BLOCK and frame.saved is not None:
            for name, value in frame.saved:
                if value is not None:
                    self._variables[name] = value
                else:
                    self._variables.pop(name, None)
            self._function = frame.function
            outer.reset()
        elif frame.kind == _BLOCK and frame.owner is None and following == "o" and self._language.style == C_LIKE:
            outer.group, outer.last = frame.names, None  # names of what is taken out of an object
        elif frame.kind == _BLOCK and frame.owner is None and outer.kind == _BLOCK and not outer.targets:
            self._end(outer)
        elif frame.name is None:
            self._leave_brackets(frame, outer)
        else:
            self._leave_call(frame, outer, following)

    def _leave_brackets(self, frame, outer):
        if frame.kind == _INDEX and frame.names[:1] and frame.names[0] in self._language.handlers and outer.is_empty:
            self._is_handler = True  # an attribute of the function that follows
            return
        text = frame.values[0].text if len(frame.values) == 1 else None
        flags = _flags(frame.values)
        is_from_client = text is not None and frame.kind != _CALL and text.startswith(_languages.CLIENT_WRITES)
        if outer.flags & SERVER or is_from_client:
            outer.flags &= ~SERVER
            if is_from_client:
                outer.flags |= REQUEST
                self._facts.add("request", frame.position)
        elif frame.kind == _CALL and outer.loop:
            self._keep(outer.loop, Value(None, flags))
            outer.reset()
        elif frame.kind == _CALL:
            self._piece(outer, text, flags)
            outer.group = frame.names
        else:
            outer.flags |= flags & ~JOINED
            outer.pieces += 1
            outer.text = None
            outer.last = frame.owner

    # -- calls

    def _leave_call(self, frame, outer, following):
        name, arguments = frame.name, frame.values
        language = self._language
        if self._declared == name or self._declares(frame, outer, following):
            outer.group = [one for one in frame.names if one]
            if language.style == PYTHON:
                self._begin(name, outer.group)
            self._declared = name if language.style != PYTHON else None
            return
        module = self._module(self._variables.get(frame.owner or name, UNKNOWN).text)
        qualified = "%s.%s" % (frame.owner, name)
        function = self._functions.get(name)
        self._mention(arguments, frame.position)
        flags = _flags(arguments)
        if function is not None and qualified not in language.sinks and (frame.owner is None or name not in language.sinks):
            flags = self._apply(function, arguments, frame.position)
        elif module or frame.owner in language.modules:
            self._sink("command", frame, flags)
        elif qualified in language.sinks or name in language.sinks and (frame.owner is None or name not in language.functions):
            self._sink(language.sinks.get(qualified) or language.sinks[name], frame, flags)
        if name in language.handlers and self._decorates:
            self._is_handler = True
        if name in language.collects and flags & REQUEST and frame.owner in self._variables:
            owner = self._variables[frame.owner]
            self._variables[frame.owner] = Value(owner.text, owner.flags | REQUEST)
        source, first = language.results.get(name, (0, MAX_VALUES))
        for variable in frame.names[first:]:
            if variable is not None:
                self._keep(variable, Value(None, arguments[source].flags if source >= 0 else frame.base))
        self._result(frame, outer, flags, qualified)
        if name == "getattr" and following == "(" and len(arguments) > 1 and arguments[1].text:
            outer.last, outer.callable = arguments[1].text.lower(), True

    def _declares(self, frame, outer, following):
        """In Java and its like a block, or what may be thrown, follows the parameters."""
        return (
            self._language.style not in (BASIC, PERL, PYTHON) and outer.kind == _BLOCK and frame.owner is None
            and following in ("{", "throws") and not outer.targets
        )

    def _mention(self, arguments, position):
        """Names of what runs things, given to whatever looks them up."""
        for argument in arguments:
            name = argument.text.lower() if argument.text else ""
            if name not in self._language.names:
                continue
            if argument.flags & (JOINED | COMPUTED | DECODED):
                self._facts.add("hidden_name", position)
            elif "." in name:
                self._facts.add("named", position)

    def _sink(self, group, frame, flags):
        position, arguments = frame.position, frame.values
        if group == "open":
            self._open_of_perl(arguments, flags, position)
        elif group == "drop":
            if sum(1 for argument in arguments if argument.flags & REQUEST) > 1:
                self._facts.add("drop.request", position)
            if any(argument.text and argument.text.lower().endswith(SCRIPT_ENDINGS) for argument in arguments):
                self._facts.add("write_path.script", position)
            self._reach("write_path", flags, position)
        elif group == "write_content":
            if flags & REQUEST and (frame.base & REQUEST or frame.owner not in _OUTPUTS):
                self._facts.add("drop.request" if frame.base & REQUEST else "write_content.request", position)
        elif group == "upload":
            self._facts.add("upload", position)
            if flags & REQUEST:
                self._facts.add("upload.named", position)
        elif group == "command" and frame.name in _LISTS and len(arguments) > 1 and not _runs_anything(arguments[0].text):
            self._reach(group, arguments[0].flags, position)
        else:
            self._reach(group, flags | frame.base if group in _BASE_COUNTS else flags, position)
            if group in ("code", "command") and any(is_unknown(argument) for argument in arguments):
                self._facts.add(group + ".unknown", position)
            if group == "code" and arguments and arguments[0].text is not None and len(self.layers) < MAX_LAYERS:
                self.layers.append((arguments[0].text, position))

    def _open_of_perl(self, arguments, flags, position):
        texts = "".join(argument.text or "" for argument in arguments)
        if flags & REQUEST and _PIPE.match(self._facts.text, position, position + 200) or "|" in texts:
            self._reach("command", flags, position)
        elif flags & REQUEST:
            self._reach("write_path" if ">" in texts else "read", flags, position)

    def _reach(self, group, flags, position):
        self._facts.add(group, position)
        source = source_of(flags)
        if source:
            self._facts.add(group + "." + source, position)
        if self._function is not None and flags & PARAMETERS:
            self._function.reaches(group, flags)

    def _apply(self, function, arguments, position):
        flags = [argument.flags for argument in arguments]
        if function.parameters == ["_"]:
            flags = [_flags(arguments)]
        for parameter, sinks in list(function.sinks.items()):
            if parameter < len(flags) and flags[parameter]:
                for sink in list(sinks):
                    self._reach(sink, flags[parameter], position)
        returned = function.returns.flags & ~PARAMETERS
        for parameter in positions_in(function.returns.flags):
            returned |= flags[parameter] if parameter < len(flags) else 0
        return returned

    def _result(self, frame, outer, flags, qualified):
        name, language, arguments = frame.name, self._language, frame.values
        is_from_client = name == "servervariables" and (arguments or [UNKNOWN])[0].text is not None \
            and arguments[0].text.startswith(_languages.CLIENT_WRITES)
        if name in language.safe and not is_from_client and not (name == "parseint" and len(arguments) > 1):
            if frame.base:
                outer.flags = 0
            self._piece(outer, None, CHECKED)
            return
        source = self._sources.get(qualified) or self._sources.get(name, 0)
        if (source | frame.base) & SERVER or name == "get" and frame.owner is not None and language.style == PYTHON:
            text = arguments[0].text if arguments else None
            source = REQUEST if text is not None and text.startswith(_languages.CLIENT_WRITES) else source & ~SERVER
            outer.flags &= ~SERVER
        if source & REQUEST:
            self._facts.add("request", frame.position)
        if name == "mappath" and arguments:
            outer.pieces = 0  # instead of the object whose method it is
            self._piece(outer, arguments[0].text, flags)
            return
        if name in language.loads and arguments and arguments[0].text:
            self._piece(outer, arguments[0].text.rpartition(":")[2], flags)
            return
        decoder = language.decoders.get(name) or language.decoders.get(qualified)
        if decoder is not None:
            flags |= COMPUTED if decoder == "chr" else DECODED
            value = folded(decoder, arguments[:1], self._work)
            if value is not None:
                outer.pieces, outer.text = 0, None
                self._piece(outer, value.text, value.flags)
                return
        self._piece(outer, None, flags | source)


def _runs_anything(program):
    """Whether the arguments of a program decide what is run; one that isn't known may be a shell."""
    return program is None or _INTERPRETER.search(program) is not None


def _with_next(tokens, end):
    """Each token with the kind of the next one, as far as that matters, and its place."""
    before = None
    for token in tokens:
        if before is not None:
            following = token[1] if token[0] == "n" and token[1] == "throws" else token[0]
            yield before + (following, token[2])
        before = token
    if before is not None:
        yield before + (None, end)


def _flags(values):
    flags = 0
    for value in values:
        flags |= value.flags
    return flags


__all__ = ("CodeMachine",)
