#!/usr/bin/env python
# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many web shells the scan tells, and how much clean code it takes for one.

The shells are the samples in tests/webshells. The clean code are Debian packages of web applications: they are fetched with
``apt-get download`` into a cache folder and unpacked there, nothing is installed. ``--folder`` takes other clean code.
"""

import argparse
import hashlib
import importlib
import os
import shutil
import subprocess
import sys
import time

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "unit"))
importlib.import_module("conftest")  # makes the collection importable

from ansible_collections.csirt.linux_triage.plugins.module_utils._web import _web_scripts  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell import _scan  # noqa: E402
from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._rules import Rules  # noqa: E402
from ansible_collections.csirt.linux_triage.tests.unit.plugins.module_utils import webshell_samples  # noqa: E402

CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "linux_triage", "clean_code")
RULES = os.path.join(HERE, "..", "..", "roles", "web", "vars", "main.yml")
PACKAGES = """
adminer awstats bugzilla4 cacti cgit composer davical dokuwiki drupal7 fusiondirectory galette ganglia-webfrontend gitweb gosa
icinga-php-library icinga-php-thirdparty icingaweb2 icingaweb2-module-director icingadb-web ikiwiki ldap-account-manager
libawl-php libbatik-java libcgi-application-perl libcgi-pm-perl libdancer2-perl libguava-java liblucene4.10-java
libmojolicious-perl libphp-adodb libphp-jpgraph libphp-phpmailer libphp-simplepie libphp-swiftmailer libspring-web-java
libtomcat10-java libxerces2-java mailman3-web matomo mediawiki munin nagios4-cgi nagvis
ocsinventory-reports php-codesniffer php-crypt-gpg php-doctrine-orm php-fpdf php-getid3 php-guzzlehttp-guzzle php-horde-core
php-horde-imp php-htmlpurifier php-mail-mime php-monolog php-net-ftp php-nikic-php-parser php-pclzip php-pear php-phpseclib
php-phpseclib3 php-sabre-dav php-seclib php-symfony-console php-symfony-framework-bundle php-symfony-http-kernel
php-symfony-process php-tcpdf php-twig phpldapadmin phpmyadmin phppgadmin phpqrcode phpsysinfo phpunit postfixadmin python3-bottle
python3-cherrypy3 python3-django python3-flask python3-paste python3-tornado request-tracker5 roundcube-core
roundcube-plugins serendipity shaarli simplesamlphp smarty3 smarty4 smokeping spip sympa tomcat10-admin tomcat10-examples
tt-rss viewvc websvn wordpress xymon zabbix-frontend-php
""".split()


def language_of(name, data):
    """The language that the collector would see in a file, or None."""
    return _web_scripts.language_of(name, data[:_web_scripts.HEAD]) or _web_scripts.tag_in(data)


def score_samples(rules):
    """Prints how many samples of each family are told; returns (told, all)."""
    told = count = 0
    for family in webshell_samples.families():
        missed = []
        for name, data in webshell_samples.samples(family):
            verdict = _scan.scan(data, language_of(os.path.basename(name).encode(), data), rules)
            count += 1
            if verdict.score < _scan.LIKELY:
                missed.append("%s (%d)" % (name, verdict.score))
        size = len(webshell_samples.samples(family))
        told += size - len(missed)
        print("%-14s %3d of %3d%s" % (family, size - len(missed), size, "   missed: " + ", ".join(missed) if missed else ""))
    return told, count


def fetch(cache):
    """Downloads and unpacks what isn't in the cache yet; returns the names of packages that can't be had here."""
    if shutil.which("apt-get") is None:
        return PACKAGES
    missing = []
    for package in PACKAGES:
        folder = os.path.join(cache, package)
        if os.path.isdir(folder):
            continue
        partial = folder + ".part"
        shutil.rmtree(partial, ignore_errors=True)
        os.makedirs(partial)
        done = subprocess.run(["apt-get", "download", "-q", package], cwd=partial, capture_output=True, check=False)
        packages = [name for name in os.listdir(partial) if name.endswith(".deb")]
        if done.returncode or not packages:
            shutil.rmtree(partial)
            missing.append(package)
            continue
        subprocess.run(["dpkg-deb", "-x", packages[0], partial], cwd=partial, check=True)
        os.unlink(os.path.join(partial, packages[0]))
        os.rename(partial, folder)
    return missing


def scripts_in(folders):
    """(path, bytes, language) of every script below folders, each content once."""
    seen = set()
    for top in folders:
        for folder, _folders, names in os.walk(top):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.islink(path) or not os.path.isfile(path) or os.path.getsize(path) > 8 << 20:
                    continue
                with open(path, "rb") as stream:
                    data = stream.read()
                language, digest = language_of(os.fsencode(name), data), hashlib.sha1(data).digest()
                if language and digest not in seen:
                    seen.add(digest)
                    yield path, data, language


def score_clean_code(rules, folders, show):
    """Prints what clean scripts are taken for."""
    count, size, likely, suspicious, languages = 0, 0, [], [], {}
    begin, cpu = time.time(), time.process_time()
    for path, data, language in scripts_in(folders):
        count += 1
        size += len(data)
        of_language = languages.setdefault(language, [0, 0, 0])
        of_language[0] += 1
        verdict = _scan.scan(data, language, rules)
        if verdict.score >= _scan.SUSPICIOUS:
            of_language[1 if verdict.score >= _scan.LIKELY else 2] += 1
            (likely if verdict.score >= _scan.LIKELY else suspicious).append((verdict.score, path, verdict.hits))
    if not count:
        print("no clean code: nothing in %s" % ", ".join(folders))
        return
    print("clean: %d scripts, %.0f MB, %.0f s, %.0f s of CPU time" % (count, size / 1e6, time.time() - begin, time.process_time() - cpu))
    for language in sorted(languages):
        print("%-14s %5d, likely %d, suspicious %d" % tuple([language] + languages[language]))
    for name, found in (("likely", likely), ("suspicious", suspicious)):
        print("%s: %d, %.3f %%" % (name, len(found), 100.0 * len(found) / count))
        for score, path, hits in sorted(found, key=lambda one: one[:2], reverse=True)[:show]:
            print("  %3d %s: %s" % (score, path, ", ".join(sorted({"%s at %d" % (hit["rule"], hit["line"]) for hit in hits}))))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", default=CACHE, help="where clean code is kept")
    parser.add_argument("--folder", action="append", help="clean code in the place of packages")
    parser.add_argument("--samples-only", action="store_true")
    parser.add_argument("--show", type=int, default=100, help="how many clean files are named")
    arguments = parser.parse_args()
    with open(RULES, encoding="utf-8") as stream:
        rules = Rules(yaml.safe_load(stream)["__web_webshell_rules"])
    told, count = score_samples(rules)
    print("shells: %d of %d, %.1f %%" % (told, count, 100.0 * told / count))
    if arguments.samples_only:
        return
    folders = arguments.folder
    if not folders:
        os.makedirs(arguments.cache, exist_ok=True)
        missing = fetch(arguments.cache)
        if missing:
            print("not to be had here, so not looked at: %s" % " ".join(missing))
        folders = [arguments.cache]
    score_clean_code(rules, folders, arguments.show)


if __name__ == "__main__":
    main()
