# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collector of configurations on trees of files and processes, with the catalogue that the role has."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import os

import pytest

from ansible_collections.csirt.linux_triage.plugins.module_utils._services import _service_files
from ansible_collections.csirt.linux_triage.plugins.module_utils._services._catalogue import Service, values_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._services._directives import Directive, directives_in
from ansible_collections.csirt.linux_triage.plugins.module_utils._services._service_configs import collect
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.core_helpers import collecting
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.web_helpers import listen, make_proc, process, write

pytestmark = pytest.mark.usefixtures("nothing_left_open")

MYSQL = {
    "name": "mysql", "kind": "database", "programs": ["mysqld", "mariadbd"], "file_options": ["--defaults-file", "--defaults-extra-file"],
    "folder_options": ["--datadir", "-h"], "folder_variables": ["MYSQL_HOME"], "folders": ["/var/lib/mysql"], "inside": ["my.cnf", "*.cnf"],
    "paths": ["/etc/my.cnf", "/etc/my.cnf.d/**", "/etc/mysql/**"],
    "directives": [
        {"word": "!include", "leads_to": "file"}, {"word": "!includedir", "leads_to": "folder", "names": "*.cnf"},
        {"word": "datadir", "leads_to": "data"},
    ],
}
POSTGRESQL = {
    "name": "postgresql", "kind": "database", "programs": ["postgres"], "file_options": ["-c config_file=", "-c hba_file="],
    "folder_options": ["-D"], "inside": ["postgresql*.conf", "pg_hba.conf", "PG_VERSION"], "paths": ["/etc/postgresql/**"],
    "directives": [
        {"word": "include", "leads_to": "file"}, {"word": "include_if_exists", "leads_to": "file"},
        {"word": "include_dir", "leads_to": "folder", "names": "*.conf"}, {"word": "data_directory", "leads_to": "data"},
        {"word": "hba_file", "leads_to": "file"}, {"word": "@", "leads_to": "list"},
    ],
}
BIND = {
    "name": "bind", "kind": "dns", "programs": ["named"], "file_options": ["-c"], "paths": ["/etc/bind/**"],
    "directives": [{"word": "include", "leads_to": "file"}, {"word": "directory", "leads_to": "base"}],
}
SQUID = {
    "name": "squid", "kind": "proxy", "programs": ["squid"], "file_options": ["-f"], "paths": ["/etc/squid/**"],
    "packages": ["squid*"], "units": ["squid*"], "ports": ["3128/tcp"],
    "directives": [{"word": "include", "leads_to": "file"}],
}
APACHE = {"name": "apache", "kind": "web", "programs": ["apache2"], "paths": ["/etc/apache2/**"]}
REDIS = {"name": "redis", "kind": "database", "programs": ["redis-server"], "first_argument": True, "paths": ["/etc/redis/*"]}


class Got:
    """Rows of ``service_configs`` by path, entries of the part, rows of the manifest, the summary."""

    def __init__(self, collection):
        self.entries = collection.got.entries
        self.manifest = collection.got.rows
        self.summary = collection.summary
        table = self.entries.get(b"tables/service_configs.jsonl")
        self.all = [json.loads(line.decode("ascii")) for line in table[1].splitlines()] if table else []
        self.rows = dict((row["path"], row) for row in self.all if "path" in row)
        self.services = dict((row["service"], row) for row in self.all if row["role"] == "service")
        self.warnings = [row for row in self.all if row["role"] == "warning"]

    def roles(self):
        return dict((path, row["role"]) for path, row in self.rows.items())


@pytest.fixture
def host(tmpdir):
    """A function: files, processes {pid: (exe, arguments, facts)}, services, open ports {inode: port} -> `Got`."""
    def run(files, processes=None, services=(MYSQL, POSTGRESQL, SQUID, APACHE, REDIS), ports=(), **options):
        write(str(tmpdir.ensure("root", dir=True)), files)
        proc = make_proc(str(tmpdir))
        listen(proc, dict(ports))
        for pid, (exe, arguments, facts) in (processes or {}).items():
            process(proc, pid, exe, arguments, **facts)
        with collecting(tmpdir) as collection:
            collect(collection, dict(options, services=list(services)), proc.encode("utf-8"))
        return Got(collection)

    return run


def test_files_of_the_usual_places_come_as_they_are(host):
    got = host({"/etc/mysql/my.cnf": b"\xff[client]\r\n", "/etc/mysql/conf.d/.hidden.cnf": "x", "/etc/squid/squid.conf": "http_port 3128\n"})
    assert got.roles() == dict.fromkeys(("/etc/mysql/my.cnf", "/etc/mysql/conf.d/.hidden.cnf", "/etc/squid/squid.conf"), "place")
    assert got.entries[b"[root]/etc/mysql/my.cnf"][1] == b"\xff[client]\r\n"
    assert got.summary["services"] == "mysql (not running), squid (not running)"
    assert sorted(row["artifact"] for row in got.manifest if row["state"] == "absent") == ["apache", "postgresql", "redis"]


def test_a_database_that_was_started_elsewhere(host):
    files = {
        "/opt/db/other.cnf": "[mysqld]\ndatadir = /data/my sql # here\n!include extra.cnf\n!includedir /opt/db/conf.d/\n!include /gone.cnf\n",
        "/opt/db/extra.cnf": "!include /opt/db/other.cnf\n", "/opt/db/conf.d/a.cnf": "x", "/opt/db/conf.d/a.txt": "x",
        "/data/my sql/my.cnf": "[mysqld]\n", "/data/my sql/ibdata1": "data", "/data/second/my.cnf": "x",
    }
    got = host(files, {7: ("/usr/sbin/mariadbd", ["mariadbd", "--defaults-file=other.cnf", "--datadir", "/data/second"], {"folder": "/opt/db"})})
    assert got.roles() == {
        "/opt/db/other.cnf": "argument", "/opt/db/extra.cnf": "include", "/opt/db/conf.d/a.cnf": "include", "/gone.cnf": "include",
        "/data/my sql/my.cnf": "include", "/data/second/my.cnf": "argument",
    }
    assert (got.rows["/opt/db/extra.cnf"]["file"], got.rows["/opt/db/extra.cnf"]["line"]) == ("/opt/db/other.cnf", 3)
    assert (got.rows["/opt/db/other.cnf"]["pid"], got.rows["/opt/db/other.cnf"]["running"]) == (7, True)
    assert got.rows["/gone.cnf"]["state"] == "absent"
    assert got.summary["running"] == 1


@pytest.mark.parametrize("arguments", [
    ["postgres", "-D", "/data/pg", "-c", "config_file=/cfg/pg.conf"], ["postgres", "-D/data/pg", "-cconfig_file=/cfg/pg.conf"],
    ["/usr/lib/postgresql/15/bin/postgres", "-D", "/data/pg", "--config_file=/cfg/pg.conf"],
])
def test_a_cluster_of_postgresql(host, arguments):
    got = host({
        "/cfg/pg.conf": "data_directory = '/data/pg'\t# use data in another directory\nhba_file='/cfg/hba.conf'\ninclude_dir 'conf.d'\n",
        "/cfg/hba.conf": "local all all peer\n", "/cfg/conf.d/x.conf": "port = 5433\n", "/cfg/conf.d/x.conf.bak": "x",
        "/data/pg/PG_VERSION": "15\n", "/data/pg/postgresql.auto.conf": "x", "/data/pg/base/1/112": "data",
    }, {9: ("/usr/lib/postgresql/15/bin/postgres", arguments, {}), 10: ("/usr/lib/postgresql/15/bin/postgres", ["postgres: checkpointer "], {})})
    assert sorted(got.rows) == ["/cfg/conf.d/x.conf", "/cfg/hba.conf", "/cfg/pg.conf", "/data/pg/PG_VERSION", "/data/pg/postgresql.auto.conf"]


def test_lists_in_who_may_come_in(host):
    got = host({
        "/etc/postgresql/15/main/pg_hba.conf": (
            "# local @commented all peer\nlocal db1,@dbs.txt all,@\"two words\" md5 # @behind\nlocal all a@b md5\n"
            "@/srv/more.conf\ninclude_if_exists \"rules.conf\"\nhost all @/etc/shadow 0.0.0.0/0 trust\nhost all @gone all md5\n"
        ),
        "/etc/postgresql/15/main/rules.conf": "x", "/etc/postgresql/15/main/dbs.txt": "one, @deeper\n", "/etc/postgresql/15/main/two words": "x",
        "/etc/postgresql/15/main/deeper": "@dbs.txt", "/srv/more.conf": "include lists/all\n", "/srv/lists/all": "x",
        "/etc/shadow": "root:$6$hash:1::::::\n",
    }, services=[dict(POSTGRESQL, paths=["/etc/postgresql/*/*/pg_hba.conf"])])
    main = "/etc/postgresql/15/main/"
    assert sorted(got.rows) == sorted(
        [main + name for name in ("pg_hba.conf", "rules.conf", "dbs.txt", "two words", "deeper", "gone")]
        + ["/srv/more.conf", "/srv/lists/all", "/etc/shadow"]
    )
    assert (got.rows[main + "deeper"]["role"], got.rows[main + "deeper"]["file"]) == ("include", main + "dbs.txt")
    assert (got.rows["/etc/shadow"]["state"], got.rows[main + "gone"]["state"]) == ("withheld", "absent")


@pytest.mark.parametrize("options", ["options {\n\tdirectory \"/var/cache/bind\";\n};\n", "options { directory \"/var/cache/bind\"; };\n"])
def test_includes_are_seen_from_the_folder_that_is_named_elsewhere(host, options):
    got = host({
        "/etc/bind/named.conf": "include \"local.zones\";\ninclude \"/etc/bind/named.conf.options\";\ninclude \"gone\";\ninclude \"beside\";\n",
        "/etc/bind/named.conf.options": options, "/var/cache/bind/local.zones": "include \"second\";\n", "/var/cache/bind/second": "x",
        "/etc/bind/beside": "x",
    }, services=[BIND])
    assert got.roles() == {
        "/etc/bind/named.conf": "place", "/etc/bind/named.conf.options": "place", "/etc/bind/beside": "place",
        "/var/cache/bind/local.zones": "include", "/var/cache/bind/second": "include", "/etc/bind/gone": "include",
    }


def test_includes_are_seen_from_the_folder_where_the_service_runs(host):
    got = host({"/opt/named.conf": "include \"x\";\n", "/run/dns/x": "y"}, {
        7: ("/usr/sbin/named", ["named", "-c", "/opt/named.conf"], {"folder": "/run/dns"}),
    }, services=[BIND])
    assert got.roles() == {"/opt/named.conf": "argument", "/run/dns/x": "include"}


def test_a_unit_that_does_not_run_and_an_argument_without_option(host):
    got = host({
        "/etc/systemd/system/p.service": "[Service]\nExecStart=/opt/squid/sbin/squid -N -f /opt/squid/p.conf\n",
        "/opt/squid/p.conf": "include /opt/squid/d/*.conf\n", "/opt/squid/d/a.conf": "x", "/srv/r.conf": "port 0\n",
    }, {5: ("/usr/bin/redis-server", ["redis-server", "/srv/r.conf", "--port", "1"], {})})
    assert got.roles() == {"/opt/squid/p.conf": "argument", "/opt/squid/d/a.conf": "include", "/srv/r.conf": "argument"}
    assert "squid (not running)" in got.summary["services"]


def test_paths_of_containers_mean_other_files(host):
    got = host({"/etc/shadowed.cnf": "not mine"}, {
        4: ("/usr/sbin/mysqld", ["mysqld", "--defaults-file=/etc/shadowed.cnf"], {"root": "/srv/jail"}),
        5: ("/usr/sbin/mysqld", ["mysqld", "--defaults-file=/etc/shadowed.cnf"],
            {"namespace": 2, "mountinfo": b"9 1 0:77 / / rw - overlay overlay rw\n"}),
    })
    assert got.rows == {}


def test_what_runs_without_any_configuration_is_told(host):
    got = host({}, {4: ("/opt/x/squid", ["squid"], {})})
    assert got.warnings == [{
        "service": "squid", "kind": "proxy", "role": "warning", "pid": 4,
        "reason": "squid runs (process 4), and no configuration of it was found",
    }]
    assert got.summary["warnings"] == "squid runs (process 4), and no configuration of it was found"


def test_a_service_is_found_by_its_package(host):
    got = host({
        "/var/lib/dpkg/info/squid-openssl:amd64.list": "/.\n/etc\n/etc/proxies\n/etc/proxies/main.conf\n/etc/gone\n/usr/sbin/squid\n",
        "/var/lib/dpkg/info/other.list": "/etc/other.conf\n", "/etc/other.conf": "x",
        "/etc/proxies/main.conf": "include /opt/more.conf\n", "/opt/more.conf": "x",
    })
    assert got.roles() == {"/etc/proxies/main.conf": "package", "/opt/more.conf": "include"}
    assert got.services["squid"] == {
        "service": "squid", "kind": "proxy", "role": "service", "found_by": ["package"], "packages": ["squid-openssl"],
    }
    assert got.summary["services"] == "squid (not running)"


def test_a_service_is_found_by_the_name_of_its_unit(host):
    got = host({
        "/etc/systemd/system/squid@.service": "[Service]\nExecStart=/opt/start.sh -f /srv/%i.conf\n", "/srv/one.conf": "x",
        "/etc/systemd/system/multi-user.target.wants/squid@one.service": "-> ../squid@.service",
    })
    assert got.roles() == {"/srv/one.conf": "argument"}
    assert (got.services["squid"]["found_by"], got.services["squid"]["units"]) == (["unit"], ["squid@one.service"])


def test_a_service_is_found_by_its_port_under_whatever_name(host):
    got = host(
        {"/srv/p.conf": "http_port 3128\n"}, {7: ("/opt/x/kworker", ["[kworker]", "-f", "/srv/p.conf"], {"sockets": [5, 70]})},
        ports={70: "3128/tcp", 71: "9999/tcp"},
    )
    assert got.roles() == {"/srv/p.conf": "argument"}
    assert (got.services["squid"]["found_by"], got.services["squid"]["ports"], got.services["squid"]["pid"]) == (["port"], ["3128/tcp"], 7)
    assert [row["reason"] for row in got.warnings] == [
        "ports of squid are open, and no process of it was found on the host's own file system: 3128/tcp by process 7 ([kworker])",
    ]
    assert got.summary["running"] == 0


@pytest.mark.parametrize("processes, found_by, warnings", [
    ({7: ("/usr/sbin/squid", ["squid"], {"sockets": [70]})}, ["process", "port"], ["squid runs (process 7)"]),
    ({7: ("/usr/sbin/squid", ["squid"], {"sockets": [70], "root": "/srv/jail"})}, ["port"], ["3128/tcp by process 7 (of another root)"]),
    ({1: ("/init", ["/sbin/init"], {"sockets": [70]}), 7: ("/usr/sbin/squid", ["squid"], {"sockets": [70]})}, ["process", "port"], ["squid runs"]),
    ({7: ("/usr/sbin/apache2", ["apache2"], {"sockets": [70]})}, None, []),
    ({7: ("/usr/bin/bash", ["squid"], {})}, None, []),
    ({7: ("/dev/shm/x", ["squid: worker"], {})}, None, []),
    ({7: ("/usr/bin/dash", ["/bin/sh", "/usr/sbin/squid"], {})}, ["process"], ["squid runs (process 7)"]),
    ({7: ("/usr/bin/redis-check-rdb", ["/usr/bin/squid"], {})}, ["process"], ["squid runs (process 7)"]),
    ({}, ["port"], ["3128/tcp by no process that can be seen"]),
])
def test_whose_port_it_is(host, processes, found_by, warnings):
    is_open = any("sockets" in facts for _exe, _arguments, facts in processes.values()) or not processes
    got = host({}, processes, ports={70: "3128/tcp"} if is_open else ())
    assert got.services.get("squid", {}).get("found_by") == found_by
    told = [row["reason"] for row in got.warnings if row["service"] == "squid"]
    assert len(told) == len(warnings) and all(text in reason for text, reason in zip(warnings, told))


def test_what_web_services_takes_is_not_taken_twice(host):
    got = host({
        "/etc/apache2/apache2.conf": "IncludeOptional sites-enabled/*.conf\n", "/etc/apache2/sites-enabled/a.conf": "-> ../sites-available/a.conf",
        "/etc/apache2/sites-available/a.conf": "DocumentRoot /srv\n", "/etc/apache2/sites-available/off.conf": "DocumentRoot /off\n",
    })
    assert sorted(got.rows) == ["/etc/apache2/sites-available/off.conf"]


def test_stores_of_passwords_stay(host):
    got = host(
        {"/etc/squid/passwd": "u:$apr1$x\n", "/etc/squid/link": "-> passwd", "/etc/mysql/debian.cnf": "password = x\n", "/etc/squid/passwd.conf": "y"},
        withheld=["*passwd", "*/debian.cnf"],
    )
    states = dict((path, row["state"]) for path, row in got.rows.items())
    assert states == {
        "/etc/squid/passwd": "withheld", "/etc/squid/link": "withheld", "/etc/mysql/debian.cnf": "withheld", "/etc/squid/passwd.conf": "collected",
    }
    assert got.summary["withheld"] == 3


def test_keys_within_a_configuration_stay(host):
    data = "[Interface]\r\nPrivateKey = SECRETSECRET=\r\nPostUp = /tmp/.x %i\n[Peer]\n  presharedkey=OTHERSECRET\nEndpoint = 198.51.100.7:51820\n"
    got = host({"/etc/squid/wireguard/wg0.conf": data, "/etc/squid/wg": "-> wireguard/wg0.conf"}, masked=["*/wireguard/*.conf"])
    masked = got.entries[b"live/masked/etc/squid/wireguard/wg0.conf"][1]
    assert masked == (
        b"[Interface]\r\nPrivateKey = (withheld)\r\nPostUp = /tmp/.x %i\n[Peer]\n  presharedkey=(withheld)\nEndpoint = 198.51.100.7:51820\n"
    )
    row = got.rows["/etc/squid/wireguard/wg0.conf"]
    assert (row["state"], row["reason"]) == ("withheld", "2 keys: without them it is live/masked/etc/squid/wireguard/wg0.conf")
    assert not [entry for entry in got.entries.values() if entry[1] and b"SECRET" in entry[1]]


def test_lines_that_lead_on_without_end(host, monkeypatch):
    monkeypatch.setattr(_service_files, "MAX_LEADS", 10)
    lines = "".join("include \"%03d\";\ndirectory \"%03d\";\n" % (number, number) for number in range(200))
    got = host({"/etc/bind/named.conf": lines}, services=[BIND])
    assert len(got.rows) == 11
    assert [row["reason"] for row in got.manifest if row["state"] == "skipped_budget"] == ["more than 10 lines of one service lead on"]


def test_includes_of_one_service_have_a_time_of_their_own(host, monkeypatch):
    monkeypatch.setattr(_service_files, "SECONDS", -1)
    got = host({"/etc/squid/squid.conf": "include /opt/x\n", "/opt/x": "y", "/etc/redis/r.conf": "x"})
    assert sorted(got.rows) == ["/etc/redis/r.conf", "/etc/squid/squid.conf"]
    assert [row["artifact"] for row in got.manifest if row["state"] == "skipped_budget"] == ["squid"]


@pytest.mark.parametrize("name, limit, files, reasons", [
    ("MAX_DATA_FOLDERS", 1, {"/data/1/my.cnf": "x", "/data/2/my.cnf": "x"}, ["more than 100 folders of data"]),
    ("CONFIG_SIZE", 4, {"/etc/mysql/a": "x" * 9, "/etc/mysql/b": "x" * 9}, ["only the first 4 bytes were searched for what they lead to"]),
])
def test_what_is_cut_is_told_once_for_each_reason(host, monkeypatch, name, limit, files, reasons):
    monkeypatch.setattr(_service_files, name, limit)
    got = host(files, services=[dict(MYSQL, folders=["/data/*"])])
    told = [row["reason"] for row in got.manifest if row["state"] == "skipped_budget"]
    assert [reason.replace("1 folders", "100 folders") for reason in told] == reasons


def test_hostile_trees(host, tmpdir, monkeypatch):
    monkeypatch.setattr(_service_files, "MAX_FILES", 20)
    files = dict(("/etc/squid/%03d" % number, "include /etc/squid/*\n") for number in range(100))
    files.update({
        "/etc/mysql/loop.cnf": "!include /etc/mysql/loop.cnf\n!include /dev/zero\n!include /etc/shadow\n" + "!include /no/%s\n" % ("x" * 5000),
        "/etc/shadow": "root:$6$hash:1::::::\n", "/etc/mysql/up": "-> ../../../../../../etc/shadow",
    })
    os.mkfifo(str(tmpdir.ensure("root/etc/mysql", dir=True).join("fifo")))
    got = host(files)
    assert len([row for row in got.rows.values() if row["service"] == "squid"]) == 20
    assert [row for row in got.manifest if row["state"] == "skipped_budget" and row["artifact"] == "squid"]
    assert got.rows["/etc/mysql/fifo"]["state"] == "skipped_type"
    assert got.rows["/etc/shadow"]["state"] == got.rows["/etc/mysql/up"]["state"] == "withheld"
    assert not [entry for entry in got.entries.values() if entry[1] and b"$6$" in entry[1]]


@pytest.mark.parametrize("option, arguments, values", [
    (b"-f", [b"x", b"-f", b"/a"], [b"/a"]), (b"-f", [b"x", b"-f/a", b"-f", b"/b"], [b"/a", b"/b"]), (b"-f", [b"x", b"--f", b"/a"], []),
    (b"--config", [b"x", b"--config=/a"], [b"/a"]), (b"--config", [b"x", b"--config", b"/a"], [b"/a"]), (b"--config", [b"x", b"--configs", b"/a"], []),
    (b"-Dpath.conf=", [b"java", b"-Dpath.conf=/a", b"Main"], [b"/a"]), (b"-c config_file=", [b"x", b"-c", b"port=1", b"-c", b"config_file=/a"], [b"/a"]),
    (b"-config", [b"x", b"-config", b"/a"], [b"/a"]), (b"-f", [b"-f", b"/a"], []), (b"-f", [b"x", b"-f"], []), (b"-f", [], []),
])
def test_values_of_options(option, arguments, values):
    assert values_of(option, arguments) == values


@pytest.mark.parametrize("line, values", [
    (b"include /a/b.conf", [b"/a/b.conf"]), (b"  Include \"/a b/*.conf\"", [b"/a b/*.conf"]), (b"include '/a';", [b"/a"]), (b"include = '/a'  # why", [b"/a"]),
    (b"include: /a", [b"/a"]), (b"- include: \"/a\"", [b"/a"]), (b"include(\"/a\");", [b"/a"]), (b"\"include\": \"/a\",", [b"/a"]),
    (b"include /a b/c", [b"/a b/c", b"/a", b"b/c"]), (b"INCLUDE /a", [b"/a"]), (b"{ include \"/a\"; };", [b"/a"]),
    (b"# include /a", None), (b"; include /a", None), (b"// include /a", None), (b"includes /a", None), (b"include", None), (b"x include /a", None),
])
def test_lines_that_lead_on(line, values):
    found = directives_in(b"first\n" + line + b"\n", [Directive(b"include", "file", b"*")])
    assert [(one.values, one.line) for one in found] == ([(values, 2)] if values else [])


def test_a_service_is_known_by_program_title_script_or_argument():
    service = Service({"name": "x", "programs": ["squid", "salt-minion"], "arguments": ["org.x.*"]})
    assert service.runs_as({b"squid"}, []) and service.runs_as({b"python3", b"salt-minion"}, [])
    assert service.runs_as({b"java"}, [b"java", b"-Xmx1g", b"org.x.Main"]) and not service.runs_as({b"java"}, [b"java", b"com.x"])
