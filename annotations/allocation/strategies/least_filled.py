"""The stratum that is furthest behind, in it a unit with the fewest answers and leases.

Equals are ordered by a keyed hash: every unit has a fixed place on a circle of 2^62 (hash of seed and
unit), every hand-out a starting point (hash of seed, participant and position), and the first unit from
there on is taken. An index finds it, however many units there are.

Where a design says whether an incorrect output belongs to the position, strata of that kind come first.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from django.db import connection
from django.db.models.expressions import RawSQL

from annotations.allocation.designs import wants_incorrect
from annotations.allocation.models import Assignment, shown
from annotations.allocation.strategies import Choice, register
from annotations.core.composed import Composed
from annotations.core.hashing import point
from annotations.people.models import Enrolment
from annotations.studies.models import StratumLevel, Unit

NAMES = {
    "unit": Unit._meta.db_table,
    "level": StratumLevel._meta.db_table,
    "assignment": Assignment._meta.db_table,
}

# In SQL, because every hand-out asks: Django takes longer to compose them than the database to answer.
# A cross join is taken by SQLite in the order in which it stands: from one's own assignments to units.
LEVELS = """
SELECT stratum, filled, units, 0, grade FROM {level} WHERE batch_id = %s AND units > 0
UNION ALL
SELECT unit.stratum, unit.filled, 0, COUNT(*), '' FROM {assignment} mine CROSS JOIN {unit} unit
WHERE mine.participant_id = %s AND NOT mine.repeat
    AND unit.item_id = mine.item_id AND unit.batch_id = %s AND NOT unit.is_check
GROUP BY unit.stratum, unit.filled
""".format(**NAMES)

# Whatever is repeated was handed out a first time: with `repeat` named, the unique index answers. And
# with `IN (false)`, where `NOT is_check` would say the same, an index answers on SQLite too.
HALF = """
(SELECT unit.id FROM {unit} unit
WHERE unit.batch_id = %s AND unit.is_check IN (false) AND unit.stratum = %s AND unit.filled = %s
    AND NOT EXISTS (
        SELECT 1 FROM {assignment} mine
        WHERE mine.participant_id = %s AND mine.item_id = unit.item_id AND NOT mine.repeat
    )
    AND unit.shuffle {side} %s
ORDER BY unit.shuffle LIMIT 1)
"""
PICK = "COALESCE({}, {})".format(*(HALF.format(side=side, **NAMES) for side in (">=", "<")))


@register("least_filled")
def choose(enrolment: Enrolment, position: int) -> Choice | None:
    """The unit for this participant at this position; None if there is none left for them."""
    seed = enrolment.version.definition["seed"]
    person = enrolment.participant.key
    quota = enrolment.batch.overlap
    start = point(seed, "start", person, position)
    wanted = wants_incorrect(enrolment, position)
    units, seen, incorrect = _levels(enrolment)
    order = _neediest_first(units, quota, (seed, person, position))
    if wanted is not None:
        order.sort(key=lambda stratum: (stratum in incorrect) != wanted)
    for stratum in order:
        levels = sorted(filled for filled in units[stratum] if filled < quota)
        for filled in levels:
            eligible = units[stratum][filled] - seen[stratum, filled]
            unit = _pick(enrolment, stratum, filled, start) if eligible > 0 else None
            if unit:
                return Choice(unit, eligible, 1 / eligible)
    return None


def _levels(
    enrolment: Enrolment,
) -> tuple[dict[int, dict[int, int]], Counter[tuple[int, int]], set[int]]:
    """Units of each stratum at each fill level, how many of them the participant has seen, and the strata
    of incorrect outputs. One query.
    """
    units: dict[int, dict[int, int]] = defaultdict(dict)
    seen: Counter[tuple[int, int]] = Counter()
    incorrect = set()
    with connection.cursor() as cursor:
        cursor.execute(LEVELS, [enrolment.batch_id, enrolment.participant_id, enrolment.batch_id])
        for stratum, filled, of_level, of_mine, grade in cursor.fetchall():
            if of_mine:
                seen[stratum, filled] = of_mine
            else:
                units[stratum][filled] = of_level
            if grade == "incorrect":
                incorrect.add(stratum)
    return units, seen, incorrect


def _neediest_first(units: dict[int, dict[int, int]], quota: int, key: tuple[int, str, int]) -> list[int]:
    """Strata by the share of their quota that is filled."""

    def need(stratum: int) -> tuple[float, int]:
        levels = units[stratum]
        share = sum(filled * count for filled, count in levels.items()) / (quota * sum(levels.values()))
        return share, point(key[0], "stratum", key[1], key[2], stratum)

    return sorted(units, key=need)


PICKED = Composed(
    lambda **half: shown(Unit.objects.filter(pk=RawSQL(PICK, 2 * tuple(half.values())))).order_by(),
    **dict.fromkeys(("batch", "stratum", "filled", "person", "start"), 0),
)


def _pick(enrolment: Enrolment, stratum: int, filled: int, start: int) -> Unit | None:
    """The first unit of the level from `start` on around the circle; None if others took them all."""
    return PICKED.first(
        batch=enrolment.batch_id,
        stratum=stratum,
        filled=filled,
        person=enrolment.participant_id,
        start=start,
    )
