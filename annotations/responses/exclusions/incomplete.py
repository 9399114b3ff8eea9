from __future__ import annotations

from annotations.responses.exclusions.registry import Parameter, leaves_out_people
from annotations.responses.persons import Around, Person


@leaves_out_people(
    "incomplete",
    "Leaves out people who left or whose place lapsed before they were through. Who is at work stays.",
    share=Parameter(1.0, "Who did this share of their units or more stays.", high=1),
)
def incomplete(person: Person, around: Around, *, share: float) -> str:
    if person.completed or person.at_work or person.done is None or not person.wanted:
        return ""
    if person.done and person.done >= share * person.wanted:
        return ""
    return f"did {person.done} of {person.wanted} units and did not complete"
