from __future__ import annotations

from collections.abc import Iterator

from annotations.responses.exclusions.registry import Parameter, leaves_out_answers
from annotations.responses.persons import Around, Given, Person


@leaves_out_answers(
    "warm_up",
    "Leaves out everybody's first answers, given before they had found their way.",
    answers=Parameter(1, "How many of each person's scored answers.", low=1),
)
def warm_up(person: Person, around: Around, *, answers: int) -> Iterator[tuple[Given, str]]:
    for number, one in enumerate(person.scored[:answers], start=1):
        yield one, f"number {number} of their answers"
