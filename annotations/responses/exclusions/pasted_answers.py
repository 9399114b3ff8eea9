from __future__ import annotations

from collections.abc import Iterator

from annotations.responses.exclusions.registry import Parameter, leaves_out_answers
from annotations.responses.persons import Around, Given, Person


@leaves_out_answers(
    "pasted_answers",
    "Leaves out single answers into which something was pasted. Known only of who agreed to that record.",
    pastes=Parameter(1, "From how many pastes on.", low=1),
)
def pasted_answers(person: Person, around: Around, *, pastes: int) -> Iterator[tuple[Given, str]]:
    for one in person.answers:
        counted = str(one.meta.get("pastes", ""))
        if counted.isdecimal() and int(counted) >= pastes:
            yield one, f"pasted {counted} time{'' if counted == '1' else 's'}"
