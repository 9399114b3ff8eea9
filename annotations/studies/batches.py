"""Acts on one batch: pause, resume, close, and what the schedule does when its moment comes.

Whoever is inside keeps what they have: a pause ends nobody's passage, and answers to units on lease are
stored and counted whatever the batch has become.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from annotations.core import audit, clock
from annotations.core.counters import swap
from annotations.core.errors import Refusal
from annotations.studies.models import Batch, Study


def lock_study(batch: Batch) -> Study:
    """The study before its batches: the order of locks. Call in a transaction."""
    return Study.objects.select_for_update(no_key=True).get(pk=batch.study_id)


def write_batches(study: Study, batches: list[dict[str, Any]]) -> None:
    """In the definition, from which the next version and a release have them. Needs the study's row."""
    study.definition = {**study.definition, "batches": batches}
    if study.amendment is not None:
        study.amendment = {**study.amendment, "batches": batches}
    study.save(update_fields=["definition", "amendment"])


@transaction.atomic
def pause_batch(*, batch: Batch, actor: str) -> Batch:
    """Let nobody in and hand nothing out. It stays paused when the study goes on after a pause of its own."""
    study = lock_study(batch)
    running = Batch.objects.filter(pk=batch.pk, state__in=(Batch.OPEN, Batch.PAUSED), held=False)
    if not swap(running, state=Batch.PAUSED, held=True):
        raise _refusal(batch, "paused")
    return _told(batch, study, actor, "batch paused")


@transaction.atomic
def resume_batch(*, batch: Batch, actor: str) -> Batch:
    study = lock_study(batch)
    if study.state == Study.PAUSED:
        raise Refusal("The study is paused, and its batches with it: resume the study.")
    if not swap(Batch.objects.filter(pk=batch.pk, state=Batch.PAUSED), state=Batch.OPEN, held=False):
        raise _refusal(batch, "resumed")
    return _told(batch, study, actor, "batch resumed")


@transaction.atomic
def close_batch(*, batch: Batch, actor: str) -> Batch:
    """For good. Answers to units on lease are still stored and counted."""
    study = lock_study(batch)
    if not swap(Batch.objects.filter(pk=batch.pk, state__in=(Batch.OPEN, Batch.PAUSED)), state=Batch.CLOSED):
        raise _refusal(batch, "closed")
    return _told(batch, study, actor, "batch closed")


def close_due_batches() -> int:
    """Close what was to close by now. Nobody comes in after that moment in any case. Returns how many."""
    now = clock.now()
    due = Batch.objects.filter(state__in=(Batch.OPEN, Batch.PAUSED), closes_at__lte=now)
    return sum(_close_due(batch) for batch in due.order_by("pk"))


@transaction.atomic
def _close_due(batch: Batch) -> bool:
    study = lock_study(batch)
    # Compared again: somebody may have put it off meanwhile.
    due = Batch.objects.filter(pk=batch.pk, state__in=(Batch.OPEN, Batch.PAUSED), closes_at__lte=clock.now())
    if not swap(due, state=Batch.CLOSED):
        return False
    _told(batch, study, audit.SYSTEM, "batch closed", reason="its moment came")
    return True


def _told(batch: Batch, study: Study, actor: str, action: str, **details: Any) -> Batch:
    audit.record(actor=actor, action=action, subject=study.slug, batch=batch.name, **details)
    batch.refresh_from_db()
    return batch


def _refusal(batch: Batch, wanted: str) -> Refusal:
    batch.refresh_from_db(fields=["state", "held"])
    state = "being prepared" if batch.state == Batch.PREPARING else batch.state
    return Refusal(f"The batch {batch.name!r} is {state} and cannot be {wanted}.")
