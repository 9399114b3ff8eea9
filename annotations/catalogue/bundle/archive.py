"""Bundles in zip archives, unpacked into a folder that goes when it is no longer needed.

An archive is hostile until its whole list of contents was looked at: nothing is unpacked before.
"""

from __future__ import annotations

import errno
import os
import shutil
import struct
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from annotations.catalogue.bundle.check import BundleErrors
from annotations.catalogue.bundle.listing import ARCHIVE_MARKS, Entry, Refused, check_directory, read_entries
from annotations.core.problems import Problem, Problems

PREFIX = "bundle-"
ABANDONED_SECONDS = 86_400
BLOCK = 65_536
DAMAGED = (
    BadZipFile,
    EOFError,
    zlib.error,
    struct.error,
    OverflowError,
    NotImplementedError,
    ValueError,
    RuntimeError,
)


@contextmanager
def opened(path: Path, *, under: Path) -> Iterator[Path]:
    """The bundle's folder: `path` itself, or what the zip archive at `path` holds, below `under`.

    The folder is named as the archive is without its suffix; one folder in which all of the archive lies
    is left out. Raises BundleErrors where the archive cannot be trusted, OSError where the disk is full.
    """
    if not path.is_file():
        yield path
        return
    under.mkdir(parents=True, exist_ok=True)
    sweep(under)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=under) as above:
        folder = Path(above) / (path.stem or "bundle")
        folder.mkdir()
        unpack(path, folder)
        yield folder


def unpack(path: Path, folder: Path) -> None:
    """Raises BundleErrors; what was unpacked by then is left to the caller."""
    try:
        check_directory(path)
        with ZipFile(path) as archive:
            entries = read_entries(archive, path)
            check_space(folder, sum(entry.size for entry in entries))
            for entry in entries:
                unpack_entry(archive, entry, folder)
    except Refused as refused:
        raise faulty(path, str(refused)) from refused
    except DAMAGED as error:
        raise faulty(path, f"the archive is damaged: {' '.join(str(error).split())[:200]}") from error


def unpack_entry(archive: ZipFile, entry: Entry, folder: Path) -> None:
    """Writes what the entry holds, and no byte more than it said it would be."""
    target = folder.joinpath(*entry.parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with archive.open(entry.info) as packed, target.open("xb") as unpacked:
        while block := packed.read(BLOCK):
            if not written and block.startswith(ARCHIVE_MARKS):
                raise Refused(f"{entry.name} is an archive in the archive; unpack it first")
            written += len(block)
            if written > entry.size:
                raise Refused(f"{entry.name} is larger than the archive says")
            unpacked.write(block)
    if written != entry.size:
        raise Refused(f"{entry.name} is smaller than the archive says")


def check_space(folder: Path, needed: int) -> None:
    if needed > shutil.disk_usage(folder).free:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


def sweep(under: Path) -> None:
    """Folders of processes that died before they could clean up."""
    for left in under.glob(f"{PREFIX}*"):
        try:
            if time.time() - left.stat().st_mtime > ABANDONED_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
        except FileNotFoundError:
            continue


def faulty(path: Path, reason: str) -> BundleErrors:
    problems = Problems()
    problems.add(Problem(path.name, None, None, reason))
    return BundleErrors(problems)
