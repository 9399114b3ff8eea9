"""Files of releases, as they lie in `var/releases`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from annotations.core.errors import NotFound
from annotations.releases.models import Release


@dataclass(frozen=True)
class ReleaseFile:
    name: str
    size: int


def folder_of(release: Release) -> Path:
    """Where its files are. A folder outside `var/releases` is nobody's to serve."""
    root = (settings.VAR / "releases").resolve()
    folder = (root / release.folder).resolve()
    if not folder.is_relative_to(root) or folder == root:
        raise NotFound("The release has no files.")
    return folder


def files_of(release: Release) -> list[ReleaseFile]:
    folder = folder_of(release)
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return [ReleaseFile(path.relative_to(folder).as_posix(), path.stat().st_size) for path in paths]


def access_file(release: Release, name: str) -> Path:
    folder = folder_of(release)
    path = (folder / name).resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        raise NotFound("The release has no such file.")
    return path
