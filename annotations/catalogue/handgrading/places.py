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


def held_place(*, collection: int, subject: str, user: User) -> HandPlace | None:
    """The place that the user has in a round of the study that goes on, kept for longer.

    A lease that ran out is still the user's until somebody else needs the place.
    """
    mine = HandPlace.objects.filter(
        round__in=_going_on(collection, subject), user=user, state=HandPlace.LEASED
    )
    place = mine.select_related("task").order_by("round", "pk").first()
    if place is not None and place.expires_at < clock.now() + LEASE / 2:
        HandPlace.objects.filter(pk=place.pk, state=HandPlace.LEASED).update(expires_at=clock.now() + LEASE)
    return place


def new_place(*, collection: int, subject: str, user: User, may_break_own: bool) -> HandPlace | None:
    """A place in the oldest round that has one for the user; None where there is nothing to do for them.

    Differences come first, then outputs that one person graded already. `may_break_own`: they may settle a
    difference in which they are one of the two, as owners do where there is nobody else.
    """
    rounds = _going_on(collection, subject)
    take_back_lapsed(rounds)
    for task in _eligible(rounds, user, may_break_own)[:TRIES]:
        if place := _take(task, user):
            return place
    # Perhaps another window of theirs has one by now.
    return held_place(collection=collection, subject=subject, user=user)


def _going_on(collection: int, subject: str) -> QuerySet[HandRound]:
    return HandRound.objects.filter(
        collection=collection, subject=subject, ready=True, closed_at__isnull=True
    )


def _eligible(rounds: QuerySet[HandRound], user: User, may_break_own: bool) -> QuerySet[HandTask]:
    """Open tasks with a place left whose output the user has not graded in any round, and differences."""
    own = HandPlace.objects.filter(task=OuterRef("pk"), user=user)
    known = HandPlace.objects.filter(task__output=OuterRef("output"), user=user, state=HandPlace.GIVEN)
    blind = Q(state=HandTask.OPEN) & ~Exists(own) & ~Exists(known)
    before = own.filter(role=HandPlace.TIE) if may_break_own else own
    ties = Q(state=HandTask.TIE) & ~Exists(before)
    rows = HandTask.objects.filter(blind | ties, round__in=rounds, taken__lt=F("wanted"))
    return rows.order_by("-state", "round", "-given", "shuffle")


@retried
def _take(task: HandTask, user: User) -> HandPlace | None:
    """The task's next place, if one is left; None where others took the last."""
    seen = HandTask.objects.filter(
        pk=task.pk, state=task.state, taken__lt=F("wanted"), round__closed_at__isnull=True
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


def take_back_lapsed(rounds: QuerySet[HandRound] | None = None) -> int:
    """Places whose time ran out, of some rounds or of all. Returns how many."""
    lapsed = HandPlace.objects.filter(state=HandPlace.LEASED, expires_at__lt=clock.now())
    if rounds is not None:
        lapsed = lapsed.filter(round__in=rounds)
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
