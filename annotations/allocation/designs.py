"""What the seed sets for each position of a person's way: checks, repeats, and incorrect outputs.

Everything here follows from seed, person and position alone, so that it is known without asking anybody.
"""

from __future__ import annotations

from annotations.core.hashing import point, share
from annotations.people.conditions import arm_of
from annotations.people.models import Enrolment


def is_for_check(enrolment: Enrolment, position: int) -> bool:
    definition = enrolment.version.definition
    chance = share(definition["seed"], "check", enrolment.participant.key, position)
    return chance < float(definition["checks"]["share"])


def is_for_repeat(enrolment: Enrolment, position: int) -> bool:
    """Whether a unit is to be shown again here. None has been answered long enough ago at first."""
    definition = enrolment.version.definition
    repeats = definition["repeats"]
    if position < repeats["gap"] + 2:
        return False
    chance = share(definition["seed"], "repeat", enrolment.participant.key, position)
    return chance < float(repeats["share"])


def wants_incorrect(enrolment: Enrolment, position: int) -> bool | None:
    """Whether an incorrect output belongs here, or another unit. None where no share of them is set.

    Of the positions that a person goes through, the share is set aside by the seed; positions that are
    for checks and repeats come last, since those take no part.
    """
    definition = enrolment.version.definition
    part: float | None = arm_of(definition, enrolment.condition)["incorrect_share"]
    if part is None:
        return None
    seed, person, wanted = definition["seed"], enrolment.participant.key, enrolment.wanted
    if position > wanted:  # a unit that others took while its lease had lapsed is made up for
        return share(seed, "incorrect", person, position) < part

    def rank(at: int) -> tuple[bool, int]:
        taken = is_for_check(enrolment, at) or is_for_repeat(enrolment, at)
        return taken, point(seed, "incorrect", person, at)

    return position in sorted(range(1, wanted + 1), key=rank)[: round(part * wanted)]
