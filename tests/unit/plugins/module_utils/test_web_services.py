# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collector on whole trees: several servers at once, both layouts, what goes home, and what is told."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import base64
import json
import os
import subprocess
import sys
import time

import pytest

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection import Collection, Limits, Stopped
from ansible_collections.csirt.linux_triage.plugins.module_utils._web import (
    _web_discovery, _web_servers, _web_services, _web_view,
)
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.core_helpers import entries
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.web_helpers import listen, make_proc, process, write

KEY = "-----BEGIN RSA PRIVATE KEY-----\n%s\n-----END RSA PRIVATE KEY-----\n" % base64.b64encode(
    b"\x30\x2e" + b"x" * 46
).decode("ascii")
DEBIAN = {
    "/etc/apache2/apache2.conf": (
        "Include ports.conf\nIncludeOptional mods-enabled/*.load\n"
        "ErrorLog ${APACHE_LOG_DIR}/error.log\n"
        "IncludeOptional sites-enabled/*.conf\n"
    ),
    "/etc/apache2/envvars": "export APACHE_LOG_DIR=/var/log/apache2\n",
    "/etc/apache2/ports.conf": "Listen 8080\n",
    "/etc/apache2/mods-enabled/alias.load": "-> ../mods-available/alias.load",
    "/etc/apache2/mods-available/alias.load": "LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so\n",
    "/etc/apache2/sites-enabled/shop.conf": (
        "<VirtualHost *:8080>\n\tServerName shop.test\n"
        "\tDocumentRoot \"/srv/my shop\"\n"
        "\t#DocumentRoot /srv/old\n\t<IfModule mod_alias.c>\n\t\tAlias /img /srv/images\n\t</IfModule>\n"
        "\tCustomLog /srv/logs/shop.log combined\n</VirtualHost>\n"
    ),
    "/etc/nginx/nginx.conf": (
        "http {\n  include mime.types;\n  access_log /var/log/nginx/access.log;\n"
        "  include sites-enabled/*;\n}\n"
    ),
    "/etc/nginx/mime.types": "types { text/html html; }\n",
    "/etc/nginx/sites-enabled/x": "server { listen 80; server_name x.test; root '/srv/x y'; # root /srv/no;\n}\n",
    "/etc/php/8.2/fpm/php-fpm.conf": (
        "; comment\n[global]\nerror_log = /var/log/php8.2-fpm.log\n"
        "include=/etc/php/8.2/fpm/pool.d/*.conf\n"
    ),
    "/etc/php/8.2/fpm/pool.d/www.conf": (
        "[www]\nuser = www-data\nlisten = /run/php.sock ; socket\n"
        "slowlog = /var/log/$pool.slow\n"
        "chroot = /srv/jail\nphp_admin_value[error_log] = /var/log/fpm-php.log\n"
        "php_value[auto_prepend_file]=\"/tmp/a b.php\"\nenv[SECRET] = xyz\n"
    ),
    "/usr/lib/systemd/system/nginx.service": "[Service]\nExecStart=/usr/sbin/nginx\n",
    "/srv/my shop/": "",
    "/srv/x y/": "",
}
RED_HAT = {
    "/etc/httpd/conf/httpd.conf": (
        'ServerRoot "/etc/httpd"\nListen 80\nInclude conf.modules.d/*.conf\n'
        'DocumentRoot "/var/www/html"\n'
        "<IfModule alias_module>\n    ScriptAlias /cgi-bin/ \"/var/www/cgi-bin/\"\n</IfModule>\n"
        'ErrorLog "logs/error_log"\nCustomLog "logs/access_log" combined\nIncludeOptional conf.d/*.conf\n'
    ),
    "/etc/httpd/conf.modules.d/00-base.conf": "LoadModule alias_module modules/mod_alias.so\n",
    "/etc/httpd/conf.d/vhosts.conf": (
        "<VirtualHost *:80>\n    ServerName v.test\n    DocumentRoot /srv/v\n"
        "    Include conf/extra.inc\n</VirtualHost>\n"
    ),
    "/etc/httpd/conf/extra.inc": "Alias /e /srv/e\nSSLCertificateKeyFile /etc/pki/key.pem\n",
    "/etc/httpd/logs": "-> ../../var/log/httpd",
    "/var/log/httpd/": "",
    "/etc/pki/key.pem": KEY,
}


class Collected:
    """What a collection of a tree brought: table rows, the part's entries, the manifest and the summary."""

    def __init__(self, tmpdir, root, proc=None, **options):
        workspace = str(tmpdir.mkdir("workspace"))
        collection = Collection(
            workspace.encode("utf-8"), b"40-web_services", "web_services", root.encode("utf-8"), Limits(seconds=60)
        )
        try:
            _web_services.collect(collection, options, proc and proc.encode("utf-8"))
        finally:
            collection.close()
        self.summary = collection.summary
        self.entries = entries(os.path.join(workspace, "40-web_services.tar.gz"))
        self.rows = self._lines(b"tables/web_services.jsonl")
        self.manifest = self._lines(b"manifest/40-web_services.jsonl")

    def _lines(self, name):
        return [json.loads(line.decode("ascii")) for line in self.entries[name][1].splitlines()]

    def of(self, kind, *columns, **wanted):
        rows = [
            row
            for row in self.rows
            if row["kind"] == kind and all(row.get(name) == value for name, value in wanted.items())
        ]
        return [
            tuple(row.get(column) for column in columns) if len(columns) > 1 else row.get(columns[0]) for row in rows
        ]


@pytest.fixture
def root(tmpdir):
    return str(tmpdir.mkdir("host"))


@pytest.fixture
def proc(tmpdir):
    return make_proc(str(tmpdir))


def test_two_servers_at_once_on_debian(tmpdir, root, proc):
    write(root, DEBIAN)
    process(proc, 7, "/usr/sbin/apache2", ["/usr/sbin/apache2", "-k", "start"])
    found = Collected(tmpdir, root, proc)
    assert found.of("root", "path", "vhost", "server") == [
        ("/srv/my shop", "shop.test:8080", "apache-1"),
        ("/srv/x y", "x.test:80", "nginx-1"),
    ]
    assert found.of("alias", "url", "path") == [("/img", "/srv/images")]
    assert sorted(found.of("log", "path", "log")) == [
        ("/srv/logs/shop.log", "access"),
        ("/var/log/apache2/error.log", "error"),
        ("/var/log/fpm-php.log", "php"),
        ("/var/log/nginx/access.log", "access"),
        ("/var/log/php8.2-fpm.log", "error"),
        ("/var/log/www.slow", "slow"),
    ]
    assert found.of("server", "server", "running", "sources") == [
        ("apache-1", True, ["process", "place"]),
        ("nginx-1", False, ["unit nginx.service", "place"]),
        ("php-fpm-1", False, ["place"]),
    ]
    assert found.of("fpm_pool", "name", "listen", "user", "chroot", "settings") == [
        (
            "www",
            "/run/php.sock",
            "www-data",
            "/srv/jail",
            ["php_admin_value[error_log]=/var/log/fpm-php.log", "php_value[auto_prepend_file]=/tmp/a b.php"],
        )
    ]
    assert found.summary == {
        "webroots": "/srv/my shop, /srv/x y",
        "virtual_hosts": 3,
        "unresolved": 0,
        "warnings": "",
        "webservices": (
            "apache /etc/apache2/apache2.conf (running), nginx /etc/nginx/nginx.conf (not running), "
            "php-fpm /etc/php/8.2/fpm/php-fpm.conf (not running)"
        ),
    }


def test_all_that_was_read_goes_home_as_it_is(tmpdir, root):
    write(root, DEBIAN)
    os.utime(os.path.join(root, "etc/nginx/nginx.conf"), (1000000000, 1000000001))
    found = Collected(tmpdir, root)
    read = set(path for path in DEBIAN if path.startswith(("/etc/", "/usr/lib/systemd/"))) - {
        "/etc/apache2/mods-enabled/alias.load"
    }
    taken = dict(
        (name[6:].decode(), entry)
        for name, entry in found.entries.items()
        if name.startswith(b"[root]") and entry[0].isreg()
    )
    assert set(taken) == read
    for path in read:
        with open(root + path, "rb") as stream:
            assert taken[path][1] == stream.read(), path
    assert taken["/etc/nginx/nginx.conf"][0].mtime == 1000000001
    assert found.entries[b"[root]/etc/apache2/mods-enabled/alias.load"][0].linkname == "../mods-available/alias.load"
    assert set(found.of("config", "path")) ^ read == {
        "/etc/apache2/mods-enabled/alias.load",
        "/etc/apache2/mods-available/alias.load",
    }
    assert ("/etc/nginx/sites-enabled/x", "include", "/etc/nginx/nginx.conf", 4, "collected") in found.of(
        "config", "path", "role", "file", "line", "state"
    )


def test_red_hat(tmpdir, root, proc):
    write(root, RED_HAT)
    process(proc, 7, "/usr/sbin/httpd", ["/usr/sbin/httpd", "-d", "/etc/httpd", "-DFOREGROUND"])
    found = Collected(tmpdir, root, proc)
    assert found.of("root", "path", "vhost") == [("/var/www/html", None), ("/srv/v", "v.test:80")]
    assert found.of("script_alias", "path") == ["/var/www/cgi-bin"] and found.of("alias", "path") == ["/srv/e"]
    assert found.of("log", "path", "log") == [
        ("/etc/httpd/logs/error_log", "error"),
        ("/etc/httpd/logs/access_log", "access"),
    ]
    assert found.of("module", "name", "path") == [("alias_module", "/etc/httpd/modules/mod_alias.so")]
    assert found.summary["warnings"] == "" and found.summary["unresolved"] == 0
    assert b"[root]/etc/pki/key.pem" not in found.entries


def test_nothing(tmpdir, root, proc):
    found = Collected(tmpdir, root, proc)
    assert found.rows == []
    assert found.summary == {"webroots": "", "webservices": "", "virtual_hosts": 0, "unresolved": 0, "warnings": ""}


def test_private_keys_and_hashes_stay(tmpdir, root):
    write(
        root,
        {
            "/etc/nginx/nginx.conf": "include /etc/ssl/key.pem; include /etc/shadow; http {}\n",
            "/etc/ssl/key.pem": KEY,
            "/etc/shadow": "root:$6$x:1\n",
        },
    )
    found = Collected(tmpdir, root)
    assert sorted(found.of("config", "path", "state")) == [
        ("/etc/nginx/nginx.conf", "collected"),
        ("/etc/shadow", "withheld"),
        ("/etc/ssl/key.pem", "withheld"),
    ]
    assert b"$6$x" not in b"".join(data or b"" for _entry, data in found.entries.values())


def test_containers(tmpdir, root, proc):
    inside = str(tmpdir.mkdir("inside"))
    write(
        inside,
        {
            "/etc/nginx/nginx.conf": (
                "include key; include /etc/shadow; http { server { root /srv/in; access_log "
                "/var/log/a; } }\n"
            ),
            "/etc/nginx/key": KEY,
            "/etc/shadow": "root:$6$x:1\n",
        },
    )
    process(proc, 9, "/usr/sbin/nginx", ["nginx"], namespace=3, root=inside)
    found = Collected(tmpdir, root, proc)
    assert found.of("root", "path", "view") == [("/srv/in", "/proc/9/root")]
    assert found.of("log", "path", "view") == [("/var/log/a", "/proc/9/root")]
    assert found.entries[b"live/web/9/root/etc/nginx/nginx.conf"][1].startswith(b"include key")
    assert sorted(found.of("config", "path", "state", "view")) == [
        ("/etc/nginx/key", "withheld", "/proc/9/root"),
        ("/etc/nginx/nginx.conf", "collected", "/proc/9/root"),
        ("/etc/shadow", "withheld", "/proc/9/root"),
    ]
    assert found.summary["webroots"] == "/proc/9/root/srv/in"
    assert b"$6$x" not in b"".join(data or b"" for _entry, data in found.entries.values())


def test_a_root_of_its_own(tmpdir, root, proc):
    write(
        root,
        {
            "/jail/etc/nginx/nginx.conf": "http { include x; }",
            "/jail/etc/nginx/x": "-> /etc/y",
            "/jail/etc/y": "server { root /www; }",
        },
    )
    process(proc, 9, "/usr/sbin/nginx", ["nginx"], root="/jail")
    found = Collected(tmpdir, root, proc)
    assert found.of("root", "path", "view") == [("/www", "/jail")] and found.summary["webroots"] == "/jail/www"
    assert {b"[root]/jail/etc/nginx/nginx.conf", b"[root]/jail/etc/y"} <= set(found.entries)


def test_what_differs_only_in_its_namespace_is_ours(tmpdir, root, proc):
    write(root, dict(DEBIAN, **{"/private/": ""}))
    process(proc, 9, "/usr/sbin/apache2", ["apache2", "-k", "start"], namespace=4, root=root)
    found = Collected(tmpdir, root, proc)
    assert found.of("server", "server", "view")[0] == ("apache-1", None)
    assert b"[root]/etc/apache2/apache2.conf" in found.entries
    assert found.of("root", "view") == [None, None]


@pytest.mark.parametrize(
    "exe, arguments, files, reason",
    [
        (
            "/usr/sbin/nginx",
            ["nginx", "-c", "/data/n.conf"],
            {},
            "nginx, process 7 (/usr/sbin/nginx): its configuration /data/n.conf was not read (absent: No such file "
            "or directory)",
        ),
        (
            "/usr/sbin/nginx",
            ["nginx", "-c", "/data/n.conf"],
            {"/data/n.conf/": ""},
            "nginx, process 7 (/usr/sbin/nginx): its configuration /data/n.conf was not read (skipped_type: directory)",
        ),
        (
            "/usr/sbin/apache2",
            ["apache2", "-f", "/data/a.conf"],
            {"/data/a.conf": "Listen 80\n"},
            "apache2, process 7 (/usr/sbin/apache2): no document root was found in its configuration",
        ),
        (
            "/usr/sbin/nginx",
            ["nginx", "-c", "/data/n.conf"],
            {"/data/n.conf": "http { server { location / { proxy_pass http://x; } } }"},
            "nginx, process 7 (/usr/sbin/nginx): its configuration has no document root, it hands requests on",
        ),
        (
            "/usr/local/lsws/bin/litespeed",
            ["litespeed"],
            {},
            "litespeed, process 7 (/usr/local/lsws/bin/litespeed): this kind of server's configuration is not read",
        ),
        ("/usr/bin/python3", ["python3", "-m", "http.server"], {}, None),
        ("/usr/sbin/php-fpm8.2", ["php-fpm: master process (/etc/none.conf)"], {}, None),
    ],
)
def test_a_server_that_runs_and_of_which_nothing_is_known(tmpdir, root, proc, exe, arguments, files, reason):
    write(root, files)
    process(proc, 7, exe, arguments)
    found = Collected(tmpdir, root, proc)
    warnings = found.of("warning", "reason", "pid")
    assert warnings == ([(reason + "; " + _web_services._WHAT_TO_ADD, 7)] if reason else [])
    assert found.summary["warnings"] == "".join(text for text, _pid in warnings)


def test_small_servers_serve_what_their_arguments_say(tmpdir, root, proc):
    process(proc, 5, "/usr/bin/python3.11", ["python3", "-m", "http.server", "-d", "files", "80"], folder="/data")
    process(proc, 6, "/usr/bin/php8.2", ["php", "-S", "0.0.0.0:80"], folder="/data/php")
    process(proc, 7, "/usr/bin/busybox", ["busybox", "httpd", "-f", "-h", "/data/bb"])
    assert Collected(tmpdir, root, proc).of("root", "path") == ["/data/files", "/data/php", "/data/bb"]


def test_what_the_user_adds(tmpdir, root):
    write(root, {"/data/n/nginx.conf": "http { server { root /data/n/www; } }", "/data/w/": ""})
    found = Collected(tmpdir, root, webroots=["/data/w/", "/data/none"], webservices=["/data/n", "/data/nothing"])
    assert found.of("root", "path", "role") == [("/data/w", "added"), ("/data/n/www", "document_root")]
    assert found.of("server", "config", "sources") == [("/data/n/nginx.conf", ["option"])]
    assert sorted(found.of("warning", "reason")) == [
        "/data/none, named as a document root, is no folder",
        "/data/nothing, named as a configuration: nothing that is one was found there",
    ]


def test_small_families(tmpdir, root):
    write(
        root,
        {
            "/etc/lighttpd/lighttpd.conf": (
                'var.base = "/srv/l" # x\nserver.document-root = var.base + "/www"\n'
                'server.modules = (\n  "mod_alias",\n  "mod_cgi" )\n'
                'server.errorlog = "/var/log/l/e.log"\n$HTTP["host"] == "b" {\n  server.document-root = "/srv/b"\n'
                '  alias.url += ( "/i/" => "/srv/i/" )\n}\ninclude "conf.d/*.conf"\ninclude_shell "/bin/evil"\n'
                'include_shell "/usr/share/lighttpd/include-conf-enabled.pl"\n'
            ),
            "/etc/lighttpd/conf.d/a.conf": 'accesslog.filename = "/var/log/l/a.log"\n',
            "/etc/lighttpd/conf-enabled/z.conf": 'simple-vhost.server-root = "/srv/vhosts"\n',
            "/etc/caddy/Caddyfile": (
                "{\n\tadmin off\n}\n(common) {\n\tlog {\n\t\toutput file /var/log/caddy.log\n"
                "\t}\n}\na.test, www.a.test {\n\timport common\n"
                "\troot * /srv/caddy\n\tphp_fastcgi unix//run/php.sock\n\tfile_server # x\n}\nimport sites/*\n"
            ),
            "/etc/caddy/sites/b": (
                'b.test {\n\troot "/srv/b b"\n\treverse_proxy 10.0.0.1:80\n\thandle /x {\n'
                '\t\troot * /srv/{host}/x\n\t}\n}\n'
            ),
            "/opt/tomcat/conf/server.xml": (
                '<Server>\n<!-- <Host name="no" appBase="/no"> -->\n'
                '<Connector port="8080"/>\n<Host name="localhost"\n appBase="webapps">\n'
                '<Context path="/x" docBase="${catalina.base}/x"/>\n'
                '<Valve className="org.apache.catalina.valves.AccessLogValve" '
                'directory="logs" prefix="a." suffix=".txt"/>\n</Host></Server>\n'
            ),
            "/opt/tomcat/conf/Catalina/localhost/y.xml": '<Context docBase="/srv/y.war"/>',
            "/opt/tomcat/logs/": "",
        },
    )
    found = Collected(tmpdir, root)
    assert sorted(found.of("root", "path", "family")) == [
        ("/opt/tomcat/webapps", "tomcat"),
        ("/opt/tomcat/x", "tomcat"),
        ("/srv", "caddy"),
        ("/srv/b", "lighttpd"),
        ("/srv/b b", "caddy"),
        ("/srv/caddy", "caddy"),
        ("/srv/l/www", "lighttpd"),
        ("/srv/vhosts", "lighttpd"),
        ("/srv/y.war", "tomcat"),
    ]
    assert sorted((path, glob or "") for path, glob in found.of("log", "path", "glob")) == [
        ("/opt/tomcat/logs", ""),
        ("/opt/tomcat/logs", "/opt/tomcat/logs/a.*.txt"),
        ("/var/log/caddy.log", ""),
        ("/var/log/l/a.log", ""),
        ("/var/log/l/e.log", ""),
    ]
    assert found.of("alias", "url", "path") == [("/i/", "/srv/i")]
    assert found.of("module", "name") == ["mod_alias", "mod_cgi"]
    assert found.of("unresolved", "what") == ["/bin/evil"]
    assert found.of("vhost", "name") == ["a.test", "b.test", "localhost"]
    assert found.of("upstream", "target") == ["10.0.0.1:80"]
    assert found.of("root", "glob", path="/srv") == ["/srv/*/x"]


def test_caddy_as_json(tmpdir, root):
    content = {
        "apps": {
            "http": {
                "servers": {
                    "s": {
                        "routes": [
                            {"match": [{"host": ["j.test"]}], "handle": [{"handler": "file_server", "root": "/srv/j"}]},
                            {"handle": [{"handler": "reverse_proxy", "upstreams": [{"dial": "10.0.0.9:80"}, 5]}]},
                        ]
                    }
                }
            }
        },
        "logging": {"logs": {"x": {"writer": {"output": "file", "filename": "/var/log/j.log"}}}},
    }
    write(root, {"/etc/caddy/caddy.json": json.dumps(content), "/usr/local/etc/caddy/Caddyfile": "{ \"broken"})
    found = Collected(tmpdir, root)
    assert found.of("root", "path") == ["/srv/j"] and found.of("log", "path") == ["/var/log/j.log"]
    assert found.of("upstream", "target") == ["10.0.0.9:80"]
    assert found.of("unresolved", "what") == ["/usr/local/etc/caddy/Caddyfile"]


def test_one_bad_configuration_costs_no_other(tmpdir, root, monkeypatch):
    write(root, DEBIAN)

    def explode(*_arguments):
        raise ValueError("boom")

    monkeypatch.setitem(_web_servers._READERS, "apache", explode)
    found = Collected(tmpdir, root)
    assert [row["reason"] for row in found.manifest if row["state"] == "failed"] == ["ValueError: boom"]
    assert found.of("root", "path") == ["/srv/x y"]


def test_one_server_has_a_share_of_the_time(tmpdir, root, monkeypatch):
    write(
        root,
        {
            "/etc/apache2/apache2.conf": "Alias /a /srv/a\n" + "X\n" * 5000,
            "/etc/nginx/nginx.conf": "http { server { root /srv/n; } }",
        },
    )
    monkeypatch.setattr(_web_servers, "SECONDS", -1)
    found = Collected(tmpdir, root)
    assert sorted(found.of("unresolved", "server")) == ["apache-1", "nginx-1"]
    monkeypatch.setattr(_web_servers, "SECONDS", 100)
    assert Collected(tmpdir.mkdir("again"), root).of("root", "path") == ["/srv/n"]


def test_the_end_of_the_collectors_time(tmpdir, root):
    write(root, DEBIAN)
    workspace = str(tmpdir.mkdir("workspace")).encode("utf-8")
    collection = Collection(workspace, b"40-web_services", "web_services", root.encode("utf-8"), Limits(seconds=-1))
    with pytest.raises(Stopped):
        _web_services.collect(collection, {})
    assert collection.summary["webroots"] == ""
    collection.close()


def test_not_more_files_than_allowed(tmpdir, root, monkeypatch):
    monkeypatch.setattr(_web_view, "MAX_FILES", 20)
    write(root, {"/etc/nginx/nginx.conf": "http { include s/*; }"})
    write(root, dict(("/etc/nginx/s/%03d" % number, "server { root /srv/%d; }" % number) for number in range(60)))
    found = Collected(tmpdir, root)
    assert len(found.of("root", "path")) == 19
    assert len([row for row in found.rows if row["kind"] == "unresolved" and "skipped_budget" in row["reason"]]) == 41


def test_a_file_that_is_too_long(tmpdir, root, monkeypatch):
    monkeypatch.setattr(_web_view, "MAX_SIZE", 100)
    write(root, {"/etc/nginx/nginx.conf": "http { server { root /srv/a; } " + " " * 100 + "server { root /srv/b; } }"})
    found = Collected(tmpdir, root)
    assert found.of("root", "path") == ["/srv/a"]
    assert "only the first 100 bytes" in found.of("unresolved", "reason")[0]


def test_what_must_not_be_opened(tmpdir, root):
    write(
        root,
        {
            "/etc/nginx/nginx.conf": (
                "include fifo; include /dev/zero; include /proc/kmsg; include loop; include "
                "up; http { server { root /srv/a; } }"
            )
        },
    )
    os.mkfifo(os.path.join(root, "etc/nginx/fifo"))
    os.symlink("loop", os.path.join(root, "etc/nginx/loop"))
    os.symlink("../../../../../../../etc/passwd", os.path.join(root, "etc/nginx/up"))
    found = Collected(tmpdir, root)
    assert found.of("root", "path") == ["/srv/a"]
    assert len(found.of("unresolved", "what")) == 5


def test_names_that_are_no_text(tmpdir, root):
    write(root, {"/etc/nginx/nginx.conf": b"http { server { server_name \"a\x1b[2Jb\"; root \"/srv/\xff\n\"; } }"})
    found = Collected(tmpdir, root)
    assert found.of("root", "path") == ["/srv/\\xff\\x0a"]
    assert found.of("vhost", "name") == ["a\\x1b[2Jb"]


def test_servers_beyond_the_limit_are_told(tmpdir, root, monkeypatch):
    monkeypatch.setattr(_web_discovery, "MAX_INSTANCES", 1)
    write(root, DEBIAN)
    found = Collected(tmpdir, root)
    assert found.summary["warnings"] == "more than 1 web servers and configurations: no more were read"


def test_summaries_stay_short(tmpdir, root):
    servers = "".join("server { root /srv/%s/%d; }\n" % ("x" * 60, number) for number in range(500))
    write(root, {"/etc/nginx/nginx.conf": "http { %s }" % servers})
    found = Collected(tmpdir, root)
    assert len(found.summary["webroots"]) < 1000 and found.summary["webroots"].endswith(", and 490 more")
    assert len(found.of("root", "path")) == 500


@pytest.mark.parametrize(
    "path",
    [
        "/etc/lighttpd/lighttpd.conf",
        "/etc/caddy/Caddyfile",
        "/opt/tomcat/conf/server.xml",
        "/etc/php-fpm.conf",
        "/etc/apache2/envvars",
        "/etc/systemd/system/nginx.service",
    ],
)
@pytest.mark.parametrize(
    "content",
    [
        b"\"" * 100000,
        b"\"\\\"" * 50000,
        b"a = " + b" " * 100000 + b"x",
        b"<" * 100000,
        b"<Host name='" * 20000,
        b"<!--" * 30000,
        b"{$" * 50000,
        b"`" * 50001,
        b"a {\n" * 20000 + b"}\n" * 20000,
        b"(a) {\nimport a\nimport a\n}\nimport a\n",
        b"include=*\ninclude \"*\"\nimport *\n" * 50,
        b"A=$A$A$A$A\n" * 3000,
        b"var.a = var.a + var.a\n" * 3000,
        b"ExecStart=/usr/sbin/nginx $A\n" * 3000 + b"Environment=A=" + b"x " * 10000,
        b"\0\xff\n" * 10000,
        b"${a}" * 20000,
    ],
    ids=[str(number) for number in range(16)],
)
def test_nothing_takes_long(tmpdir, root, path, content):
    write(root, {path: content, "/etc/apache2/apache2.conf": ""})
    found = Collected(tmpdir, root)
    assert not [row for row in found.manifest if row["state"] in ("failed", "timed_out")]


def test_no_program_is_run(tmpdir, root, proc, monkeypatch):
    script = b"#!/bin/sh\nexit 1\n"
    write(root, dict(DEBIAN, **{"/usr/sbin/nginx": script, "/usr/sbin/apache2": script}))

    def refuse(*_arguments, **_options):
        raise AssertionError("a program was run")

    for module, name in ((subprocess, "Popen"), (os, "execv"), (os, "execve"), (os, "system"), (os, "fork")):
        monkeypatch.setattr(module, name, refuse)
    process(proc, 7, "/usr/sbin/nginx", ["nginx: master process /usr/sbin/nginx"])
    assert len(Collected(tmpdir, root, proc).of("server", "server")) == 3


def test_what_listens_like_a_web_server_and_is_none_is_told(tmpdir, root, proc):
    listen(proc, {70: "80/tcp", 71: "443/tcp", 72: "8080/tcp", 73: "8443/tcp", 74: "8000/udp"})
    process(proc, 1, "/sbin/init", ["/sbin/init"], sockets=[70])
    process(proc, 7, "/usr/sbin/nginx", ["nginx: master process /usr/sbin/nginx"], sockets=[70])
    process(proc, 8, "/opt/shop/server (deleted)", ["./server"], sockets=[71, 74])
    process(proc, 9, "/usr/bin/docker-proxy", ["docker-proxy"], sockets=[72])
    found = Collected(
        tmpdir, root, proc, ports=["80/tcp", "443/tcp", "8080/tcp", "8443/tcp", "8000/tcp"], forwarders=["docker-*"],
    )
    warnings = [(row.get("pid"), row["reason"].partition(";")[0]) for row in found.rows if row["kind"] == "warning"]
    assert [one for one in warnings if "served by" in one[1]] == [
        (8, "443/tcp is served by process 8 (/opt/shop/server), no web server that is known"),
        (None, "8443/tcp is served by no process that can be seen, no web server that is known"),
    ]


@pytest.mark.skipif(not os.path.exists("/proc/self/ns/mnt"), reason="no /proc")
def test_a_process_that_really_runs(tmpdir, root):
    proc = make_proc(str(tmpdir))
    os.remove(os.path.join(proc, "self", "ns", "mnt"))
    os.symlink(os.readlink("/proc/self/ns/mnt"), os.path.join(proc, "self", "ns", "mnt"))
    module = "http.server" if sys.version_info >= (3,) else "SimpleHTTPServer"
    with open(os.devnull, "wb") as nothing:
        child = subprocess.Popen([sys.executable, "-m", module, "0"], cwd="/usr", stdout=nothing, stderr=nothing)
    try:
        time.sleep(0.5)
        os.symlink("/proc/%d" % child.pid, os.path.join(proc, str(child.pid)))
        found = Collected(tmpdir, root, proc)
    finally:
        child.kill()
        child.wait()
    assert found.of("root", "path") == ["/usr"]
    assert found.of("server", "pid", "running", "processes") == [(child.pid, True, 1)]
