# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What names mean in programs that servers run: where values come from, what runs them, what lets nothing through.

Names are in small letters. ``a.b`` is the member b of something called a, ``b`` any function or member of that name.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._code_tokens import BASIC, C_LIKE, PERL, PYTHON
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._values import FILE, REMOTE, REQUEST, SERVER

_IMPORTED = re.compile(r"(\w{1,80})(?:\s{0,9}(?::|\bas\b)\s{0,9}(\w{1,80}))?")
CLIENT_WRITES = ("HTTP_", "QUERY_STRING", "REQUEST_URI", "PATH_INFO", "wsgi.input", "CONTENT_")


class Language:
    """`style` of its tokens; `handlers`: what is given functions that get the request, or decorates them;
    `modules`: every function of them runs commands; `loads`: what gives a module by its name;
    `calls_only`: sources that say nothing as names of variables; `collects`: methods that add to their object;
    `imports`: a pattern with ``names`` and ``module`` of statements that do; `sources`, `sinks`, `decoders` by name; `safe`
    lets nothing of its arguments through;
    `results`: (position of the source, position of the first variable that gets it) by function; `bare`: functions may be
    called without brackets; `names`: texts that name what runs things;
    `functions`: sinks that are never members; `console`: sources only in programs that answer a server."""

    def __init__(self, style, sources, sinks, safe, decoders, names, bare=False, results=(), functions="", console="",
                 handlers="", modules="", loads="", imports=None,
                 collects="", calls_only=""):
        self.style = style
        self.sources = sources
        self.sinks = sinks
        self.safe = frozenset(safe.split())
        self.decoders = decoders
        self.names = frozenset(names.split())
        self.bare = bare
        self.results = dict(results)
        self.functions = frozenset(functions.split())
        self.console = frozenset(console.split())
        self.handlers = frozenset(handlers.split())
        self.modules = frozenset(modules.split())
        self.loads = frozenset(loads.split())
        self.calls_only = frozenset(calls_only.split())
        self.collects = frozenset(collects.split())
        self._imports = imports and re.compile(imports, re.M)

    def imported(self, text):
        """(name, module) of what a program takes out of `modules`, under the names that it gives them."""
        for found in self._imports.finditer(text) if self._imports else ():
            for name, other in _IMPORTED.findall(found.group("names")):
                yield (other or name).lower(), found.group("module")


def _groups(**groups):
    """{name: group} from group="name name ..."."""
    return dict((name, group) for group, names in groups.items() for name in names.split())


_FILES_OF_JAVA = _groups(
    write_path="fileoutputstream filewriter printwriter randomaccessfile files.newoutputstream files.newbufferedwriter filehandler",
    drop="files.write files.copy files.writestring", write_content="write append println transferto info warning severe",
    delete="delete deleteonexit files.delete", rename="renameto files.move", list="listfiles", folder="mkdir mkdirs",
    read="fileinputstream filereader files.readallbytes",
)
JAVA = Language(
    C_LIKE,
    dict.fromkeys("request req param paramvalues header headervalues cookie httpservletrequest".split(), REQUEST),
    dict(_FILES_OF_JAVA, **_groups(
        command="exec processbuilder command", code="eval evaluate parseexpression createvalueexpression compile",
        load="defineclass defineanonymousclass urlclassloader loadclass", call="invoke invokeexact",
        unserialize="readobject", connect="socket socketchannel.open serversocket", query="executequery executeupdate",
    )),
    "equals equalsignorecase length size isempty parseint parselong getsession getcontextpath getattribute"
    " getrealpath getremoteaddr getremotehost getmethod getservletcontext getservername getserverport getlocale"
    " contains indexof startswith endswith matches getrequestdispatcher isuserinrole getuserprincipal getremoteuser"
    " getauthtype getscheme issecure setattribute removeattribute getservletpath getcharacterencoding"
    " setcharacterencoding getcontentlength getcontenttype valueof hashcode getattributenames getparameternames"
    " getheadernames println print setheader addcookie encodeurl",
    {"decode": "base64_decode", "decodebuffer": "base64_decode", "parsebase64binary": "base64_decode"},
    "java.lang.runtime runtime exec getruntime java.lang.processbuilder processbuilder defineclass"
    " java.lang.processimpl processimpl java.lang.unixprocess forkandexec start eval",
    results=(("read", (-1, 0)), ("readfully", (-1, 0))), collects="write append put add",
)
_DOT_NET = _groups(
    command="process.start processstartinfo exec run shellexecute invokemethod start arguments= filename=",
    code="eval execute executeglobal executestatement compileassemblyfromsource", load="assembly.load load loadfrom",
    call="invoke", drop="writealltext writeallbytes appendalltext file.writealllines createtextfile", upload="saveas",
    write_path="streamwriter filestream savetofile opentextfile", write_content="write writeline writetext",
    delete="file.delete directory.delete deletefile deletefolder", rename="file.move file.copy movefile copyfile",
    list="getfiles getdirectories getfolder directoryinfo", read="readalltext readallbytes readalllines loadfromfile",
    folder="createdirectory createfolder", connect="tcpclient socket", query="oledbcommand sqlcommand",
    unserialize="deserialize",
)
_DOT_NET_SAFE = (
    "length count isnullorempty isnullorwhitespace parse toint32 cint clng equals contains startswith endswith"
    " indexof len instr servervariables physicalapplicationpath physicalpath httpmethod requesttype contentlength"
    " totalbytes applicationpath userhostaddress isauthenticated redirect write compare tryparse isnumeric int32.parse"
    " browser urlreferrer contenttype"
)
C_SHARP = Language(
    C_LIKE, {"request": REQUEST}, _DOT_NET, _DOT_NET_SAFE, {"frombase64string": "base64_decode"},
    "system.diagnostics.process wscript.shell cmd.exe /c processstartinfo start unsafe",
    results=(("read", (-1, 0)),), handlers="webmethod httpget httppost httpput route",
)
BASIC_SCRIPT = Language(
    BASIC, {"request": REQUEST}, _DOT_NET, _DOT_NET_SAFE,
    {"frombase64string": "base64_decode", "strreverse": "strrev", "chr": "chr"}, "", bare=True,
)
PYTHON_SCRIPT = Language(
    PYTHON,
    dict(
        dict.fromkeys((
            "request fieldstorage rfile stdin raw_input input get_argument get_arguments get_body_argument get_query_argument"
            " get_cookie web.input"
        ).split(), REQUEST),
        **{
            "self.path": REQUEST, "self.headers": REQUEST, "environ": SERVER, "getenv": SERVER, "url" + "open": REMOTE,
            "requests.get": REMOTE, "recv": REMOTE, "open": FILE,
        }
    ),
    _groups(
        command="os.system system os.popen popen popen2 popen3 subprocess.popen subprocess.call subprocess.run"
        " subprocess.check_output check_output subprocess.check_call check_call getoutput getstatusoutput"
        " os.execl os.execv os.execve os.spawnl pty.spawn create_subprocess_shell dup2",
        code="eval exec execfile compile", unserialize="pickle.loads cpickle.loads marshal.loads yaml.load",
        connect="connect bind", delete="os.remove os.unlink shutil.rmtree os.rmdir", rename="os.rename shutil.move",
        mode="os.chmod", list="os.listdir os.walk", folder="os.mkdir os.makedirs",
    ),
    "len int float isinstance startswith endswith split_safe method path_safe get_full_path user session bool quote"
    " shlex.quote escape html.escape hash id type is_ajax is_secure build_absolute_uri get_host isdigit content_length",
    {"b64decode": "base64_decode", "decodestring": "base64_decode", "fromhex": "hex2bin", "unhexlify": "hex2bin",
     "decompress": "gzuncompress", "chr": "chr"},
    "os subprocess system popen commands pty eval exec builtins __builtins__ __import__",
    functions="eval exec execfile compile", console="stdin input raw_input self.path self.headers",
    handlers="route get post put patch delete api_route websocket", modules="subprocess commands popen2 pty",
    loads="__import__ import_module",
    imports=r"^[ \t]{0,40}(?:from\s{1,9}(?=\w{1,20}\s{1,9}import\b)|import\s{1,9}(?=\w{1,20}\s{1,9}as\b))"
            r"(?P<module>subprocess|commands|popen2|pty)\s{1,9}(?:import|as)\s{1,9}\(?(?P<names>[^)#;]{1,300}?)(?:\)|$)",
)
PERL_SCRIPT = Language(
    PERL,
    dict(dict.fromkeys("param STDIN stdin CGI cgi keywords url_param query_string postdata".split(), REQUEST), ENV=SERVER),
    _groups(
        command="system exec qx readpipe ipc.open3 open2 open3", code="eval", open="open", delete="unlink rmdir", rename="rename",
        mode="chmod", list="opendir", folder="mkdir", connect="socket connect io::socket::inet",
    ),
    "length int defined exists lc_safe scalar ref index md5_hex quotemeta header start_html url self_url escapehtml"
    " request_method content_length remote_addr server_name script_name",
    {"decode_base64": "base64_decode", "reverse": "strrev", "chr": "chr"},
    "system exec eval", bare=True, results=(("read", (0, 1)), ("sysread", (0, 1))), console="STDIN stdin",
    calls_only="param keywords url_param query_string postdata",
)
SCRIPT = Language(
    C_LIKE,
    dict.fromkeys("req request ctx".split(), REQUEST),
    _groups(
        command="child_process.exec cp.exec execsync spawnsync child_process.spawn cp.spawn execfilesync",
        code="eval function runinthiscontext runinnewcontext runincontext", connect="net.connect net.socket",
        drop="writefilesync writefile",
    ),
    "parseint number length includes startswith indexof test tostring_safe encodeuricomponent stringify log",
    {"atob": "base64_decode", "buffer.from": "base64_decode"}, "child_process", functions="eval function",
    handlers="createserver use all get post put patch delete route on", modules="child_process", loads="require",
    imports=r"(?P<names>\{[\w\s,:]{1,300}\}|\b\w{1,80})\s{0,9}(?:\bfrom\b|=\s{0,9}require\s{0,9}\()\s{0,9}"
            r"['\"](?:node:)?(?P<module>child_process)['\"]",
)

__all__ = ("BASIC_SCRIPT", "CLIENT_WRITES", "C_SHARP", "JAVA", "Language", "PERL_SCRIPT", "PYTHON_SCRIPT", "SCRIPT")
