# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What a file is: a script, and in which language, or a program, by its name and by its bytes."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re
import struct

HEAD = 4096  # bytes from the beginning of a file that are enough for everything here but `tag_in`
ELF, PE32, SHARED_OBJECT, SCRIPT, JAVA_ARCHIVE = "elf", "pe32", "shared_object", "script", "java_archive"
PROGRAMS = frozenset((ELF, PE32, SHARED_OBJECT))
_BY_NAME = {b".htaccess": "htaccess", b".user.ini": "user_ini"}
_BY_EXTENSION = dict((extension.encode("ascii"), language) for language, extensions in (
    ("php", "php php2 php3 php4 php5 php6 php7 php8 phps phtml phtm pht pgif phar inc ctp module install theme"),
    ("jsp", "jsp jspx jspf jspa jsw jsv jtml jhtml tag tagx war jar"),
    ("asp", "asp aspx asa asax ascx ashx asmx cer cdx cshtml vbhtml soap svc"),
    ("python", "py pyw wsgi pyc"),
    ("perl", "pl pm plx"),
    ("ruby", "rb rhtml erb ru"),
    ("shell", "sh bash ksh zsh"),
    ("lua", "lua"),
    ("go", "go"),
    ("js", "mjs cjs njs"),
    ("other", "cgi fcgi cfm cfml cfc shtml shtm stm tcl"),
) for extension in extensions.split())
# What a server may run wherever it stands among a name's extensions (AddHandler, old versions of IIS and nginx).
_ANYWHERE = frozenset(b"php php3 php4 php5 php7 php8 phtml pht phar asp aspx jsp jspx".split())
_COPIES = frozenset(b"bak backup dist old orig rpmnew rpmsave sample save swo swp tmp txt 1".split())
# What is only handed out.
_STATIC = frozenset((
    b"avi avif bmp css csv doc docx eot eps flv gif gz htm html ico jpeg jpg js json less map md mo mov mp3 mp4 mpg odt"
    b" ogg otf pdf png po pot ppt pptx psd rtf scss svg swf tar tif tiff ttf txt wav webm webp woff woff2 xls xlsx xml xsl"
    b" yaml yml zip"
).split())
_INTERPRETERS = re.compile(br"(?:.*/)?(?:(php)|(python|pypy|uwsgi)|(perl)|(ruby)|(lua)|(node|bun|deno)|((?:ba|da|k|z|a)?sh|busybox))")
_LANGUAGES = ("php", "python", "perl", "ruby", "lua", "js", "shell")
_SHEBANG = re.compile(br"(?:\xef\xbb\xbf)?#![ \t]*([^\s][^\r\n]{0,255})")
# Tags that no picture has by chance. PHP's short ones count only before something that is PHP.
_TAGS = (
    ("php", re.compile(
        br"<\?php[\s/#(]|<\?=\s{0,20}(?:\$[A-Za-z_]|`|@?[A-Za-z_]{3,30}\()"
        br"|<\?\s{1,20}(?:@?eval\b|@?system\b|@?assert\b|\$_[GPRCSF]|@?include\b|@?require)"
        br"|<script[^>]{1,100}language\s{0,5}=\s{0,5}[\"']?php",
        re.IGNORECASE,
    )),
    ("asp", re.compile(
        br"<%@?\s{0,20}(?:page|webhandler|webservice|control)\b[^%]{0,200}(?:c#|vb|jscript|codebehind|inherits|\.net)"
        br"|<%@\s{0,20}language\s{0,5}=\s{0,5}[\"']?(?:vb|jscript|c#)"
        br"|<%=?\s{0,20}(?:eval|execute|executeglobal|response\.|request[.(]|server\.|set\s|dim\s)"
        br"|<script[^>]{0,100}(?:runat\s{0,5}=\s{0,5}[\"']?server|language\s{0,5}=\s{0,5}[\"']?(?:vbscript|c#))",
        re.IGNORECASE,
    )),
    ("jsp", re.compile(
        br"<%@\s{0,20}(?:page|taglib|include)\s|<%!\s|<jsp:[a-z]"
        br"|<%=?\s{0,20}(?:Runtime|String|new\s|out\.|request\.|application\.|java\.|if\s?\()"
    )),
)
_SERVER_JS = re.compile(
    br"require\(\s{0,5}[\"'](?:node:)?(?:child_process|cluster|express|fs|http|https|koa|net|os|vm)[\"']\s{0,5}\)"
    br"|from\s{1,5}[\"'](?:node:[a-z]|(?:child_process|express|fs|http)[\"'])|\bprocess\.(?:argv|env|stdin)\b"
    br"|\bcreateServer\(|\(\s{0,5}req(?:uest)?\s{0,5},\s{0,5}res(?:p|ponse)?\s{0,5}[,)]"
)


def extensions_of(name):
    """The extensions of a name (bytes) in small letters, the last one first; ``php~`` counts as ``php``."""
    return [re.split(br"[^a-z0-9_]", part, maxsplit=1)[0] for part in name.lower().split(b".")[:0:-1]]


def language_by_name(name):
    """The language of a script by its name (bytes), or None. ``x.php.jpg`` and ``x.pl.bak`` are scripts, too."""
    known = _BY_NAME.get(name.lower())
    if known:
        return known
    extensions = extensions_of(name)
    for extension in extensions:
        if extension in _ANYWHERE:
            return _BY_EXTENSION[extension]
    while extensions and extensions[0] in _COPIES:
        extensions.pop(0)
    return _BY_EXTENSION.get(extensions[0]) if extensions else None


def is_static(name):
    """Whether a name says that its file is handed out as it is."""
    return extensions_of(name)[:1] != [] and extensions_of(name)[0] in _STATIC


def magic_of(head):
    """What the first `HEAD` bytes of a file make it: one of this module's constants, ``<language>_tag``, or None."""
    if head.startswith(b"\x7fELF"):
        return _elf_kind(head)
    if _is_pe(head):
        return PE32
    if _SHEBANG.match(head):
        return SCRIPT
    if head.startswith(b"PK\x03\x04") and (b"META-INF/" in head or b"WEB-INF/" in head):
        return JAVA_ARCHIVE
    language = tag_in(head)
    return language and language + "_tag"


def language_of(name, head):
    """The language of a script by its bytes, else by its name; None when it is no script."""
    shebang = _SHEBANG.match(head)
    if shebang:
        return _interpreted(shebang.group(1))
    known = language_by_name(name)
    if known is None and extensions_of(name)[:1] == [b"js"]:
        known = "js" if _SERVER_JS.search(head) else None
    # A picture's name says less than the tag in it, a script's name says more.
    return known or tag_in(head)


def tag_in(data):
    """The language of the first kind of script tag that is found anywhere in some bytes, or None."""
    if b"<" in data:
        for language, pattern in _TAGS:
            if pattern.search(data):
                return language
    return None


def _interpreted(command):
    """The language of a line after ``#!``; ``env`` and its options are passed over."""
    words = [word for word in command.split() if not word.startswith(b"-") and b"=" not in word]
    if words and words[0].rpartition(b"/")[2] == b"env":
        words.pop(0)
    match = _INTERPRETERS.match(words[0].lower()) if words else None
    return _LANGUAGES[match.lastindex - 1] if match else "other"


def _elf_kind(head):
    """A library is what can be loaded and names no loader of its own (elf(5))."""
    try:
        wide, order = head[4:5] == b"\x02", ">" if head[5:6] == b"\x02" else "<"
        kind, = struct.unpack_from(order + "H", head, 16)
        offset, = struct.unpack_from(order + ("Q" if wide else "I"), head, 32 if wide else 28)
        size, count = struct.unpack_from(order + "HH", head, 54 if wide else 42)
        if kind != 3:
            return ELF
        types = [struct.unpack_from(order + "I", head, offset + size * number)[0] for number in range(min(count, 64))]
    except (struct.error, OverflowError):  # an offset may be larger than any file
        return ELF
    return ELF if 3 in types else SHARED_OBJECT


def _is_pe(head):
    """A program for Windows: the header that the first one points to. A name that begins with MZ is none."""
    if not head.startswith(b"MZ") or len(head) < 64:
        return False
    offset, = struct.unpack_from("<I", head, 60)
    return head[offset:offset + 4] == b"PE\0\0"


__all__ = (
    "ELF", "HEAD", "JAVA_ARCHIVE", "PE32", "PROGRAMS", "SCRIPT", "SHARED_OBJECT", "extensions_of", "is_static",
    "language_by_name", "language_of", "magic_of", "tag_in",
)
