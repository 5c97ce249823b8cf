# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Follows values through a PHP script without running it: one pass over its tokens, with a stack of what is open.

No recursion, no tree: any input costs time in proportion to its length, and what isn't PHP is passed over. It is right about
how values flow in straight code, assumes that every branch may be taken, and doesn't know loops.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from collections import OrderedDict

from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell import _php_language as php
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._php_calls import Calls
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._php_tokens import php_tokens
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._scopes import Function, Scope
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._values import (
    CHECKED, COMPUTED, GLOBALS, JOINED, MAX_ITEMS, PARAMETERS, REQUEST, SCRIPT_NAME, SERVER, UNKNOWN, UPLOAD, Value, arithmetic,
    bitwise, either, inverted, joined, number,
)

MAX_OPEN = 2000
MAX_TARGETS = 64
MAX_SPREAD = 3  # as many arguments as what a list is spread out for is taken to have
CALL, BRACKETS, LIST, INDEX, BLOCK, SIGNATURE, NAME, STATEMENT = range(8)
_CLOSED_BY = {")": (CALL, BRACKETS, SIGNATURE), "]": (LIST, INDEX), "}": (BLOCK, NAME)}
_TO_NUMBER = frozenset(("int", "integer", "float", "double", "bool", "boolean"))
_CASTS = frozenset(("string", "array", "object", "binary", "unset")) | _TO_NUMBER
_COMPARES = frozenset(("==", "===", "!=", "!==", "<", ">", "<=", ">=", "<=>", "&&", "||", "!", "<>"))
_COMPUTES = {".=": ".", "+=": "+", "-=": "-", "*=": "*", "/=": "/", "%=": "%", "^=": "^", "&=": "&", "|=": "|", "??=": "??"}
_BEGIN_ANEW = frozenset((
    "public private protected static abstract final var readonly clone try finally do namespace extends implements"
    " goto break continue endif endforeach endwhile endfor endswitch const and or xor insteadof"
).split())
_BRANCHES = frozenset(("else", "case", "default"))


class _Frame:
    """Something open: what it is, and the expression in it so far."""

    __slots__ = (
        "kind", "name", "value", "position", "arguments", "lvalues", "items", "key", "scope", "block", "names", "function",
        "left", "operator", "operand", "lvalue", "primary", "targets", "condition", "inverts", "called", "base", "casts",
        "spreads", "key_flags",
    )

    def __init__(self, kind, name=None, value=None, position=0):
        self.kind = kind
        self.name = name
        self.value = value
        self.position = position
        self.arguments = []
        self.lvalues = []
        self.items = self.key = self.scope = self.names = self.function = None
        self.block = 0
        self.reset()

    def reset(self):
        """A new expression begins."""
        self.left = self.operator = self.operand = self.lvalue = self.primary = self.condition = self.called = None
        self.targets = self.base = None
        self.inverts = self.casts = self.spreads = False
        self.key_flags = 0

    def push(self, value, lvalue, primary):
        """A value where one is expected; `primary` says what may follow it: a bracket calls it, or indexes it."""
        self.operand, self.lvalue, self.primary = value, lvalue, primary


class Machine:
    """Reads the scripts of one file; functions and global variables stay known from one to the next."""

    def __init__(self, facts, work, check):
        self.facts = facts
        self.work = work
        self.functions = {}
        self.invokable = {}
        self.has_wild_properties = False
        self.properties = {}
        self.constants = {
            "__FILE__": Value(None, SCRIPT_NAME), "PHP_EOL": Value("\n"), "DIRECTORY_SEPARATOR": Value("/"),
        }
        self.globals = self.scope = Scope()
        self.position = 0
        self._check = check
        self._calls = Calls(self)
        self.layers = self._calls.layers

    def read(self, text, in_code=False):
        """One pass over a script."""
        self.scope = self.globals
        self._frames = [_Frame(BLOCK)]
        self._blocks = 1
        self._member = self._control = self._word = self._pending = self._class = None
        self._dollars = self._overflow = 0
        self._is_new = self._is_branch = False
        for count, (kind, value, position) in enumerate(php_tokens(text, in_code)):
            self.position = position
            if kind == "v":
                self._variable(value)
            elif kind == "n":
                self._named(value)
            elif kind == "o":
                self._operate(value)
            elif kind == "s":
                self._text(value)
            elif kind == "d":
                self._frames[-1].push(Value(value), None, "number")
            elif kind == ";":
                self._semicolon()
            elif kind == ",":
                self._comma()
            elif kind in "([{":
                self._open(kind, value)
            else:
                self._close(kind)
            if not count & 4095:
                self._check()
        while len(self._frames) > 1:
            self._leave(self._frames.pop())
        self._end(self._frames[0])

    # -- what stands for a value

    def _text(self, text):
        self._frames[-1].push(Value(text), None, "string")
        if len(text) > 3:
            self._calls.string(text)

    def _variable(self, name):
        frame = self._frames[-1]
        if frame.kind == SIGNATURE:
            frame.function.parameters.append(name)
            return
        if self._word == "global":
            self.scope.share(name, self.globals)
            return
        if self._word == "catch":
            return
        for _unused in range(min(self._dollars, 2)):
            name = self._name_in(self._lookup(name))
        self._dollars = 0
        if self._member == "::" or frame.kind == BLOCK and frame.name == "class":
            self._member = None
            frame.push(self.properties.get(name, UNKNOWN), "->%s" % name, "value")
        elif self._member:
            self._member = None
            frame.base = frame.operand
            frame.called = self._lookup(name)
            frame.push(Value(None, frame.base.flags if frame.base else 0), None, "dynamic method")
        elif frame.name == "foreach" and frame.key == "as":
            self._assign_element(frame, name)
        else:
            if frame.names is not None:
                frame.names.append(name)
            frame.push(self._lookup(name), name, "value")

    def _assign_element(self, frame, name):
        value = frame.left or UNKNOWN
        items = list(value.items.values()) if value.items else []
        if value.flags & SERVER:
            value = Value(None, value.flags | REQUEST)
        if name is None:
            if value.flags & REQUEST:
                self.scope.is_wild = True
        elif len(items) == 1:
            self.scope.set(name, items[0], self._blocks)
        else:
            self.scope.set(name, Value(None, value.flags, items[0].items if items else None), self._blocks)

    def _lookup(self, name):
        if name is None:
            return Value(None, REQUEST) if self.scope.is_wild else UNKNOWN
        value = self.scope.get(name)
        if value is not None:
            return value
        if name == "this" and self._class in self.invokable:
            return Value(None, 0, None, self.invokable[self._class])
        flags = php.VARIABLES.get(name)
        if flags is not None:
            if flags != GLOBALS:
                self.facts.add("request", self.position)
            return Value(None, flags)
        return Value(None, REQUEST) if self.scope.is_wild else UNKNOWN

    def _name_in(self, value):
        """The name that ``$$x`` or ``${...}`` means; None when it isn't constant."""
        if value.text in php.VARIABLES and value.flags & (JOINED | COMPUTED):
            self.facts.add("hidden_variable", self.position)
        return value.text

    # -- names

    def _named(self, name):
        frame = self._frames[-1]
        lower = name.lower()
        if lower[0] == "\\":
            lower = lower[1:]
        if self._member is not None:
            self._member_name(frame, name, lower)
        elif self._word in ("function", "class"):
            self._declare(lower)
        elif frame.kind == SIGNATURE:
            pass
        elif lower in _HANDLERS:
            _HANDLERS[lower](self, frame, lower)
        elif lower in php.CONTROLS:
            frame.reset()
            self._control = lower
            self._is_branch = True
            self._word = "catch" if lower == "catch" else self._word
        elif lower in php.STATEMENTS:
            self._frames.append(_Frame(STATEMENT, lower, position=self.position))
        elif self._is_new:
            self._is_new = False
            frame.push(Value(None, 0, None, self.invokable.get(lower)), None, "name")
            frame.called = "new " + lower.rpartition("\\")[2]
        else:
            if frame.primary == "name" and frame.operator is None and frame.kind == BLOCK:
                frame.reset()
            # Before PHP 8 a constant that isn't defined was its own name.
            frame.push(self.constants.get(name) or (UNKNOWN if lower in _WORDS else Value(name, JOINED)), "#" + name, "name")
            frame.called = lower

    def _member_name(self, frame, name, lower):
        member, self._member = self._member, None
        base = frame.operand or UNKNOWN
        is_static = member == "::" and frame.primary == "name"
        if self._gives_request("->__get") and not is_static:
            self.has_wild_properties = True
        called = "%s::%s" % (frame.called, lower) if is_static and "%s::%s" % (frame.called, lower) in _STATICS else "->" + lower
        value = self.properties.get(name, self.constants.get(name) if is_static else None)
        if self.has_wild_properties and not is_static:
            value = Value(None, base.flags | REQUEST, None, value.function if value else None)
        elif value is None:
            value = Value(None, base.flags)
        frame.base = base
        frame.push(value, "->" + name, "method")
        frame.called = called

    def _gives_request(self, name):
        function = self.functions.get(name)
        return function is not None and function.returns.flags & REQUEST != 0

    def _declare(self, lower):
        word, self._word = self._word, None
        if word == "class":
            self._class = lower
            return
        in_class = self._in_class()
        key = "->" + lower if in_class else lower
        function = self.functions.get(key) or Function()
        function.parameters = []
        self.functions[key] = self._pending = function
        if in_class and lower == "__construct" and self._class:
            self.functions["new " + self._class] = function
        if in_class and lower == "__invoke" and self._class:
            self.invokable[self._class] = function

    def _as(self, frame, _lower):
        if frame.name == "foreach":
            value = self._end(frame)
            frame.key, frame.left = "as", value
        elif frame.kind == BLOCK:
            frame.reset()

    def _function(self, frame, _lower):
        self._pending = Function()
        self._word = "function"

    def _class_word(self, frame, lower):
        if self._is_new:
            self._class = "class@anonymous"
        elif frame.primary is None:
            self._word = "class"
            self._class = None
        self._is_new = False

    def _new(self, frame, _lower):
        self._is_new = True

    def _anew(self, frame, lower):
        if lower in ("extends", "implements") and frame.targets:
            return
        if frame.kind != STATEMENT or lower in ("and", "or", "xor"):
            self._end(frame)

    def _branch(self, frame, _lower):
        self._end(frame)
        self._blocks += 1
        self._is_branch = True

    def _global(self, _frame, lower):
        self._word = lower

    def _use(self, frame, _lower):
        if self._pending is not None:
            self._word = "use"
        else:
            frame.reset()

    def _instanceof(self, frame, _lower):
        self._operate("==")

    # -- operators

    def _operate(self, operator):
        frame = self._frames[-1]
        if operator == "=":
            self._assign_to(frame, None)
        elif operator in ("->", "?->", "::"):
            self._member = operator
        elif operator == "@":
            pass
        elif operator == "$":
            self._dollars += 1
        elif operator in _COMPUTES:
            self._assign_to(frame, _COMPUTES[operator])
        elif operator == "=>":
            self._arrow(frame)
        elif operator == "?":
            frame.condition = self._fold(frame)
            frame.left = frame.operator = frame.operand = frame.primary = None
        elif operator == ":":
            self._colon(frame)
        elif operator in ("++", "--"):
            self._count_on(frame)
        elif operator == "~":
            frame.inverts = True
        elif operator == "...":
            frame.spreads = True
        elif operator == "&" and frame.kind == SIGNATURE:
            frame.function.changed.add(len(frame.function.parameters))
        elif operator == "&" and frame.operand is None:
            pass
        else:
            self._combine(frame, operator)

    def _count_on(self, frame):
        """``$x++`` of what is no number: the next letter, by which names are worked out from nothing."""
        name, value = frame.lvalue, frame.operand
        if name and value is not None and name[0] not in "#-" and frame.primary == "value" and number(value.text) is None:
            self.scope.set(name, Value(None, value.flags | COMPUTED), self._blocks)

    def _assign_to(self, frame, operator):
        names, key = None, None
        if frame.primary == "list":
            names = frame.called
        if frame.primary == "index":
            key = frame.called
        if frame.targets is None:
            frame.targets = []
        if len(frame.targets) < MAX_TARGETS:
            frame.targets.append((frame.lvalue, operator, key, names))
        frame.left = frame.operator = frame.operand = frame.lvalue = frame.primary = None

    def _arrow(self, frame):
        if frame.name == "foreach":
            frame.operand = frame.primary = None
        elif self._pending is not None:
            self._open_arrow_function()
        elif frame.kind in (LIST, CALL):
            value = self._fold(frame)
            frame.key = value.text if value.text is not None else ""
            frame.reset()
            frame.key_flags = value.flags & ~JOINED
        elif frame.kind == BLOCK:
            frame.reset()

    def _open_arrow_function(self):
        opened = _Frame(STATEMENT, "fn", position=self.position)
        opened.function, self._pending = self._pending, None
        opened.scope = self.scope
        self.scope = Scope(opened.function, self.scope)
        self.scope.add_parameters(opened.function.parameters)
        self._frames.append(opened)

    def _colon(self, frame):
        if frame.condition is not None:
            if frame.operand is None and frame.left is None:
                frame.operand = frame.condition
            frame.condition = None
            self._combine(frame, "either")
        elif frame.kind in (BLOCK, CALL, BRACKETS) and self._pending is None:
            # A label, a case, the older syntax of blocks, a named argument.
            targets = frame.targets
            frame.reset()
            frame.targets = targets

    def _combine(self, frame, operator):
        frame.left = self._fold(frame)
        frame.operator = operator
        frame.operand = frame.lvalue = frame.primary = None

    def _fold(self, frame):
        """The value of the expression so far."""
        operand, left, operator = frame.operand, frame.left, frame.operator
        if operand is not None:
            if frame.inverts:
                operand = inverted(operand, self.work)
                frame.inverts = False
            if frame.casts:
                operand = Value(operand.text, CHECKED)
                frame.casts = False
        if left is None or operator is None:
            return operand or left or UNKNOWN
        if operand is None:
            return left
        if operator == ".":
            return joined(left, operand, self.work)
        if operator in ("either", "??"):
            return either(left, operand)
        if operator in "^&|":
            return bitwise(left, operand, operator, self.work)
        if operator in "+-*/%":
            return arithmetic(left, operand, operator)
        if operator in _COMPARES:
            return Value(None, 0)
        return Value(None, left.flags | operand.flags)

    def _end(self, frame):
        """The value of the expression, which ends here; assigned where it has to be."""
        value = self._fold(frame)
        if frame.targets:
            for target in reversed(frame.targets):
                self._assign(target, value)
        frame.reset()
        return value

    def _assign(self, target, value):
        lvalue, operator, key, names = target
        if names is not None:
            items = list(value.items.values()) if value.items else []
            for position, name in enumerate(names):
                one = items[position] if position < len(items) else Value(None, value.flags)
                self.scope.set(name, one, self._blocks, not self._is_branch)
            return
        if lvalue is None:
            if value.flags & REQUEST and key is None:
                self.scope.is_wild = True
            return
        if lvalue.startswith("#"):
            self.constants[lvalue[1:]] = value
            return
        if lvalue.startswith("->"):
            self._assign_property(lvalue[2:], value)
            return
        if key is not None:
            self._assign_item(lvalue, key, operator, value)
        elif operator == ".":
            self.scope.append(lvalue, value, self._blocks, self.work)
        elif operator is not None:
            old = self._lookup(lvalue)
            value = arithmetic(old, value, operator) if operator in "+-*/%" else bitwise(old, value, operator, self.work) \
                if operator in "^&|" else either(old, value)
            self.scope.set(lvalue, value, self._blocks)
        else:
            self.scope.set(lvalue, value, self._blocks, not self._is_branch)

    def _assign_property(self, name, value):
        if self.scope.function is not None:
            self.scope.function.reaches("property:" + name, value.flags)
        before = self.properties.get(name, UNKNOWN)
        flags = value.flags & ~PARAMETERS
        self.properties[name] = Value(value.text if before.text is None else before.text, flags | before.flags,
                                      value.items or before.items, value.function or before.function)

    def _assign_item(self, name, key, operator, value):
        base = self.scope.get(name)
        items = base.items if base is not None else None
        if items is None:
            items = OrderedDict()
        if key == "":
            key = str(len(items))
        if operator == "." and key in items:
            value = joined(items[key], value, self.work)
        if len(items) < MAX_ITEMS:
            items[key] = value
        flags = value.flags | (base.flags if base is not None else 0)
        self.scope.set(name, Value(None, flags, items), self._blocks)

    # -- brackets and ends

    def _semicolon(self):
        while self._frames[-1].kind == STATEMENT:
            self._leave(self._frames.pop())
        self._end(self._frames[-1])
        self._word = self._member = self._control = None
        self._pending = None if self._frames[-1].kind != SIGNATURE else self._pending
        self._is_branch = self._is_new = False
        self._dollars = 0

    def _comma(self):
        while self._frames[-1].kind == STATEMENT and self._frames[-1].name != "echo":
            self._leave(self._frames.pop())
        frame = self._frames[-1]
        if frame.kind == SIGNATURE:
            frame.reset()
            return
        self._argument(frame)

    def _argument(self, frame):
        is_there = frame.operand is not None or frame.left is not None or frame.targets
        lvalue, spreads, key_flags = frame.lvalue, frame.spreads, frame.key_flags
        value = self._end(frame)
        if key_flags & REQUEST:
            value = Value(value.text, value.flags | key_flags, value.items, value.function)
        if not is_there or frame.kind == BLOCK:
            return
        if spreads and frame.kind == CALL and not value.items and len(frame.arguments) < MAX_ITEMS:
            frame.arguments += [Value(None, value.flags) for _unused in range(MAX_SPREAD)]
            frame.lvalues += [None] * MAX_SPREAD
        elif len(frame.arguments) < MAX_ITEMS:
            frame.arguments.append(value)
            frame.lvalues.append(lvalue)
            if frame.kind == LIST or frame.name == "array":
                if frame.items is None:
                    frame.items = OrderedDict()
                frame.items[str(len(frame.items)) if frame.key is None else frame.key] = value
        frame.key = None

    def _open(self, bracket, is_group):
        frame = self._frames[-1]
        if len(self._frames) >= MAX_OPEN:
            self._overflow += 1
            self.facts.add("nesting", self.position)
            return
        if bracket == "{":
            self._open_brace(frame, is_group)
        elif bracket == "[":
            opened = _Frame(INDEX if frame.primary else LIST, value=frame.operand, position=self.position)
            opened.names = None if frame.primary else []
            opened.name = frame.lvalue
            self._frames.append(opened)
        else:
            self._frames.append(self._opened(frame, is_group))

    def _opened(self, frame, is_group):
        """The frame for a round bracket."""
        position = self.position
        if self._word == "function":
            self._word = None
        if self._pending is not None and not is_group:
            return self._opened_signature(position)
        if is_group:
            return _Frame(BRACKETS, position=position)
        if self._control is not None:
            control, self._control = self._control, None
            return _Frame(BRACKETS, control, position=position)
        if frame.primary is None or frame.primary in ("number", "cast"):
            return _Frame(BRACKETS, position=position)
        opened = _Frame(CALL, position=position)
        if frame.primary in ("name", "method"):
            opened.name = frame.called
            opened.value = frame.base
            if opened.name == "list":
                opened.names = []
        elif frame.primary == "dynamic method":
            opened.name = "->"
            opened.value = frame.called
        else:
            opened.value = frame.operand
        return opened

    def _opened_signature(self, position):
        """The first bracket of a declaration holds parameters, what follows in others is taken from outside."""
        opened = _Frame(SIGNATURE if self._word != "use" else CALL, "use" if self._word == "use" else None, position=position)
        opened.function = self._pending
        self._word = None
        return opened

    def _open_brace(self, frame, is_group):
        if self._dollars or is_group:
            self._dollars = 0
            self._frames.append(_Frame(NAME, position=self.position))
            return
        if self._member:
            self._member = None
            self._frames.append(_Frame(NAME, "->", frame.operand, self.position))
            return
        if frame.lvalue is not None and frame.primary in ("value", "index"):
            self._frames.append(_Frame(INDEX, frame.lvalue, frame.operand, self.position))
            return
        opened = _Frame(BLOCK, position=self.position)
        self._blocks += 1
        opened.block = self._blocks
        if self._pending is not None:
            opened.function, self._pending = self._pending, None
            opened.scope = self.scope
            is_closure = frame.kind != BLOCK or frame.targets or frame.operator
            self.scope = Scope(opened.function, self.scope if is_closure else None)
            self.scope.add_parameters(opened.function.parameters)
        elif self._class is not None and not self._in_class():
            opened.name = "class"
        if frame.kind == BLOCK and opened.function is None and self._class != "class@anonymous":
            frame.reset()
        self._control = self._word = None
        self._is_branch = False
        self._frames.append(opened)

    def _in_class(self):
        return any(frame.kind == BLOCK and frame.name == "class" for frame in self._frames)

    def _close(self, bracket):
        if self._overflow:
            self._overflow -= 1
            return
        kinds = _CLOSED_BY[bracket]
        if bracket == "}" and self._frames[-1].kind == INDEX:
            kinds = (INDEX,)
        for depth in range(len(self._frames) - 1, 0, -1):
            kind = self._frames[depth].kind
            if kind in kinds:
                while len(self._frames) > depth:
                    self._leave(self._frames.pop())
                return
            if kind == BLOCK and bracket != "}":
                return

    def _leave(self, frame):
        """A frame is closed; what it is worth goes into the one around it."""
        outer = self._frames[-1]
        if frame.kind == BLOCK:
            self._leave_block(frame, outer)
        elif frame.kind == SIGNATURE:
            self._end(frame)
            if self._pending is None:
                self._pending = frame.function
        elif frame.kind == STATEMENT:
            self._argument(frame)
            self._statement(frame, outer)
        elif frame.kind == INDEX:
            self._leave_index(frame, outer)
        elif frame.kind == NAME:
            self._leave_name(frame, outer)
        elif frame.kind == BRACKETS:
            self._leave_brackets(frame, outer)
        else:
            self._leave_call(frame, outer)

    def _leave_block(self, frame, outer):
        self._end(frame)
        self._blocks += 1
        if frame.name == "class":
            self._class = None
            if outer.kind != BLOCK or outer.targets:
                outer.push(UNKNOWN, None, "value")
                return
        if frame.function is not None:
            self.scope = frame.scope
            if outer.kind != BLOCK or outer.targets or outer.operator:
                outer.push(Value(None, 0, None, frame.function), None, "value")
                return
        self._is_branch = False
        if outer.kind == BLOCK:
            self._end(outer)

    def _statement(self, frame, outer):
        value = frame.arguments[-1] if frame.arguments else UNKNOWN
        if frame.name == "fn":
            frame.function.give(value)
            self.scope = frame.scope
            outer.push(Value(None, 0, None, frame.function), None, "value")
        elif frame.name in php.SINKS:
            outer.push(self._calls.call(frame.name, [value], frame.position), None, "value")
        elif frame.name in ("return", "yield") and self.scope.function is not None:
            self.scope.function.give(value)

    def _leave_index(self, frame, outer):
        is_empty = frame.operand is None and frame.left is None
        key = self._end(frame)
        base = frame.value or UNKNOWN
        outer.push(_item(base, key), frame.name, "index")
        outer.called = "" if is_empty or key.text is None else key.text

    def _leave_name(self, frame, outer):
        value = self._end(frame)
        if frame.name == "->":
            outer.called = value
            outer.push(Value(None, frame.value.flags if frame.value else 0), None, "dynamic method")
            return
        name = self._name_in(value)
        if value.flags & REQUEST:
            self.facts.add("variable.request", frame.position)
        outer.push(self._lookup(name), name, "value")

    def _leave_brackets(self, frame, outer):
        if frame.name is None and frame.primary == "name" and frame.operator is None and frame.called in _CASTS:
            outer.casts = outer.casts or frame.called in _TO_NUMBER
            outer.primary = None
            return
        counted = frame.lvalue or frame.targets and frame.targets[-1][0]
        value = self._end(frame)
        if frame.name is None:
            outer.push(value, None, "value")
            return
        if frame.name == "for" and counted and counted[0] not in "#-":
            self.scope.set(counted, UNKNOWN, self._blocks)  # not what it was before the loop
        if outer.kind == BLOCK:
            outer.reset()

    def _leave_call(self, frame, outer):
        if frame.spreads and frame.operand is None and not frame.arguments and frame.name:
            outer.push(Value(frame.name, 0, None, self.functions.get(frame.name)), None, "value")
            return
        self._argument(frame)
        if frame.kind == LIST or frame.name in ("array", "list"):
            flags = 0
            for value in frame.arguments:
                flags |= value.flags
            outer.push(Value(None, flags, frame.items), None, "list")
            outer.called = frame.names or []
            return
        if frame.name == "use":
            return
        if frame.name is None:
            value = self._calls.dynamic(frame.value or UNKNOWN, frame.arguments, frame.position)
        elif frame.name.startswith("->"):
            value = self._calls.method(frame.name, frame.value or UNKNOWN, frame.arguments, frame.position)
        else:
            value = self._calls.call(frame.name, frame.arguments, frame.position)
            self._assign_results(frame)
        outer.push(value, None, "value")

    def _assign_results(self, frame):
        """Functions that put what they find into variables that they are given."""
        function = self.functions.get(frame.name)
        for position in function.changed if function is not None else ():
            name = frame.lvalues[position] if position < len(frame.lvalues) else None
            if name is not None and name[0] not in "#-":
                self.scope.set(name, Value(None, frame.arguments[position].flags), self._blocks)
        source, first = php.RESULTS.get(frame.name, (0, MAX_ITEMS))
        for name in frame.lvalues[first:]:
            if name is not None and name[0] not in "#-":
                self.scope.set(name, Value(None, frame.arguments[source].flags), self._blocks)


_WORDS = frozenset(("true", "false", "null", "self", "parent", "static", "php_eol", "e_all"))
_STATICS = frozenset(("closure::fromcallable", "ffi::cdef", "ffi::load"))
_HANDLERS = {
    "as": Machine._as, "function": Machine._function, "fn": Machine._function, "class": Machine._class_word,
    "interface": Machine._class_word, "trait": Machine._class_word, "new": Machine._new, "global": Machine._global,
    "instanceof": Machine._instanceof, "use": Machine._use,
}
_HANDLERS.update((word, Machine._anew) for word in _BEGIN_ANEW)
_HANDLERS.update((word, Machine._branch) for word in _BRANCHES)


def _item(base, key):
    """What lies under a key of a list, or a character of a string."""
    if base.items is not None and key.text in base.items:
        return base.items[key.text]
    flags = base.flags
    if base.items is not None and key.text is None:
        for item in list(base.items.values())[:64]:
            if item.function is not None or item.text and php.runs_things(item.text):
                return item
        return Value(None, flags, base.items)  # one of them
    if base.text is not None:
        position = number(key.text)
        if position is not None and -len(base.text) <= position < len(base.text):
            return Value(base.text[position], flags | JOINED)
    if flags & SERVER:
        flags &= ~SERVER
        if key.text is None or key.text.startswith(php.CLIENT_WRITES):
            flags |= REQUEST
        elif key.text in ("SCRIPT_FILENAME", "PHP_SELF", "SCRIPT_NAME"):
            flags |= SCRIPT_NAME
    elif flags & UPLOAD and key.text in ("name", "type"):
        flags |= REQUEST
    elif flags & GLOBALS and key.text in php.VARIABLES:
        return Value(None, php.VARIABLES[key.text])
    return Value(None, flags)


__all__ = ("Machine",)
