from __future__ import annotations

from annotations.responses.exclusions.registry import Parameter, leaves_out_people
from annotations.responses.persons import Around, Person


@leaves_out_people(
    "failed_checks",
    "Leaves out people who failed attention checks.",
    failed=Parameter(2, "From how many failed checks on.", low=1),
    share=Parameter(0.0, "And which share of their checks these must be at the least.", high=1),
)
def failed_checks(person: Person, around: Around, *, failed: int, share: float) -> str:
    wrong = sum(not one.check_passed for one in person.checks)
    if wrong < failed or wrong < share * len(person.checks):
        return ""
    return f"failed {wrong} of {len(person.checks)} checks"
