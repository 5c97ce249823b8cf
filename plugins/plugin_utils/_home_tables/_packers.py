# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.


"""The libraries that unpack zstd and lz4, where they are installed: what is packed so is named as not read without them."""

from __future__ import annotations

import contextlib
import functools
import importlib
from typing import Any

# Memory that a frame of zstd may ask for: what zstd itself allows without being told to.
WINDOW_LOG = 27


class NoLibrary(Exception):
    """Which library is missing, and what installs it."""


def zstd_decompressor() -> Any:
    """A decompressor of one frame with the interface of `bz2.BZ2Decompressor`. Raises `NoLibrary`."""
    zstd = _library("backports.zstd", "compression.zstd", "backports.zstd")
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: WINDOW_LOG})


def lz4_decompressor() -> Any:
    """The same for a frame of lz4. Raises `NoLibrary`."""
    return _library("lz4", "lz4.frame").LZ4FrameDecompressor()


def lz4_block(packed: bytes, size: int) -> bytes:
    """What a block of lz4 without a frame unpacks to, at most `size` bytes. Raises `NoLibrary`, and ValueError when it doesn't."""
    block = _library("lz4", "lz4.block")
    try:
        return block.decompress(packed, uncompressed_size=size)
    except block.LZ4BlockError as error:
        raise ValueError("no block of lz4") from error


def zstd_errors() -> tuple[type[Exception], ...]:
    """What such decompressors raise for damage."""
    try:
        return (_library("backports.zstd", "compression.zstd", "backports.zstd").ZstdError,)
    except NoLibrary:
        return ()


def _library(package: str, *modules: str) -> Any:
    library = _found(*modules)
    if library is None:
        raise NoLibrary(f"Python has no {package}: pip install {package}")
    return library


@functools.cache
def _found(*modules: str) -> Any:
    """The first of the modules that is there; Python has its own of zstd from 3.14 on."""
    for name in modules:
        with contextlib.suppress(ImportError):
            return importlib.import_module(name)
    return None


__all__ = ("NoLibrary", "lz4_block", "lz4_decompressor", "zstd_decompressor", "zstd_errors")
