"""Files of releases, as they lie in `var/releases`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from annotations.core.errors import NotFound
from annotations.core.models import Job
from annotations.releases import storage
from annotations.releases.models import Release
from annotations.releases.services import KIND
from annotations.studies.models import Study


@dataclass(frozen=True)
class ReleaseFile:
    name: str
    size: int


def folder_of(release: Release) -> Path:
    """Where its files are. A folder outside `var/releases` is nobody's to serve."""
    root = storage.root().resolve()
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
    try:
        path = (folder / name).resolve()
        if path.is_relative_to(folder) and path.is_file():
            return path
    except (OSError, ValueError):
        pass  # no name of a file: too long, or with characters that none has
    raise NotFound("The release has no such file.")


def nothing_new(study: Study) -> int | None:
    """The number of the release that holds the same content already, if the last one wanted was no other."""
    last = Job.objects.tops().filter(subject=study.slug, kind=KIND, state=Job.DONE).first()
    if last is None or last.result.get("new", True):
        return None
    return int(last.result["number"])
