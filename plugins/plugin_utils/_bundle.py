# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""A scanner and signatures on their way to a host: packages or a ready folder here, one ``.tar.gz`` there.

Packages are unpacked on the control node and never installed: the host gets ``tree/`` and ``signatures/``.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import tempfile
import typing as t
from pathlib import Path

AR_MAGIC, AR_HEADER = b"!<arch>\n", 60


class BundleError(Exception):
    """Why there is no bundle, with what to do about it."""


def build(cache: Path, tree: Path | None, signatures: Path | None) -> Path:
    """The bundle of a scanner (folder with ``.deb`` files, folder, or tar file) and of a folder with signatures.

    It is kept in `cache` and made again only when what it was made of has changed.
    """
    sources = [path for path in (tree, signatures) if path is not None]
    for path in sources:
        if not path.exists():
            raise BundleError(f"{path} doesn't exist on the control node")
    if signatures is not None and not signatures.is_dir():
        raise BundleError(f"{signatures}, named for signatures, is no folder")
    target = cache / f"bundle-{_fingerprint(sources)}.tar.gz"
    if not target.exists():
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=cache, prefix="bundle-", delete=False) as stream:
            try:
                _write(stream, tree, signatures)
            except BaseException:
                os.unlink(stream.name)
                raise
        os.replace(stream.name, target)
    return target


def _fingerprint(sources: list[Path]) -> str:
    """What tells whether something has changed: names, sizes and times of all files."""
    digest = hashlib.sha256()
    for source in sources:
        for path in [source, *sorted(source.rglob("*"))]:
            status = path.lstat()
            digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:16]


def _write(stream: t.BinaryIO, tree: Path | None, signatures: Path | None) -> None:
    with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=1, format=tarfile.GNU_FORMAT) as bundle:
        if tree is not None:
            packages = sorted(tree.glob("*.deb")) if tree.is_dir() else []
            if packages:
                for package in packages:
                    _add_archive(bundle, _data_of(package), str(package))
            elif tree.is_dir():
                bundle.add(tree, "tree", filter=_plain)
            else:
                _add_archive(bundle, tree.open("rb"), str(tree))
        if signatures is not None:
            bundle.add(signatures, "signatures", filter=_plain)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Files, folders and links, without their owners."""
    if not (member.isfile() or member.isdir() or member.issym()):
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _add_archive(bundle: tarfile.TarFile, stream: t.BinaryIO, name: str) -> None:
    try:
        with stream, tarfile.open(fileobj=stream, mode="r:*") as source:
            for member in source:
                kept = _plain(member)
                if kept is not None:
                    kept.name = f"tree/{member.name.removeprefix('./')}"
                    bundle.addfile(kept, source.extractfile(member) if member.isfile() else None)
    except tarfile.TarError as error:
        raise BundleError(f"{name} can't be read ({error}); unpack it and name the folder instead") from error


def _data_of(package: Path) -> t.BinaryIO:
    """``data.tar`` of a package: deb(5), an archive of ar(1)."""
    with package.open("rb") as stream:
        if stream.read(len(AR_MAGIC)) != AR_MAGIC:
            raise BundleError(f"{package} is no Debian package")
        while len(header := stream.read(AR_HEADER)) == AR_HEADER:
            name, size = header[:16].strip(), int(header[48:58])
            if name.startswith(b"data.tar"):
                return io.BytesIO(stream.read(size))
            stream.seek(size + size % 2, os.SEEK_CUR)
    raise BundleError(f"{package} has no data.tar")
