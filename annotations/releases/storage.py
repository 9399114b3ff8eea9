"""Where the files of releases lie: `var/releases/<slug>/<number>/`."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from pathlib import Path

from django.conf import settings

from annotations.core.disk import to_disk
from annotations.core.errors import Refusal
from annotations.releases.models import Release

BLOCK, DAY = 1 << 20, 86_400


def root() -> Path:
    return Path(settings.VAR) / "releases"


def folder_of(release: Release) -> Path:
    """Raises Refusal where the files are not on this machine: they are stored, never rebuilt."""
    folder = root() / release.folder
    if not (folder / "manifest.json").is_file():
        raise Refusal(
            f"The files of release {release.number} are not on this machine: they should lie in"
            f" var/releases/{release.folder}. Bring them back from a backup."
        )
    return folder


def new_draft(slug: str, job: object) -> Path:
    """A folder for files in the making. Sweeps what attempts at this job, or old ones, left there."""
    home = root() / slug
    home.mkdir(parents=True, exist_ok=True)
    for left in home.glob(".*-*"):
        if left.name.startswith(f".{job}-") or time.time() - left.stat().st_mtime > DAY:
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f".{job}-", dir=home))


def keep(draft: Path, folder: str) -> None:
    """Move the draft to its place for good. What lies there without a row was left by a crash.

    The mark beside it goes by `confirm`, once the row is committed.
    """
    target = root() / folder
    mark_of(target).touch()
    draft.chmod(0o755)
    for path in (*draft.rglob("*"), draft):
        to_disk(path)
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)
    to_disk(target.parent)


def confirm(folder: str) -> None:
    mark_of(root() / folder).unlink(missing_ok=True)


def mark_of(target: Path) -> Path:
    return target.with_name(f".{target.name}.unpublished")


def drop(release: Release) -> bool:
    """Delete the files of a closed release. Returns whether there were any."""
    folder = root() / release.folder
    if not release.folder or not folder.is_dir():
        return False
    shutil.rmtree(folder, ignore_errors=True)
    return True


def unpublished() -> list[Path]:
    """Drafts, and folders in their place whose row may never have been committed."""
    lying = [path for path in root().glob("*/*") if path.is_dir()] if root().is_dir() else []
    return [path for path in lying if path.name.startswith(".") or mark_of(path).exists()]


def discard(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    mark_of(folder).unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def text_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
