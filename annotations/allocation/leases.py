"""Leases: what a hand-out, an answer and a lapse do to assignment, unit and stratum level.

Locks are taken in one order: enrolment, batch, assignment, unit, stratum levels from the lower to the
higher. The callers open the transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.db.models import F, Q

from annotations.allocation.models import Assignment
from annotations.core.counters import swap
from annotations.people.models import Enrolment
from annotations.studies.models import StratumLevel, Unit


def fill(unit: Unit) -> bool:
    """Take a share of the unit's quota, if one is left."""
    while unit.quota is None or unit.filled < unit.quota:
        if fill_from(unit, unit.filled):
            return True
        unit.refresh_from_db(fields=["filled"])  # another process moved it: look again
    return False


def fill_from(unit: Unit, seen: int) -> bool:
    """Take a share of the quota if the unit still stands where it was seen."""
    same = Unit.objects.filter(Q(quota__isnull=True) | Q(quota__gt=seen), pk=unit.pk, filled=seen)
    if not swap(same, filled=seen + 1):
        return False
    unit.filled = seen + 1
    if not unit.is_check:
        _move_level(unit.batch_id, unit.stratum, seen, -1)
        _move_level(unit.batch_id, unit.stratum, seen + 1, +1)
    return True


def free(unit_id: int) -> None:
    """Give a share of the quota back."""
    free_all([(unit_id, False)])


def free_all(shares: Iterable[tuple[int, bool]]) -> None:
    """Give shares of several units back, each that of a counted answer or of a lease.

    All units come before all levels: whoever holds a unit waits for a level only, so nobody who holds
    a level ever waits for a unit.
    """
    moves: Counter[tuple[int, int, int]] = Counter()
    for unit_id, answered in sorted(shares):
        unit = _give_back(unit_id, answered)
        if not unit.is_check:
            moves[unit.batch_id, unit.stratum, unit.filled - 1] += 1
            moves[unit.batch_id, unit.stratum, unit.filled] -= 1
    for (batch, stratum, filled), by in sorted(moves.items()):
        if by:
            _move_level(batch, stratum, filled, by)


def _give_back(unit_id: int, answered: bool) -> Unit:
    """The unit as it stood before."""
    while True:
        unit = Unit.objects.get(pk=unit_id)
        same = Unit.objects.filter(pk=unit_id, filled=unit.filled, answered=unit.answered)
        if swap(same, filled=unit.filled - 1, answered=unit.answered - answered):
            return unit


def release(assignment: Assignment, *, overdue_only: bool = False) -> bool:
    """End a lease without an answer."""
    leased = Assignment.objects.filter(pk=assignment.pk, state=Assignment.LEASED)
    if overdue_only:
        leased = leased.filter(expires_at=assignment.expires_at)  # not if it was renewed meanwhile
    if not swap(leased, state=Assignment.RELEASED):
        return False
    free(assignment.unit_id)
    return True


def settle(assignment: Assignment) -> bool | None:
    """Turn the lease into an answer. True: it counts; False: it is surplus; None: answered before.

    An answer whose lease had lapsed takes its share of the quota again, if one is left.
    """
    rows = Assignment.objects.filter(pk=assignment.pk)
    if swap(rows.filter(state=Assignment.LEASED), state=Assignment.ANSWERED):
        _count_answer(assignment.unit_id)
        return True
    if not swap(rows.filter(state=Assignment.RELEASED), state=Assignment.ANSWERED):
        return None
    if not fill(Unit.objects.get(pk=assignment.unit_id)):
        return False
    _count_answer(assignment.unit_id)
    return True


def release_all(enrolment: Enrolment) -> None:
    for assignment in Assignment.objects.leased().filter(enrolment=enrolment):
        release(assignment)


def _count_answer(unit_id: int) -> None:
    Unit.objects.filter(pk=unit_id).update(answered=F("answered") + 1)


def _move_level(batch_id: int, stratum: int, filled: int, by: int) -> None:
    level = StratumLevel.objects.filter(batch=batch_id, stratum=stratum, filled=filled)
    level.update(units=F("units") + by)
