"""Extending a batch while people answer: more places, more answers a unit, another moment or budget to stop.

The batch's hash stays what it was: changes are written beside its settings, and in the audit log. Limits
never fall below what is used. More overlap is made room for first, in chunks, and let in last: nobody chooses
a unit at a fill level that has no row yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F, Max

from annotations.core import audit, clock
from annotations.core.counters import swap
from annotations.core.errors import Refusal
from annotations.core.jobs.outbox import want_job
from annotations.core.models import Job
from annotations.studies.batches import lock_study, write_batches
from annotations.studies.definition import Batch as Settings
from annotations.studies.definition.batches import affordable, present, setting_of
from annotations.studies.definition.reading import batch_faults
from annotations.studies.models import Batch, StratumLevel, Study, Unit
from annotations.studies.preparing import CHUNK, Tell, moment_of
from annotations.studies.squares import uneven_places

KIND = "overlap"
# Units up to which more overlap is made room for at once.
AT_ONCE = 2_000
SETTINGS = ("participants", "overlap", "closes_at", "budget")


def extend_batch(*, batch: Batch, wanted: Mapping[str, Any], actor: str) -> Job | None:
    """Change what `wanted` names of `SETTINGS`. A job makes room for more overlap where units are many.

    Raises Refusal, and then nothing has changed.
    """
    wanted = _checked(batch, wanted)
    if not wanted:
        raise Refusal("Nothing would change: enter what is to be different.")
    overlap = wanted.pop("overlap", None)
    with transaction.atomic():
        study = lock_study(batch)
        locked = _of_open_study(batch, study)
        if overlap is not None and overlap < locked.overlap:
            raise Refusal(
                f"The overlap can only grow: answers that were counted stay counted ({locked.overlap})."
            )
        if wanted:
            _move_limits(locked, wanted)
            _note(study, locked, wanted, actor)
        job = None
        if overlap is not None and locked.units.filter(is_check=False).count() > AT_ONCE:
            params = {"batch": batch.pk, "overlap": overlap, "actor": actor}
            job = want_job(kind=KIND, subject=study.slug, params=params, wanted_by=actor)
    if overlap is not None and job is None:
        make_room(batch, overlap)
        raise_overlap(batch=batch, overlap=overlap, actor=actor)
    batch.refresh_from_db()
    return job


def make_room(batch: Batch, overlap: int, tell: Tell = lambda share: None) -> None:
    """Levels for units to come to, then their quotas. Nobody sees it before `raise_overlap`; done twice it
    does no harm."""
    with transaction.atomic():
        lock_study(batch)  # of two who make room, the second finds the levels of the first
        _add_levels(batch, overlap)
    mine = Unit.objects.filter(batch=batch, is_check=False)
    last = mine.aggregate(last=Max("pk"))["last"] or 0
    first = at = mine.order_by("pk").values_list("pk", flat=True).first() or 0
    while at <= last:
        mine.filter(pk__gte=at, pk__lt=at + CHUNK, quota__lt=overlap).update(quota=overlap)
        at += CHUNK
        tell(min(1.0, (at - first) / (last - first + 1)))


def _add_levels(batch: Batch, overlap: int) -> None:
    highest = StratumLevel.objects.filter(batch=batch).aggregate(last=Max("filled"))["last"]
    strata = StratumLevel.objects.filter(batch=batch, filled=0)
    StratumLevel.objects.bulk_create(
        (
            StratumLevel(
                batch=batch, stratum=one.stratum, label=one.label, grade=one.grade, filled=filled, units=0
            )
            for one in strata
            for filled in range(highest + 1, overlap + 1)
        ),
        batch_size=CHUNK,
    )


@transaction.atomic
def raise_overlap(*, batch: Batch, overlap: int, actor: str) -> None:
    """Let the units have so many answers. Needs `make_room` before."""
    study = lock_study(batch)
    locked = _of_open_study(batch, study)
    if not swap(Batch.objects.filter(pk=batch.pk, overlap__lt=overlap), overlap=overlap):
        raise Refusal(f"The overlap was raised to {locked.overlap} meanwhile.")
    _note(study, locked, {"overlap": overlap}, actor)


def _checked(batch: Batch, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What differs from now, checked and written as the definition writes it."""
    now = present(batch.settings)
    given = {name: now[name] for name in Settings.model_fields if name in now} | dict(wanted)
    if faults := batch_faults(given):
        said = [f"`{name}` {reason}" if name else reason for name, reason in faults.items()]
        raise Refusal(f"The batch cannot be changed so: {'; '.join(said)}.")
    checked = Settings.model_validate(given).model_dump(mode="json")
    return {
        name: checked[name] for name in SETTINGS if name in wanted and checked[name] != setting_of(now, name)
    }


def _of_open_study(batch: Batch, study: Study) -> Batch:
    locked = Batch.objects.get(pk=batch.pk)
    if locked.state not in (Batch.OPEN, Batch.PAUSED):
        raise Refusal(f"The batch {batch.name!r} is {locked.state} and cannot be extended.")
    return locked


def _move_limits(batch: Batch, wanted: Mapping[str, Any]) -> None:
    """Each by swap: a place or money that is used is never taken away."""
    rows = Batch.objects.filter(pk=batch.pk)
    if "participants" in wanted:
        places = wanted["participants"]
        if reason := uneven_places(places, batch.orders):
            raise Refusal(f"The Latin square of the batch {batch.name!r} {reason}")
        if not swap(rows.filter(running__lte=places - F("completed")), places=places):
            raise Refusal(f"More than {places:,} places are used: there cannot be fewer.")
    if "budget" in wanted:
        pays = affordable({**present(batch.settings), **wanted})
        fitting = rows if pays is None else rows.filter(running__lte=pays - F("spent"))
        if not swap(fitting, affordable=pays):
            raise Refusal(f"The budget pays for {pays:,} places, and more are used.")
    if "closes_at" in wanted:
        closes_at = moment_of(wanted, "closes_at")
        if closes_at is not None and closes_at <= clock.now():
            raise Refusal("The moment has passed at which it is to close: choose a later one, or close it.")
        swap(rows, closes_at=closes_at)


def _note(study: Study, batch: Batch, wanted: Mapping[str, Any], actor: str) -> None:
    """In the settings of the batch, in the definition for the next version and releases, and in the log."""
    now = present(batch.settings)
    made = [
        {"setting": name, "before": setting_of(now, name), "after": after} for name, after in wanted.items()
    ]
    batch.settings = {**batch.settings, "changes": [*setting_of(batch.settings, "changes"), *made]}
    Batch.objects.filter(pk=batch.pk).update(settings=batch.settings)
    batches = study.definition["batches"]
    write_batches(study, [batch.settings if one["name"] == batch.name else one for one in batches])
    audit.record(
        actor=actor, action="batch extended", subject=study.slug, batch=batch.name,
        difference=[[one["setting"], one["before"], one["after"]] for one in made],
    )  # fmt: skip
