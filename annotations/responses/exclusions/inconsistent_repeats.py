from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotations.responses.exclusions.registry import Parameter, leaves_out_people
from annotations.responses.persons import Around, Given, Person


def has_repeats(definition: Mapping[str, Any]) -> str:
    share = (definition.get("repeats") or {}).get("share", 0)
    return "" if share else "compares repeats, and this study gives no unit twice: set `repeats.share`"


@leaves_out_people(
    "inconsistent_repeats",
    "Leaves out people who answered otherwise when they met the same unit again.",
    needs=has_repeats,
    share=Parameter(0.5, "From which share of repeats with another answer on.", high=1),
    repeats=Parameter(3, "How many repeats somebody must have answered to be judged.", low=1),
    points=Parameter(
        30.0, "By how many points of 100 a rated difficulty must differ to be another.", high=100
    ),
)
def inconsistent_repeats(person: Person, around: Around, *, share: float, repeats: int, points: float) -> str:
    first = {one.unit: one for one in reversed(person.answers) if not one.repeat}
    pairs = [(first[one.unit], one) for one in person.answers if one.repeat and one.unit in first]
    differ = sum(_differs(before, after, points) for before, after in pairs)
    if len(pairs) < repeats or not differ or differ < share * len(pairs):
        return ""
    return f"answered {differ} of {len(pairs)} repeats otherwise than before"


def _differs(before: Given, after: Given, points: float) -> bool:
    if before.verdict or after.verdict:
        return before.verdict != after.verdict
    if before.difficulty is None or after.difficulty is None:
        return before.answer_correct != after.answer_correct
    return abs(before.difficulty - after.difficulty) >= points
