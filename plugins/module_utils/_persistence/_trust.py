# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""Whom the host trusts though no package says so: certificates that no package brought, among the trusted ones.

Bundles are made of others by update-ca-certificates(8) and update-ca-trust(8), so that a bundle by itself says nothing. What
counts are the certificates in files of packages: all others were added by somebody.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible_collections.csirt.linux_triage.plugins.module_utils._accounts._home_files import paths_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._core import _state
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._reader import NotRead
from ansible_collections.csirt.linux_triage.plugins.module_utils._core._text import escape
from ansible_collections.csirt.linux_triage.plugins.module_utils._packages._owners import owners_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._persistence._certificate import MOST, certificates_in, facts_of
from ansible_collections.csirt.linux_triage.plugins.module_utils._persistence._targets import described

MAX_FILES = 5000
FILE_SIZE = 4 << 20
ALL_READ = 256 << 20
COPIED = 256 << 10
MAX_ROWS = 1000
FEW = 20  # certificates of a file that is none of the bundles
ARTIFACT = "trusted certificates"
# Under such a name OpenSSL looks for an authority in a folder (openssl-rehash(1)).
_HASHED = re.compile(br"/[0-9a-f]{8}\.[0-9]+\Z")


class Trust:
    """Looks at the certificates of rows of the catalogue, some of which are `packaged`."""

    def __init__(self, selection, artifacts):
        self._collection = selection.collection
        self._selection = selection
        self._artifacts = artifacts
        self._captured = {}
        self._rows = 0
        self._left = ALL_READ

    def collect(self):
        """A row of the table ``certificates`` for each that no package brought; files of a few of them come home, too."""
        packaged, trusted = self._files(True), self._files(False)
        owners = owners_of(self._collection, sorted(set(packaged) | set(trusted)))
        known = set()
        for path in packaged:
            if path in owners:
                known.update(one.sha256 for one in self._certificates(path))
        if known:
            reason = "%d files compared with %d certificates of packages" % (len(trusted), len(known))
            self._collection.note(None, _state.COLLECTED, reason, ARTIFACT)
        else:
            self._collection.note(None, _state.ABSENT, "no package brought certificates: bundles are not compared", ARTIFACT)
        for path in sorted(set(packaged) | set(trusted)):
            # A bundle is compared even when a package owns it: its bytes are made on the host.
            if path not in packaged or path not in owners:
                self._compare(path, packaged.get(path) or trusted[path], known)

    def _files(self, is_packaged):
        """{real path: the name that led there} of the regular files in rows of one kind."""
        found = {}
        for artifact in self._artifacts:
            if bool(artifact.get("packaged")) == is_packaged:
                for pattern in paths_of(artifact):
                    for path in self._selection.matches(pattern):
                        self._add(path, found)
        if len(found) >= MAX_FILES:
            self._collection.note(None, _state.SKIPPED_BUDGET, "more than %d files of certificates" % MAX_FILES, ARTIFACT)
        return found

    def _add(self, path, found):
        if len(found) < MAX_FILES and not self._selection.is_folder(path):
            try:
                with self._collection.reader.find(path) as one:
                    if one.path not in found or _HASHED.search(path):
                        found[one.path] = path
            except NotRead:  # a link to a certificate that was removed
                pass

    def _certificates(self, path):
        self._collection.check()
        if not self._left:
            return []
        try:
            data = self._collection.read(path, min(FILE_SIZE, self._left))
        except NotRead as error:
            self._collection.note(path, error.state, error.reason, ARTIFACT)
            return []
        self._left -= len(data)
        if not self._left:
            self._collection.note(path, _state.SKIPPED_BUDGET, "more than %d bytes were read" % ALL_READ, ARTIFACT)
        found = list(certificates_in(data))
        if len(found) == MOST or len(data) == FILE_SIZE:
            self._collection.note(path, _state.TRUNCATED, "only the first %d certificates were looked at" % len(found), ARTIFACT)
        return found

    def _compare(self, path, name, known):
        certificates = self._certificates(path)
        is_bundle = len(certificates) > FEW
        if is_bundle and not known:
            return
        strange = [one for one in certificates if one.sha256 not in known]
        if not strange:
            return
        item = None if is_bundle else self._collection.copy(path, limit=COPIED, artifact=ARTIFACT)
        for one in strange:
            if self._rows >= MAX_ROWS:
                self._collection.note(path, _state.SKIPPED_BUDGET, "more than %d certificates of no package" % MAX_ROWS, ARTIFACT)
                return
            self._rows += 1
            self._write(path, name, one, is_bundle, item or self._capture(path, one))

    def _capture(self, path, certificate):
        """One of a bundle by itself, once however many bundles have it."""
        if certificate.sha256 not in self._captured:
            name = "certificates/%s.der" % certificate.sha256
            self._captured[certificate.sha256] = self._collection.capture(name, certificate.data, source=path)
        return self._captured[certificate.sha256]

    def _write(self, path, name, certificate, is_bundle, item):
        row = facts_of(certificate.data)
        row.update(self._status(path), path=escape(path), line=certificate.line, certificate=certificate.sha256)
        row.update(name=escape(name) if name != path else None, bundle=is_bundle or None)
        row["archived"] = escape(item.archived) if item.archived is not None else None
        self._collection.table("certificates").row(dict((key, value) for key, value in row.items() if value is not None))

    def _status(self, path):
        try:
            with self._collection.reader.find(path) as found:
                return described(found)
        except NotRead:
            return {}


__all__ = ("Trust",)
