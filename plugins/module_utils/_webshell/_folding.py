# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Functions of PHP that decoders of hidden code are made of, done on constants; nothing else is ever worked out."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import base64
import binascii
import codecs
import re
import zlib
from collections import OrderedDict

from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._values import (
    COMPUTED, DECODED, JOINED, MAX_ITEMS, MAX_TEXT, Value, number,
)

_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
_PERCENT = re.compile(r"%([0-9a-fA-F]{2})")
_ENTITY = re.compile(r"&(?:#(\d{1,3})|#[xX]([0-9a-fA-F]{1,2})|(quot|lt|gt|amp|apos));")
_ENTITIES = {"quot": '"', "lt": "<", "gt": ">", "amp": "&", "apos": "'"}
_QUOTED = re.compile(r"=([0-9A-F]{2})")
_ESCAPED = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|(.))", re.S)


def _bytes(text):
    return text if isinstance(text, bytes) else text.encode("latin-1")


def _text(raw):
    return raw if isinstance(raw, str) else raw.decode("latin-1")


def base64_decoded(text):
    """As PHP: what is no letter of the alphabet is passed over."""
    text = _NOT_BASE64.sub("", text.replace("-", "+").replace("_", "/"))
    text = text[:len(text) - 1] if len(text) % 4 == 1 else text
    return _text(base64.b64decode(_bytes(text + "=" * (-len(text) % 4))))


def _inflated(text, window):
    """What a packed text holds, of at most MAX_TEXT characters: a bomb stays small."""
    try:
        return _text(zlib.decompressobj(window).decompress(_bytes(text), MAX_TEXT))
    except zlib.error:
        return None


def _hexadecimal(text):
    return _text(binascii.unhexlify(_bytes(text)))


def _rot13(text):
    return str(codecs.encode(text, "rot_13"))


def _unquoted(text):
    return _PERCENT.sub(lambda match: chr(int(match.group(1), 16)), text)


def _entity(match):
    decimal, hexadecimal, name = match.groups()
    return _ENTITIES[name] if name else chr((int(decimal) if decimal else int(hexadecimal, 16)) & 255)


def _substring(text, start="0", length=None):
    begin = int(start)
    begin = max(len(text) + begin, 0) if begin < 0 else begin
    end = len(text) if length is None else begin + int(length) if int(length) >= 0 else len(text) + int(length)
    return text[begin:end]


def _packed(form, *values):
    if form.startswith("H"):
        return _hexadecimal(values[0])
    if form[:1] in "Cc":
        return "".join(chr(int(value) & 255) for value in values)
    return None


def _translated(text, source, target):
    table = dict(zip(source, target))
    return "".join(table.get(character, character) for character in text)


def _unescaped(match):
    hexadecimal, octal, plain = match.groups()
    if plain:
        return {"n": "\n", "r": "\r", "t": "\t"}.get(plain, plain)
    return chr((int(hexadecimal, 16) if hexadecimal else int(octal, 8)) & 255)


def _formatted(form, *values):
    values = list(values)
    return re.sub(r"%(?:\d\$)?[sd]", lambda _match: values.pop(0) if values else "", form)


def _uudecoded(text):
    return "".join(_text(binascii.a2b_uu(_bytes(line))) for line in text.split("\n") if line and line[0] != "`")


def _base_converted(text, source, target):
    value = int(text, int(source))
    digits = ""
    while value:
        value, rest = divmod(value, int(target))
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits or "0"


# name: (function of texts, what the result is besides).
_FUNCTIONS = {
    "base64_decode": (lambda text, *_strict: base64_decoded(text), DECODED),
    "gzinflate": (lambda text, *_limit: _inflated(text, -15), DECODED),
    "gzuncompress": (lambda text, *_limit: _inflated(text, 15), DECODED),
    "gzdecode": (lambda text, *_limit: _inflated(text, 47), DECODED),
    "zlib_decode": (lambda text, *_limit: _inflated(text, 47), DECODED),
    "str_rot13": (_rot13, DECODED),
    "hex2bin": (_hexadecimal, DECODED),
    "convert_uudecode": (_uudecoded, DECODED),
    "quoted_printable_decode": (lambda text: _QUOTED.sub(lambda match: chr(int(match.group(1), 16)), text), DECODED),
    "urldecode": (lambda text: _unquoted(text.replace("+", " ")), DECODED),
    "rawurldecode": (_unquoted, DECODED),
    "html_entity_decode": (lambda text, *_more: _ENTITY.sub(_entity, text), DECODED),
    "htmlspecialchars_decode": (lambda text, *_more: _ENTITY.sub(_entity, text), DECODED),
    "stripcslashes": (lambda text: _ESCAPED.sub(_unescaped, text), DECODED),
    "strrev": (lambda text: text[::-1], COMPUTED),
    "chr": (lambda code: chr(int(code) % 256), COMPUTED),
    "pack": (_packed, COMPUTED),
    "strtr": (_translated, COMPUTED),
    "substr": (_substring, JOINED),
    "mb_substr": (_substring, JOINED),
    "ord": (lambda text: str(ord(text[0])), 0),
    "base_convert": (_base_converted, COMPUTED),
    "hexdec": (lambda text: str(int(text, 16)), 0),
    "octdec": (lambda text: str(int(text, 8)), 0),
    "bindec": (lambda text: str(int(text, 2)), 0),
    "dechex": (lambda text: "%x" % int(text), 0),
    "strtolower": (lambda text: text.lower(), 0),
    "strtoupper": (lambda text: text.upper(), 0),
    "lcfirst": (lambda text: text[:1].lower() + text[1:], 0),
    "ucfirst": (lambda text: text[:1].upper() + text[1:], 0),
    "trim": (lambda text, *_more: text.strip(), 0),
    "ltrim": (lambda text, *_more: text.lstrip(), 0),
    "rtrim": (lambda text, *_more: text.rstrip(), 0),
    "strval": (lambda text: text, 0),
    "stripslashes": (lambda text: text.replace("\\", ""), 0),
    "sprintf": (_formatted, JOINED),
    "str_repeat": (lambda text, times: text * int(times) if len(text) * int(times) < 4096 else None, 0),
    "bin2hex": (lambda text: _text(binascii.hexlify(_bytes(text))), 0),
}


def folded(name, arguments, work):
    """The `Value` of a function called with constants, or None when it isn't known."""
    if name in _LISTS:
        return _LISTS[name](arguments)
    if name not in _FUNCTIONS or not arguments:
        return None
    texts = [argument.text for argument in arguments]
    if None in texts or not work.pays(sum(len(text) for text in texts)):
        return None
    function, flags = _FUNCTIONS[name]
    try:
        text = function(*texts)
    except (ValueError, TypeError, IndexError, OverflowError, binascii.Error):
        return None
    if text is None or not work.pays(len(text)):
        return None
    for argument in arguments:
        flags |= argument.flags
    return Value(text, flags)


def decodes(name):
    """What the result of a function is besides, when its arguments aren't constant."""
    return _FUNCTIONS[name][1] if name in _FUNCTIONS else 0


def _imploded(arguments):
    lists = [argument for argument in arguments if argument.items]
    glue = [argument.text for argument in arguments if argument.text is not None]
    if not lists:
        return None
    texts = [item.text for item in lists[0].items.values()]
    if None in texts or sum(len(text) for text in texts) > MAX_TEXT >> 4:
        return None
    return Value((glue or [""])[0].join(texts), lists[0].flags | JOINED)


def _exploded(arguments):
    if len(arguments) < 2 or not arguments[0].text or arguments[1].text is None or len(arguments[1].text) > MAX_TEXT >> 4:
        return None
    pieces = arguments[1].text.split(arguments[0].text)[:MAX_ITEMS]
    flags = arguments[1].flags | JOINED
    return Value(None, flags, OrderedDict((str(key), Value(piece, flags)) for key, piece in enumerate(pieces)))


def _split(arguments):
    text = arguments[0].text if arguments else None
    size = number(arguments[1].text) if len(arguments) > 1 else 1
    if text is None or not size or size < 1 or len(text) // size > MAX_ITEMS:
        return None
    flags = arguments[0].flags | JOINED
    pieces = [text[start:start + size] for start in range(0, len(text), size)]
    return Value(None, flags, OrderedDict((str(key), Value(piece, flags)) for key, piece in enumerate(pieces)))


def _replaced(arguments):
    """str_replace: one text, or a list of them, for another."""
    if len(arguments) < 3 or arguments[2].text is None or len(arguments[2].text) > MAX_TEXT >> 2:
        return None
    old, new = arguments[0], arguments[1]
    if new.text is None:
        return None
    olds = [old] if old.text is not None else list((old.items or {}).values())
    text = arguments[2].text
    for item in olds[:64]:
        if item.text:
            if len(new.text) > len(item.text) and text.count(item.text) * len(new.text) > MAX_TEXT:
                return None
            text = text.replace(item.text, new.text)
    return Value(text, arguments[2].flags | (COMPUTED if olds and not new.text else JOINED))


def _range(arguments):
    ends = [argument.text for argument in arguments[:2]]
    if len(ends) < 2 or not all(ends):
        return None
    first, last = (number(end) if number(end) is not None else None for end in ends)
    if first is None and len(ends[0]) == len(ends[1]) == 1:
        texts = [chr(code) for code in range(ord(ends[0]), ord(ends[1]) + 1)]
    elif first is not None and last is not None and 0 <= last - first < MAX_ITEMS:
        texts = [str(one) for one in range(first, last + 1)]
    else:
        return None
    return Value(None, JOINED, OrderedDict((str(key), Value(text, JOINED)) for key, text in enumerate(texts)))


def _mapped(arguments):
    """array_map of a name that folds over a constant list."""
    if len(arguments) != 2 or not arguments[0].text or not arguments[1].items:
        return None
    function, flags = _FUNCTIONS.get(arguments[0].text.lower(), (None, 0))
    if function is None:
        return None
    items, total = OrderedDict(), 0
    for key, item in arguments[1].items.items():
        try:
            items[key] = Value(function(item.text), item.flags | flags)
            total += len(items[key].text)
        except (ValueError, TypeError, IndexError, AttributeError, OverflowError, binascii.Error):
            return None
        if total > MAX_TEXT:
            return None
    return Value(None, arguments[1].flags | flags, items)


def _reversed(arguments):
    items = arguments[0].items if arguments else None
    if not items:
        return None
    return Value(None, arguments[0].flags, OrderedDict((str(key), item) for key, item in enumerate(list(items.values())[::-1])))


_LISTS = {
    "implode": _imploded, "join": _imploded, "explode": _exploded, "str_split": _split, "str_replace": _replaced,
    "str_ireplace": _replaced, "array_map": _mapped, "array_reverse": _reversed, "range": _range,
}

_RUNNERS = (
    "system", "exec", "shell_exec", "passthru", "popen", "proc_open", "assert", "eval", "create_function", "pcntl_exec",
    "call_user_func", "call_user_func_array", "child_process", "os.system", "subprocess", "execSync", "spawnSync",
    "java.lang.Runtime", "java.lang.ProcessBuilder", "php://input", "_POST", "_REQUEST", "/bin/sh", "/bin/bash", "cmd.exe",
)


def _ways_to_hide(name):
    """Texts that are `name` for whoever decodes them, as far as nobody writes them for another reason."""
    raw = _bytes(name)
    encoded = _text(base64.b64encode(raw))
    ways = [encoded, encoded.rstrip("="), _text(base64.b64encode(raw.upper())), _text(binascii.hexlify(raw))]
    if len(name) > 5 and name.replace("_", "").isalpha():
        ways += [name[::-1], _rot13(name), _text(base64.b64encode(raw[::-1])), encoded[::-1]]
    return [way for way in ways if len(way) > 5]


HIDDEN_NAMES = frozenset(way for name in _RUNNERS for way in _ways_to_hide(name))

__all__ = ("HIDDEN_NAMES", "base64_decoded", "decodes", "folded")
