"""What is looked at of a bundle's folder before any table in it is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from annotations.catalogue.bundle import BundleErrors
from annotations.catalogue.readers.shape import excess
from annotations.core.problems import Problem, Problems
from annotations.releases.contents import MANIFEST
from annotations.releases.definitions import DEFINITION_FILE, STUDY_FILE
from annotations.releases.reading import bad

# A document is read whole, and JSON takes many times its length.
LARGEST_DOCUMENT = 2_000_000
MOST_VALUES = 40_000
# Definitions that a manifest names, all together.
LARGEST_VERSIONS = 10_000_000


def check_documents(folder: Path) -> None:
    """Raises BundleErrors where a definition or a manifest is larger than any that was written in earnest."""
    _check_size(folder / STUDY_FILE)
    for path in (folder / MANIFEST, *folder.glob("definition*.json")):
        _check_json(path)
    size = 0
    for path in _versions(folder):
        _check_json(path)
        size += path.stat().st_size
        if size > LARGEST_VERSIONS:
            raise bad(MANIFEST, f"names definitions of more than {LARGEST_VERSIONS:,} bytes together")


def _check_size(path: Path) -> None:
    if path.is_file() and (size := path.stat().st_size) > LARGEST_DOCUMENT:
        raise bad(path.name, f"has {size:,} bytes, more than {LARGEST_DOCUMENT:,}")


def _check_json(path: Path) -> None:
    _check_size(path)
    if not path.is_file():
        return
    text = path.read_bytes().decode(errors="replace")
    if too_far := excess(text, MOST_VALUES):
        at, reason = too_far
        problems = Problems()
        problems.add(Problem(path.name, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at), reason))
        raise BundleErrors(problems)


def _versions(folder: Path) -> Iterator[Path]:
    """The files beside it that a manifest names as definitions, whatever they are called."""
    try:
        versions = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["versions"]
        names = [str(one["file"]) for one in versions]
    except (OSError, ValueError, LookupError, TypeError):
        return  # whoever reads it all says what is wrong with it
    for name in names:
        if Path(name).name == name and (folder / name).is_file():
            yield folder / name


def listed_files(folder: Path) -> frozenset[str]:
    """The files that a release says are its own; none where the folder is no release.

    Beside its bundle they are its results, figures and documents, and every table once more as Parquet.
    """
    if not (folder / MANIFEST).is_file() or not (folder / DEFINITION_FILE).is_file():
        return frozenset()
    manifest: Any = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    files = manifest.get("files") if isinstance(manifest, dict) and "definition_hash" in manifest else None
    return frozenset(files) if isinstance(files, dict) else frozenset()
