"""Archiving and deleting studies. Both can be undone: the one always, the other for some days."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from annotations.core import audit, clock
from annotations.core.errors import Refusal
from annotations.studies.models import Study

UNDO = timedelta(days=7)


@transaction.atomic
def archive_study(*, study: Study, actor: str) -> None:
    """Put it out of the list. Nobody may be at work on it."""
    locked = _quiet(study, "archived")
    if locked.archived_at is not None:
        return
    locked.archived_at = clock.now()
    locked.save(update_fields=["archived_at"])
    audit.record(actor=actor, action="study archived", subject=study.slug)


@transaction.atomic
def unarchive_study(*, study: Study, actor: str) -> None:
    if Study.objects.filter(pk=study.pk, archived_at__isnull=False).update(archived_at=None):
        audit.record(actor=actor, action="study taken from the archive", subject=study.slug)


@transaction.atomic
def delete_study(*, study: Study, confirmation: str, actor: str) -> datetime:
    """Hide it from everybody; its rows go when the returned moment has come, and can be had back till then.

    `confirmation` must be the slug, typed by whoever wants it gone.
    """
    if confirmation.strip() != study.slug:
        raise Refusal(f"Nothing was deleted: to delete the study, type its name in addresses, {study.slug}.")
    locked = _quiet(study, "deleted")
    if locked.deleted_at is None:
        locked.deleted_at = clock.now()
        locked.save(update_fields=["deleted_at"])
        audit.record(actor=actor, action="study deleted", subject=study.slug)
    return locked.deleted_at + UNDO


@transaction.atomic
def restore_study(*, study: Study, actor: str) -> None:
    """Take a deletion back. Raises Refusal where its days are over."""
    back = Study.objects.filter(pk=study.pk, deleted_at__gt=clock.now() - UNDO)
    if not back.update(deleted_at=None):
        raise Refusal("The days in which the study could be had back are over.")
    audit.record(actor=actor, action="deletion taken back", subject=study.slug)


def overdue() -> list[Study]:
    """Studies whose days are over."""
    return list(Study.objects.deleted().filter(deleted_at__lte=clock.now() - UNDO).order_by("pk"))


def _quiet(study: Study, done: str) -> Study:
    locked = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    if locked.state in (Study.OPEN, Study.PAUSED):
        raise Refusal(f"The study is {locked.state}: close it first, then it can be {done}.")
    return locked
