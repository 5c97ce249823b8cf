# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Apache configurations, and what httpd 2.4 makes of them."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

import pytest

from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.web_helpers import (
    files, hosts, paths, read_apache, text, unresolved,
)

# name: (configuration, expected); expected has any of: roots, aliases, scripts, logs, hosts, unresolved, files.
CORPUS = {
    "plain": ("DocumentRoot /srv/www\n", {"roots": ["/srv/www"]}),
    "directive names in any case": ("dOcUmEnTrOoT /srv/www\n", {"roots": ["/srv/www"]}),
    "indented in a host": (
        "<VirtualHost *:80>\n\t  DocumentRoot   /srv/indented\n</VirtualHost>\n",
        {"roots": ["/srv/indented"], "hosts": {"*:80": "/srv/indented"}},
    ),
    "quoted with spaces": (
        '<VirtualHost *:80>\nServerName a.test\nDocumentRoot "/srv/my web site"\n</VirtualHost>\n'
        "<VirtualHost *:80>\nServerName b.test\nDocumentRoot '/srv/other site'\n</VirtualHost>\n"
        "<VirtualHost *:80>\nServerName c.test\nDocumentRoot /srv/third\n</VirtualHost>\n",
        {
            "roots": ["/srv/my web site", "/srv/other site", "/srv/third"],
            "hosts": {"a.test:80": "/srv/my web site", "b.test:80": "/srv/other site", "c.test:80": "/srv/third"},
        },
    ),
    "quotes in quotes": ('DocumentRoot "/srv/a \\"b\\" c"\n', {"roots": ['/srv/a "b" c']}),
    "backslashes in quotes stay": ('DocumentRoot "/srv/a\\ b"\n', {"roots": ["/srv/a\\ b"]}),
    "quotes in the middle are plain": ("DocumentRoot /srv/a\"b\"\n", {"roots": ['/srv/a"b"']}),
    "a hash behind an argument is an argument": (
        "<VirtualHost *:80>\nServerName a.test\nServerAlias x # y\nDocumentRoot /srv/a # not a comment\n"
        "</VirtualHost>\n",
        {"roots": ["/srv/a"], "hosts": {"a.test:80": "/srv/a"}},
    ),
    "a hash in a path": ("DocumentRoot /srv/c#\n", {"roots": ["/srv/c#"]}),
    "commented out": (
        "# DocumentRoot /srv/old\n   #DocumentRoot /srv/older\nDocumentRoot /srv/new\n",
        {"roots": ["/srv/new"]},
    ),
    "a comment goes on behind a backslash": ("# all of this \\\nDocumentRoot /srv/swallowed\n", {"roots": []}),
    "continued lines": (
        "DocumentRoot \\\n  /srv/www\nAlias /x \\\n\t\t/srv/x\n",
        {"roots": ["/srv/www"], "aliases": ["/srv/x"]},
    ),
    "continued in a word": ("Document\\\nRoot /srv/www\n", {"roots": ["/srv/www"]}),
    "line ends of other systems": (
        "DocumentRoot /srv/www\\\r\n/a\r\nAlias /i /srv/i\r\n",
        {"roots": ["/srv/www/a"], "aliases": ["/srv/i"]},
    ),
    "no newline at the end": ("DocumentRoot /srv/www", {"roots": ["/srv/www"]}),
    "relative to ServerRoot": (
        'ServerRoot "/opt/httpd"\nDocumentRoot htdocs\nErrorLog logs/error_log\n',
        {"roots": ["/opt/httpd/htdocs"], "logs": ["/opt/httpd/logs/error_log"]},
    ),
    "the last root of a host counts": (
        "<VirtualHost *:80>\nServerName a\nDocumentRoot /srv/1\nDocumentRoot /srv/2\n</VirtualHost>\n",
        {"roots": ["/srv/2"], "hosts": {"a:80": "/srv/2"}},
    ),
    "hosts inherit from the main server, also from below": (
        "<VirtualHost *:80>\nServerName a\n</VirtualHost>\nDocumentRoot /srv/main\n",
        {"roots": ["/srv/main"], "hosts": {"a:80": "/srv/main"}},
    ),
    "hosts of many addresses": (
        "<VirtualHost 192.0.2.1:80 [2001:db8::1]:81 _default_:* localhost:99>\nServerName https://w.test:44\n"
        "DocumentRoot /srv/w\n</VirtualHost>\n",
        {"hosts": {"w.test:80": "/srv/w"}},
    ),
    "sections in sections": (
        "<IfModule !mod_nothing.c>\n<VirtualHost *:80>\n<Directory \"/srv/a b\">\nOptions Indexes\n</Directory>\n"
        "<If \"%{HTTP_HOST} == 'x' && 2 > 1\">\nSetHandler x\n</If>\nDocumentRoot /srv/a\n</VirtualHost>\n"
        "</IfModule>\n",
        {"roots": ["/srv/a"], "hosts": {"*:80": "/srv/a"}},
    ),
    "folders with Indexes are no roots": (
        "<Directory /usr/share>\nOptions Indexes\n</Directory>\n<Directory /srv/>\nOptions Indexes FollowSymLinks\n"
        "</Directory>\n",
        {"roots": []},
    ),
    "include of a pattern, relative": (
        {
            "/etc/httpd/conf/httpd.conf": "ServerRoot /etc/httpd\nInclude conf.d/*.conf\n",
            "/etc/httpd/conf.d/b.conf": "DocumentRoot /srv/b\n",
            "/etc/httpd/conf.d/a.conf": "Alias /a /srv/a\n",
            "/etc/httpd/conf.d/c.conf.rpmsave": "Alias /c /srv/c\n",
            "/etc/httpd/conf.d/.hidden.conf": "Alias /h /srv/h\n",
        },
        {
            "config": "/etc/httpd/conf/httpd.conf",
            "server_root": "/etc/httpd",
            "roots": ["/srv/b"],
            "aliases": ["/srv/a"],
            "files": ["/etc/httpd/conf/httpd.conf", "/etc/httpd/conf.d/a.conf", "/etc/httpd/conf.d/b.conf"],
        },
    ),
    "include of a folder, hidden files and folders below too": (
        {
            "/etc/apache2/apache2.conf": "Include inc.d\n",
            "/etc/apache2/inc.d/b.conf": "Alias /b /srv/b\n",
            "/etc/apache2/inc.d/.hidden": "Alias /h /srv/h\n",
            "/etc/apache2/inc.d/sub/a": "Alias /a /srv/a\n",
            "/etc/apache2/inc.d/Z": "Alias /z /srv/z\n",
        },
        {
            "aliases": ["/srv/a", "/srv/b", "/srv/h", "/srv/z"],
            "files": [
                "/etc/apache2/apache2.conf",
                "/etc/apache2/inc.d/.hidden",
                "/etc/apache2/inc.d/Z",
                "/etc/apache2/inc.d/b.conf",
                "/etc/apache2/inc.d/sub/a",
            ],
        },
    ),
    "include with patterns in folders": (
        {
            "/etc/apache2/apache2.conf": "Include /srv/*/vhost.d/[0-9]?-*.conf\n",
            "/srv/b/vhost.d/10-x.conf": "Alias /b /srv/b/htdocs\n",
            "/srv/a/vhost.d/20-x.conf": "Alias /a /srv/a/htdocs\n",
            "/srv/a/vhost.d/x.conf": "Alias /x /srv/x\n",
            "/srv/c/other/10-x.conf": "Alias /c /srv/c\n",
        },
        {
            "aliases": ["/srv/a/htdocs", "/srv/b/htdocs"],
            "files": ["/etc/apache2/apache2.conf", "/srv/a/vhost.d/20-x.conf", "/srv/b/vhost.d/10-x.conf"],
        },
    ),
    "links are followed by their own names": (
        {
            "/etc/apache2/apache2.conf": "IncludeOptional sites-enabled/*.conf\n",
            "/etc/apache2/sites-enabled/1.conf": "-> ../sites-available/x.conf",
            "/etc/apache2/sites-available/x.conf": "DocumentRoot /srv/x\n",
            "/etc/apache2/sites-available/y.conf": "DocumentRoot /srv/y\n",
        },
        {"roots": ["/srv/x"], "files": ["/etc/apache2/apache2.conf", "/etc/apache2/sites-enabled/1.conf"]},
    ),
    "include in a host": (
        {
            "/etc/apache2/apache2.conf": (
                "<VirtualHost *:80>\nServerName a\nInclude common.inc\n</VirtualHost>\n"
                "<VirtualHost *:81>\nServerName b\nInclude common.inc\n</VirtualHost>\n"
            ),
            "/etc/apache2/common.inc": "DocumentRoot /srv/common\n",
        },
        {"roots": ["/srv/common"], "hosts": {"a:80": "/srv/common", "b:81": "/srv/common"}},
    ),
    "nothing to include": (
        "IncludeOptional no.d/*.conf\nIncludeOptional /no/file.conf\nInclude neither.conf\nInclude no.d/*.x\n"
        "DocumentRoot /srv/www\n",
        {"roots": ["/srv/www"], "unresolved": ["/etc/apache2/neither.conf", "/etc/apache2/no.d/*.x"]},
    ),
    "includes itself": (
        {
            "/etc/apache2/apache2.conf": "Include a.conf\nDocumentRoot /srv/www\n",
            "/etc/apache2/a.conf": "Include apache2.conf\nAlias /a /srv/a\n",
        },
        {"roots": ["/srv/www"], "aliases": ["/srv/a"], "unresolved": ["/etc/apache2/apache2.conf"]},
    ),
    "a section ends with its file": (
        {
            "/etc/apache2/apache2.conf": "Include a.conf\nDocumentRoot /srv/main\n",
            "/etc/apache2/a.conf": "<VirtualHost *:80>\nServerName open\n",
        },
        {"roots": ["/srv/main"], "hosts": {"open:80": "/srv/main"}},
    ),
    "Define and variables": (
        "Define base /srv/app\nDefine web ${base}/web\nDocumentRoot ${web}\nErrorLog ${web}/../logs/e.log\n",
        {"roots": ["/srv/app/web"], "logs": ["/srv/app/logs/e.log"]},
    ),
    "a variable with a space, quoted": ('Define sp "/srv/x y"\nDocumentRoot "${sp}"\n', {"roots": ["/srv/x y"]}),
    "a variable is put in before words are parted": (
        'Define sp "/srv/x y"\nDocumentRoot ${sp}\n',
        {"roots": ["/srv/x"]},
    ),
    "a variable as a directive": ("Define dir DocumentRoot\n${dir} /srv/a\n", {"roots": ["/srv/a"]}),
    "a variable that comes too late": (
        "DocumentRoot ${late}/x\nDefine late /srv\n",
        {"roots": [], "unresolved": ["${late}/x"]},
    ),
    "UnDefine": ("Define x /srv\nUnDefine x\nDocumentRoot ${x}/a\n", {"roots": [], "unresolved": ["${x}/a"]}),
    "the environment": (
        "ErrorLog ${APACHE_LOG_DIR}/error.log\nCustomLog ${APACHE_LOG_DIR}/access.log combined\n",
        {
            "environment": {b"APACHE_LOG_DIR": b"/var/log/apache2"},
            "logs": ["/var/log/apache2/access.log", "/var/log/apache2/error.log"],
        },
    ),
    "Define before the environment": (
        "Define ROOT /srv/defined\nDocumentRoot ${ROOT}\n",
        {"environment": {b"ROOT": b"/srv/environment"}, "roots": ["/srv/defined"]},
    ),
    "IfDefine and -D": (
        "<IfDefine SSL>\nDocumentRoot /srv/ssl\n</IfDefine>\n<IfDefine !SSL>\nDocumentRoot /srv/plain\n</IfDefine>\n",
        {"defines": [b"SSL"], "roots": ["/srv/ssl"]},
    ),
    "IfDefine and Define": ("Define SSL\n<IfDefine SSL>\nAlias /s /srv/s\n</IfDefine>\n", {"aliases": ["/srv/s"]}),
    "IfModule counts what was loaded before": (
        "<IfModule mod_rewrite.c>\nAlias /early /srv/early\n</IfModule>\n"
        "LoadModule rewrite_module modules/mod_rewrite.so\n"
        "<IfModule rewrite_module>\nAlias /late /srv/late\n</IfModule>\n<IfModule mod_rewrite.c>\n"
        "Alias /too /srv/too\n</IfModule>\n",
        {"aliases": ["/srv/late", "/srv/too"]},
    ),
    "modules with names of their own": (
        "LoadModule mpm_prefork_module modules/mod_mpm_prefork.so\nLoadModule php7_module modules/libphp7.so\n"
        "<IfModule prefork.c>\nAlias /1 /srv/1\n</IfModule>\n<IfModule mod_php7.c>\nAlias /2 /srv/2\n</IfModule>\n"
        "<IfModule libphp7.c>\nAlias /3 /srv/3\n</IfModule>\n<IfModule worker.c>\nAlias /4 /srv/4\n</IfModule>\n",
        {"aliases": ["/srv/1", "/srv/2", "/srv/3"]},
    ),
    "modules that are built in": (
        "<IfModule core.c>\nAlias /1 /srv/1\n</IfModule>\n<IfModule mod_so.c>\nAlias /2 /srv/2\n</IfModule>\n"
        "<IfModule mod_alias.c>\nAlias /3 /srv/3\n</IfModule>\n",
        {"built_in": frozenset((b"core.c", b"mod_so.c", b"mod_alias.c")), "aliases": ["/srv/1", "/srv/2", "/srv/3"]},
    ),
    "IfVersion": (
        "<IfVersion >= 2.4>\nAlias /1 /srv/1\n</IfVersion>\n<IfVersion < 2.4>\nAlias /2 /srv/2\n</IfVersion>\n"
        "<IfVersion = 2.4>\nAlias /3 /srv/3\n</IfVersion>\n<IfVersion 2.4.57>\nAlias /4 /srv/4\n</IfVersion>\n"
        "<IfVersion !> 2.4.100>\nAlias /5 /srv/5\n</IfVersion>\n",
        {"version": (2, 4, 57), "aliases": ["/srv/1", "/srv/4", "/srv/5"]},
    ),
    "IfFile": (
        {
            "/etc/apache2/apache2.conf": (
                "<IfFile there>\nAlias /1 /srv/1\n</IfFile>\n<IfFile \"/not there\">\n"
                "Alias /2 /srv/2\n</IfFile>\n"
            ),
            "/etc/apache2/there": "",
        },
        {"aliases": ["/srv/1"]},
    ),
    "what isn't read ends where it should": (
        "<IfDefine NO>\n<VirtualHost *:80>\nDocumentRoot /srv/no\n<IfModule core.c>\n</IfModule>\nInclude nowhere\n"
        "</VirtualHost>\n"
        "</IfDefine>\nDocumentRoot /srv/yes\n",
        {"roots": ["/srv/yes"], "hosts": {}, "unresolved": []},
    ),
    "macros": (
        "<Macro VHost $host $dir>\n<VirtualHost *:80>\n  ServerName $host\n  DocumentRoot /srv/$dir/htdocs\n"
        "  CustomLog /var/log/$host.log combined\n</VirtualHost>\n</Macro>\nUse VHost a.test alpha\n"
        "Use vhost b.test beta\nUndefMacro VHost\n",
        {
            "roots": ["/srv/alpha/htdocs", "/srv/beta/htdocs"],
            "logs": ["/var/log/a.test.log", "/var/log/b.test.log"],
            "hosts": {"a.test:80": "/srv/alpha/htdocs", "b.test:80": "/srv/beta/htdocs"},
        },
    ),
    "macros with parameters that begin alike": (
        "<Macro M $d $dir>\nAlias /$d /srv/$dir\n</Macro>\nUse M one two\n",
        {"aliases": ["/srv/two"]},
    ),
    "a macro that uses itself": (
        "<Macro M $a>\nAlias /$a /srv/$a\nUse M $a\n</Macro>\nUse M x\n",
        {"aliases": ["/srv/x"]},
    ),
    "aliases": (
        'Alias /icons/ "/usr/share/apache2/icons/"\nAlias "/a b" "/srv/a b"\n'
        'AliasMatch ^/u/([^/]+)/(.*)$ /srv/users/$1/web/$2\n'
        "<Location /loc>\nAlias /srv/loc\n</Location>\nScriptAlias /cgi-bin/ /usr/lib/cgi-bin/\n"
        "ScriptAliasMatch ^/c/(.*) \"/srv/cgi/$1\"\nWSGIScriptAlias / /srv/app/wsgi.py process-group=a\n",
        {
            "aliases": ["/srv/a b", "/srv/loc", "/srv/users/*/web/*", "/usr/share/apache2/icons"],
            "scripts": ["/srv/app/wsgi.py", "/srv/cgi/*", "/usr/lib/cgi-bin"],
            "roots": [],
        },
    ),
    "virtual roots": (
        "VirtualDocumentRoot /srv/vhosts/%-2.0.%-1.0/%1/docs\nVirtualScriptAlias /srv/vhosts/%0/cgi\n"
        "<VirtualHost *:81>\nServerName x\nVirtualDocumentRootIP /srv/ip/%0\nVirtualScriptAlias none\n</VirtualHost>\n",
        {"roots": ["/srv/ip/*", "/srv/vhosts/*.*/*/docs"], "scripts": ["/srv/vhosts/*/cgi"]},
    ),
    "folders of users": (
        {
            "/etc/apache2/apache2.conf": (
                "UserDir public_html /srv/users /srv/u/*/web http://elsewhere.test/\n"
                "UserDir disabled root\n"
            ),
            "/etc/passwd": (
                "root:x:0:0::/root:/bin/sh\nanna:x:1:1::/home/anna:/bin/sh\n"
                "bert:x:2:2::/home/bert:/bin/sh\n"
            ),
            "/home/anna/public_html/": "",
            "/root/public_html/": "",
            "/home/bert/": "",
        },
        {"roots": ["/home/anna/public_html", "/srv/u/*/web", "/srv/users/*"]},
    ),
    "folders of users, off": ("UserDir disabled\nUserDir /srv/users\n", {"roots": []}),
    "logs of all kinds": (
        'ErrorLog "|/usr/bin/rotatelogs -l -n 5 /var/log/httpd/error.%Y-%m-%d 86400"\n'
        'CustomLog "||/usr/sbin/cronolog --symlink=/var/log/a /var/log/%Y/%m/access.log" combined env=!x\n'
        "TransferLog logs/transfer_log\nCustomLog \"|/usr/bin/logger -t httpd\" common\n"
        "<VirtualHost *:80>\nErrorLog syslog:local1\n</VirtualHost>\n<VirtualHost *:81>\nErrorLog journald\n"
        "</VirtualHost>\n"
        "<VirtualHost *:82>\nErrorLog /dev/stderr\nCustomLog /dev/null combined\n</VirtualHost>\n",
        {
            "logs": [
                "/etc/apache2/logs/transfer_log",
                "/var/log/*/*/access.log",
                "/var/log/httpd/error.*-*-*",
                "journald",
                "off",
                "pipe",
                "stderr",
                "syslog",
            ]
        },
    ),
    "directives of -C and -c": (
        "Define b /srv/b\nAlias /a ${a}\n",
        {"before": [b"Define a /srv/a"], "after": [b"Alias /b ${b}"], "aliases": ["/srv/a", "/srv/b"]},
    ),
    "a locked root": (
        "ChrootDir /jail\nDocumentRoot /www\nErrorLog /var/log/e\n",
        {"roots": ["/jail/www"], "logs": ["/var/log/e"]},
    ),
    "FastCGI paths": (
        "ProxyPassMatch ^/(.*\\.php(/.*)?)$ fcgi://127.0.0.1:9000/srv/app/public/$1\nDocumentRoot /srv/static\n",
        {"roots": ["/srv/app/public/*", "/srv/static"]},
    ),
    "programs that make configuration": (
        "<Perl>\n$DocumentRoot = '/srv/perl';\nDocumentRoot /srv/no\n</Perl>\nDocumentRoot /srv/yes\n",
        {"roots": ["/srv/yes"], "unresolved": ["<Perl>"]},
    ),
    "no ASCII": (b"DocumentRoot /srv/caf\xc3\xa9\n", {"roots": [u"/srv/caf\xe9"]}),
    "rubbish": (
        b"\0\x01<<>>\n</VirtualHost>\n<>\n</>\n<VirtualHost\n\"\nInclude\nAlias\nUse\nDefine\n<IfModule>\n"
        b"</IfModule>\nDocumentRoot\n",
        {"roots": []},
    ),
}


def check(found, expected):
    if "roots" in expected:
        assert paths(found, "root") == expected["roots"]
    if "aliases" in expected:
        assert paths(found, "alias") == expected["aliases"]
    if "scripts" in expected:
        assert paths(found, "script_alias") == expected["scripts"]
    if "logs" in expected:
        assert paths(found, "log") == expected["logs"]
    if "hosts" in expected:
        assert hosts(found) == expected["hosts"]
    if "unresolved" in expected:
        assert unresolved(found) == expected["unresolved"]
    if "files" in expected:
        assert files(found) == expected["files"]


_OPTIONS = ("config", "server_root", "environment", "defines", "built_in", "version", "before", "after")


@pytest.mark.parametrize("name", sorted(CORPUS))
def test_corpus(name, tmpdir):
    content, expected = CORPUS[name]
    options = dict((option, expected[option]) for option in _OPTIONS if option in expected)
    check(read_apache(str(tmpdir), content, **options), expected)


def test_names_are_bytes(tmpdir):
    found = read_apache(str(tmpdir), b"Alias /b \"/srv/\xff\xfe\"\n")
    assert [row["path"] for row in found.rows if row["kind"] == "alias"] == [b"/srv/\xff\xfe"]


def test_a_macro_that_uses_itself_is_told(tmpdir):
    found = read_apache(str(tmpdir), CORPUS["a macro that uses itself"][0])
    assert [row["reason"] for row in found.rows if row["kind"] == "unresolved"] == ["nested deeper than 128"]


def test_a_condition_that_does_not_hold_is_told_with_the_folders_in_it(tmpdir):
    found = read_apache(str(tmpdir), "<IfDefine CGI>\nScriptAlias /cgi-bin/ /usr/lib/cgi-bin\nOptions X\n</IfDefine>\n")
    rows = [row for row in found.rows if row["kind"] == "inactive"]
    assert [(row["directive"], row["what"], row["context"], row["line"]) for row in rows] == [
        (b"scriptalias", b"/cgi-bin/ /usr/lib/cgi-bin", b"<IfDefine CGI>", 2)
    ]


def test_columns_of_hosts(tmpdir):
    found = read_apache(
        str(tmpdir),
        "Listen 80\nListen 192.0.2.1:443 https\nServerName main.test\nDocumentRoot /srv/main\n\n"
        "<VirtualHost *:443 *:8443>\n"
        "ServerAlias b.test\nServerName https://a.test:443\nServerAlias *.c.test d.test\n</VirtualHost>\n",
    )
    main, host = [row for row in found.rows if row["kind"] == "vhost"]
    assert main["main"] and main["name"] == b"main.test" and main["document_root"] == b"/srv/main"
    assert host["names"] == [b"a.test", b"b.test", b"*.c.test", b"d.test"] and host["name"] == b"a.test"
    assert host["ports"] == [443, 8443] and host["addresses"] == [b"*:443", b"*:8443"]
    assert host["document_root"] == b"/srv/main" and host["inherited"] is True and host["vhost"] == b"a.test:443"
    assert (host["file"], host["line"]) == (b"/etc/apache2/apache2.conf", 6)


def test_a_name_behind_an_alias_comes_first(tmpdir):
    found = read_apache(str(tmpdir), "<VirtualHost *:80>\nServerAlias b\nServerName a\n</VirtualHost>\n")
    assert hosts(found) == {"a:80": None}


def test_handlers_modules_and_upstreams(tmpdir):
    found = read_apache(
        str(tmpdir),
        u"""
LoadModule php_module modules/libphp.so
LoadFile /usr/lib/libextra.so
AddHandler cgi-script .cgi .pl
AddType application/x-httpd-php .php .jpg
AddType text/html .html
AddOutputFilter INCLUDES .shtml
<FilesMatch "\\.ph(p|tml)$">
    SetHandler "proxy:unix:/run/php/php8.2-fpm.sock|fcgi://localhost"
</FilesMatch>
<Directory /srv/images>
    SetHandler application/x-httpd-php
    php_admin_value auto_prepend_file /tmp/.x.php
    php_value error_log logs/php.log
</Directory>
ProxyPass /app http://127.0.0.1:8080/app retry=0
ProxyPass /static !
<Location /other>
    ProxyPass http://127.0.0.1:9090/
</Location>
RewriteRule ^/x/(.*)$ http://10.0.0.5/$1 [P,L]
RewriteRule ^/y$ /z [L]
<Proxy balancer://pool>
    BalancerMember http://10.0.0.6:80
</Proxy>
ExtFilterDefine evil cmd="/tmp/x"
""",
    )
    modules = [(text(row.get("name")), text(row["path"])) for row in found.rows if row["kind"] == "module"]
    assert modules == [("php_module", "/etc/apache2/modules/libphp.so"), (None, "/usr/lib/libextra.so")]
    handlers = [(text(row["handler"]), text(row.get("context"))) for row in found.rows if row["kind"] == "handler"]
    assert handlers == [
        ("cgi-script", None),
        ("application/x-httpd-php", None),
        ("INCLUDES", None),
        ("proxy:unix:/run/php/php8.2-fpm.sock|fcgi://localhost", '<FilesMatch "\\.ph(p|tml)$">'),
        ("application/x-httpd-php", "<Directory /srv/images>"),
        ("php", "<Directory /srv/images>"),
        ("php", "<Directory /srv/images>"),
        ('evil cmd="/tmp/x"', None),
    ]
    extensions = [row["extensions"] for row in found.rows if row.get("extensions")]
    assert extensions == [[b".cgi", b".pl"], [b".php", b".jpg"], [b".shtml"]]
    upstreams = [(text(row.get("url")), text(row["target"])) for row in found.rows if row["kind"] == "upstream"]
    assert upstreams == [
        ("/app", "http://127.0.0.1:8080/app"),
        ("/other", "http://127.0.0.1:9090/"),
        ("^/x/(.*)$", "http://10.0.0.5/$1"),
        ("balancer://pool", "http://10.0.0.6:80"),
    ]
    assert paths(found, "log") == ["/etc/apache2/logs/php.log"]


def test_what_is_built_in_counts_only_when_it_is_there(tmpdir):
    main = "<VirtualHost *:80>\nServerName a\n</VirtualHost>\n"
    found = read_apache(str(tmpdir), main, default_root=b"/var/www/html")
    assert paths(found, "root") == [] and hosts(found) == {"a:80": None}
    os.makedirs(str(tmpdir.join("var/www/html")))
    os.makedirs(str(tmpdir.join("etc/apache2/logs")))
    tmpdir.join("etc/apache2/logs/error_log").write("x")
    found = read_apache(str(tmpdir), main, default_root=b"/var/www/html")
    assert paths(found, "root") == ["/var/www/html"] and hosts(found) == {"a:80": "/var/www/html"}
    assert paths(found, "log") == ["/etc/apache2/logs/error_log"]
    found = read_apache(str(tmpdir), "DocumentRoot /srv\nErrorLog /var/log/e\n", default_root=b"/var/www/html")
    assert paths(found, "root") == ["/srv"] and paths(found, "log") == ["/var/log/e"]


def test_rows_say_where_a_thing_stands(tmpdir):
    found = read_apache(
        str(tmpdir), "\n\n<VirtualHost *:80>\n\nDocumentRoot \\\n  /srv/a\n</VirtualHost>\nAlias /x /srv/x\n"
    )
    assert [(row["kind"], row["line"]) for row in found.rows if row.get("line")] == [
        ("alias", 8),
        ("root", 5),
        ("vhost", 3),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"Include *\n" * 2000,
        b"<VirtualHost *:80>\n" * 20000,
        b"\\\n" * 100000,
        b"Define a ${a}${a}\nDefine a x${a}${a}\n" * 2000,
        b"Alias " + b"\"\\" * 200000,
        b"Include /etc/" + b"*a" * 30000 + b"b\n",
        b"${" * 100000,
        b"<" * 100000,
        b"<Macro M>\nUse M\nUse M\n</Macro>\n<Macro N>\nUse M\n</Macro>\n" + b"DocumentRoot /srv\n" * 50000,
    ],
    ids=["includes", "sections", "continuations", "variables", "quotes", "stars", "braces", "brackets", "macros"],
)
def test_nothing_takes_long(content, tmpdir):
    found = read_apache(str(tmpdir), {"/etc/apache2/apache2.conf": content, "/etc/apache2/" + "a" * 200: b""})
    assert len(found.rows) < 60000
