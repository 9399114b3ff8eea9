"""The stratum that is furthest behind, in it a unit with the fewest answers and leases.

Equals are ordered by a keyed hash: every unit has a fixed place on a circle of 2^62 (hash of seed and
unit), every hand-out a starting point (hash of seed, participant and position), and the first unit from
there on is taken. An index finds it, however many units there are.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from django.db.models import QuerySet

from annotations.allocation.models import Assignment, shown
from annotations.allocation.strategies import Choice, register
from annotations.core.hashing import point
from annotations.people.models import Enrolment
from annotations.studies.models import StratumLevel, Unit


@register("least_filled")
def choose(enrolment: Enrolment, position: int) -> Choice | None:
    """The unit for this participant at this position; None if there is none left for them."""
    seed = enrolment.version.definition["seed"]
    person = enrolment.participant.key
    quota = enrolment.batch.setting("overlap")
    start = point(seed, "start", person, position)
    seen = _seen_by_level(enrolment) if enrolment.handed_out else Counter()
    for stratum, levels in _neediest_first(enrolment.batch_id, quota, (seed, person, position)):
        for filled, units in levels:
            eligible = units - seen[stratum, filled]
            unit = _pick(enrolment, stratum, filled, start) if eligible > 0 else None
            if unit:
                return Choice(unit, eligible, 1 / eligible)
    return None


def _neediest_first(
    batch_id: int, quota: int, key: tuple[int, str, int]
) -> list[tuple[int, list[tuple[int, int]]]]:
    """Strata by the share of their quota that is filled, each with its open fill levels. One query."""
    levels: dict[int, list[tuple[int, int]]] = defaultdict(list)
    rows = StratumLevel.objects.filter(batch=batch_id, units__gt=0).order_by("stratum", "filled")
    for stratum, filled, units in rows.values_list("stratum", "filled", "units"):
        levels[stratum].append((filled, units))

    def need(stratum: int) -> tuple[float, int]:
        counts = levels[stratum]
        share = sum(filled * units for filled, units in counts) / (quota * sum(units for _, units in counts))
        return share, point(key[0], "stratum", key[1], key[2], stratum)

    open_levels = {
        stratum: [level for level in known if level[0] < quota] for stratum, known in levels.items()
    }
    return [(stratum, open_levels[stratum]) for stratum in sorted(levels, key=need) if open_levels[stratum]]


def _seen_by_level(enrolment: Enrolment) -> Counter[tuple[int, int]]:
    """How many units of items that the participant has been handed stand at each level. One query."""
    units = Unit.objects.filter(batch=enrolment.batch_id, is_check=False, item__in=_items_of(enrolment))
    return Counter(units.values_list("stratum", "filled"))


def _pick(enrolment: Enrolment, stratum: int, filled: int, start: int) -> Unit | None:
    """The first unit of the level from `start` on around the circle; None if others took them all."""
    # `IN (false)` where Django would write `NOT is_check`, which no index answers on SQLite.
    equals = Unit.objects.filter(
        batch=enrolment.batch_id, is_check__in=[False], stratum=stratum, filled=filled
    )
    if enrolment.handed_out:
        equals = equals.exclude(item__in=_items_of(enrolment))
    units = shown(equals).order_by("shuffle")
    return units.filter(shuffle__gte=start).first() or units.filter(shuffle__lt=start).first()


def _items_of(enrolment: Enrolment) -> QuerySet[Assignment, int]:
    mine = Assignment.objects.filter(participant=enrolment.participant_id)
    return mine.values_list("item", flat=True)
