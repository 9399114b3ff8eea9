"""The stratum that is furthest behind, in it a unit with the fewest answers and leases.

Where a design says whether an incorrect output belongs to the position, strata of that kind come first.
"""

from __future__ import annotations

from annotations.allocation.designs import wants_incorrect
from annotations.allocation.levels import Choice, choose_from, equals, read_levels
from annotations.allocation.strategies import register
from annotations.people.models import Enrolment


@register("least_filled")
def choose(enrolment: Enrolment, position: int) -> Choice | None:
    """The unit for this participant at this position; None if there is none left for them."""
    levels = read_levels(enrolment)
    wanted = wants_incorrect(enrolment, position)
    rank: dict[int, object] = {
        stratum: (wanted is not None and (stratum in levels.incorrect) != wanted, levels.need(stratum))
        for stratum in levels.units
    }
    return choose_from(enrolment, position, levels, equals(enrolment, position, levels.units, rank))
