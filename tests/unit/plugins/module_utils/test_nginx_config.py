# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nginx configurations, and what the server would make of them; read by crossplane as well where that is installed."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

import pytest

from ansible_collections.csirt.linux_triage.plugins.module_utils._web._nginx_syntax import statements
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.web_helpers import (
    files, hosts, paths, read_nginx, text, unresolved, write,
)

try:
    import crossplane
except ImportError:
    crossplane = None


def http(inside):
    return "events {}\nhttp {\n%s\n}\n" % inside


# name: (configuration, expected); a configuration that is a tuple is set into http.
CORPUS = {
    "plain": (("server { listen 80; root /srv/www; }",), {"roots": ["/srv/www"], "hosts": {"_:80": "/srv/www"}}),
    "quoted with spaces": (
        (
            "server { server_name a; root \"/srv/my site\"; } server { server_name b; root '/srv/other site'; }"
            "server { server_name c; root /srv/with\\ space; }",
        ),
        {
            "roots": ["/srv/my site", "/srv/other site", "/srv/with\\ space"],
            "hosts": {"a:80": "/srv/my site", "b:80": "/srv/other site", "c:80": "/srv/with\\ space"},
        },
    ),
    "comments": (
        ("# root /srv/1;\nserver { # root /srv/2;\n  root /srv/real; # the root\n  #root /srv/3;\n}",),
        {"roots": ["/srv/real"]},
    ),
    "a hash in a word and in quotes": (
        ("server { root /srv/a#b; location /x { alias \"/srv/#c\"; } }",),
        {"roots": ["/srv/a#b"], "aliases": ["/srv/#c"]},
    ),
    "all on one line, no blanks": (
        ("server{listen 80;root /srv/www;location /i{alias /srv/i;}}",),
        {"roots": ["/srv/www"], "aliases": ["/srv/i"]},
    ),
    "over many lines": (("server\n{\nroot\n  /srv/www\n;\n}",), {"roots": ["/srv/www"]}),
    "braces and semicolons in quotes": (
        ("server { location ~ \"^/a{2};\" { root '/srv/{x};y'; } }",),
        {"roots": ["/srv/{x};y"]},
    ),
    "escapes": (("server { root \"/srv/a\\\"b\\\\c\"; }",), {"roots": ["/srv/a\"b\\c"]}),
    "words that look like roots": (
        (
            "server { root /srv/www; location ~ \\.php$ { fastcgi_param SCRIPT_FILENAME "
            "$document_root$fastcgi_script_name;\n"
            "fastcgi_param DOCUMENT_ROOT /srv/not; include none; try_files $document_root/x =404; add_header X-root "
            "/srv/no; } }",
        ),
        {"roots": ["/srv/www"]},
    ),
    "inherited, also from below": (
        ("server { server_name a; } server { server_name b; root /srv/b; } root /srv/http;",),
        {"roots": ["/srv/b", "/srv/http"], "hosts": {"a:80": "/srv/http", "b:80": "/srv/b"}},
    ),
    "roots of locations": (
        (
            "server { root /srv/a; location / { root /srv/b; location /x { root /srv/c; } if ($slow) { root /srv/d; "
            "} } }",
        ),
        {"roots": ["/srv/a", "/srv/b", "/srv/c", "/srv/d"], "hosts": {"_:80": "/srv/a"}},
    ),
    "relative to the prefix": (
        ("server { root html; access_log logs/a.log; location /x { alias ../x/; } }",),
        {"roots": ["/usr/share/nginx/html"], "logs": ["/usr/share/nginx/logs/a.log"], "aliases": ["/usr/share/x"]},
    ),
    "includes are relative to the folder of the main file": (
        {
            "/etc/nginx/nginx.conf": "http { include conf.d/*.conf; }",
            "/etc/nginx/conf.d/b.conf": "server { root /srv/b; }",
            "/etc/nginx/conf.d/a.conf": "server { include snippets/r.conf; }",
            "/etc/nginx/snippets/r.conf": "root /srv/a;",
            "/etc/nginx/conf.d/.hidden.conf": "server { root /srv/h; }",
            "/etc/nginx/conf.d/c.conf~": "server { root /srv/c; }",
        },
        {
            "roots": ["/srv/a", "/srv/b"],
            "files": [
                "/etc/nginx/nginx.conf",
                "/etc/nginx/conf.d/a.conf",
                "/etc/nginx/snippets/r.conf",
                "/etc/nginx/conf.d/b.conf",
            ],
        },
    ),
    "links and names without an ending": (
        {
            "/etc/nginx/nginx.conf": "http { include sites-enabled/*; }",
            "/etc/nginx/sites-enabled/x": "-> /etc/nginx/sites-available/x",
            "/etc/nginx/sites-available/x": "server { root /srv/x; }",
            "/etc/nginx/sites-available/y": "server { root /srv/y; }",
        },
        {"roots": ["/srv/x"], "files": ["/etc/nginx/nginx.conf", "/etc/nginx/sites-enabled/x"]},
    ),
    "a brace over two files doesn't work": (
        {
            "/etc/nginx/nginx.conf": "http { include a.conf; server { root /srv/b; } }",
            "/etc/nginx/a.conf": "server { root /srv/a;",
        },
        {"roots": ["/srv/a", "/srv/b"], "unresolved": ["server"]},
    ),
    "nothing to include": (
        "include no.d/*.conf; include none.conf; http { server { root /srv/www; } }",
        {"roots": ["/srv/www"], "unresolved": ["/etc/nginx/none.conf"]},
    ),
    "includes itself": (
        {
            "/etc/nginx/nginx.conf": "http { include a.conf; }",
            "/etc/nginx/a.conf": "include a.conf; server { root /srv/a; }",
        },
        {"roots": ["/srv/a"], "unresolved": ["/etc/nginx/a.conf"]},
    ),
    "a variable of the request": (
        ("server { server_name ~^(?<sub>.+)\\.test$; root /srv/vhosts/$sub/web; location /x { root /srv/$host; } }",),
        {"roots": ["/srv/*", "/srv/vhosts/*/web"], "hosts": {"~^(?<sub>.+)\\.test$:80": "/srv/vhosts"}},
    ),
    "a variable in braces": (("server { root /srv/${host}-web; }",), {"roots": ["/srv/*-web"]}),
    "a constant": (
        ("server { set $base /srv/app; root $base/public; }",),
        {"roots": ["/srv/app/public"], "unresolved": []},
    ),
    "a constant of constants": (
        ("server { set $a /srv; set $b ${a}/app; root $b/public; access_log $b/log/a.log; }",),
        {"roots": ["/srv/app/public"], "logs": ["/srv/app/log/a.log"]},
    ),
    "one of several constants": (
        ("server { set $r /srv/a; if ($host = x) { set $r /srv/b; } root $r; }",),
        {"roots": ["/srv/a", "/srv/b"]},
    ),
    "a constant of another server": (
        ("server { set $r /srv/a; root $r; } server { server_name b; root $r/x; }",),
        {"roots": ["/srv/a"], "unresolved": ["$r/x"]},
    ),
    "a map": (
        ("map $host $dir { default /srv/a; include more; ~^b /srv/b; }\nserver { root $dir/htdocs; }",),
        {"roots": ["/srv/a/htdocs", "/srv/b/htdocs"]},
    ),
    "a map without a root": (("map $http_x $y { root /srv/not; alias /srv/neither; }",), {"roots": [], "aliases": []}),
    "the server's own name": (
        ("server { server_name shop.test www.shop.test; root /srv/$server_name/htdocs; }",),
        {"roots": ["/srv/shop.test/htdocs"]},
    ),
    "nothing but variables": (
        ("server { root $root_path; location /a { alias $x$y; } location /b { root /$host; } }",),
        {"roots": [], "aliases": [], "unresolved": ["$root_path", "$x$y", "/$host"]},
    ),
    "captures in an alias": (
        ("server { location ~ ^/u/(.+?)/(.*)$ { alias /home/$1/public_html/$2; } }",),
        {"aliases": ["/home/*/public_html/*"]},
    ),
    "an alias with a path of the request": (
        ("server { location /x { alias /srv/x$uri; } }",),
        {"aliases": ["/srv/x/*"]},
    ),
    "scripts by FastCGI": (
        (
            "server { root /srv/static; location /app { fastcgi_pass unix:/run/php.sock; fastcgi_param "
            "SCRIPT_FILENAME /srv/app$fastcgi_script_name; }"
            " location /one { fastcgi_pass 127.0.0.1:9000; fastcgi_param SCRIPT_FILENAME /srv/one/index.php; } }",
        ),
        {"roots": ["/srv/app/*", "/srv/one", "/srv/static"], "handlers": ["127.0.0.1:9000", "unix:/run/php.sock"]},
    ),
    "logs": (
        "error_log logs/error.log warn;\n"
        + http(
            "access_log /var/log/nginx/access.log combined buffer=32k;\n"
            "server { access_log off; error_log /dev/null crit; }\n"
            "server { access_log syslog:server=192.0.2.1,tag=nginx combined; error_log stderr; }\n"
            "server { access_log /var/log/nginx/$host.log; error_log memory:32m debug; }"
        ),
        {
            "logs": [
                "/usr/share/nginx/logs/error.log",
                "/var/log/nginx/*.log",
                "/var/log/nginx/access.log",
                "memory",
                "off",
                "stderr",
                "syslog",
            ]
        },
    ),
    "directives of -g": (
        "http { server { root /srv/www; } }",
        {"directives": b"daemon off; error_log /var/log/g.log", "logs": ["/var/log/g.log"], "roots": ["/srv/www"]},
    ),
    "many names and ports": (
        (
            "server { listen 127.0.0.1:8080 default_server; listen [::]:8443 ssl; listen unix:/run/n.sock; listen "
            "localhost;\n"
            "server_name\n  a.test\n  *.a.test;\nserver_name b.test; root /srv/a; }",
        ),
        {"hosts": {"a.test:80": "/srv/a"}},
    ),
    "other protocols": (
        "stream { server { listen 53; proxy_pass 192.0.2.1:53; } }\nmail { server { listen 25; } }\n"
        "http { server { root /srv/www; } }",
        {"roots": ["/srv/www"], "hosts": {"_:80": "/srv/www"}},
    ),
    "a part of a configuration": (
        "server { server_name part; root /srv/part; }",
        {"roots": ["/srv/part"], "hosts": {"part:80": "/srv/part"}},
    ),
    "Lua": (
        (
            "server { root /srv/www; location /l { content_by_lua_block {\n"
            " local s = \"} root /srv/no1; {\" -- } root /srv/no2; {\n"
            " --[[ } root /srv/no3; ]] local t = [==[ } root /srv/no4; ]==]\n if x then y = { a = '}' } end\n}\n"
            " alias /srv/yes; } }",
        ),
        {"roots": ["/srv/www"], "aliases": ["/srv/yes"]},
    ),
    "line ends of other systems": (b"http {\r\n server {\r\n root /srv/www;\r\n }\r\n}\r\n", {"roots": ["/srv/www"]}),
    "a byte order mark": (b"\xef\xbb\xbfhttp { server { root /srv/www; } }", {"roots": ["/srv/www"]}),
    "a missing semicolon": (
        ("server { server_name a; root /srv/a }\nserver { root /srv/b; }",),
        {"roots": ["/srv/a", "/srv/b"]},
    ),
    "too many braces": (
        "} } http { server { root /srv/a; } } } server { root /srv/b; }",
        {"roots": ["/srv/a", "/srv/b"]},
    ),
    "an open quote": ("http { server { root /srv/a; } server { root \"/srv/b; } }", {"roots": ["/srv/a"]}),
    "empty": ("", {"roots": [], "hosts": {}}),
}

_SAME_AS_CROSSPLANE = sorted(
    set(CORPUS)
    - frozenset(
        (
            # crossplane refuses what the server refuses; it takes a mark at the beginning for a word, and reads no Lua.
            "a brace over two files doesn't work",
            "nothing to include",
            "includes itself",
            "a missing semicolon",
            "too many braces",
            "an open quote",
            "a byte order mark",
            "Lua",
            "words that look like roots",
            "a map",
        )
    )
)


def configuration(name):
    content, expected = CORPUS[name]
    return (http(content[0]) if isinstance(content, tuple) else content), expected


@pytest.mark.parametrize("name", sorted(CORPUS))
def test_corpus(name, tmpdir):
    content, expected = configuration(name)
    found = read_nginx(str(tmpdir), content, directives=expected.get("directives", b""))
    if "roots" in expected:
        assert paths(found, "root") == expected["roots"]
    if "aliases" in expected:
        assert paths(found, "alias") == expected["aliases"]
    if "logs" in expected:
        assert paths(found, "log") == expected["logs"]
    if "hosts" in expected:
        assert hosts(found) == expected["hosts"]
    if "unresolved" in expected:
        assert unresolved(found) == expected["unresolved"]
    if "files" in expected:
        assert files(found) == expected["files"]
    if "handlers" in expected:
        assert sorted(text(row["target"]) for row in found.rows if row["kind"] == "handler") == expected["handlers"]


def _flat(block):
    """(words, line) of crossplane's tree in the order of the file."""
    found = []
    for one in block:
        if one["directive"] != "#":
            found.append(([one["directive"]] + one["args"], one["line"]))
            found += _flat(one.get("block") or [])
    return found


def compare_with_crossplane(main, tree):
    """Every file that crossplane reads, word for word."""
    payload = crossplane.parse(main, catch_errors=False, check_ctx=False, check_args=False)
    compared = 0
    for config in payload["config"]:
        theirs = _flat(config["parsed"])
        with open(config["file"], "rb") as stream:
            mine = [
                ([text(word) for word in found.words], found.line) for found in statements(stream.read()) if found.words
            ]
        assert [_normal(words) for words, _line in mine] == [_normal(words) for words, _line in theirs], config["file"]
        assert [line for _words, line in mine] == [line for _words, line in theirs], config["file"]
        compared += len(mine)
    return [config["file"][len(tree) :] for config in payload["config"]], compared


def _normal(words):
    """crossplane takes the brackets off conditions, and keeps backslashes that nginx removes."""
    if words[0] == "if":
        joined = " ".join(words[1:]).strip("() ")
        return ["if"] + joined.split()
    return [word.replace("\\", "") for word in words]


@pytest.mark.skipif(crossplane is None, reason="crossplane is not installed")
@pytest.mark.parametrize("name", _SAME_AS_CROSSPLANE)
def test_words_and_lines_are_those_of_crossplane(name, tmpdir):
    content, _expected = configuration(name)
    root = str(tmpdir)
    content = content if isinstance(content, dict) else {"/etc/nginx/nginx.conf": content}
    for path, one in content.items():
        if not isinstance(one, bytes) and one.startswith("-> /"):
            content = dict(content, **{path: "-> " + root + one[3:]})
    write(root, content)
    order, _compared = compare_with_crossplane(root + "/etc/nginx/nginx.conf", root)
    mine = files(read_nginx(str(tmpdir.mkdir("again")), configuration(name)[0]))
    assert sorted(set(order)) == sorted(set(mine))


@pytest.mark.skipif(crossplane is None, reason="crossplane is not installed")
def test_a_large_configuration_is_that_of_crossplane(tmpdir):
    servers = "".join(
        "server { listen %d; server_name s%d.test \"t %d.test\"; # {;}\n root '/srv/%d x';\n"
        " location ~ ^/(a|b){2}\\.php$ {\n"
        " fastcgi_pass unix:/run/${host}_%d.sock; } }\n" % (8000 + n, n, n, n, n)
        for n in range(2000)
    )
    write(str(tmpdir), {"/etc/nginx/nginx.conf": http(servers.replace("(a|b){2}", "(a|b)"))})
    _order, compared = compare_with_crossplane(str(tmpdir.join("etc/nginx/nginx.conf")), str(tmpdir))
    assert compared == 2 + 2000 * 6


def test_columns_of_a_host(tmpdir):
    found = read_nginx(
        str(tmpdir),
        http(
            "upstream pool { server 10.0.0.1:80 weight=2; server unix:/run/a.sock; }\n"
            "server {\n listen 443 ssl http2; listen 8443;\n server_name a.test b.test;\n set $r /srv/a; root $r;\n"
            " location /api { proxy_pass http://pool/api; }\n location ~ \\.php$ { fastcgi_pass 127.0.0.1:9000; }\n"
            " location = /x { content_by_lua_file lua/x.lua; }\n}"
        ),
    )
    (host,) = [row for row in found.rows if row["kind"] == "vhost"]
    assert (host["name"], host["names"], host["ports"]) == (b"a.test", [b"a.test", b"b.test"], [443, 8443])
    assert (host["listen"], host["document_root"]) == ([b"443 ssl http2", b"8443"], b"/srv/a")
    assert (host["pattern"], host["line"], host["vhost"]) == (b"$r", 4, b"a.test:443")
    upstreams = [row for row in found.rows if row["kind"] == "upstream"]
    assert upstreams[0]["name"] == b"pool" and upstreams[0]["servers"] == [b"10.0.0.1:80 weight=2", b"unix:/run/a.sock"]
    assert upstreams[1]["target"] == b"http://pool/api" and upstreams[1]["servers"] == upstreams[0]["servers"]
    assert upstreams[1]["context"] == b"location /api" and upstreams[1]["vhost"] == b"a.test:443"
    handlers = [(row["handler"], row.get("path"), row["context"]) for row in found.rows if row["kind"] == "handler"]
    assert handlers == [
        (b"fastcgi_pass", None, b"location ~ \\.php$"),
        (b"content_by_lua_file", b"/usr/share/nginx/lua/x.lua", b"location = /x"),
    ]


def test_what_depends_on_the_request_is_marked(tmpdir):
    found = read_nginx(
        str(tmpdir),
        http("server { set $r /srv/a; if ($x) { set $r /srv/b; } root $r; location /y { root /srv/$host; } }"),
    )
    rows = [
        (row["path"], row.get("glob"), row.get("variable"), row["role"]) for row in found.rows if row["kind"] == "root"
    ]
    assert rows == [
        (b"/srv/a", None, True, "document_root"),
        (b"/srv/b", None, True, "document_root"),
        (b"/srv", b"/srv/*", True, "location_root"),
    ]


def test_what_is_built_in_counts_only_when_it_is_there(tmpdir):
    content, logs = http("server { server_name a; } server { server_name b; return 301 /; }"), (
        b"/var/log/nginx/access.log",
        b"logs/error.log",
    )
    found = read_nginx(str(tmpdir), content, logs=logs)
    assert paths(found, "root", "log") == [] and hosts(found) == {"a:80": None, "b:80": None}
    write(str(tmpdir), {"/usr/share/nginx/html/": "", "/var/log/nginx/access.log": "x"})
    found = read_nginx(str(tmpdir), content, logs=logs)
    assert paths(found, "root") == ["/usr/share/nginx/html"] and paths(found, "log") == ["/var/log/nginx/access.log"]
    assert hosts(found) == {"a:80": "/usr/share/nginx/html", "b:80": None}
    found = read_nginx(str(tmpdir), http("server { location / { proxy_pass http://a; } }"), logs=logs)
    assert paths(found, "root") == []


def test_modules(tmpdir):
    found = read_nginx(str(tmpdir), "load_module modules/ngx_x.so;\nload_module /tmp/.y.so;\nevents {}\n")
    assert paths(found, "module") == ["/tmp/.y.so", "/usr/share/nginx/modules/ngx_x.so"]


@pytest.mark.parametrize(
    "content",
    [
        b"{" * 200000,
        b"}" * 200000,
        b"a " * 200000,
        b"a;" * 60000,
        b"\"" * 200001,
        b"\"\\" * 100000,
        b"$" * 200000,
        b"${" * 100000,
        b"#" * 200000,
        b"a_by_lua_block {" + b"[[" * 100000,
        b"a_by_lua_block {" + b"\"\\\"" * 60000,
        b"a_by_lua_block {" + b"--" * 100000,
        b"http { server { "
        + b"".join(b"set $v%d $v%d$v%d;" % (n, n + 1, n + 1) for n in range(2000))
        + b"root $v0/$v0;}}",
        b"http { server { " + b"set $a $b$b$b; set $b $a$a$a; set $a /x; set $a /y;" * 100 + b"root $a;" * 3000 + b"}}",
        b"include *;" * 3000,
        b"include /etc/" + b"*a" * 400 + b"b;",
    ],
    ids=[
        "opened",
        "closed",
        "words",
        "statements",
        "quotes",
        "escapes",
        "dollars",
        "names",
        "comment",
        "brackets",
        "strings",
        "dashes",
        "chain",
        "loop",
        "includes",
        "stars",
    ],
)
def test_nothing_takes_long(content, tmpdir):
    found = read_nginx(str(tmpdir), {"/etc/nginx/nginx.conf": content, "/etc/nginx/" + "a" * 200: b"a"})
    assert len(found.rows) < 60000


@pytest.mark.skipif(
    crossplane is None or not os.environ.get("WEB_NGINX_TREE"), reason="WEB_NGINX_TREE names no nginx configuration"
)
def test_a_tree_that_is_named_is_that_of_crossplane():
    tree = os.environ["WEB_NGINX_TREE"]
    assert compare_with_crossplane(tree + "/nginx.conf", tree)[1] > 0
