"""Handing out units, and taking back what lapsed."""

from __future__ import annotations

import secrets

from django.db import IntegrityError, transaction
from django.db.models import F

from annotations.allocation import leases, strategies
from annotations.allocation.models import Assignment, shown
from annotations.allocation.strategies import Choice
from annotations.core import clock
from annotations.core.counters import swap
from annotations.core.hashing import point, share
from annotations.core.retrying import retried
from annotations.people import places
from annotations.people.models import Enrolment
from annotations.studies.models import Batch, Unit

# A unit that somebody else took meanwhile is chosen again; so often only a broken counter would fail.
TRIES = 50


def current_assignment(enrolment: Enrolment) -> Assignment | None:
    """The unit on lease to this enrolment, with all that a page shows. One query."""
    return Assignment.objects.leased().filter(enrolment=enrolment).with_unit().first()


def find_assignment(enrolment: Enrolment, submission_key: str) -> Assignment | None:
    """The unit whose form carried the key, with all that a page shows. One query."""
    if "\x00" in submission_key:
        return None  # PostgreSQL would not even compare it
    mine = Assignment.objects.filter(enrolment=enrolment, submission_key=submission_key)
    return mine.with_unit().first()


def take_assignment(*, enrolment: Enrolment) -> Assignment | None:
    """The unit on lease, or else a new one; None if none is left for this participant.

    Two tabs that ask at once get the same unit.
    """
    for _ in range(TRIES):
        # Where all that was handed out was answered, nothing is on lease; if that has changed meanwhile,
        # the swap in `_hand_out` finds out.
        current = current_assignment(enrolment) if enrolment.handed_out > enrolment.answered else None
        if current:
            _renew(enrolment, current)
            return current
        if enrolment.answered >= enrolment.wanted or enrolment.batch.state != Batch.OPEN:
            return None
        try:
            handed = _hand_out(enrolment)
            if handed is None and sweep_leases(batch_id=enrolment.batch_id):
                handed = _hand_out(enrolment)
            return handed
        except UnitTaken:
            continue
        except (AnotherTab, IntegrityError):
            enrolment.refresh_from_db(fields=["state", "handed_out", "answered", "expires_at"])
            if enrolment.state != Enrolment.ACTIVE:
                return None
    return None


class AnotherTab(Exception):
    """The same person was handed something, answered or left meanwhile: look again."""


class UnitTaken(Exception):
    """Somebody else was quicker with the chosen unit: choose again."""


@retried
@transaction.atomic
def _hand_out(enrolment: Enrolment) -> Assignment | None:
    now = clock.now()
    expires_at = now + enrolment.lease
    mine = Enrolment.objects.filter(
        pk=enrolment.pk,
        state=Enrolment.ACTIVE,
        handed_out=enrolment.handed_out,
        answered=enrolment.answered,
    )
    if not swap(mine, handed_out=F("handed_out") + 1, expires_at=expires_at):
        raise AnotherTab
    enrolment.expires_at = expires_at
    again = _lease_again(enrolment) if enrolment.handed_out > enrolment.answered else None
    if again:
        Enrolment.objects.filter(pk=enrolment.pk).update(handed_out=F("handed_out") - 1)
        return again
    position = enrolment.handed_out + 1
    choice = _choose(enrolment, position)
    if choice is None:
        Enrolment.objects.filter(pk=enrolment.pk).update(handed_out=F("handed_out") - 1)
        return None
    enrolment.handed_out = position
    return Assignment.objects.create(
        enrolment=enrolment,
        participant_id=enrolment.participant_id,
        unit=choice.unit,
        item=choice.unit.item,
        submission_key=secrets.token_urlsafe(24),
        position=position,
        eligible=choice.eligible,
        probability=choice.probability,
        leased_at=now,
        expires_at=enrolment.expires_at,
    )


def _choose(enrolment: Enrolment, position: int) -> Choice | None:
    check = _choose_check(enrolment, position)
    if check:
        return check
    strategy = strategies.get(enrolment.batch.setting("strategy"))
    choice = strategy(enrolment, position)
    if choice is not None and not leases.fill_from(choice.unit, choice.unit.filled):
        # PostgreSQL keeps the row of a swap that failed locked until the transaction ends. To choose
        # again, this one ends: a second unit would be locked out of order.
        raise UnitTaken
    return choice


def _choose_check(enrolment: Enrolment, position: int) -> Choice | None:
    """A check, at the positions that the seed sets for this participant."""
    definition = enrolment.version.definition
    seed, person = definition["seed"], enrolment.participant.key
    if share(seed, "check", person, position) >= definition["checks"]["share"]:
        return None
    seen = Assignment.objects.filter(participant=enrolment.participant_id).values("item")
    checks = Unit.objects.filter(batch=enrolment.batch_id, is_check=True).exclude(item__in=seen)
    shuffles = list(checks.values_list("shuffle", flat=True))
    if not shuffles:
        return None
    chosen = min(shuffles, key=lambda shuffle: point(seed, "which check", person, position, shuffle))
    unit = shown(checks).get(shuffle=chosen)
    leases.fill(unit)  # checks have no quota
    return Choice(unit, len(shuffles), 1 / len(shuffles))


def _lease_again(enrolment: Enrolment) -> Assignment | None:
    """A unit shown before whose lease had lapsed: the same person gets it again while its quota lasts."""
    lapsed = Assignment.objects.filter(enrolment=enrolment, state=Assignment.RELEASED)
    for assignment in lapsed.with_unit().order_by("position"):
        if leases.fill(assignment.unit):
            released = Assignment.objects.filter(pk=assignment.pk, state=Assignment.RELEASED)
            assignment.expires_at = enrolment.expires_at
            assignment.state = Assignment.LEASED
            if swap(released, state=Assignment.LEASED, expires_at=assignment.expires_at):
                return assignment
            leases.free(assignment.unit_id)
    return None


def _renew(enrolment: Enrolment, assignment: Assignment) -> None:
    places.renew(enrolment)
    if assignment.expires_at < enrolment.expires_at:
        assignment.expires_at = enrolment.expires_at
        Assignment.objects.leased().filter(pk=assignment.pk).update(expires_at=assignment.expires_at)


@retried
def leave(*, enrolment: Enrolment) -> bool:
    """The participant goes: lease and place are free at once, answers stay."""
    with transaction.atomic():
        if not places.return_place(enrolment, state=Enrolment.LEFT):
            return False
        leases.release_all(enrolment)
    return True


@retried
def finish(*, enrolment: Enrolment) -> bool:
    """The passage is done: an open lease ends, the place is used up."""
    with transaction.atomic():
        done = places.complete_place(enrolment)
        if done:
            leases.release_all(enrolment)
    enrolment.refresh_from_db(fields=["state", "step", "finished_at"])
    return done


def sweep_leases(*, batch_id: int | None = None) -> int:
    """Free what lapsed, of one batch or of all. Returns how many. Two sweepers do no harm."""
    count = 0
    enrolments = Enrolment.objects.overdue()
    assignments = Assignment.objects.overdue()
    if batch_id is not None:
        enrolments = enrolments.filter(batch=batch_id)
        assignments = assignments.filter(unit__batch=batch_id)
    for enrolment in enrolments.select_related("batch"):
        count += _lapse(enrolment)
    for assignment in assignments:
        count += _expire(assignment)
    return count


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
