# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same configurations read here and by the real servers, in a container that ``WEB_TEST_CONTAINER`` names.

The servers are run by this test only; the collection never runs them.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import re
import subprocess

import pytest

from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.web_helpers import (
    files, paths, read_apache, read_nginx, text,
)

CONTAINER = os.environ.get("WEB_TEST_CONTAINER")
pytestmark = pytest.mark.skipif(not CONTAINER, reason="WEB_TEST_CONTAINER names no container with apache2 and nginx")

PLACE = "/tmp/web_truth"
MODULES = "/usr/lib/apache2/modules"
APACHE = {
    "main.conf": """
ServerRoot {place}
Listen 9191
PidFile logs/pid
Define site "{place}/my sites"
Define shop
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule info_module {modules}/mod_info.so
<IfModule !alias_module>
    LoadModule alias_module {modules}/mod_alias.so
</IfModule>
<IfModule mod_macro.c>
    DocumentRoot "{place}/nowhere"
</IfModule>
LoadModule macro_module {modules}/mod_macro.so
LoadModule vhost_alias_module {modules}/mod_vhost_alias.so
ErrorLog logs/e
ServerName main.test
<IfVersion >= 2.4>
    DocumentRoot "${{site}}/main"
</IfVersion>
<IfVersion = 2.4>
    DocumentRoot "{place}/nowhere"
</IfVersion>
Include mods
IncludeOptional sites-enabled/*.conf
IncludeOptional none/*.conf
IncludeOptional none.conf
Include sites/*/vhost.conf
""",
    "mods/b.load": "Alias /b \"${{site}}/main\"\n",
    "mods/.hidden": "Alias /hidden {place}/plain\n",
    "mods/sub/a.conf": "Alias /a \\\n   {place}/plain\n",
    "mods/Z": "# Alias /commented {place}/plain \\\nAlias /swallowed {place}/plain\n",
    "sites-enabled/10-one.conf": "-> ../sites-available/one.conf",
    "sites-enabled/.no.conf": "DocumentRoot /nowhere\n",
    "sites-enabled/20-two.conf.off": "DocumentRoot /nowhere\n",
    "sites-available/one.conf": """
<VirtualHost *:9191>
    ServerName one.test
    ServerAlias www.one.test # alias
    ServerAlias "quoted.one.test"
    DocumentRoot '${{site}}/one # 1'
    Alias "/with space" "${{site}}/main"
    AliasMatch "^/m/(.*)\\.x$" "{place}/plain/$1"
    Include common.inc
</VirtualHost>
<VirtualHost *:9191>
    ServerAlias *.second.test
    ServerName second.test
</VirtualHost>
<IfDefine shop>
    <VirtualHost \\
        192.0.2.1:9192 [2001:db8::1]:9193>
        DocumentRoot {place}/plain
        ServerName https://shop.test:443
        Include common.inc
    </VirtualHost>
</IfDefine>
<IfDefine !shop>
    <VirtualHost *:9191>
        DocumentRoot /nowhere
    </VirtualHost>
</IfDefine>
""",
    "common.inc": "ScriptAlias /cgi-bin/ {place}/plain/\n",
    "sites/b/vhost.conf": "Use Site b.test plain\nUse Site \"c.test\" \"my sites/main\"\n",
    "sites/a/vhost.conf": """
<Macro Site %name %dir>
    <VirtualHost *:9194>
        ServerName %name
        DocumentRoot "{place}/%dir"
    </VirtualHost>
</Macro>
Use Site a.test plain
<VirtualHost *:9195>
    ServerName v.test
    VirtualDocumentRoot {place}/plain/%0
</VirtualHost>
""",
    "my sites/main/": "",
    "my sites/one # 1/": "",
    "plain/": "",
    "logs/": "",
    "htdocs/": "",
}
RED_HAT = {
    "conf/httpd.conf": """
ServerRoot "{place}"
Listen 9191
PidFile logs/pid
Include conf.modules.d/*.conf
ServerName main.test
DocumentRoot "{place}/html"
<IfModule alias_module>
    ScriptAlias /cgi-bin/ "{place}/cgi/"
</IfModule>
ErrorLog "logs/error_log"
IncludeOptional conf.d/*.conf
""",
    "conf.modules.d/00-mpm.conf": "LoadModule mpm_event_module {modules}/mod_mpm_event.so\n",
    "conf.modules.d/00-base.conf": (
        "LoadModule authz_core_module {modules}/mod_authz_core.so\nLoadModule alias_module {modules}/mod_alias.so\n"
    ),
    "conf.d/10-site.conf": (
        "<VirtualHost *:9191>\n    ServerName site.test\n    DocumentRoot html/site\n    Include conf/extra.inc\n"
        "</VirtualHost>\n"
    ),
    "conf.d/README": "no configuration\n",
    "conf/extra.inc": "Alias /e {place}/html\n",
    "html/site/": "",
    "cgi/": "",
    "logs/": "",
}
NGINX = {
    "nginx.conf": """
error_log {place}/logs/e; pid {place}/logs/pid;
events {{ }}
http {{
    access_log off;
    include sites-enabled/*;
    include none/*.conf;
    include "conf d/[ab]?.conf";
}}
""",
    "sites-enabled/b": (
        "server {{ listen 9291; server_name \"b.test\"; root '{place}/my site'; include "
        "snippets/x.conf; }}\n"
    ),
    "sites-enabled/a": (
        "server {{ listen 9291; server_name a.test; # root /no;\n"
        " root {place}/a#b; location /{{ include snippets/x.conf; }} }}\n"
    ),
    "sites-enabled/.h": "syntax error\n",
    "conf d/b1.conf": "server {{ listen 9292; set $r {place}/plain; root $r; }}\n",
    "conf d/a1.conf": "# nothing\n",
    "conf d/c1.conf": "syntax error",
    "conf d/a.conf": "syntax error",
    "snippets/x.conf": "location ~ ^/x(/|$) {{ alias {place}/plain$1; }}\n",
}


def run(*command):
    process = subprocess.Popen(("podman",) + command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = process.communicate()[0].decode("utf-8", "replace")
    assert process.returncode == 0, output
    return output


@pytest.fixture
def tree(tmpdir):
    """Puts a tree below `PLACE` here (as the root's folder) and in the container; removes it there."""

    def make(content):
        content = dict(
            (PLACE + "/" + path, one if one.startswith("-> ") else one.format(place=PLACE, modules=MODULES))
            for path, one in content.items()
        )
        read_apache(str(tmpdir), content, config=PLACE + "/none")  # writes it
        run("cp", str(tmpdir.join(PLACE.lstrip("/"))), CONTAINER + ":" + os.path.dirname(PLACE))
        return str(tmpdir)

    yield make
    run("exec", CONTAINER, "rm", "-rf", PLACE)


def built_in():
    """What the server says is linked into it, and its version."""
    names = re.findall(r"^\s+(\S+\.c)$", run("exec", CONTAINER, "apache2", "-l"), re.M)
    version = re.search(r"Apache/(\d+)\.(\d+)\.(\d+)", run("exec", CONTAINER, "apache2", "-v"))
    return dict(
        built_in=frozenset(name.encode("ascii") for name in names),
        version=tuple(int(number) for number in version.groups()),
    )


def dumped_hosts(output):
    """{(name, file, line): aliases} of ``-D DUMP_VHOSTS``, those of macros without their place."""
    found, last = {}, None
    for line in output.splitlines():
        match = re.match(r".*?(?:namevhost |server |\S+:\S+\s+)(\S+) \((.*)\)$", line)
        alias = re.match(r"\s+(?:wild )?alias (\S+)$", line)
        if match and "NameVirtualHost" not in line:
            place = match.group(2).rpartition(":")
            last = (match.group(1),) + (("macro", 0) if "macro" in match.group(2) else (place[0], int(place[2])))
            found.setdefault(last, set())
        elif alias:
            found[last].add(alias.group(1))
    return found


def read_hosts(found):
    hosts = {}
    for row in found.rows:
        if row["kind"] == "vhost" and not row.get("main"):
            names = text(row.get("names", []))
            hosts[names[0] if names else None, text(row["file"]), row["line"]] = set(names[1:])
    return hosts


def test_apache(tree):
    root = tree(APACHE)
    found = read_apache(root, {}, config=PLACE + "/main.conf", server_root=PLACE, **built_in())
    output = run(
        "exec",
        CONTAINER,
        "apache2",
        "-f",
        PLACE + "/main.conf",
        "-t",
        "-D",
        "DUMP_VHOSTS",
        "-D",
        "DUMP_INCLUDES",
        "-D",
        "DUMP_RUN_CFG",
        "-D",
        "DUMP_CONFIG",
    )
    included = re.findall(r"^\s+\((?:\*|\d+)\) (.*)$", output, re.M)
    assert list(dict.fromkeys(included)) == files(found)
    theirs, here = dumped_hosts(output), read_hosts(found)
    assert sorted((name, aliases) for (name, _file, _line), aliases in theirs.items()) == sorted(
        (name, aliases) for (name, _file, _line), aliases in here.items()
    )
    # Of a directive over several lines the server tells the last one, of macros its own count.
    plain = [key for key in theirs if key[1] != "macro" and key[0] != "shop.test"]
    assert plain and all(key in here for key in plain)
    assert re.search(r'Main DocumentRoot: "(.*)"', output).group(1) == PLACE + "/my sites/main"
    assert paths(found, "root") == sorted(
        set(re.findall(r"^\s*DocumentRoot [\"']?(.*?)[\"']?\s*$", output, re.M)) | {PLACE + "/plain/*"}
    )
    aliases = re.findall(r"^\s*(?:Script)?Alias (?:\"[^\"]*\"|\S+)\s+[\"']?(.*?)[\"']?$", output, re.M)
    assert paths(found, "alias", "script_alias") == sorted(
        set(one.rstrip("/") for one in aliases) | {PLACE + "/plain/*"}
    )


def test_apache_in_the_layout_of_red_hat(tree):
    root = tree(RED_HAT)
    found = read_apache(root, {}, config=PLACE + "/conf/httpd.conf", server_root=PLACE, **built_in())
    dumps = ("-t", "-D", "DUMP_VHOSTS", "-D", "DUMP_INCLUDES", "-D", "DUMP_RUN_CFG")
    output = run("exec", CONTAINER, "apache2", "-d", PLACE, "-f", "conf/httpd.conf", *dumps)
    assert re.findall(r"^\s+\((?:\*|\d+)\) (.*)$", output, re.M) == files(found)
    assert dumped_hosts(output) == read_hosts(found)
    assert paths(found, "root") == [PLACE + "/html", PLACE + "/html/site"]
    assert re.search(r'Main DocumentRoot: "(.*)"', output).group(1) == PLACE + "/html"
    assert re.search(r'Main ErrorLog: "(.*)"', output).group(1) == paths(found, "log")[0]


def test_nginx(tree):
    root = tree(NGINX)
    found = read_nginx(root, {}, config=PLACE + "/nginx.conf")
    run("exec", CONTAINER, "mkdir", "-p", PLACE + "/logs")
    output = run("exec", CONTAINER, "nginx", "-T", "-c", PLACE + "/nginx.conf")
    assert re.findall(r"^# configuration file (.*):$", output, re.M) == files(found)
    assert paths(found, "root") == [PLACE + "/a#b", PLACE + "/my site", PLACE + "/plain"]
    assert paths(found, "alias") == [PLACE + "/plain*"]


def test_what_is_installed(tmpdir):
    run("cp", CONTAINER + ":/etc/apache2", str(tmpdir.mkdir("etc")))
    run("cp", CONTAINER + ":/etc/nginx", str(tmpdir.join("etc")))
    output = run("exec", CONTAINER, "apache2ctl", "-t", "-D", "DUMP_VHOSTS", "-D", "DUMP_INCLUDES")
    environment = {
        b"APACHE_LOG_DIR": b"/var/log/apache2",
        b"APACHE_RUN_DIR": b"/run",
        b"APACHE_PID_FILE": b"/run/p",
        b"APACHE_LOCK_DIR": b"/l",
    }
    environment.update({b"APACHE_RUN_USER": b"www-data", b"APACHE_RUN_GROUP": b"www-data"})
    found = read_apache(str(tmpdir), {}, environment=environment, **built_in())
    assert re.findall(r"^\s+\((?:\*|\d+)\) (.*)$", output, re.M) == files(found)
    assert sorted(key[1:] for key in dumped_hosts(output)) == sorted(key[1:] for key in read_hosts(found))
    output = run("exec", CONTAINER, "nginx", "-T")
    assert re.findall(r"^# configuration file (.*):$", output, re.M) == files(read_nginx(str(tmpdir), {}))
