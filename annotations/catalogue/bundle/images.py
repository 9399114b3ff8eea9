"""Pictures of a bundle: the files in its folder `images`, told by their first bytes, not by their names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from annotations.catalogue.bundle.collection import Existing
from annotations.catalogue.bundle.rows import ItemRow
from annotations.catalogue.bundle.tables import Fault
from annotations.core.problems import Problem, near_miss, shown

FOLDER = "images"
LARGEST = 1_000_000
MOST = 5_000
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
# What desktops leave in folders; other hidden files are passed over too.
RUBBISH = frozenset({"Thumbs.db", "desktop.ini"})

SUFFIXES = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
}
MARKS = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "image/webp"),
)
SVG = re.compile(rb"\s*(\xef\xbb\xbf)?\s*<(\?xml|!--|!DOCTYPE|svg)", re.IGNORECASE)
FIRST_BYTES = 100


@dataclass(frozen=True, slots=True)
class BundleImage:
    path: Path
    media_type: str
    digest: str

    @property
    def name(self) -> str:
        return self.path.name


class BadImage(Exception):
    """The file is no picture that is shown; the message says why."""


class Images:
    """The pictures that a bundle brings, those that its collection has, and which of them items show."""

    def __init__(self, folder: Path, existing: Existing) -> None:
        self.existing = existing
        self.found: dict[str, BundleImage] = {}
        self.problems: list[Problem] = []
        # Digests, by name.
        self.shown: dict[str, str] = {}
        folded: dict[str, str] = {}
        for number, path in enumerate(_files(folder / FOLDER), start=1):
            if number > MOST:
                self.problems.append(Problem(FOLDER, None, None, f"holds more than {MOST:,} files"))
                break
            try:
                first = folded.setdefault(path.name.casefold(), path.name)
                if first != path.name:
                    raise BadImage(f"differs from {first} in capitals only, which not every disk tells apart")
                self.found[path.name] = image = read_image(path)
                if existing.image_digest(path.name) not in (None, image.digest):
                    raise BadImage("is in the collection already, with other content")
            except BadImage as bad:
                self.problems.append(Problem(f"{FOLDER}/{path.name}", None, None, str(bad)))

    def describe(self, row: ItemRow) -> Iterator[Fault]:
        """Gives the row the digest of its picture."""
        if row.image is None:
            return
        image = self.found.get(row.image)
        row.image_digest = image.digest if image else self.existing.image_digest(row.image)
        if row.image_digest:
            self.shown[row.image] = row.image_digest
        elif not any(problem.file == f"{FOLDER}/{row.image}" for problem in self.problems):
            hint = near_miss(row.image, self.found)
            yield "image", f"there is no {shown(row.image)} in the bundle's folder {FOLDER}{hint}"

    def new(self) -> dict[str, BundleImage]:
        """Those that items show and the collection does not have."""
        return {
            name: image
            for name, image in self.found.items()
            if name in self.shown and self.existing.image_digest(name) is None
        }

    def warnings(self) -> Iterator[Problem]:
        for name in self.found:
            if name not in self.shown:
                yield Problem(f"{FOLDER}/{name}", None, None, "no item shows it: it is not loaded")


def read_image(path: Path) -> BundleImage:
    """Raises BadImage where the file is no picture that may be shown."""
    if not NAME.fullmatch(path.name):
        raise BadImage(f"the name {shown(path.name)} is not made of up to 100 letters, digits, ., _ and -")
    if path.is_symlink() or not path.is_file():
        raise BadImage("is a folder, a link or a device, not a file")
    if (size := path.stat().st_size) > LARGEST:
        raise BadImage(f"has {size:,} bytes, more than {LARGEST:,}")
    content = path.read_bytes()
    media_type = type_of(content)
    if not path.name.lower().endswith(SUFFIXES[media_type]):
        named = " or ".join(SUFFIXES[media_type])
        raise BadImage(f"is {media_type.removeprefix('image/').upper()}: let its name end in {named}")
    return BundleImage(path, media_type, hashlib.sha256(content).hexdigest())


def type_of(content: bytes) -> str:
    for mark, media_type in MARKS:
        if mark.match(content):
            return media_type
    if not content:
        raise BadImage("the file is empty")
    if SVG.match(content[:FIRST_BYTES]):
        raise BadImage("is SVG, which may hold scripts and load from elsewhere; save it as PNG")
    raise BadImage("begins as neither PNG, JPEG, WebP nor GIF does")


def _files(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if not path.name.startswith(".") and path.name not in RUBBISH:
            yield path
