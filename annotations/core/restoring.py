"""A mark beside the database for as long as it may hold people who were erased after its backup was taken."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from annotations.core.disk import to_disk


@contextmanager
def marked() -> Iterator[None]:
    """The mark lies on the disk before the block begins, and stays there where the block breaks off."""
    path = _path()
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        to_disk(path.parent)
        yield
        path.unlink()


@contextmanager
def left_unfinished() -> Iterator[bool]:
    """Whether a restore was broken off, and none is under way; the mark goes when the block ends."""
    path = _path()
    if not path.exists():
        yield False
        return
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
        path.unlink(missing_ok=True)


def _path() -> Path:
    folder: Path = settings.VAR
    return folder / "restoring"
