"""Handing outputs to people who grade, and taking back what they left: counters, moved by swap alone."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from annotations.accounts.models import User
from annotations.catalogue.handgrading.models import LEASE, HandPlace, HandRound, HandTask
from annotations.core import clock
from annotations.core.counters import swap
from annotations.core.retrying import retried

# Tasks that are looked at before somebody is told that there is nothing to do now.
TRIES = 50
LOST_AFTER = timedelta(days=1)


def find_place(*, round: HandRound, user: User, may_break_own: bool) -> HandPlace | None:
    """The place that the user has in the round, or a new one; None where there is nothing to do for them.

    Differences come first, then outputs that one person graded already. `may_break_own`: they may settle a
    difference in which they are one of the two, as owners do where there is nobody else.
    """
    if held := _held(round, user):
        return held
    take_back_lapsed(round)
    for task in _eligible(round, user, may_break_own)[:TRIES]:
        if place := _take(task, user):
            return place
    return _held(round, user)


def _held(round: HandRound, user: User) -> HandPlace | None:
    """Renewed. A lease that ran out is still the user's until somebody else needs the place."""
    mine = HandPlace.objects.filter(round=round, user=user, state=HandPlace.LEASED)
    mine.update(expires_at=clock.now() + LEASE)
    return mine.select_related("task").first()


def _eligible(round: HandRound, user: User, may_break_own: bool) -> QuerySet[HandTask]:
    """Open tasks with a place left whose output the user has not graded in any round, and differences."""
    own = HandPlace.objects.filter(task=OuterRef("pk"), user=user)
    known = HandPlace.objects.filter(task__output=OuterRef("output"), user=user, state=HandPlace.GIVEN)
    blind = Q(state=HandTask.OPEN) & ~Exists(own) & ~Exists(known)
    before = own.filter(role=HandPlace.TIE) if may_break_own else own
    ties = Q(state=HandTask.TIE) & ~Exists(before)
    rows = HandTask.objects.filter(blind | ties, round=round, taken__lt=F("wanted"))
    return rows.order_by("-state", "-given", "shuffle")


@retried
def _take(task: HandTask, user: User) -> HandPlace | None:
    """The task's next place, if it stands as it was seen; None where somebody else got there first."""
    seen = HandTask.objects.filter(
        pk=task.pk, state=task.state, taken=task.taken, taken__lt=F("wanted"), round__closed_at__isnull=True
    )
    role = HandPlace.TIE if task.state == HandTask.TIE else HandPlace.BLIND
    try:
        with transaction.atomic():
            if not swap(seen, taken=F("taken") + 1):
                return None
            return HandPlace.objects.create(
                round_id=task.round_id,
                task=task,
                user=user,
                role=role,
                expires_at=clock.now() + LEASE,
            )
    except IntegrityError:
        return None  # the user has another place by now, from another window


def sweep_rounds() -> int:
    """Lapsed places, and rounds whose making broke off long ago."""
    left = HandRound.objects.filter(ready=False, created_at__lt=clock.now() - LOST_AFTER)
    return take_back_lapsed() + left.delete()[0]


def take_back_lapsed(round: HandRound | None = None) -> int:
    """Places whose time ran out, of one round or of all. Returns how many."""
    lapsed = HandPlace.objects.filter(state=HandPlace.LEASED, expires_at__lt=clock.now())
    if round is not None:
        lapsed = lapsed.filter(round=round)
    return sum(_give_back(place) for place in lapsed)


@retried
def _give_back(place: HandPlace) -> bool:
    """Place first, then task: the order of everybody who has both."""
    with transaction.atomic():
        still = HandPlace.objects.filter(pk=place.pk, state=HandPlace.LEASED, expires_at=place.expires_at)
        if not still.delete()[0]:
            return False
        HandTask.objects.filter(pk=place.task_id).update(taken=F("taken") - 1)
        return True
