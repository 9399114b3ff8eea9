"""Each person meets every stratum once in each block, in a random order; of it the unit with fewest answers.

The stratum is drawn, as likely each, from those of which the person has had fewest and that still have a
unit for them: with k strata, every k units are a block that holds each once, and the counts of any two
strata never differ by more than one. A stratum that has nothing left for the person is left out of the
blocks. Strata of unequal size therefore fill at unequal pace: units of small ones have their answers first.
"""

from __future__ import annotations

from annotations.allocation.levels import Choice, choose_from, equals, read_levels
from annotations.allocation.strategies import register
from annotations.people.models import Enrolment


@register("blocked")
def choose(enrolment: Enrolment, position: int) -> Choice | None:
    """The unit for this participant at this position; None if there is none left for them."""
    levels = read_levels(enrolment, own=True)
    rank: dict[int, object] = {stratum: levels.own[stratum] for stratum in levels.units}
    return choose_from(enrolment, position, levels, equals(enrolment, position, levels.units, rank))
