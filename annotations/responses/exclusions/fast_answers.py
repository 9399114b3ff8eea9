from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from annotations.responses.exclusions.registry import Parameter, leaves_out_answers
from annotations.responses.persons import Around, Given, Person


@leaves_out_answers(
    "fast_answers",
    "Leaves out single answers that came too fast to have been thought about.",
    seconds=Parameter(0.0, "Faster than so many seconds; 0: no such limit."),
    of_others=Parameter(0.3, "Faster than this share of the others' median time at the unit; 0: no limit."),
    of_own=Parameter(0.0, "Faster than this share of the person's own median time; 0: no limit."),
    others=Parameter(3, "With fewer others at the unit, the median of its whole domain stands in.", low=1),
)
def fast_answers(
    person: Person, around: Around, *, seconds: float, of_others: float, of_own: float, others: int
) -> Iterator[tuple[Given, str]]:
    times = [one.ms for one in person.scored if one.ms is not None]
    own = median(times) if times else 0.0
    for one in person.answers:
        if one.ms is None or one.is_check:
            continue
        took = f"took {one.ms / 1000:.1f} s"
        if one.ms < 1000 * seconds:
            yield one, f"{took}, less than {seconds:g} s"
            continue
        typical = around.typical_ms(one, others) if of_others else None
        if typical is not None and one.ms < of_others * typical:
            yield one, f"{took}, less than {of_others:g} of the others' median of {typical / 1000:.1f} s"
        elif one.ms < of_own * own:
            yield one, f"{took}, less than {of_own:g} of their own median of {own / 1000:.1f} s"
