from __future__ import annotations

from annotations.responses.exclusions.registry import Parameter, leaves_out_people
from annotations.responses.persons import Around, Person


@leaves_out_people(
    "fast_people",
    "Leaves out people most of whose answers came too fast beside those of others at the same units.",
    of_others=Parameter(0.4, "An answer is fast below this share of the others' median time.", high=1),
    share=Parameter(0.5, "From which share of fast answers on.", high=1),
    answers=Parameter(5, "How many timed answers somebody must have given to be judged.", low=1),
    others=Parameter(3, "With fewer others at the unit, the median of its whole domain stands in.", low=1),
)
def fast_people(
    person: Person, around: Around, *, of_others: float, share: float, answers: int, others: int
) -> str:
    compared = [
        (one.ms, typical)
        for one in person.scored
        if one.ms is not None and (typical := around.typical_ms(one, others)) is not None
    ]
    fast = sum(ms < of_others * typical for ms, typical in compared)
    if len(compared) < answers or not fast or fast < share * len(compared):
        return ""
    return f"{fast} of {len(compared)} answers took less than {of_others:g} of the others' median time"
