"""The stratum that is furthest behind, in it a unit with the fewest answers and leases.

Equals are ordered by a keyed hash: every unit has a fixed place on a circle of 2^62 (hash of seed and
unit), every hand-out a starting point (hash of seed, participant and position), and the first unit from
there on is taken. An index finds it, however many units there are.
"""

from __future__ import annotations

from collections import defaultdict

from django.db.models import QuerySet

from annotations.allocation.models import Assignment
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
    for stratum, levels in _neediest_first(enrolment.batch_id, quota, (seed, person, position)):
        for filled, units in levels:
            choice = _pick(enrolment, stratum, filled, units, point(seed, "start", person, position))
            if choice:
                return choice
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


def _pick(enrolment: Enrolment, stratum: int, filled: int, units: int, start: int) -> Choice | None:
    equals = Unit.objects.filter(batch=enrolment.batch_id, is_check=False, stratum=stratum, filled=filled)
    seen = Assignment.objects.filter(participant=enrolment.participant_id).values("item")
    own = equals.filter(item__in=seen).count() if enrolment.handed_out else 0
    if units <= own:
        return None
    fresh = equals.exclude(item__in=seen) if own else equals
    unit = _first(fresh.filter(shuffle__gte=start)) or _first(fresh.filter(shuffle__lt=start))
    if unit is None:
        return None  # somebody else was quicker
    eligible = max(units - own, 1)
    return Choice(unit[0], unit[1], stratum, filled, eligible, 1 / eligible)


def _first(units: QuerySet[Unit]) -> tuple[int, int] | None:
    return units.order_by("shuffle").values_list("pk", "item_id").first()
