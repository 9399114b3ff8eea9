"""What is looked at of a bundle's folder before any table in it is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from annotations.releases.contents import MANIFEST
from annotations.releases.definitions import DEFINITION_FILE, STUDY_FILE
from annotations.releases.reading import bad

# A document is read whole, and JSON takes many times its length.
LARGEST_DOCUMENT = 2_000_000


def check_documents(folder: Path) -> None:
    """Raises BundleErrors where a definition or a manifest is larger than any that was written in earnest."""
    for path in (folder / STUDY_FILE, folder / MANIFEST, *folder.glob("definition*.json")):
        if path.is_file() and (size := path.stat().st_size) > LARGEST_DOCUMENT:
            raise bad(path.name, f"has {size:,} bytes, more than {LARGEST_DOCUMENT:,}")


def listed_files(folder: Path) -> frozenset[str]:
    """The files that a release says are its own; none where the folder is no release.

    Beside its bundle they are its results, figures and documents, and every table once more as Parquet.
    """
    if not (folder / MANIFEST).is_file() or not (folder / DEFINITION_FILE).is_file():
        return frozenset()
    manifest: Any = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    files = manifest.get("files") if isinstance(manifest, dict) and "definition_hash" in manifest else None
    return frozenset(files) if isinstance(files, dict) else frozenset()
