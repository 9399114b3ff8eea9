"""What strategies choose by: how many units of each stratum stand at each fill level, and the unit itself.

Equals are ordered by a keyed hash: every unit has a fixed place on a circle of 2^62 (hash of seed and
unit), every hand-out a starting point (hash of seed, participant and position), and the first unit from
there on is taken. An index finds it, however many units there are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connection
from django.db.models.expressions import RawSQL

from annotations.allocation.models import Assignment, shown
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
OWN = -1
# What the person was given of each stratum, without what others took while its lease had lapsed.
LEVELS_AND_OWN = (
    LEVELS
    + f"""
UNION ALL
SELECT unit.stratum, {OWN}, 0, COUNT(*), '' FROM {{assignment}} mine CROSS JOIN {{unit}} unit
WHERE mine.participant_id = %s AND NOT mine.repeat AND mine.state <> '{Assignment.RELEASED}'
    AND unit.id = mine.unit_id AND unit.batch_id = %s AND NOT unit.is_check
GROUP BY unit.stratum
""".format(**NAMES)
)

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


@dataclass(frozen=True)
class Choice:
    """A unit as it was seen, and the odds with which it was chosen among all that could have been."""

    unit: Unit
    eligible: int
    probability: float
    repeat: bool = False


@dataclass
class Levels:
    """Units of each stratum at each fill level, how many of them the participant has seen, the strata of
    incorrect outputs, and how many units of each stratum the participant was given."""

    quota: int
    units: dict[int, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    seen: Counter[tuple[int, int]] = field(default_factory=Counter)
    incorrect: set[int] = field(default_factory=set)
    own: Counter[int] = field(default_factory=Counter)

    def need(self, stratum: int) -> float:
        """The share of the stratum's quota that is filled. Equal shares are equal numbers."""
        levels = self.units[stratum]
        return sum(filled * count for filled, count in levels.items()) / (self.quota * sum(levels.values()))

    def lowest(self, stratum: int) -> list[tuple[int, int]]:
        """Fill levels that have units for this person, from the lowest, each with their number."""
        counts = ((at, count - self.seen[stratum, at]) for at, count in self.units[stratum].items())
        return sorted((at, count) for at, count in counts if at < self.quota and count > 0)


def read_levels(enrolment: Enrolment, *, own: bool = False) -> Levels:
    """One query."""
    batch, person = enrolment.batch_id, enrolment.participant_id
    found = Levels(enrolment.batch.overlap)
    with connection.cursor() as cursor:
        if own:
            cursor.execute(LEVELS_AND_OWN, [batch, person, batch, person, batch])
        else:
            cursor.execute(LEVELS, [batch, person, batch])
        for stratum, filled, of_level, of_mine, grade in cursor.fetchall():
            if filled == OWN:
                found.own[stratum] = of_mine
            elif of_mine:
                found.seen[stratum, filled] = of_mine
            else:
                found.units[stratum][filled] = of_level
            if grade == "incorrect":
                found.incorrect.add(stratum)
    return found


def choose_from(
    enrolment: Enrolment, position: int, levels: Levels, groups: Iterable[Sequence[int]]
) -> Choice | None:
    """A unit of the first group of strata that has one for this person.

    Strata of a group are equals, in an order that the hash gave: each is as likely to come first. Of the
    stratum, a unit at its lowest fill level, each as likely. What could have been chosen is counted over
    the whole group.
    """
    start = point(enrolment.version.definition["seed"], "start", enrolment.participant.key, position)
    for group in groups:
        offered = {stratum: found for stratum in group if (found := levels.lowest(stratum))}
        eligible = sum(found[0][1] for found in offered.values())
        for stratum, found in offered.items():
            for filled, count in found:
                unit = _pick(enrolment, stratum, filled, start)
                if unit:
                    return Choice(unit, eligible, 1 / (len(offered) * count))
    return None


def equals(
    enrolment: Enrolment, position: int, strata: Iterable[int], rank: dict[int, object]
) -> list[list[int]]:
    """Strata by their rank, those of one rank together, in the order of the hash."""
    seed, person = enrolment.version.definition["seed"], enrolment.participant.key
    groups: dict[object, list[int]] = defaultdict(list)
    for stratum in sorted(strata, key=lambda one: point(seed, "stratum", person, position, one)):
        groups[rank[stratum]].append(stratum)
    return [groups[one] for one in sorted(groups)]  # type: ignore[type-var]


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
