"""The list of whom was erased, kept beside the database: a restored backup does not know of them."""

from __future__ import annotations

import errno
import fcntl
import os
from datetime import datetime
from pathlib import Path

from django.conf import settings

from annotations.core import keys


def digest_of(study_slug: str, participant_key: str) -> str:
    """Keyed hash of a person in a study; it names nobody by itself."""
    return keys.digest(settings.KEYS.pseudonym, "suppression", study_slug, participant_key).hex()


def identity_digest_of(study_slug: str, participant_key: str) -> str:
    """The same for somebody of whom only the identity was erased."""
    return keys.digest(settings.KEYS.pseudonym, "identity suppression", study_slug, participant_key).hex()


def study_digest_of(study_slug: str, created_at: datetime) -> str:
    """The same for a study whose answers' last day has come."""
    return keys.digest(settings.KEYS.pseudonym, "study suppression", study_slug, created_at.isoformat()).hex()


def remember(*digests: str) -> None:
    """Add lines to `var/suppressed`, on the disk before this returns. Raises OSError if they cannot be."""
    known = remembered()
    lines = "".join(f"{digest}\n" for digest in digests if digest not in known).encode()
    if not lines:
        return
    descriptor = os.open(_path(), os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        # What a power cut left of a line must not become a part of this one.
        torn = size and os.pread(descriptor, 1, size - 1) != b"\n"
        lines = b"\n" * bool(torn) + lines
        if os.write(descriptor, lines) != len(lines):
            os.ftruncate(descriptor, size)
            raise OSError(errno.ENOSPC, "No room for the list of erased people", str(_path()))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remembered() -> set[str]:
    path = _path()
    return set(path.read_text().split()) if path.exists() else set()


def _path() -> Path:
    folder: Path = settings.VAR
    return folder / "suppressed"
