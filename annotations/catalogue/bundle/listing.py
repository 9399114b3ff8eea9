"""What a zip archive says it holds, and why it is not unpacked."""

from __future__ import annotations

import re
import stat
import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

# Pictures, a folder for them, and all tables and documents of a release.
MOST_ENTRIES = 5_500
LONGEST_DIRECTORY = 1_500_000
LARGEST_FILE = 1_000_000_000
LARGEST_TOTAL = 2_000_000_000
# Tables shrink ten- to thirtyfold. A file of at most SMALL bytes may expand as it likes.
MOST_EXPANSION = 200
SMALL = 100_000
LONGEST_NAME = 255
DEEPEST = 8

END_MARK, ZIP64_MARK, LOCAL_MARK = b"PK\5\6", b"PK\6\7", b"PK\3\4"
END_SIZE, ZIP64_SIZE, LOCAL_SIZE = 22, 20, 30
LONGEST_COMMENT = 65_535
ENCRYPTED_FLAGS = 0x1 | 0x40 | 0x2000
ARCHIVES = (".zip", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".tar", ".jar", ".lz4")
ARCHIVE_MARKS = (
    LOCAL_MARK,
    END_MARK,
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
    b"7z\xbc\xaf",
    b"Rar!",
)
DRIVE = re.compile(r"[A-Za-z]:")
# What desktops add to the archives that they make.
RUBBISH = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")


class Refused(Exception):
    """The archive is not unpacked; the message says why."""


@dataclass(frozen=True)
class Entry:
    info: ZipInfo
    parts: tuple[str, ...]

    @property
    def name(self) -> str:
        return "/".join(self.parts)

    @property
    def size(self) -> int:
        return self.info.file_size


def check_directory(path: Path) -> None:
    """How long the list of contents is, before it is read."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(max(0, size - END_SIZE - LONGEST_COMMENT - ZIP64_SIZE))
        tail = stream.read()
    place = len(tail) - END_SIZE
    if place < 0 or not (tail[place:].startswith(END_MARK) and tail.endswith(b"\0\0")):
        place = tail.rfind(END_MARK)
    if place < 0 or len(tail) - place < END_SIZE:
        raise Refused("is neither a folder nor a zip archive, or was cut off")
    if tail[max(0, place - ZIP64_SIZE) : place].startswith(ZIP64_MARK):
        raise Refused("is an archive of the kind for more than 4 GB (Zip64), larger than a bundle may be")
    entries, length = struct.unpack_from("<10xHL", tail, place)
    if entries > MOST_ENTRIES or length > LONGEST_DIRECTORY:
        raise Refused(f"holds {entries:,} files or more, more than {MOST_ENTRIES:,}")


def read_entries(archive: ZipFile, path: Path) -> list[Entry]:
    """The files to unpack, without a folder that all of them lie in. Raises `Refused`."""
    infos = archive.infolist()
    if len(infos) > MOST_ENTRIES:
        raise Refused(f"holds {len(infos):,} files, more than {MOST_ENTRIES:,}")
    for info in infos:
        check_name(info)
        check_kind(info)
        check_size(info)
    if (total := sum(info.file_size for info in infos)) > LARGEST_TOTAL:
        raise Refused(f"unpacks to {total:,} bytes, more than {LARGEST_TOTAL:,}")
    if total > max(SMALL, MOST_EXPANSION * (packed := path.stat().st_size)):
        raise Refused(f"expands from {packed:,} bytes to {total:,}, more than {MOST_EXPANSION}-fold")
    check_overlap(infos, path)
    entries = [Entry(info, tuple(info.orig_filename.split("/"))) for info in infos if not info.is_dir()]
    entries = [entry for entry in entries if not set(RUBBISH) & set(entry.parts)]
    if not entries:
        raise Refused("holds no files")
    check_places(entries)
    return without_top(entries)


def check_name(info: ZipInfo) -> None:
    name = info.orig_filename
    parts = name.removesuffix("/").split("/")
    shown = ascii(name[:60])
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in name):
        raise Refused(f"the name {shown} holds a control character")
    if name.startswith("/") or "\\" in name or DRIVE.match(name) or set(parts) & {"", ".", ".."}:
        raise Refused(f"the name {shown} leads out of the archive's folder")
    if len(parts) > DEEPEST or any(len(part.encode()) > LONGEST_NAME for part in parts):
        raise Refused(f"the name {shown} is too long or too deep")


def check_kind(info: ZipInfo) -> None:
    name, mode = info.orig_filename, info.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Refused(f"{name} is a link or a device, not a file")
    if info.flag_bits & ENCRYPTED_FLAGS:
        raise Refused(f"{name} is encrypted")
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise Refused(f"{name} is packed by a method that is not read; use deflate")
    if name.lower().endswith(ARCHIVES):
        raise Refused(f"{name} is an archive in the archive; unpack it first")


def check_size(info: ZipInfo) -> None:
    name, packed, size = info.orig_filename, info.compress_size, info.file_size
    if size > LARGEST_FILE:
        raise Refused(f"{name} unpacks to {size:,} bytes, more than {LARGEST_FILE:,}")
    if size > max(SMALL, MOST_EXPANSION * packed):
        raise Refused(f"{name} expands from {packed:,} bytes to {size:,}, more than {MOST_EXPANSION}-fold")


def check_overlap(infos: list[ZipInfo], path: Path) -> None:
    """Files that share their bytes expand far more than each of them says."""
    spans = sorted(spans_of(infos, path))
    for (_, end, name), (start, _, other) in pairwise(spans):
        if start < end:
            raise Refused(f"{name} and {other} share bytes of the archive")


def spans_of(infos: list[ZipInfo], path: Path) -> Iterator[tuple[int, int, str]]:
    with path.open("rb") as stream:
        for info in infos:
            stream.seek(info.header_offset)
            header = stream.read(LOCAL_SIZE)
            if len(header) < LOCAL_SIZE or not header.startswith(LOCAL_MARK):
                raise Refused(f"the archive is damaged: {info.orig_filename} is not where it should be")
            name, extra = struct.unpack_from("<HH", header, 26)
            start = info.header_offset
            yield start, start + LOCAL_SIZE + name + extra + info.compress_size, info.orig_filename


def check_places(entries: list[Entry]) -> None:
    """No two files in one place, on disks that do not tell capitals apart either."""
    seen: set[tuple[str, ...]] = set()
    above: set[tuple[str, ...]] = set()
    for entry in entries:
        folded = tuple(unicodedata.normalize("NFC", part).casefold() for part in entry.parts)
        above.update(folded[:depth] for depth in range(1, len(folded)))
        if folded in seen:
            raise Refused(f"{entry.name} stands in the archive twice")
        seen.add(folded)
    if clash := seen & above:
        raise Refused(f"{'/'.join(min(clash))} is both a file and a folder")


def without_top(entries: list[Entry]) -> list[Entry]:
    tops = {entry.parts[0] for entry in entries}
    if len(tops) == 1 and all(len(entry.parts) > 1 for entry in entries):
        return [Entry(entry.info, entry.parts[1:]) for entry in entries]
    return entries
