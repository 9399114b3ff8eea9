"""Between-person conditions: which arm the next person comes into, and what an arm changes."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django.db.models import Count

from annotations.core.hashing import point
from annotations.people.models import Enrolment
from annotations.studies.models import Batch

HOLD_A_PLACE = (Enrolment.ACTIVE, Enrolment.COMPLETED)


def choose_condition(definition: Mapping[str, Any], batch: Batch, participant_key: str) -> str:
    """The arm that is furthest behind its weight; blank where the study has none.

    Counts who completed the batch or holds a place in it. Call in the transaction that took the place:
    its update of the batch's row lets nobody else into the batch before it is committed, so the count
    is exact.
    """
    weights: dict[str, Fraction] = {arm["name"]: Fraction(arm["weight"]) for arm in definition["conditions"]}
    if not weights:
        return ""
    counted = Enrolment.objects.filter(batch=batch, state__in=HOLD_A_PLACE, condition__in=weights)
    people = dict(counted.values_list("condition").annotate(Count("pk")).order_by())
    after, whole = sum(people.values()) + 1, sum(weights.values())

    def lead(arm: str) -> tuple[Fraction, int]:
        due = weights[arm] * after / whole
        return people.get(arm, 0) - due, point(definition["seed"], "condition", participant_key, arm)

    return min(weights, key=lead)


def choose_order(
    definition: Mapping[str, Any], batch: Batch, participant_key: str, condition: str
) -> int | None:
    """The order of the batch's Latin square that fewest people of the arm have; None where it has none.

    Counts like `choose_condition`, under the same lock. Ties go by a keyed hash.
    """
    if not batch.orders:
        return None
    counted = Enrolment.objects.filter(batch=batch, state__in=HOLD_A_PLACE, condition=condition)
    people = dict(counted.values_list("order").annotate(Count("pk")).order_by())
    seed = definition["seed"]
    return min(
        range(batch.orders),
        key=lambda number: (people.get(number, 0), point(seed, "order", participant_key, number)),
    )


def arm_of(definition: Mapping[str, Any], condition_name: str) -> dict[str, Any]:
    """What the arm sets of `studies.definition.ARMS`, the rest as it is for everybody."""
    arm = {
        "trace": definition["presentation"]["trace"] == "folded",
        "critique": False,
        "incorrect_share": None,
        "told": False,
    }
    for condition in definition["conditions"]:
        if condition["name"] == condition_name:
            arm |= condition["parameters"]
    return arm
