# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the first collector that reads the web servers hands over, and whom the others believe."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

import pytest

from ansible_collections.csirt.linux_triage.plugins.module_utils._core._collection import Stopped
from ansible_collections.csirt.linux_triage.plugins.module_utils._web import _web_handover, _web_servers, _web_services
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.core_helpers import collecting
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils.web_helpers import make_proc, process, write

pytestmark = pytest.mark.usefixtures("nothing_left_open")

LEFT = b"web_servers-handover"
FILES = {
    "/etc/nginx/nginx.conf": b"http {\n access_log /var/log/\xff.log;\n server { listen 80; root /srv/$host/x; }\n include more.conf;\n}\n",
    "/etc/nginx/more.conf": "server { listen 81; root /srv/y; }\n",
    "/jail/etc/lighttpd/lighttpd.conf": "server.document-root = \"/www\"\n",
    "/srv/y/": "", "/jail/www/": "",
}


class Run:
    """A run of collectors in one workspace."""

    def __init__(self, tmpdir):
        self.tmpdir = tmpdir
        self.proc = make_proc(str(tmpdir))
        write(str(tmpdir.mkdir("root")), FILES)
        process(self.proc, 7, "/usr/sbin/lighttpd", ["lighttpd", "-f", "/etc/lighttpd/lighttpd.conf"], root="/jail")
        self.collection = None

    @property
    def left(self):
        return os.path.join(self.collection.workspace, LEFT)

    def web_services(self):
        _web_services.collect(self.collection, {}, self.proc.encode("ascii"))

    def survey(self, named=()):
        """[(name, family, prefix of its view, files, rows)], whether the servers were handed over."""
        survey = _web_servers.Survey(self.collection, named, self.proc.encode("ascii"))
        try:
            servers = survey.servers()
            for server in servers:
                server.read()
            return [
                (one.name, one.instance.family, one.instance.view.prefix, [file[0] for file in one.reading.files], one.rows)
                for one in servers
            ], all(isinstance(one, _web_servers.HandedOver) for one in servers)
        finally:
            survey.close()


@pytest.fixture
def run(tmpdir):
    """A `Run` in which ``web_services`` has collected."""
    one = Run(tmpdir)
    with collecting(tmpdir) as one.collection:  # pylint: disable=unknown-option-value,contextmanager-generator-missing-cleanup
        one.web_services()
        yield one


def test_what_was_read_is_read_once(run):
    before = run.survey()
    os.unlink(run.left)
    assert before[0] == run.survey()[0] and len(before[0]) == 2
    assert (before[1], run.survey()[1]) == (True, False)
    assert os.listdir(run.collection.workspace) == [b"01-test.tar.gz"]


def other_process(run):
    os.unlink(os.path.join(run.proc, "7", "root"))
    os.symlink("/", os.path.join(run.proc, "7", "root"))


def change(replace):
    def doing(run):
        with open(run.left, "rb+") as stream:
            data = replace(stream.read())
            stream.seek(0)
            stream.truncate()
            stream.write(data)
    return doing


def link(run):
    os.rename(run.left, run.left + b"x")
    os.symlink(run.left + b"x", run.left)


def fifo(run):
    os.unlink(run.left)
    os.mkfifo(run.left, 0o600)


@pytest.mark.parametrize("spoil", [
    lambda run: os.chmod(run.left, 0o640), lambda run: os.link(run.left, run.left + b"x"), link, fifo, other_process,
    change(lambda data: b""), change(lambda data: data[:-1]), change(lambda data: data[:data.rfind(b"\nE") + 1]),
    change(lambda data: data.replace(b'"S', b"S").replace(b"R{", b"R[")), change(lambda data: data.replace(b"b/srv/y", b"t/srv/y")),
    change(lambda data: data.replace(b"b/srv/y", b"bsrv/y")), change(lambda data: data.replace(b"H[1", b"H[2")),
    change(lambda data: data.replace(b"\nE2", b"\nE1")), change(lambda data: b"S" + b"[" * 100000 + b"\n" + data),
    change(lambda data: data.replace(b"\nR", b"\nS", 1)),
])
def test_what_is_odd_is_not_believed(run, spoil):
    spoil(run)
    assert run.survey()[1] is False


def test_it_is_for_whoever_asks_the_same(run):
    assert run.survey([b"/etc/other.conf"])[1] is False


@pytest.mark.skipif(os.geteuid() != 0, reason="giving files away needs root")
def test_somebody_elses_is_not_believed(run):
    os.chown(run.left, 1234, -1)
    assert run.survey()[1] is False


@pytest.mark.parametrize("limit", [100, 700])
def test_too_much_is_not_handed_over(tmpdir, monkeypatch, limit):
    monkeypatch.setattr(_web_handover, "MAX_BYTES", limit)
    one = Run(tmpdir)
    with collecting(tmpdir) as one.collection:
        one.web_services()
        assert os.listdir(one.collection.workspace) == [b"01-test.tar.gz"]


@pytest.mark.parametrize("error", [Stopped("timed_out", "x"), ValueError("x")])
def test_what_is_not_whole_is_not_handed_over(tmpdir, monkeypatch, error):
    one, read = Run(tmpdir), _web_servers.Server.read

    def stop(server):
        if server.name.startswith("nginx"):
            raise error
        read(server)

    monkeypatch.setattr(_web_servers.Server, "read", stop)
    with collecting(tmpdir) as one.collection:
        try:
            one.web_services()
        except Stopped:
            pass
        assert os.listdir(one.collection.workspace) == [b"01-test.tar.gz"]
