from __future__ import annotations

from collections.abc import Iterator

from annotations.responses.exclusions.registry import leaves_out_answers
from annotations.responses.persons import Around, Given, Person


@leaves_out_answers(
    "duplicates",
    "Leaves out a person's second and later answers to one unit, where they were not meant as repeats.",
)
def duplicates(person: Person, around: Around) -> Iterator[tuple[Given, str]]:
    seen = set()
    for one in person.answers:
        if one.repeat or one.is_check:
            continue
        if one.unit in seen:
            yield one, "answered the same unit before"
        seen.add(one.unit)
