"""Loads that died on the way: found by the lock that their process held, else by their silence.

A load is taken back in chunks, its own row last. Whoever takes it back first wipes its digest by
compare-and-swap, so that a process that was only slow finds out and publishes nothing.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import transaction

from annotations.catalogue.loading import delete, discard
from annotations.catalogue.models import Load
from annotations.catalogue.pacing import Pace
from annotations.core import clock
from annotations.core.counters import swap
from annotations.people.models import Participant
from annotations.responses.models import Response
from annotations.studies.models import Batch, Study, StudyVersion

TAKEN_BACK = ""


def sweep_loads() -> int:
    """Take back what loads left that died on the way. Returns how many."""
    silent = set(Load.objects.abandoned().values_list("pk", flat=True))
    unpublished = Load.objects.filter(published_at__isnull=True).select_related("collection")
    dead = [load for load in unpublished if load.pk in silent or _lock_is_free(load)]
    return sum(take_back(load, seen=True) for load in dead)


def take_back(load: Load, *, seen: bool = False) -> bool:
    """Delete all that came with an unpublished load; with `seen`, only if it gave no sign of life since."""
    mine = Load.objects.filter(pk=load.pk, published_at__isnull=True)
    if seen:
        mine = mine.filter(beat_at=load.beat_at)
    if not swap(mine, digest=TAKEN_BACK, beat_at=clock.now()):
        return False
    for study in Study.objects.filter(load=load):
        pace = Pace()
        delete(Response.objects.filter(study=study), pace)
        delete(Participant.objects.filter(study=study), pace)
        with transaction.atomic():
            Batch.objects.filter(study=study).delete()
            Study.objects.filter(pk=study.pk).update(version=None)
            StudyVersion.objects.filter(study=study).delete()
            study.delete()
    discard(load)
    _lock_file(load).unlink(missing_ok=True)
    return True


@contextmanager
def alive(load: Load) -> Iterator[None]:
    """Hold a lock that the system lets go of when this process dies, however it dies."""
    path = _lock_file(load)
    path.parent.mkdir(exist_ok=True)
    draft = path.with_name(f"{path.name}.new")
    with draft.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        draft.rename(path)  # never there without being locked
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _lock_is_free(load: Load) -> bool:
    """Whether the load was running on this machine and runs no more."""
    try:
        with _lock_file(load).open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # held, or no file: another machine's
        return False
    return True


def _lock_file(load: Load) -> Path:
    return Path(settings.VAR) / "loads" / f"{load.pk}-{load.created_at.timestamp():.6f}"
