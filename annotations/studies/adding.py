"""Adding a batch: to a draft it is a line of the definition; to an open study it is drawn and published.

An open study goes on meanwhile: units are stored in chunks under a batch that nobody reads, by a job where
they are many, and one update lets people in.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from annotations.catalogue.models import Item, Output
from annotations.core import audit, clock
from annotations.core.counters import swap
from annotations.core.errors import Refusal
from annotations.core.jobs.outbox import want_job
from annotations.core.models import Job
from annotations.studies import drawing
from annotations.studies.batches import write_batches
from annotations.studies.definition import Batch as Settings
from annotations.studies.definition.reading import batch_faults
from annotations.studies.drafts import save_draft, working_definition
from annotations.studies.freezing import loads_of
from annotations.studies.models import Batch, Study, Unit
from annotations.studies.naming import strange_names
from annotations.studies.obstacles import batch_obstacles
from annotations.studies.preparing import CHUNK, Tell, draw_batch, new_batch

KIND = "batch"
# Rows of the collection up to which a batch is drawn at once.
AT_ONCE = 2_000
# Longer than any request prepares a batch: then it was broken off.
LEFT_AFTER = timedelta(minutes=15)
CLOSED = "The study is closed: no batch can be added to it."


def filled_settings(given: dict[str, Any]) -> dict[str, Any]:
    """With every default. Raises Refusal where a setting is bad."""
    if faults := batch_faults(given):
        said = [f"`{name}` {reason}" if name else reason for name, reason in faults.items()]
        raise Refusal(f"The batch cannot be added: {'; '.join(said)}.")
    return Settings.model_validate(given).model_dump(mode="json")


def strange_in(study: Study, settings: dict[str, Any], actor: str) -> list[str]:
    """Studies that the actor may not name in a batch; in a draft also the one by whose axis it is drawn."""
    wanted = {**study.definition, "batches": [settings]}
    before = {**study.definition, "batches": []} if study.version_id else None
    return [*strange_names(wanted, slug=study.slug, actor=actor, before=before)]


def add_batch(*, study: Study, given: dict[str, Any], actor: str) -> Batch | None:
    """Add it to a draft (None), or to an open or paused study: published, or left to a job to prepare."""
    settings = filled_settings(given)
    if study.state == Study.DRAFT:
        _add_to_draft(study, settings, actor)
        return None
    batch = None
    try:
        with transaction.atomic():
            batch = _begin(study, settings, actor)
        if not _is_large(study):
            prepare_batch(batch)
            publish_batch(batch=batch, actor=actor)
    except BaseException:
        # Its name is free again for whoever is told to come back.
        if batch is not None:
            discard_batch(batch)
        raise
    return batch


def _add_to_draft(study: Study, settings: dict[str, Any], actor: str) -> None:
    """A save like any other of the draft: what somebody else saved meanwhile is not overwritten."""
    batches = working_definition(study)["batches"]
    _check_name(settings["name"], [one["name"] for one in batches])
    if faults := batch_obstacles(study, study.definition, settings):
        raise Refusal(" ".join(faults))
    save_draft(study=study, changes={"batches": [*batches, settings]}, revision=study.revision, actor=actor)


def _begin(study: Study, settings: dict[str, Any], actor: str) -> Batch:
    """Its row, which nobody reads, and the job that fills it where it is large. Call in a transaction."""
    locked = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    if locked.state not in (Study.OPEN, Study.PAUSED):
        raise Refusal(CLOSED if locked.state == Study.CLOSED else "The study is a draft again.")
    known = Batch.objects.filter(study=study)
    _check_name(settings["name"], list(known.values_list("name", flat=True)))
    if faults := strange_in(locked, settings, actor) or batch_obstacles(locked, locked.definition, settings):
        raise Refusal(" ".join(faults))
    last = known.aggregate(last=Max("position"))["last"]
    batch = new_batch(locked, settings, position=0 if last is None else last + 1)
    try:
        batch.save(force_insert=True)
    except IntegrityError as error:
        raise Refusal(_taken(batch.name)) from error
    if _is_large(study):
        want_job(kind=KIND, subject=study.slug, params={"batch": batch.pk, "actor": actor}, wanted_by=actor)
    return batch


def _check_name(name: str, taken: list[str]) -> None:
    if name in taken:
        raise Refusal(_taken(name))


def _taken(name: str) -> str:
    return f"The study has a batch {name!r} already: give this one another name."


def _is_large(study: Study) -> bool:
    return rows_of(study) > AT_ONCE


def rows_of(study: Study) -> int:
    """Items and outputs that drawing has to look at. Two queries."""
    of_study: dict[str, Any] = {"collection": study.collection_id, "load__in": loads_of(study)}
    count = Item.objects.filter(**of_study).count()
    return count + (Output.objects.filter(**of_study).count() if study.judges_outputs else 0)


def prepare_batch(batch: Batch, tell: Tell = lambda share: None) -> None:
    """Store its units; what an attempt that was broken off has left goes first."""
    study = batch.study
    empty_batch(batch)
    draw_batch(batch, drawing.candidates(study, loads_of(study)), tell)


@transaction.atomic
def publish_batch(*, batch: Batch, actor: str) -> None:
    """Let people in, or be paused with the study. Raises Refusal where the study has closed meanwhile."""
    study = Study.objects.select_for_update(no_key=True).get(pk=batch.study_id)
    if study.state not in (Study.OPEN, Study.PAUSED):
        raise Refusal(CLOSED)
    state = Batch.OPEN if study.state == Study.OPEN else Batch.PAUSED
    if not swap(Batch.objects.filter(pk=batch.pk, state=Batch.PREPARING), state=state):
        raise Refusal(f"The batch {batch.name!r} is not being prepared any more.")
    batch.state = state
    write_batches(study, [*study.definition["batches"], batch.settings])
    audit.record(
        actor=actor,
        action="batch added",
        subject=study.slug,
        batch=batch.name,
        batch_hash=batch.batch_hash,
        places=batch.places,
    )


def empty_batch(batch: Batch) -> None:
    """Delete what was drawn of a batch that nobody reads, in chunks."""
    mine = Unit.objects.filter(batch=batch, batch__state=Batch.PREPARING)
    while chunk := list(mine.order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        Unit.objects.filter(pk__in=chunk).delete()
    if Batch.objects.filter(pk=batch.pk, state=Batch.PREPARING).exists():
        batch.levels.all().delete()


def discard_batch(batch: Batch) -> bool:
    """Take back one that was not published. Whoever prepares it finds it gone."""
    empty_batch(batch)
    return Batch.objects.filter(pk=batch.pk, state=Batch.PREPARING).delete()[0] > 0


def sweep_preparing() -> int:
    """Take back batches of open or closed studies that nobody prepares any more. Returns how many."""
    left = list(Batch.objects.filter(state=Batch.PREPARING).exclude(study__state=Study.DRAFT).order_by("pk"))
    if not left:
        return 0
    jobs = Job.objects.tops().filter(kind=KIND, params__batch__in=[batch.pk for batch in left])
    ended = {job.params["batch"]: job.finished for job in jobs.order_by("created_at")}
    old = clock.now() - LEFT_AFTER
    return sum(discard_batch(batch) for batch in left if ended.get(batch.pk, batch.created_at < old))
