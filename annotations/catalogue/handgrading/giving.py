"""Giving a grade, and what follows from it: agreement, a tie-break, a revision."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models import F

from annotations.accounts.models import User
from annotations.catalogue.bundle.tables import AVOIDANCE_KINDS
from annotations.catalogue.grades import Graded, record_grades
from annotations.catalogue.handgrading.models import HandPlace, HandRound, HandTask
from annotations.catalogue.models import GRADES
from annotations.core import clock
from annotations.core.counters import swap
from annotations.core.errors import NotFound, Refusal
from annotations.core.retrying import retried

AGREED, BROKEN, AUDITED = "by hand: two agreed", "by hand: tie-break", "by hand: audit, tie-break"
GONE = "Your time on this output ran out and somebody else has your place: grade the next one."


@retried
def give_grade(
    *, subject: str, key: uuid.UUID, user: User, grade: str, kind: str = "", note: str = ""
) -> HandPlace:
    """Keep the grade. Sent twice it is kept once; another grade under the same key is refused, for the two
    who grade must not see what came of the first.
    """
    if grade not in GRADES:
        raise Refusal("Choose one of the three grades.")
    kind = kind if grade == "avoidant" and kind in AVOIDANCE_KINDS else ""
    with transaction.atomic():
        mine = HandPlace.objects.filter(key=key, user=user, round__subject=subject)
        place = mine.select_related("task__round").first()
        if place is None:
            raise Refusal(GONE)
        leased = HandPlace.objects.filter(pk=place.pk, state=HandPlace.LEASED)
        now = clock.now()
        if place.task.round.closed_at is not None and place.state == HandPlace.LEASED:
            raise Refusal("The round was closed meanwhile: the grade is not needed any more.")
        if not swap(leased, state=HandPlace.GIVEN, grade=grade, kind=kind, note=note[:500], given_at=now):
            return _replayed(mine.first(), grade, kind)
        place.grade, place.kind, place.state = grade, kind, HandPlace.GIVEN
        _count(place)
    return place


def _replayed(stored: HandPlace | None, grade: str, kind: str) -> HandPlace:
    if stored is None:
        raise Refusal(GONE)
    if (stored.grade, stored.kind) != (grade, kind):
        raise Refusal(f"You graded this output {stored.grade} already, and that stands.")
    return stored


def _count(place: HandPlace) -> None:
    """The task's row is locked by the update, so that of two who end at once the second sees the first."""
    tasks = HandTask.objects.filter(pk=place.task_id)
    if not swap(tasks.exclude(state=HandTask.SETTLED), given=F("given") + 1):
        raise NotFound(GONE)
    task = tasks.select_related("round").get()
    said = place.grade if not place.kind else f"{place.grade} {place.kind}"
    if place.role == HandPlace.TIE:
        _settle(task, place.grade, place.kind, BROKEN if task.round.purpose == HandRound.GRADING else AUDITED)
    elif not task.first:
        tasks.update(first=said)
        if task.round.purpose == HandRound.AUDIT:
            _audited(task, place)
    elif task.first == said:
        tasks.update(second=said)
        _settle(task, place.grade, place.kind, AGREED)
    else:
        tasks.update(second=said, state=HandTask.TIE, wanted=F("wanted") + 1)


def _audited(task: HandTask, place: HandPlace) -> None:
    """The same grade confirms the one that stands, whatever its kind; another one goes to a third person."""
    tasks = HandTask.objects.filter(pk=task.pk)
    if place.grade == task.graded:
        tasks.update(state=HandTask.SETTLED, final=task.graded, settled_at=clock.now())
    else:
        tasks.update(state=HandTask.TIE, wanted=F("wanted") + 1)


def _settle(task: HandTask, grade: str, kind: str, grader: str) -> None:
    HandTask.objects.filter(pk=task.pk).update(state=HandTask.SETTLED, final=grade, settled_at=clock.now())
    if grade != task.graded:
        record_grades([Graded(task.output_id, grade, kind, grader)])
