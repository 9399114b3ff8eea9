from __future__ import annotations

from collections.abc import Iterator

from annotations.responses.exclusions.registry import Parameter, leaves_out_answers
from annotations.responses.persons import Around, Given, Person


@leaves_out_answers(
    "interrupted_answers",
    "Leaves out single answers during which the person was idle or away for long, or that took very long.",
    idle_seconds=Parameter(120.0, "From so many seconds idle or away on; 0: no such limit."),
    seconds=Parameter(1800.0, "From so many seconds by the server's clock on; 0: no such limit."),
)
def interrupted_answers(
    person: Person, around: Around, *, idle_seconds: float, seconds: float
) -> Iterator[tuple[Given, str]]:
    for one in person.answers:
        if one.is_check:
            continue
        idle = ((one.idle_ms or 0) + (one.away_ms or 0)) / 1000
        took = (one.duration_ms or 0) / 1000
        if idle_seconds and idle >= idle_seconds:
            yield one, f"was idle or away for {idle:.0f} s"
        elif seconds and took >= seconds:
            yield one, f"took {took:.0f} s"
