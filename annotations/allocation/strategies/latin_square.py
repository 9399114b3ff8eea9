"""Each person goes through the strata in one order of a Latin square, again and again; the unit is the least
filled of the stratum that comes now.

People are spread evenly over the orders when they come in (`people.conditions.choose_order`). Which stratum
stands for which letter of the square follows from the seed and the batch. Checks and repeats take positions
of a person, not of the order. A stratum that has nothing left for the person, or only units that others
are working on, is passed over: who comes gets a unit rather than none, and meets the stratum when it has one.

Given a person's order, the stratum is no chance: the probability is that of the unit within it.
"""

from __future__ import annotations

from collections.abc import Iterable

from annotations.allocation.levels import Choice, choose_from, read_levels
from annotations.allocation.strategies import register
from annotations.core.hashing import point
from annotations.people.models import Enrolment
from annotations.studies.squares import order


@register("latin_square")
def choose(enrolment: Enrolment, position: int) -> Choice | None:
    """The unit for this participant at this position; None if there is none left for them."""
    levels = read_levels(enrolment, own=True)
    places = _places(enrolment, levels.units)
    # The first that the order names and that the person has not had in this round.
    in_turn = sorted(levels.units, key=lambda stratum: (levels.own[stratum], places[stratum]))
    return choose_from(enrolment, position, levels, ([stratum] for stratum in in_turn))


def _places(enrolment: Enrolment, strata: Iterable[int]) -> dict[int, int]:
    """The place of each stratum in the person's order."""
    seed, batch = enrolment.version.definition["seed"], enrolment.batch.name
    letters = sorted(strata, key=lambda stratum: point(seed, "square", batch, stratum))
    mine = order(len(letters), enrolment.order or 0)
    return {letters[letter]: place for place, letter in enumerate(mine)}
