# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Web servers that run, that units start, that lie where they usually do, and that somebody names."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

import pytest

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import Reader
from ansible_collections.csirt.linux_triage.plugins.module_utils._web import (
    _web_binary, _web_glob, _web_processes, _web_programs, _web_shell,
)
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_discovery import Discovery
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_paths import log_values, normal
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_places import family_of_file
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_view import Budget
from ansible_collections.csirt.linux_triage.plugins.module_utils._web._web_views import Views
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.web_helpers import (
    make_proc, process, text, write,
)

NGINX_PROGRAM = (
    b"\x7fELF\0\0nginx version: nginx/1.22.1\0configure arguments:\0"
    b" --with-cc-opt='-g -ffile-prefix-map=/build/nginx.conf=. -O2' --prefix=/usr/share/nginx "
    b"--conf-path=/etc/nginx/nginx.conf"
    b" --http-log-path=/var/log/nginx/access.log --error-log-path=stderr --with-http_v2_module"
    b" --add-dynamic-module=/build/conf/http-conf-path=/wrong/nginx.conf --add-module=/x/conf\0more\0"
)
APACHE_PROGRAM = (
    b"\x7fELF\0mod_so.c\0modules/http/mod_alias.c\0event.c\0mod_\0 -D HTTPD_ROOT=\"/etc/httpd\"\0"
    b" -D SERVER_CONFIG_FILE=\"conf/httpd.conf\"\0 -D DEFAULT_ERRORLOG=\"logs/error_log\"\0Apache/2.4.57 (x)\0"
)


class Host:
    """Stands for a collection: a root and its reader."""

    def __init__(self, root):
        self.root = root
        self.reader = Reader(root)


def find(root, proc=None, named=()):
    """The `Discovery` of a tree after its search, and its instances as (family, config, base, sources)."""
    budget = Budget(lambda: None)
    views = Views(Host(root.encode("utf-8")), budget, proc and proc.encode("utf-8"))
    discovery = Discovery(views, budget.check, proc and proc.encode("utf-8"))
    found = discovery.find([path.encode("utf-8") for path in named])
    views.close()
    discovery.told = [
        (
            one.family,
            text(one.start.config) if one.start else None,
            text(one.start.base) if one.start else None,
            one.sources,
        )
        for one in found
    ]
    return discovery


@pytest.fixture
def root(tmpdir):
    return str(tmpdir.mkdir("host"))


@pytest.fixture
def proc(tmpdir):
    return make_proc(str(tmpdir))


def test_nothing_is_found_where_nothing_is(root, proc):
    write(root, {"/etc/passwd": "", "/usr/sbin/cron": "", "/etc/conf": "root /srv;\n"})
    process(proc, 10, "/usr/sbin/cron", ["/usr/sbin/cron", "-f"])
    process(proc, 11, "/usr/bin/vim", ["vim", "/etc/nginx/nginx.conf"])
    discovery = find(root, proc)
    assert discovery.told == [] and discovery.problems == []


def test_debian(root, proc):
    write(
        root,
        {
            "/etc/apache2/apache2.conf": "",
            "/etc/nginx/nginx.conf": "",
            "/usr/sbin/nginx": NGINX_PROGRAM,
            "/etc/apache2/envvars": "export APACHE_LOG_DIR=/var/log/apache2$SUFFIX\nexport APACHE_RUN_USER=www-data\n",
            "/usr/lib/systemd/system/apache2.service": (
                "[Service]\nEnvironment=A=b\n"
                "ExecStart=/usr/sbin/apachectl start\n"
            ),
            "/usr/lib/systemd/system/nginx.service": (
                "[Service]\nExecStartPre=/usr/sbin/nginx -t\n"
                "ExecStart=/usr/sbin/nginx -g 'daemon on; master_process on;'\n"
            ),
            "/usr/lib/systemd/system/apache-htcacheclean.service": "[Service]\nExecStart=/usr/bin/htcacheclean -d 1\n",
        },
    )
    process(
        proc, 70, "/usr/sbin/apache2", ["/usr/sbin/apache2", "-k", "start"], environment={"APACHE_RUN_USER": "anna"}
    )
    process(proc, 71, "/usr/sbin/apache2", ["/usr/sbin/apache2", "-k", "start"], parent=70)
    process(proc, 80, "/usr/sbin/nginx", ["nginx: master process /usr/sbin/nginx -g daemon on; master_process on;"])
    process(proc, 81, "/usr/sbin/nginx", ["nginx: worker process"], parent=80)
    os.remove(os.path.join(proc, "80", "exe"))
    os.symlink(os.path.join(root, "usr/sbin/nginx"), os.path.join(proc, "80", "exe"))
    discovery = find(root, proc)
    assert discovery.told == [
        ("apache", "/etc/apache2/apache2.conf", "/etc/apache2", ["process", "unit apache2.service", "place"]),
        ("nginx", "/etc/nginx/nginx.conf", "/usr/share/nginx", ["process", "unit nginx.service", "place"]),
    ]
    apache, nginx = discovery.found
    assert (apache.process.processes, apache.process.pid) == (2, 70)
    assert apache.start.environment[b"APACHE_LOG_DIR"] == b"/var/log/apache2"
    assert apache.start.environment[b"APACHE_RUN_USER"] == b"anna"  # the process knows better than the file
    assert nginx.start.options["directives"].strip() == b"daemon on; master_process on;"
    assert nginx.start.options["logs"] == (b"/var/log/nginx/access.log", b"stderr")


def test_red_hat(root, proc):
    write(
        root,
        {
            "/etc/httpd/conf/httpd.conf": "",
            "/usr/sbin/httpd": APACHE_PROGRAM,
            "/etc/sysconfig/httpd": "# x\nOPTIONS=\"-D Extra -f conf/special.conf\"\nLANG=C\n",
            "/etc/httpd/conf/special.conf": "",
            "/usr/lib/systemd/system/httpd.service": (
                "[Service]\nEnvironmentFile=-/etc/sysconfig/httpd\n"
                "ExecStart=/usr/sbin/httpd $OPTIONS -DFOREGROUND\n"
            ),
        },
    )
    process(proc, 70, "/usr/sbin/httpd", ["/usr/sbin/httpd", "-d", "/etc/httpd", "-DFOREGROUND"])
    discovery = find(root, proc)
    assert discovery.told == [
        ("apache", "/etc/httpd/conf/httpd.conf", "/etc/httpd", ["process", "place"]),
        ("apache", "/etc/httpd/conf/special.conf", "/etc/httpd", ["unit httpd.service"]),
    ]
    assert [one.start.options["defines"] for one in discovery.found] == [[b"FOREGROUND"], [b"Extra", b"FOREGROUND"]]
    assert discovery.found[1].start.built_in.version == (2, 4, 57)
    assert discovery.found[1].start.built_in.modules == {b"mod_so.c", b"mod_alias.c", b"event.c"}


@pytest.mark.parametrize(
    "arguments, folder, config, base",
    [
        (["nginx: master process nginx -p /opt/app -c conf/my.conf"], "/", "/opt/app/conf/my.conf", "/opt/app"),
        (["nginx: master process /x/nginx -c /etc/n.conf -g pid /run/p; -p /opt/app"], "/", "/etc/n.conf", "/opt/app"),
        (["nginx", "-c", "/etc/n.conf", "-p", "here"], "/work", "/etc/n.conf", "/work/here"),
        (["nginx", "-c/etc/n.conf"], "/", "/etc/n.conf", "/opt/nginx"),
        (["nginx: master process ./nginx"], "/", "/opt/nginx/conf/nginx.conf", "/opt/nginx"),
        (["nginx: worker process"], "/", "/opt/nginx/conf/nginx.conf", "/opt/nginx"),
    ],
)
def test_arguments_of_nginx(root, proc, arguments, folder, config, base):
    process(proc, 5, "/opt/nginx/sbin/nginx", arguments, folder=folder)
    assert [one[1:3] for one in find(root, proc).told] == [(config, base)]


@pytest.mark.parametrize(
    "arguments, exe, config, base",
    [
        (["httpd", "-f", "/etc/my.conf"], "/usr/local/apache2/bin/httpd", "/etc/my.conf", "/usr/local/apache2"),
        (
            ["httpd", "-d", "/srv/root", "-f", "my.conf", "-DSSL"],
            "/usr/local/apache2/bin/httpd",
            "/srv/root/my.conf",
            "/srv/root",
        ),
        (["httpd", "-d/srv/root", "-kstart"], "/usr/sbin/httpd", "/srv/root/apache2.conf", "/srv/root"),
        (
            ["/usr/local/apache2/bin/httpd", "-k", "start"],
            "/usr/local/apache2/bin/httpd",
            "/usr/local/apache2/conf/httpd.conf",
            "/usr/local/apache2",
        ),
        (
            ["/usr/sbin/httpd-prefork", "-DSYSCONFIG"],
            "/usr/sbin/httpd-prefork",
            "/etc/apache2/httpd.conf",
            "/etc/apache2",
        ),
    ],
)
def test_arguments_of_apache(root, proc, arguments, exe, config, base):
    write(root, {"/usr/local/apache2/conf/httpd.conf": "", "/etc/apache2/httpd.conf": ""})
    process(proc, 5, exe, arguments)
    assert find(root, proc).told[0][1:3] == (config, base)


def test_a_second_instance_of_debian(root, proc):
    write(
        root,
        {
            "/etc/apache2-shop/apache2.conf": "",
            "/etc/apache2-shop/envvars": (
                'if [ "${APACHE_CONFDIR##/etc/apache2-}" != "${APACHE_CONFDIR}" ] ; then\n'
                '\tSUFFIX="-${APACHE_CONFDIR##/etc/apache2-}"\n'
                "else\n\tSUFFIX=\nfi\nexport APACHE_LOG_DIR=/var/log/apache2$SUFFIX\n"
            ),
        },
    )
    discovery = find(root, proc)
    assert discovery.told == [("apache", "/etc/apache2-shop/apache2.conf", "/etc/apache2-shop", ["place"])]
    assert discovery.found[0].start.environment[b"APACHE_LOG_DIR"] == b"/var/log/apache2-shop"


def test_other_families(root, proc):
    write(root, {"/etc/php-fpm.conf": "", "/opt/tc/conf/server.xml": ""})
    process(proc, 5, "/usr/sbin/php-fpm8.2", ["php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)      "])
    process(proc, 6, "/usr/sbin/php-fpm8.2", ["php-fpm: pool www"], parent=5)
    process(
        proc,
        7,
        "/usr/bin/java",
        ["java", "-Xmx1g", "-Dcatalina.base=/opt/tc", "-Dcatalina.home=/usr/share/tc", "x.Bootstrap", "start"],
    )
    process(proc, 8, "/usr/sbin/lighttpd", ["/usr/sbin/lighttpd", "-D", "-f", "/etc/l.conf"])
    process(proc, 9, "/usr/bin/caddy", ["caddy", "run", "--environ", "--config", "/etc/caddy/Caddyfile"])
    process(proc, 10, "/usr/bin/java", ["java", "-jar", "other.jar"])
    assert [one[:3] for one in find(root, proc).told][:4] == [
        ("php-fpm", "/etc/php/8.2/fpm/php-fpm.conf", "/usr"),
        ("tomcat", "/opt/tc/conf/server.xml", "/opt/tc"),
        ("lighttpd", "/etc/l.conf", "/etc"),
        ("caddy", "/etc/caddy/Caddyfile", "/"),
    ]


def test_servers_that_nothing_is_known_of(root, proc):
    process(proc, 5, "/usr/local/lsws/bin/litespeed", ["litespeed"])
    process(proc, 6, "/usr/bin/python3.11", ["/usr/bin/python3", "/usr/bin/gunicorn", "app:app"])
    process(proc, 7, "/usr/bin/python3.11", ["python3", "-m", "http.server", "8000"])
    process(proc, 8, "/usr/bin/php8.2", ["php", "-S", "0.0.0.0:8000", "-t", "/srv/php"])
    process(proc, 9, "/bin/busybox", ["busybox", "httpd", "-h", "/srv/bb"])
    process(proc, 10, "/usr/bin/python3.11", ["python3", "x.py"])
    discovery = find(root, proc)
    assert discovery.told == [("other", None, None, ["process"])] * 5
    assert discovery.found[0].shown() == "litespeed, process 5 (/usr/local/lsws/bin/litespeed)"


def test_a_program_that_was_removed(root, proc):
    process(proc, 5, "/dev/shm/nginx (deleted)", ["nginx", "-c", "/tmp/n.conf"])
    (instance,) = find(root, proc).found
    assert instance.process.deleted and instance.program == b"/dev/shm/nginx"


def test_a_container_is_read_through_its_root(root, proc, tmpdir):
    inside = str(tmpdir.mkdir("container"))
    write(inside, {"/etc/nginx/nginx.conf": "inside", "/usr/sbin/nginx": NGINX_PROGRAM})
    write(root, {"/etc/nginx/nginx.conf": "outside"})
    process(proc, 5, "/usr/sbin/nginx", ["nginx: master process nginx"], namespace=2, root=inside)
    discovery = find(root, proc)
    assert [one[3] for one in discovery.told] == [["process"], ["place"]]
    assert [one.view.prefix for one in discovery.found] == [b"/proc/5/root", b""]
    views = Views(Host(root.encode("utf-8")), Budget(lambda: None), proc.encode("utf-8"))
    view = views.of_process(discovery.found[0].process)
    assert view.read(b"/etc/nginx/nginx.conf") == b"inside"
    views.close()


def test_a_root_of_its_own_in_our_namespace(root, proc):
    write(
        root,
        {
            "/jail/etc/nginx/nginx.conf": "jailed",
            "/etc/nginx/nginx.conf": "free",
            "/jail/etc/link": "-> /etc/nginx/nginx.conf",
        },
    )
    process(proc, 5, "/usr/sbin/nginx", ["nginx"], root="/jail")
    discovery = find(root, proc)
    assert [one.view.prefix for one in discovery.found] == [b"/jail", b""]
    assert discovery.found[0].view.read(b"/etc/link") == b"jailed"


def test_the_same_root_in_another_namespace_is_one_server(root, proc):
    write(
        root,
        {"/etc/nginx/nginx.conf": "", "/etc/systemd/system/nginx.service": "[Service]\nExecStart=/usr/sbin/nginx\n"},
    )
    process(proc, 5, "/usr/sbin/nginx", ["nginx: master process /usr/sbin/nginx"], namespace=2, root=root)
    assert [one[3] for one in find(root, proc).told] == [["process", "unit nginx.service", "place"]]


def test_a_root_on_a_network_is_not_touched(root, proc):
    process(
        proc,
        5,
        "/usr/sbin/nginx",
        ["nginx"],
        namespace=2,
        root="/nowhere",
        mountinfo=b"1 1 0:5 / / rw - nfs4 server:/export rw\n",
    )
    (instance,) = find(root, proc).found
    assert instance.start is None and instance.problem == "its root is on a network file system"


def test_units(root):
    write(
        root,
        {
            "/etc/systemd/system/web.service": (
                "[Service]\nExecStart=\n"
                "ExecStart=@/opt/n/sbin/nginx nginx \\\n  -p /opt/n\nExecStart=/bin/true\n"
            ),
            "/usr/lib/systemd/system/web.service": "[Service]\nExecStart=/usr/sbin/nginx -c /not/this\n",
            "/usr/lib/systemd/system/other.service": "[Service]\nExecStart=/bin/sleep 1\n",
            "/run/systemd/system/other.service.d/x.conf": (
                "[Service]\nExecStart=\n"
                "ExecStart=-/usr/sbin/nginx -c /tmp/.evil.conf\n"
            ),
            "/usr/lib/systemd/system/httpd@.service": (
                "[Service]\n"
                "ExecStart=/usr/sbin/httpd -f conf/%i.conf -d /srv/%I\n"
            ),
            "/etc/systemd/system/multi-user.target.wants/httpd@a-b.service": (
                "-> "
                "/usr/lib/systemd/system/httpd@.service"
            ),
            "/usr/lib/systemd/system/unused@.service": "[Service]\nExecStart=/usr/sbin/httpd -f /etc/%i.conf\n",
            "/etc/systemd/system/jail.service": (
                "[Service]\nRootDirectory=/jail\nExecStart=/usr/sbin/nginx\n"
                "Environment=\"A=b c\"\n"
            ),
            "/etc/systemd/system/odd.service": (
                "[Service]\nExecStart=\"unclosed /usr/sbin/nginx\nExecStart=\n"
                "EnvironmentFile=/dev/zero\nExecStart=$X $Y\n"
            ),
        },
    )
    told = find(root).told
    assert [(family, config, sources) for family, config, _base, sources in told] == [
        ("apache", "/srv/a/b/conf/a-b.conf", ["unit httpd@a-b.service"]),
        ("nginx", "/etc/nginx/nginx.conf", ["unit jail.service"]),
        ("nginx", "/tmp/.evil.conf", ["unit other.service"]),
        ("nginx", "/opt/n/conf/nginx.conf", ["unit web.service"]),
    ]


def test_places(root):
    for path in (
        "/usr/local/nginx/conf/nginx.conf",
        "/opt/bitnami/apache2/conf/httpd.conf",
        "/etc/php/8.2/fpm/php-fpm.conf",
        "/etc/lighttpd/lighttpd.conf",
        "/etc/caddy/Caddyfile",
        "/opt/tomcat9/conf/server.xml",
        "/etc/php/8.2/cli/php.ini",
    ):
        write(root, {path: ""})
    write(root, {"/etc/httpd/conf/httpd.conf/": ""})
    assert [one[:3] for one in find(root).told] == [
        ("apache", "/opt/bitnami/apache2/conf/httpd.conf", "/opt/bitnami/apache2"),
        ("nginx", "/usr/local/nginx/conf/nginx.conf", "/usr/local/nginx"),
        ("lighttpd", "/etc/lighttpd/lighttpd.conf", "/etc/lighttpd"),
        ("caddy", "/etc/caddy/Caddyfile", "/etc/caddy"),
        ("tomcat", "/opt/tomcat9/conf/server.xml", "/opt/tomcat9"),
        ("php-fpm", "/etc/php/8.2/fpm/php-fpm.conf", "/usr"),
    ]


def test_what_somebody_names(root):
    write(
        root,
        {
            "/data/a/conf/nginx.conf": "",
            "/data/b/site.conf": "server {\n root /srv;\n}\n",
            "/data/b/notes.txt": "nothing",
            "/data/vhost.conf": "<VirtualHost *:80>\n",
            "/data/empty": "",
        },
    )
    discovery = find(root, named=["/data/a", "/data/b", "/data/vhost.conf", "/data/empty", "/data/none"])
    assert [(one[0], one[1], one[3]) for one in discovery.told] == [
        ("nginx", "/data/a/conf/nginx.conf", ["option"]),
        ("nginx", "/data/b/site.conf", ["option"]),
        ("apache", "/data/vhost.conf", ["option"]),
    ]
    assert [problem.split(",")[0] for problem in discovery.problems] == ["/data/empty", "/data/none"]


def test_programs_are_read_not_run(tmpdir):
    path = tmpdir.join("nginx")
    path.write_binary(b"\0" * ((1 << 20) - 400) + NGINX_PROGRAM + b"\0" * (1 << 20))
    descriptor = os.open(str(path), os.O_RDONLY)
    found = _web_binary.of_descriptor(descriptor, lambda: None)
    os.close(descriptor)
    assert found.settings == {
        b"prefix": b"/usr/share/nginx",
        b"conf-path": b"/etc/nginx/nginx.conf",
        b"http-log-path": b"/var/log/nginx/access.log",
        b"error-log-path": b"stderr",
    }
    assert found.version is None


@pytest.mark.parametrize(
    "program, arguments, family",
    [
        ("/usr/sbin/apache2", [], "apache"),
        ("/usr/sbin/httpd.worker", [], "apache"),
        ("/opt/openresty/bin/openresty", [], "nginx"),
        ("/usr/sbin/nginx.old", [], None),
        ("/usr/sbin/nginx-debug", [], "nginx"),
        ("/usr/sbin/php-fpm7.4", [], "php-fpm"),
        ("/usr/bin/php8.2-fpm", [], "php-fpm"),
        ("/usr/sbin/httpd-exporter", [], None),
        ("/usr/bin/nginx-prometheus-exporter", [], None),
        ("/tmp/x", ["nginx: master process /tmp/x"], "nginx"),
        ("/usr/bin/php", ["php", "script.php", "-S"], None),
        ("/usr/bin/php", ["php", "-d", "a=b", "-S", "0:80"], "other"),
        ("/usr/bin/python3", ["python3", "x.py", "-m", "http.server"], None),
        ("/usr/bin/python3", ["python3", "-u", "-mhttp.server"], "other"),
        ("/usr/bin/python3", ["python3", "x.py", "gunicorn"], None),
        ("/usr/bin/busybox", ["/bin/busybox", "sh", "httpd"], None),
        ("/usr/bin/busybox", ["httpd", "-p", "80"], "other"),
        ("/usr/bin/java", ["java", "org.apache.catalina.startup.Bootstrap"], "tomcat"),
        ("/usr/sbin/uwsgi", [], "other"),
    ],
)
def test_families(program, arguments, family):
    assert _web_programs.family_of(program.encode(), [one.encode() for one in arguments]) == family


@pytest.mark.parametrize("program, content, title, families", [
    ("/usr/bin/bash", b"GNU bash", "php-fpm: pool www", []),
    ("/usr/bin/bash", b"GNU bash", "nginx: worker process", []),
    ("/usr/bin/bash", b"GNU bash", "gunicorn: master [app]", []),
    ("/usr/bin/python3.11", b"", "gunicorn: master [app]", ["other"]),
    ("/opt/web/served", b"\0nginx version: \0" + b"x" * 3000000, "nginx: master process /opt/web/served", ["nginx"]),
    ("/usr/sbin/sw-engine", b"x" * ((1 << 20) - 4) + b"fpm-config\0", "php-fpm: master process (/etc/x.conf)", ["php-fpm"]),
    ("/usr/sbin/php-fpm8.2 (deleted)", b"", "php-fpm: pool www", ["php-fpm"]),
    ("", b"", "php-fpm: pool www", ["php-fpm"]),
])
def test_a_title_counts_where_the_program_may_bear_it(proc, tmpdir, program, content, title, families):
    if program:
        file = tmpdir.mkdir("host").join(*program.lstrip("/").split("/"))
        file.write_binary(content, ensure=True)
        program = str(file)
    process(proc, 80, program or "x", [title])
    if not program:
        os.unlink(os.path.join(proc, "80", "exe"))
    assert [one.family for one in _web_processes.find(lambda: None, proc.encode())[0]] == families


@pytest.mark.parametrize(
    "line, expected",
    [
        ("export A=1 B=2", {"A": "1", "B": "2"}),
        ("A='a b' # c", {"A": "a b"}),
        ('A="x y"z', {"A": "x yz"}),
        ("A=b; C=d", {"A": "b", "C": "d"}),
        ("A=$(id)", {}),
        ("A=`id`", {}),
        ("B=1\nA=$B/${B}x${C:-no}", {"A": "1/1xno", "B": "1"}),
        ("A='$B'", {"A": "$B"}),
        (": ${A:=b}", {"A": "b"}),
        ("A=1\n: ${A:=b}", {"A": "1"}),
        ("A=\\\n1", {"A": ""}),
        ("if true; then\nA=1\nelse\nA=2\nfi", {"A": "2"}),
        ("if [ a = b ]; then\nA=1\nelse\nA=2\nfi\nB=3", {"A": "2", "B": "3"}),
        ("if [ \"a\" == a ]; then\nA=1\nelse\nA=2\nfi", {"A": "1"}),
        ("echo A=1", {}),
        ("#A=1", {}),
        ("A==", {"A": "="}),
        ("A=\"unclosed", {"A": "unclosed"}),
        ("1A=x", {}),
    ],
)
def test_shell_files(line, expected):
    found = {}
    _web_shell.read_assignments(line.encode(), found)
    assert dict((text(name), text(value)) for name, value in found.items()) == expected


def test_words_of_command_lines():
    assert _web_shell.words(b"a 'b c' \"d e\"f g\\ h '' \"\"") == [b"a", b"b c", b"d ef", b"g h", b"", b""]
    assert _web_shell.words(b"\"open 'x") == [b"open 'x"]
    assert _web_shell.put_in([b"x", b"$A", b"${A}", b"$B"], {b"A": b"1 2"}) == [b"x", b"1", b"2", b"1 2"]


@pytest.mark.parametrize(
    "name, pattern, result",
    [
        ("a.conf", "*.conf", True),
        (".a.conf", "*.conf", False),
        (".a.conf", ".*.conf", True),
        ("a", "?", True),
        (".", "?", False),
        ("ab", "[a-c]b", True),
        ("db", "[!a-c]b", True),
        ("ab", "[^a-c]b", False),
        ("a]", "a[]]", True),
        ("a[b", "a[b", True),
        ("a*b", "a\\*b", True),
        ("axb", "a\\*b", False),
        ("", "*", True),
        ("abc", "a*c*", True),
        ("abc", "*b", False),
        ("a-b", "a[a-]b", True),
        ("a" * 250, "*a" * 100 + "b", False),
    ],
)
def test_patterns(name, pattern, result):
    assert _web_glob.matches(name.encode(), _web_glob.compiled(pattern.encode())) is result


@pytest.mark.parametrize(
    "written, expected",
    [
        ("/var/log/a", {"target": "file", "path": b"/var/log/a"}),
        ("logs/a", {"target": "file", "path": b"/base/logs/a"}),
        ("|/bin/cat", {"target": "pipe", "command": b"/bin/cat"}),
        ("||$/bin/cat x", {"target": "pipe", "command": b"/bin/cat x"}),
        (
            "| rotatelogs -n 5 logs/a 86400",
            {"target": "pipe", "command": b"rotatelogs -n 5 logs/a 86400", "path": b"/base/logs/a"},
        ),
        (
            "|\"/x y/rotatelogs\" '/l og/a.%Y' 1",
            {
                "target": "pipe",
                "command": b"\"/x y/rotatelogs\" '/l og/a.%Y' 1",
                "path": b"/l og",
                "glob": b"/l og/a.*",
                "variable": True,
            },
        ),
        ("syslog:server=x", {"target": "syslog", "service": b"syslog:server=x"}),
        ("stderr", {"target": "stderr"}),
        ("/dev/stdout", {"target": "stdout"}),
        ("/proc/self/fd/2", {"target": "stderr"}),
        ("off", {"target": "off"}),
    ],
)
def test_logs(written, expected):
    assert log_values(written.encode(), b"/base") == expected


def test_paths():
    assert normal(b"//a/./b/../c//") == b"/a/c" and normal(b"/../..") == b"/" and normal(b"") == b"/"


@pytest.mark.parametrize(
    "name, content, family",
    [
        ("nginx.conf", "", "nginx"),
        ("x.conf", "  <Directory /srv>\n", "apache"),
        ("x", "documentroot /srv\n", "apache"),
        ("x", "location /a/b {\n", "nginx"),
        ("x", "server.port = 80\n", "lighttpd"),
        ("x", "pm = dynamic\n", "php-fpm"),
        ("x", "server {", "nginx"),
        ("x", "<Server port='1'>", "tomcat"),
        ("x", "a.test {\n  file_server\n}\n", "caddy"),
        ("x", "nothing", None),
    ],
)
def test_families_of_files(name, content, family):
    assert family_of_file(b"/x/" + name.encode(), content.encode()) == family
