# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What a call in a PHP script does with the values that it is given."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell import _php_language as php
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._folding import HIDDEN_NAMES, base64_decoded, folded
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._scopes import positions_in
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._shell import FETCH_AND_RUN, REVERSE_SHELL
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._values import (
    CHECKED, COMPUTED, DECODED, FILE, JOINED, PARAMETERS, PICTURE_NAME, REMOTE, REQUEST, SCRIPT_ENDINGS, SCRIPT_NAME, STREAM, TEMPORARY, UNKNOWN,
    UPLOAD, Value, WRAPPED, either, is_unknown, source_of,
)

MAX_LAYERS = 64
MAX_LAYER = 1 << 20
MAX_QUERY = 4096
MAX_SERVED = 8
MAX_METHODS = 256
LAMBDA = "__lambda_"
MIN_NAME = 3  # a name that is shorter was made in a loop, which isn't run here
_DANGEROUS = (php.CODE, php.COMMAND)
_RUN = frozenset(_DANGEROUS)
_HIDDEN = JOINED | COMPUTED | DECODED
_RUNS = re.compile(r"\b(?:eval|assert|system|exec|passthru|popen|create_function)|\$_(?:GET|POST|REQUEST|COOKIE)\b", re.I)
_SHELL_TEXT = re.compile(
    r"<\?.{0,200}?\b(?:eval|assert|system|exec|shell_exec|passthru|popen|include|call_user_func|file_put_contents)"
    r"\s{0,9}\(.{0,80}?\$_(?:GET|POST|REQUEST|COOKIE|SERVER)\b", re.I | re.S
)
_STYLESHEET_CALL = re.compile(r":function(?:String)?\s{0,9}\(\s{0,9}\\?['\"](?:assert|system|exec|passthru|shell_exec|popen)\b", re.I)
_QUERY_WRITES = re.compile(
    r"\binto\s{1,9}(?:out|dump)file\b[^;]{0,300}\.(?:php|phtml|jsp|asp)|\b(?:general_log|slow_query_log)_file\s{0,9}=[^;]{0,200}\.php", re.I
)
_HANDLERS = re.compile(r"x-httpd-php|auto_(?:ap|pre)pend_file|cgi-script|application/x-lsphp", re.I)
_PICTURES = (".ico", ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".svg", ".webp", ".css", ".ttf", ".woff")
_IN_PICTURE = re.compile(
    r"(?:phar|zip|rar|compress\.\w{1,9})://.*\.(?:ico|png|jpe?g|gif|bmp|webp|ttf)\b|php://filter/"
    r"|(?!phar|file|vfs|https?|ftp|data|php|zip|compress)\w+://"
)
_EVAL_MODIFIER = re.compile(r"^\s*([^\w\s\\]).*?([^\w\s\\])[a-zA-Z]*e[a-zA-Z]*\s*\Z", re.S)
_PATH_OF = {"file_put_contents": (0, 1), "fwrite": (0, 1), "fputs": (0, 1), "->fwrite": (0, 1), "gzwrite": (0, 1)}
_SHELLS = re.compile(
    r"(?:^|/|\s)(?:ba|da|k|z|c|tc)?sh(?:\.exe)?(?:\s+-[a-z]*[ic]|\s*$)|cmd(?:\.exe)?(?:\s+/[cq]|\s*$)|powershell|/dev/tcp/", re.I
)
_SCHEDULES = re.compile(r"/var/spool/cron|/etc/(?:cron|profile|rc\.|init|systemd|ld\.so\.preload)|.{0,200}/\.(?:bash|profile)")
_HIDING_PLACES = ("/tmp/", "/var/tmp/", "/dev/shm/", "/var/log/", "/proc/")


class Layer:
    """Code that a script would make and run: `text`, whether tags are around it, and where it is made."""

    def __init__(self, text, in_code, position):
        self.text = text
        self.in_code = in_code
        self.position = position


class Calls:
    """Judges the calls that a `Machine` meets; each returns the `Value` of the call."""

    def __init__(self, machine):
        self._machine = machine
        self._facts = machine.facts
        self.layers = []
        self._handlers = []
        self._checks_uploads = False
        self._tokens = 0  # of the text that strtok takes apart

    def string(self, text):
        """A constant in the script."""
        if len(text) > 400 and not _SPACES.search(text, 0, 400):
            self._facts.add("blob", self._machine.position)
        elif len(text) < 64 and _SHELLS.search(text):
            self._facts.add("shell_name", self._machine.position)
        elif "LD_PRELOAD" in text[:64]:
            self._facts.add("preload_name", self._machine.position)
        elif "/etc/passwd" in text[:4096]:
            self._facts.add("passwd_name", self._machine.position)
        if text in HIDDEN_NAMES:
            self._facts.add("hidden_name", self._machine.position)
        elif text == "administrator":
            self._facts.add("administrator_name", self._machine.position)
        elif "ProxyCommand" in text[:200]:
            self._facts.add("proxy_command", self._machine.position)
        if "file" in text[:MAX_QUERY].lower() and _QUERY_WRITES.search(text[:MAX_QUERY]):
            self._facts.add("query_drop", self._machine.position)
        if "<?" in text and _SHELL_TEXT.search(text[:MAX_LAYER]) or text.startswith("#!") and "QUERY_STRING" in text:
            self._facts.add("shell_text", self._machine.position)
        if "php.net/xsl" in text and _STYLESHEET_CALL.search(text):
            self._facts.add("stylesheet_code", self._machine.position)

    def call(self, name, arguments, position):
        """A function by its name, in lower case; ``new x`` makes an object, ``x::y`` is static."""
        function = self._machine.functions.get(name)
        if function is not None:
            self._mention(function, arguments, position)
            return self._apply(function, [argument.flags for argument in arguments], position)
        if name in _CHECKS and _flags(arguments) & (UPLOAD | PARAMETERS):
            self._checks_uploads = True
        if name in _SPECIAL:
            _SPECIAL[name](self, name, arguments, position)
        elif name in php.SINKS:
            self._sink(name, arguments, position)
        if name in php.CALLBACKS:
            self._callback(name, arguments, position)
        if name in php.SERVES_FUNCTIONS:
            self._serve(arguments, position)
        if name in ("trigger_error", "user_error"):
            for function in self._handlers:
                self._apply(function, [0, _flags(arguments)], position)
        if name in php.GATES and any(argument.flags & REQUEST for argument in arguments):
            self._facts.add("gate", position)
        return self._result(name, arguments, position)

    def _mention(self, function, arguments, position):
        """What nothing is known of, and names of what runs things, given to a function of the script."""
        for parameter, argument in enumerate(arguments):
            if argument.text and argument.flags & _HIDDEN and php.runs_things(argument.text):
                self._facts.add("hidden_name", position)
            for sink in function.sinks.get(parameter, frozenset()) & _RUN if is_unknown(argument) else ():
                self._facts.add(sink + ".unknown", position)

    def method(self, name, base, arguments, position):
        """A method; which class it is of isn't known."""
        function = self._machine.functions.get(name)
        if function is not None:
            return self._apply(function, [argument.flags for argument in arguments], position)
        if name in ("->bind", "->bindto", "->fromcallable"):
            return ([value for value in [base] + arguments if value.function is not None] or [UNKNOWN])[0]
        if name in ("->invoke", "->invokeargs", "->__invoke", "->call"):
            return self._invoke(base, arguments, position)
        if name in ("->newinstance", "->newinstanceargs") and base.text:
            return self.call("new " + base.text.lower(), arguments, position)
        if name == "->getmethod" and arguments and arguments[0].text:
            return Value(None, 0, None, self._machine.functions.get("->" + arguments[0].text.lower()))
        if base.text == "component" and arguments:
            self._reach(php.COMMAND, _flags(arguments), position)
        if name in php.SINKS:
            self._sink(name, arguments, position)
        if name in php.CALLBACKS:
            self._callback(name, arguments, position)
        if base.text == "server" and name in php.SERVES_FUNCTIONS:
            self._serve(arguments, position)
        elif base.text == "server" and name in php.SERVES_METHODS:
            self._apply_methods([REQUEST] * MAX_SERVED, position)
        if name in ("->display", "->fetch") and _flags(arguments) & REQUEST and _flags(arguments) & STREAM:
            self._reach(php.CODE, REQUEST, position)
        if name == "->open" and _flags(arguments[:1]) & UPLOAD:
            self._facts.add("unpack.upload", position)
        if any(self._runs_things(argument) for argument in arguments):
            self._facts.add("callback.dangerous", position)
        if name == "->":
            self._dynamic_method(base, arguments, position)
        elif "->__call" in self._machine.functions and php.runs_things(name[2:]):
            self._sink(name[2:], arguments, position)
        flags = base.flags & ~(PARAMETERS | WRAPPED) if name in _GIVES_BACK else 0
        return Value(None, flags | php.METHOD_SOURCES.get(name, 0))

    def _runs_things(self, value):
        """Whether a function without a name runs what it is given."""
        function = value.function
        if function is None and value.text and value.text.startswith(LAMBDA):
            function = self._machine.functions.get(value.text)
        return function is not None and any(sinks & _RUN for sinks in function.sinks.values())

    def _serve(self, arguments, position):
        """Functions that the client may call."""
        functions = self._machine.functions
        for argument in arguments:
            for item in [argument] + list((argument.items or {}).values())[:MAX_SERVED]:
                function = item.function or functions.get((item.text or "").lower())
                if function is not None:
                    self._apply(function, [REQUEST] * max(len(function.parameters), 1), position)

    def _apply_methods(self, flags, position):
        """Any method may be the one that is called."""
        for name, function in list(self._machine.functions.items())[:MAX_METHODS]:
            if name.startswith("->"):
                for parameter, sinks in list(function.sinks.items()):
                    for sink in sinks & _RUN if parameter < len(flags) else ():
                        self._arrive(sink, flags[parameter], position)

    def _invoke(self, base, arguments, position):
        """Of a method by reflection the first argument is the object, null where there is none."""
        if base.function is not None and len(arguments) > 1 and arguments[0].text is None and not arguments[0].flags:
            arguments = arguments[1:]
        return self.dynamic(base, arguments, position)

    def _dynamic_method(self, name, arguments, position):
        general = self._machine.functions.get("->__call") or self._machine.functions.get("->__callstatic")
        if general is not None:
            self._apply(general, [name.flags, _flags(arguments)], position)
        self._reach_in_function("method", name.flags)
        if name.flags & REQUEST:
            self._facts.add("method.request", position)
            if _flags(arguments) & REQUEST:
                self._apply_methods([argument.flags for argument in arguments], position)
                self._facts.add("method.request_both", position)

    def dynamic(self, callee, arguments, position):
        """What is called isn't a name but a value."""
        if callee.function is not None:
            return self._apply(callee.function, [argument.flags for argument in arguments], position)
        if callee.text:
            return self._by_text(callee, arguments, position)
        source = source_of(callee.flags)
        if source in ("request", "upload", "remote", "decoded", "computed"):
            self._reach("call", callee.flags, position)
            if _flags(arguments) & (REQUEST | UPLOAD):
                self._facts.add("call.%s_both" % source, position)
        elif callee.flags & PARAMETERS:
            self._reach("call", callee.flags, position)
            self._reach_in_function("call.argument", _flags(arguments))
            if len(positions_in(callee.flags)) > 1:
                self._call_of_unknown(arguments, position)
        elif callee.flags & FILE:
            self._facts.add("call.file", position)
        elif not callee.items:
            self._call_of_unknown(arguments, position)
        if callee.items:
            for item in callee.items.values():
                if item.flags & REQUEST:
                    self._facts.add("method.request", position)
        return Value(None, _flags(arguments) | _unpacked(callee, arguments))

    def _call_of_unknown(self, arguments, position):
        if any(argument.flags & REQUEST for argument in arguments):
            self._facts.add("call.unknown", position)

    def _by_text(self, callee, arguments, position):
        name = callee.text.lower().lstrip("\\")
        if len(name) > 64 or name in ("echo", "include", "require", "eval"):
            return UNKNOWN
        if php.runs_things(name) or name in php.DECODERS or name in php.CALLBACKS:
            if callee.flags & _HIDDEN:
                self._facts.add("hidden_name" if name not in php.DECODERS else "hidden_decoder", position)
            elif php.runs_things(name):
                self._facts.add("indirect_name", position)
        elif name not in self._machine.functions and (callee.flags & _HIDDEN or len(name) < MIN_NAME):
            self._call_of_unknown(arguments, position)
        value = self.call(name, arguments, position)
        return value if value.text is not None else Value(None, value.flags | _unpacked(callee, arguments))

    # -- what reaches what

    def _sink(self, name, arguments, position):
        group, positions = php.SINKS[name]
        chosen = arguments if positions is None else [arguments[i] for i in positions if i < len(arguments)]
        if group == php.CODE:
            for argument in chosen:
                # assert is run with expressions everywhere, and runs texts only.
                if name != "assert" or argument.text is not None or argument.flags & ~CHECKED:
                    self._code(argument, position)
        elif group == php.LOADED:
            self._load(chosen, position)
        else:
            if group == php.COMMAND:
                self._command(chosen, position)
            if group == "unserialize" and _flags(chosen) & REQUEST:
                self._machine.has_wild_properties = True
            if group == "mail_option" and _flags(chosen) & SCRIPT_NAME and _flags(arguments) & REQUEST:
                self._facts.add("mail_option.request", position)
            if group == "mail_option" and _flags(arguments[:1]) & _flags(arguments[2:3]) & REQUEST:
                self._facts.add("mail_all.request", position)
            self._reach(group, _flags(chosen), position)

    def _reach(self, group, flags, position):
        self._facts.add(group, position)
        source = source_of(flags)
        if source:
            self._facts.add(group + "." + source, position)
        self._reach_in_function(group, flags)

    def _reach_in_function(self, group, flags):
        function = self._machine.scope.function
        if function is not None and flags & PARAMETERS:
            function.reaches(group, flags)

    def _code(self, value, position):
        self._reach(php.CODE, value.flags, position)
        if value.text is not None:
            self._layer(value.text, True, position)
        elif is_unknown(value):
            self._facts.add("code.unknown", position)

    def _command(self, arguments, position):
        for argument in arguments:
            if is_unknown(argument):
                self._facts.add("command.unknown", position)
            if argument.text and argument.flags & (DECODED | COMPUTED):
                self._facts.add("command.hidden", position)
            if argument.text and REVERSE_SHELL.search(argument.text[:4096]):
                self._facts.add("reverse_shell", position)
            if argument.text and FETCH_AND_RUN.search(argument.text[:4096]):
                self._facts.add("command.fetched", position)

    def _load(self, arguments, position):
        value = arguments[0] if arguments else UNKNOWN
        flags = value.flags
        if flags & TEMPORARY and flags & (REQUEST | UPLOAD):
            self._facts.add("include.disguised", position)
        if flags & TEMPORARY:
            self._facts.add("include.temporary", position)
        if flags & REQUEST and flags & STREAM:
            self._facts.add("include.stream", position)
        elif flags & REQUEST and flags & WRAPPED and not flags & UPLOAD:
            self._facts.add("include.part", position)
            flags &= ~REQUEST
        self._reach(php.LOADED, flags & ~(FILE | COMPUTED | DECODED) if value.text is None else 0, position)
        if value.text:
            lower = value.text.lower()
            if lower.startswith(("data:", "php://input")) or lower.startswith(("http://", "https://", "ftp://")):
                self._facts.add("include.stream", position)
                encoded = value.text.partition(";base64,")[2]
                if encoded:
                    self._layer(base64_decoded(encoded), False, position)
            elif lower.endswith(_PICTURES) or lower.startswith(_HIDING_PLACES) or _IN_PICTURE.match(lower):
                self._facts.add("include.disguised", position)
        elif value.flags & PICTURE_NAME or value.flags & STREAM and not value.flags & (REQUEST | SCRIPT_NAME | PARAMETERS):
            self._facts.add("include.disguised", position)

    def _layer(self, text, in_code, position):
        if text.strip() and len(text) <= MAX_LAYER and len(self.layers) < MAX_LAYERS:
            self.layers.append(Layer(text, in_code, position))

    def _apply(self, function, flags, position):
        """Calls a function of the script; `flags` has one number an argument."""
        for parameter, sinks in list(function.sinks.items()):
            if parameter >= len(flags):
                continue
            for sink in list(sinks):
                self._arrive(sink, flags[parameter], position)
        self._apply_call(function, flags, position)
        returned = function.returns
        result = returned.flags & ~PARAMETERS
        for parameter in positions_in(returned.flags):
            if parameter < len(flags):
                result |= flags[parameter]
        return Value(returned.text, result, returned.items, returned.function)

    def _apply_call(self, function, flags, position):
        """A function that calls one of its arguments with another."""
        reached = [(sinks, flags[parameter]) for parameter, sinks in function.sinks.items() if parameter < len(flags)]
        if any("call.argument" in sinks and given & (REQUEST | UPLOAD) for sinks, given in reached):
            for source in [source_of(given & ~FILE) for sinks, given in reached if "call" in sinks]:
                if source:
                    self._facts.add("call.%s_both" % source, position)

    def _arrive(self, sink, flags, position):
        if sink.startswith("property:"):
            name = sink[9:]
            before = self._machine.properties.get(name, UNKNOWN)
            if flags & ~PARAMETERS & ~before.flags:
                self._machine.properties[name] = either(before, Value(None, flags & ~PARAMETERS))
            return
        if sink == "method" and flags & REQUEST:
            self._facts.add("method.request", position)
            self._apply_methods([flags] * MAX_SERVED, position)
        elif "." in sink:
            if source_of(flags):
                self._facts.add(sink, position)
            self._reach_in_function(sink, flags)
        elif flags:
            self._reach(sink, flags, position)

    def _callback(self, name, arguments, position):
        wanted = php.CALLBACKS[name]
        if wanted is None:
            chosen = list(arguments)
        elif -len(arguments) <= wanted < len(arguments):
            chosen = [arguments[wanted]]
        else:
            return
        for value in chosen:
            others = 0
            for argument in arguments:
                others |= argument.flags if argument is not value else 0
            if name == "set_error_handler" and value.function is not None and len(self._handlers) < 16:
                self._handlers.append(value.function)
            self._called_back(name, value, others, position)
            items = list(value.items.values())[:16] if value.items else []
            if len(items) == 2 and items[1].text:
                items.append(Value(None, 0, None, self._machine.functions.get("->" + items[1].text.lower())))
            for item in items:
                self._called_back(name, item, others, position)

    def _called_back(self, name, value, others, position):
        function = value.function
        if function is None and value.text:
            lower = value.text.lower().lstrip("\\")
            function = self._machine.functions.get(lower)
            group = php.SINKS.get(lower, ("",))[0]
            if group in _DANGEROUS or lower in ("call_user_func", "call_user_func_array"):
                self._facts.add("callback.dangerous", position)
                if value.flags & _HIDDEN:
                    self._facts.add("hidden_name", position)
                self._reach(group or php.CODE, others, position)
        if function is not None:
            self._apply(function, [others] * max(len(function.parameters), 1), position)
        elif value.text is None:
            flags = value.flags & ~(FILE | UPLOAD)
            if flags & REQUEST and name.startswith("filter_") and not value.items:
                return
            if source_of(flags) and not value.items:
                self._reach("callback", flags, position)
                if flags & REQUEST and others & REQUEST:
                    self._facts.add("callback.request_both", position)
            elif flags & PARAMETERS and not value.items:
                self._reach("callback", flags, position)

    # -- functions with their own rules

    def _preg_replace(self, name, arguments, position):
        pattern = arguments[0] if arguments else UNKNOWN
        texts = [pattern] + list((pattern.items or {}).values())[:16]
        is_eval = any(text.text and _EVAL_MODIFIER.match(text.text[-4096:]) and _is_closed(text.text) for text in texts)
        if is_eval and name.startswith("preg"):
            self._facts.add("preg_eval", position)
            for argument in arguments[1:3]:
                self._code(argument, position)
        elif pattern.flags & _flags(arguments[1:2]) & (REQUEST | FILE):
            self._facts.add("pattern.request" if pattern.flags & REQUEST else "pattern.file", position)

    def _create_function(self, name, arguments, position):
        """Becomes a function with a name, so that what it does with its arguments is known at its calls."""
        self._sink(name, arguments, position)
        if len(arguments) > 1 and arguments[0].text is not None and arguments[1].text is not None:
            self._layer("function %s%d(%s){%s}" % (LAMBDA, position, arguments[0].text, arguments[1].text), True, position)

    def _mb_replace(self, _name, arguments, position):
        if len(arguments) > 3 and arguments[3].text and "e" in arguments[3].text:
            self._facts.add("preg_eval", position)
            self._code(arguments[1], position)

    def _write(self, name, arguments, position):
        where, what = _PATH_OF[name]
        path = arguments[where] if len(arguments) > where else UNKNOWN
        content = arguments[what] if len(arguments) > what else UNKNOWN
        self._facts.add("write", position)
        self._reach_in_function("write_path", path.flags)
        self._reach_in_function("write_content", content.flags)
        is_script = _is_script(path)
        source = source_of(content.flags & ~FILE) if content.text is None or content.flags & DECODED else None
        if path.flags & REQUEST:
            self._facts.add("write_path.request", position)
            if source:
                self._facts.add("drop." + source, position)
        if source:
            self._facts.add("write_content." + source, position)
            if is_script:
                self._facts.add("drop_script." + source, position)
        if is_script and content.text and _HANDLERS.search(content.text[:MAX_LAYER]):
            self._facts.add("drop_settings", position)
        if path.text and content.text and _SCHEDULES.match(path.text):
            self._command([content], position)
        if content.text and "<?" in content.text:
            self._layer(content.text, False, position)
            if _RUNS.search(content.text[:MAX_LAYER]):
                self._facts.add("drop_script.code", position)

    def _upload(self, name, arguments, position):
        if len(arguments) < 2:
            return
        source, path = arguments[0], arguments[1]
        if name == "copy" and not source.flags & UPLOAD:
            if source.flags & (REQUEST | REMOTE) or (source.text or "").lower().startswith("http"):
                self._facts.add("fetch.request" if source.flags & REQUEST else "fetch", position)
                if path.flags & REQUEST or _is_script(path):
                    self._facts.add("drop.remote", position)
            self._reach("rename", path.flags | source.flags, position)
            return
        self._facts.add("upload", position)
        if self._checks_uploads:
            return
        if path.flags & (UPLOAD | REQUEST):
            self._facts.add("upload.named", position)
        self._reach_in_function("upload.named", path.flags)
        if _is_script(path) and not path.flags & (UPLOAD | REQUEST):
            self._facts.add("drop_script.upload", position)

    def _extract(self, name, arguments, _position):
        if arguments and arguments[0].flags & REQUEST:
            self._machine.scope.is_wild = True
            if name == "parse_str" and len(arguments) > 1:
                self._machine.scope.is_wild = False

    def _define(self, _name, arguments, _position):
        if len(arguments) > 1 and arguments[0].text:
            self._machine.constants[arguments[0].text] = arguments[1]

    def _ini_set(self, _name, arguments, position):
        if arguments and arguments[0].text in ("auto_prepend_file", "auto_append_file", "disable_functions", "open_basedir"):
            self._facts.add("setting.loader", position)
        elif len(arguments) > 1 and arguments[0].text == "error_log" and _is_script(arguments[1]):
            self._facts.add("log_script", position)

    # -- results

    def _result(self, name, arguments, position):
        value = folded(name, arguments, self._machine.work)
        if value is not None:
            if value.flags & DECODED and value.text and len(value.text) > 12 and _RUNS.search(value.text[:MAX_LAYER]):
                self._facts.add("hidden_code", position)
            return value
        if name == "eval" and arguments and arguments[0].text and _RUNS.search(arguments[0].text[:MAX_LAYER]):
            return Value(None, REQUEST)  # what it returns
        if name == "strtok" and len(arguments) > 1:
            self._tokens = _flags(arguments)
        elif name == "strtok":
            return Value(None, self._tokens)
        text = "%s%d" % (LAMBDA, position) if name == "create_function" else self._kept_text(name, arguments)
        function = self._machine.invokable.get(name[4:]) if name.startswith("new ") else None
        if name == "new reflectionmethod" and arguments and arguments[-1].text:
            function = self._machine.functions.get("->" + arguments[-1].text.rpartition("::")[2].lower())
        return Value(text, self._result_flags(name, arguments), None, function)

    @staticmethod
    def _kept_text(name, arguments):
        """A handle stands for the path that it was opened with; an object for what it was made of."""
        if name in _KEEP_TEXT and arguments:
            return arguments[0].text
        if name in ("new soapserver", "xmlrpc_server_create"):
            return "server"
        if name in ("ffi::cdef", "ffi::load"):
            return "component"
        if name == "new com" and arguments and "shell" in (arguments[0].text or "shell").lower():
            return "component"
        return None

    @staticmethod
    def _result_flags(name, arguments):
        carried = _flags(arguments)
        flags = carried if name in php.CARRIES else 0
        if name == "dirname":
            flags &= ~(SCRIPT_NAME | PICTURE_NAME)
        if name in php.SOURCES:
            flags |= php.SOURCES[name]
        text = arguments[0].text.lower() if arguments and arguments[0].text else ""
        if name in ("file_get_contents", "fopen", "file", "stream_get_contents", "readfile", "new splfileobject"):
            if text.startswith(php.REQUEST_STREAMS):
                flags = REQUEST
            elif text.startswith(("http://", "https://", "ftp://")):
                flags = REMOTE
            elif name != "fopen":
                # The name of a file isn't what is in it; but an address that the client gives is as good as its own text.
                flags = FILE | (UPLOAD if carried & UPLOAD else 0) | (REMOTE if carried & (REQUEST | REMOTE) else 0) \
                    | carried & PARAMETERS
        elif name == "getenv":
            flags = REQUEST if arguments and (arguments[0].text or "").startswith(php.CLIENT_WRITES) \
                and arguments[0].text != "HTTP_PROXY" else 0
        if name in php.RESULT_FLAGS:
            flags |= php.RESULT_FLAGS[name]
        if name in php.CHECKS:
            flags |= CHECKED
        return flags


def _flags(values):
    flags = 0
    for value in values:
        flags |= value.flags
    return flags


def _unpacked(callee, arguments):
    """What comes out of a function with a hidden name that is given a constant."""
    return COMPUTED if callee.flags & _HIDDEN and any(len(argument.text or "") > 15 for argument in arguments) else 0


def _is_closed(pattern):
    """Whether the delimiters of a pattern belong together."""
    pattern = pattern.strip()
    opening = pattern[:1]
    closing = {"(": ")", "[": "]", "{": "}", "<": ">"}.get(opening, opening)
    modifiers = pattern[1:].rpartition(closing)[2]
    return closing in pattern[1:] and "e" in modifiers and modifiers.strip().isalpha()


def _is_script(path):
    """Whether something is written under the name of a script."""
    return path.flags & SCRIPT_NAME != 0 if path.text is None else path.text.lower().endswith(SCRIPT_ENDINGS)


# What looks at the kind of an upload; whoever accepts any kind doesn't.
_CHECKS = frozenset((
    "pathinfo", "in_array", "exif_imagetype", "getimagesize", "mime_content_type", "finfo_file", "array_key_exists",
))
_SPACES = re.compile(r"\s")
_KEEP_TEXT = frozenset(("fopen", "new splfileobject", "new reflectionfunction", "new reflectionclass", "closure::fromcallable"))
_GIVES_BACK = frozenset((
    "->getarraycopy", "->current", "->offsetget", "->get", "->__tostring", "->getcontents", "->fread", "->fgets",
))
_SPECIAL = {
    "preg_replace": Calls._preg_replace, "preg_filter": Calls._preg_replace, "mb_ereg_replace": Calls._mb_replace,
    "mb_eregi_replace": Calls._mb_replace, "move_uploaded_file": Calls._upload, "copy": Calls._upload,
    "create_function": Calls._create_function, "extract": Calls._extract, "parse_str": Calls._extract,
    "import_request_variables": Calls._extract,
    "mb_parse_str": Calls._extract, "define": Calls._define, "ini_set": Calls._ini_set, "ini_alter": Calls._ini_set,
}
_SPECIAL.update((name, Calls._write) for name in _PATH_OF)

__all__ = ("Calls", "Layer")
