"""Leases: what a hand-out, an answer, a skip and a lapse do to assignment, unit and stratum level.

A repeat takes no share of its unit's quota, so it moves neither unit nor level.

Locks are taken in one order: enrolment, batch, assignment, unit, stratum levels from the lower to the
higher. The callers open the transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.db import connection
from django.db.models import F, Q

from annotations.allocation.models import Assignment
from annotations.core.counters import swap
from annotations.people.models import Enrolment
from annotations.studies.models import StratumLevel, Unit

# PostgreSQL alone would lock the two rows in any order.
MOVE = f"""
UPDATE {StratumLevel._meta.db_table} SET units = units + CASE WHEN filled = %s THEN %s ELSE %s END
WHERE id IN (
    SELECT id FROM {StratumLevel._meta.db_table}
    WHERE batch_id = %s AND stratum = %s AND filled IN (%s, %s) ORDER BY filled {{locked}}
)
"""


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
        _move_unit(unit, lower=seen, up=True)
    return True


def free(unit: Unit) -> None:
    """Give the share of a lease back."""
    before = _give_back(unit, answered=False)
    if not unit.is_check:
        _move_unit(unit, lower=before - 1, up=False)


def free_all(shares: Iterable[tuple[int, bool]]) -> None:
    """Give shares of several units back, each that of a counted answer or of a lease.

    All units come before all levels: whoever holds a unit waits for a level only, so nobody who holds
    a level ever waits for a unit.
    """
    moves: Counter[tuple[int, int, int]] = Counter()
    wanted = sorted(shares)
    units = Unit.objects.in_bulk({unit_id for unit_id, _ in wanted})
    for unit_id, answered in wanted:
        unit = units[unit_id]
        before = _give_back(unit, answered=answered)
        if not unit.is_check:
            moves[unit.batch_id, unit.stratum, before - 1] += 1
            moves[unit.batch_id, unit.stratum, before] -= 1
    for (batch, stratum, filled), by in sorted(moves.items()):
        if by:
            level = StratumLevel.objects.filter(batch=batch, stratum=stratum, filled=filled)
            level.update(units=F("units") + by)


def _give_back(unit: Unit, *, answered: bool) -> int:
    """Returns the fill level at which the unit stood before."""
    while True:
        before = unit.filled
        same = Unit.objects.filter(pk=unit.pk, filled=before, answered=unit.answered)
        if swap(same, filled=before - 1, answered=unit.answered - answered):
            unit.filled, unit.answered = before - 1, unit.answered - answered
            return before
        unit.refresh_from_db(fields=["filled", "answered"])  # another process moved it: look again


def release(assignment: Assignment, *, overdue_only: bool = False) -> bool:
    """End a lease without an answer."""
    leased = Assignment.objects.filter(pk=assignment.pk, state=Assignment.LEASED)
    if overdue_only:
        leased = leased.filter(expires_at=assignment.expires_at)  # not if it was renewed meanwhile
    if not swap(leased, state=Assignment.RELEASED):
        return False
    if not assignment.repeat:
        free(assignment.unit)
    return True


def skip(assignment: Assignment) -> bool:
    """Pass the unit over. False: it was answered or skipped before."""
    rows = Assignment.objects.filter(pk=assignment.pk)
    if swap(rows.filter(state=Assignment.LEASED), state=Assignment.SKIPPED):
        if not assignment.repeat:
            free(assignment.unit)
        return True
    return swap(rows.filter(state=Assignment.RELEASED), state=Assignment.SKIPPED)


def settle(assignment: Assignment) -> bool | None:
    """Turn the lease into an answer. True: it counts; False: it is surplus; None: answered or skipped before.

    An answer whose lease had lapsed takes its share of the quota again, if one is left.
    """
    rows = Assignment.objects.filter(pk=assignment.pk)
    if swap(rows.filter(state=Assignment.LEASED), state=Assignment.ANSWERED):
        if not assignment.repeat:
            _count_answer(assignment.unit_id)
        return True
    if not swap(rows.filter(state=Assignment.RELEASED), state=Assignment.ANSWERED):
        return None
    if assignment.repeat:
        return True
    if not fill(Unit.objects.get(pk=assignment.unit_id)):
        return False
    _count_answer(assignment.unit_id)
    return True


def release_all(enrolment: Enrolment) -> None:
    for assignment in Assignment.objects.leased().filter(enrolment=enrolment).select_related("unit"):
        release(assignment)


def _count_answer(unit_id: int) -> None:
    Unit.objects.filter(pk=unit_id).update(answered=F("answered") + 1)


def _move_unit(unit: Unit, *, lower: int, up: bool) -> None:
    """Count the unit from one level to the next, or back. One query, since every hand-out asks it."""
    locked = "FOR UPDATE" if connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        level = (unit.batch_id, unit.stratum, lower, lower + 1)
        cursor.execute(MOVE.format(locked=locked), [lower, -1 if up else 1, 1 if up else -1, *level])
