"""Handing out units, and taking back what lapsed."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime

from django.db import IntegrityError, models, transaction
from django.db.models import F, Q

from annotations.allocation import leases, strategies
from annotations.allocation.designs import is_for_check, is_for_repeat
from annotations.allocation.levels import Choice
from annotations.allocation.models import Assignment, shown
from annotations.core import clock
from annotations.core.composed import Composed
from annotations.core.counters import swap
from annotations.core.hashing import point
from annotations.core.retrying import retried
from annotations.people import places
from annotations.people.models import Enrolment
from annotations.studies.models import Unit

# A unit that somebody else took meanwhile is chosen again; so often only a broken counter would fail.
TRIES = 50


# What a page frees of what lapsed, where it wants places or units and no sweeper has come by.
FREED_BY_A_PAGE = 10


def find_assignment(enrolment: Enrolment, submission_key: str) -> Assignment | None:
    """The unit whose form carried the key, with all that a page shows. One query."""
    if "\x00" in submission_key:
        return None  # PostgreSQL would not even compare it
    return _of(enrolment, BY_KEY.first(enrolment=enrolment.pk, key=submission_key))


def take_assignment(*, enrolment: Enrolment) -> Assignment | None:
    """The unit on lease, or else a new one; None if none is left for this participant.

    Two tabs that ask at once get the same unit.
    """
    for _ in range(TRIES):
        known = _unanswered(enrolment)
        if known and known.state == Assignment.LEASED:
            _renew(enrolment, known)
            return known
        if enrolment.done >= enrolment.wanted or not enrolment.batch.gives_out:
            return None
        try:
            handed = _hand_out(enrolment, known)
            if handed is None and _free_lapsed(enrolment.batch_id):
                handed = _hand_out(enrolment, _unanswered(enrolment))
            return handed
        except UnitTaken:
            continue
        except (AnotherTab, IntegrityError):
            enrolment.refresh_from_db(fields=["state", "handed_out", "answered", "skipped", "expires_at"])
            if enrolment.state != Enrolment.ACTIVE:
                return None
    return None


def _unanswered(enrolment: Enrolment) -> Assignment | None:
    """The unit on lease; else the first whose lease had lapsed and whose quota has a share left."""
    # If another tab was given a unit meanwhile, the swap in `_hand_out` finds out.
    if enrolment.handed_out == enrolment.done:
        return None
    return _of(enrolment, UNANSWERED.first(enrolment=enrolment.pk))


def _unanswered_of(enrolment: int) -> models.QuerySet[Assignment]:
    same_again = Q(repeat=True) | Q(unit__quota__isnull=True) | Q(unit__filled__lt=F("unit__quota"))
    lapsed = Q(state=Assignment.RELEASED) & same_again
    mine = Assignment.objects.filter(Q(state=Assignment.LEASED) | lapsed, enrolment=enrolment)
    return mine.with_unit().order_by("state", "position")  # "leased" comes before "released"


UNANSWERED = Composed(_unanswered_of, enrolment=0)
BY_KEY = Composed(
    lambda enrolment, key: (
        Assignment.objects.filter(enrolment=enrolment, submission_key=key).with_unit().order_by()
    ),
    enrolment=0,
    key="",
)


def _of(enrolment: Enrolment, assignment: Assignment | None) -> Assignment | None:
    if assignment is not None:
        assignment.enrolment = enrolment
    return assignment


class AnotherTab(Exception):
    """The same person was handed something, answered or left meanwhile: look again."""


class UnitTaken(Exception):
    """Somebody else was quicker with the chosen unit: choose again."""


@retried
@transaction.atomic
def _hand_out(enrolment: Enrolment, lapsed: Assignment | None) -> Assignment | None:
    """A unit that was shown before if there is one, so that the same person gets it again; else a new one."""
    now = clock.now()
    expires_at = now + enrolment.lease
    mine = Enrolment.objects.filter(
        pk=enrolment.pk,
        state=Enrolment.ACTIVE,
        handed_out=enrolment.handed_out,
        answered=enrolment.answered,
        skipped=enrolment.skipped,
    )
    position = enrolment.handed_out + (lapsed is None)
    if not swap(mine, handed_out=position, expires_at=expires_at):
        raise AnotherTab
    if lapsed:
        _lease_again(lapsed, expires_at)
        enrolment.expires_at = expires_at
        return lapsed
    choice = _choose(enrolment, position)
    if choice is None:
        transaction.set_rollback(True)
        return None
    enrolment.handed_out, enrolment.expires_at = position, expires_at
    return Assignment.objects.create(
        enrolment=enrolment,
        participant_id=enrolment.participant_id,
        unit=choice.unit,
        item=choice.unit.item,
        repeat=choice.repeat,
        submission_key=secrets.token_urlsafe(24),
        position=position,
        eligible=choice.eligible,
        probability=choice.probability,
        leased_at=now,
        expires_at=expires_at,
    )


def _choose(enrolment: Enrolment, position: int) -> Choice | None:
    apart = None
    if is_for_check(enrolment, position):
        apart = _choose_check(enrolment, position)
    elif is_for_repeat(enrolment, position):
        apart = _choose_repeat(enrolment, position)
    if apart:
        return apart
    strategy = strategies.get(enrolment.batch.setting("strategy"))
    choice = strategy(enrolment, position)
    if choice is not None and not leases.fill_from(choice.unit, choice.unit.filled):
        # PostgreSQL keeps the row of a swap that failed locked until the transaction ends. To choose
        # again, this one ends: a second unit would be locked out of order.
        raise UnitTaken
    return choice


def _choose_check(enrolment: Enrolment, position: int) -> Choice | None:
    """A check that this person has not seen, if the batch has one."""
    seed, person = enrolment.version.definition["seed"], enrolment.participant.key
    seen = Assignment.objects.filter(participant=enrolment.participant_id).values("item")
    checks = Unit.objects.filter(batch=enrolment.batch_id, is_check=True).exclude(item__in=seen)
    shuffles = list(checks.values_list("shuffle", flat=True))
    if not shuffles:
        return None
    chosen = min(shuffles, key=lambda shuffle: point(seed, "which check", person, position, shuffle))
    unit = shown(checks).get(shuffle=chosen)
    leases.fill(unit)  # checks have no quota
    return Choice(unit, len(shuffles), 1 / len(shuffles))


def _choose_repeat(enrolment: Enrolment, position: int) -> Choice | None:
    """A unit that this person answered before, long enough ago, and once. It takes no quota."""
    definition = enrolment.version.definition
    seed, person = definition["seed"], enrolment.participant.key
    mine = enrolment.assignments.filter(unit__is_check=False).order_by()
    again = mine.filter(repeat=True).values("unit")
    before = mine.filter(
        state=Assignment.ANSWERED, repeat=False, position__lt=position - definition["repeats"]["gap"]
    )
    units = list(before.exclude(unit__in=again).values_list("unit", "unit__shuffle"))
    if not units:
        return None
    chosen, _ = min(units, key=lambda one: point(seed, "which repeat", person, position, one[1]))
    return Choice(shown(Unit.objects.all()).get(pk=chosen), len(units), 1 / len(units), repeat=True)


def _lease_again(assignment: Assignment, expires_at: datetime) -> None:
    """Raises UnitTaken if the last share of its quota has gone, AnotherTab if it is no longer lapsed."""
    # The assignment before the unit: the order of locks.
    released = Assignment.objects.filter(pk=assignment.pk, state=Assignment.RELEASED)
    if not swap(released, state=Assignment.LEASED, expires_at=expires_at):
        raise AnotherTab
    if not assignment.repeat and not leases.fill_from(assignment.unit, assignment.unit.filled):
        raise UnitTaken
    assignment.state, assignment.expires_at = Assignment.LEASED, expires_at


def _renew(enrolment: Enrolment, assignment: Assignment) -> None:
    places.renew(enrolment)
    if assignment.expires_at < enrolment.expires_at:
        assignment.expires_at = enrolment.expires_at
        Assignment.objects.leased().filter(pk=assignment.pk).update(expires_at=assignment.expires_at)


@retried
def leave(*, enrolment: Enrolment, outcome: str = "") -> bool:
    """The participant goes: lease and place are free at once, answers stay.

    False if they had no place: then only the outcome is noted.
    """
    with transaction.atomic():
        if not places.return_place(enrolment, state=Enrolment.LEFT, outcome=outcome):
            places.note_outcome(enrolment, outcome)
            return False
        leases.release_all(enrolment)
    return True


@retried
def finish(*, enrolment: Enrolment) -> bool:
    """The passage is done: an open lease ends, the place is used up."""
    with transaction.atomic():
        done = places.complete_place(enrolment)
        if done and enrolment.handed_out > enrolment.done:
            leases.release_all(enrolment)
    if not done:
        enrolment.refresh_from_db(fields=["state", "step", "finished_at"])
    return done


def sweep_leases(*, batches: Collection[int] | None = None, at_most: int | None = None) -> int:
    """Free what lapsed, of some batches or of all. Returns how many. Two sweepers do no harm."""
    enrolments = Enrolment.objects.overdue().order_by("expires_at", "pk")
    assignments = Assignment.objects.overdue().order_by("expires_at", "pk")
    if batches is not None:
        enrolments = enrolments.filter(batch__in=batches)
        assignments = assignments.filter(unit__batch__in=batches)
    count = sum(_lapse(enrolment) for enrolment in enrolments.select_related("batch")[:at_most])
    return count + sum(_expire(assignment) for assignment in assignments.select_related("unit")[:at_most])


def _free_lapsed(batch_id: int) -> int:
    """Free units whose leases are over, for one who finds none; the sweeper sees to the places."""
    overdue = Assignment.objects.overdue().filter(unit__batch=batch_id).select_related("unit")
    return sum(_expire(assignment) for assignment in overdue.order_by("expires_at", "pk")[:FREED_BY_A_PAGE])


@retried
@transaction.atomic
def _lapse(enrolment: Enrolment) -> bool:
    lapsed = places.return_place(enrolment, state=Enrolment.LAPSED)
    if lapsed:
        leases.release_all(enrolment)
    return lapsed


@retried
@transaction.atomic
def _expire(assignment: Assignment) -> bool:
    return leases.release(assignment, overdue_only=True)
